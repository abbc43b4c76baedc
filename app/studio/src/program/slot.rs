//! Reading sources at programme time: which picture, and which samples, a frame gets.
//!
//! The times of a file or a test pattern count from its in point: its reader decides at which
//! programme time that lies, its *origin*, and the sound follows. The times of a live source are mapped
//! to the studio's clock by the source itself.

use engine::FrameIndex;
use show::{Format, FrameRate, SourceId};

/// Where a source stands: decided by the picture, followed by the sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The source.
    pub source: SourceId,
    /// The take that is played.
    pub take: u32,
    /// Programme time of the source's zero in nanoseconds; nothing while it does not run.
    pub origin: Option<i64>,
    /// Whether it has a picture.
    pub seen: bool,
}

/// A frame of a programme in time.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// Which.
    pub frame: FrameIndex,
    /// The programme's rate.
    pub rate: FrameRate,
    /// When the programme's frame 0 was, on the studio's clock, in nanoseconds.
    pub base: i64,
}

impl Slot {
    /// When it begins, in nanoseconds of the programme.
    pub fn start(self) -> i64 {
        i64::try_from(self.frame.nanos(self.rate)).unwrap_or(i64::MAX)
    }

    /// How long it is.
    pub fn period(self) -> i64 {
        Self { frame: self.frame.next(), ..self }.start() - self.start()
    }

    /// How far a time may be off and still belong to the frame: it was rounded on its way.
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
