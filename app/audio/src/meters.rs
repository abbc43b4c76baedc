//! Meter readings, one for each block.

use show::SourceId;

/// The lowest reading, in dB, dBTP or LUFS: silence.
pub const SILENCE_DB: f32 = -100.0;

/// The meters of one block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meters {
    /// One for each strip of the plan, in its order.
    pub strips: Vec<StripMeter>,
    /// The programme.
    pub programme: ProgrammeMeter,
}

/// The meter of a strip after its level and pan, before mute, mode and takes: it shows a closed
/// strip, too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StripMeter {
    /// The source.
    pub source: SourceId,
    /// The sample peak, left and right, as amplitude: 1 is full scale.
    pub peak: [f32; 2],
    /// The sum of squares, the mean of both channels. Can be summed over blocks.
    pub energy: f64,
    /// How many frames `energy` is the sum of.
    pub frames: u32,
    /// 150 while there is voice, then down to 0 over half a second.
    pub vad: u8,
}

impl StripMeter {
    /// The mean level of the block, as amplitude.
    pub fn rms(&self) -> f32 {
        (self.energy / f64::from(self.frames.max(1))).sqrt() as f32
    }
}

/// The programme after its limiter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProgrammeMeter {
    /// The sample peak of the block, left and right, as amplitude.
    pub peak: [f32; 2],
    /// The true peak of the block, left and right, in dBTP.
    pub true_peak: [f32; 2],
    /// Loudness of the last 400 ms in LUFS, updated each 100 ms.
    pub momentary: f32,
    /// Loudness of the last 3 seconds in LUFS, updated each 100 ms.
    pub short_term: f32,
    /// Gated loudness since the start or the last reset, in LUFS.
    pub integrated: f32,
    /// The limiter's gain reduction in dB; 0 or more.
    pub reduction: f32,
}

impl Default for ProgrammeMeter {
    fn default() -> Self {
        Self {
            peak: [0.0; 2],
            true_peak: [SILENCE_DB; 2],
            momentary: SILENCE_DB,
            short_term: SILENCE_DB,
            integrated: SILENCE_DB,
            reduction: 0.0,
        }
    }
}

/// An amplitude in dB, not below [`SILENCE_DB`].
pub(crate) fn decibels(amplitude: f32) -> f32 {
    (20.0 * amplitude.log10()).max(SILENCE_DB)
}

/// The sample peak of a block, left and right.
pub(crate) fn peak(block: &[f32]) -> [f32; 2] {
    measure(block).0
}

/// Peaks left and right, and the sum of squares as the mean of both channels.
pub(crate) fn measure(block: &[f32]) -> ([f32; 2], f64) {
    // Eight running values, so that the loop becomes vector code.
    let (mut most, mut squares) = ([0.0_f32; 8], [0.0_f32; 8]);
    let (whole, rest) = block.as_chunks::<8>();
    for chunk in whole {
        for lane in 0..8 {
            most[lane] = most[lane].max(chunk[lane].abs());
            squares[lane] += chunk[lane] * chunk[lane];
        }
    }
    for (lane, sample) in rest.iter().enumerate() {
        most[lane] = most[lane].max(sample.abs());
        squares[lane] += sample * sample;
    }
    let side = |side: usize| most[side].max(most[side + 2]).max(most[side + 4]).max(most[side + 6]);
    let energy: f64 = squares.iter().map(|&square| f64::from(square)).sum();
    ([side(0), side(1)], energy / 2.0)
}
