//! True peaks after ITU-R BS.1770-4 annex 2: the greatest value at four times the rate.

use std::f64::consts::PI;

/// Taps of a phase; a peak is found half as many frames later.
const TAPS: usize = 12;
/// A peak found with the newest frame `n` lies between `n - LAG` and `n - LAG + 1`.
pub(crate) const LAG: usize = TAPS / 2;
/// Values before the block that its first peaks need, interleaved.
const HISTORY: usize = 2 * (TAPS - 1);
/// Values that are processed at once: two vectors of SSE2.
const LANES: usize = 8;

/// The first two phases as printed in the annex; the others are these reversed.
const ANNEX_2: [[f32; TAPS]; 2] = [
    [
        0.001_708_984_4,
        0.010_986_328,
        -0.019_653_32,
        0.033_203_125,
        -0.059_448_242,
        0.137_329_1,
        0.972_167_97,
        -0.102_294_92,
        0.047_607_422,
        -0.026_611_328,
        0.014_892_578,
        -0.008_300_781,
    ],
    [
        -0.029_174_805,
        0.029_296_875,
        -0.051_757_812,
        0.089_111_33,
        -0.166_503_9,
        0.465_087_9,
        0.779_785_16,
        -0.200_317_38,
        0.101_562_5,
        -0.058_227_54,
        0.033_081_055,
        -0.018_920_898,
    ],
];

/// Finds the true peak around each sample of an interleaved stereo stream.
pub(crate) struct TruePeak {
    /// The recommendation's phases: none of them is at the samples.
    annex: [[f32; 4]; TAPS],
    /// A windowed sinc at the three quarters between samples, as most meters have it. Where there
    /// is much above 10 kHz the two differ by over half a dB, either way.
    sinc: [[f32; 3]; TAPS],
    /// No value between samples is more than this times the greatest sample.
    max_gain: f32,
    /// The end of the last block, then this block.
    line: Vec<f32>,
}

impl TruePeak {
    pub(crate) fn new() -> Self {
        let [one, two] = ANNEX_2;
        let annex = std::array::from_fn(|k| [one[k], two[k], two[TAPS - 1 - k], one[TAPS - 1 - k]]);
        let sinc = sinc();
        let size = |phase: usize| sinc.iter().map(|taps| taps[phase].abs()).sum::<f32>();
        let max_gain = size(0).max(size(1)).max(size(2));
        Self { annex, sinc, max_gain, line: vec![0.0; HISTORY] }
    }

    /// Only stores the block, as history for the next one.
    pub(crate) fn skip(&mut self, block: &[f32]) {
        self.line.extend_from_slice(block);
        self.keep_history();
    }

    /// Writes for each value of the block the greatest amplitude about [`LAG`] frames before it.
    /// `peaks` becomes as long as `block`. Up to `threshold` the recommendation's own filter is
    /// enough; where more is possible, a peak is the greater of both filters'.
    pub(crate) fn find(&mut self, block: &[f32], threshold: f32, peaks: &mut Vec<f32>) {
        self.line.extend_from_slice(block);
        // What lies beyond the block, for the last lanes.
        self.line.resize(HISTORY + block.len().next_multiple_of(LANES), 0.0);
        peaks.resize(block.len(), 0.0);
        let most = self.line.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        let use_both = most * self.max_gain > threshold;
        for (i, peaks) in peaks.chunks_mut(LANES).enumerate() {
            let line = &self.line[i * LANES..][..HISTORY + LANES];
            let mut most = largest(&self.annex, line);
            if use_both {
                let other = largest(&self.sinc, line);
                let itself = &line[HISTORY - 2 * LAG..][..LANES];
                for lane in 0..LANES {
                    most[lane] = most[lane].max(other[lane]).max(itself[lane].abs());
                }
            }
            peaks.copy_from_slice(&most[..peaks.len()]);
        }
        self.line.truncate(HISTORY + block.len());
        self.keep_history();
    }

    fn keep_history(&mut self) {
        let end = self.line.len() - HISTORY;
        self.line.copy_within(end.., 0);
        self.line.truncate(HISTORY);
    }
}

/// Quarters between samples, under a Hann window.
fn sinc() -> [[f32; 3]; TAPS] {
    let tap = |k: usize, phase: usize| {
        let x = k as f64 - (LAG - 1) as f64 - (phase + 1) as f64 / 4.0;
        let window = 0.5 * (1.0 + (PI * x / LAG as f64).cos());
        (PI * x).sin() / (PI * x) * window
    };
    let sum = |phase: usize| (0..TAPS).map(|k| tap(k, phase)).sum::<f64>();
    let sums = [0, 1, 2].map(sum);
    std::array::from_fn(|k| [0, 1, 2].map(|phase| (tap(k, phase) / sums[phase]) as f32))
}

/// The greatest amplitude of all phases, for each lane.
fn largest<const PHASES: usize>(taps: &[[f32; PHASES]; TAPS], line: &[f32]) -> [f32; LANES] {
    let mut sums = [[0.0_f32; LANES]; PHASES];
    for (k, taps) in taps.iter().enumerate() {
        let x = &line[2 * k..][..LANES];
        for (sum, tap) in sums.iter_mut().zip(taps) {
            for lane in 0..LANES {
                sum[lane] += tap * x[lane];
            }
        }
    }
    let mut most = [0.0_f32; LANES];
    for sum in &sums {
        for lane in 0..LANES {
            most[lane] = most[lane].max(sum[lane].abs());
        }
    }
    most
}
