//! Why a device of this computer cannot be heard or seen.

use gstreamer as gst;
use serde::{Deserialize, Serialize};

/// The kinds of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DeviceKind {
    /// What has pictures.
    Camera,
    /// What has sound.
    Microphone,
}

/// Why a device of this computer cannot be heard or seen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// There is no camera at all.
    #[error("no camera is connected. Connect one: it is listed as soon as it is there.")]
    NoCamera,
    /// There is no microphone at all.
    #[error("no microphone is connected. Connect one: it is listed as soon as it is there.")]
    NoMicrophone,
    /// GStreamer has nothing that finds devices of a kind.
    #[error("devices cannot be looked for: a plug-in is missing. Install {0}.")]
    NoPlugin(&'static str),
    /// It is not there, or not any more.
    #[error("{0}: it is not connected. Connect it, or choose another.")]
    NotConnected(String),
    /// The sound server went on with another device in its place, of which nothing is heard.
    #[error(
        "{0}: the sound server took another device in its place, which is not heard. Connect it, or choose another."
    )]
    Replaced(String),
    /// Another program has it for itself.
    #[error("{0}: another program uses it. Close that program, or choose another device.")]
    Held(String),
    /// It does not offer pictures of this size and rate.
    #[error(
        "{name}: it does not offer {width} x {height} at {rate} pictures a second. Choose another size and rate."
    )]
    NoMode {
        /// The device.
        name: String,
        /// The width.
        width: u32,
        /// The height.
        height: u32,
        /// Pictures a second.
        rate: String,
    },
    /// It has fewer channels.
    #[error("{name}: it has no channel {channel}, only {of}. Choose others.")]
    NoChannel {
        /// The device.
        name: String,
        /// The channel.
        channel: u32,
        /// How many there are.
        of: u32,
    },
}

/// Whether GStreamer says that another program has the device.
pub fn is_held(error: &gst::glib::Error) -> bool {
    error.matches(gst::ResourceError::Busy)
}
