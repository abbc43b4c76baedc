//! The sound of a live source on its way to the audio thread: a bounded ring, resampled by the
//! source's time map.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicI64, AtomicU32, AtomicU64, Ordering, fence};

use rtrb::{Consumer, Producer, RingBuffer};

use crate::ramp;
use crate::sample_window::{Declicker, SampleWindow};
use crate::sinc::{self, BEFORE, TAPS};
use crate::time_map::TimeMap;

/// The shortest block that the queue of blocks has room for, in frames: 1 ms. Shorter ones may fill
/// it before the ring is full; they are dropped then, and counted.
const SHORTEST_BLOCK: usize = 48;
/// Frames that are read at once.
const CHUNK: usize = 512;
/// A map whose position differs by no more than this, in 2^-32 sample, continues the last one: a
/// thousandth of a sample, where a step of phase is 80 dB down at 1 kHz.
const CONTINUOUS: i64 = 1 << 22;
/// A map whose position differs by no more than this is cross-faded to over a chunk: 64 samples.
/// Beyond that it is other sound, and it starts again.
const NEARBY: i64 = 64 << 32;

/// Makes a link that holds `frames` of sound. That must be at least the target latency and one
/// block.
pub fn feed(frames: usize, map: TimeMap) -> (FeedWriter, FeedReader, FeedControl) {
    sinc::warm_up();
    let (samples, heard) = RingBuffer::new(2 * frames);
    let (blocks, starts) = RingBuffer::new(frames / SHORTEST_BLOCK + 1);
    let shared = Arc::new(FeedState::default());
    shared.store(map);
    let reader = FeedReader {
        samples: heard,
        blocks: starts,
        shared: Arc::clone(&shared),
        map,
        window: SampleWindow::default(),
        block: None,
        last: [0.0; 2],
        declicker: Declicker::default(),
        whole: false,
        other: Vec::with_capacity(2 * CHUNK),
    };
    (FeedWriter { samples, blocks, shared: Arc::clone(&shared) }, reader, FeedControl(shared))
}

/// What the three ends share.
#[derive(Default)]
struct FeedState {
    /// A sequence lock: odd while the map is being written, else twice the number of maps so far.
    version: AtomicU32,
    source: AtomicI64,
    programme: AtomicI64,
    slope_ppm: AtomicI32,
    /// Frames the writer had no room for.
    dropped: AtomicU64,
    /// Frames that had not arrived when they were read.
    missing: AtomicU64,
    /// Frames that arrived after their time.
    late: AtomicU64,
    /// Set by the reader: the frames available beyond its last read.
    ahead: AtomicI64,
}

impl FeedState {
    fn store(&self, map: TimeMap) {
        let (source, programme, slope_ppm) = map.parts();
        let version = self.version.load(Ordering::Relaxed);
        self.version.store(version.wrapping_add(1), Ordering::Relaxed);
        fence(Ordering::Release);
        self.source.store(source, Ordering::Relaxed);
        self.programme.store(programme, Ordering::Relaxed);
        self.slope_ppm.store(slope_ppm, Ordering::Relaxed);
        self.version.store(version.wrapping_add(2), Ordering::Release);
    }

    /// The map, or none while it is being written: the reader never waits.
    fn load(&self) -> Option<TimeMap> {
        let before = self.version.load(Ordering::Acquire);
        let source = self.source.load(Ordering::Relaxed);
        let programme = self.programme.load(Ordering::Relaxed);
        let slope_ppm = self.slope_ppm.load(Ordering::Relaxed);
        fence(Ordering::Acquire);
        let after = self.version.load(Ordering::Relaxed);
        (before == after && before.is_multiple_of(2))
            .then(|| TimeMap::from_parts((source, programme, slope_ppm)))
    }

    fn counts(&self) -> FeedCounts {
        FeedCounts {
            dropped: self.dropped.load(Ordering::Relaxed),
            missing: self.missing.load(Ordering::Relaxed),
            late: self.late.load(Ordering::Relaxed),
            ahead: self.ahead.load(Ordering::Relaxed),
        }
    }
}

/// The counts of a link, in frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeedCounts {
    /// Dropped, because the ring was full.
    pub dropped: u64,
    /// Not there when they were read: silence was heard.
    pub missing: u64,
    /// Arrived after their time.
    pub late: u64,
    /// Available beyond the last read: what a control loop holds at the target latency. Negative
    /// while there is too little.
    pub ahead: i64,
}

/// The source's end; used by one thread at a time, never blocks.
pub struct FeedWriter {
    samples: Producer<f32>,
    blocks: Producer<Chunk>,
    shared: Arc<FeedState>,
}

/// A run of samples in the ring.
#[derive(Clone, Copy)]
struct Chunk {
    start: i64,
    frames: usize,
}

impl FeedWriter {
    /// Adds a block of interleaved stereo that starts at this sample of the source's time. A block
    /// that does not fit is dropped whole, and counted.
    pub fn push(&mut self, start_sample: u64, interleaved: &[f32]) {
        let frames = interleaved.len() / 2;
        let interleaved = &interleaved[..2 * frames];
        let start = i64::try_from(start_sample).unwrap_or(i64::MAX);
        // The samples first: a block is known to the reader only once they are all there.
        let room = !self.blocks.is_full();
        if frames > 0 && room && self.samples.push_entire_slice(interleaved).is_ok() {
            let pushed = self.blocks.push(Chunk { start, frames });
            debug_assert!(pushed.is_ok(), "there was room, and nobody else can take it");
        } else {
            self.shared.dropped.fetch_add(frames as u64, Ordering::Relaxed);
        }
    }

    /// The counts of the link.
    pub fn counts(&self) -> FeedCounts {
        self.shared.counts()
    }
}

/// The end that sets the map: one owner, any thread.
pub struct FeedControl(Arc<FeedState>);

impl FeedControl {
    /// Sets the map from the next read on.
    pub fn set(&mut self, map: TimeMap) {
        self.0.store(map);
    }

    /// The counts of the link.
    pub fn counts(&self) -> FeedCounts {
        self.0.counts()
    }
}

/// The audio thread's end. Never blocks, never allocates after its first blocks.
pub struct FeedReader {
    samples: Consumer<f32>,
    blocks: Consumer<Chunk>,
    shared: Arc<FeedState>,
    map: TimeMap,
    window: SampleWindow,
    /// The unread rest of the block at the front of the ring.
    block: Option<Chunk>,
    /// The last frame that was read, before declicking.
    last: [f32; 2],
    declicker: Declicker,
    /// Whether the last chunk was whole.
    whole: bool,
    other: Vec<f32>,
}

impl FeedReader {
    /// Fills `out` (interleaved stereo) with the sound from this sample of the programme on.
    /// Returns false if all of it is silence because nothing has arrived; missing frames are
    /// counted.
    pub fn read(&mut self, programme_sample: u64, out: &mut [f32]) -> bool {
        let mut at = i64::try_from(programme_sample).unwrap_or(i64::MAX);
        let mut heard = false;
        for chunk in out.chunks_mut(2 * CHUNK) {
            heard |= self.read_chunk(at, chunk);
            at = at.saturating_add(chunk.len() as i64 / 2);
        }
        let (place, _) = self.map.source_from_programme(at);
        self.shared.ahead.store(self.newest() - place, Ordering::Relaxed);
        heard
    }

    /// The map of the last read.
    pub fn map(&self) -> TimeMap {
        self.map
    }

    fn read_chunk(&mut self, at: i64, out: &mut [f32]) -> bool {
        let map = self.shared.load().unwrap_or(self.map);
        let old = std::mem::replace(&mut self.map, map);
        let moved = map.moved_from(old, at);
        // A steered map continues where the old one was: it needs no fade.
        let near = moved.abs() > CONTINUOUS && moved.abs() <= NEARBY;
        if near {
            self.fill_window(old, at, out.len() / 2, map);
            let mut other = std::mem::take(&mut self.other);
            other.clear();
            other.resize(out.len(), 0.0);
            self.window.render(old, at, &mut other);
            let there = self.window.render(map, at, out);
            ramp::scale(out, [0.0; 2], [1.0; 2]);
            ramp::add(out, &other, 1.0, 0.0);
            self.other = other;
            self.declick(there, true, out)
        } else {
            self.fill_window(map, at, out.len() / 2, map);
            let there = self.window.render(map, at, out);
            self.declick(there, moved.abs() <= CONTINUOUS, out)
        }
    }

    /// Declicks the edges between sound and silence, and counts missing frames. `there` is how many
    /// frames of `out` there were, `continuous` whether they continue the last chunk.
    fn declick(&mut self, there: usize, continuous: bool, out: &mut [f32]) -> bool {
        let frames = out.as_chunks_mut::<2>().0;
        let last = frames.last().copied().unwrap_or_default();
        let before = std::mem::replace(&mut self.last, last);
        let was_whole = std::mem::replace(&mut self.whole, there == frames.len());
        self.shared.missing.fetch_add((frames.len() - there) as u64, Ordering::Relaxed);
        let (sound, gap) = frames.split_at_mut(there);
        let end = sound.last().copied().unwrap_or_default();
        if !(was_whole && continuous && there > 0) {
            let first = sound.first().copied().unwrap_or_default();
            self.declicker.step(before, first);
        }
        self.declicker.apply(sound);
        if there > 0 && !gap.is_empty() {
            self.declicker.step(end, [0.0; 2]);
        }
        self.declicker.apply(gap);
        there > 0 || self.declicker.is_active()
    }

    /// Reads what both maps need for this chunk into the window.
    fn fill_window(&mut self, one: TimeMap, at: i64, frames: usize, two: TimeMap) {
        let end = at.saturating_add(frames as i64);
        let low = |map: TimeMap| map.source_from_programme(at).0 - (BEFORE as i64 - 1);
        let high = |map: TimeMap| map.source_from_programme(end).0 + (TAPS - BEFORE) as i64 + 1;
        let high = high(one).max(high(two));
        self.window.discard_before(low(one).min(low(two)));
        while self.window.end() < high {
            let next = self.block.take().or_else(|| self.blocks.pop().ok());
            let Some(block) = next else { return };
            if block.start >= high {
                self.window.pad_to(high);
                self.block = Some(block);
                return;
            }
            self.block = self.read_block(block, high);
        }
    }

    /// Reads what is needed of a block that starts before `high`; returns the rest of it.
    fn read_block(&mut self, block: Chunk, high: i64) -> Option<Chunk> {
        let end = self.window.end();
        let late = usize::try_from(end.saturating_sub(block.start)).unwrap_or(0).min(block.frames);
        self.shared.late.fetch_add(late as u64, Ordering::Relaxed);
        self.window.pad_to(block.start);
        let needed = usize::try_from(high - block.start).unwrap_or(0).clamp(late, block.frames);
        if let Ok(chunk) = self.samples.read_chunk(2 * needed) {
            let (first, second) = chunk.as_slices();
            // Pairs stay together: only even numbers of samples are written and read.
            let frames = first.as_chunks::<2>().0.iter().chain(second.as_chunks::<2>().0);
            self.window.extend(frames.skip(late));
            chunk.commit_all();
        }
        let start = block.start + needed as i64;
        let frames = block.frames - needed;
        (frames > 0).then_some(Chunk { start, frames })
    }

    /// The end of the newest frame that has arrived.
    fn newest(&self) -> i64 {
        let queued = self.samples.slots() / 2;
        let start = self.block.map_or(self.window.end(), |block| block.start);
        start.saturating_add(queued as i64)
    }
}
