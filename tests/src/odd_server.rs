//! An RTMP server on the loopback that does as it should but for what a test has it do: real ones are odd in many
//! ways, and each is told from the others by one closure.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rtmp::amf0::{self, Value};
use rtmp::chunk::{ChunkReader, ChunkWriter, Chunked, Limits};
use rtmp::handshake::Handshake;
use rtmp::{Message, kind};

/// What has just happened on a connection.
#[derive(Clone, Debug, PartialEq)]
pub enum Moment {
    /// It was accepted.
    Accepted,
    /// A command came: its name, its transaction and what follows.
    Command(String, f64, Vec<Value>),
    /// So many messages of sound and pictures have come.
    Media(usize),
}

/// What the server does then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// What it should do.
    Usual,
    /// Nothing more.
    Done,
    /// It closes the connection.
    Close,
}

/// What a test has it do.
type Behaviour = dyn Fn(&mut Connection, &Moment) -> Reaction + Send + Sync;

/// A server. Dropping it closes its connections.
pub struct OddServer {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Moment>>>,
    is_over: Arc<AtomicBool>,
}

impl OddServer {
    /// Starts one that does as it should but for this.
    pub fn start(
        behaviour: impl Fn(&mut Connection, &Moment) -> Reaction + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        let (seen, is_over) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let server = Self { address, seen: Arc::clone(&seen), is_over: Arc::clone(&is_over) };
        let behaviour: Arc<Behaviour> = Arc::new(behaviour);
        let accept = move || {
            for stream in listener.incoming().flatten() {
                if is_over.load(Ordering::Acquire) {
                    return;
                }
                let (behaviour, seen) = (Arc::clone(&behaviour), Arc::clone(&seen));
                let is_over = Arc::clone(&is_over);
                let serve = move || Connection::new(stream, seen, is_over).serve(&*behaviour);
                spawn("odd connection", serve);
            }
        };
        spawn("odd server", accept);
        server
    }

    /// The URL of its application.
    pub fn url(&self) -> String {
        format!("rtmp://{}/live", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What has happened on all connections.
    pub fn seen(&self) -> Vec<Moment> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.seen().iter().filter(|moment| **moment == Moment::Accepted).count()
    }

    /// The most messages of sound and pictures that came by one connection.
    pub fn media(&self) -> usize {
        let count = |moment: Moment| match moment {
            Moment::Media(count) => count,
            _ => 0,
        };
        self.seen().into_iter().map(count).max().unwrap_or_default()
    }

    /// What followed the first command of this name.
    pub fn values(&self, name: &str) -> Option<Vec<Value>> {
        self.seen().into_iter().find_map(|moment| match moment {
            Moment::Command(said, _, values) if said == name => Some(values),
            _ => None,
        })
    }
}

impl Drop for OddServer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        // So that it stops listening.
        drop(TcpStream::connect(self.address));
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) {
    thread::Builder::new().name(name.to_owned()).spawn(run).expect("a thread");
}

/// A connection, on a thread of its own.
pub struct Connection {
    stream: TcpStream,
    reader: ChunkReader,
    writer: ChunkWriter,
    /// The number of its stream.
    pub stream_id: u32,
    seen: Arc<Mutex<Vec<Moment>>>,
    is_over: Arc<AtomicBool>,
    media: usize,
}

impl Connection {
    fn new(stream: TcpStream, seen: Arc<Mutex<Vec<Moment>>>, is_over: Arc<AtomicBool>) -> Self {
        // It looks now and then whether the test is over.
        stream.set_read_timeout(Some(Duration::from_millis(50))).expect("a socket");
        stream.set_write_timeout(Some(Duration::from_secs(5))).expect("a socket");
        let reader = ChunkReader::new(Limits::STRANGER);
        let writer = ChunkWriter::default();
        Self { stream, reader, writer, stream_id: 1, seen, is_over, media: 0 }
    }

    fn serve(mut self, behaviour: &Behaviour) {
        if !self.meet(Moment::Accepted, behaviour) {
            return;
        }
        let (mut handshake, mut out) = (Handshake::server(5), Vec::new());
        let mut is_greeted = false;
        let mut bytes = [0; 16 << 10];
        loop {
            let count = match self.stream.read(&mut bytes) {
                Ok(0) => return,
                Ok(count) => count,
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    if self.is_over.load(Ordering::Acquire) {
                        return;
                    }
                    continue;
                }
                Err(_) => return,
            };
            let mut rest = &bytes[..count];
            if !is_greeted {
                let Ok(done) = handshake.read(&mut rest, &mut out) else { return };
                is_greeted = done;
                self.raw(&std::mem::take(&mut out));
            }
            if is_greeted && !self.read(rest, behaviour) {
                return;
            }
        }
    }

    /// Reads chunks; false if the connection ends.
    fn read(&mut self, mut bytes: &[u8], behaviour: &Behaviour) -> bool {
        loop {
            match self.reader.read(&mut bytes) {
                Ok(None) => return true,
                Ok(Some(Chunked::Message(message))) if self.message(&message, behaviour) => {}
                Ok(Some(Chunked::Oversized { .. })) => {}
                _ => return false,
            }
        }
    }

    /// Does what belongs to a message; false if the connection ends.
    fn message(&mut self, message: &Message, behaviour: &Behaviour) -> bool {
        match message.kind {
            kind::COMMAND => {
                let values = amf0::read(&message.payload).expect("our own AMF 0").values;
                let [Value::String(name), Value::Number(transaction), rest @ ..] = &*values else {
                    panic!("{values:?}");
                };
                let moment = Moment::Command(name.clone(), *transaction, rest.to_vec());
                self.meet(moment, behaviour)
            }
            kind::AUDIO | kind::VIDEO => {
                self.media += 1;
                self.meet(Moment::Media(self.media), behaviour)
            }
            _ => true,
        }
    }

    fn meet(&mut self, moment: Moment, behaviour: &Behaviour) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(moment.clone());
        match behaviour(self, &moment) {
            Reaction::Usual => self.usual(&moment),
            Reaction::Done => {}
            Reaction::Close => return false,
        }
        true
    }

    /// Does what a server should.
    pub fn usual(&mut self, moment: &Moment) {
        let Moment::Command(name, transaction, _) = moment else { return };
        let success = information("status", "NetConnection.Connect.Success");
        match name.as_str() {
            "connect" => self.command("_result", *transaction, &[Value::Null, success]),
            "createStream" => {
                let id = Value::Number(self.stream_id.into());
                self.command("_result", *transaction, &[Value::Null, id]);
            }
            "publish" => self.status("status", "NetStream.Publish.Start"),
            _ => {}
        }
    }

    /// Refuses a request.
    pub fn refuse(&mut self, transaction: f64, information: Value) {
        self.command("_error", transaction, &[Value::Null, information]);
    }

    /// Says how the stream is.
    pub fn status(&mut self, level: &str, code: &str) {
        self.command("onStatus", 0.0, &[Value::Null, information(level, code)]);
    }

    /// Sends a command.
    pub fn command(&mut self, name: &str, transaction: f64, values: &[Value]) {
        let mut payload = Vec::new();
        for value in [&[Value::string(name), Value::Number(transaction)], values].concat() {
            amf0::write(&value, &mut payload);
        }
        self.send(kind::COMMAND, &payload);
    }

    /// Sends a message of any kind.
    pub fn send(&mut self, kind: u8, payload: &[u8]) {
        let mut bytes = Vec::new();
        let message = Message { kind, stream: 0, timestamp: 0, payload };
        self.writer.write(3, message, &mut bytes).expect("a short message");
        self.raw(&bytes);
    }

    /// Says how long its chunks are, whatever that means, and writes them so where it can.
    pub fn set_chunk_size(&mut self, size: u32) {
        self.send(kind::SET_CHUNK_SIZE, &size.to_be_bytes());
        let most = rtmp::chunk::MAX_CHUNK_SIZE;
        self.writer.set_chunk_size((size as usize).clamp(1, most)).expect("within bounds");
    }

    /// Sends bytes as they are. A client that has gone is met where it is read from.
    pub fn raw(&mut self, bytes: &[u8]) {
        drop(self.stream.write_all(bytes));
    }

    /// Does nothing for so long, or until the test is over.
    pub fn wait(&self, length: Duration) {
        let over = || self.is_over.load(Ordering::Acquire).then_some(());
        crate::time::wait_for(length, over);
    }
}

/// What tells how something went.
pub fn information(level: &str, code: &str) -> Value {
    Value::object([
        ("level", Value::string(level)),
        ("code", Value::string(code)),
        ("description", Value::string("of a stream key that must not be told: cam-secret")),
    ])
}
