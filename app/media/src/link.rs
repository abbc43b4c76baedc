//! Links from one source to its readers: each reader has its own bounded queues, so that one that
//! stalls takes nothing from another. Readers take no lock and never wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use crossbeam_queue::ArrayQueue;
use engine::Frame;

use crate::live_map::LiveMap;
use crate::waiters::Waiters;

/// The most pictures that wait for a reader; then the oldest is let go and counted.
pub const MOST_PICTURES: usize = 32;
/// The most blocks of sound that wait for a reader, about 20 ms each as decoders make them.
pub const MOST_BLOCKS: usize = 128;
/// How many items a source makes at a time once there is room.
pub const BURST: usize = 4;
/// How long a waiting thread sleeps at the most: nobody may wake it when it is cancelled.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Something with its time.
#[derive(Clone, Debug)]
pub struct Timed<T> {
    /// Which cue of the source it belongs to.
    pub take: u32,
    /// Its time in nanoseconds; 0 is the in point of a file, and a loop goes on counting.
    pub pts: i64,
    /// What it is; nothing is the end, at this time.
    pub what: Option<T>,
}

/// Stereo samples of 48 kHz, interleaved.
pub type AudioBlock = Arc<dyn AsRef<[f32]> + Send + Sync>;

/// The way to one reader.
pub struct Channel<T> {
    queue: ArrayQueue<Timed<T>>,
    lost: AtomicU64,
    flow: Arc<Flow>,
}

/// What all readers of one stream, and what fills it, share.
#[derive(Debug, Default)]
struct Flow {
    /// Threads that wait for room, or for something to take.
    waiters: Waiters,
    /// Whether the source is lost: for now nothing will come.
    is_lost: AtomicBool,
}

impl<T> Channel<T> {
    fn new(most: usize, flow: &Arc<Flow>) -> Self {
        let (queue, lost) = (ArrayQueue::new(most), AtomicU64::new(0));
        Self { queue, lost, flow: Arc::clone(flow) }
    }

    /// Takes the next item; for the one reader.
    pub fn pop(&self) -> Option<Timed<T>> {
        let item = self.queue.pop();
        if item.is_some() {
            self.flow.waiters.wake();
        }
        item
    }

    /// Whether nothing will come for now, because the source is lost: there is nothing to wait for.
    pub fn is_lost(&self) -> bool {
        self.flow.is_lost.load(Ordering::Acquire)
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
        self.flow.waiters.wait_until(LOOK_AGAIN, || {
            looks += 1;
            // Twice before it sleeps, once after: the caller has more to look at.
            (looks > 2 || !self.queue.is_empty()).then_some(())
        });
    }
}

/// From a source to all readers of one of its streams.
pub struct Fanout<T> {
    channels: ArcSwap<Vec<Arc<Channel<T>>>>,
    most: usize,
    flow: Arc<Flow>,
}

impl<T: Clone> Fanout<T> {
    /// For readers with up to `most` items waiting each.
    pub fn new(most: usize) -> Self {
        Self { channels: ArcSwap::default(), most, flow: Arc::default() }
    }

    /// A way for another reader; it gets what is pushed from now on.
    pub fn subscribe(&self) -> Arc<Channel<T>> {
        let channel = Arc::new(Channel::new(self.most, &self.flow));
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
        self.flow.waiters.wake();
    }

    /// Says that nothing will come for now: nobody waits for it. The next item ends that.
    pub fn source_lost(&self) {
        self.flow.is_lost.store(true, Ordering::Release);
        self.flow.waiters.wake();
    }

    /// Gives every reader an item; one whose queue is full loses its oldest.
    pub fn push(&self, item: Timed<T>) {
        self.flow.is_lost.store(false, Ordering::Release);
        for channel in self.channels.load().iter() {
            if channel.queue.force_push(item.clone()).is_some() {
                channel.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.flow.waiters.wake();
    }

    /// Waits until a reader has fewer than `target` items waiting, and once all have that many, until
    /// one has [`BURST`] fewer, or half: so a source works in bursts, which finds its code and data
    /// still in the cache. False as soon as `cancelled`. The reader that is furthest ahead sets the
    /// pace, so one that stands still holds nobody up.
    pub fn wait_for_room(&self, target: usize, cancelled: &dyn Fn() -> bool) -> bool {
        let mut most = target.saturating_sub(1);
        self.flow.waiters.wait_until(LOOK_AGAIN, || {
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

    /// The same for what has more to do than to wait: false after `wait` at the most, or after a wake
    /// that made no room.
    pub fn wait_for_room_within(&self, target: usize, wait: Duration) -> bool {
        let (mut most, mut looks) = (target.saturating_sub(1), 0);
        self.flow.waiters.wait_until(wait, || {
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

    /// Wakes the thread that waits for room, so that it sees that it is cancelled.
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
    /// When a live source's pictures and sound are due.
    pub map: ArcSwap<LiveMap>,
}

impl Default for SourceLink {
    fn default() -> Self {
        let (video, audio) = (Fanout::new(MOST_PICTURES), Fanout::new(MOST_BLOCKS));
        Self { video, audio, map: ArcSwap::default() }
    }
}
