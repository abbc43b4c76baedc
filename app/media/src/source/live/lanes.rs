//! Which of several streams of a kind is decoded: the first, and once that has ended the next that sends. A
//! container may have two sound tracks; and a sender that begins anew makes a demuxer of MPEG-TS replace its pads.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::stream::Stream;

/// A stream that came out of a demuxer: its kind, and its number among those of that kind, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Its kind.
    pub stream: Stream,
    number: u32,
}

/// The streams of a source. All its threads may use it.
#[derive(Debug, Default)]
pub struct Lanes {
    /// How many came of each kind.
    count: [AtomicU32; 2],
    /// The number of the one that is decoded; 0 for none.
    taken: [AtomicU32; 2],
}

impl Lanes {
    /// Another stream of this kind.
    pub fn add(&self, stream: Stream) -> Lane {
        let number = self.count[stream.index()].fetch_add(1, Ordering::AcqRel) + 1;
        Lane { stream, number }
    }

    /// Whether what it sends is decoded: from now on, if no other is.
    pub fn takes(&self, lane: Lane) -> bool {
        let taken = &self.taken[lane.stream.index()];
        let free = taken.compare_exchange(0, lane.number, Ordering::AcqRel, Ordering::Acquire);
        free.is_ok() || free == Err(lane.number)
    }

    /// It has ended.
    pub fn end(&self, lane: Lane) {
        let taken = &self.taken[lane.stream.index()];
        // Another one may be decoded.
        let _freed = taken.compare_exchange(lane.number, 0, Ordering::AcqRel, Ordering::Acquire);
    }
}
