//! Cuts messages into chunks (RTMP 5.3.1).

use super::{EXTENDED, FIRST_CHUNK_SIZE, MAX_CHUNK_SIZE, MAX_MESSAGE};
use crate::Message;

/// A message that cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// It is longer than a length of 24 bits can say.
    #[error("a message of {0} bytes is too long: {MAX_MESSAGE} is the most")]
    TooLong(usize),
    /// There is no chunk stream of this number.
    #[error("there is no chunk stream {0}: they are 2 to 65,599")]
    NoChunkStream(u32),
    /// A chunk cannot be of this size.
    #[error("a chunk of {0} bytes is not written: 1 to {MAX_CHUNK_SIZE}")]
    ChunkSize(usize),
}

/// A writer of chunks, which remembers what the last header of each chunk stream said.
#[derive(Debug)]
pub struct ChunkWriter {
    chunk_size: usize,
    streams: Vec<(u32, Header)>,
}

#[derive(Clone, Copy, Debug)]
struct Header {
    kind: u8,
    stream: u32,
    timestamp: u32,
    length: usize,
    /// Since the message before; unknown behind the first format, where readers differ on what it would be.
    delta: Option<u32>,
}

impl Default for ChunkWriter {
    fn default() -> Self {
        Self { chunk_size: FIRST_CHUNK_SIZE, streams: Vec::new() }
    }
}

impl ChunkWriter {
    /// Sets how long chunks are from the next message on. The peer has to be told first.
    ///
    /// # Errors
    /// The size is 0, or more than [`MAX_CHUNK_SIZE`].
    pub fn set_chunk_size(&mut self, size: usize) -> Result<(), WriteError> {
        if !(1..=MAX_CHUNK_SIZE).contains(&size) {
            return Err(WriteError::ChunkSize(size));
        }
        self.chunk_size = size;
        Ok(())
    }

    /// Writes a message in one piece.
    ///
    /// # Errors
    /// See [`Self::begin`].
    pub fn write(
        &mut self,
        id: u32,
        message: Message<&[u8]>,
        out: &mut Vec<u8>,
    ) -> Result<(), WriteError> {
        let mut chunks = self.begin(id, message)?;
        while chunks.write_next(out) {}
        Ok(())
    }

    /// Begins a message on a chunk stream, whose chunks may be interleaved with those of others. The next one of
    /// the same chunk stream must not begin before this one's last chunk.
    ///
    /// # Errors
    /// The message is too long, or there is no such chunk stream.
    pub fn begin<'a>(
        &mut self,
        id: u32,
        message: Message<&'a [u8]>,
    ) -> Result<Chunks<'a>, WriteError> {
        let Message { kind, stream, timestamp, payload } = message;
        if payload.len() > MAX_MESSAGE {
            return Err(WriteError::TooLong(payload.len()));
        }
        if !(2..=65_599).contains(&id) {
            return Err(WriteError::NoChunkStream(id));
        }
        let length = payload.len();
        let at = self.streams.iter().position(|(other, _)| *other == id);
        let before = at.map(|at| self.streams[at].1);
        // A time that goes back needs a header of its own (RTMP 5.3.1.2.1).
        let since = |before: &Header| timestamp.wrapping_sub(before.timestamp);
        let delta = before
            .filter(|before| before.stream == stream && since(before) < 1 << 31)
            .map(|before| since(&before));
        let header = Header { kind, stream, timestamp, length, delta };
        let format = match (before, delta) {
            (Some(before), Some(delta)) if (before.kind, before.length) == (kind, length) => {
                if before.delta == Some(delta) {
                    3
                } else {
                    2
                }
            }
            (_, Some(_)) => 1,
            (_, None) => 0,
        };
        match at {
            Some(at) => self.streams[at].1 = header,
            None => self.streams.push((id, header)),
        }
        let time = delta.unwrap_or(timestamp);
        let (chunk_size, rest) = (self.chunk_size, payload);
        Ok(Chunks { id, header, format: Some(format), time, chunk_size, rest })
    }
}

/// The chunks of a message that are still to be written.
#[derive(Debug)]
pub struct Chunks<'a> {
    id: u32,
    header: Header,
    /// The format of the first chunk's header; `None` once it is written.
    format: Option<u8>,
    /// The time or the difference that its header says, and those of the rest repeat if it is extended.
    time: u32,
    chunk_size: usize,
    rest: &'a [u8],
}

impl Chunks<'_> {
    /// Writes the next chunk; false if there is none.
    pub fn write_next(&mut self, out: &mut Vec<u8>) -> bool {
        match self.format.take() {
            Some(format) => self.write_header(format, out),
            None if self.rest.is_empty() => return false,
            None => self.write_header(3, out),
        }
        let (chunk, rest) = self.rest.split_at(self.chunk_size.min(self.rest.len()));
        out.extend_from_slice(chunk);
        self.rest = rest;
        true
    }

    fn write_header(&self, format: u8, out: &mut Vec<u8>) {
        let first = format << 6;
        match self.id {
            id @ ..64 => out.push(first | id as u8),
            id @ 64..320 => out.extend_from_slice(&[first, (id - 64) as u8]),
            id => {
                let [low, high, ..] = (id - 64).to_le_bytes();
                out.extend_from_slice(&[first | 1, low, high]);
            }
        }
        if format < 3 {
            out.extend_from_slice(&self.time.min(EXTENDED).to_be_bytes()[1..]);
        }
        if format < 2 {
            out.extend_from_slice(&(self.header.length as u32).to_be_bytes()[1..]);
            out.push(self.header.kind);
        }
        if format == 0 {
            // The only number of RTMP that has its lowest byte first (RTMP 5.3.1.2.1).
            out.extend_from_slice(&self.header.stream.to_le_bytes());
        }
        if self.time >= EXTENDED {
            out.extend_from_slice(&self.time.to_be_bytes());
        }
    }
}
