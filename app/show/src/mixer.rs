//! The mixer's state at the last save.

use serde::{Deserialize, Serialize};

use crate::{Db, SourceId};

/// All strips, and the settings they share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Mixer {
    /// Strips that were ever changed; any other source has [`Strip::new`].
    #[serde(default)]
    pub strips: Vec<Strip>,
    /// The programme fader.
    pub programme: Db,
    /// Whether a take moves the strips that follow video.
    pub follow: bool,
}

impl Default for Mixer {
    fn default() -> Self {
        Self { strips: Vec::new(), programme: Db::UNITY, follow: true }
    }
}

impl Mixer {
    /// A source's strip.
    pub fn strip(&self, source: SourceId) -> Strip {
        let saved = self.strips.iter().find(|strip| strip.source == source);
        saved.copied().unwrap_or(Strip::new(source))
    }
}

/// A mixer channel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Strip {
    /// The source on it.
    pub source: SourceId,
    /// Whether it contributes.
    pub mode: StripMode,
    /// Gain before the fader, -20 to 20 dB.
    pub trim: Db,
    /// The fader.
    pub fader: Db,
    /// Silent, whatever the mode.
    pub mute: bool,
    /// -1 (left) to 1 (right): a balance, so that the centre changes nothing.
    pub pan: f32,
    /// Delay of the sound, 0 to 5,000 milliseconds.
    pub delay_millis: u32,
}

/// Whether a strip contributes to the programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StripMode {
    /// Never.
    Off,
    /// Always.
    On,
    /// Audio follows video: while its source is on PGM.
    Afv,
}

impl Strip {
    /// The longest delay in milliseconds.
    pub const MAX_DELAY_MILLIS: u32 = 5_000;

    /// A strip with default settings: it follows video at unity.
    pub const fn new(source: SourceId) -> Self {
        Self {
            source,
            mode: StripMode::Afv,
            trim: Db::UNITY,
            fader: Db::UNITY,
            mute: false,
            pan: 0.0,
            delay_millis: 0,
        }
    }
}
