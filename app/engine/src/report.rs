//! What the world tells the engine.

use serde::{Deserialize, Serialize};
use show::{OutputId, SourceId};

use crate::PrepKey;

/// An observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// How a source is doing.
    Source(SourceId, SourceState),
    /// How a picture or a text is doing.
    Prep(PrepKey, PrepState),
    /// How an output is doing.
    Output(OutputId, OutputState),
}

/// How a picture or a text is doing. What was never reported is being made ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrepState {
    /// It can be drawn.
    Ready,
    /// It cannot be had: it is left out, and no take waits for it.
    Failed,
    /// It was let go, since nothing needed it.
    Dropped,
}

/// How an output is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputState {
    /// On its way to its peer or its file.
    Connecting,
    /// The peer acknowledges bytes; the file grows.
    Live,
    /// Bytes have waited for over a second.
    Slow,
    /// Bytes have waited for over two seconds.
    Stalled,
    /// Lost, and tried again by itself.
    Reconnecting,
    /// Given up, or losing data: the operator must act.
    Failed,
    /// Ended as asked.
    Stopped,
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
