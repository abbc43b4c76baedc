//! The true-peak limiter: nothing leaves the programme above -1 dBTP.

use std::collections::VecDeque;

use crate::true_peak::{LAG, TruePeak};

/// -1 dBTP, as an amplitude.
const CEILING: f32 = 0.891_250_9;

/// Gains are integers of this unit, so that running sums are exact and the gain returns to
/// exactly one.
const ONE: u32 = 1 << 24;
/// The length of each of the two moving averages that smooth the gain.
const SMOOTH: usize = 115;
/// Frames over which a change of gain spreads: both averages.
const SPREAD: usize = 2 * SMOOTH - 1;
/// A gain is held until all samples that make up the peak are out.
const HOLD: u64 = (Limiter::LATENCY + 1) as u64;
/// The release: the part of the remaining reduction that is undone each frame, out of 2^16: a time
/// constant of 150 ms.
const RELEASE: u64 = 9;

/// Limits an interleaved stereo stream, both channels alike. Below the ceiling the output is the
/// input, bit by bit, [`Limiter::LATENCY`] frames later.
pub struct Limiter {
    detector: TruePeak,
    /// Measures the output, while the gain moves.
    output_detector: TruePeak,
    peaks: Vec<f32>,
    /// Frames not yet output, then the block.
    line: Vec<f32>,
    gain: GainEnvelope,
    peak: [f32; 2],
    least: u32,
}

impl Limiter {
    /// The look-ahead in frames of 48 kHz: 5 ms.
    pub const LATENCY: usize = SPREAD + 2 * LAG - 1;

    /// A limiter whose look-ahead is filled with silence.
    pub fn new() -> Self {
        Self {
            detector: TruePeak::new(),
            output_detector: TruePeak::new(),
            peaks: Vec::new(),
            line: vec![0.0; 2 * Self::LATENCY],
            gain: GainEnvelope::new(),
            peak: [0.0; 2],
            least: ONE,
        }
    }

    /// Limits a block in place; what comes out is [`Limiter::LATENCY`] frames older.
    pub fn process(&mut self, block: &mut [f32]) {
        self.detector.find(block, CEILING, &mut self.peaks);
        self.peak = greatest(&self.peaks);
        self.line.extend_from_slice(block);
        block.copy_from_slice(&self.line[..block.len()]);
        self.line.copy_within(block.len().., 0);
        self.line.truncate(2 * Self::LATENCY);
        self.least = ONE;
        if self.gain.is_idle() && self.peak[0].max(self.peak[1]) <= CEILING {
            self.output_detector.skip(block);
            return;
        }
        let frames = block.as_chunks_mut::<2>().0;
        for (frame, peak) in frames.iter_mut().zip(self.peaks.as_chunks::<2>().0) {
            let (gain, least) = self.gain.next(peak[0].max(peak[1]));
            *frame = [frame[0] * gain, frame[1] * gain];
            self.least = self.least.min(least);
        }
        self.output_detector.find(block, 0.0, &mut self.peaks);
        self.peak = greatest(&self.peaks);
    }

    /// The true peak of the last block, left and right, as amplitudes. While nothing is limited it
    /// is that of the input, early by the look-ahead.
    pub fn true_peak(&self) -> [f32; 2] {
        self.peak
    }

    /// The least gain of the last block, 0 to 1.
    pub fn least_gain(&self) -> f32 {
        (f64::from(self.least) / f64::from(ONE)) as f32
    }
}

impl Default for Limiter {
    fn default() -> Self {
        Self::new()
    }
}

fn greatest(peaks: &[f32]) -> [f32; 2] {
    let frames = peaks.as_chunks::<2>().0.iter();
    frames.fold([0.0; 2], |most, peak| [peak[0].max(most[0]), peak[1].max(most[1])])
}

/// Turns peaks into a gain that is low before its peak is output, and that never jumps.
struct GainEnvelope {
    /// Frames seen.
    time: u64,
    /// The gains that peaks within [`HOLD`] need, by time; one that a later peak undercuts is
    /// removed, so that the first is the lowest.
    needed: VecDeque<(u64, u32)>,
    /// After hold and release.
    level: u32,
    first: MovingSum,
    second: MovingSum,
    /// Frames for which the level has been one.
    at_one: usize,
}

impl GainEnvelope {
    fn new() -> Self {
        Self {
            time: 0,
            needed: VecDeque::with_capacity(HOLD as usize + 2),
            level: ONE,
            first: MovingSum::new(u64::from(ONE)),
            second: MovingSum::new(u64::from(ONE) * SMOOTH as u64),
            at_one: SPREAD,
        }
    }

    /// Whether the gain is one, and stays so until a peak exceeds the ceiling.
    fn is_idle(&self) -> bool {
        self.at_one >= SPREAD && self.needed.is_empty()
    }

    /// The gain for the frame that is output now, as a factor and in units of 1/[`ONE`].
    fn next(&mut self, peak: f32) -> (f32, u32) {
        self.time += 1;
        if peak > CEILING {
            // Rounded down: the gain is never above what the peak needs.
            let needed = (CEILING / peak * ONE as f32) as u32;
            while self.needed.back().is_some_and(|&(_, later)| later >= needed) {
                self.needed.pop_back();
            }
            self.needed.push_back((self.time, needed));
        }
        while self.needed.front().is_some_and(|&(time, _)| time + HOLD < self.time) {
            self.needed.pop_front();
        }
        let held = self.needed.front().map_or(ONE, |&(_, least)| least);
        if held <= self.level {
            self.level = held;
        } else {
            let rise = held - self.level;
            let step = (u64::from(rise) * RELEASE) >> 16;
            self.level += u32::try_from(step).unwrap_or(rise).clamp(1, rise);
        }
        self.at_one = if self.level == ONE { (self.at_one + 1).min(SPREAD) } else { 0 };
        let first = self.first.next(u64::from(self.level));
        let sum = self.second.next(first);
        let whole = f64::from(ONE) * (SMOOTH * SMOOTH) as f64;
        ((sum as f64 / whole) as f32, (sum / (SMOOTH * SMOOTH) as u64) as u32)
    }
}

/// The sum of the last [`SMOOTH`] values.
struct MovingSum {
    ring: [u64; SMOOTH],
    at: usize,
    sum: u64,
}

impl MovingSum {
    fn new(value: u64) -> Self {
        Self { ring: [value; SMOOTH], at: 0, sum: value * SMOOTH as u64 }
    }

    fn next(&mut self, value: u64) -> u64 {
        self.sum = self.sum + value - std::mem::replace(&mut self.ring[self.at], value);
        self.at = if self.at + 1 == SMOOTH { 0 } else { self.at + 1 };
        self.sum
    }
}
