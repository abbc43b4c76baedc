//! Judges whether a destination is alive, and when to retry: pure functions of times and byte counts.

use engine::OutputState;

const SECOND: u64 = 1_000_000_000;
/// Without progress for this long, in nanoseconds, a destination is slow.
const SLOW: u64 = SECOND;
/// Without progress for this long it is stalled, and no longer shown as on air.
const STALLED: u64 = 2 * SECOND;
/// Without progress for this long, in nanoseconds, the connection is given up.
pub const LOST: u64 = 4 * SECOND;

/// Judges a connection by the bytes its peer takes.
///
/// A peer's system acknowledges bytes for a program that has stopped reading, megabytes of them, until
/// its buffer is full. But each acknowledgement advertises a window, and the window's edge in the stream
/// (RFC 9293, 3.3.1: SND.UNA + SND.WND) moves only when the program reads, or while its buffer still
/// grows. The best measure is the program's own acknowledgements, as RTMP has them; then the window's
/// edge, where our system reports it; else the acknowledged bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Health {
    /// How far the peer has got, by the measure in use.
    reached: u64,
    /// How many bytes had been sent when it got there.
    sent: u64,
    /// When it got there, or last had nothing to take.
    last_progress: Option<u64>,
    /// Whether the measure in use is the program's own acknowledgements.
    by_acknowledgements: bool,
}

/// What is known about a peer at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peer {
    /// Bytes that were sent and that it has not acknowledged.
    pub unacknowledged: u64,
    /// The edge of its TCP window, as a position in the stream, where the system reports it.
    pub edge: Option<u64>,
    /// How many RTMP acknowledgements of [`ACK_WINDOW`] bytes it has sent; `None` until it has proved to
    /// send them regularly. From then on nothing else counts.
    pub acknowledgements: Option<u64>,
}

/// The window acknowledgement size that destinations are asked for, in bytes (RTMP 1.0, 5.4.4).
pub const ACK_WINDOW: u64 = 32 << 10;

impl Health {
    /// Takes the peer's state at `now` (nanoseconds), when `sent` bytes had been sent in all, and returns
    /// the connection's state; `None` means that it is lost.
    pub fn observe(&mut self, now: u64, sent: u64, peer: Peer) -> Option<OutputState> {
        let acknowledged = sent.saturating_sub(peer.unacknowledged);
        let since = sent.saturating_sub(self.sent);
        let (reached, idle) = match (peer.acknowledgements, peer.edge) {
            // Half a window more, for what is in flight.
            (Some(count), _) => (count, since < ACK_WINDOW * 3 / 2),
            (None, Some(edge)) => (edge, since == 0),
            (None, None) => (acknowledged, peer.unacknowledged == 0),
        };
        if peer.acknowledgements.is_some() && !self.by_acknowledgements {
            // The measure changes: start over.
            (self.by_acknowledgements, self.reached, self.last_progress) = (true, 0, None);
        }
        if reached > self.reached || self.last_progress.is_none() {
            (self.last_progress, self.sent) = (Some(now), sent);
        } else if idle {
            self.last_progress = Some(now);
        }
        self.reached = self.reached.max(reached);
        match self.age(now) {
            age if age >= LOST => None,
            age if age >= STALLED => Some(OutputState::Stalled),
            age if age >= SLOW => Some(OutputState::Slow),
            _ => Some(OutputState::Live),
        }
    }

    /// How long ago the peer last took bytes or had none to take, in nanoseconds.
    pub fn age(&self, now: u64) -> u64 {
        self.last_progress.map_or(0, |at| now.saturating_sub(at))
    }
}

/// The delays between retries: 0.5 s, 1 s, then 2 s for the first minute, then 4, 8, 16 and 30 s, each
/// with a jitter of up to a tenth, so that many clients do not retry at the same moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff {
    tries: u32,
    /// How many tries were after the first minute, up to four.
    slow: u32,
    since: Option<u64>,
}

impl Backoff {
    /// How long to wait from `now`, in nanoseconds. `random` is any number: it sets the jitter.
    pub fn next(&mut self, now: u64, random: u64) -> u64 {
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
        let jitter = random % 201; // thousandths from -100 to 100
        wait * (900 + jitter) / 1_000
    }

    /// Starts over with the shortest delay, after a success.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}
