//! Whether a destination is alive, and when to try again: pure functions of times and bytes.

use engine::OutputState;

const SECOND: u64 = 1_000_000_000;
/// Bytes have waited this long: slow.
const SLOW: u64 = SECOND;
/// Bytes have waited this long: stalled, and no longer shown as on air.
const STALLED: u64 = 2 * SECOND;
/// Bytes have waited this long, in nanoseconds: the connection is given up.
pub const LOST: u64 = 4 * SECOND;

/// Judges a connection by what its peer takes.
///
/// A system acknowledges bytes for a program that has stopped reading, megabytes of them, until its
/// buffer is full. But it says in each acknowledgement how much more it would take, and the place in
/// the stream up to which it would (RFC 9293, 3.3.1: SND.UNA + SND.WND) moves only when the program
/// reads, or while its buffer still grows. Best is a program that says itself what it took, as RTMP has
/// it; then the edge, where the system tells it; elsewhere acknowledged bytes count.
#[derive(Clone, Copy, Debug, Default)]
pub struct Health {
    /// How far the peer has come: its window's edge, or the bytes it has acknowledged.
    reached: u64,
    /// How many bytes had been handed over when it came there.
    sent: u64,
    /// When it came there, or there was nothing for it to take.
    alive: Option<u64>,
    /// Whether the program itself says what it took.
    speaks: bool,
}

/// What the system knows of a peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peer {
    /// Bytes that were handed over and that it has not acknowledged.
    pub unacknowledged: u64,
    /// The place in the stream up to which it would take bytes, where that is known.
    pub edge: Option<u64>,
    /// How often the program itself has said that it took [`ACKNOWLEDGED_EACH`] bytes more, once it
    /// has said so several times: then nothing else counts.
    pub acknowledgements: Option<u64>,
}

/// The bytes after which a destination is asked to say that it took them (RTMP 1.0, 5.4.4).
pub const ACKNOWLEDGED_EACH: u64 = 32 << 10;

impl Health {
    /// Notes at time `now` (nanoseconds) that `sent` bytes were handed over in all and how the peer
    /// is, and says how the connection is; nothing means that it is lost.
    pub fn observe(&mut self, now: u64, sent: u64, peer: Peer) -> Option<OutputState> {
        let acknowledged = sent.saturating_sub(peer.unacknowledged);
        let since = sent.saturating_sub(self.sent);
        let (reached, idle) = match (peer.acknowledgements, peer.edge) {
            // Half as much again, for what is on its way.
            (Some(count), _) => (count, since < ACKNOWLEDGED_EACH * 3 / 2),
            (None, Some(edge)) => (edge, since == 0),
            (None, None) => (acknowledged, peer.unacknowledged == 0),
        };
        if peer.acknowledgements.is_some() && !self.speaks {
            // From now on another measure counts.
            (self.speaks, self.reached, self.alive) = (true, 0, None);
        }
        if reached > self.reached || self.alive.is_none() {
            (self.alive, self.sent) = (Some(now), sent);
        } else if idle {
            self.alive = Some(now);
        }
        self.reached = self.reached.max(reached);
        match self.age(now) {
            age if age >= LOST => None,
            age if age >= STALLED => Some(OutputState::Stalled),
            age if age >= SLOW => Some(OutputState::Slow),
            _ => Some(OutputState::Live),
        }
    }

    /// How long ago the peer last took bytes, or there was none to be taken, in nanoseconds.
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
