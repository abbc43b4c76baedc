//! Sound: mix plans and source blocks in; programme mix, monitor mix and meters out.
//!
//! [`Mixer`] is pure: no clock, no I/O, no thread. It belongs to the audio thread and allocates
//! only when strips come or go. [`feed`] brings the sound of a live source onto programme time;
//! [`Monitor`] plays a mix on a device. All sound is `f32`, 48 kHz, interleaved stereo.

mod channels;
mod delay;
mod drift;
mod feed;
mod limiter;
mod loudness;
mod meters;
mod mixer;
mod monitor;
mod monitor_fader;
mod ramp;
mod sample_window;
mod sinc;
mod strip;
mod time_map;
mod true_peak;
mod voice;

pub use drift::DriftController;
pub use feed::{FeedControl, FeedCounts, FeedReader, FeedWriter, feed};
pub use limiter::Limiter;
pub use meters::{Meters, ProgrammeMeter, SILENCE_DB, StripMeter};
pub use mixer::{Mixed, Mixer};
pub use monitor::{Monitor, MonitorError, devices};
pub use monitor_fader::{MonitorFader, fade};
pub use time_map::TimeMap;
pub use voice::VoiceDetector;

/// The sample rate of all sound here.
pub(crate) const RATE: u32 = show::Format::AUDIO_RATE;
