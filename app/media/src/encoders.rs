//! The encoders this machine has, best first, and how each is configured for live streams.

use gstreamer as gst;
use gstreamer::prelude::*;
use show::{EncodeProfile, Format};

/// H.264 encoders in order of preference: hardware, then x264, then openh264.
const VIDEO: [&str; 8] = [
    "nvh264enc",
    "vah264enc",
    "vah264lpenc",
    "qsvh264enc",
    "amfh264enc",
    "vtenc_h264_hw",
    "x264enc",
    "openh264enc",
];

/// AAC encoders in order of preference, each with its delay in samples: an AAC encoder looks ahead, and
/// RTMP has no field to signal by how much.
const AUDIO: [(&str, i64); 3] = [("fdkaacenc", 2_048), ("avenc_aac", 1_024), ("voaacenc", 1_600)];

/// The GStreamer name of the H.264 encoder to use, if there is one.
pub fn video() -> Option<&'static str> {
    VIDEO.into_iter().find(|name| can_open(name))
}

/// The GStreamer name of the AAC encoder to use and its look-ahead in samples, if there is one.
pub fn audio() -> Option<(&'static str, i64)> {
    all_audio().next()
}

/// Every AAC encoder that is installed, best first, each with its look-ahead in samples.
pub fn all_audio() -> impl Iterator<Item = (&'static str, i64)> {
    AUDIO.into_iter().filter(|(name, _)| gst::ElementFactory::find(name).is_some())
}

/// Whether an element can open its device: its plugin may be installed without the hardware.
fn can_open(name: &str) -> bool {
    let Ok(element) = gst::ElementFactory::make(name).build() else { return false };
    let opened = element.set_state(gst::State::Ready).is_ok();
    opened & element.set_state(gst::State::Null).is_ok()
}

/// Whether the encoder of this name costs less with fewer threads, and can be told how many.
pub fn has_threads(name: &str) -> bool {
    name == "x264enc"
}

/// The most frames from one keyframe to the next.
pub fn gop(format: Format, profile: &EncodeProfile) -> u64 {
    let (num, den) = format.rate.fraction();
    (u64::from(profile.keyframe_millis) * u64::from(num) / (u64::from(den) * 1_000)).max(1)
}

/// Makes an H.264 encoder of this name, configured for live streams: no frame is held back, and there
/// is a keyframe at least every [`EncodeProfile::keyframe_millis`]. `threads` applies where [`has_threads`].
pub fn make_video(
    name: &str,
    format: Format,
    profile: &EncodeProfile,
    threads: u32,
) -> Result<gst::Element, gst::glib::BoolError> {
    let encoder = gst::ElementFactory::make(name).build()?;
    let gop = gop(format, profile).to_string();
    let kbps = profile.video_kbps.to_string();
    let set = |property: &str, value: &str| {
        // Versions of a plugin differ in their properties.
        if encoder.find_property(property).is_some() {
            encoder.set_property_from_str(property, value);
        }
    };
    match name {
        "x264enc" => {
            set("tune", "zerolatency");
            set("speed-preset", profile.preset.name());
            set("bitrate", &kbps);
            set("key-int-max", &gop);
            set("threads", &threads.to_string());
            // One second: what a receiver of a constant bit rate can be expected to buffer.
            set("vbv-buf-capacity", "1000");
        }
        "openh264enc" => {
            set("bitrate", &format!("{kbps}000"));
            set("gop-size", &gop);
            set("rate-control", "bitrate");
            set("complexity", "low");
        }
        _ => {
            for property in ["bitrate", "bit-rate"] {
                set(property, &kbps);
            }
            for property in ["gop-size", "key-int-max", "max-keyframe-interval"] {
                set(property, &gop);
            }
            for property in ["b-frames", "bframes", "max-bframes"] {
                set(property, "0");
            }
            set("zerolatency", "true");
            set("realtime", "true");
            set("rc-mode", "cbr");
            set("rate-control", "cbr");
        }
    }
    Ok(encoder)
}
