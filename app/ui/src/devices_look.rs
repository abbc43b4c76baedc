//! The cameras and microphones of this computer, as the desk lists them.

use show::{CameraMode, Device};

/// A camera that is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraLook {
    /// Which one.
    pub device: Device,
    /// The sizes and rates that it offers, the largest first.
    pub modes: Vec<CameraMode>,
}

/// A microphone that is connected, or whatever else is heard at an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MicrophoneLook {
    /// Which one.
    pub device: Device,
    /// How many channels it has.
    pub channels: u32,
}
