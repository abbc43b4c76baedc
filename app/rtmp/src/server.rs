//! A server's side of a connection: who connects publishes or plays streams (RTMP 7.2), if its owner accepts it.

use crate::amf0::Value;
use crate::chunk::{Limits, WriteError};
use crate::command::{self, Command};
use crate::handshake::Handshake;
use crate::ignored::{Ignored, MAX_NAME};
use crate::refusal::cut;
use crate::wire::{Incoming, SessionError, Wire};
use crate::{Message, kind};

/// How many streams a connection may have.
pub const MAX_STREAMS: usize = 8;
/// How many commands may come before a stream begins.
pub const MAX_COMMANDS: usize = 64;
/// How long the handshake may take, in nanoseconds.
const HANDSHAKE_NANOS: u64 = 5_000_000_000;
/// How long it may take from the handshake until a stream begins.
const REQUEST_NANOS: u64 = 10_000_000_000;
/// How long a publisher may send nothing.
const DATA_NANOS: u64 = 10_000_000_000;
/// After how many bytes a client is asked to acknowledge them, and how many it may leave unacknowledged.
const WINDOW: u32 = 2_500_000;
const CHUNK_SIZE: u32 = 4_096;

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerEvent {
    /// The handshake is done.
    HandshakeDone,
    /// A client wants to use an application: answer by [`ServerSession::accept`] or [`ServerSession::reject`].
    Connect {
        /// The application, with a query that may be behind it.
        app: String,
        /// The URL that it was reached by.
        tc_url: String,
    },
    /// A client wants to publish or play: answer by [`ServerSession::begin`] or [`ServerSession::refuse`].
    Requested(Requested),
    /// Sound, pictures or data of a stream that is published.
    Media(Message),
    /// The metadata of a stream that is published.
    Metadata {
        /// The stream.
        stream: u32,
        /// What it says: an object or an array.
        metadata: Value,
    },
    /// A stream that was published or played has ended.
    Ended {
        /// The stream.
        stream: u32,
    },
    /// The client has received bytes: how many in all, modulo 2^32.
    Acknowledged(u32),
    /// The client said something that means nothing here.
    Ignored(Ignored),
}

/// A stream that a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    /// The message stream that it will be on.
    pub stream: u32,
    /// Its key, with a query that may be behind it.
    pub key: String,
    /// Whether the client publishes it; else it plays it.
    pub publishes: bool,
}

/// What a client has not done in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Overdue {
    /// The handshake.
    #[error("no handshake within {} s", HANDSHAKE_NANOS / 1_000_000_000)]
    Handshake,
    /// Publishing or playing.
    #[error("no stream within {} s", REQUEST_NANOS / 1_000_000_000)]
    Request,
    /// Sending anything of the stream that it publishes.
    #[error("no data for {} s", DATA_NANOS / 1_000_000_000)]
    Data,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connected {
    Not,
    /// The owner is asked.
    Asked,
    Yes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    None,
    Asked { publishes: bool },
    Publishes,
    Plays,
}

/// A server's side of a connection. It writes what it has to say into [`Self::output`].
#[derive(Debug)]
pub struct ServerSession {
    wire: Wire,
    connected: Connected,
    /// The number of the client's request to connect.
    transaction: f64,
    streams: Vec<(u32, Use)>,
    next_stream: u32,
    /// How many commands came while no stream was published or played.
    commands: usize,
    is_greeted: bool,
    /// When the last thing happened that a deadline counts from.
    since: u64,
}

impl ServerSession {
    /// Waits for a client's handshake. `seed` is any number, another one each time; `now` is a time in nanoseconds.
    pub fn new(seed: u64, now: u64) -> Self {
        Self {
            wire: Wire::new(Handshake::server(seed), Limits::STRANGER, Vec::new()),
            connected: Connected::Not,
            transaction: 0.0,
            streams: Vec::new(),
            next_stream: 1,
            commands: 0,
            is_greeted: false,
            since: now,
        }
    }

    /// Reads from the front of `input` to the next event; `None` once all of it is read.
    ///
    /// # Errors
    /// The connection cannot go on.
    pub fn next(
        &mut self,
        input: &mut &[u8],
        now: u64,
    ) -> Result<Option<ServerEvent>, SessionError> {
        loop {
            let event = match self.wire.next(input)? {
                None => return Ok(None),
                Some(Incoming::HandshakeDone) => {
                    (self.is_greeted, self.since) = (true, now);
                    Some(ServerEvent::HandshakeDone)
                }
                Some(Incoming::Acknowledged(bytes)) => Some(ServerEvent::Acknowledged(bytes)),
                Some(Incoming::Ignored(ignored)) => Some(ServerEvent::Ignored(ignored)),
                Some(Incoming::Message(message)) => {
                    if is_command(&message) && !self.is_used() {
                        self.commands += 1;
                        if self.commands > MAX_COMMANDS {
                            return Err(SessionError::TooManyCommands(MAX_COMMANDS));
                        }
                    }
                    self.message(message, now).unwrap_or_else(|ignored| {
                        Some(ServerEvent::Ignored(self.wire.ignore(ignored)))
                    })
                }
            };
            if event.is_some() {
                return Ok(event);
            }
        }
    }

    /// What the client should have done by now.
    pub fn overdue(&self, now: u64) -> Option<Overdue> {
        let uses = |wanted| self.streams.iter().any(|(_, used)| *used == wanted);
        let (limit, overdue) = if !self.is_greeted {
            (HANDSHAKE_NANOS, Overdue::Handshake)
        } else if !self.is_used() {
            (REQUEST_NANOS, Overdue::Request)
        } else if uses(Use::Publishes) {
            (DATA_NANOS, Overdue::Data)
        } else {
            return None;
        };
        (now.saturating_sub(self.since) > limit).then_some(overdue)
    }

    /// The bytes that are to be sent. Whoever has sent them takes them out.
    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.wire.out
    }

    /// How many messages of the client were left out.
    pub fn ignored(&self) -> u64 {
        self.wire.ignored
    }

    /// How many bytes it holds of what the client sent and of what is to be sent.
    pub fn held(&self) -> usize {
        self.wire.held()
    }

    /// Accepts the application that the client asked for.
    pub fn accept(&mut self) {
        if self.connected != Connected::Asked {
            return;
        }
        self.connected = Connected::Yes;
        self.wire.ask_for_acknowledgements(WINDOW);
        // The client may choose to keep to it or not (RTMP 5.4.5).
        let dynamic = [&WINDOW.to_be_bytes()[..], &[2]].concat();
        self.wire.control_message(kind::PEER_BANDWIDTH, &dynamic);
        self.wire.set_chunk_size(CHUNK_SIZE);
        let properties = Value::object([
            ("fmsVer", Value::string("FMS/3,5,7,7009")),
            ("capabilities", Value::Number(31.0)),
        ]);
        let code = "NetConnection.Connect.Success";
        let information = information("status", code, "Connection succeeded.");
        self.wire.command(0, "_result", self.transaction, &[properties, information]);
    }

    /// Refuses the application: by a code such as `NetConnection.Connect.Rejected`.
    pub fn reject(&mut self, code: &str, description: &str) {
        if self.connected == Connected::Asked {
            self.connected = Connected::Not;
            let information = information("error", code, description);
            self.wire.command(0, "_error", self.transaction, &[Value::Null, information]);
        }
    }

    /// Begins a stream that was asked for.
    pub fn begin(&mut self, stream: u32, now: u64) {
        let Some(Use::Asked { publishes }) = self.used(stream).copied() else { return };
        self.since = now;
        // Stream begin (RTMP 7.1.7).
        let event = [&[0, 0][..], &stream.to_be_bytes()].concat();
        self.wire.control_message(kind::USER_CONTROL, &event);
        if publishes {
            self.set(stream, Use::Publishes);
            self.status(stream, "status", "NetStream.Publish.Start", "Publishing.");
        } else {
            self.set(stream, Use::Plays);
            self.status(stream, "status", "NetStream.Play.Reset", "Playing and resetting.");
            self.status(stream, "status", "NetStream.Play.Start", "Playing.");
        }
    }

    /// Refuses a stream that was asked for: by a code such as `NetStream.Publish.BadName`.
    pub fn refuse(&mut self, stream: u32, code: &str, description: &str) {
        if let Some(Use::Asked { .. }) = self.used(stream) {
            self.set(stream, Use::None);
            self.status(stream, "error", code, description);
        }
    }

    /// Tells a client about a stream of its own, such as that it has ended.
    pub fn status(&mut self, stream: u32, level: &str, code: &str, description: &str) {
        let values = [Value::Null, information(level, code, description)];
        self.wire.command(stream, "onStatus", 0.0, &values);
    }

    /// Sends sound, pictures or data to who plays a stream.
    ///
    /// # Errors
    /// It is too long.
    pub fn send(&mut self, message: Message<&[u8]>) -> Result<(), WriteError> {
        self.wire.media(message)
    }

    /// Whether a stream is published or played.
    fn is_used(&self) -> bool {
        self.streams.iter().any(|(_, used)| matches!(used, Use::Publishes | Use::Plays))
    }

    fn used(&self, stream: u32) -> Option<&Use> {
        self.streams.iter().find(|(other, _)| *other == stream).map(|(_, used)| used)
    }

    fn set(&mut self, stream: u32, to: Use) {
        if let Some((_, used)) = self.streams.iter_mut().find(|(other, _)| *other == stream) {
            *used = to;
        }
    }

    /// What a message means; an error if it is left out.
    fn message(&mut self, message: Message, now: u64) -> Result<Option<ServerEvent>, Ignored> {
        if is_command(&message) {
            return self.command(&Command::read(&message)?, message.stream);
        }
        if self.used(message.stream) != Some(&Use::Publishes) {
            return Err(Ignored::Message(message.kind));
        }
        match message.kind {
            kind::AUDIO | kind::VIDEO | kind::AGGREGATE => {
                self.since = now;
                Ok(Some(ServerEvent::Media(message)))
            }
            kind::DATA | kind::DATA_AMF3 => {
                self.since = now;
                let values = command::values(&message)?;
                let name = values.first().and_then(Value::as_str);
                // What follows the encoder's "@setDataFrame" is what players get (RTMP has it by example only).
                let rest = &values[usize::from(name == Some("@setDataFrame")).min(values.len())..];
                match rest {
                    [name, metadata, ..] if name.as_str() == Some("onMetaData") => {
                        let (stream, metadata) = (message.stream, metadata.clone());
                        Ok(Some(ServerEvent::Metadata { stream, metadata }))
                    }
                    _ => Ok(Some(ServerEvent::Media(message))),
                }
            }
            kind => Err(Ignored::Message(kind)),
        }
    }

    fn command(&mut self, command: &Command, stream: u32) -> Result<Option<ServerEvent>, Ignored> {
        let name = command.name.as_str();
        if name == "connect" && self.connected == Connected::Not {
            (self.connected, self.transaction) = (Connected::Asked, command.transaction);
            let of = |name| command.values.first().and_then(|it| it.get(name));
            let text = |name| of(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let (app, tc_url) = (text("app"), text("tcUrl"));
            return Ok(Some(ServerEvent::Connect { app, tc_url }));
        }
        if self.connected != Connected::Yes {
            return Err(command.ignored());
        }
        match name {
            "createStream" => self.create_stream(command),
            "publish" | "play" => self.request(command, stream),
            "deleteStream" => {
                let stream = command.argument(0).and_then(Value::as_number).unwrap_or_default();
                let (event, stream) = (self.end(stream as u32), stream as u32);
                self.streams.retain(|(other, _)| *other != stream);
                event.map(Some).ok_or(command.ignored())
            }
            "closeStream" => self.end(stream).map(Some).ok_or(command.ignored()),
            "releaseStream" | "FCPublish" | "FCUnpublish" => {
                self.answer(command, Value::Undefined)?;
                Ok(None)
            }
            _ => Err(command.ignored()),
        }
    }

    fn create_stream(&mut self, command: &Command) -> Result<Option<ServerEvent>, Ignored> {
        if self.wire.is_full() {
            return Err(Ignored::Unanswered);
        }
        if self.streams.len() == MAX_STREAMS {
            let information = information("error", "NetConnection.Call.Failed", "Too many streams");
            let values = [Value::Null, information];
            self.wire.command(0, "_error", command.transaction, &values);
            return Err(command.ignored());
        }
        let stream = self.next_stream;
        self.answer(command, Value::Number(stream.into()))?;
        self.next_stream = self.next_stream.wrapping_add(1);
        self.streams.push((stream, Use::None));
        Ok(None)
    }

    fn request(&mut self, command: &Command, stream: u32) -> Result<Option<ServerEvent>, Ignored> {
        let publishes = command.name == "publish";
        let key = command.argument(0).and_then(Value::as_str);
        match (self.used(stream), key) {
            (Some(Use::None), Some(key)) => {
                self.set(stream, Use::Asked { publishes });
                let key = key.to_owned();
                Ok(Some(ServerEvent::Requested(Requested { stream, key, publishes })))
            }
            _ => Err(command.ignored()),
        }
    }

    /// Ends what a stream is used for.
    fn end(&mut self, stream: u32) -> Option<ServerEvent> {
        let used = self.used(stream).copied()?;
        self.set(stream, Use::None);
        (used != Use::None).then_some(ServerEvent::Ended { stream })
    }

    /// Answers a request that succeeded.
    fn answer(&mut self, command: &Command, value: Value) -> Result<(), Ignored> {
        // A client that asks again and again without reading is not answered without end.
        if self.wire.is_full() {
            return Err(Ignored::Unanswered);
        }
        self.wire.command(0, "_result", command.transaction, &[Value::Null, value]);
        Ok(())
    }
}

fn is_command(message: &Message) -> bool {
    matches!(message.kind, kind::COMMAND | kind::COMMAND_AMF3)
}

fn information(level: &str, code: &str, description: &str) -> Value {
    Value::object([
        ("level", Value::string(level)),
        ("code", Value::string(cut(code, MAX_NAME))),
        ("description", Value::string(description)),
    ])
}
