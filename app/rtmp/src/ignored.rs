//! What a peer said that means nothing to us: it is left out, and said.

use crate::amf0::ReadError;

/// A message that was left out. The connection goes on.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Ignored {
    /// A message of a kind that is not known here.
    #[error("a message of kind {0}")]
    Message(u8),
    /// A message that is longer than the limits allow.
    #[error("a message of kind {kind} with {length} bytes")]
    Oversized {
        /// Its kind.
        kind: u8,
        /// Its length in bytes.
        length: usize,
    },
    /// A message that is shorter than its kind requires.
    #[error("a message of kind {kind} with only {length} bytes")]
    Short {
        /// Its kind.
        kind: u8,
        /// Its length in bytes.
        length: usize,
    },
    /// A number of a control message that it cannot have.
    #[error("a message of kind {kind} that says {number}")]
    Number {
        /// The message's kind.
        kind: u8,
        /// What it says.
        number: u32,
    },
    /// A user control event that is not known here.
    #[error("a user control event {0}")]
    Event(u16),
    /// A command that is not known here, or does not fit now. At most 64 bytes of its name.
    #[error("a command \"{0}\"")]
    Command(String),
    /// A command or data that is no AMF 0.
    #[error("a message of kind {kind}: {error}")]
    Malformed {
        /// The message's kind.
        kind: u8,
        /// What is wrong with it.
        error: ReadError,
    },
    /// A command without a name.
    #[error("a command without a name")]
    Nameless,
    /// An answer to a ping or a request, since too many of them wait for the peer to read.
    #[error("a request, since earlier answers are not read")]
    Unanswered,
}

/// How much of a command's name is kept.
pub const MAX_NAME: usize = 64;
