//! Follows the drift between two clocks by the fill of the ring between them.

use crate::RATE;

/// The part of a change of fill that is followed each second: blocks come in bursts, so a single
/// reading is off by as much as a block.
const FOLLOW: f64 = 0.5;
/// Millionths of speed for each excess frame. With a block of 1,920 frames the reading jumps by as
/// much, and the pitch by 0.06 %: not heard.
const PROPORTIONAL: f64 = 0.3;
/// Millionths of speed for each excess frame, each second: settles without oscillation.
const INTEGRAL: f64 = 0.001;

/// Holds the fill of a ring at its target by the speed at which it is read. It has no clock: time
/// is counted in frames read.
#[derive(Clone, Debug)]
pub struct DriftController {
    /// In frames.
    target: f64,
    /// The smoothed fill; none before the first reading.
    fill: Option<f64>,
    /// The estimated difference of the clocks, in millionths.
    clock: f64,
}

impl DriftController {
    /// The greatest correction either way, in millionths.
    pub const MAX_PPM: f64 = 1_500.0;

    /// Holds the fill at this many frames.
    pub fn new(target: u32) -> Self {
        Self { target: f64::from(target), fill: None, clock: 0.0 }
    }

    /// Takes the fill after `frames` more frames of 48 kHz; returns by how many millionths the ring
    /// should be read faster, negative for slower.
    pub fn update(&mut self, fill: usize, frames: usize) -> f64 {
        let seconds = frames as f64 / f64::from(RATE);
        let seen = fill as f64;
        let held = self.fill.unwrap_or(seen);
        let held = held + (seen - held) * (FOLLOW * seconds).min(1.0);
        self.fill = Some(held);
        let excess = held - self.target;
        self.clock += excess * INTEGRAL * seconds;
        self.clock = self.clock.clamp(-Self::MAX_PPM, Self::MAX_PPM);
        (self.clock + excess * PROPORTIONAL).clamp(-Self::MAX_PPM, Self::MAX_PPM)
    }

    /// Restarts the fill after a gap; the estimate of the clocks is kept.
    pub fn restart(&mut self) {
        self.fill = None;
    }
}
