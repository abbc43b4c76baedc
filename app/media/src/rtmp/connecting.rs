//! Finds a host's addresses and connects to the first that answers (RFC 8305), without waiting for longer than
//! the output does.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;

use super::link::{Cause, Lost, POLL_INTERVAL};
use super::phase::Phase;
use crate::socket;

/// How long an address is waited for before the next one is tried beside it, in nanoseconds (RFC 8305, 5).
pub const NEXT_ADDRESS_NANOS: u64 = 250_000_000;
/// How many addresses of a host are tried.
pub const MAX_ADDRESSES: usize = 16;

/// What connecting needs to know of the output.
#[derive(Clone, Copy)]
pub struct Waiting<'a> {
    /// The studio's clock, in nanoseconds.
    pub now: &'a dyn Fn() -> u64,
    /// Whether the output was stopped.
    pub is_stopped: &'a dyn Fn() -> bool,
}

/// A name that is being looked up. The system's resolver cannot be interrupted, so that has a thread, which is left
/// behind: the next try waits for it instead of starting another.
#[derive(Debug, Default)]
pub struct Resolving {
    pending: Option<(String, Receiver<io::Result<Vec<SocketAddr>>>)>,
}

impl Resolving {
    /// The addresses of a host.
    ///
    /// # Errors
    /// The output was stopped, there is no address, or no answer in time.
    pub fn resolve(
        &mut self,
        (host, port): (&str, u16),
        waiting: Waiting<'_>,
    ) -> Result<Vec<SocketAddr>, Lost> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![(address, port).into()]);
        }
        let asked = format!("{host}:{port}");
        let pending = match self.pending.take() {
            Some((pending, answer)) if pending == asked => answer,
            _ => look_up(host.to_owned(), port)?,
        };
        let deadline = Phase::Resolve.deadline((waiting.now)());
        loop {
            match pending.recv_timeout(POLL_INTERVAL) {
                Ok(Ok(addresses)) if addresses.is_empty() => return no_address(),
                Ok(found) => return Ok(found?),
                Err(RecvTimeoutError::Disconnected) => return no_address(),
                Err(RecvTimeoutError::Timeout) if (waiting.is_stopped)() => {
                    return Err(Lost::Stopped);
                }
                Err(RecvTimeoutError::Timeout) if (waiting.now)() > deadline => {
                    self.pending = Some((asked, pending));
                    return Err(Lost::Because(Cause::TimedOut(Phase::Resolve)));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

fn no_address<T>() -> Result<T, Lost> {
    Err(Lost::Because(Cause::NoAddress))
}

fn look_up(host: String, port: u16) -> io::Result<Receiver<io::Result<Vec<SocketAddr>>>> {
    let (send, receive) = sync_channel(1);
    let run = move || {
        let found = (host.as_str(), port).to_socket_addrs().map(Iterator::collect);
        // The output may have been stopped meanwhile.
        let _sent = send.send(found);
    };
    thread::Builder::new().name("resolve".to_owned()).spawn(run)?;
    Ok(receive)
}

/// Connects to the first of these addresses that answers: each is tried once the one before it has failed or has had
/// [`NEXT_ADDRESS_NANOS`]. The socket does not block.
///
/// # Errors
/// The output was stopped, or no address answers in time.
pub fn connect(addresses: &[SocketAddr], waiting: Waiting<'_>) -> Result<TcpStream, Lost> {
    let mut next = interleaved(addresses);
    let mut attempts: Vec<TcpStream> = Vec::new();
    let mut last = Lost::Because(Cause::NoAddress);
    let mut next_at = (waiting.now)();
    let deadline = Phase::Connect.deadline(next_at);
    loop {
        if (waiting.is_stopped)() {
            return Err(Lost::Stopped);
        }
        let now = (waiting.now)();
        if now > deadline {
            return Err(Lost::Because(Cause::TimedOut(Phase::Connect)));
        }
        if now >= next_at || attempts.is_empty() {
            match next.pop_front().map(socket::begin_to_connect) {
                Some(Ok(attempt)) => {
                    attempts.push(attempt);
                    next_at = now + NEXT_ADDRESS_NANOS;
                }
                Some(Err(error)) => last = error.into(),
                None if attempts.is_empty() => return Err(last),
                None => {}
            }
        }
        let mut index = 0;
        for answered in socket::wait_connected(&attempts, POLL_INTERVAL)? {
            match answered {
                Some(Ok(())) => return Ok(attempts.swap_remove(index)),
                Some(Err(error)) => {
                    attempts.remove(index);
                    (last, next_at) = (error.into(), now);
                }
                None => index += 1,
            }
        }
    }
}

/// The addresses in the order in which they are tried: the system's, but with the families by turns (RFC 8305, 4).
pub fn interleaved(addresses: &[SocketAddr]) -> VecDeque<SocketAddr> {
    let is_first =
        |address: &&SocketAddr| addresses.first().map(|it| it.is_ipv4()) == Some(address.is_ipv4());
    let (mut first, mut second) =
        (addresses.iter().filter(is_first), addresses.iter().filter(|it| !is_first(it)));
    let mut turns = VecDeque::new();
    loop {
        let before = turns.len();
        turns.extend(first.next());
        turns.extend(second.next());
        if turns.len() == before || turns.len() >= MAX_ADDRESSES {
            turns.truncate(MAX_ADDRESSES);
            return turns;
        }
    }
}
