//! The standard patterns: still pictures and a tone that a chain is lined up with.

use serde::{Deserialize, Serialize};

/// A standard pattern with its sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StandardPattern {
    /// Its picture.
    pub picture: StandardPicture,
    /// Its sound.
    #[serde(default)]
    pub tone: Tone,
}

/// The picture of a standard pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StandardPicture {
    /// Colour bars with a ramp and near-black steps, as in SMPTE RP 219.
    SmpteBars,
    /// Eight colour bars of 100/0/75/0, as in ITU-R BT.471.
    EbuBars,
    /// Grey from black at the left to white at the right.
    Ramp,
    /// White and black squares, sixteen across and nine down.
    Checkerboard,
    /// Black.
    Black,
}

impl StandardPicture {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::SmpteBars, Self::EbuBars, Self::Ramp, Self::Checkerboard, Self::Black];
}

/// The sound of a standard pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Silence.
    #[default]
    Silence,
    /// A sine of 1 kHz at -18 dBFS, the alignment level of EBU R 68.
    Minus18,
    /// A sine of 1 kHz at -20 dBFS, the reference level of SMPTE RP 155.
    Minus20,
}

impl Tone {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Silence, Self::Minus18, Self::Minus20];

    /// The amplitude of the sine; a sine of 1.0 is at 0 dBFS.
    pub fn amplitude(self) -> f32 {
        match self {
            Self::Silence => 0.0,
            // 10 to the power of -18/20.
            Self::Minus18 => 0.125_892_54,
            Self::Minus20 => 0.1,
        }
    }
}
