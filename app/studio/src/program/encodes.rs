//! The encodes of a program: one for each profile that a running output uses.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use engine::FrameIndex;
use media::encode::{EncodeError, Encoder};
use media::hub::Hub;
use media::queue::Queue;
use show::{EncodeProfile, Format};

use crate::clock::Clock;
use crate::program::audio_thread::SoundLink;
use crate::program::encode_thread;
use crate::program::wiring::EncodeLink;
use crate::threads;

/// The running encodes, and those that are being retired. The stage's thread owns them.
pub struct Encodes {
    format: Format,
    clock: Clock,
    sound: Arc<SoundLink>,
    running: Vec<Encode>,
    /// Encodes that ended, until nothing else holds them: dropping the last reference closes the pipeline,
    /// which must happen on this thread.
    retired: Vec<Arc<EncodeLink>>,
}

/// One encode and its thread.
pub struct Encode {
    profile: EncodeProfile,
    link: Arc<EncodeLink>,
    /// When it was started, on the studio's clock.
    started: u64,
    thread: Option<JoinHandle<()>>,
}

impl Encodes {
    /// No encodes yet, for a programme of this format with this sound.
    pub fn new(format: Format, clock: Clock, sound: Arc<SoundLink>) -> Self {
        Self { format, clock, sound, running: Vec::new(), retired: Vec::new() }
    }

    /// The hub of the encode with this profile, which is started if there is none.
    ///
    /// # Errors
    /// The encode cannot be started.
    pub fn hub(&mut self, profile: EncodeProfile) -> Result<Arc<Hub>, EncodeError> {
        if let Some(encode) = self.running.iter().find(|encode| encode.profile == profile) {
            return Ok(Arc::clone(&encode.link.hub));
        }
        let hub = Arc::new(Hub::default());
        let sink: Arc<dyn media::encode::Sink> = hub.clone();
        let encoder = Encoder::start(self.format, profile, sink)?;
        let link = Arc::new(EncodeLink::new(self.format, profile, encoder, Arc::clone(&hub)));
        let thread = {
            let (link, format) = (Arc::clone(&link), self.format);
            let (clock, sound) = (self.clock.clone(), Arc::clone(&self.sound));
            let name = format!("encode-{}", self.running.len());
            let run = move || encode_thread::run(&link, format, &clock, &sound.levels);
            threads::spawn(name, run).map_err(|error| EncodeError::NoThread(error.to_string()))?
        };
        let started = self.clock.now();
        self.running.push(Encode { profile, link, started, thread: Some(thread) });
        Ok(hub)
    }

    /// The links that the program feeds.
    pub fn links(&self) -> Vec<Arc<EncodeLink>> {
        self.running.iter().map(|encode| Arc::clone(&encode.link)).collect()
    }

    /// Removes an output's queue from the encode that feeds it.
    pub fn leave(&self, queue: &Arc<Queue>) {
        for encode in &self.running {
            encode.link.hub.leave(queue);
        }
    }

    /// Whether all frames before this one have come out of the encode with this profile, or there is none any more.
    pub fn has_encoded(&self, profile: EncodeProfile, end: FrameIndex) -> bool {
        let of_profile = self.running.iter().find(|encode| encode.profile == profile);
        let last = end.0.checked_sub(1).map(|last| FrameIndex(last).nanos(self.format.rate));
        let last = last.and_then(|nanos| i64::try_from(nanos).ok());
        of_profile.is_none_or(|encode| encode.link.hub.newest_picture() >= last)
    }

    /// The profiles whose encoders or threads have failed, when each was started, and the reasons: GStreamer's, or
    /// that a thread panicked.
    pub fn failed(&self) -> Vec<(EncodeProfile, u64, String)> {
        let panicked = |encode: &Encode| {
            let is_over = encode.link.over.load(Ordering::Acquire);
            is_over.then(|| "a thread panicked".to_owned())
        };
        let failed = |encode: &Encode| {
            let reason = encode.link.encoder.error().or_else(|| panicked(encode))?;
            Some((encode.profile, encode.started, reason))
        };
        self.running.iter().filter_map(failed).collect()
    }

    /// Removes the encodes of these profiles. The program must get the new wiring before they are retired.
    pub fn take_out(&mut self, of: impl Fn(EncodeProfile) -> bool) -> Vec<Encode> {
        let all = std::mem::take(&mut self.running);
        let (out, stay) = all.into_iter().partition(|encode| of(encode.profile));
        self.running = stay;
        out
    }

    /// Ends an encode that was removed.
    pub fn retire(&mut self, mut encode: Encode) {
        encode.join();
        self.retired.push(Arc::clone(&encode.link));
    }

    /// Drops retired encodes that nothing else holds any more.
    pub fn tidy(&mut self) {
        self.retired.retain(|encode| Arc::strong_count(encode) > 1);
    }

    /// Ends all encodes with the programme, which had so many frames: drains their queues and flushes their
    /// encoders.
    pub fn drain(&mut self, frames: u64) {
        for encode in &self.running {
            encode.link.frames.store(frames, Ordering::Release);
            // All at once: they end together.
            encode.stop();
        }
        for mut encode in self.running.drain(..) {
            encode.join();
            encode.link.encoder.finish();
        }
    }
}

impl Encode {
    fn stop(&self) {
        self.link.stop.store(true, Ordering::Release);
        self.link.wakeup.wake();
    }

    fn join(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            // A panic is logged already, and the thread is over either way.
            let _ended = thread.join();
        }
    }
}
