//! What a destination's thread is given, and the ways a connection may end.

use std::io;
use std::sync::atomic::{AtomicU32, AtomicU64};
use std::time::Duration;

use engine::OutputState;

use super::phase::Phase;
use super::refused::Refused;
use crate::queue::Queue;

/// How long the thread waits for a packet or the peer at a time.
pub const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// A destination's counters; any thread may read them at any time.
#[derive(Debug, Default)]
pub struct RtmpStats {
    /// Bytes sent, over all connections.
    pub sent: AtomicU64,
    /// Bytes of the current connection that the peer has not acknowledged.
    pub unacknowledged: AtomicU64,
    /// How long ago the peer last acknowledged bytes, in milliseconds.
    pub ack_age_millis: AtomicU64,
    /// Connection attempts.
    pub connections: AtomicU64,
    /// When the next attempt starts, on the studio's clock, in nanoseconds; 0 during an attempt or a
    /// connection.
    pub next_try: AtomicU64,
    /// How often the operator asked for an immediate retry.
    pub retries: AtomicU32,
    /// Messages of the server that mean nothing to us, over all connections.
    pub ignored: AtomicU64,
}

/// What a destination's thread is given.
pub struct Link<'a> {
    /// The packets to send.
    pub queue: &'a Queue,
    /// The counters.
    pub stats: &'a RtmpStats,
    /// Called on each change of state.
    pub report: &'a dyn Fn(OutputState),
    /// Called with the reason when the connection is lost.
    pub lost: &'a dyn Fn(ConnectionLost),
    /// Called when the stream is live again.
    pub recovered: &'a dyn Fn(),
    /// Restarts the queue with a keyframe.
    pub rejoin: &'a dyn Fn(),
    /// The studio's clock, in nanoseconds.
    pub now: &'a dyn Fn() -> u64,
}

/// A connection was lost and is being retried.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{host}: {cause}. Reconnecting.")]
pub struct ConnectionLost {
    /// The destination's host, without user, path and key.
    pub host: String,
    /// Why it was lost.
    pub cause: Cause,
}

/// Why a connection ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The system or TLS reported an error.
    #[error("{0}")]
    System(String),
    /// The host name does not resolve to an address.
    #[error("the host name has no address")]
    NoAddress,
    /// It does not answer in time.
    #[error("{0}")]
    TimedOut(Phase),
    /// The server has stopped taking data.
    #[error("it has stopped taking data")]
    Stuck,
    /// The server said no.
    #[error("{0}")]
    Refused(Refused),
    /// The server closed the connection.
    #[error("it closed the connection")]
    Closed,
    /// The server closed the connection without a word when it had the stream key: nginx's way of refusing one.
    #[error("it closed the connection on the stream key: check it")]
    ClosedOnKey,
    /// The peer does not speak RTMP.
    #[error("it does not speak RTMP as expected")]
    NotRtmp,
}

/// How a connection ended.
#[derive(Debug)]
pub enum Lost {
    /// The output was stopped.
    Stopped,
    /// It failed.
    Because(Cause),
    /// The server said no, which may ask for something that we have.
    Refused(rtmp::Refusal),
}

impl From<io::Error> for Lost {
    fn from(error: io::Error) -> Self {
        Self::Because(Cause::System(error.to_string()))
    }
}
