//! What a program's threads are joined by: made by the stage, read by the program and its audio.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crossbeam_queue::ArrayQueue;
use engine::{Frame, FrameIndex, Pinned};
use media::encode::Encoder;
use media::hub::Hub;
use media::link::{AudioBlock, Channel, SourceLink};
use show::SourceId;

use crate::program::slot::Standing;
use crate::sources::{Lease, SourceStatus};
use crate::wakeup::Wakeup;

/// How many pictures wait for an encode; then the next is left out and repeated on the grid.
const WAITING: usize = 3;

/// How long a look for room may take, outside real time.
const ROOM: Duration = Duration::from_millis(2);

/// Everything a program reads from and writes to, at one moment.
#[derive(Default)]
pub struct Wiring {
    /// Open sources, by id.
    pub sources: Vec<Wired>,
    /// Running encodes.
    pub encodes: Vec<Arc<EncodeLink>>,
}

/// An open source, as its lease has it.
#[derive(Clone)]
pub struct Wired {
    /// Its id in the program's show.
    pub id: SourceId,
    /// Its state.
    pub status: Arc<SourceStatus>,
    /// The link of a source that keeps its own pace, which has its map to the studio's clock.
    pub pushed: Option<Arc<SourceLink>>,
    /// Its pictures.
    pub video: Arc<Channel<Frame>>,
    /// Its sound.
    pub audio: Arc<Channel<AudioBlock>>,
}

impl Wired {
    /// What this lease gives, under this id.
    pub fn new(id: SourceId, lease: &Lease) -> Self {
        let Lease { status, video, audio, pushed, .. } = lease;
        Self {
            id,
            status: Arc::clone(status),
            pushed: pushed.clone(),
            video: Arc::clone(video),
            audio: Arc::clone(audio),
        }
    }
}

/// The way to an encode.
pub struct EncodeLink {
    /// Pictures that wait for it.
    pub pictures: ArrayQueue<Shot>,
    /// Rung when there is one more.
    pub wakeup: Wakeup,
    /// Rung when there is room for one more.
    pub room: Wakeup,
    /// The encoder: its sound comes straight from the audio thread.
    pub encoder: Encoder,
    /// Where its units go.
    pub hub: Arc<Hub>,
    /// Frames that were encoded as the one before them.
    pub repeated: AtomicU64,
    /// Pictures that came over a frame late to the encode.
    pub late: AtomicU64,
}

/// A finished picture on its way to an encode.
#[derive(Clone)]
pub struct Shot {
    /// Which frame.
    pub frame: FrameIndex,
    /// The picture.
    pub picture: Frame,
    /// What is on it: in a mix, the side that is seen more.
    pub bus: Arc<Pinned>,
    /// Where the open sources stand.
    pub standings: Arc<[Standing]>,
    /// When it was due, on the studio's clock; nothing outside real time.
    pub due: Option<u64>,
}

impl EncodeLink {
    /// The way to this encode.
    pub fn new(encoder: Encoder, hub: Arc<Hub>) -> Self {
        Self {
            pictures: ArrayQueue::new(WAITING),
            wakeup: Wakeup::default(),
            room: Wakeup::default(),
            encoder,
            hub,
            repeated: AtomicU64::new(0),
            late: AtomicU64::new(0),
        }
    }

    /// Hands a picture over. If the encode is behind it is left out: the frame before it is encoded
    /// again in its place. With `wait` the caller waits instead: never in real time.
    pub fn push(&self, shot: Shot, wait: bool) {
        let mut shot = shot;
        while let Err(back) = self.pictures.push(shot) {
            if !wait {
                break;
            }
            shot = back;
            self.wakeup.wake();
            self.room.wait_for(ROOM);
        }
        self.wakeup.wake();
    }

    /// Frames that were encoded as the one before them, and pictures that came late.
    pub fn counts(&self) -> (u64, u64) {
        (self.repeated.load(Ordering::Relaxed), self.late.load(Ordering::Relaxed))
    }
}
