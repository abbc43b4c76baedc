//! Whether a destination is alive, and when to try again: pure functions of times and bytes.

use engine::OutputState;

const SECOND: u64 = 1_000_000_000;
/// Bytes have waited this long: slow.
const SLOW: u64 = SECOND;
/// Bytes have waited this long: stalled, and no longer shown as on air.
const STALLED: u64 = 2 * SECOND;
/// Bytes have waited this long: the connection is given up.
const LOST: u64 = 4 * SECOND;

/// Judges a connection by the bytes its peer has not acknowledged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Health {
    waiting: u64,
    /// When bytes were acknowledged last, or there was none to be.
    alive: Option<u64>,
}

impl Health {
    /// Notes at time `now` (nanoseconds) that `sent` bytes were handed over in all, of which
    /// `unacknowledged` have not been acknowledged, and says how the connection is; nothing means
    /// that it is lost.
    pub fn observe(&mut self, now: u64, sent: u64, unacknowledged: u64) -> Option<OutputState> {
        let acknowledged = sent.saturating_sub(unacknowledged);
        if unacknowledged == 0 || acknowledged > self.waiting || self.alive.is_none() {
            self.alive = Some(now);
        }
        self.waiting = self.waiting.max(acknowledged);
        match self.age(now) {
            age if age >= LOST => None,
            age if age >= STALLED => Some(OutputState::Stalled),
            age if age >= SLOW => Some(OutputState::Slow),
            _ => Some(OutputState::Live),
        }
    }

    /// How long ago bytes were acknowledged last, or there was none to be, in nanoseconds.
    pub fn age(&self, now: u64) -> u64 {
        self.alive.map_or(0, |alive| now.saturating_sub(alive))
    }
}

/// When to try again: after 0.5 s, 1 s, then each 2 s for the first minute, then after 4, 8, 16 and
/// each 30 s; all with up to a tenth more or less, so that many do not come at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff {
    tries: u32,
    /// How many of them were after the first minute, up to four.
    slow: u32,
    since: Option<u64>,
}

impl Backoff {
    /// How long to wait from `now`, in nanoseconds. `chance` is any number: it sets the jitter.
    pub fn next(&mut self, now: u64, chance: u64) -> u64 {
        let since = *self.since.get_or_insert(now);
        let wait = match self.tries {
            0 => SECOND / 2,
            1 => SECOND,
            _ if now.saturating_sub(since) < 60 * SECOND => 2 * SECOND,
            _ => {
                self.slow = (self.slow + 1).min(4);
                ((2 * SECOND) << self.slow).min(30 * SECOND)
            }
        };
        self.tries = self.tries.saturating_add(1);
        let jitter = chance % 201; // thousandths from -100 to 100
        wait * (900 + jitter) / 1_000
    }

    /// All is well again.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}
