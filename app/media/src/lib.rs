//! GStreamer sources and encoders, the encode hub, RTMP, recording and SEI.

pub mod decoders;
pub mod encode;
pub mod encoders;
pub mod file_watch;
pub mod flv;
pub mod health;
pub mod hub;
pub mod link;
pub mod live_health;
pub mod live_map;
pub mod pattern;
pub mod pattern_card;
pub mod picture;
pub mod picture_format;
pub mod queue;
pub mod record;
mod record_error;
mod record_file;
pub mod record_name;
pub mod rtmp;
pub mod sei;
pub mod signal;
mod socket;
pub mod sound_track;
pub mod source;
pub mod stream;
mod types;
mod waiters;
pub mod wide_colour;

use gstreamer as gst;

/// Why GStreamer cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "GStreamer cannot be initialised: {0}. Install gstreamer1.0-plugins-base, -good, -bad, -ugly and \
         gstreamer1.0-libav"
)]
pub struct InitError(String);

/// Initialises GStreamer: once per process, before anything else in this crate.
///
/// # Errors
/// [`InitError`] with what to install.
pub fn init() -> Result<(), InitError> {
    gst::init().map_err(|error| InitError(error.to_string()))?;
    types::register_types();
    Ok(())
}

/// GStreamer's version.
pub fn version() -> String {
    gst::version_string().into()
}

/// Whether an element of this name is installed.
pub fn has_element(name: &str) -> bool {
    gst::ElementFactory::find(name).is_some()
}

/// A GStreamer feature that most shows need.
pub struct Requirement {
    /// What it is for.
    pub what: &'static str,
    /// Elements that provide it; any one of them is enough.
    pub elements: &'static [&'static str],
    /// What to install.
    pub remedy: &'static str,
}

/// The GStreamer features that most shows need, besides encoders.
pub const REQUIREMENTS: [Requirement; 5] = [
    Requirement {
        what: "Files and URLs",
        elements: &["uridecodebin"],
        remedy: "Install gstreamer1.0-plugins-base",
    },
    Requirement {
        what: "H.264 decoder",
        elements: &["avdec_h264", "vah264dec", "nvh264dec", "openh264dec"],
        remedy: "Install gstreamer1.0-libav",
    },
    Requirement {
        what: "AAC decoder",
        elements: &["avdec_aac", "faad", "fdkaacdec"],
        remedy: "Install gstreamer1.0-libav",
    },
    Requirement {
        what: "RTMP sources",
        elements: &["rtmp2src", "rtmpsrc"],
        remedy: "Install gstreamer1.0-plugins-bad",
    },
    Requirement {
        what: "Recording",
        elements: &["matroskamux"],
        remedy: "Install gstreamer1.0-plugins-good",
    },
];
