//! Several files as one source: films and sounds one after the other, and pictures as a slide show.

use serde::{Deserialize, Serialize};

use crate::{AssetId, FileEnd, Start, WhenHidden};

/// Files that are played in their order, without a gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PlayList {
    /// The files, 1 to 500, each as often as it is here. A folder stands for the pictures, films and sounds in it, by name;
    /// it is looked at anew each time the list begins.
    pub assets: Vec<AssetId>,
    /// What happens at the end of the last.
    pub end: FileEnd,
    /// For how long a picture is shown, in milliseconds, 100 to 3,600,000.
    #[serde(default = "default_picture")]
    pub picture_millis: u32,
    /// When it starts; absent = on the take for once, free for loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// What it does while nothing shows it, if it starts freely.
    #[serde(default, skip_serializing_if = "WhenHidden::is_pause")]
    pub hidden: WhenHidden,
}

impl PlayList {
    /// The most files.
    pub const MAX: usize = 500;
    /// The shortest and the longest time of a picture, in milliseconds.
    pub const PICTURE_MILLIS: (u32, u32) = (100, 3_600_000);
    /// The time of a picture if nothing else is said, in milliseconds.
    pub const DEFAULT_PICTURE_MILLIS: u32 = 5_000;

    /// These files; the list starts as its end suggests.
    pub fn new(assets: Vec<AssetId>, end: FileEnd) -> Self {
        let (picture_millis, start, hidden) = (default_picture(), None, WhenHidden::default());
        Self { assets, end, picture_millis, start, hidden }
    }

    /// When it starts, with the default resolved.
    pub fn starts(&self) -> Start {
        self.start.unwrap_or(self.end.usual_start())
    }
}

const fn default_picture() -> u32 {
    PlayList::DEFAULT_PICTURE_MILLIS
}
