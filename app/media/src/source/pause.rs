//! Pauses of a live source's sound: good moments to put its clock right.

use std::sync::atomic::{AtomicI64, Ordering};

/// The last pause of a sound, in nanoseconds of its source's time.
#[derive(Debug, Default)]
pub struct Pause {
    from: AtomicI64,
    to: AtomicI64,
}

/// What is quieter than this is a pause: -46 dB.
const QUIET: f32 = 0.005;

impl Pause {
    /// Adds a block of interleaved stereo. For one thread.
    pub fn add(&self, pts: u64, samples: &[f32]) {
        let start = i64::try_from(pts).unwrap_or(i64::MAX);
        if samples.iter().any(|sample| sample.abs() > QUIET) {
            return;
        }
        let frames = samples.len() as i64 / 2;
        let end =
            start.saturating_add(frames * 1_000_000_000 / i64::from(show::Format::AUDIO_RATE));
        let last = self.to.swap(end, Ordering::AcqRel);
        // Blocks follow each other within a rounding.
        if (start - last).abs() > 2_000_000 {
            self.from.store(start, Ordering::Release);
        }
    }

    /// When it began and ended, as far as it is decoded.
    pub fn get(&self) -> (i64, i64) {
        (self.from.load(Ordering::Acquire), self.to.load(Ordering::Acquire))
    }
}
