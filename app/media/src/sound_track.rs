//! The sound tracks of a film.

/// A sound track of a film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoundTrack {
    /// Its language, as its container says it: mostly a code of ISO 639.
    pub language: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// How many channels it has.
    pub channels: Option<u32>,
    /// What it is coded in.
    pub codec: String,
}

/// One sound track of several, by its place in the order of the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrackPlace {
    /// Its number, from 1.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}
