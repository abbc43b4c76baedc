//! What both sides of a connection have in common: handshake, chunks and the messages about them (RTMP 5.4, 7.1.7).

use crate::amf0::Value;
use crate::chunk::{self, ChunkError, ChunkReader, ChunkWriter, Chunked, Limits, WriteError};
use crate::handshake::{Handshake, HandshakeError};
use crate::ignored::Ignored;
use crate::{Message, command, kind};

/// What ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// What answers is not RTMP.
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    /// Bytes that are no chunks.
    #[error(transparent)]
    Chunk(#[from] ChunkError),
    /// More commands than anybody needs before a stream begins.
    #[error("more than {0} commands, and no stream")]
    TooManyCommands(usize),
}

/// Chunk streams that are written: one for each kind, so that small messages need no header of their own.
pub mod chunk_stream {
    /// For the connection's own messages (RTMP 5.4).
    pub const CONTROL: u32 = 2;
    pub const COMMAND: u32 = 3;
    pub const AUDIO: u32 = 4;
    pub const DATA: u32 = 5;
    pub const VIDEO: u32 = 6;
}

/// A ping, and its answer (RTMP 7.1.7).
const PING_REQUEST: u16 = 6;
const PING_RESPONSE: u16 = 7;
/// The last user control event that the specification has.
const LAST_EVENT: u16 = PING_RESPONSE;

/// How many bytes may wait before a peer's requests are left unanswered.
const MAX_WAITING: usize = 64 << 10;

/// One side of a connection.
#[derive(Debug)]
pub struct Wire {
    handshake: Option<Handshake>,
    reader: ChunkReader,
    writer: ChunkWriter,
    /// What is to be sent.
    pub out: Vec<u8>,
    /// How many bytes came behind the handshake, and at how many the last acknowledgement was.
    received: u64,
    acknowledged: u64,
    /// After how many bytes the peer wants to have one.
    window: u64,
    /// How many messages were left out.
    pub ignored: u64,
}

/// What came.
#[derive(Debug)]
pub enum Incoming {
    HandshakeDone,
    /// The peer has received so many bytes.
    Acknowledged(u32),
    /// A message that is not about the connection itself.
    Message(Message),
    Ignored(Ignored),
}

impl Wire {
    pub fn new(handshake: Handshake, limits: Limits, out: Vec<u8>) -> Self {
        Self {
            handshake: Some(handshake),
            reader: ChunkReader::new(limits),
            writer: ChunkWriter::default(),
            out,
            received: 0,
            acknowledged: 0,
            window: u64::MAX,
            ignored: 0,
        }
    }

    /// Reads on to what comes next; `None` once all bytes are read.
    pub fn next(&mut self, input: &mut &[u8]) -> Result<Option<Incoming>, SessionError> {
        if let Some(handshake) = &mut self.handshake {
            if !handshake.read(input, &mut self.out)? {
                return Ok(None);
            }
            self.handshake = None;
            return Ok(Some(Incoming::HandshakeDone));
        }
        loop {
            let before = input.len();
            let chunked = self.reader.read(input)?;
            self.received += (before - input.len()) as u64;
            let incoming = match chunked {
                None => {
                    self.acknowledge();
                    return Ok(None);
                }
                Some(Chunked::Oversized { kind, length }) => {
                    Some(Incoming::Ignored(Ignored::Oversized { kind, length }))
                }
                Some(Chunked::Message(message)) => self.control(message),
            };
            if let Some(Incoming::Ignored(_)) = incoming {
                self.ignored += 1;
            }
            if incoming.is_some() {
                return Ok(incoming);
            }
        }
    }

    /// How many bytes of unfinished messages it holds, and how many it has to send.
    pub fn held(&self) -> usize {
        self.reader.buffered() + self.out.len()
    }

    /// Whether the peer does not read what it asked for.
    pub fn is_full(&self) -> bool {
        self.out.len() > MAX_WAITING
    }

    /// Counts a message that is left out.
    pub fn ignore(&mut self, ignored: Ignored) -> Ignored {
        self.ignored += 1;
        ignored
    }

    /// Acknowledges what has come in all, where the peer asked for it (RTMP 5.4.3).
    fn acknowledge(&mut self) {
        if self.received - self.acknowledged >= self.window && !self.is_full() {
            self.acknowledged = self.received;
            // The number wraps, as all of RTMP's do.
            self.control_message(kind::ACKNOWLEDGEMENT, &(self.received as u32).to_be_bytes());
        }
    }

    /// Does what a message about the connection says, or hands on what is none.
    fn control(&mut self, message: Message) -> Option<Incoming> {
        let Message { kind, ref payload, .. } = message;
        if !(kind::SET_CHUNK_SIZE..=kind::PEER_BANDWIDTH).contains(&kind) {
            return Some(Incoming::Message(message));
        }
        let short = Ignored::Short { kind, length: payload.len() };
        if kind == kind::USER_CONTROL {
            let Some((event, data)) = payload.split_first_chunk() else {
                return Some(Incoming::Ignored(short));
            };
            return self.event(u16::from_be_bytes(*event), data).map(Incoming::Ignored);
        }
        let Some(number) = payload.first_chunk().map(|bytes| u32::from_be_bytes(*bytes)) else {
            return Some(Incoming::Ignored(short));
        };
        match kind {
            kind::ACKNOWLEDGEMENT => Some(Incoming::Acknowledged(number)),
            kind::WINDOW | kind::SET_CHUNK_SIZE if number == 0 => {
                Some(Incoming::Ignored(Ignored::Number { kind, number }))
            }
            kind::WINDOW => {
                self.window = number.into();
                None
            }
            // The reader has done what they say; how much is on its way is the socket's to limit.
            _ => None,
        }
    }

    fn event(&mut self, event: u16, data: &[u8]) -> Option<Ignored> {
        match event {
            PING_REQUEST if self.is_full() => Some(Ignored::Unanswered),
            PING_REQUEST => {
                let [high, low] = PING_RESPONSE.to_be_bytes();
                let time = data.first_chunk().copied().unwrap_or([0; 4]);
                self.control_message(kind::USER_CONTROL, &[&[high, low][..], &time].concat());
                None
            }
            ..=LAST_EVENT => None,
            unknown => Some(Ignored::Event(unknown)),
        }
    }

    /// Asks the peer to acknowledge each so many bytes (RTMP 5.4.4).
    pub fn ask_for_acknowledgements(&mut self, window: u32) {
        self.control_message(kind::WINDOW, &window.to_be_bytes());
    }

    /// Sets how long our chunks are, and says so (RTMP 5.4.1).
    pub fn set_chunk_size(&mut self, size: u32) {
        let size = size.clamp(1, chunk::MAX_CHUNK_SIZE as u32);
        self.control_message(kind::SET_CHUNK_SIZE, &size.to_be_bytes());
        // It is within the bounds now.
        let _set = self.writer.set_chunk_size(size as usize);
    }

    /// Sends a message about the connection.
    pub fn control_message(&mut self, kind: u8, payload: &[u8]) {
        let message = Message { kind, stream: 0, timestamp: 0, payload };
        self.send(chunk_stream::CONTROL, message);
    }

    /// Sends a command.
    pub fn command(&mut self, stream: u32, name: &str, transaction: f64, values: &[Value]) {
        let payload = command::payload(name, transaction, values);
        let message = Message { kind: kind::COMMAND, stream, timestamp: 0, payload: &*payload };
        self.send(chunk_stream::COMMAND, message);
    }

    /// Sends sound, pictures or data of a stream.
    ///
    /// # Errors
    /// It is too long.
    pub fn media(&mut self, message: Message<&[u8]>) -> Result<(), WriteError> {
        let id = match message.kind {
            kind::AUDIO => chunk_stream::AUDIO,
            kind::VIDEO => chunk_stream::VIDEO,
            _ => chunk_stream::DATA,
        };
        self.writer.write(id, message, &mut self.out)
    }

    fn send(&mut self, id: u32, message: Message<&[u8]>) {
        // Our own names and URLs are shorter than the longest message.
        let _written = self.writer.write(id, message, &mut self.out);
    }
}
