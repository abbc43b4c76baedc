//! Films, as the desk shows them.

use show::SourceId;

/// A seek goes no nearer to a film's end than this, in milliseconds: there it would begin anew.
const BEFORE_END: u64 = 100;

/// A film that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilmLeft {
    /// Which source it is.
    pub source: SourceId,
    /// What is left of it, in milliseconds.
    pub left_millis: u64,
}

/// A sound track of a film, as its file says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackLook {
    /// Its language.
    pub language: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// How many channels it has.
    pub channels: Option<u32>,
    /// What it is coded in.
    pub codec: String,
}

/// Where an open film is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilmLook {
    /// How far behind its in point, in milliseconds; in a loop, of its present lap.
    pub at_millis: u64,
    /// How long it is from its in point to its end, in milliseconds, if that is known.
    pub length_millis: Option<u64>,
}

impl FilmLook {
    /// What is left of it, in milliseconds, if its length is known.
    pub fn left_millis(&self) -> Option<u64> {
        Some(self.length_millis?.saturating_sub(self.at_millis))
    }

    /// The nearest time to this one that it can be sought to, in milliseconds.
    pub(crate) fn within(&self, millis: u64) -> u64 {
        self.length_millis.map_or(millis, |length| millis.min(length.saturating_sub(BEFORE_END)))
    }
}

/// Minutes and seconds: `12:07`.
pub(crate) fn minutes(millis: u64) -> String {
    let seconds = millis / 1_000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
