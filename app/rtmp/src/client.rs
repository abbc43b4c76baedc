//! A client that publishes one stream (RTMP 7.2), as encoders do it.

use crate::amf0::{self, Value};
use crate::chunk::{Limits, WriteError};
use crate::command::Command;
use crate::handshake::Handshake;
use crate::ignored::Ignored;
use crate::refusal::{Refusal, Step};
use crate::wire::{Incoming, SessionError, Wire};
use crate::{Message, kind};

/// What is published, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// The application, with an answer to the server's demands behind it.
    pub app: String,
    /// The URL of the application, with the same.
    pub tc_url: String,
    /// The stream's key.
    pub key: String,
    /// What the client calls itself.
    pub flash_version: String,
    /// After how many bytes the server is asked to acknowledge them.
    pub window: u32,
    /// How long our chunks are.
    pub chunk_size: u32,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientEvent {
    /// The handshake is done.
    HandshakeDone,
    /// The server has accepted the application.
    Connected,
    /// The server takes the stream.
    Publishing,
    /// The server says that it has received bytes: how many in all, modulo 2^32, if it counts as it should.
    Acknowledged(u32),
    /// The server has refused, or has ended the stream. Nothing more comes of this connection.
    Refused(Refusal),
    /// The server said something that means nothing here.
    Ignored(Ignored),
}

/// The transactions that are answered (RTMP 7.2): each name is called once.
mod transaction {
    pub const CONNECT: f64 = 1.0;
    pub const RELEASE: f64 = 2.0;
    pub const FC_PUBLISH: f64 = 3.0;
    pub const CREATE_STREAM: f64 = 4.0;
    pub const PUBLISH: f64 = 5.0;
    pub const FC_UNPUBLISH: f64 = 6.0;
    pub const DELETE_STREAM: f64 = 7.0;
}

/// Statuses that end a stream whatever level they come with.
const ENDS: [&str; 9] = [
    "NetStream.Publish.BadName",
    "NetStream.Publish.Denied",
    "NetStream.Publish.Rejected",
    "NetStream.Publish.Failed",
    "NetStream.Unpublish.Success",
    "NetConnection.Connect.Closed",
    "NetConnection.Connect.Rejected",
    "NetConnection.Connect.AppShutdown",
    "NetConnection.Connect.InvalidApp",
];

/// A client's side of a connection. It writes what it has to say into [`Self::output`], from where its owner takes
/// it to the socket.
#[derive(Debug)]
pub struct ClientSession {
    wire: Wire,
    publication: Publication,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Handshake,
    Connect,
    CreateStream,
    Publish(u32),
    Publishing(u32),
}

impl ClientSession {
    /// Begins with the handshake. `seed` is any number, another one each time.
    pub fn new(publication: Publication, seed: u64) -> Self {
        let mut out = Vec::new();
        let handshake = Handshake::client(seed, &mut out);
        // A server has no reason to send media, or more than answers.
        let limits = Limits { media: 64 << 10, ..Limits::STRANGER };
        Self { wire: Wire::new(handshake, limits, out), publication, stage: Stage::Handshake }
    }

    /// Reads from the front of `input` to the next event; `None` once all of it is read.
    ///
    /// # Errors
    /// The connection cannot go on.
    pub fn next(&mut self, input: &mut &[u8]) -> Result<Option<ClientEvent>, SessionError> {
        loop {
            let event = match self.wire.next(input)? {
                None => return Ok(None),
                Some(Incoming::HandshakeDone) => {
                    self.connect();
                    Some(ClientEvent::HandshakeDone)
                }
                Some(Incoming::Acknowledged(bytes)) => Some(ClientEvent::Acknowledged(bytes)),
                Some(Incoming::Ignored(ignored)) => Some(ClientEvent::Ignored(ignored)),
                Some(Incoming::Message(message)) => self
                    .message(&message)
                    .unwrap_or_else(|it| Some(ClientEvent::Ignored(self.wire.ignore(it)))),
            };
            if event.is_some() {
                return Ok(event);
            }
        }
    }

    /// The bytes that are to be sent. Whoever has sent them takes them out.
    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.wire.out
    }

    /// How many messages of the server were left out.
    pub fn ignored(&self) -> u64 {
        self.wire.ignored
    }

    /// How many bytes it holds of what the server sent and of what is to be sent.
    pub fn held(&self) -> usize {
        self.wire.held()
    }

    /// Sends the stream's metadata.
    ///
    /// # Errors
    /// It is too long.
    pub fn metadata(&mut self, metadata: Value) -> Result<(), WriteError> {
        let mut payload = Vec::new();
        for value in [Value::string("@setDataFrame"), Value::string("onMetaData"), metadata] {
            amf0::write(&value, &mut payload);
        }
        self.media(kind::DATA, 0, &payload)
    }

    /// Sends sound: the body of an FLV tag.
    ///
    /// # Errors
    /// It is too long.
    pub fn audio(&mut self, timestamp: u32, payload: &[u8]) -> Result<(), WriteError> {
        self.media(kind::AUDIO, timestamp, payload)
    }

    /// Sends a picture: the body of an FLV tag.
    ///
    /// # Errors
    /// It is too long.
    pub fn video(&mut self, timestamp: u32, payload: &[u8]) -> Result<(), WriteError> {
        self.media(kind::VIDEO, timestamp, payload)
    }

    /// Ends the stream.
    pub fn unpublish(&mut self) {
        let (Stage::Publish(stream) | Stage::Publishing(stream)) = self.stage else { return };
        let values = [Value::Null, Value::string(&self.publication.key)];
        self.wire.command(0, "FCUnpublish", transaction::FC_UNPUBLISH, &values);
        let values = [Value::Null, Value::Number(stream.into())];
        self.wire.command(0, "deleteStream", transaction::DELETE_STREAM, &values);
    }

    fn media(&mut self, kind: u8, timestamp: u32, payload: &[u8]) -> Result<(), WriteError> {
        // Before there is a stream nothing can be part of it.
        let Stage::Publishing(stream) = self.stage else { return Ok(()) };
        self.wire.media(Message { kind, stream, timestamp, payload })
    }

    fn connect(&mut self) {
        let Publication { app, tc_url, key: _, flash_version, window, chunk_size } =
            &self.publication;
        self.wire.ask_for_acknowledgements(*window);
        self.wire.set_chunk_size(*chunk_size);
        let object = Value::object([
            ("app", Value::string(app)),
            ("type", Value::string("nonprivate")),
            ("flashVer", Value::string(flash_version)),
            ("swfUrl", Value::string(tc_url)),
            ("tcUrl", Value::string(tc_url)),
        ]);
        self.wire.command(0, "connect", transaction::CONNECT, &[object]);
        self.stage = Stage::Connect;
    }

    /// Asks for a stream. Servers are told of it beforehand: some want that, all others answer by an error that
    /// means nothing.
    fn create_stream(&mut self) {
        let values = [Value::Null, Value::string(&self.publication.key)];
        self.wire.command(0, "releaseStream", transaction::RELEASE, &values);
        self.wire.command(0, "FCPublish", transaction::FC_PUBLISH, &values);
        self.wire.command(0, "createStream", transaction::CREATE_STREAM, &values[..1]);
        self.stage = Stage::CreateStream;
    }

    fn publish(&mut self, stream: u32) {
        let key = Value::string(&self.publication.key);
        let values = [Value::Null, key, Value::string("live")];
        self.wire.command(stream, "publish", transaction::PUBLISH, &values);
        self.stage = Stage::Publish(stream);
    }

    /// What a message means; an error if it is left out.
    fn message(&mut self, message: &Message) -> Result<Option<ClientEvent>, Ignored> {
        if !matches!(message.kind, kind::COMMAND | kind::COMMAND_AMF3) {
            return Err(Ignored::Message(message.kind));
        }
        let command = Command::read(message)?;
        match (command.name.as_str(), self.stage) {
            ("_result", Stage::Connect) if command.transaction == transaction::CONNECT => {
                if ends(command.information()) {
                    return Ok(Some(self.refused(&command)));
                }
                self.create_stream();
                Ok(Some(ClientEvent::Connected))
            }
            ("_result", Stage::CreateStream)
                if command.transaction == transaction::CREATE_STREAM =>
            {
                let number = command.argument(0).and_then(Value::as_number);
                self.publish(number.ok_or(command.ignored())? as u32);
                Ok(None)
            }
            ("_error", stage) => {
                let step = match (stage, command.transaction) {
                    (Stage::Connect, transaction::CONNECT) => Step::Connect,
                    (Stage::CreateStream, transaction::CREATE_STREAM) => Step::CreateStream,
                    (Stage::Publish(_), transaction::PUBLISH) => Step::Publish,
                    // Of releaseStream and FCPublish, where these are not known.
                    _ => return Err(command.ignored()),
                };
                Ok(Some(ClientEvent::Refused(Refusal::new(step, command.information()))))
            }
            ("onStatus" | "onFCPublish", _) => self.status(&command),
            ("close", _) => Ok(Some(self.refused(&command))),
            _ => Err(command.ignored()),
        }
    }

    fn status(&mut self, command: &Command) -> Result<Option<ClientEvent>, Ignored> {
        let information = command.information();
        if ends(information) {
            return Ok(Some(self.refused(command)));
        }
        match self.stage {
            Stage::Publish(stream)
                if text(information, "code") == "NetStream.Publish.Start"
                    && command.name == "onStatus" =>
            {
                self.stage = Stage::Publishing(stream);
                Ok(Some(ClientEvent::Publishing))
            }
            _ => Err(command.ignored()),
        }
    }

    fn refused(&self, command: &Command) -> ClientEvent {
        ClientEvent::Refused(Refusal::new(self.step(), command.information()))
    }

    fn step(&self) -> Step {
        match self.stage {
            Stage::Handshake | Stage::Connect => Step::Connect,
            Stage::CreateStream => Step::CreateStream,
            Stage::Publish(_) => Step::Publish,
            Stage::Publishing(_) => Step::Stream,
        }
    }
}

/// Whether a status says that something failed or is over.
fn ends(information: Option<&Value>) -> bool {
    text(information, "level") == "error" || ENDS.contains(&text(information, "code"))
}

fn text<'a>(information: Option<&'a Value>, name: &str) -> &'a str {
    information.and_then(|it| it.get(name)).and_then(Value::as_str).unwrap_or_default()
}
