//! What is shown instead of PGM before a show, and while PGM's sources are gone.

use serde::{Deserialize, Serialize};

use crate::{Feed, FileEnd, Layout, LayoutId, Show, Source, SourceId, SourceKind, Template};

/// A source that stands in for PGM: on the whole picture, and heard alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Standby {
    /// The source: always open, so that it can be shown on the next frame. A film must be one that loops.
    pub source: SourceId,
    /// For how long all of PGM's sources must be gone before it comes by itself, in milliseconds, 500 to 60,000; null
    /// = it does not come for that.
    #[serde(default = "default_after")]
    pub after_millis: Option<u32>,
    /// Whether PGM's graphics stay above it.
    #[serde(default)]
    pub keeps_graphics: bool,
}

const fn default_after() -> Option<u32> {
    Some(Standby::AFTER_MILLIS)
}

impl Standby {
    /// How long PGM's sources are waited for unless something else is set, in milliseconds.
    pub const AFTER_MILLIS: u32 = 3_000;

    /// This source, by itself after the usual time, without graphics.
    pub fn new(source: SourceId) -> Self {
        Self { source, after_millis: default_after(), keeps_graphics: false }
    }

    /// Whether a source can stand in: nothing that comes to an end.
    pub fn accepts(source: &Source) -> bool {
        match &source.kind {
            SourceKind::File(_) | SourceKind::List(_) => {
                source.end() == Some(FileEnd::Loop) && !source.starts_on_take()
            }
            SourceKind::TestPattern { .. }
            | SourceKind::StandardPattern(_)
            | SourceKind::Camera(_)
            | SourceKind::Microphone(_)
            | SourceKind::Live { .. }
            | SourceKind::Screen(_)
            | SourceKind::Still { .. }
            | SourceKind::Colour { .. } => true,
        }
    }

    /// What is on the picture.
    pub fn layout(&self) -> Layout {
        Template::Single.layout(LayoutId(0), "", &[Feed::Source(self.source)])
    }
}

impl Show {
    /// The source that stands in for PGM, if one is set.
    pub fn standby_source(&self) -> Option<&Source> {
        self.source(self.standby?.source)
    }
}
