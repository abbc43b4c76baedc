//! Why an encode does not start.

use gstreamer as gst;

/// Why an encode cannot be started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// No H.264 encoder is installed.
    #[error(
        "there is no H.264 encoder: install gstreamer1.0-plugins-ugly (x264) or \
             gstreamer1.0-plugins-bad (openh264)"
    )]
    NoVideoEncoder,
    /// No AAC encoder is installed.
    #[error("there is no AAC encoder: install gstreamer1.0-libav")]
    NoAudioEncoder,
    /// The encoder failed to start.
    #[error("the encoder {name} did not start: {reason}")]
    Start {
        /// Which.
        name: &'static str,
        /// GStreamer's reason.
        reason: String,
    },
    /// The encoder failed to start, and GStreamer gives no reason.
    #[error("the encoder {0} did not start: it refused to run")]
    Refused(&'static str),
    /// The encoder's thread failed to start.
    #[error("the encoder thread did not start: {0}")]
    NoThread(String),
}

/// Says that the encoder of this name did not start, with GStreamer's reason.
pub fn start_error(name: &'static str) -> impl Fn(gst::glib::BoolError) -> EncodeError + Copy {
    move |reason| EncodeError::Start { name, reason: reason.message.into_owned() }
}
