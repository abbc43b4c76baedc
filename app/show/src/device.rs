//! Sources that are devices of this computer: cameras, and microphones and whatever else is heard at an input.

use serde::{Deserialize, Serialize};

/// A device of this computer, as a show remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// By which the system knows it again when it is unplugged and plugged in: `downstage doctor` lists it.
    pub id: String,
    /// What it is called; for people alone.
    pub name: String,
}

impl Device {
    /// The longest id or name, in bytes.
    pub const MAX_TEXT: usize = 2_048;

    /// Whether it is said which one it is.
    pub(crate) fn is_named(&self) -> bool {
        let Self { id, name } = self;
        !id.trim().is_empty() && id.len().max(name.len()) <= Self::MAX_TEXT
    }
}

/// A camera.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CameraSource {
    /// Which one.
    pub device: Device,
    /// The size and rate of its pictures; absent = what fits the programme best.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<CameraMode>,
    /// Latency from arrival to air in milliseconds, 0 to 5,000.
    #[serde(default = "default_latency")]
    pub latency_millis: u32,
}

/// The size and rate of a camera's pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CameraMode {
    /// Width in pixels, 1 to 16,384.
    pub width: u32,
    /// Height in pixels, 1 to 16,384.
    pub height: u32,
    /// Pictures in a thousand seconds, 1 to 1,000,000: 29,970 for 30000/1001 a second.
    pub rate_millihertz: u32,
}

impl CameraMode {
    /// The most pixels of a side.
    pub const MAX_SIDE: u32 = 16_384;
    /// The most pictures in a thousand seconds.
    pub const MAX_RATE: u32 = 1_000_000;
}

/// A microphone, or whatever else is heard at an input of this computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MicrophoneSource {
    /// Which one.
    pub device: Device,
    /// Which two of its channels are taken, 1 to 32: 1 for the first and the second, 2 for the third and the fourth.
    #[serde(default = "default_pair")]
    pub pair: u32,
    /// What is heard of the two.
    #[serde(default, skip_serializing_if = "Side::is_both")]
    pub side: Side,
    /// Latency from arrival to air in milliseconds, 0 to 5,000.
    #[serde(default = "default_latency")]
    pub latency_millis: u32,
}

impl MicrophoneSource {
    /// The last pair of channels.
    pub const MAX_PAIR: u32 = 32;
}

/// What is heard of two channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Both, as stereo. Where there is only one channel, that at both sides.
    #[default]
    Both,
    /// The first of them, at both sides.
    Left,
    /// The second of them, at both sides.
    Right,
}

impl Side {
    /// Whether it is the default, which a show file leaves out.
    fn is_both(&self) -> bool {
        *self == Self::Both
    }
}

/// The latency of a new device, in milliseconds: what a frame of sound and the jitter of a busy machine take.
pub const DEVICE_LATENCY_MILLIS: u32 = 80;

const fn default_latency() -> u32 {
    DEVICE_LATENCY_MILLIS
}

const fn default_pair() -> u32 {
    1
}
