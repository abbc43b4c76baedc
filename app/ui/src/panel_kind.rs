//! The panels of the desk.

use serde::{Deserialize, Serialize};

use crate::translations::Translations;

/// A panel of the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PanelKind {
    /// What is next.
    Pvw,
    /// CUT, AUTO, the transition and the T-bar.
    Switching,
    /// What is on air.
    Pgm,
    /// Destinations and recordings.
    OnAir,
    /// Texts and pictures of both buses.
    Graphics,
    /// The log of notices.
    Log,
    /// The scene bin.
    Scenes,
    /// The layout bin.
    Layouts,
    /// The source bin.
    Sources,
    /// Faders and meters.
    Mixer,
}

impl PanelKind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Pvw,
        Self::Switching,
        Self::Pgm,
        Self::OnAir,
        Self::Graphics,
        Self::Log,
        Self::Scenes,
        Self::Layouts,
        Self::Sources,
        Self::Mixer,
    ];

    /// Whether it has a head of its own by which it is moved; the others have a tab for that.
    pub const fn has_head(self) -> bool {
        matches!(self, Self::Pvw | Self::Pgm | Self::Switching | Self::Mixer)
    }

    /// What its head says of itself.
    pub(crate) fn move_hint(self, words: &Translations) -> String {
        words.with("move-panel", "panel", words.get(self.key()))
    }

    /// The key of its name.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Pvw => "pvw",
            Self::Switching => "switching",
            Self::Pgm => "pgm",
            Self::OnAir => "on-air",
            Self::Graphics => "graphics",
            Self::Log => "log",
            Self::Scenes => "scenes",
            Self::Layouts => "layouts",
            Self::Sources => "sources",
            Self::Mixer => "mixer",
        }
    }
}
