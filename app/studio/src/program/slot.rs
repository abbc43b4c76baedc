//! Programme time, by which sources are read.
//!
//! The timestamps of a file or a test pattern start at its in point: its video reader decides at which
//! programme time that is, its *origin*, and the sound follows. The timestamps of a live source are mapped
//! to the studio's clock by the source itself.

use engine::FrameIndex;
use show::{Format, FrameRate, SourceId};

/// A source's position: decided by the video reader, followed by the audio reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlayPosition {
    /// The source.
    pub source: SourceId,
    /// The take that plays.
    pub take: u32,
    /// The programme time of the source's time 0, in nanoseconds; `None` while it does not run.
    pub origin: Option<i64>,
    /// The source's time at which it is paused, in nanoseconds.
    pub paused: Option<i64>,
    /// By how much a live source is shown and heard earlier than it is due, in nanoseconds.
    pub shift: i64,
    /// Whether it has a picture.
    pub seen: bool,
}

/// The time slot of a frame.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// The frame.
    pub frame: FrameIndex,
    /// The programme's rate.
    pub rate: FrameRate,
    /// When the programme's frame 0 was, on the studio's clock, in nanoseconds.
    pub base: i64,
}

impl Slot {
    /// When it begins, in programme time, in nanoseconds.
    pub fn start(self) -> i64 {
        i64::try_from(self.frame.nanos(self.rate)).unwrap_or(i64::MAX)
    }

    /// Its duration, in nanoseconds.
    pub fn period(self) -> i64 {
        Self { frame: self.frame.next(), ..self }.start() - self.start()
    }

    /// How far a timestamp may be off and still belong to the frame, because of rounding.
    pub fn slack(self) -> i64 {
        self.period() / 4
    }
}

/// The sample nearest to a time.
pub fn samples(nanos: i64) -> i64 {
    let rate = i128::from(Format::AUDIO_RATE);
    let samples = (i128::from(nanos) * rate + 500_000_000).div_euclid(1_000_000_000);
    i64::try_from(samples).unwrap_or(0)
}

/// When a sample begins, in nanoseconds.
pub fn nanos(sample: u64) -> i64 {
    let nanos = u128::from(sample) * 1_000_000_000 / u128::from(Format::AUDIO_RATE);
    i64::try_from(nanos).unwrap_or(i64::MAX)
}
