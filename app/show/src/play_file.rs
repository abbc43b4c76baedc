//! How a film or a sound is played, and what follows its end.

use serde::{Deserialize, Serialize};

use crate::AssetId;

/// How a file is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PlayFile {
    /// The file.
    pub asset: AssetId,
    /// What happens at its out point.
    pub end: FileEnd,
    /// In point in milliseconds from the file's start, at most 24 hours.
    #[serde(default)]
    pub in_millis: u64,
    /// Out point in milliseconds from the file's start, after the in point and at most 24 hours;
    /// absent = the file's end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_millis: Option<u64>,
    /// Which sound track is heard, 1 to 64 in the order of the file; absent = the one that the file marks as its
    /// default, else the first. If the file has no such track, as if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<u32>,
    /// When it starts; absent = on the take for once, free for loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// What it does while nothing shows it, if it starts freely. One that starts on its take begins
    /// at its in point each time.
    #[serde(default, skip_serializing_if = "WhenHidden::is_pause")]
    pub hidden: WhenHidden,
}

impl PlayFile {
    /// All of a file; it starts as its end suggests.
    pub fn whole(asset: AssetId, end: FileEnd) -> Self {
        let (in_millis, out_millis, track) = (0, None, None);
        let (start, hidden) = (None, WhenHidden::default());
        Self { asset, end, in_millis, out_millis, track, start, hidden }
    }

    /// The greatest number of a sound track.
    pub const MAX_TRACK: u32 = 64;

    /// The furthest in or out point: 24 hours.
    pub const MAX_MILLIS: u64 = 24 * 60 * 60 * 1_000;

    /// When the file starts, with the default resolved.
    pub fn starts(&self) -> Start {
        self.start.unwrap_or(self.end.usual_start())
    }
}

/// What happens at the out point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FileEnd {
    /// The last picture is held.
    Once,
    /// It starts over at the in point, without a gap.
    Loop,
    /// Its pane shows what it shows without a picture: its placeholder if it has one, else black.
    Black,
    /// If it is on PGM, the show's standby comes; without one the last picture is held.
    Standby,
    /// If it is on PGM, PGM goes back, by the show's transition, to what was on it before the film was taken. If that
    /// does not exist any more, or something else was taken since, the last picture is held.
    Back,
}

impl FileEnd {
    /// When what ends like this starts if nothing else is said.
    pub fn usual_start(self) -> Start {
        match self {
            Self::Once | Self::Black | Self::Standby | Self::Back => Start::OnTake,
            Self::Loop => Start::Free,
        }
    }
}

/// When a file starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// Cued on PVW; its in point is on PGM on the frame of the take.
    OnTake,
    /// Runs as soon as the show needs it.
    Free,
}

/// What a file that starts freely does while nothing shows it. One that has ended begins anew at its in
/// point when it is shown again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WhenHidden {
    /// It pauses, and goes on from where it was left.
    #[default]
    Pause,
    /// It plays on: shown again, it is where it would be by now.
    PlayOn,
}

impl WhenHidden {
    /// Whether it is the default, which a show file leaves out.
    pub(crate) fn is_pause(&self) -> bool {
        *self == Self::Pause
    }
}
