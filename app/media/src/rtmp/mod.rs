//! RTMP and RTMPS destinations: one connection on a thread of its own, judged by the bytes its peer
//! acknowledges, and made anew for as long as the output runs.

mod connection;
mod stream;

use std::io;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use engine::OutputState;
use show::EncodeProfile;

use self::connection::Connection;
use crate::health::Backoff;
use crate::queue::Queue;

/// How long a connection may take to be accepted, and then the handshake and the publishing.
const CONNECT_MILLIS: u64 = 5_000;
/// How long the thread waits for a packet or the peer at a time.
const TURN: Duration = Duration::from_millis(10);

/// Where a stream goes.
#[derive(Clone)]
pub struct Target {
    host: String,
    port: u16,
    tls: bool,
    app: String,
    tc_url: String,
    key: String,
}

/// A URL that is no RTMP destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no RTMP URL. Write rtmp://host/app or rtmps://host/app, and the key apart.")]
pub struct TargetError;

impl Target {
    /// Reads `rtmp://host[:port]/app` and its stream key.
    ///
    /// # Errors
    /// [`TargetError`], which does not quote what may be a key.
    pub fn parse(url: &str, key: &str) -> Result<Self, TargetError> {
        let (scheme, rest) = url.split_once("://").ok_or(TargetError)?;
        let tls = match scheme {
            "rtmp" => false,
            "rtmps" => true,
            _ => return Err(TargetError),
        };
        let (authority, app) = rest.split_once('/').ok_or(TargetError)?;
        let default = if tls { 443 } else { 1_935 };
        // The colons of an IPv6 address stand in brackets.
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                (host, port.parse().map_err(|_| TargetError)?)
            }
            _ => (authority, default),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let app = app.trim_end_matches('/');
        if host.is_empty() || app.is_empty() || host.contains('@') {
            return Err(TargetError);
        }
        let tc_url = format!("{scheme}://{authority}/{app}");
        let (host, app, key) = (host.to_owned(), app.to_owned(), key.to_owned());
        Ok(Self { host, port, tls, app, tc_url, key })
    }
}

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
    /// How often it was asked to be tried at once; set by who asks.
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
    /// Hears what is wrong.
    pub trouble: &'a dyn Fn(Trouble),
    /// Hears that nothing is wrong any more.
    pub well: &'a dyn Fn(),
    /// Has the queue begin with a keyframe again.
    pub rejoin: &'a dyn Fn(),
    /// The studio's clock, in nanoseconds.
    pub now: &'a dyn Fn() -> u64,
}

/// A connection that ended, and is made anew.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{host}: {cause}. It is tried again.")]
pub struct Trouble {
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
enum Lost {
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

/// Sends what comes from the queue until it is closed, connecting as often as it takes.
pub fn run(target: &Target, profile: EncodeProfile, link: &Link<'_>) {
    let mut backoff = Backoff::default();
    let mut first = true;
    loop {
        link.stats.connections.fetch_add(1, Ordering::Relaxed);
        link.stats.next_try.store(0, Ordering::Relaxed);
        if !first {
            (link.rejoin)();
        }
        first = false;
        let mut told = None;
        let lost = Connection::open(target, profile, link)
            .and_then(|connection| connection.stream(link, &mut backoff, &mut told));
        let Err(Lost::Because(cause)) = lost else { return };
        if link.queue.is_closed() {
            return;
        }
        (link.trouble)(Trouble { host: target.host.clone(), cause });
        (link.report)(OutputState::Reconnecting);
        let now = (link.now)();
        // Nanoseconds are as good as chance.
        let wait = backoff.next(now, now / 1_000);
        link.stats.next_try.store(now + wait, Ordering::Relaxed);
        if !pause(link, now + wait) {
            return;
        }
    }
}

/// Waits until a time, or until it is asked to be tried at once, letting go what comes; false if the
/// output was stopped.
fn pause(link: &Link<'_>, until: u64) -> bool {
    let asked = || link.stats.retries.load(Ordering::Acquire);
    let before = asked();
    while (link.now)() < until && asked() == before {
        if !link.queue.let_go(TURN) {
            return false;
        }
    }
    true
}
