//! The encodes of a program: one for each profile that a running output asks for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use media::encode::{EncodeError, Encoder};
use media::hub::Hub;
use media::queue::Queue;
use show::{EncodeProfile, Format};

use crate::clock::Clock;
use crate::program::audio_thread::SoundLink;
use crate::program::encode_thread;
use crate::program::wiring::EncodeLink;
use crate::threads;

/// The encodes that run, and those that are on their way out. Owned by the stage's thread.
pub struct Encodes {
    format: Format,
    clock: Clock,
    sound: Arc<SoundLink>,
    running: Vec<Encode>,
    /// Encodes that ended, until nobody else holds them: the last to let one go closes its pipeline,
    /// and that must be this thread.
    retired: Vec<Arc<EncodeLink>>,
}

/// One encode and its thread.
pub struct Encode {
    profile: EncodeProfile,
    link: Arc<EncodeLink>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Encodes {
    /// For a programme of this format with this sound; none runs yet.
    pub fn new(format: Format, clock: Clock, sound: Arc<SoundLink>) -> Self {
        Self { format, clock, sound, running: Vec::new(), retired: Vec::new() }
    }

    /// The hub of the encode with this profile, which is started if there is none.
    ///
    /// # Errors
    /// The encoder does not start.
    pub fn hub(&mut self, profile: EncodeProfile) -> Result<Arc<Hub>, EncodeError> {
        if let Some(encode) = self.running.iter().find(|encode| encode.profile == profile) {
            return Ok(Arc::clone(&encode.link.hub));
        }
        let hub = Arc::new(Hub::default());
        let sink: Arc<dyn media::encode::Sink> = hub.clone();
        let encoder = Encoder::start(self.format, profile, sink)?;
        let link = Arc::new(EncodeLink::new(encoder, Arc::clone(&hub)));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = {
            let (link, stop, format) = (Arc::clone(&link), Arc::clone(&stop), self.format);
            let (clock, sound) = (self.clock.clone(), Arc::clone(&self.sound));
            let name = format!("encode-{}", self.running.len());
            let run = move || encode_thread::run(&link, format, &clock, &sound.levels, &stop);
            threads::spawn(name, run).map_err(|error| EncodeError::NoThread(error.to_string()))?
        };
        self.running.push(Encode { profile, link, stop, thread: Some(thread) });
        Ok(hub)
    }

    /// Where the program's pictures and sound go.
    pub fn links(&self) -> Vec<Arc<EncodeLink>> {
        self.running.iter().map(|encode| Arc::clone(&encode.link)).collect()
    }

    /// Takes an output's queue away from whichever encode feeds it.
    pub fn leave(&self, queue: &Arc<Queue>) {
        for encode in &self.running {
            encode.link.hub.leave(queue);
        }
    }

    /// The profiles whose encoders have failed, with GStreamer's reasons.
    pub fn failed(&self) -> Vec<(EncodeProfile, String)> {
        let failed = |encode: &Encode| Some((encode.profile, encode.link.encoder.error()?));
        self.running.iter().filter_map(failed).collect()
    }

    /// Takes out the encodes of these profiles. The program must be told before they are retired.
    pub fn take_out(&mut self, of: impl Fn(EncodeProfile) -> bool) -> Vec<Encode> {
        let all = std::mem::take(&mut self.running);
        let (out, stay) = all.into_iter().partition(|encode| of(encode.profile));
        self.running = stay;
        out
    }

    /// Ends an encode that was taken out.
    pub fn retire(&mut self, mut encode: Encode) {
        encode.join();
        self.retired.push(Arc::clone(&encode.link));
    }

    /// Lets go of retired encodes that nobody else holds any more.
    pub fn tidy(&mut self) {
        self.retired.retain(|encode| Arc::strong_count(encode) > 1);
    }

    /// Ends all of them: what waits is encoded, and all that comes out is handed on.
    pub fn drain(&mut self) {
        for mut encode in self.running.drain(..) {
            encode.join();
            encode.link.encoder.finish();
        }
    }
}

impl Encode {
    fn join(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.link.wakeup.wake();
        if let Some(thread) = self.thread.take() {
            // It panicked: that is in the log, and it is over either way.
            let _ended = thread.join();
        }
    }
}
