//! Finds a host's addresses and connects to it, without waiting for longer than the output does: neither the
//! system's resolver nor its connections can be interrupted, so both have a thread that is left behind.

use std::net::{TcpStream, ToSocketAddrs};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use super::link::{CONNECT_MILLIS, Cause, Link, Lost, POLL_INTERVAL};
use super::target::Target;

/// An attempt that has not ended yet: the next try waits for it instead of starting another.
#[derive(Debug, Default)]
pub struct Connecting {
    pending: Option<Receiver<Result<TcpStream, Lost>>>,
}

impl Connecting {
    /// Connects to the first of a host's addresses that answers.
    ///
    /// # Errors
    /// The output was stopped, there is no address, or none answers.
    pub fn connect(&mut self, target: &Target, link: &Link<'_>) -> Result<TcpStream, Lost> {
        let pending = match self.pending.take() {
            Some(pending) => pending,
            None => attempt(target.host.clone(), target.port)?,
        };
        // As many addresses as there are; each has its own limit.
        let deadline = (link.now)() + MAX_ADDRESSES * CONNECT_MILLIS * 1_000_000;
        loop {
            match pending.recv_timeout(POLL_INTERVAL) {
                Ok(connected) => return connected,
                Err(RecvTimeoutError::Disconnected) => return Err(Lost::Because(Cause::NoAddress)),
                Err(RecvTimeoutError::Timeout) if link.queue.is_closed() => {
                    return Err(Lost::Stopped);
                }
                Err(RecvTimeoutError::Timeout) if (link.now)() > deadline => {
                    self.pending = Some(pending);
                    return Err(Lost::Because(Cause::Unreachable));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

/// How many addresses of a host are tried.
const MAX_ADDRESSES: u64 = 4;

fn attempt(host: String, port: u16) -> Result<Receiver<Result<TcpStream, Lost>>, Lost> {
    let (send, receive) = sync_channel(1);
    let run = move || {
        // The output may have been stopped meanwhile.
        let _sent = send.send(connect(&host, port));
    };
    thread::Builder::new().name("connect".to_owned()).spawn(run)?;
    Ok(receive)
}

fn connect(host: &str, port: u16) -> Result<TcpStream, Lost> {
    let addresses = (host, port).to_socket_addrs()?;
    let mut last = Lost::Because(Cause::NoAddress);
    for address in addresses.take(MAX_ADDRESSES as usize) {
        match TcpStream::connect_timeout(&address, Duration::from_millis(CONNECT_MILLIS)) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error.into(),
        }
    }
    Err(last)
}
