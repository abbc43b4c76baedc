//! The state of a source, for any thread to read at any time.

use std::sync::atomic::{AtomicU64, Ordering};

use engine::SourceState;

/// A source's current state. Its own thread writes it and any other reads it without a lock. The latest
/// wins: a reader that stalls holds up nothing, and misses only states that are over.
#[derive(Debug, Default)]
pub struct SourceStatus {
    /// State and take in one word, so that they are consistent; 0 before the first.
    word: AtomicU64,
    arrived: AtomicU64,
    opens_at: AtomicU64,
}

/// The states in the order of their numbers in [`SourceStatus`].
const STATES: [SourceState; 6] = [
    SourceState::Connecting,
    SourceState::Cued,
    SourceState::Live,
    SourceState::Stalled,
    SourceState::Lost,
    SourceState::Ended,
];

impl SourceStatus {
    /// The state and its take; `None` before the source was first opened.
    pub fn get(&self) -> Option<(SourceState, u32)> {
        let word = self.word.load(Ordering::Acquire);
        let index = usize::try_from(word >> 32).ok()?.checked_sub(1)?;
        STATES.get(index).map(|state| (*state, (word & u64::from(u32::MAX)) as u32))
    }

    /// When a picture or a block of sound last arrived, on the studio's clock.
    pub fn arrived(&self) -> Option<u64> {
        time(&self.arrived)
    }

    /// When it will be opened again, on the studio's clock; `None` while it is open.
    pub fn opens_at(&self) -> Option<u64> {
        time(&self.opens_at)
    }

    pub(super) fn set(&self, state: SourceState, take: u32) {
        let index = STATES.iter().position(|other| *other == state).unwrap_or_default() as u64;
        self.word.store((index + 1) << 32 | u64::from(take), Ordering::Release);
    }

    pub(super) fn set_arrived(&self, now: u64) {
        self.arrived.store(now, Ordering::Release);
    }

    pub(super) fn set_opens_at(&self, at: Option<u64>) {
        self.opens_at.store(at.unwrap_or(0), Ordering::Release);
    }
}

fn time(at: &AtomicU64) -> Option<u64> {
    Some(at.load(Ordering::Acquire)).filter(|at| *at > 0)
}
