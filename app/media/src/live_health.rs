//! How a live source comes in, for any thread to read at any time.

use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};

use crate::stream::Stream;

/// How a live source comes in. Its own threads write it; each number is consistent, and the latest wins.
#[derive(Debug, Default)]
pub struct LiveHealth {
    target: AtomicI64,
    latency: AtomicI64,
    late: AtomicI64,
    late_at: AtomicI64,
    lates: AtomicU32,
    jumps: AtomicU32,
    skipped: AtomicU64,
    missing: AtomicU32,
}

/// What is known of how a live source comes in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveState {
    /// The latency that it should have, in nanoseconds; 0 while nothing is known.
    pub target: i64,
    /// The latency that it has, in nanoseconds.
    pub latency: i64,
    /// By how much it was late when it last had to be played later, in nanoseconds; 0 if it never had.
    pub late: i64,
    /// When that was, on the studio's clock, in nanoseconds.
    pub late_at: i64,
    /// How often that was.
    pub lates: u32,
    /// How often its timestamps have jumped.
    pub jumps: u32,
    /// Pictures that were past before they could be decoded.
    pub skipped: u64,
    /// It sends sound and no pictures.
    pub no_picture: bool,
    /// It sends pictures and no sound.
    pub no_sound: bool,
}

impl LiveHealth {
    /// What is known.
    pub fn get(&self) -> LiveState {
        let missing = self.missing.load(Ordering::Acquire);
        let lacks = |stream: Stream| missing & (1 << stream.index()) != 0;
        LiveState {
            target: self.target.load(Ordering::Acquire),
            latency: self.latency.load(Ordering::Acquire),
            late: self.late.load(Ordering::Acquire),
            late_at: self.late_at.load(Ordering::Acquire),
            lates: self.lates.load(Ordering::Acquire),
            jumps: self.jumps.load(Ordering::Acquire),
            skipped: self.skipped.load(Ordering::Acquire),
            no_picture: lacks(Stream::Picture),
            no_sound: lacks(Stream::Sound),
        }
    }

    /// The source is opened again. What was counted stays.
    pub(crate) fn restart(&self) {
        self.missing.store(0, Ordering::Release);
        self.latency.store(0, Ordering::Release);
    }

    pub(crate) fn set_latency(&self, target: i64, latency: i64) {
        self.target.store(target, Ordering::Release);
        self.latency.store(latency, Ordering::Release);
    }

    /// Sets whether a stream does not come.
    pub(crate) fn set_missing(&self, stream: Stream, is_missing: bool) {
        let bit = 1 << stream.index();
        match is_missing {
            true => self.missing.fetch_or(bit, Ordering::AcqRel),
            false => self.missing.fetch_and(!bit, Ordering::AcqRel),
        };
    }

    /// It has to be played so much later from now on.
    pub(crate) fn note_late(&self, by: i64, now: i64) {
        self.late.store(by, Ordering::Release);
        self.late_at.store(now, Ordering::Release);
        self.lates.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn note_jump(&self) {
        self.jumps.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn note_skipped(&self, pictures: u64) {
        self.skipped.fetch_add(pictures, Ordering::AcqRel);
    }
}
