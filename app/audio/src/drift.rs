//! Two clocks that are nearly equal, kept together by what lies between them.

use crate::RATE;

/// How much of a change of fill is believed each second: blocks come in bursts, so a single
/// reading is off by as much as a block.
const FOLLOW: f64 = 0.5;
/// Millionths of speed for a frame too many. With a block of 1,920 frames the reading jumps by as
/// much, and the pitch by 0.06 %: not heard.
const PROPORTIONAL: f64 = 0.3;
/// Millionths of speed for a frame too many, each second: damps without swinging.
const INTEGRAL: f64 = 0.001;

/// Holds the fill of a ring at its target by the speed it is read with. Knows no clock: time is
/// what was read.
#[derive(Clone, Debug)]
pub struct DriftController {
    /// In frames.
    target: f64,
    /// The fill, less its jumps; none before the first reading.
    fill: Option<f64>,
    /// What is known of the clocks, in millionths.
    clock: f64,
}

impl DriftController {
    /// The greatest correction either way, in millionths.
    pub const MAX_PPM: f64 = 1_500.0;

    /// Holds the fill at this many frames.
    pub fn new(target: u32) -> Self {
        Self { target: f64::from(target), fill: None, clock: 0.0 }
    }

    /// Takes the fill after `frames` more frames of 48 kHz; by how many millionths the ring should
    /// be read faster, negative for slower.
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

    /// After a gap the fill starts again; what is known of the clocks stays.
    pub fn restart(&mut self) {
        self.fill = None;
    }
}
