//! Sources and the files they come from: their configuration, never their state.

use serde::{Deserialize, Serialize};

use crate::{
    AssetId, CameraSource, Colour, FileEnd, MicrophoneSource, PlayFile, PlayList, ScreenSource,
    SourceId, SourceSettings, StandardPattern, Start, WhenHidden,
};

/// A file the show refers to. Everything else refers to its id, so a missing file is relinked once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Asset {
    /// Its id.
    pub id: AssetId,
    /// Where it is; a relative path counts from the show file's folder.
    pub path: String,
    /// What it is.
    pub kind: AssetKind,
    /// SHA-256 of its bytes in hexadecimal, once known: tells a moved file from a changed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// The kinds of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AssetKind {
    /// A picture, JPG, PNG or WebP, up to 10 MB.
    Picture,
    /// A film or a sound.
    Media,
    /// A folder, for the pictures, films and sounds in it.
    Folder,
}

/// An input as configured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// The name in the bin.
    pub name: String,
    /// The name in the layout SEI: 1 to 64 of `A-Z a-z 0-9 _ -`, unique in the show.
    pub uid: String,
    /// Where it comes from.
    pub kind: SourceKind,
    /// How its pictures and its sound are changed on their way in.
    #[serde(default, skip_serializing_if = "SourceSettings::is_default")]
    pub settings: SourceSettings,
}

/// Where an input comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum SourceKind {
    /// A moving picture with its frame number, and a click with a flash each second, in the
    /// programme's format.
    TestPattern {
        /// Number 0 to 15 shown beside the frame number, to tell several patterns apart.
        #[serde(default)]
        tag: u8,
    },
    /// A standard pattern, in the programme's format: a picture that stands, and a tone.
    StandardPattern(StandardPattern),
    /// A camera of this computer.
    Camera(CameraSource),
    /// A microphone of this computer, or another input.
    Microphone(MicrophoneSource),
    /// A live URL: RTMP, HTTP-FLV, HLS, SRT or whatever the installed GStreamer opens.
    Live {
        /// The URL.
        url: String,
        /// Latency from arrival to air in milliseconds, 0 to 5,000: absorbs network jitter.
        #[serde(default = "default_latency")]
        latency_millis: u32,
    },
    /// A film or sound file.
    File(PlayFile),
    /// Several files, one after the other.
    List(PlayList),
    /// A screen of this computer, or a window on it.
    Screen(ScreenSource),
    /// A JPG, PNG or WebP picture.
    Still {
        /// The picture.
        asset: AssetId,
    },
    /// A flat colour.
    Colour {
        /// The colour.
        colour: Colour,
    },
}

const fn default_latency() -> u32 {
    200
}

impl Source {
    /// A source with all settings at their defaults.
    pub fn new(
        id: SourceId,
        name: impl Into<String>,
        uid: impl Into<String>,
        kind: SourceKind,
    ) -> Self {
        let (name, uid, settings) = (name.into(), uid.into(), SourceSettings::default());
        Self { id, name, uid, kind, settings }
    }

    /// The asset this source plays or shows, if it has one alone.
    pub fn asset(&self) -> Option<AssetId> {
        match self.kind {
            SourceKind::File(PlayFile { asset, .. }) | SourceKind::Still { asset } => Some(asset),
            SourceKind::List(_)
            | SourceKind::TestPattern { .. }
            | SourceKind::StandardPattern(_)
            | SourceKind::Camera(_)
            | SourceKind::Microphone(_)
            | SourceKind::Live { .. }
            | SourceKind::Screen(_)
            | SourceKind::Colour { .. } => None,
        }
    }

    /// All assets that this source plays or shows, in their order.
    pub fn assets(&self) -> impl Iterator<Item = AssetId> {
        let of_list = match &self.kind {
            SourceKind::List(list) => list.assets.as_slice(),
            _ => &[],
        };
        self.asset().into_iter().chain(of_list.iter().copied())
    }

    /// What happens when it has been played, for what can be.
    pub fn end(&self) -> Option<FileEnd> {
        match &self.kind {
            SourceKind::File(play) => Some(play.end),
            SourceKind::List(list) => Some(list.end),
            _ => None,
        }
    }

    /// Whether the source can carry sound.
    pub fn has_audio(&self) -> bool {
        self.kind.nature().sound
    }

    /// Whether the source waits, cued, for its take.
    pub fn starts_on_take(&self) -> bool {
        self.kind.nature().start == Start::OnTake
    }
}

/// How sources of a kind behave. Code that opens, plays, mixes or shows a source reads this and
/// never matches on the kind, so that a new kind changes nothing there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nature {
    /// What sets the pace of its pictures.
    pub pace: Pace,
    /// Whether it can carry sound.
    pub sound: bool,
    /// When it is open.
    pub opens: Opens,
    /// When it starts to play.
    pub start: Start,
    /// What it does while nothing shows it.
    pub hidden: WhenHidden,
}

/// What sets the pace of a source's pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Nothing: the compositor draws it from the document, and nothing is opened.
    Composed,
    /// Its reader: pictures are generated in the format of the programme that reads them.
    Generated,
    /// Its reader: the source is decoded as far ahead as its readers need.
    Pulled,
    /// The source itself: what is not read in time is dropped.
    Pushed {
        /// Latency from arrival to air in milliseconds.
        latency_millis: u32,
    },
    /// A device of this computer, which is as a live source, but cheaply looked for while it is not connected.
    Connected {
        /// Latency from arrival to air in milliseconds.
        latency_millis: u32,
    },
    /// What is captured: a picture comes when something has changed, so that none is no fault, and what is not
    /// read in time is dropped.
    Captured,
}

impl Pace {
    /// Whether its pictures come by themselves, each with the time at which it is due.
    pub fn is_pushed(self) -> bool {
        matches!(self, Self::Pushed { .. } | Self::Connected { .. } | Self::Captured)
    }

    /// Whether it sends all the time, so that silence is a fault.
    pub fn never_pauses(self) -> bool {
        matches!(self, Self::Pushed { .. } | Self::Connected { .. })
    }

    /// Whether it is opened for a programme's format.
    pub fn follows_format(self) -> bool {
        matches!(self, Self::Generated | Self::Captured)
    }
}

/// When a source is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    /// While a bus or the mixer uses it.
    WhileUsed,
    /// As long as the show has it: opening takes longer than a take can wait.
    Always,
}

impl SourceKind {
    /// How sources of this kind behave.
    pub fn nature(&self) -> Nature {
        let composed = Nature {
            pace: Pace::Composed,
            sound: false,
            opens: Opens::WhileUsed,
            start: Start::Free,
            hidden: WhenHidden::Pause,
        };
        let sounds = Nature { sound: true, ..composed };
        match self {
            Self::TestPattern { .. } | Self::StandardPattern(_) => {
                Nature { pace: Pace::Generated, ..sounds }
            }
            Self::Camera(CameraSource { latency_millis, .. }) => Nature {
                pace: Pace::Connected { latency_millis: *latency_millis },
                opens: Opens::Always,
                hidden: WhenHidden::PlayOn,
                ..composed
            },
            Self::Microphone(MicrophoneSource { latency_millis, .. }) => Nature {
                pace: Pace::Connected { latency_millis: *latency_millis },
                opens: Opens::Always,
                hidden: WhenHidden::PlayOn,
                ..sounds
            },
            Self::Live { latency_millis, .. } => Nature {
                pace: Pace::Pushed { latency_millis: *latency_millis },
                opens: Opens::Always,
                hidden: WhenHidden::PlayOn,
                ..sounds
            },
            Self::Screen(_) => Nature {
                pace: Pace::Captured,
                opens: Opens::Always,
                hidden: WhenHidden::PlayOn,
                ..composed
            },
            Self::File(play) => {
                Nature { pace: Pace::Pulled, start: play.starts(), hidden: play.hidden, ..sounds }
            }
            Self::List(list) => {
                Nature { pace: Pace::Pulled, start: list.starts(), hidden: list.hidden, ..sounds }
            }
            Self::Still { .. } | Self::Colour { .. } => composed,
        }
    }
}
