//! How GStreamer's decoders are told what a stream is.

use gstreamer as gst;

use super::adts::RATES;
use super::flv_reader::FlvCodec;

/// How a stream is described to a decoder.
pub fn codec_caps(codec: FlvCodec, setup: Option<Vec<u8>>) -> gst::Caps {
    let caps = match codec {
        FlvCodec::H264 => gst::Caps::builder("video/x-h264")
            .field("stream-format", "avc")
            .field("alignment", "au"),
        FlvCodec::H265 => gst::Caps::builder("video/x-h265")
            .field("stream-format", "hvc1")
            .field("alignment", "au"),
        FlvCodec::Av1 => gst::Caps::builder("video/x-av1")
            .field("stream-format", "obu-stream")
            .field("alignment", "tu"),
        FlvCodec::Aac => gst::Caps::builder("audio/mpeg")
            .field("mpegversion", 4_i32)
            .field("framed", true)
            .field("stream-format", "raw"),
        FlvCodec::Mp3 => {
            gst::Caps::builder("audio/mpeg").field("mpegversion", 1_i32).field("layer", 3_i32)
        }
    };
    let caps = match (codec, &setup) {
        (FlvCodec::Aac, Some(setup)) => match aac_format(setup) {
            Some((rate, channels)) => caps.field("rate", rate).field("channels", channels),
            None => caps,
        },
        _ => caps,
    };
    match setup {
        Some(setup) => caps.field("codec_data", gst::Buffer::from_mut_slice(setup)).build(),
        None => caps.build(),
    }
}

/// The rate and the channels in an AAC stream's description (ISO/IEC 14496-3, 1.6.2.1).
fn aac_format(setup: &[u8]) -> Option<(i32, i32)> {
    let [first, second, ..] = setup else { return None };
    let rate = RATES.get(usize::from((first & 0x07) << 1 | second >> 7))?;
    let channels = i32::from(second >> 3 & 0x0f);
    // 7 stands for eight; 0 is described elsewhere.
    match channels {
        0 => None,
        7 => Some((*rate, 8)),
        channels => Some((*rate, channels)),
    }
}
