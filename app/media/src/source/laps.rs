//! How long a lap of a loop is: as long as its pictures, however its container counts.

use std::sync::atomic::{AtomicI64, Ordering};

/// Sound that begins before the pictures or ends after them by less than this is what its coding adds: an
/// AAC frame and a decoder's delay. It does not make a lap longer, in nanoseconds.
const TAIL: i64 = 100_000_000;
/// What containers round times by, in nanoseconds.
const ROUNDED: i64 = 1_000_000;

/// Where the pictures of a file begin and end, as its demuxer has them, in nanoseconds.
pub struct Extent {
    first: AtomicI64,
    end: AtomicI64,
}

impl Default for Extent {
    fn default() -> Self {
        Self { first: AtomicI64::new(i64::MAX), end: AtomicI64::new(0) }
    }
}

impl Extent {
    /// Adds a picture.
    pub fn add(&self, start: i64, end: i64) {
        self.first.fetch_min(start, Ordering::AcqRel);
        self.end.fetch_max(end, Ordering::AcqRel);
    }

    fn get(&self) -> Option<(i64, i64)> {
        let (first, end) = (self.first.load(Ordering::Acquire), self.end.load(Ordering::Acquire));
        (first < end).then_some((first, end))
    }
}

/// What is known of a file when its first lap was read to the end; all in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct LapFacts {
    /// In point.
    pub from: i64,
    /// Out point.
    pub to: Option<i64>,
    /// The end as the container has it.
    pub container: Option<i64>,
    /// The end that the demuxer came to.
    pub read: i64,
    /// How long a picture is; 0 if nobody knows.
    pub picture: i64,
}

/// How long a lap is: from in to out point, or to the end of the file. Its pictures end it, unless there
/// is sound for much longer.
pub fn length(known: LapFacts, pictures: &Extent) -> i64 {
    let LapFacts { from, to, container, read, picture } = known;
    if let Some(to) = to {
        return to.saturating_sub(from).max(0);
    }
    let end = container.filter(|end| *end > 0).unwrap_or(read);
    match pictures.get() {
        Some((first, last)) if end - last < TAIL => {
            let begins = if first < from.saturating_add(TAIL) { first.max(from) } else { from };
            last - begins
        }
        // So that no picture is shown for a part of its time.
        _ if picture > 0 => (end.saturating_add(ROUNDED) / picture * picture).saturating_sub(from),
        _ => end.saturating_sub(from),
    }
}
