//! What a destination's thread works with, and how a connection may end.

use std::io;
use std::sync::atomic::{AtomicU32, AtomicU64};
use std::time::Duration;

use engine::OutputState;

use crate::queue::Queue;

/// How long a connection may take to be accepted, and then the handshake and the publishing.
pub const CONNECT_MILLIS: u64 = 5_000;
/// How long the thread waits for a packet or the peer at a time.
pub const TURN: Duration = Duration::from_millis(10);

/// What a destination counts; any of it may be read at any time.
#[derive(Debug, Default)]
pub struct RtmpStats {
    /// Bytes that were handed to the system, over all connections.
    pub sent: AtomicU64,
    /// Bytes of the present connection that the peer has not acknowledged.
    pub unacknowledged: AtomicU64,
    /// How long ago the peer last acknowledged bytes, in milliseconds.
    pub ack_age_millis: AtomicU64,
    /// Connections that were begun.
    pub connections: AtomicU64,
    /// When the next is begun, on the studio's clock, in nanoseconds; 0 while one is.
    pub next_try: AtomicU64,
    /// How often the operator asked for a retry at once.
    pub retries: AtomicU32,
}

/// What a destination's thread works with.
pub struct Link<'a> {
    /// What is to be sent.
    pub queue: &'a Queue,
    /// What is counted.
    pub stats: &'a RtmpStats,
    /// Hears each change of state.
    pub report: &'a dyn Fn(OutputState),
    /// Hears why the connection was lost.
    pub lost: &'a dyn Fn(ConnectionLost),
    /// Hears that it is live again.
    pub recovered: &'a dyn Fn(),
    /// Has the queue begin with a keyframe again.
    pub rejoin: &'a dyn Fn(),
    /// The studio's clock, in nanoseconds.
    pub now: &'a dyn Fn() -> u64,
}

/// A connection that was lost; the next is on its way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{host}: {cause}. It is tried again.")]
pub struct ConnectionLost {
    /// Where it went, without user, path and key.
    pub host: String,
    /// Why it ended.
    pub cause: Cause,
}

/// Why a connection ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The system or TLS says so.
    #[error("{0}")]
    System(String),
    /// The host's name leads nowhere.
    #[error("its name has no address")]
    NoAddress,
    /// It does not answer.
    #[error("it accepted the connection and then said nothing")]
    Silent,
    /// What is sent waits for too long.
    #[error("it takes nothing any more")]
    Stuck,
    /// There is no such application.
    #[error("it refused the application")]
    App,
    /// The stream key is wrong, or in use.
    #[error("it refused the stream key")]
    Key,
    /// It hung up.
    #[error("it closed the connection")]
    Closed,
    /// It is something else than an RTMP server.
    #[error("it does not speak RTMP as expected")]
    Strange,
}

/// How a connection ended.
#[derive(Debug)]
pub enum Lost {
    /// The output was stopped.
    Stopped,
    /// For this reason.
    Because(Cause),
}

impl From<io::Error> for Lost {
    fn from(error: io::Error) -> Self {
        Self::Because(Cause::System(error.to_string()))
    }
}
