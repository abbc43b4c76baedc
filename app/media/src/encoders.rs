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

/// Up to this many pixels a second one x264 thread keeps up on any current machine, and costs a tenth
/// less than several: 1280x720 at 30.
const ONE_THREAD_PIXELS: u64 = 1_280 * 720 * 30;

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

/// Makes an H.264 encoder of this name, configured for live streams: no frame is held back, and there
/// is a keyframe at least every [`EncodeProfile::keyframe_millis`].
pub fn make_video(
    name: &str,
    format: Format,
    profile: &EncodeProfile,
) -> Result<gst::Element, gst::glib::BoolError> {
    let encoder = gst::ElementFactory::make(name).build()?;
    let (num, den) = format.rate.fraction();
    let gop = u64::from(profile.keyframe_millis) * u64::from(num) / (u64::from(den) * 1_000);
    let gop = gop.max(1).to_string();
    let kbps = profile.video_kbps.to_string();
    let set = |property: &str, value: &str| {
        // Versions of a plugin differ in their properties.
        if encoder.find_property(property).is_some() {
            encoder.set_property_from_str(property, value);
        }
    };
    match name {
        "x264enc" => {
            let (width, height) = format.raster.size();
            let pixels = u64::from(width) * u64::from(height) * u64::from(format.rate.nominal());

            let one = pixels <= ONE_THREAD_PIXELS;
            set("tune", "zerolatency");
            set("speed-preset", profile.preset.name());
            set("bitrate", &kbps);
            set("key-int-max", &gop);
            set("threads", if one { "1" } else { "0" });
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
