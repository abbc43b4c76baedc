//! What a source brings: whether its picture is black or stands still, and whether its sound is silent, and for how
//! long. Looked at as it is decoded, by a sample of its pixels; in its own time, so that a source that is paused
//! or decoded ahead is judged by what is in it.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use engine::Frame;

/// Pixels that are looked at, across and down.
const ACROSS: usize = 80;
const DOWN: usize = 45;
/// By how much luma of a pixel must differ from that of the picture before: coding alone makes a still picture differ
/// by less.
const MOVED: u8 = 6;
/// How many pixels must.
const MOVED_PIXELS: usize = 3;

/// How dark and how quiet is nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignalLevels {
    /// Luma up to this is black, 16 to 235.
    pub black: u8,
    /// Amplitudes below this are silence, 0 to 1.
    pub silent: f32,
}

impl Default for SignalLevels {
    fn default() -> Self {
        Self { black: 24, silent: 0.001 }
    }
}

/// For how long there was nothing, in nanoseconds; 0 if there is something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignalState {
    /// The picture is black.
    pub black: i64,
    /// The picture is the same.
    pub frozen: i64,
    /// The sound is silent; `None` as long as there is no sound.
    pub silent: Option<i64>,
}

/// Watches one source. What decodes it tells, and any thread may ask; nobody who asks waits.
#[derive(Debug)]
pub struct SignalWatch {
    black: AtomicU32,
    silent: AtomicU32,
    /// The time of the last picture, of the last that was not black, and of the last that was another one.
    picture: Span,
    lit: AtomicI64,
    moved: AtomicI64,
    /// The end of the sound so far, and of what was not silent.
    sound: Span,
    heard: AtomicI64,
    /// The luma of the pixels that are looked at. Only the thread that decodes pictures takes it.
    before: Mutex<Vec<u8>>,
}

/// The time of the last of something; `i64::MIN` before the first.
#[derive(Debug)]
struct Span(AtomicI64);

impl Span {
    /// Moves on; true if it begins anew: with the first, or where time goes back.
    fn go_on(&self, time: i64) -> bool {
        let before = self.0.swap(time, Ordering::AcqRel);
        before == i64::MIN || time < before
    }

    fn get(&self) -> Option<i64> {
        Some(self.0.load(Ordering::Acquire)).filter(|time| *time != i64::MIN)
    }
}

impl Default for SignalWatch {
    fn default() -> Self {
        let SignalLevels { black, silent } = SignalLevels::default();
        let never = || Span(AtomicI64::new(i64::MIN));
        Self {
            black: AtomicU32::new(u32::from(black)),
            silent: AtomicU32::new(silent.to_bits()),
            picture: never(),
            lit: AtomicI64::new(0),
            moved: AtomicI64::new(0),
            sound: never(),
            heard: AtomicI64::new(0),
            before: Mutex::new(Vec::new()),
        }
    }
}

impl SignalWatch {
    /// What counts as nothing from now on.
    pub fn set_levels(&self, levels: SignalLevels) {
        self.black.store(u32::from(levels.black), Ordering::Release);
        self.silent.store(levels.silent.to_bits(), Ordering::Release);
    }

    /// What there is by now.
    pub fn get(&self) -> SignalState {
        let since = |last: i64, good: &AtomicI64| (last - good.load(Ordering::Acquire)).max(0);
        let picture = self.picture.get();
        SignalState {
            black: picture.map_or(0, |last| since(last, &self.lit)),
            frozen: picture.map_or(0, |last| since(last, &self.moved)),
            silent: self.sound.get().map(|last| since(last, &self.heard)),
        }
    }

    /// The next picture, of this time in nanoseconds of the source. For the thread that decodes its pictures.
    pub fn see(&self, time: i64, picture: &Frame) {
        let begins = self.picture.go_on(time);
        // Nobody else takes it, so it is never poisoned half changed.
        let mut before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        let black = self.black.load(Ordering::Acquire);
        let (is_lit, is_other) = look(picture, &mut before, black);
        if begins || is_lit {
            self.lit.store(time, Ordering::Release);
        }
        if begins || is_other {
            self.moved.store(time, Ordering::Release);
        }
    }

    /// The next sound, which ends at this time in nanoseconds of the source. For the thread that decodes it.
    pub fn hear(&self, end: i64, samples: &[f32]) {
        let begins = self.sound.go_on(end);
        let quiet = f32::from_bits(self.silent.load(Ordering::Acquire));
        if begins || samples.iter().any(|sample| sample.abs() >= quiet) {
            self.heard.store(end, Ordering::Release);
        }
    }
}

/// Whether a picture is lit anywhere, and whether it differs from the one before, whose pixels it replaces.
fn look(picture: &Frame, before: &mut Vec<u8>, black: u32) -> (bool, bool) {
    let (plane, (width, height)) = (picture.plane(0), picture.plane_size(0));
    before.resize(ACROSS * DOWN, 0);
    let (mut is_lit, mut moved) = (false, 0);
    for (y, row) in before.chunks_exact_mut(ACROSS).enumerate() {
        // The middle of each of so many parts.
        let at = (2 * y + 1) * height / (2 * DOWN) * plane.stride;
        let Some(pixels) = plane.data.get(at..).and_then(|rest| rest.get(..width)) else {
            continue;
        };
        for (x, before) in row.iter_mut().enumerate() {
            let luma = pixels.get((2 * x + 1) * width / (2 * ACROSS)).copied().unwrap_or(16);
            is_lit |= u32::from(luma) > black;
            moved += usize::from(luma.abs_diff(*before) >= MOVED);
            *before = luma;
        }
    }
    (is_lit, moved >= MOVED_PIXELS)
}
