//! Frames and samples counted in integers: days on air without drift.

use serde::{Deserialize, Serialize};
use show::{Format, FrameRate};

/// The number of a frame of the programme, from 0 at its start.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct FrameIndex(pub u64);

impl FrameIndex {
    /// The next frame.
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// When the frame starts, in nanoseconds from the programme's start, rounded down.
    pub fn nanos(self, rate: FrameRate) -> u64 {
        self.scaled(rate, 1_000_000_000)
    }

    /// How many samples of sound there are before the frame: 1,601 or 1,602 a frame at 29.97.
    pub fn samples(self, rate: FrameRate) -> u64 {
        self.scaled(rate, u64::from(Format::AUDIO_RATE))
    }

    /// The most frames that fit in this many milliseconds.
    pub fn in_millis(rate: FrameRate, millis: u32) -> u64 {
        let (num, den) = rate.fraction();
        u64::from(millis) * u64::from(num) / (u64::from(den) * 1_000)
    }

    fn scaled(self, rate: FrameRate, per_second: u64) -> u64 {
        let (num, den) = rate.fraction();
        let units = u128::from(self.0) * u128::from(den) * u128::from(per_second);
        // Over half a million years of frames fit; saturate rather than wrap beyond.
        u64::try_from(units / u128::from(num)).unwrap_or(u64::MAX)
    }
}
