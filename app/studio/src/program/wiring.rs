//! The links between a program's threads: made by the stage, used by the program and its audio thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use crossbeam_queue::ArrayQueue;
use engine::{Frame, FrameIndex, Pinned, SourceNeed};
use media::encode::Encoder;
use media::hub::Hub;
use media::link::{AudioBlock, Channel, SourceLink};
use media::picture_format::PictureFormat;
use media::signal::SignalWatch;
use media::sound_track::TrackPlace;
use show::{EncodeProfile, Format, SourceId};

use crate::program::slot::PlayPosition;
use crate::sources::{Lease, ReachedDelay, ReadPlace, SourceStatus};
use crate::wakeup::Wakeup;

/// How long pictures may wait for an encode, in milliseconds: at least as long as a thread may be held up on a busy
/// machine without a loss, and longer where that takes no more than [`WAITING_BYTES`]. Beyond, they are dropped, and
/// the one before is repeated.
const WAITING_MILLIS: (u32, u32) = (600, 1_000);
/// See [`WAITING_MILLIS`].
const WAITING_BYTES: usize = 128 << 20;

/// How long the program waits for room at a time, outside real time.
const ROOM: Duration = Duration::from_millis(2);

/// Everything that a program currently reads from and writes to.
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
    /// The link of a live source, which has its map to the studio's clock; `None` for any other.
    pub pushed: Option<Arc<SourceLink>>,
    /// What its pictures are as they come, once that is known.
    pub format: Arc<ArcSwapOption<PictureFormat>>,
    /// The sound track of a film that is played, while it is silent and there are others.
    pub silent_track: Arc<ArcSwapOption<TrackPlace>>,
    /// Whether it brings more than black and silence.
    pub signal: Arc<SignalWatch>,
    /// Its pictures.
    pub video: Arc<Channel<Frame>>,
    /// Its sound.
    pub audio: Arc<Channel<AudioBlock>>,
    /// How far the program has read it.
    pub place: Arc<ReadPlace>,
    /// How late its pictures are if that is less than what is set.
    pub reached_delay: Arc<ReachedDelay>,
    /// What it was opened for.
    pub need: Arc<SourceNeed>,
}

impl Wired {
    /// The source of this lease, which was opened for this need.
    pub fn new(need: &SourceNeed, lease: &Lease) -> Self {
        let Lease {
            status,
            video,
            audio,
            format,
            silent_track,
            signal,
            pushed,
            place,
            reached_delay,
            ..
        } = lease;
        Self {
            id: need.source.id,
            status: Arc::clone(status),
            pushed: pushed.clone(),
            format: Arc::clone(format),
            silent_track: Arc::clone(silent_track),
            signal: Arc::clone(signal),
            video: Arc::clone(video),
            audio: Arc::clone(audio),
            place: Arc::clone(place),
            reached_delay: Arc::clone(reached_delay),
            need: Arc::new(need.clone()),
        }
    }
}

/// The link to an encode.
pub struct EncodeLink {
    /// The queue of pictures.
    pub pictures: ArrayQueue<EncodeFrame>,
    /// Woken when a picture is added.
    pub wakeup: Wakeup,
    /// Woken when there is room for a picture.
    pub room: Wakeup,
    /// The profile it encodes with.
    pub profile: EncodeProfile,
    /// The encoder; the audio thread feeds its sound directly.
    pub encoder: Encoder,
    /// The hub that gets its units.
    pub hub: Arc<Hub>,
    /// Frames that repeated the one before them.
    pub repeated: AtomicU64,
    /// Pictures that reached the encode more than a frame late.
    pub late: AtomicU64,
    /// The most pictures that ever waited.
    pub fullest: AtomicU64,
    /// As `fullest`, since it was last taken: for one reader.
    pub fullest_lately: AtomicU64,
    /// Pictures that waited when it ended, and were left out since it was too far behind.
    pub left_out: AtomicU64,
    /// Tells its thread to end.
    pub stop: AtomicBool,
    /// Its thread has ended, or panicked.
    pub over: AtomicBool,
    /// How many frames the programme has had, once it is over; 0 before. An encode that ends with it has them
    /// all.
    pub frames: AtomicU64,
}

/// How many pictures may wait for an encode.
pub fn waiting(format: Format) -> usize {
    let (width, height) = format.raster.size();
    let picture = width as usize * height as usize * 3 / 2;
    let frames = |millis| FrameIndex::in_millis(format.rate, millis) as usize + 1;
    let (least, most) = WAITING_MILLIS;
    (WAITING_BYTES / picture.max(1)).clamp(frames(least), frames(most))
}

/// A finished picture on its way to an encode.
#[derive(Clone)]
pub struct EncodeFrame {
    /// The frame.
    pub frame: FrameIndex,
    /// The picture.
    pub picture: Frame,
    /// The bus it shows; in a mix, the one with the larger share.
    pub bus: Arc<Pinned>,
    /// The positions of the open sources.
    pub positions: Arc<[PlayPosition]>,
    /// When it was due, on the studio's clock; `None` outside real time.
    pub due: Option<u64>,
}

impl EncodeLink {
    /// A link to this encode.
    pub fn new(format: Format, profile: EncodeProfile, encoder: Encoder, hub: Arc<Hub>) -> Self {
        Self {
            profile,
            pictures: ArrayQueue::new(waiting(format)),
            wakeup: Wakeup::default(),
            room: Wakeup::default(),
            encoder,
            hub,
            repeated: AtomicU64::new(0),
            late: AtomicU64::new(0),
            fullest: AtomicU64::new(0),
            fullest_lately: AtomicU64::new(0),
            left_out: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            over: AtomicBool::new(false),
            frames: AtomicU64::new(0),
        }
    }

    /// Queues a picture. If the queue is full it is dropped, and the one before it is encoded again in its
    /// place. With `wait`, which is never used in real time, the caller waits instead, for as long as its thread runs.
    pub fn push(&self, queued: EncodeFrame, wait: bool) {
        let mut queued = queued;
        while let Err(back) = self.pictures.push(queued) {
            if !wait || self.over.load(Ordering::Acquire) {
                break;
            }
            queued = back;
            self.wakeup.wake();
            self.room.wait_for(ROOM);
        }
        let waiting = self.pictures.len() as u64;
        self.fullest.fetch_max(waiting, Ordering::Relaxed);
        self.fullest_lately.fetch_max(waiting, Ordering::Relaxed);
        self.wakeup.wake();
    }

    /// How many frames repeated the one before them, and how many pictures were late.
    pub fn counts(&self) -> (u64, u64) {
        (self.repeated.load(Ordering::Relaxed), self.late.load(Ordering::Relaxed))
    }
}
