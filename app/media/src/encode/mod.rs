//! One encode: pictures and blocks of sound in, access units of H.264 and AAC out.

pub mod threads;

mod audio;
mod error;
mod pipe;
mod units;
mod video;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use arc_swap::ArcSwap;
use engine::{Frame, FrameIndex};
use show::{EncodeProfile, Format};

use self::audio::AudioEncode;
pub use self::error::EncodeError;
use self::threads::ThreadControl;
use self::units::HeaderParts;
pub use self::units::{Bytes, Headers, Sink, Unit, UnitKind};
use self::video::VideoEncode;
use crate::encoders;

/// Samples in an AAC frame.
pub const AAC_FRAME: u64 = 1_024;

/// A running encode. Its methods block when the encoder is behind: they are for an encode thread. Pictures
/// and sound have a pipeline each, so that neither waits for the other.
pub struct Encoder {
    name: &'static str,
    format: Format,
    profile: EncodeProfile,
    sink: Arc<dyn Sink>,
    headers: Arc<HeaderParts>,
    /// Replaced when it gets another number of threads; by the thread that hands in pictures alone.
    video: ArcSwap<VideoEncode>,
    audio: AudioEncode,
    /// Used by the thread that hands in pictures alone.
    control: Mutex<ThreadControl>,
}

/// Whether this machine can encode at all.
///
/// # Errors
/// [`EncodeError`]: what is missing and what to install.
pub fn check() -> Result<(), EncodeError> {
    encoders::video().ok_or(EncodeError::NoVideoEncoder)?;
    encoders::audio().ok_or(EncodeError::NoAudioEncoder)?;
    Ok(())
}

impl Encoder {
    /// Starts an encode that hands its units to `sink`.
    ///
    /// # Errors
    /// [`EncodeError`]: what is missing and what to install.
    pub fn start(
        format: Format,
        profile: EncodeProfile,
        sink: Arc<dyn Sink>,
    ) -> Result<Self, EncodeError> {
        let audio = encoders::audio().ok_or(EncodeError::NoAudioEncoder)?;
        Self::start_with(audio, format, profile, sink)
    }

    /// As [`Self::start`], with this AAC encoder and its look-ahead in samples, one of
    /// [`encoders::all_audio`].
    ///
    /// # Errors
    /// [`EncodeError`]: what is missing and what to install.
    pub fn start_with(
        audio: (&'static str, i64),
        format: Format,
        profile: EncodeProfile,
        sink: Arc<dyn Sink>,
    ) -> Result<Self, EncodeError> {
        let name = encoders::video().ok_or(EncodeError::NoVideoEncoder)?;
        let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
        let control = ThreadControl::new(format, &profile, cores);
        let headers = Arc::new(HeaderParts::new(Arc::clone(&sink), format, profile));
        let parts = (Arc::clone(&sink), Arc::clone(&headers));
        let video = VideoEncode::start(name, format, profile, control.threads(), parts.0, parts.1)?;
        let audio = AudioEncode::start(audio, profile, Arc::clone(&sink), Arc::clone(&headers))?;
        let (video, control) = (ArcSwap::from_pointee(video), Mutex::new(control));
        Ok(Self { name, format, profile, sink, headers, video, audio, control })
    }

    /// Encodes the picture of frame `n`; frames come in order, each once. False if the encode has
    /// failed.
    pub fn video(&self, n: FrameIndex, frame: &Frame, idr: bool) -> bool {
        self.video.load().push(n, self.format, frame, idr)
    }

    /// Encodes interleaved stereo samples, the first being sample `start` of the programme. If a second
    /// waits already it waits with `may_wait`, or drops the samples, which [`Self::lost_samples`] counts. False if
    /// the encode has failed.
    pub fn audio(&self, start: u64, samples: &[f32], may_wait: bool) -> bool {
        self.audio.push(start, samples, may_wait)
    }

    /// How many samples were dropped because the encoder did not take them in time.
    pub fn lost_samples(&self) -> u64 {
        self.audio.lost()
    }

    /// For real time, before the picture of frame `n`: gives the encoder more threads if pictures took too
    /// long, or fewer if fewer are enough. More are given at once, fewer when a keyframe is due.
    pub fn adapt(&self, n: FrameIndex) {
        if !encoders::has_threads(self.name) {
            return;
        }
        let mut control = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        let video = self.video.load();
        while let Some(took) = video.time() {
            control.picture(took);
        }
        let (threads, now) = (control.threads(), video.threads());
        let is_due = || {
            let gop = FrameIndex(encoders::gop(self.format, &self.profile)).nanos(self.format.rate);
            let at = n.nanos(self.format.rate) as i64;
            video.last_keyframe().is_some_and(|last| at >= last.saturating_add_unsigned(gop))
        };
        if threads > now || (threads < now && is_due()) {
            match self.set_threads(threads) {
                Ok(()) => tracing::debug!("{} has {threads} threads now", self.name),
                Err(error) => {
                    tracing::warn!("{error}; it goes on with {now} threads");
                    control.stay(now);
                }
            }
        }
    }

    /// Goes on with another number of threads, from a keyframe on. What went in comes out first; an encoder
    /// that hangs is left behind after two seconds, and so are its pictures. Must not be called while another
    /// thread hands in pictures.
    ///
    /// # Errors
    /// The new encoder did not start: it goes on as it was.
    pub fn set_threads(&self, threads: u32) -> Result<(), EncodeError> {
        let (sink, headers) = (Arc::clone(&self.sink), Arc::clone(&self.headers));
        let next =
            VideoEncode::start(self.name, self.format, self.profile, threads, sink, headers)?;
        if !self.video.load().drain() {
            tracing::warn!("{} did not end, and was replaced", self.name);
        }
        self.video.store(Arc::new(next));
        Ok(())
    }

    /// How many threads the encoder of pictures has, if it is software.
    pub fn threads(&self) -> Option<u32> {
        encoders::has_threads(self.name).then(|| self.video.load().threads())
    }

    /// Waits until everything that went in has come out, or two seconds each for pictures and sound.
    pub fn finish(&self) {
        let sound = self.audio.end();
        let _drained = self.video.load().drain();
        let _ended = sound && self.audio.ends();
    }

    /// Why the encode failed, if it has.
    pub fn error(&self) -> Option<String> {
        self.video.load().error().or_else(|| self.audio.error())
    }
}
