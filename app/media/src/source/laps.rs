//! The length of a lap of a loop: as long as its pictures, whatever its container claims.

use std::sync::atomic::{AtomicI64, Ordering};

/// Sound that begins before the pictures or ends after them by less than this, in nanoseconds, is padding
/// of its coding (an AAC frame and a decoder's delay), and does not make a lap longer.
const TAIL: i64 = 100_000_000;
/// By how much containers round timestamps, in nanoseconds.
const ROUNDED: i64 = 1_000_000;

/// Where the pictures of a file begin and end, by its demuxer's timestamps, in nanoseconds.
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

/// What is known about a file once its first lap was read to the end; all in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct LapFacts {
    /// In point.
    pub from: i64,
    /// Out point.
    pub to: Option<i64>,
    /// The end that the container claims.
    pub container: Option<i64>,
    /// The end that the demuxer came to.
    pub read: i64,
    /// The duration of a picture; 0 if unknown.
    pub picture: i64,
}

/// The length of a lap: from the in point to the out point or the end of the file. The last picture is
/// the end, unless the sound is much longer.
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
        // A whole number of pictures, so that none is shown for less than its duration.
        _ if picture > 0 => (end.saturating_add(ROUNDED) / picture * picture).saturating_sub(from),
        _ => end.saturating_sub(from),
    }
}
