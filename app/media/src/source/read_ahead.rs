//! How far a file is read and decoded ahead of its readers, so that a loop goes on without a gap.

use std::sync::atomic::{AtomicU64, Ordering};

use gstreamer as gst;
use gstreamer::prelude::*;

use crate::link::{BURST, MOST_PICTURES};

/// Encoded pictures, and blocks of sound, that wait for each decoder: about a second. A demuxer sends all
/// streams by one thread: with the five that `decodebin` allows it stood still while the sound's reader
/// had enough (0.34 s were measured), and a loop's next lap was asked for too late.
const PACKETS: u32 = 50;
/// For how long the decoded pictures last, at the least, when more are decoded: what threads may be
/// late by on a busy machine, in nanoseconds.
const LEAST: u64 = 200_000_000;
/// Pictures that are decoded ahead whatever their rate and size.
const LEAST_PICTURES: usize = 8;
/// The most that pictures which are decoded ahead take, in bytes; but for [`LEAST_PICTURES`].
const MOST_BYTES: usize = 64 << 20;
/// How long a picture counts for while its stream does not say it, in nanoseconds.
const USUAL_PICTURE: u64 = 40_000_000;

/// How many pictures of a file are decoded ahead.
pub struct ReadAhead {
    /// As many as a cued file must hold; 0 while it runs.
    cued: AtomicU64,
    /// The longest that the decoder had nothing to hand on where it began again, in nanoseconds: it begins
    /// at a keyframe, which may lie far before the in point.
    gap: AtomicU64,
    /// How long a picture is, in nanoseconds.
    picture: AtomicU64,
    /// As many as may be held.
    most: AtomicU64,
}

impl ReadAhead {
    /// For a file that is cued with so many pictures.
    pub fn new(cued: usize) -> Self {
        Self {
            cued: AtomicU64::new(cued as u64),
            gap: AtomicU64::new(0),
            picture: AtomicU64::new(USUAL_PICTURE),
            most: AtomicU64::new(LEAST_PICTURES as u64),
        }
    }

    /// It is cued with so many pictures; 0: it runs.
    pub fn cue(&self, pictures: usize) {
        self.cued.store(pictures as u64, Ordering::Release);
    }

    /// What its pictures are: their length in nanoseconds, 0 if nobody knows, and their size in bytes.
    pub fn of_pictures(&self, length: i64, bytes: usize) {
        let length = u64::try_from(length).ok().filter(|length| *length > 0);
        self.picture.store(length.unwrap_or(USUAL_PICTURE), Ordering::Release);
        let most = MOST_BYTES / bytes.max(1);
        let most = most.clamp(LEAST_PICTURES, MOST_PICTURES - BURST);
        self.most.store(most as u64, Ordering::Release);
    }

    /// The decoder had nothing to hand on for so long, in nanoseconds.
    pub fn gap(&self, nanos: u64) {
        self.gap.fetch_max(nanos, Ordering::AcqRel);
    }

    /// How many pictures wait at the most. When [`BURST`] of them were taken more are decoded, and what is
    /// left lasts twice as long as the longest gap.
    pub fn pictures(&self) -> usize {
        let get = |of: &AtomicU64| of.load(Ordering::Acquire);
        let left = LEAST.max(get(&self.gap).saturating_mul(2)).div_ceil(get(&self.picture));
        let most = usize::try_from(get(&self.most)).unwrap_or(LEAST_PICTURES);
        let ahead = usize::try_from(left).unwrap_or(most).saturating_add(BURST);
        let cued = usize::try_from(get(&self.cued)).unwrap_or(0);
        ahead.clamp(LEAST_PICTURES, most).max(cued)
    }
}

/// Lets more wait for the decoders of a pipeline than `decodebin` does by itself. After it has found its
/// streams: then it sets its own limits.
pub fn read_ahead(pipeline: &gst::Pipeline) {
    let mut queues = pipeline.iterate_all_by_element_factory_name("multiqueue");
    while let Ok(Some(queue)) = queues.next() {
        queue.set_property("max-size-buffers", PACKETS);
    }
}
