//! Outputs: destinations and recordings, with the encoding they ask for.

use serde::{Deserialize, Serialize};

use crate::OutputId;

/// A destination or a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Its id.
    pub id: OutputId,
    /// The name in the list.
    pub name: String,
    /// Where it goes.
    pub kind: OutputKind,
    /// How it is encoded; outputs with equal profiles share one encode.
    #[serde(default)]
    pub profile: EncodeProfile,
    /// Which bus it carries.
    #[serde(default)]
    pub bus: BusName,
    /// The SEI messages that are written into the stream.
    #[serde(default)]
    pub sei: SeiPolicy,
}

/// Where an output goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum OutputKind {
    /// RTMP or RTMPS.
    Rtmp {
        /// `rtmp://host[:port]/app`, without the stream key.
        url: String,
        /// The name of the secret that holds the stream key.
        key: SecretName,
    },
    /// Matroska files.
    Record {
        /// The first file; after a split, or if it exists, `-0002` and so on is added to its name.
        path: String,
    },
}

/// The name of a secret. The secret itself is stored elsewhere, never in a show.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct SecretName(pub String);

/// The buses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BusName {
    /// The programme.
    #[default]
    Pgm,
    /// The preview.
    Pvw,
}

/// How an output is encoded: H.264 and AAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EncodeProfile {
    /// Video, kilobits per second, 100 to 50,000.
    pub video_kbps: u32,
    /// Time between keyframes in milliseconds, 500 to 10,000.
    pub keyframe_millis: u32,
    /// x264's preset; other encoders use their nearest.
    pub preset: Preset,
    /// Audio, kilobits per second, 32 to 500.
    pub audio_kbps: u32,
}

impl Default for EncodeProfile {
    fn default() -> Self {
        Self {
            video_kbps: 2_500,
            keyframe_millis: 2_000,
            preset: Preset::Veryfast,
            audio_kbps: 128,
        }
    }
}

/// x264's presets: how much work is spent on a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are x264's")]
pub enum Preset {
    Ultrafast,
    Superfast,
    Veryfast,
    Faster,
    Fast,
    Medium,
}

impl Preset {
    /// x264's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ultrafast => "ultrafast",
            Self::Superfast => "superfast",
            Self::Veryfast => "veryfast",
            Self::Faster => "faster",
            Self::Fast => "fast",
            Self::Medium => "medium",
        }
    }
}

/// The SEI messages that are written into the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SeiPolicy {
    /// The layout and volume message; absent = none.
    pub layout_volume: Option<SeiTiming>,
    /// 5 (user data unregistered, behind Downstage's UUID) or 100 to 254 (bare).
    pub payload_type: u8,
}

impl Default for SeiPolicy {
    fn default() -> Self {
        Self { layout_volume: Some(SeiTiming::default()), payload_type: 5 }
    }
}

/// When a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SeiTiming {
    /// The interval in milliseconds, 1,000 to 5,000.
    pub interval_millis: u32,
    /// Whether it is also sent on each IDR.
    pub on_idr: bool,
}

impl Default for SeiTiming {
    fn default() -> Self {
        Self { interval_millis: 1_000, on_idr: true }
    }
}
