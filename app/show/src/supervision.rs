//! What a source is said to lack: when its picture is black or stands still, and when its sound is silent.

use serde::{Deserialize, Serialize};

/// For how long a source may bring nothing before that is said, and what nothing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Supervision {
    /// For how long a picture may be black, in milliseconds, 500 to 600,000; null = it is never said.
    pub black_millis: Option<u32>,
    /// For how long a picture may stand still, likewise.
    pub frozen_millis: Option<u32>,
    /// For how long sound may be silent, likewise.
    pub silent_millis: Option<u32>,
    /// For how long the last picture of a lost source stays, in milliseconds, 0 to 600,000; then its placeholder follows, or
    /// a card that says that there is no signal. Null = it stays until the source is back.
    pub lost_millis: Option<u32>,
    /// How bright a picture may be anywhere and yet be black, in per cent of white, 0 to 50.
    pub black_percent: u32,
    /// How loud the peaks of sound may be and yet be silence, in dB of full scale, -90 to -20.
    pub silent_db: i32,
}

impl Default for Supervision {
    fn default() -> Self {
        Self {
            black_millis: Some(2_000),
            frozen_millis: Some(10_000),
            silent_millis: Some(10_000),
            lost_millis: Some(10_000),
            black_percent: 4,
            silent_db: -60,
        }
    }
}

impl Supervision {
    /// The shortest and the longest time, in milliseconds.
    pub const MILLIS: (u32, u32) = (500, 600_000);
    /// The shortest and the longest time that the last picture of a lost source stays, in milliseconds.
    pub const LOST_MILLIS: (u32, u32) = (0, 600_000);
    /// The darkest and the brightest black, in per cent of white.
    pub const BLACK_PERCENT: (u32, u32) = (0, 50);
    /// The quietest and the loudest silence, in dB.
    pub const SILENT_DB: (i32, i32) = (-90, -20);

    /// Whether it is the default, which a show file leaves out.
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The brightest luma that is black: 16 is black and 235 is white (BT.709-6, 3.4).
    pub fn black_luma(&self) -> u8 {
        let luma = 16 + (self.black_percent.min(100) * 219).div_ceil(100);
        u8::try_from(luma).unwrap_or(u8::MAX)
    }

    /// The amplitude below which sound is silence, 1 for full scale.
    pub fn silent_amplitude(&self) -> f32 {
        10_f32.powf(self.silent_db as f32 / 20.0)
    }
}
