//! Which encoders this machine has, best first, and how each is set for live work.

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

/// AAC encoders in order of preference, each with the samples by which what it decodes to comes
/// late: an AAC encoder looks ahead, and RTMP and players have no place to say by how much.
const AUDIO: [(&str, i64); 3] = [("fdkaacenc", 2_048), ("avenc_aac", 1_024), ("voaacenc", 1_600)];

/// The H.264 encoder that is used, by its GStreamer name; none if there is none.
pub fn video() -> Option<&'static str> {
    VIDEO.into_iter().find(|name| opens(name))
}

/// The AAC encoder that is used, and its look-ahead in samples; none if there is none.
pub fn audio() -> Option<(&'static str, i64)> {
    all_audio().next()
}

/// Every AAC encoder that is there, best first, each with its look-ahead in samples.
pub fn all_audio() -> impl Iterator<Item = (&'static str, i64)> {
    AUDIO.into_iter().filter(|(name, _)| gst::ElementFactory::find(name).is_some())
}

/// A plugin may be installed for hardware that is not: only an element that opens its device counts.
fn opens(name: &str) -> bool {
    let Ok(element) = gst::ElementFactory::make(name).build() else { return false };
    let opened = element.set_state(gst::State::Ready).is_ok();
    opened & element.set_state(gst::State::Null).is_ok()
}

/// Whether the encoder of this name is cheaper with few threads, and can be told how many.
pub fn has_threads(name: &str) -> bool {
    name == "x264enc"
}

/// How many frames a keyframe comes after the one before it, at the most.
pub fn gop(format: Format, profile: &EncodeProfile) -> u64 {
    let (num, den) = format.rate.fraction();
    (u64::from(profile.keyframe_millis) * u64::from(num) / (u64::from(den) * 1_000)).max(1)
}

/// An H.264 encoder of this name, set for live work: no frame is held back, a keyframe at least each
/// [`EncodeProfile::keyframe_millis`]. The number of threads counts where [`has_threads`].
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
        // What a version of a plugin does not have, it does not need.
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
            // One second: what a receiver of a constant rate can be expected to hold.
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
