//! The bytes that wait for a socket.

use std::io::{self, Write};

/// How many bytes may wait, before the socket's send buffer, until the queue is left to fill.
pub const MAX_OUTGOING: usize = 64 << 10;

/// Bytes in front of a socket that does not block.
#[derive(Debug, Default)]
pub struct Outgoing {
    bytes: Vec<u8>,
    /// How many of them are written.
    written: usize,
}

impl Outgoing {
    /// Adds bytes at its end.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// How many bytes wait.
    pub fn waiting(&self) -> usize {
        self.bytes.len() - self.written
    }

    /// Whether there is room for more: then at most [`MAX_OUTGOING`] and what is added once wait.
    pub fn has_room(&self) -> bool {
        self.waiting() < MAX_OUTGOING
    }

    /// How many bytes of memory it holds: what waits, and at most [`MAX_OUTGOING`] that were written already.
    pub fn held(&self) -> usize {
        self.bytes.len()
    }

    /// Writes as much as the socket takes without blocking, and yields how much that was.
    ///
    /// # Errors
    /// The socket's, and [`io::ErrorKind::WriteZero`] if it takes nothing any more.
    pub fn write_to(&mut self, socket: &mut (impl Write + ?Sized)) -> io::Result<u64> {
        let before = self.written;
        let mut sum = 0;
        while self.written < self.bytes.len() {
            match socket.write(&self.bytes[self.written..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    self.written += count;
                    sum = (self.written - before) as u64;
                }
                Err(error) if would_block(&error) => break,
                Err(error) => return Err(error),
            }
        }
        self.forget_written();
        Ok(sum)
    }

    /// On a link about as fast as the stream it never runs empty: what was written is let go all the same, but
    /// only now and then, since the rest has to move for it.
    fn forget_written(&mut self) {
        if self.waiting() == 0 {
            self.bytes.clear();
            self.written = 0;
        } else if self.written >= MAX_OUTGOING {
            self.bytes.drain(..self.written);
            self.written = 0;
        }
    }
}

/// Whether it is only not possible now.
pub fn would_block(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
