//! Makes one unbroken time of a live source's timestamps: pure, times are passed in.
//!
//! What a sender stamps goes on by itself for hours, and then starts over, wraps at a power of two, or jumps
//! because a clock was set or another sender took its place. Picture and sound jump alike, but not at the same
//! moment. So each stream has a correction, and a stream that jumps takes that of the other if it fits.

use crate::stream::Stream;

const MILLI: i64 = 1_000_000;
const SECOND: i64 = 1_000 * MILLI;

/// The time that the first item gets: what belongs to another stream may begin before it.
const BEGIN: i64 = 3_600 * SECOND;
/// Timestamps that are off by less than this are out of order, or have left something out, and are no jump.
const NEAR: i64 = 170 * MILLI;
/// Streams that are sent together lie so near to each other.
const TOGETHER: i64 = 300 * MILLI;
/// The longest that a picture may be of a source of which nothing else is known yet.
const LONGEST: i64 = 2 * SECOND;
/// Two streams that begin further apart than this have nothing to do with each other's timestamps.
const APART: i64 = 3 * SECOND;
/// For how long a stream may follow a jump of the other.
const FOLLOWS: i64 = 5 * SECOND;
/// How well two jumps have to agree to be one.
const ALIKE: i64 = 100 * MILLI;
/// How well a jump has to agree with a wrap to be one.
const NEAR_WRAP: i64 = 2 * SECOND;
/// Where timestamps wrap: milliseconds in 24, 31 and 32 bits (FLV and RTMP), and 33 bits of 90 kHz (MPEG-TS).
const WRAPS: [i64; 4] = [
    (1 << 24) * MILLI,
    (1 << 31) * MILLI,
    (1 << 32) * MILLI,
    // 2^33 / 90,000 s.
    95_443_717_688_888,
];

/// Makes one unbroken time of the timestamps of both streams.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    lines: [Option<Line>; 2],
    /// By how far two streams may begin apart: a segmented stream's are fetched one by one.
    apart: Option<i64>,
}

/// One stream.
#[derive(Clone, Copy, Debug)]
struct Line {
    /// What is added to a timestamp.
    correction: i64,
    /// The last item's timestamp.
    stamp: i64,
    /// When that arrived.
    at: i64,
    /// How far timestamps usually lie apart; 0 until that is known.
    step: i64,
    /// The last jump: by how much the correction changed, and when.
    jump: Option<(i64, i64)>,
}

/// Where an item was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// What to add to the item's timestamps.
    pub correction: i64,
    /// By how much the timestamps have jumped, if they have.
    pub jump: Option<i64>,
}

impl Timeline {
    /// For streams that are fetched in segments of up to this length, in nanoseconds.
    pub fn segmented(segment: i64) -> Self {
        Self { apart: Some(segment), ..Self::default() }
    }

    /// Places an item with this timestamp, which arrived at `now`; both in nanoseconds.
    pub fn place(&mut self, stream: Stream, stamp: i64, now: i64) -> Placed {
        let line = self.lines[stream.index()];
        let other = self.lines[stream.other().index()];
        let (correction, step, jump) = match line {
            None => (self.first(stamp, other, now), 0, None),
            Some(line) => Self::next(line, stamp, other, now),
        };
        let last = jump.map(|by| (by, now)).or(line.and_then(|line| line.jump));
        self.lines[stream.index()] = Some(Line { correction, stamp, at: now, step, jump: last });
        Placed { correction, jump }
    }

    /// The correction of a stream's first item.
    fn first(&self, stamp: i64, other: Option<Line>, now: i64) -> i64 {
        let Some(other) = other else { return BEGIN.saturating_sub(stamp) };
        let expected = other.placed().saturating_add(now - other.at);
        let placed = stamp.saturating_add(other.correction);
        let apart = self.apart.unwrap_or(0).max(APART);
        match placed.saturating_sub(expected).saturating_abs() < apart {
            true => other.correction,
            false => expected.saturating_sub(stamp),
        }
    }

    /// The correction of a stream's next item, its usual step, and by how much the correction changed.
    fn next(line: Line, stamp: i64, other: Option<Line>, now: i64) -> (i64, i64, Option<i64>) {
        let gap = stamp.saturating_sub(line.stamp);
        let off = gap.saturating_sub(line.step);
        // The other stream has jumped: does this one follow it?
        let lead = other.and_then(|other| {
            let (by, _) = other.jump.filter(|(_, when)| now - when < FOLLOWS)?;
            let is_behind = other.correction.saturating_sub(line.correction) == by;
            (is_behind && off.saturating_add(by).saturating_abs() < ALIKE).then_some(by)
        });
        if let Some(by) = lead {
            return (line.correction.saturating_add(by), line.step, Some(by));
        }
        if off > -NEAR && Self::is_hole(line, (stamp, off), other, now) {
            let is_step = gap > 0 && gap <= LONGEST && (line.step == 0 || gap < 2 * line.step);
            return (line.correction, if is_step { gap } else { line.step }, None);
        }
        // A jump: time goes on as it did here.
        let passed = if now - line.at < SECOND / 2 { line.step } else { now - line.at };
        let wanted = line.placed().saturating_add(passed).saturating_sub(stamp);
        let by = wanted.saturating_sub(line.correction);
        let near = |wrap: &i64| by.saturating_abs().saturating_sub(*wrap).abs() < NEAR_WRAP;
        let by = match WRAPS.iter().find(|wrap| near(wrap)) {
            Some(wrap) => wrap * by.signum(),
            None => by,
        };
        (line.correction.saturating_add(by), line.step, Some(by))
    }

    /// Whether timestamps that went so much too far have only left something out: then as much time has passed, or
    /// the other stream has come there too. In a backlog no time passes.
    fn is_hole(line: Line, (stamp, off): (i64, i64), other: Option<Line>, now: i64) -> bool {
        let placed = stamp.saturating_add(line.correction);
        let beside = other
            .filter(|other| now - other.at < SECOND)
            .is_some_and(|other| placed.saturating_sub(other.placed()).saturating_abs() < TOGETHER);
        let is_first = line.step == 0 && off <= LONGEST;
        is_first || beside || off.saturating_sub(now - line.at) < NEAR
    }
}

impl Line {
    /// The time of its last item.
    fn placed(self) -> i64 {
        self.stamp.saturating_add(self.correction)
    }
}
