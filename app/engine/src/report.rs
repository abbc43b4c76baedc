//! What the world tells the engine.

use serde::{Deserialize, Serialize};
use show::SourceId;

/// An observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// How a source is doing.
    Source(SourceId, SourceState),
}

/// How a source is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    /// Being opened; nothing to show yet.
    Connecting,
    /// Held at its in point, decoded ahead, ready to start on any frame.
    Cued,
    /// Running.
    Live,
    /// Its pictures stopped; the last one stands.
    Stalled,
    /// Gone; its placeholder stands.
    Lost,
    /// A file that came to its end; its last picture stands.
    Ended,
}
