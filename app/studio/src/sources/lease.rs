//! A lease of a source: each user of an open source holds one, and releases it by dropping it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use arc_swap::ArcSwapOption;
use engine::{Frame, Run};
use media::link::{AudioBlock, Channel, SourceLink};
use media::picture_format::PictureFormat;
use media::signal::SignalWatch;
use media::sound_track::TrackPlace;
use show::SourceId;

use super::source::{OpenSource, Token};
use super::status::SourceStatus;
use crate::problems::Problems;

/// One user's lease of an open source: its own channels for pictures and sound, and a subscription to the
/// source's problems. The source closes when its last lease is released.
#[must_use = "a lease that is dropped has left its source"]
pub struct Lease {
    /// `None` once it was released.
    source: Option<(Arc<OpenSource>, Token)>,
    /// Whether its user shows it.
    is_shown: bool,
    /// The source's state.
    pub status: Arc<SourceStatus>,
    /// This lease's pictures.
    pub video: Arc<Channel<Frame>>,
    /// This lease's sound.
    pub audio: Arc<Channel<AudioBlock>>,
    /// What its pictures are as they come, once that is known.
    pub format: Arc<ArcSwapOption<PictureFormat>>,
    /// The sound track of a film that is played, while it is silent and there are others.
    pub silent_track: Arc<ArcSwapOption<TrackPlace>>,
    /// Whether it brings more than black and silence.
    pub signal: Arc<SignalWatch>,
    /// The link of a live source, which has its map to the studio's clock; `None` for any other.
    pub pushed: Option<Arc<SourceLink>>,
    /// How far this lease's reader is.
    pub place: Arc<ReadPlace>,
    /// How late this lease's pictures are if that is less than what is set.
    pub reached_delay: Arc<ReachedDelay>,
}

/// How far a program has read a source that is not live, for the stage that closes it: latest wins.
#[derive(Debug, Default)]
pub struct ReadPlace {
    /// The source's time that the next frame shows, plus one; 0 before the first, `i64::MAX` at its end.
    next: AtomicI64,
    /// The programme time of the source's time 0.
    origin: AtomicI64,
}

/// What [`ReadPlace`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// Nothing was read.
    Nothing,
    /// What was due was read.
    Up {
        /// The source's time that the next frame shows, in nanoseconds.
        next: i64,
        /// The programme time of its time 0, in nanoseconds.
        origin: i64,
    },
    /// It has ended.
    All,
}

impl ReadPlace {
    /// What was read so far.
    pub fn get(&self) -> Read {
        match self.next.load(Ordering::Acquire) {
            0 => Read::Nothing,
            i64::MAX => Read::All,
            next => Read::Up { next: next - 1, origin: self.origin.load(Ordering::Acquire) },
        }
    }

    /// Sets what was read.
    pub fn set(&self, read: Read) {
        let next = match read {
            Read::Nothing => 0,
            Read::Up { next, origin } => {
                self.origin.store(origin, Ordering::Release);
                next.clamp(0, i64::MAX - 2) + 1
            }
            Read::All => i64::MAX,
        };
        self.next.store(next, Ordering::Release);
    }
}

/// The delay that a source's pictures have because no more of them may wait, in milliseconds plus one; 0 while they have
/// all that is asked for.
#[derive(Debug, Default)]
pub struct ReachedDelay(AtomicU32);

impl ReachedDelay {
    /// That delay in milliseconds, if it is less than what is asked for.
    pub fn get(&self) -> Option<u32> {
        self.0.load(Ordering::Relaxed).checked_sub(1)
    }

    /// Sets it.
    pub fn set(&self, millis: Option<u32>) {
        self.0.store(millis.map_or(0, |millis| millis.saturating_add(1)), Ordering::Relaxed);
    }
}

impl Lease {
    pub(super) fn new(source: Arc<OpenSource>, id: SourceId, problems: &Arc<Problems>) -> Self {
        let token = source.control.add_listener(id, Arc::clone(problems));
        Self {
            status: Arc::clone(&source.control.status),
            video: source.link.video.subscribe(),
            audio: source.link.audio.subscribe(),
            format: Arc::clone(&source.link.format),
            silent_track: Arc::clone(&source.link.silent_track),
            signal: Arc::clone(&source.link.signal),
            pushed: source.pushed.then(|| Arc::clone(&source.link)),
            place: Arc::default(),
            reached_delay: Arc::default(),
            is_shown: false,
            source: Some((source, token)),
        }
    }

    /// Sets how the source should run. A source that starts on its take has only one lease.
    pub fn set_run(&self, run: Run) {
        if let Some((source, _)) = &self.source {
            source.control.set_run(run);
        }
    }

    /// Has the source opened again at once if it is lost, for all who lease it.
    pub fn hurry(&self) {
        if let Some((source, _)) = &self.source {
            source.control.hurry();
        }
    }

    /// Sets whether nothing shows it, so that it holds only what a start needs. For the only lease of a
    /// source.
    pub fn set_idle(&self, idle: bool) {
        if let Some((source, _)) = &self.source {
            source.control.set_idle(idle);
        }
    }

    /// Sets whether its user shows it. What nobody shows may decode less.
    pub fn set_shown(&mut self, is_shown: bool) {
        if let Some((source, _)) = &self.source
            && std::mem::replace(&mut self.is_shown, is_shown) != is_shown
        {
            source.control.count_shown(is_shown);
        }
    }

    /// Whether there is another lease of the source.
    pub fn is_shared(&self) -> bool {
        self.source.as_ref().is_some_and(|(source, _)| Arc::strong_count(source) > 1)
    }

    /// The length of a lap of a loop, in nanoseconds; 0 while it is not known.
    pub fn lap(&self) -> i64 {
        self.source.as_ref().map_or(0, |(source, _)| source.link.file.lap.load(Ordering::Acquire))
    }

    /// The size of a decoded picture of a file, in bytes; 0 while it is not known.
    pub fn picture_bytes(&self) -> u64 {
        let bytes = |source: &OpenSource| source.link.file.picture_bytes.load(Ordering::Acquire);
        self.source.as_ref().map_or(0, |(source, _)| bytes(source))
    }

    /// Releases the source, once, without blocking. What waits in the channels is kept until the lease is
    /// dropped, by a thread that has the time to free it.
    pub fn leave(&mut self) {
        self.set_shown(false);
        if let Some((source, token)) = self.source.take() {
            source.control.remove_listener(token);
            source.link.video.unsubscribe(&self.video);
            source.link.audio.unsubscribe(&self.audio);
        }
    }

    /// Whether nothing reads the channels any more, so that dropping the lease frees them.
    pub fn is_unread(&self) -> bool {
        Arc::strong_count(&self.video) == 1 && Arc::strong_count(&self.audio) == 1
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.leave();
    }
}
