//! The server's side of a session: what a client may say, how much of it, and how long it may take for it.

use rtmp::amf0::Value;
use rtmp::chunk::ChunkWriter;
use rtmp::handshake::HandshakeError;
use rtmp::{
    ClientSession, Ignored, Message, Overdue, ServerEvent, ServerSession, SessionError, kind,
};

use crate::rtmp_sessions::{Pair, accept, command, publication};

const SECOND: u64 = 1_000_000_000;

#[test]
fn what_is_not_rtmp_is_said_by_its_first_byte() {
    for (answer, byte) in [(&b"HTTP/1.1 400"[..], b'H'), (&[0x15, 3, 3, 0, 2], 0x15), (&[6], 6)] {
        let mut client = ClientSession::new(publication(), 1);
        let error = client.next(&mut { answer }).unwrap_err();
        assert_eq!(error, SessionError::Handshake(HandshakeError::Version(byte)));
        let error = ServerSession::new(1, 0).next(&mut { answer }, 0).unwrap_err();
        assert_eq!(error, SessionError::Handshake(HandshakeError::Version(byte)));
    }
}

/// Messages of a client that is not ours, behind its handshake; what a server that takes everything makes of them.
fn served(
    messages: &[(u8, u32, Vec<u8>)],
) -> (ServerSession, Result<Vec<ServerEvent>, SessionError>) {
    let mut server = ServerSession::new(2, 0);
    let mut up = vec![3];
    up.extend([0; 2 * 1_536]);
    let mut writer = ChunkWriter::default();
    for (kind, stream, payload) in messages {
        let message =
            Message { kind: *kind, stream: *stream, timestamp: 0, payload: payload.as_slice() };
        writer.write(3, message, &mut up).unwrap();
    }
    let mut up = up.as_slice();
    let mut events = Vec::new();
    loop {
        match server.next(&mut up, 0) {
            Ok(Some(event)) => {
                accept(&mut server, &event);
                events.push(event);
            }
            Ok(None) => return (server, Ok(events)),
            Err(error) => return (server, Err(error)),
        }
    }
}

fn call(name: &str, argument: Value) -> (u8, u32, Vec<u8>) {
    command(&[Value::string(name), Value::Number(9.0), Value::Null, argument])
}

fn connect() -> (u8, u32, Vec<u8>) {
    let app = Value::object([("app", Value::string("live"))]);
    command(&[Value::string("connect"), Value::Number(1.0), app])
}

#[test]
fn a_client_has_so_many_commands_and_streams_and_no_more() {
    let (_, done) = served(&vec![call("anything", Value::Null); 65]);
    assert_eq!(done.unwrap_err(), SessionError::TooManyCommands(64));
    let create = call("createStream", Value::Null);
    let (_, done) = served(&[vec![connect()], vec![create; 9]].concat());
    let refused = Ignored::Command("createStream".to_owned());
    assert_eq!(done.unwrap().last(), Some(&ServerEvent::Ignored(refused)));
    // Who publishes may say what it likes.
    let (_, _, payload) = call("publish", Value::string("cam"));
    let publish = (kind::COMMAND, 1, payload);
    let begun = vec![connect(), call("createStream", Value::Null), publish];
    let (server, done) =
        served(&[begun, vec![call(&"x".repeat(60_000), Value::Null); 200]].concat());
    assert_eq!(done.unwrap().len(), 203);
    assert_eq!(server.ignored(), 200);
}

#[test]
fn data_of_any_kind_is_taken_or_left_out() {
    let (_, _, publish) = call("publish", Value::string("cam"));
    let begun = vec![connect(), call("createStream", Value::Null), (kind::COMMAND, 1, publish)];
    let data = |values: &[Value]| (kind::DATA, 1, command(values).2);
    let set = Value::string("@setDataFrame");
    let name = Value::string("onMetaData");
    let width = Value::EcmaArray(vec![
        ("width".to_owned(), Value::Number(2.0)),
        ("when".to_owned(), Value::Date { millis: 0.0, zone: 0 }),
        ("who".to_owned(), Value::Xml("<x/>".to_owned())),
    ]);
    let odd = [
        data(&[set.clone(), name.clone(), width.clone()]),
        data(&[name.clone(), width.clone()]),
        data(std::slice::from_ref(&set)),
        data(&[set, name]),
        data(&[]),
        (kind::DATA, 1, vec![3, 0]),
        (kind::VIDEO, 7, vec![1]),
    ];
    let (server, done) = served(&[begun, odd.to_vec()].concat());
    let events = done.unwrap().split_off(3);
    let metadata = ServerEvent::Metadata { stream: 1, metadata: width };
    assert_eq!(events[..2], [metadata.clone(), metadata]);
    let is_media = |event: &ServerEvent| matches!(event, ServerEvent::Media(_));
    assert!(events[2..5].iter().all(is_media), "{events:?}");
    assert_eq!(server.ignored(), 2);
}

#[test]
fn who_does_not_get_on_is_overdue() {
    let mut server = ServerSession::new(2, SECOND);
    assert_eq!(server.overdue(6 * SECOND), None);
    assert_eq!(server.overdue(6 * SECOND + 1), Some(Overdue::Handshake));
    let mut pair = Pair::publishing();
    assert_eq!(pair.server.overdue(10 * SECOND), None);
    assert_eq!(pair.server.overdue(10 * SECOND + 1), Some(Overdue::Data));
    pair.client.video(0, &[7]).unwrap();
    let up = pair.client.output().split_off(0);
    pair.server.next(&mut up.as_slice(), 9 * SECOND).unwrap();
    assert_eq!(pair.server.overdue(19 * SECOND), None);
    let mut greeting = vec![3];
    greeting.extend([0; 2 * 1_536]);
    server.next(&mut greeting.as_slice(), 3 * SECOND).unwrap();
    assert_eq!(server.overdue(13 * SECOND), None);
    assert_eq!(server.overdue(13 * SECOND + 1), Some(Overdue::Request));
}
