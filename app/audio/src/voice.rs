//! Voice activity detection.

use std::f64::consts::PI;

use earshot::Detector;

use crate::RATE;

/// What [`VoiceDetector::level`] returns while there is voice.
const FULL: u32 = 150;
/// Frames from the end of voice to a level of 0: half a second.
const FALL: u32 = RATE / 2;
/// The detector works at 16 kHz.
const RATIO: usize = 3;
/// Samples the detector takes at a time: 16 ms.
const HOP: usize = 256;
/// Taps of the low-pass before every third sample is taken: 60 dB down above 9 kHz, so that only
/// the transition (7 to 9 kHz) folds back, above the voice.
const TAPS: usize = 96;
/// The detector's score from which a hop may be voice.
const THRESHOLD: f32 = 0.5;
/// The detector alone takes pink noise for voice most of the time (scores up to 0.87). But noise is
/// steady, and speech dips between syllables: voice is this much (6 dB) above the quietest recent
/// hop. Noise stayed within 3 dB of it.
const ABOVE_QUIETEST: f32 = 4.0;
/// The recent hops: 2 seconds, longer than any vowel of speech.
const PAST: usize = 125;

/// Voice activity of one stereo stream.
pub struct VoiceDetector {
    detector: Box<Detector>,
    taps: [f32; TAPS],
    /// Mono at 48 kHz that the filter still needs, then what is new.
    mono: Vec<f32>,
    /// Mono at 16 kHz, less than a hop.
    hop: Vec<f32>,
    /// The energies of the last hops; infinite before there were any.
    past: [f32; PAST],
    at: usize,
    /// Frames since the last voice.
    since: u32,
    /// Frames of digital silence.
    silent: usize,
}

impl VoiceDetector {
    /// A detector in its initial state.
    pub fn new() -> Self {
        Self {
            detector: Detector::default_boxed(),
            taps: low_pass(),
            mono: vec![0.0; TAPS - RATIO],
            hop: Vec::with_capacity(HOP),
            past: [f32::INFINITY; PAST],
            at: 0,
            since: FALL,
            silent: 0,
        }
    }

    /// 150 while there is voice, then down to 0, linearly, over 500 ms.
    pub fn level(&self) -> u8 {
        let left = FALL.saturating_sub(self.since);
        u8::try_from(FULL * left / FALL).unwrap_or(u8::MAX)
    }

    /// Skips frames of digital silence, at no cost.
    pub fn silence(&mut self, frames: usize) {
        if self.silent == 0 {
            // The detector starts over after silence.
            self.detector.reset();
            self.mono.clear();
            self.mono.resize(TAPS - RATIO, 0.0);
            self.hop.clear();
            self.past = [f32::INFINITY; PAST];
        }
        self.silent += frames;
        self.since = self.since.saturating_add(u32::try_from(frames).unwrap_or(FALL)).min(FALL);
    }

    /// Processes a block of interleaved stereo.
    pub fn process(&mut self, block: &[f32]) {
        self.silent = 0;
        self.mono.extend(block.as_chunks::<2>().0.iter().map(|[left, right]| (left + right) * 0.5));
        let mut at = 0;
        while at + TAPS <= self.mono.len() {
            // The detector expects -1 to 1; a strip may be louder.
            self.hop.push(dot(&self.taps, &self.mono[at..at + TAPS]).clamp(-1.0, 1.0));
            at += RATIO;
            if self.hop.len() == HOP {
                self.classify();
            }
        }
        self.mono.copy_within(at.., 0);
        self.mono.truncate(self.mono.len() - at);
    }

    fn classify(&mut self) {
        let score = self.detector.predict_f32(&self.hop);
        let energy = high_frequency_energy(&self.hop);
        self.hop.clear();
        self.past[self.at] = energy;
        self.at = (self.at + 1) % PAST;
        let least = self.past.iter().copied().fold(f32::INFINITY, f32::min);
        self.since = (self.since + (HOP * RATIO) as u32).min(FALL);
        if score >= THRESHOLD && energy >= ABOVE_QUIETEST * least {
            self.since = 0;
        }
    }
}

impl Default for VoiceDetector {
    fn default() -> Self {
        Self::new()
    }
}

/// A windowed sinc (Blackman), half amplitude at 8 kHz.
fn low_pass() -> [f32; TAPS] {
    let tap = |k: usize| {
        let x = k as f64 - (TAPS - 1) as f64 / 2.0;
        let turn = 2.0 * PI * (k as f64 + 0.5) / TAPS as f64;
        let window = 0.42 - 0.5 * turn.cos() + 0.08 * (2.0 * turn).cos();
        (PI * x / RATIO as f64).sin() / (PI * x) * window
    };
    let sum: f64 = (0..TAPS).map(tap).sum();
    std::array::from_fn(|k| (tap(k) / sum) as f32)
}

/// The energy of a hop without its low frequencies, where even steady noise fluctuates.
fn high_frequency_energy(hop: &[f32]) -> f32 {
    let steps = hop.iter().zip(&hop[1..]).map(|(one, next)| next - 0.9 * one);
    steps.map(|step| step * step).sum()
}

fn dot(taps: &[f32; TAPS], samples: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    for (taps, samples) in taps.as_chunks::<8>().0.iter().zip(samples.as_chunks::<8>().0) {
        for lane in 0..8 {
            sums[lane] += taps[lane] * samples[lane];
        }
    }
    sums.iter().sum()
}
