//! GStreamer sources and encoders, the encode hub, RTMP, recording and SEI.

pub mod encode;
pub mod encoders;
pub mod flv;
pub mod health;
pub mod hub;
pub mod link;
pub mod pattern;
pub mod picture;
pub mod queue;
pub mod record;
pub mod rtmp;
pub mod sei;
mod socket;
pub mod source;

use gstreamer as gst;

/// Why GStreamer cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "GStreamer does not start: {0}. Install gstreamer1.0-plugins-base, -good, -bad, -ugly and \
         gstreamer1.0-libav"
)]
pub struct InitError(String);

/// Starts GStreamer; once a process, before anything else here.
///
/// # Errors
/// [`InitError`] with what to install.
pub fn init() -> Result<(), InitError> {
    gst::init().map_err(|error| InitError(error.to_string()))
}
