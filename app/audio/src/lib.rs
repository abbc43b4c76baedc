//! Sound: mix plans and source blocks in; programme mix, monitor mix and meters out.
//!
//! [`Mixer`] is pure: no clock, no I/O, no thread. It belongs to the audio thread and allocates
//! only when strips come or go. [`feed`] brings the sound of a live source onto programme time;
//! [`Monitor`] plays a mix on a device. All sound is `f32`, 48 kHz, interleaved stereo.

mod delay;
mod drift;
mod feed;
mod limiter;
mod listening;
mod loudness;
mod map;
mod meters;
mod mixer;
mod monitor;
mod ramp;
mod sinc;
mod strip;
mod true_peak;
mod voice;
mod window;

pub use drift::Drift;
pub use feed::{FeedCounts, FeedReader, FeedSteer, FeedWriter, feed};
pub use limiter::Limiter;
pub use listening::{Listening, fade};
pub use map::Map;
pub use meters::{Meters, ProgrammeMeter, SILENCE_DB, StripMeter};
pub use mixer::{Mixed, Mixer};
pub use monitor::{Monitor, MonitorError, devices};
pub use voice::Voice;

/// Samples a second of everything here.
pub(crate) const RATE: u32 = show::Format::AUDIO_RATE;
