//! The run of source samples around the read position.

use crate::sinc::{self, BEFORE, TAPS};
use crate::time_map::TimeMap;

/// Removes the click where sound stops, starts or jumps: the step is added to what follows as an
/// offset that decays.
#[derive(Default)]
pub(crate) struct Declicker([f32; 2]);

impl Declicker {
    /// What is left of a step after a frame: a time constant of 3 ms.
    const DECAY: f32 = 0.993;
    /// -100 dB: then the sound is exactly the source's again.
    const GONE: f32 = 1e-5;

    pub(crate) fn is_active(&self) -> bool {
        self.0 != [0.0; 2]
    }

    /// Adds a step of the sound from one frame to another.
    pub(crate) fn step(&mut self, from: [f32; 2], to: [f32; 2]) {
        self.0 = [0, 1].map(|side| self.0[side] + from[side] - to[side]);
    }

    fn next(&mut self, frame: [f32; 2]) -> [f32; 2] {
        if !self.is_active() {
            return frame;
        }
        let declicked = [frame[0] + self.0[0], frame[1] + self.0[1]];
        let decayed = self.0.map(|offset| offset * Self::DECAY);
        self.0 = decayed.map(|offset| if offset.abs() < Self::GONE { 0.0 } else { offset });
        declicked
    }

    pub(crate) fn apply(&mut self, frames: &mut [[f32; 2]]) {
        if self.is_active() {
            frames.iter_mut().for_each(|frame| *frame = self.next(*frame));
        }
    }
}

/// A run of source samples.
#[derive(Default)]
pub(crate) struct SampleWindow {
    left: Vec<f32>,
    right: Vec<f32>,
    /// The source's sample at index 0.
    start: i64,
    /// Where sound begins: before it there is only padding.
    sound: i64,
    /// The last frame that was added, before declicking.
    last: [f32; 2],
    /// Whether the next frame does not continue the last one.
    broken: bool,
    declicker: Declicker,
}

impl SampleWindow {
    pub(crate) fn end(&self) -> i64 {
        self.start + self.left.len() as i64
    }

    /// Discards all before `low`; a window that ends earlier is emptied, and starts there.
    pub(crate) fn discard_before(&mut self, low: i64) {
        let gone = usize::try_from(low.saturating_sub(self.start)).unwrap_or(0);
        if self.left.is_empty() || gone >= self.left.len() {
            self.left.clear();
            self.right.clear();
            self.start = low;
            self.sound = low;
            (self.last, self.broken, self.declicker) = ([0.0; 2], true, Declicker::default());
        } else {
            self.left.drain(..gone);
            self.right.drain(..gone);
            self.start += gone as i64;
        }
    }

    /// Adds silence up to `end`, where the source left samples out.
    pub(crate) fn pad_to(&mut self, end: i64) {
        let frames = usize::try_from(end.saturating_sub(self.end())).unwrap_or(0);
        if self.left.is_empty() {
            self.sound = self.start + frames as i64;
        }
        if frames > 0 {
            self.broken = true;
            self.extend(std::iter::repeat_n(&[0.0; 2], frames));
            self.broken = true;
        }
    }

    /// Adds frames; if they do not continue the last one, the step is declicked.
    pub(crate) fn extend<'a>(&mut self, frames: impl Iterator<Item = &'a [f32; 2]>) {
        for &frame in frames {
            if std::mem::take(&mut self.broken) {
                self.declicker.step(self.last, frame);
            }
            self.last = frame;
            let [left, right] = self.declicker.next(frame);
            self.left.push(left);
            self.right.push(right);
        }
    }

    /// Renders the sound from sample `at` of the programme on by the map, as far as it is there;
    /// the rest becomes silence. Returns how many frames there were.
    pub(crate) fn render(&self, map: TimeMap, at: i64, out: &mut [f32]) -> usize {
        let (whole, part) = map.source_from_programme(at);
        let step = map.step();
        let first = whole - (BEFORE as i64 - 1) - self.start;
        let frames = out.as_chunks_mut::<2>().0;
        let mut there = 0;
        for (i, frame) in frames.iter_mut().enumerate() {
            let place = i64::from(part) + step * i as i64;
            let from = first + (place >> 32);
            let index = usize::try_from(from).unwrap_or(usize::MAX);
            let end = index.saturating_add(TAPS);
            let sounds = from + self.start + TAPS as i64 > self.sound;
            let sides = (self.left.get(index..end), self.right.get(index..end));
            let (Some(left), Some(right), true) = (sides.0, sides.1, sounds) else {
                *frame = [0.0; 2];
                continue;
            };
            // The low 32 bits are the fraction of a sample.
            *frame = sinc::interpolate(left, right, place as u32);
            there = i + 1;
        }
        there
    }
}
