//! Servers that say too little: what a destination meets while it connects.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// Bytes of the first and of the second part of an RTMP handshake.
const FIRST: usize = 1 + 1_536;
const SECOND: usize = 1_536;

/// More connections than any system lets wait for a listener of the standard library.
const MOST_QUEUED: usize = 5_000;

/// How far a silent server goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// It accepts no connection: the queue of its port is full.
    Unaccepted,
    /// It accepts, and says nothing: neither TLS nor a handshake begins.
    Accepted,
    /// It does the RTMP handshake, and answers no command.
    Handshaken,
}

/// A silent server, for as long as this lives.
pub struct SilentServer {
    address: SocketAddr,
    /// What fills the queue of a port that nobody accepts from.
    _queued: Vec<TcpStream>,
    /// Not accepted from.
    _listener: Option<TcpListener>,
}

impl SilentServer {
    /// Starts it.
    pub fn start(silence: Silence) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        if silence == Silence::Unaccepted {
            let fills = || TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok();
            let queued = std::iter::from_fn(fills).take(MOST_QUEUED).collect();
            return Self { address, _queued: queued, _listener: Some(listener) };
        }
        let serve = move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let hold = move || hold(stream, silence);
                drop(thread::Builder::new().name("silent".to_owned()).spawn(hold));
            }
        };
        // It ends with the process: nothing interrupts an accept.
        drop(thread::Builder::new().name("silent".to_owned()).spawn(serve));
        Self { address, _queued: Vec::new(), _listener: None }
    }

    /// Its port on this machine.
    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

/// Reads what comes, until the peer leaves.
fn hold(mut stream: TcpStream, silence: Silence) {
    if silence == Silence::Handshaken {
        let mut first = [0; FIRST];
        if stream.read_exact(&mut first).is_err() {
            return;
        }
        // Version 3, a time and noise of its own, and the peer's noise again.
        let answer = [&[3][..], &[0; SECOND], &first[1..]].concat();
        drop(stream.write_all(&answer));
    }
    let mut bytes = [0; 4_096];
    while stream.read(&mut bytes).is_ok_and(|count| count > 0) {}
}
