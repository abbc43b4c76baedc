//! The current problems of a show's items, at most one each. Their English texts are for the command
//! line; the window translates them into the operator's language.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use compositor::{FontLack, PrepError, PreparedFull};
use media::encode::EncodeError;
use media::record::RecordError;
use media::rtmp::{self, TargetError};
use media::source::{OpenError, PosterError, SourceError};
use show::ItemId;

/// What is wrong with an item.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A source cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A source failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A live source ended, and is opened again.
    #[error("the stream ended")]
    Ended,
    /// A live source sends nothing.
    #[error("{host}: nothing received for some seconds. Reconnecting.")]
    Silent {
        /// Its host.
        host: String,
    },
    /// A source's thread cannot be started, for this reason.
    #[error("it cannot be opened: {0}. Close other programs.")]
    NoSourceThread(String),
    /// A source's poster cannot be made.
    #[error(transparent)]
    Poster(#[from] PosterError),
    /// A picture or a text cannot be drawn.
    #[error(transparent)]
    Prep(#[from] PrepError),
    /// A text is drawn otherwise than it should be.
    #[error(transparent)]
    Font(#[from] FontLack),
    /// There is no memory left for a picture or a text.
    #[error(transparent)]
    Full(#[from] PreparedFull),
    /// A destination's URL is not one of its kind.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// There is no stream key of this name.
    #[error("the stream key \"{0}\" is not known. Enter it for this destination.")]
    NoKey(String),
    /// A destination's connection was lost.
    #[error(transparent)]
    Rtmp(#[from] rtmp::ConnectionLost),
    /// A recording failed.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// An output's encode cannot be started.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// An output's encoder stopped, for GStreamer's reason, and is restarted.
    #[error("the encoder stopped: {0}. Restarting it.")]
    EncoderStopped(String),
    /// An output's thread cannot be started, for this reason.
    #[error("it cannot be started: {0}. Close other programs.")]
    NoOutputThread(String),
    /// Earlier runs of an output have not ended: its disk or server hangs.
    #[error(
        "earlier runs of it have not ended yet: its disk or its server does not answer. Wait, or choose another one."
    )]
    StillEnding,
}

/// The current problems of a program. Takes a lock, so not for the program thread.
#[derive(Debug, Default)]
pub struct Problems(Mutex<BTreeMap<ItemId, Problem>>);

impl Problems {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<ItemId, Problem>> {
        // Every change leaves the map consistent, so a poisoned lock is still good.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the problem of an item.
    pub fn set(&self, item: ItemId, problem: impl Into<Problem>) {
        let problem = problem.into();
        let mut problems = self.lock();
        if problems.get(&item) != Some(&problem) {
            tracing::warn!("{item}: {problem}");
            problems.insert(item, problem);
        }
    }

    /// Clears the problem of an item.
    pub fn clear(&self, item: ItemId) {
        if self.lock().remove(&item).is_some() {
            tracing::info!("{item}: recovered");
        }
    }

    /// All current problems.
    pub fn all(&self) -> BTreeMap<ItemId, Problem> {
        self.lock().clone()
    }
}
