//! What is wrong with what: one trouble for each item, until it is well. In words of English it is for
//! the command line; the window has words for it in the operator's language.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use compositor::{PrepError, PreparedFull};
use media::encode::EncodeError;
use media::record::RecordError;
use media::rtmp::{self, TargetError};
use media::source::{OpenError, PosterError, SourceError};
use show::ItemId;

/// What is wrong with an item.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A source does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A source broke.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A live source has ended, and is opened again.
    #[error("the stream ended")]
    Ended,
    /// A live source sends nothing.
    #[error("{host}: nothing came for some seconds. It is tried again.")]
    Silent {
        /// Where it comes from.
        host: String,
    },
    /// The system gives a source no thread, for this reason.
    #[error("it cannot be opened: {0}. Close other programs.")]
    NoSourceThread(String),
    /// A source's small picture cannot be had.
    #[error(transparent)]
    Poster(#[from] PosterError),
    /// A picture or a text cannot be drawn.
    #[error(transparent)]
    Prep(#[from] PrepError),
    /// There is no room for a picture or a text.
    #[error(transparent)]
    Full(#[from] PreparedFull),
    /// A destination is no URL of its kind.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// A stream key of this name is nowhere.
    #[error("the stream key \"{0}\" is not known. Enter it for this destination.")]
    NoKey(String),
    /// A destination's connection has ended.
    #[error(transparent)]
    Rtmp(#[from] rtmp::ConnectionLost),
    /// A recording cannot go on.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Nothing can be encoded for an output.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// An output's encoder stopped, for GStreamer's reason, and is started again.
    #[error("the encoder stopped: {0}. It is started again.")]
    EncoderStopped(String),
    /// The system gives an output no thread, for this reason.
    #[error("it cannot be started: {0}. Close other programs.")]
    NoOutputThread(String),
}

/// The present troubles of a program. For any thread but the program's.
#[derive(Debug, Default)]
pub struct Problems(Mutex<BTreeMap<ItemId, Problem>>);

impl Problems {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<ItemId, Problem>> {
        // Every change leaves the map whole, so a panic elsewhere takes nothing from it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something is wrong with an item.
    pub fn set(&self, item: ItemId, trouble: impl Into<Problem>) {
        let trouble = trouble.into();
        let mut problems = self.lock();
        if problems.get(&item) != Some(&trouble) {
            tracing::warn!("{item}: {trouble}");
            problems.insert(item, trouble);
        }
    }

    /// An item is well.
    pub fn clear(&self, item: ItemId) {
        if self.lock().remove(&item).is_some() {
            tracing::info!("{item}: well again");
        }
    }

    /// All that is wrong now.
    pub fn all(&self) -> BTreeMap<ItemId, Problem> {
        self.lock().clone()
    }
}
