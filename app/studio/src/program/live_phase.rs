//! Where the pictures of a live source lie between the programme's frames.
//!
//! Each picture belongs to the frame that is nearest to the time at which it is due. Where both rates agree, or one
//! is a multiple of the other, all pictures lie alike; so they are shifted to lie in the middle, where the jitter of
//! timestamps and the rounding to milliseconds change nothing. The sound is shifted with them.

use media::live_map::LiveMap;

use crate::program::slot::Slot;

/// Where a live source's pictures lie between our frames.
#[derive(Clone, Copy, Debug, Default)]
pub struct LivePhase {
    /// The map's take and anchor for which the shift was chosen, and whether a picture's duration was known.
    chosen: Option<(u32, u32, bool)>,
    /// By how much the pictures are shown earlier, in nanoseconds.
    shift: i64,
    /// Whether the rates agree.
    agrees: bool,
    /// Whether the shift is on its way.
    moves: bool,
}

/// Rates agree if their periods differ by less than a part of this.
const AGREE: i64 = 50;
/// A picture may be so much of a frame too late or too early to be the next one: less would change with jitter.
const HYSTERESIS: i64 = 16;
/// The part of a frame by which pictures have to lie off the middle to be brought back to it.
const ASTRAY: i64 = 8;
/// The part of a frame within which they are there.
const SETTLED: i64 = 32;
/// The part of a frame by which they are moved on each, which the sound follows: 250 millionths of its speed.
const SLOWLY: i64 = 4_000;

impl LivePhase {
    /// By how much sound is heard earlier than it is due, in nanoseconds; later if negative.
    pub fn shift(&self) -> i64 {
        self.shift
    }

    /// Whether a picture is due by this frame; with `another`, after one was due already.
    pub fn is_due(&mut self, pts: i64, map: LiveMap, slot: Slot, another: bool) -> bool {
        let period = slot.period();
        let now = slot.base + slot.start();
        let at = map.studio_from_source(pts);
        let wanted = (map.take, map.anchor, map.picture > 0);
        if self.chosen != Some(wanted) {
            self.chosen = Some(wanted);
            self.agrees = agree(period, map.picture);
            let short = period.min(map.picture);
            // As near as may be: from half of the shorter period before to half of it after.
            self.shift = match self.agrees {
                true => (at - now + short / 2).rem_euclid(short) - short / 2,
                false => 0,
            };
        }
        let slack = period / HYSTERESIS;
        let slack = if another { -slack } else { slack };
        at - self.shift <= now + period / 2 + slack
    }

    /// Follows a picture that was shown on this frame, so that slow changes do not bring it to the edge between two
    /// frames: slowly enough for the sound that goes along.
    pub fn follow(&mut self, pts: i64, map: LiveMap, slot: Slot) {
        let period = slot.period();
        let off = map.studio_from_source(pts) - self.shift - slot.base - slot.start();
        let off_by = off.abs();
        self.moves = self.agrees && off_by > period / if self.moves { SETTLED } else { ASTRAY };
        if self.moves {
            let step = period / SLOWLY;
            // What it began with may be more; a clock that runs off is not to take it there.
            let most = self.shift.abs().max(period / 4);
            self.shift = (self.shift + off.clamp(-step, step)).clamp(-most, most);
        }
    }
}

/// Whether two periods are about equal, or one is a multiple of the other.
fn agree(one: i64, other: i64) -> bool {
    let (long, short) = (one.max(other), one.min(other));
    if short <= 0 {
        return false;
    }
    let times = (long + short / 2) / short;
    (long - times * short).abs() * AGREE < long
}
