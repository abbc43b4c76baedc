//! GStreamer sources and encoders, the encode hub, RTMP, recording and SEI.
