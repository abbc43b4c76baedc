//! Whether a frame that begins late is still drawn.

/// By how much a frame may be late and is still drawn, in nanoseconds: what comes late from a thread that was held up
/// fits into the queues before the encoders, and is made up for soon.
const LONGEST: u64 = 500_000_000;
/// The weight of one frame in the mean work: of the last second, about.
const WEIGHT: u64 = 16;

/// Decides by how late a program is, and by how long its frames take, whether a frame's picture is drawn or the one
/// before is repeated. Times are nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct Lateness {
    period: u64,
    /// The mean time that a drawn frame takes.
    work: u64,
    /// It skips until it is on time again.
    is_skipping: bool,
}

impl Lateness {
    /// Of frames this far apart.
    pub fn new(period: u64) -> Self {
        Self { period, work: 0, is_skipping: false }
    }

    /// Whether a frame that begins so late is skipped. A program that works faster than its frames come makes up for
    /// what it was late; one that does not, on a machine that is too slow, skips as soon as it is a frame behind: it would
    /// stay late, and so would every take.
    pub fn skips(&mut self, late: u64) -> bool {
        let can_catch_up = self.work * 5 < self.period * 4;
        let most = if can_catch_up { LONGEST } else { self.period };
        self.is_skipping = late > most || (self.is_skipping && late > self.period);
        self.is_skipping
    }

    /// A drawn frame took this long.
    pub fn worked(&mut self, nanos: u64) {
        // A stall is no work: it is counted as the longest that still says something.
        let nanos = nanos.min(2 * self.period);
        self.work = (self.work * (WEIGHT - 1) + nanos) / WEIGHT;
    }
}
