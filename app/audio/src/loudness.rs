//! Loudness after EBU R128.

use ebur128::{EbuR128, Mode};

use crate::RATE;
use crate::meters::SILENCE_DB;

/// How often the values are updated, in frames: 100 ms, as EBU Tech 3341 requires.
const EVERY: usize = RATE as usize / 10;
/// Tenths of a second in the two windows.
const MOMENTARY: usize = 4;
const SHORT_TERM: usize = 30;
/// What R128 subtracts from the level of the filtered sum, so that 1 kHz reads its own level.
const OFFSET: f64 = -0.691;

/// Momentary, short-term and integrated loudness of a stereo stream, in LUFS.
pub(crate) struct Loudness {
    meter: Option<EbuR128>,
    /// Mean squares after the K filter, a tenth of a second each. The meter itself would scan three
    /// seconds of samples for each reading: a third of all the mixer's time.
    tenths: [f64; SHORT_TERM],
    at: usize,
    /// Frames so far of the present tenth.
    frames: usize,
    pub(crate) momentary: f32,
    pub(crate) short_term: f32,
    pub(crate) integrated: f32,
}

impl Loudness {
    pub(crate) fn new() -> Self {
        // A histogram: a list of all blocks would grow for as long as the programme runs.
        let modes = Mode::M | Mode::I | Mode::HISTOGRAM;
        Self {
            // Two channels at 48 kHz are never refused; were they, there would be no reading.
            meter: EbuR128::new(2, RATE, modes).ok(),
            tenths: [0.0; SHORT_TERM],
            at: 0,
            frames: 0,
            momentary: SILENCE_DB,
            short_term: SILENCE_DB,
            integrated: SILENCE_DB,
        }
    }

    /// Restarts the integrated loudness; the other two fill their windows of 0.4 and 3 seconds
    /// again.
    pub(crate) fn reset(&mut self) {
        if let Some(meter) = &mut self.meter {
            meter.reset();
        }
        self.tenths = [0.0; SHORT_TERM];
        self.frames = 0;
        (self.momentary, self.short_term) = (SILENCE_DB, SILENCE_DB);
        self.integrated = SILENCE_DB;
    }

    /// Adds a block of interleaved stereo.
    pub(crate) fn process(&mut self, mut block: &[f32]) {
        while !block.is_empty() {
            let (now, later) = block.split_at(block.len().min(2 * (EVERY - self.frames)));
            block = later;
            self.frames += now.len() / 2;
            let Some(meter) = &mut self.meter else { return };
            if meter.add_frames_f32(now).is_err() {
                return;
            }
            if self.frames == EVERY {
                self.frames = 0;
                self.update();
            }
        }
    }

    fn update(&mut self) {
        let Some(meter) = &self.meter else { return };
        let tenth = meter.loudness_window(100).unwrap_or(f64::NEG_INFINITY);
        self.tenths[self.at] = 10.0_f64.powf((tenth - OFFSET) / 10.0);
        self.at = (self.at + 1) % SHORT_TERM;
        let newest =
            (1..=SHORT_TERM).map(|back| self.tenths[(self.at + SHORT_TERM - back) % SHORT_TERM]);
        let shown = |loudness: f64| (loudness as f32).max(SILENCE_DB);
        let mean = |tenths: usize| newest.clone().take(tenths).sum::<f64>() / tenths as f64;
        let level = |tenths: usize| shown(OFFSET + 10.0 * mean(tenths).log10());
        self.momentary = level(MOMENTARY);
        self.short_term = level(SHORT_TERM);
        self.integrated = meter.loudness_global().map_or(SILENCE_DB, shown);
    }
}
