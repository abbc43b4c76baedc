//! Reports to the engine: the states of sources, outputs and preparations.

use serde::{Deserialize, Serialize};
use show::{OutputId, SourceId};

use crate::PrepKey;

/// A report of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// The state of a source.
    Source(SourceId, SourceState),
    /// What a source that is live brings.
    Signal(SourceId, SourceSignal),
    /// A source is not open any more.
    SourceClosed(SourceId),
    /// The state of a picture or a text.
    Prep(PrepKey, PrepState),
    /// The state of a run of an output.
    Output(OutputId, OutputRun, OutputState),
}

/// A run of an output. What an earlier one says late means nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OutputRun {
    /// The start that was commanded: [`crate::OutputNeed::starts`].
    pub start: u32,
    /// Goes up each time it is started again without a command, since its encoder stopped.
    pub restart: u32,
}

/// The state of a picture or a text. One that was never reported is being prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrepState {
    /// It can be drawn.
    Ready,
    /// It cannot be prepared: it is left out, and no take waits for it.
    Failed,
    /// It was evicted, since nothing needed it.
    Dropped,
}

/// The state of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputState {
    /// Connecting to its peer, or opening its file.
    Connecting,
    /// The peer acknowledges bytes; the file grows.
    Live,
    /// Bytes have waited for over a second.
    Slow,
    /// Bytes have waited for over two seconds.
    Stalled,
    /// Lost, and retried automatically.
    Reconnecting,
    /// Given up, or losing data: the operator must act.
    Failed,
    /// Stopped by a command.
    Stopped,
}

/// The state of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    /// Being opened; nothing to show yet.
    Connecting,
    /// Held at its in point, decoded ahead, ready to start on any frame.
    Cued,
    /// Running.
    Live,
    /// No new pictures; the last one is held.
    Stalled,
    /// Gone; its placeholder is shown.
    Lost,
    /// A file that reached its end; its last picture is held.
    Ended,
}

/// What a live source has brought for half a second at the least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceSignal {
    /// Its picture is black.
    pub black: bool,
    /// Its sound is silent, or it has none.
    pub silent: bool,
}
