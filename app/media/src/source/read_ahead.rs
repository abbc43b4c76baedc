//! How far a file is read and decoded ahead of its readers, so that it loops without a gap.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use gstreamer as gst;
use gstreamer::prelude::*;

use crate::link::{BURST, MAX_PICTURES};

/// How many encoded pictures, or packets of sound, wait for each decoder: about a second. A demuxer sends
/// all streams from one thread: with the five that `decodebin` allows it stalled while the queue of the
/// sound was full (0.34 s were measured), and a loop's next lap was sought too late.
const PACKETS: u32 = 50;
/// How long the decoded pictures must last when decoding resumes, in nanoseconds: by how much threads may
/// be late on a busy machine.
const MIN_AHEAD: u64 = 520_000_000;
/// Pictures that are decoded ahead whatever their rate and size.
const MIN_PICTURES: usize = 8;
/// Pictures that wait for each reader while nothing shows the file. With the one that a reader holds, a start
/// on the next frame has all it needs.
const IDLE_PICTURES: usize = 2;
/// The most bytes that pictures decoded ahead take, if they are more than [`MIN_PICTURES`].
const MAX_BYTES: usize = 224 << 20;
/// The assumed duration of a picture if its stream does not have it, in nanoseconds.
const DEFAULT_PICTURE: u64 = 40_000_000;

/// How many pictures of a file are decoded ahead.
pub struct ReadAhead {
    /// How many a cued file must hold; 0 while it runs.
    cued: AtomicU64,
    /// Whether nothing shows it.
    idle: AtomicBool,
    /// The longest time without a picture after a seek, in nanoseconds: the decoder starts at a keyframe,
    /// which may lie far before the in point.
    gap: AtomicU64,
    /// The duration of a picture, in nanoseconds.
    picture: AtomicU64,
    /// How many may be held.
    most: AtomicU64,
}

impl ReadAhead {
    /// For a file that holds this many pictures while it is cued.
    pub fn new(cued: usize) -> Self {
        Self {
            cued: AtomicU64::new(cued as u64),
            idle: AtomicBool::new(false),
            gap: AtomicU64::new(0),
            picture: AtomicU64::new(DEFAULT_PICTURE),
            most: AtomicU64::new(MIN_PICTURES as u64),
        }
    }

    /// Sets how many pictures it holds while it is cued; 0 when it runs.
    pub fn set_cued(&self, pictures: usize) {
        self.cued.store(pictures as u64, Ordering::Release);
    }

    /// Sets whether nothing shows it: then it is decoded no further ahead than a start needs.
    pub fn set_idle(&self, idle: bool) {
        self.idle.store(idle, Ordering::Release);
    }

    /// Whether nothing shows it.
    pub fn is_idle(&self) -> bool {
        self.idle.load(Ordering::Acquire)
    }

    /// Sets the duration of its pictures in nanoseconds, 0 if unknown, and their size in bytes.
    pub fn set_picture(&self, length: i64, bytes: usize) {
        let length = u64::try_from(length).ok().filter(|length| *length > 0);
        self.picture.store(length.unwrap_or(DEFAULT_PICTURE), Ordering::Release);
        let most = MAX_BYTES / bytes.max(1);
        let most = most.clamp(MIN_PICTURES, MAX_PICTURES - BURST);
        self.most.store(most as u64, Ordering::Release);
    }

    /// Records a gap between decoded pictures, in nanoseconds.
    pub fn record_gap(&self, nanos: u64) {
        self.gap.fetch_max(nanos, Ordering::AcqRel);
    }

    /// How many pictures may wait. Decoding resumes once [`BURST`] of them were taken; what is left then
    /// lasts twice as long as the longest gap.
    pub fn pictures(&self) -> usize {
        if self.is_idle() {
            return IDLE_PICTURES;
        }
        let get = |of: &AtomicU64| of.load(Ordering::Acquire);
        let left = MIN_AHEAD.max(get(&self.gap).saturating_mul(2)).div_ceil(get(&self.picture));
        let most = usize::try_from(get(&self.most)).unwrap_or(MIN_PICTURES);
        let ahead = usize::try_from(left).unwrap_or(most).saturating_add(BURST);
        let cued = usize::try_from(get(&self.cued)).unwrap_or(0);
        ahead.clamp(MIN_PICTURES, most).max(cued)
    }
}

/// Raises the limits of the queues before a pipeline's decoders. To be called once `decodebin` has found
/// its streams: then it sets its own, lower limits, with which a file stays that nothing shows.
pub fn raise_queue_limits(pipeline: &gst::Pipeline) {
    let mut queues = pipeline.iterate_all_by_element_factory_name("multiqueue");
    while let Ok(Some(queue)) = queues.next() {
        queue.set_property("max-size-buffers", PACKETS);
    }
}
