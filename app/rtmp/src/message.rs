//! Messages (RTMP 6): what chunks carry.

/// A message. One that is written may borrow its payload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message<Payload = Vec<u8>> {
    /// What it is; see [`kind`].
    pub kind: u8,
    /// The message stream it belongs to; 0 is the connection itself.
    pub stream: u32,
    /// Its time in milliseconds, which wraps after 49 days (RTMP 5.1).
    pub timestamp: u32,
    /// What it says.
    pub payload: Payload,
}

impl Message {
    /// The message with its payload borrowed.
    pub fn borrowed(&self) -> Message<&[u8]> {
        let Self { kind, stream, timestamp, payload } = self;
        Message { kind: *kind, stream: *stream, timestamp: *timestamp, payload }
    }
}

/// Kinds of messages (RTMP 5.4 and 7.1).
pub mod kind {
    /// How long the sender's chunks are from now on.
    pub const SET_CHUNK_SIZE: u8 = 1;
    /// The rest of a message will not come.
    pub const ABORT: u8 = 2;
    /// How many bytes its sender has received.
    pub const ACKNOWLEDGEMENT: u8 = 3;
    /// An event of the connection, such as a ping.
    pub const USER_CONTROL: u8 = 4;
    /// After how many bytes the sender expects an acknowledgement.
    pub const WINDOW: u8 = 5;
    /// How many bytes the receiver may leave unacknowledged.
    pub const PEER_BANDWIDTH: u8 = 6;
    /// Sound.
    pub const AUDIO: u8 = 8;
    /// Pictures.
    pub const VIDEO: u8 = 9;
    /// Data in AMF 3, which may hold AMF 0.
    pub const DATA_AMF3: u8 = 15;
    /// A command in AMF 3, which may hold AMF 0.
    pub const COMMAND_AMF3: u8 = 17;
    /// Data, such as metadata.
    pub const DATA: u8 = 18;
    /// A command.
    pub const COMMAND: u8 = 20;
    /// Several messages in one.
    pub const AGGREGATE: u8 = 22;
}
