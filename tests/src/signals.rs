//! Test signals, interleaved stereo at 48 kHz, and how they are judged.

use std::f64::consts::PI;
use std::process::Command;

/// Samples a second.
pub const RATE: f64 = 48_000.0;

/// The same signal on both sides.
pub fn stereo(frames: usize, mut sample: impl FnMut(usize) -> f64) -> Vec<f32> {
    (0..frames).map(&mut sample).flat_map(|value| [value as f32; 2]).collect()
}

/// A sine of this frequency and peak amplitude.
pub fn sine(frames: usize, hertz: f64, amplitude: f64) -> Vec<f32> {
    stereo(frames, |i| amplitude * (2.0 * PI * hertz * i as f64 / RATE).sin())
}

/// A square wave of this frequency and amplitude, without any band limit.
pub fn square(frames: usize, hertz: f64, amplitude: f64) -> Vec<f32> {
    stereo(frames, |i| if (hertz * i as f64 / RATE).fract() < 0.5 { amplitude } else { -amplitude })
}

/// Uniform noise of -1 to 1, the same at each run.
pub fn noise() -> impl FnMut() -> f64 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

/// White noise of this RMS.
pub fn white(frames: usize, rms: f64) -> Vec<f32> {
    let mut noise = noise();
    stereo(frames, |_| noise() * rms * 3.0_f64.sqrt())
}

/// Pink noise of this RMS: white noise through a chain of low-passes an octave apart.
pub fn pink(frames: usize, rms: f64) -> Vec<f32> {
    let mut noise = noise();
    let mut states = [0.0_f64; 10];
    let mut signal = stereo(frames, |_| {
        let white = noise();
        let mut sum = 0.0;
        for (octave, state) in states.iter_mut().enumerate() {
            let pole = 1.0 - 2.0_f64.powi(-(octave as i32) - 1);
            *state = *state * pole + white * (1.0 - pole * pole).sqrt();
            sum += *state;
        }
        sum
    });
    let scale = (rms / level(&signal)) as f32;
    signal.iter_mut().for_each(|sample| *sample *= scale);
    signal
}

/// The RMS of all values.
pub fn level(signal: &[f32]) -> f64 {
    let squares: f64 = signal.iter().map(|&value| f64::from(value).powi(2)).sum();
    (squares / signal.len() as f64).sqrt()
}

/// The greatest step between neighbours of one side.
pub fn greatest_step(signal: &[f32]) -> f32 {
    let steps = signal.iter().zip(&signal[2..]).map(|(one, next)| (next - one).abs());
    steps.fold(0.0, f32::max)
}

/// Speech, normalised to a peak of one half.
pub fn speech(text: &str) -> Vec<f32> {
    let made = Command::new("espeak-ng").args(["--stdout", "-s", "150", text]).output();
    let wav = made.expect("espeak-ng is installed").stdout;
    let rate = f64::from(u32::from_le_bytes(wav[24..28].try_into().expect("four bytes")));
    let mono: Vec<f64> = wav[44..]
        .as_chunks::<2>()
        .0
        .iter()
        .map(|&bytes| f64::from(i16::from_le_bytes(bytes)))
        .collect();
    let most = mono.iter().fold(1.0_f64, |most, value| most.max(value.abs()));
    let frames = (mono.len() as f64 * RATE / rate) as usize - 1;
    stereo(frames, |i| {
        let place = i as f64 * rate / RATE;
        let (at, part) = (place as usize, place.fract());
        let next = mono[(at + 1).min(mono.len() - 1)];
        (mono[at] * (1.0 - part) + next * part) / most * 0.5
    })
}

/// Noise and distortion of the left side beside a sine of this frequency, in dB of the sine: what
/// is left after the best fitting sine is taken away.
pub fn distortion(signal: &[f32], hertz: f64) -> f64 {
    let left: Vec<f64> = signal.iter().step_by(2).map(|&value| f64::from(value)).collect();
    let turn = |i: usize| (2.0 * PI * hertz * i as f64 / RATE).sin_cos();
    // Normal equations for a sine, a cosine and an offset, close enough to orthogonal to be
    // solved by going over them a few times.
    let mut fit = [0.0_f64; 3];
    let basis = |i: usize| [turn(i).0, turn(i).1, 1.0];
    let rest = |fit: [f64; 3], i: usize| {
        left[i] - basis(i).iter().zip(fit).map(|(base, part)| base * part).sum::<f64>()
    };
    for round in 0..24 {
        let k = round % 3;
        let over: f64 = (0..left.len()).map(|i| rest(fit, i) * basis(i)[k]).sum();
        let size: f64 = (0..left.len()).map(|i| basis(i)[k].powi(2)).sum();
        fit[k] += over / size;
    }
    let noise: f64 = (0..left.len()).map(|i| rest(fit, i).powi(2)).sum();
    let sine = (fit[0].powi(2) + fit[1].powi(2)) / 2.0 * left.len() as f64;
    10.0 * (noise / sine).log10()
}

/// The filter of ITU-R BS.1770-4, annex 2, as printed there: a phase in each column.
const ANNEX_2: [[f64; 4]; 12] = [
    [0.001708984375, -0.0291748046875, -0.0189208984375, -0.0083007812500],
    [0.010986328125, 0.029296875, 0.0330810546875, 0.0148925781250],
    [-0.019653320312, -0.0517578125, -0.0582275390625, -0.0266113281250],
    [0.033203125, 0.089111328125, 0.1015625, 0.0476074218750],
    [-0.0594482421875, -0.16650390625, -0.2003173828125, -0.1022949218750],
    [0.1373291015625, 0.465087890625, 0.7797851562500, 0.9721679687500],
    [0.9721679687500, 0.7797851562500, 0.465087890625, 0.1373291015625],
    [-0.1022949218750, -0.2003173828125, -0.16650390625, -0.0594482421875],
    [0.0476074218750, 0.1015625, 0.089111328125, 0.033203125],
    [-0.0266113281250, -0.0582275390625, -0.0517578125, -0.019653320312],
    [0.0148925781250, 0.0330810546875, 0.029296875, 0.010986328125],
    [-0.0083007812500, -0.0189208984375, -0.0291748046875, 0.001708984375],
];

/// The true peak in dBTP by the recommendation's own filter.
pub fn annex_2_true_peak(signal: &[f32]) -> f64 {
    let mut most = 0.0_f64;
    for at in 0..signal.len() - 2 * ANNEX_2.len() {
        for phase in 0..4 {
            let value = |(k, taps): (usize, &[f64; 4])| taps[phase] * f64::from(signal[at + 2 * k]);
            most = most.max(ANNEX_2.iter().enumerate().map(value).sum::<f64>().abs());
        }
    }
    20.0 * most.log10()
}
