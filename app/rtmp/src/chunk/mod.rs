//! Chunks (RTMP 5.3): how messages of several streams share a connection.

mod read;
mod write;

pub use read::{ChunkError, ChunkFault, ChunkReader, Chunked};
pub use write::{ChunkWriter, Chunks, WriteError};

/// How long a chunk's payload is until its sender says otherwise (RTMP 5.4.1).
pub const FIRST_CHUNK_SIZE: usize = 128;
/// The longest chunk's payload that is written.
pub const MAX_CHUNK_SIZE: usize = 1 << 20;
/// The longest message there is: its length has 24 bits.
pub const MAX_MESSAGE: usize = 0xff_ffff;

/// What a peer may make a connection hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest message of sound or pictures, in bytes. Longer ones are left out as they come.
    pub media: usize,
    /// The longest message of any other kind, in bytes.
    pub command: usize,
    /// How many chunk streams there may be.
    pub chunk_streams: usize,
    /// How many bytes of unfinished messages there may be in all of them.
    pub buffered: usize,
}

impl Limits {
    /// For a peer that nobody vouches for.
    pub const STRANGER: Self =
        Self { media: 8 << 20, command: 64 << 10, chunk_streams: 16, buffered: 12 << 20 };

    fn of(&self, kind: u8) -> usize {
        match kind {
            crate::kind::AUDIO | crate::kind::VIDEO | crate::kind::AGGREGATE => self.media,
            _ => self.command,
        }
    }
}

/// What a 24-bit time says if the real one follows in 32 bits (RTMP 5.3.1.3).
const EXTENDED: u32 = 0xff_ffff;
