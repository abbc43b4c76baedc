//! Links from one source to its readers. Each reader has its own bounded queues, so that one that stalls
//! does not affect the others. Readers take no lock and never wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use crossbeam_queue::ArrayQueue;
use engine::Frame;

use crate::live_health::LiveHealth;
use crate::live_map::LiveMap;
use crate::picture_format::PictureFormat;
use crate::signal::SignalWatch;
use crate::sound_track::TrackPlace;
use crate::waiters::Waiters;

/// The most pictures that wait for a reader; beyond, the oldest is dropped and counted.
pub const MAX_PICTURES: usize = 64;
/// The most blocks of sound that wait for a reader, about 20 ms each as decoders make them.
pub const MAX_BLOCKS: usize = 128;
/// How many items a source produces in one go once there is room.
pub const BURST: usize = 4;
/// How long a waiting thread sleeps before it checks again: a cancellation may come without a wake.
const RECHECK: Duration = Duration::from_millis(50);

/// A picture or a block of sound with its timestamp, or the end of a stream.
#[derive(Clone, Debug)]
pub struct Timed<T> {
    /// The take of the source that it belongs to.
    pub take: u32,
    /// Its time in nanoseconds; 0 is the in point of a file, and each lap of a loop goes on counting.
    pub pts: i64,
    /// The picture or block; `None` marks the end of the stream, at this time.
    pub what: Option<T>,
}

/// Stereo samples of 48 kHz, interleaved.
pub type AudioBlock = Arc<dyn AsRef<[f32]> + Send + Sync>;

/// The bounded queue from a source to one reader.
pub struct Channel<T> {
    queue: ArrayQueue<Timed<T>>,
    dropped: AtomicU64,
    /// The fewest items that waited while it was read, plus one; 0 before.
    fewest: AtomicU64,
    flow: Arc<Flow>,
}

/// The state shared by a stream's producer and all its readers.
#[derive(Debug, Default)]
struct Flow {
    /// Threads that wait for room, or for an item.
    waiters: Waiters,
    /// Whether the source is lost, so that nothing will come for now.
    is_lost: AtomicBool,
    /// How many laps of a take have been delivered whole, with the take in the upper half; [`ALL_LAPS`] once
    /// nothing more comes of it.
    complete: AtomicU64,
    /// From when until when nothing comes, in nanoseconds of the source's time: see [`Fanout::mark_quiet`].
    quiet: [AtomicI64; 2],
    /// What is known of the file.
    file: Arc<FileFacts>,
}

/// All that there will ever be of a take has been delivered.
const ALL_LAPS: u32 = u32::MAX;

impl Flow {
    /// How many laps of this take have been delivered whole.
    fn laps(&self, take: u32) -> u32 {
        let word = self.complete.load(Ordering::Acquire);
        if word >> 32 == u64::from(take) { (word & u64::from(u32::MAX)) as u32 } else { 0 }
    }

    /// Whether a whole lap of this take has been delivered, or nothing comes before the other stream goes on.
    fn is_complete(&self, take: u32) -> bool {
        let [from, until] = [0, 1].map(|at: usize| self.quiet[at].load(Ordering::Acquire));
        self.laps(take) > 0 || from < until
    }

    fn set_laps(&self, take: u32, laps: u32) {
        self.complete.store(u64::from(take) << 32 | u64::from(laps), Ordering::Release);
        self.waiters.wake();
    }

    /// Whether all that is due up to this time of this take has been delivered.
    fn has_all(&self, take: u32, at: i64) -> bool {
        let [from, until] = [0, 1].map(|at: usize| self.quiet[at].load(Ordering::Acquire));
        if (from..until).contains(&at) {
            return true;
        }
        match self.laps(take) {
            0 => false,
            ALL_LAPS => true,
            laps => at < i64::from(laps).saturating_mul(self.file.lap.load(Ordering::Acquire)),
        }
    }
}

impl<T> Channel<T> {
    fn new(most: usize, flow: &Arc<Flow>) -> Self {
        let (queue, dropped, fewest) =
            (ArrayQueue::new(most), AtomicU64::new(0), AtomicU64::new(0));
        Self { queue, dropped, fewest, flow: Arc::clone(flow) }
    }

    /// Takes the next item. For one reader only.
    pub fn pop(&self) -> Option<Timed<T>> {
        let item = self.queue.pop();
        if item.is_some() {
            self.flow.waiters.wake();
        }
        item
    }

    /// Whether the source is lost, so that there is nothing to wait for.
    pub fn is_lost(&self) -> bool {
        self.flow.is_lost.load(Ordering::Acquire)
    }

    /// Whether all of this take has been delivered, or a whole lap of it, though the source may not have ended:
    /// another stream of it may be longer.
    pub fn is_complete(&self, take: u32) -> bool {
        self.flow.is_complete(take)
    }

    /// Whether all that is due up to this time of this take has been delivered, in nanoseconds of the source's
    /// time.
    pub fn has_all(&self, take: u32, at: i64) -> bool {
        self.flow.has_all(take, at)
    }

    /// From when until when nothing comes of it: see [`Fanout::mark_quiet`].
    pub fn quiet(&self) -> (i64, i64) {
        let [from, until] = [0, 1].map(|at: usize| self.flow.quiet[at].load(Ordering::Acquire));
        (from, until)
    }

    /// The end of what any stream of the source has delivered, in nanoseconds of its time.
    pub fn delivered(&self) -> i64 {
        self.flow.file.end.load(Ordering::Acquire)
    }

    /// How many items wait.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Notes how many items wait while it is read without a pause. For one reader only.
    pub fn note_waiting(&self) {
        let (now, fewest) = (self.queue.len() as u64 + 1, self.fewest.load(Ordering::Relaxed));
        if fewest == 0 || now < fewest {
            self.fewest.store(now, Ordering::Relaxed);
        }
    }

    /// The fewest items that waited whenever that was noted.
    pub fn fewest_waiting(&self) -> Option<u64> {
        self.fewest.load(Ordering::Relaxed).checked_sub(1)
    }

    /// How many items were dropped because the reader did not take them in time.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Waits briefly for an item: for work that is not in real time.
    pub fn wait(&self) {
        let mut checks = 0;
        self.flow.waiters.wait_until(RECHECK, || {
            checks += 1;
            // Twice before it sleeps and once after: the caller has more to check.
            (checks > 2 || !self.queue.is_empty()).then_some(())
        });
    }
}

/// Delivers one stream of a source to all its readers.
pub struct Fanout<T> {
    channels: ArcSwap<Vec<Arc<Channel<T>>>>,
    most: usize,
    flow: Arc<Flow>,
    /// The take that was pushed last, and how many items of it, in one word.
    pushed: AtomicU64,
}

impl<T: Clone> Fanout<T> {
    /// A stream without readers; each reader's queue holds up to `most` items.
    pub fn new(most: usize) -> Self {
        Self::of_source(most, &Arc::default())
    }

    /// One of several streams of a source, which share what is known of it.
    fn of_source(most: usize, file: &Arc<FileFacts>) -> Self {
        let flow = Arc::new(Flow { file: Arc::clone(file), ..Flow::default() });
        Self { channels: ArcSwap::default(), most, flow, pushed: AtomicU64::new(0) }
    }

    /// Adds a reader, which gets what is pushed from now on.
    pub fn subscribe(&self) -> Arc<Channel<T>> {
        let channel = Arc::new(Channel::new(self.most, &self.flow));
        self.channels.rcu(|channels| {
            let mut channels = Vec::clone(channels);
            channels.push(Arc::clone(&channel));
            channels
        });
        channel
    }

    /// Removes a reader.
    pub fn unsubscribe(&self, channel: &Arc<Channel<T>>) {
        self.channels.rcu(|channels| {
            let mut channels = Vec::clone(channels);
            channels.retain(|other| !Arc::ptr_eq(other, channel));
            channels
        });
        self.flow.waiters.wake();
    }

    /// Marks the source as lost, so that no reader waits for it. The next item clears the mark.
    pub fn mark_lost(&self) {
        self.flow.is_lost.store(true, Ordering::Release);
        self.flow.waiters.wake();
    }

    /// Marks all of this take as delivered; no reader waits for more.
    pub fn mark_complete(&self, take: u32) {
        self.flow.set_laps(take, ALL_LAPS);
    }

    /// Marks so many laps of this take as delivered whole; more of them come.
    pub fn mark_laps(&self, take: u32, laps: u32) {
        self.flow.set_laps(take, laps.min(ALL_LAPS - 1));
    }

    /// How many laps of this take have been delivered whole.
    pub fn laps(&self, take: u32) -> u32 {
        self.flow.laps(take)
    }

    /// Nothing of this stream comes from one time until the other: whoever delivers it is held up by the other
    /// stream, which is that far ahead. No reader waits for it then. An empty range takes it back.
    pub fn mark_quiet(&self, from: i64, until: i64) {
        self.flow.quiet[1].store(i64::MIN, Ordering::Release);
        self.flow.quiet[0].store(from, Ordering::Release);
        self.flow.quiet[1].store(until, Ordering::Release);
        self.flow.waiters.wake();
    }

    /// Whether all of this take has been delivered, or a whole lap of it.
    pub fn is_complete(&self, take: u32) -> bool {
        self.flow.is_complete(take)
    }

    /// Drops what waits for every reader: it belongs to an earlier take, and the next one needs the room.
    pub fn clear(&self) {
        for channel in self.channels.load().iter() {
            while channel.queue.pop().is_some() {}
        }
    }

    /// Gives every reader an item; a full queue drops its oldest.
    pub fn push(&self, item: Timed<T>) {
        self.flow.is_lost.store(false, Ordering::Release);
        let count = self.pushed(item.take).saturating_add(1);
        self.pushed.store(u64::from(item.take) << 32 | u64::from(count), Ordering::Release);
        for channel in self.channels.load().iter() {
            if channel.queue.force_push(item.clone()).is_some() {
                channel.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.flow.waiters.wake();
    }

    /// Waits until a reader has fewer than `target` items waiting. Once all have that many, waits until
    /// one has [`BURST`] fewer, or half as many: the source then works in bursts, with its code and data
    /// still in the cache. False as soon as `cancelled`. The reader that is furthest ahead sets the
    /// pace, so one that stalls holds up none of the others.
    pub fn wait_for_room(&self, target: usize, cancelled: &dyn Fn() -> bool) -> bool {
        let mut most = target.saturating_sub(1);
        self.flow.waiters.wait_until(RECHECK, || {
            if cancelled() {
                return Some(false);
            }
            let channels = self.channels.load();
            if channels.iter().any(|channel| channel.queue.len() <= most) {
                return Some(true);
            }
            most = target.saturating_sub(BURST).max(target / 2);
            None
        })
    }

    /// Whether a reader has fewer than `target` items waiting.
    pub fn has_room(&self, target: usize) -> bool {
        self.channels.load().iter().any(|channel| channel.queue.len() < target)
    }

    /// As [`Self::wait_for_room`], for a thread that has more to do: false after `wait`, or after a wake
    /// that made no room.
    pub fn wait_for_room_within(&self, target: usize, wait: Duration) -> bool {
        let (mut most, mut checks) = (target.saturating_sub(1), 0);
        self.flow.waiters.wait_until(wait, || {
            checks += 1;
            let channels = self.channels.load();
            let is_room = channels.iter().any(|channel| channel.queue.len() <= most);
            most = target / 2;
            // Twice before it sleeps, once after.
            (is_room || checks > 2).then_some(is_room)
        })
    }

    /// How many items were pushed of this take, if it is the one that was pushed last.
    pub fn pushed(&self, take: u32) -> u32 {
        let word = self.pushed.load(Ordering::Acquire);
        if word >> 32 == u64::from(take) { (word & u64::from(u32::MAX)) as u32 } else { 0 }
    }

    /// Waits for so long, or until something happens to its readers: for a source that has nothing more to deliver.
    pub fn rest(&self, wait: Duration) {
        let mut checks = 0;
        self.flow.waiters.wait_until(wait, || {
            checks += 1;
            // Twice before it sleeps, once after.
            (checks > 2).then_some(())
        });
    }

    /// Wakes the thread that waits for room, so that it notices a cancellation.
    pub fn wake(&self) {
        self.flow.waiters.wake();
    }
}

/// Both streams of a source.
pub struct SourceLink {
    /// Pictures.
    pub video: Fanout<Frame>,
    /// Sound.
    pub audio: Fanout<AudioBlock>,
    /// What its pictures are as they come; `None` for a generated source, and until it is known.
    pub format: Arc<ArcSwapOption<PictureFormat>>,
    /// The sound track of a film that is played, while it is silent and there are others.
    pub silent_track: Arc<ArcSwapOption<TrackPlace>>,
    /// Whether it brings more than black and silence.
    pub signal: Arc<SignalWatch>,
    /// When a live source's pictures and sound are due.
    pub map: ArcSwap<LiveMap>,
    /// How a live source comes in.
    pub live: LiveHealth,
    /// What is known of a file.
    pub file: Arc<FileFacts>,
}

/// What is learned of a file while it is open; 0 until then.
#[derive(Debug, Default)]
pub struct FileFacts {
    /// The length of a lap of a loop, in nanoseconds; known before the second lap begins.
    pub lap: AtomicI64,
    /// The size of a decoded picture, in bytes.
    pub picture_bytes: AtomicU64,
    /// The end of what was delivered of the current take, by any stream, in nanoseconds of the source's time.
    pub end: AtomicI64,
}

impl Default for SourceLink {
    fn default() -> Self {
        let file = Arc::<FileFacts>::default();
        Self {
            video: Fanout::of_source(MAX_PICTURES, &file),
            audio: Fanout::of_source(MAX_BLOCKS, &file),
            format: Arc::default(),
            silent_track: Arc::default(),
            signal: Arc::default(),
            map: ArcSwap::default(),
            live: LiveHealth::default(),
            file,
        }
    }
}
