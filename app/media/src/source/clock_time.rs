//! Times as GStreamer has them.

use gstreamer as gst;

/// A time for GStreamer. The last one that a number can hold means none there: a time beyond what we count
/// is the last one that we do, further than any file goes.
pub fn clock_time(nanos: u64) -> gst::ClockTime {
    gst::ClockTime::from_nseconds(nanos.min(i64::MAX.unsigned_abs()))
}
