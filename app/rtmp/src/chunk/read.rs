//! Puts messages together from chunks (RTMP 5.3.1), which may come in any pieces and interleaved.

use super::{EXTENDED, FIRST_CHUNK_SIZE, Limits, MAX_MESSAGE};
use crate::{Message, kind};

/// What came out of the chunks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunked {
    /// A message is complete.
    Message(Message),
    /// A message was longer than the limits allow, and was left out as it came.
    Oversized {
        /// Its kind.
        kind: u8,
        /// Its length in bytes.
        length: usize,
    },
}

/// Bytes that are no chunks. Nothing that follows can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {at} behind the handshake: {fault}")]
pub struct ChunkError {
    /// Where the chunk's header ends, counted from the first byte behind the handshake.
    pub at: u64,
    /// What is wrong with it.
    pub fault: ChunkFault,
}

/// What is wrong with a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChunkFault {
    /// A header that refers to the one before it in its chunk stream, where none was.
    #[error("chunk stream {0} begins with a header that refers to an earlier one")]
    NoPredecessor(u32),
    /// A header of a new message, while the last one of its chunk stream is not complete.
    #[error("chunk stream {0} begins a message in the middle of another")]
    Unfinished(u32),
    /// More chunk streams than the limits allow.
    #[error("more than {0} chunk streams")]
    TooManyStreams(usize),
    /// More bytes of unfinished messages than the limits allow.
    #[error("more than {0} bytes of unfinished messages")]
    TooMuch(usize),
}

/// The longest header: of the chunk, of the message, and the extended time.
const MAX_HEADER: usize = 3 + 11 + 4;
/// How long the message's header is in each of the four formats.
const HEADERS: [usize; 4] = [11, 7, 3, 0];

/// A reader of chunks. It buffers one header, and for each chunk stream the message that is not complete.
#[derive(Debug)]
pub struct ChunkReader {
    limits: Limits,
    chunk_size: usize,
    header: [u8; MAX_HEADER],
    filled: usize,
    streams: Vec<Incoming>,
    /// The chunk whose payload comes next: its index in `streams`, and how much of it is to come.
    open: Option<(usize, usize)>,
    /// How many bytes were read.
    position: u64,
}

#[derive(Debug, Default)]
struct Incoming {
    id: u32,
    message: Message,
    length: usize,
    delta: u32,
    is_extended: bool,
    is_unfinished: bool,
    /// How much of the payload has come, whether it is kept or left out.
    received: usize,
    is_oversized: bool,
}

impl ChunkReader {
    /// A reader of a connection's first chunk.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            chunk_size: FIRST_CHUNK_SIZE,
            header: [0; MAX_HEADER],
            filled: 0,
            streams: Vec::new(),
            open: None,
            position: 0,
        }
    }

    /// Reads until a message is complete; `None` once all bytes are read. What it says about chunks themselves
    /// has been done then.
    ///
    /// # Errors
    /// [`ChunkError`]; what follows means nothing.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<Chunked>, ChunkError> {
        loop {
            if let Some((index, left)) = self.open {
                let taken = left.min(input.len());
                let bytes = self.take(input, taken);
                self.payload(index, bytes)?;
                if taken < left {
                    self.open = Some((index, left - taken));
                    return Ok(None);
                }
                self.open = None;
                if let Some(complete) = self.complete(index) {
                    return Ok(Some(complete));
                }
            }
            while self.filled < self.needed() {
                let taken = (self.needed() - self.filled).min(input.len());
                if taken == 0 {
                    return Ok(None);
                }
                let bytes = self.take(input, taken);
                self.header[self.filled..][..taken].copy_from_slice(bytes);
                self.filled += taken;
            }
            self.begin()?;
        }
    }

    /// How many bytes of unfinished messages it holds.
    pub fn buffered(&self) -> usize {
        self.streams.iter().map(|stream| stream.message.payload.len()).sum()
    }

    fn take<'a>(&mut self, input: &mut &'a [u8], count: usize) -> &'a [u8] {
        let (taken, rest) = input.split_at(count);
        *input = rest;
        self.position += count as u64;
        taken
    }

    /// How long the header is, as far as the bytes of it that are there say (RTMP 5.3.1.1, 5.3.1.2).
    fn needed(&self) -> usize {
        if self.filled == 0 {
            return 1;
        }
        let basic = self.basic();
        let fixed = basic + HEADERS[self.format()];
        if self.filled < fixed {
            // Whether the time is extended is not known before all of it is there.
            return if self.filled < basic { basic } else { fixed };
        }
        let is_extended = match self.format() {
            3 => self.stream().is_some_and(|index| self.streams[index].is_extended),
            _ => self.number(basic, 3) == EXTENDED,
        };
        fixed + 4 * usize::from(is_extended)
    }

    fn format(&self) -> usize {
        usize::from(self.header[0] >> 6)
    }

    fn basic(&self) -> usize {
        match self.header[0] & 63 {
            0 => 2,
            1 => 3,
            _ => 1,
        }
    }

    fn id(&self) -> u32 {
        let [first, second, third] = [0, 1, 2].map(|at| u32::from(self.header[at]));
        match first & 63 {
            0 => 64 + second,
            1 => 64 + second + 256 * third,
            id => id,
        }
    }

    fn stream(&self) -> Option<usize> {
        let id = self.id();
        self.streams.iter().position(|stream| stream.id == id)
    }

    /// A number of up to four bytes of the header.
    fn number(&self, at: usize, length: usize) -> u32 {
        let bytes = &self.header[at..at + length];
        bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
    }

    /// Takes a complete header.
    fn begin(&mut self) -> Result<(), ChunkError> {
        let (format, basic, id, at) = (self.format(), self.basic(), self.id(), self.position);
        let error = |fault| ChunkError { at, fault };
        let index = match self.stream() {
            Some(index) => index,
            // librtmp begins with the second format where a message belongs to the connection.
            None if format > 1 => return Err(error(ChunkFault::NoPredecessor(id))),
            None if self.streams.len() == self.limits.chunk_streams => {
                return Err(error(ChunkFault::TooManyStreams(self.limits.chunk_streams)));
            }
            None => {
                self.streams.push(Incoming { id, ..Incoming::default() });
                self.streams.len() - 1
            }
        };
        if format < 3 && self.streams[index].is_unfinished {
            return Err(error(ChunkFault::Unfinished(id)));
        }
        let number = |at, length| self.number(basic + at, length);
        let is_extended = self.filled > basic + HEADERS[format];
        let time = match format {
            3 => 0,
            _ if is_extended => number(HEADERS[format], 4),
            _ => number(0, 3),
        };
        let (length, kind) = match format {
            0 | 1 => (number(3, 3) as usize, self.header[basic + 6]),
            _ => (self.streams[index].length, self.streams[index].message.kind),
        };
        let message_stream = match format {
            0 => number(7, 4).swap_bytes(),
            _ => self.streams[index].message.stream,
        };
        let stream = &mut self.streams[index];
        if format < 3 {
            (stream.delta, stream.is_extended) = (time, is_extended);
        }
        if !stream.is_unfinished {
            let message = &mut stream.message;
            message.timestamp = match format {
                0 => time,
                // Behind the first format it is that one's time (RTMP 5.3.1.2.4).
                _ => message.timestamp.wrapping_add(stream.delta),
            };
            (message.kind, message.stream) = (kind, message_stream);
            (stream.length, stream.received) = (length, 0);
            stream.is_unfinished = true;
            stream.is_oversized = length > self.limits.of(kind);
        }
        self.filled = 0;
        self.open = Some((index, self.chunk_size.min(stream.length - stream.received)));
        Ok(())
    }

    fn payload(&mut self, index: usize, bytes: &[u8]) -> Result<(), ChunkError> {
        let stream = &mut self.streams[index];
        stream.received += bytes.len();
        if !stream.is_oversized {
            let payload = &mut stream.message.payload;
            if payload.capacity() - payload.len() < bytes.len() {
                // Twice what has come, and never more than what is to come.
                let left = stream.length - payload.len();
                payload.reserve_exact(bytes.len().max(payload.len()).min(left));
            }
            payload.extend_from_slice(bytes);
        }
        if self.buffered() > self.limits.buffered {
            let fault = ChunkFault::TooMuch(self.limits.buffered);
            return Err(ChunkError { at: self.position, fault });
        }
        Ok(())
    }

    /// The message of a chunk stream, if this was its last chunk.
    fn complete(&mut self, index: usize) -> Option<Chunked> {
        let stream = &mut self.streams[index];
        if stream.received < stream.length {
            return None;
        }
        stream.is_unfinished = false;
        let Message { kind, stream: id, timestamp, ref mut payload } = stream.message;
        let payload = std::mem::take(payload);
        if stream.is_oversized {
            return Some(Chunked::Oversized { kind, length: stream.length });
        }
        let message = Message { kind, stream: id, timestamp, payload };
        self.obey(&message);
        Some(Chunked::Message(message))
    }

    /// Does what a message says about chunks.
    fn obey(&mut self, message: &Message) {
        let Some(number) = message.payload.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
        else {
            return;
        };
        match message.kind {
            kind::SET_CHUNK_SIZE => {
                // Beyond the longest message all sizes are the same (RTMP 5.4.1). The highest bit should be 0;
                // servers set it. A size of 0 cannot be meant.
                let size = (number & 0x7fff_ffff) as usize;
                if size > 0 {
                    self.chunk_size = size.min(MAX_MESSAGE);
                }
            }
            kind::ABORT => {
                if let Some(stream) = self.streams.iter_mut().find(|stream| stream.id == number) {
                    stream.is_unfinished = false;
                    stream.message.payload = Vec::new();
                }
            }
            _ => {}
        }
    }
}
