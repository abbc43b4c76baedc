//! RTMP, both sides of it, as pure functions of bytes: bytes of a peer in, events out, bytes for the peer out.
//! No thread, no clock, no socket; a time is an argument.
//!
//! Sources, cited as "RTMP" and "AMF0" with their sections: Adobe's Real Time Messaging Protocol 1.0 (December
//! 2012), and Action Message Format AMF 0 (2007).
//!
//! Whatever a peer sends is a message, a typed error that says what was wrong and at which byte, or something
//! that is left out and said by [`Ignored`]. What breaks the framing ends a connection; a message that cannot be
//! understood does not. Nothing is allocated for what a peer announces, only for what it has sent: a connection
//! holds at most three times [`Limits::buffered`], and while a command is read at most [`amf0::MAX_MEMORY`] more.

pub mod amf0;
pub mod auth;
pub mod chunk;
mod client;
mod command;
pub mod handshake;
mod ignored;
mod message;
mod refusal;
mod server;
mod wire;

pub use chunk::Limits;
pub use client::{ClientEvent, ClientSession, Publication};
pub use ignored::Ignored;
pub use message::{Message, kind};
pub use refusal::{Refusal, Step};
pub use server::{Overdue, Requested, ServerEvent, ServerSession};
pub use wire::SessionError;
