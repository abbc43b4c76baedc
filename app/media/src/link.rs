//! Links from one source to its readers: each reader has its own bounded queues, so that one that
//! stalls takes nothing from another. Readers take no lock and never wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use arc_swap::ArcSwap;
use crossbeam_queue::ArrayQueue;
use engine::Frame;

/// The most pictures that wait for a reader; then the oldest is let go and counted.
pub const MOST_PICTURES: usize = 32;
/// The most blocks of sound that wait for a reader, about 20 ms each as decoders make them.
pub const MOST_BLOCKS: usize = 128;
/// How many items who waits for room makes at a time.
pub const BURST: usize = 4;
/// How long who waits sleeps at the most: that it is cancelled may be told by nobody.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Something with its time.
#[derive(Clone, Debug)]
pub struct Item<T> {
    /// Which cue of the source it belongs to.
    pub take: u32,
    /// Its time in nanoseconds; 0 is the in point of a file, and a loop goes on counting.
    pub pts: i64,
    /// What it is; nothing is the end, at this time.
    pub what: Option<T>,
}

/// Stereo samples of 48 kHz, interleaved.
pub type Block = Arc<dyn AsRef<[f32]> + Send + Sync>;

/// The way to one reader.
pub struct Channel<T> {
    queue: ArrayQueue<Item<T>>,
    lost: AtomicU64,
    bell: Arc<Bell>,
}

/// Wakes who waits for room, or for something to take; the waker takes no lock. A ring is never lost:
/// one that comes between a look and a sleep keeps the sleeper from sleeping.
#[derive(Debug, Default)]
struct Bell {
    /// Who waits: a few at the most, the source's thread and who works outside real time.
    waiting: ArcSwap<Vec<Thread>>,
    /// Whether the source is lost: for now nothing will come.
    dry: AtomicBool,
}

impl Bell {
    fn ring(&self) {
        for thread in self.waiting.load().iter() {
            thread.unpark();
        }
    }

    /// Looks, and again after each ring and each `turn`, until there is an answer.
    fn wait_until<T>(&self, turn: Duration, mut look: impl FnMut() -> Option<T>) -> T {
        if let Some(answer) = look() {
            return answer;
        }
        let waiter = thread::current();
        self.waiting.rcu(|waiting| {
            let others = waiting.iter().filter(|other| other.id() != waiter.id());
            others.chain([&waiter]).cloned().collect::<Vec<_>>()
        });
        let answer = loop {
            if let Some(answer) = look() {
                break answer;
            }
            thread::park_timeout(turn);
        };
        self.waiting.rcu(|waiting| {
            let others = waiting.iter().filter(|other| other.id() != waiter.id());
            others.cloned().collect::<Vec<_>>()
        });
        answer
    }
}

impl<T> Channel<T> {
    fn new(most: usize, bell: &Arc<Bell>) -> Self {
        let (queue, lost) = (ArrayQueue::new(most), AtomicU64::new(0));
        Self { queue, lost, bell: Arc::clone(bell) }
    }

    /// Takes the next item; for the one reader.
    pub fn pop(&self) -> Option<Item<T>> {
        let item = self.queue.pop();
        if item.is_some() {
            self.bell.ring();
        }
        item
    }

    /// Whether nothing will come for now, because the source is lost: there is nothing to wait for.
    pub fn is_dry(&self) -> bool {
        self.bell.dry.load(Ordering::Acquire)
    }

    /// How many items wait.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// How many items were let go because the reader did not take them.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Waits a little for something to take: for work that is not in real time.
    pub fn wait(&self) {
        let mut looks = 0;
        self.bell.wait_until(LOOK_AGAIN, || {
            looks += 1;
            // Twice before it sleeps, once after: who calls has more to look at.
            (looks > 2 || !self.queue.is_empty()).then_some(())
        });
    }
}

/// From a source to all readers of one of its streams.
pub struct Fanout<T> {
    channels: ArcSwap<Vec<Arc<Channel<T>>>>,
    most: usize,
    bell: Arc<Bell>,
}

impl<T: Clone> Fanout<T> {
    /// For readers with up to `most` items waiting each.
    pub fn new(most: usize) -> Self {
        Self { channels: ArcSwap::default(), most, bell: Arc::default() }
    }

    /// A way for another reader; it gets what is pushed from now on.
    pub fn subscribe(&self) -> Arc<Channel<T>> {
        let channel = Arc::new(Channel::new(self.most, &self.bell));
        self.channels.rcu(|channels| {
            let mut channels = Vec::clone(channels);
            channels.push(Arc::clone(&channel));
            channels
        });
        channel
    }

    /// Takes a reader's way away.
    pub fn unsubscribe(&self, channel: &Arc<Channel<T>>) {
        self.channels.rcu(|channels| {
            let mut channels = Vec::clone(channels);
            channels.retain(|other| !Arc::ptr_eq(other, channel));
            channels
        });
        self.bell.ring();
    }

    /// Says that nothing will come for now: nobody waits for it. The next item ends that.
    pub fn run_dry(&self) {
        self.bell.dry.store(true, Ordering::Release);
        self.bell.ring();
    }

    /// Gives every reader an item; one whose queue is full loses its oldest.
    pub fn push(&self, item: Item<T>) {
        self.bell.dry.store(false, Ordering::Release);
        for channel in self.channels.load().iter() {
            if channel.queue.force_push(item.clone()).is_some() {
                channel.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.bell.ring();
    }

    /// Waits until a reader has fewer than `target` items waiting, and once all have that many, until
    /// one has [`BURST`] fewer, or half: so who waits works in bursts, which finds its code and data
    /// still in the cache. False as soon as `cancelled`. The reader that is furthest ahead sets the
    /// pace, so one that stands still holds nobody up.
    pub fn wait_for_room(&self, target: usize, cancelled: &dyn Fn() -> bool) -> bool {
        let mut most = target.saturating_sub(1);
        self.bell.wait_until(LOOK_AGAIN, || {
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

    /// The same for what has more to do than to wait: false after `wait` at the most, or after a ring
    /// that made no room.
    pub fn wait_for_room_within(&self, target: usize, wait: Duration) -> bool {
        let (mut most, mut looks) = (target.saturating_sub(1), 0);
        self.bell.wait_until(wait, || {
            looks += 1;
            let channels = self.channels.load();
            let is_room = channels.iter().any(|channel| channel.queue.len() <= most);
            most = target / 2;
            // Twice before it sleeps, once after.
            (is_room || looks > 2).then_some(is_room)
        })
    }

    /// The most items that wait for any reader.
    pub fn fullest(&self) -> usize {
        self.channels.load().iter().map(|channel| channel.queue.len()).max().unwrap_or(0)
    }

    /// Wakes whoever waits for room, so that it sees that it is cancelled.
    pub fn wake(&self) {
        self.bell.ring();
    }
}

/// Both streams of a source.
pub struct SourceLink {
    /// Pictures.
    pub video: Fanout<Frame>,
    /// Sound.
    pub audio: Fanout<Block>,
    /// When a live source's pictures and sound are due.
    pub map: ArcSwap<LiveMap>,
}

impl Default for SourceLink {
    fn default() -> Self {
        let (video, audio) = (Fanout::new(MOST_PICTURES), Fanout::new(MOST_BLOCKS));
        Self { video, audio, map: ArcSwap::default() }
    }
}

/// The one affine map from a live source's time to the studio's clock, both in nanoseconds: at
/// `source` it is due at `studio`, and from there on its second is `1 + slope_ppm / 1,000,000` of ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveMap {
    /// Which opening of the source it belongs to; 0 before the first.
    pub take: u32,
    /// A time of the source.
    pub source: i64,
    /// When that is due.
    pub studio: i64,
    /// Within ±2,000.
    pub slope_ppm: i32,
}

impl LiveMap {
    /// The steepest slope.
    pub const MAX_PPM: i32 = 2_000;

    /// When a source's time is due.
    pub fn studio_from_source(self, source: i64) -> i64 {
        let since = source - self.source;
        self.studio + since + scaled(since, self.slope_ppm)
    }

    /// The source's time that is due now.
    pub fn source_from_studio(self, studio: i64) -> i64 {
        let since = studio - self.studio;
        // To the second order: within 30 microseconds over an hour at the steepest slope.
        let slope = scaled(since, self.slope_ppm);
        self.source + since - slope + scaled(slope, self.slope_ppm)
    }

    /// The same up to this time of the source, and another slope from there on.
    pub fn steered(self, source: i64, slope_ppm: i32) -> Self {
        let slope_ppm = slope_ppm.clamp(-Self::MAX_PPM, Self::MAX_PPM);
        Self { source, studio: self.studio_from_source(source), slope_ppm, ..self }
    }
}

fn scaled(nanos: i64, ppm: i32) -> i64 {
    i64::try_from(i128::from(nanos) * i128::from(ppm) / 1_000_000).unwrap_or(0)
}
