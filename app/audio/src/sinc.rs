//! Interpolation between samples by a windowed sinc.
//!
//! Of our own rather than a resampling library: those take whole chunks at a ratio in floating
//! point and hide their position, while here the position of each output sample is given by an
//! integer map, may be anywhere, and its slope may change at any sample.

use std::f64::consts::PI;
use std::sync::LazyLock;

/// Taps of the windowed sinc.
pub(crate) const TAPS: usize = 32;
/// Taps before the position, the sample at the position included.
pub(crate) const BEFORE: usize = TAPS / 2;
/// Phases in the table; between two of them the taps are interpolated. The error of that is (pi f /
/// rate / PHASES)^2 / 2: -106 dB at half the rate, less below.
const PHASES: usize = 256;
/// The window: stop band 80 dB down.
const KAISER_BETA: f64 = 8.0;

/// Shared by all streams; made on first use, which [`warm_up`] takes off the audio thread.
static TABLE: LazyLock<Vec<[f32; TAPS]>> = LazyLock::new(table);

/// Makes the table, if it is not there yet.
pub(crate) fn warm_up() {
    LazyLock::force(&TABLE);
}

/// The value `part` / 2^32 of a sample after `left[BEFORE - 1]` and `right[BEFORE - 1]`; both are
/// [`TAPS`] long. At part 0 it is that sample, bit by bit.
pub(crate) fn interpolate(left: &[f32], right: &[f32], part: u32) -> [f32; 2] {
    if part == 0 {
        return [left[BEFORE - 1], right[BEFORE - 1]];
    }
    let phase = part >> (32 - PHASES.trailing_zeros());
    let fraction = (part << PHASES.trailing_zeros()) as f32 * (1.0 / 4_294_967_296.0);
    let [near, far] = [&TABLE[phase as usize], &TABLE[phase as usize + 1]];
    let (mut l, mut r) = ([0.0_f32; 8], [0.0_f32; 8]);
    let sides = left.as_chunks::<8>().0.iter().zip(right.as_chunks::<8>().0);
    let taps = near.as_chunks::<8>().0.iter().zip(far.as_chunks::<8>().0);
    for ((left, right), (near, far)) in sides.zip(taps) {
        for lane in 0..8 {
            let tap = near[lane] + (far[lane] - near[lane]) * fraction;
            l[lane] += left[lane] * tap;
            r[lane] += right[lane] * tap;
        }
    }
    [l.iter().sum(), r.iter().sum()]
}

fn table() -> Vec<[f32; TAPS]> {
    let row = |phase: usize| {
        let part = phase as f64 / PHASES as f64;
        let tap = |k: usize| {
            let x = k as f64 - (BEFORE - 1) as f64 - part;
            let sinc = if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) };
            let edge = x / BEFORE as f64;
            sinc * bessel(KAISER_BETA * (1.0 - edge * edge).max(0.0).sqrt())
        };
        let sum: f64 = (0..TAPS).map(tap).sum();
        std::array::from_fn(|k| (tap(k) / sum) as f32)
    };
    (0..=PHASES).map(row).collect()
}

/// The modified Bessel function of order 0.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..40 {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        sum += term;
    }
    sum
}
