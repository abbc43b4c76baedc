//! Sessions of RTMP, ours against ours and against what peers sent that are not ours: publishing, playing,
//! refusals, limits and time.

use rtmp::amf0::{self, Value};
use rtmp::chunk::ChunkWriter;
use rtmp::handshake::Handshake;
use rtmp::{
    ClientEvent, ClientSession, Ignored, Message, Publication, Refusal, Requested, ServerEvent,
    ServerSession, Step, kind,
};

pub fn publication() -> Publication {
    Publication {
        app: "live".to_owned(),
        tc_url: "rtmp://host/live".to_owned(),
        key: "cam?a=1".to_owned(),
        flash_version: "FMLE/3.0 (compatible; test)".to_owned(),
        window: 5_000,
        chunk_size: 4_096,
    }
}

/// A client and a server with nothing but memory between them.
pub struct Pair {
    pub client: ClientSession,
    pub server: ServerSession,
    of_client: Vec<ClientEvent>,
    of_server: Vec<ServerEvent>,
}

impl Pair {
    fn new() -> Self {
        let (client, server) = (ClientSession::new(publication(), 1), ServerSession::new(2, 0));
        Self { client, server, of_client: Vec::new(), of_server: Vec::new() }
    }

    /// Carries bytes to and fro until nobody has anything to say; the server does as `answer` has it.
    fn talk(&mut self, mut answer: impl FnMut(&mut ServerSession, &ServerEvent)) {
        loop {
            let (up, down) = (self.client.output().split_off(0), self.server.output().split_off(0));
            if up.is_empty() && down.is_empty() {
                return;
            }
            let mut up = up.as_slice();
            while let Some(event) = self.server.next(&mut up, 0).unwrap() {
                answer(&mut self.server, &event);
                self.of_server.push(event);
            }
            let mut down = down.as_slice();
            while let Some(event) = self.client.next(&mut down).unwrap() {
                self.of_client.push(event);
            }
        }
    }

    /// A pair that publishes.
    pub fn publishing() -> Self {
        let mut pair = Self::new();
        pair.talk(accept);
        pair
    }
}

/// A server that takes everything.
pub fn accept(server: &mut ServerSession, event: &ServerEvent) {
    match event {
        ServerEvent::Connect { .. } => server.accept(),
        ServerEvent::Requested(Requested { stream, .. }) => server.begin(*stream, 0),
        _ => {}
    }
}

#[test]
fn a_stream_is_published_whole_and_ends() {
    let mut pair = Pair::publishing();
    let key = "cam?a=1".to_owned();
    assert_eq!(
        pair.of_server,
        [
            ServerEvent::HandshakeDone,
            ServerEvent::Connect { app: "live".to_owned(), tc_url: "rtmp://host/live".to_owned() },
            ServerEvent::Requested(Requested { stream: 1, key, publishes: true }),
        ]
    );
    use ClientEvent::{Connected, HandshakeDone, Publishing};
    let said = |event: &ClientEvent| !matches!(event, ClientEvent::Ignored(_));
    let of_client: Vec<_> = pair.of_client.iter().filter(|event| said(event)).cloned().collect();
    assert_eq!(of_client, [HandshakeDone, Connected, Publishing]);
    pair.of_server.clear();
    let metadata = Value::object([("width", Value::Number(1_280.0))]);
    pair.client.metadata(metadata.clone()).unwrap();
    pair.client.video(0, &[7; 20_000]).unwrap();
    pair.client.audio(23, &[8; 100]).unwrap();
    pair.client.video(40, &[9; 3]).unwrap();
    pair.client.unpublish();
    pair.talk(accept);
    let media = |kind, timestamp, payload| {
        ServerEvent::Media(Message { kind, stream: 1, timestamp, payload })
    };
    assert_eq!(
        pair.of_server,
        [
            ServerEvent::Metadata { stream: 1, metadata },
            media(kind::VIDEO, 0, vec![7; 20_000]),
            media(kind::AUDIO, 23, vec![8; 100]),
            media(kind::VIDEO, 40, vec![9; 3]),
            ServerEvent::Ended { stream: 1 },
        ]
    );
    assert_eq!((pair.client.held(), pair.server.held()), (0, 0));
}

#[test]
fn each_window_is_acknowledged_by_what_has_come_in_all() {
    let mut server = ServerSession::new(2, 0);
    let mut client = ClientSession::new(publication(), 1);
    let (mut sent, mut said) = (0_u64, Vec::new());
    for round in 0..40 {
        let up = client.output().split_off(0);
        // The handshake does not count: three packets, of which the version is a byte.
        sent += up.len() as u64;
        let mut up = up.as_slice();
        while let Some(event) = server.next(&mut up, 0).unwrap() {
            accept(&mut server, &event);
        }
        let down = server.output().split_off(0);
        let mut down = down.as_slice();
        while let Some(event) = client.next(&mut down).unwrap() {
            if let ClientEvent::Acknowledged(bytes) = event {
                said.push(u64::from(bytes));
                assert_eq!(said.last(), Some(&(sent - 3_073)), "of all that was sent");
            }
        }
        if round > 5 {
            client.video(round * 40, &[7; 3_000]).unwrap();
        }
    }
    assert!(said.len() >= 15 && said.is_sorted(), "{said:?}");
    assert!(said.windows(2).all(|pair| pair[1] - pair[0] >= 5_000), "{said:?}");
}

#[test]
fn a_player_gets_what_is_sent_to_it() {
    // A player that is not ours: what ffmpeg sent to play a stream.
    let mut bytes = include_bytes!("../fixtures/rtmp/ffmpeg-plays.bin").as_slice();
    let mut server = ServerSession::new(2, 0);
    let mut played = None;
    while let Some(event) = server.next(&mut bytes, 0).unwrap() {
        accept(&mut server, &event);
        if let ServerEvent::Requested(asked) = event {
            played = Some(asked);
        }
    }
    let key = "cam".to_owned();
    assert_eq!(played, Some(Requested { stream: 1, key, publishes: false }));
    server.output().clear();
    let payload = &[7; 500][..];
    server.send(Message { kind: kind::VIDEO, stream: 1, timestamp: 40, payload }).unwrap();
    assert!(server.output().len() > 500);
}

/// What came of a client's request, and the meaning of its last event.
fn refused(answer: impl FnMut(&mut ServerSession, &ServerEvent)) -> Refusal {
    let mut pair = Pair::new();
    pair.talk(answer);
    match pair.of_client.pop() {
        Some(ClientEvent::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_refusal_comes_with_its_step_and_its_own_name() {
    let refusal = refused(|server, event| {
        if let ServerEvent::Connect { .. } = event {
            server.reject("NetConnection.Connect.InvalidApp", "no");
        }
    });
    let code = "NetConnection.Connect.InvalidApp".to_owned();
    let description = "no".to_owned();
    assert_eq!(refusal, Refusal { step: Step::Connect, code, description, redirect: None });
    for code in ["NetStream.Publish.BadName", "NetStream.Failed", "Something.Else"] {
        let refusal = refused(|server, event| match event {
            ServerEvent::Requested(asked) => server.refuse(asked.stream, code, "why"),
            _ => accept(server, event),
        });
        assert_eq!((refusal.step, refusal.code.as_str()), (Step::Publish, code));
        // In mid-stream, too.
        let mut pair = Pair::publishing();
        pair.server.status(1, "error", code, "why");
        pair.talk(accept);
        let Some(ClientEvent::Refused(refusal)) = pair.of_client.pop() else { panic!("{code}") };
        assert_eq!((refusal.step, refusal.code.as_str()), (Step::Stream, code));
    }
    // By an answer that looks like a success, too.
    let no = Value::object([("code", Value::string("NetConnection.Connect.Rejected"))]);
    let (_, events) = answered(&[success(1.0, no)]);
    assert!(matches!(events.last(), Some(ClientEvent::Refused(no)) if no.step == Step::Connect));
    // A code is not trusted: it is told as it came, but not at any length nor with any letters.
    let refusal = refused(|server, event| {
        if let ServerEvent::Connect { .. } = event {
            server.reject(&"a\n\u{202e}b".repeat(200), &"é".repeat(9_000));
        }
    });
    assert!(refusal.code.len() <= 64 && refusal.code.chars().all(|c| "ab".contains(c)));
    assert_eq!(refusal.description.len(), 2_048);
}

/// Answers a client by the messages of a server that is not ours.
pub fn answered(messages: &[(u8, u32, Vec<u8>)]) -> (ClientSession, Vec<ClientEvent>) {
    let mut client = ClientSession::new(publication(), 1);
    let mut down = Vec::new();
    let mut server = Handshake::server(3);
    let greeting = client.output().split_off(0);
    server.read(&mut greeting.as_slice(), &mut down).unwrap();
    let mut writer = ChunkWriter::default();
    for (kind, stream, payload) in messages {
        let message =
            Message { kind: *kind, stream: *stream, timestamp: 0, payload: payload.as_slice() };
        writer.write(3, message, &mut down).unwrap();
    }
    let mut down = down.as_slice();
    let mut events = Vec::new();
    while let Some(event) = client.next(&mut down).unwrap() {
        events.push(event);
    }
    (client, events)
}

pub fn command(values: &[Value]) -> (u8, u32, Vec<u8>) {
    let mut payload = Vec::new();
    for value in values {
        amf0::write(value, &mut payload);
    }
    (kind::COMMAND, 0, payload)
}

pub fn success(transaction: f64, value: Value) -> (u8, u32, Vec<u8>) {
    command(&[Value::string("_result"), Value::Number(transaction), Value::Null, value])
}

pub fn status(code: &str) -> (u8, u32, Vec<u8>) {
    let information =
        Value::object([("level", Value::string("status")), ("code", Value::string(code))]);
    command(&[Value::string("onStatus"), Value::Number(0.0), Value::Null, information])
}

/// A server's answers until the stream is taken.
fn taken() -> Vec<(u8, u32, Vec<u8>)> {
    vec![
        success(1.0, Value::object([("code", Value::string("NetConnection.Connect.Success"))])),
        success(4.0, Value::Number(1.0)),
        status("NetStream.Publish.Start"),
    ]
}

#[test]
fn whatever_else_a_server_says_is_left_out_and_counted() {
    let odd = [
        command(&[Value::string("onBWDone"), Value::Number(0.0)]),
        command(&[Value::string("_checkbw")]),
        command(&[]),
        command(&[Value::Number(1.0), Value::Null]),
        // An error of what the server need not know.
        command(&[Value::string("_error"), Value::Number(2.0), Value::Null, Value::Null]),
        success(3.0, Value::Undefined),
        success(99.0, Value::Undefined),
        status("NetStream.Publish.Start"),
        status("NetStream.Data.Start"),
        (kind::USER_CONTROL, 0, vec![0, 0x1a]),
        (kind::USER_CONTROL, 0, vec![0, 33, 0, 0, 0, 1]),
        (kind::USER_CONTROL, 0, vec![0]),
        (kind::SET_CHUNK_SIZE, 0, vec![0, 0, 0, 0]),
        (kind::WINDOW, 0, vec![0, 0, 0]),
        (kind::VIDEO, 1, vec![0x17, 0, 0, 0, 0]),
        (kind::DATA, 1, vec![2, 0, 4, b'o', b'n', b'F', b'I', 0x0b]),
        (77, 0, vec![1, 2, 3]),
        (kind::COMMAND, 0, vec![3; 70_000]),
        (kind::COMMAND, 0, [10, 0, 0, 0, 1].repeat(1_000)),
    ];
    for at in 0..=taken().len() {
        let mut messages = taken();
        messages.splice(at..at, odd.clone());
        let (client, events) = answered(&messages);
        let is_ignored = |event: &&ClientEvent| matches!(event, ClientEvent::Ignored(_));
        let known: Vec<_> = events.iter().filter(|event| !is_ignored(event)).collect();
        use ClientEvent::{Connected, HandshakeDone, Publishing};
        // A status that fits is no oddity while it is waited for.
        if at != 2 {
            assert_eq!(known, [&HandshakeDone, &Connected, &Publishing], "{at}");
            let ignored = events.iter().filter(is_ignored).count();
            assert_eq!(ignored, odd.len(), "{at}: {events:?}");
        }
        assert!(known.contains(&&Publishing), "{at}");
        assert_eq!(client.ignored(), events.iter().filter(is_ignored).count() as u64);
    }
    let (_, events) = answered(&[taken(), odd.to_vec()].concat());
    let too_long = Ignored::Oversized { kind: kind::COMMAND, length: 70_000 };
    assert!(events.contains(&ClientEvent::Ignored(too_long)));
}

#[test]
fn answers_may_be_of_any_type_that_has_properties() {
    let ecma = |code: &str| {
        let data = Value::EcmaArray(vec![("version".to_owned(), Value::string("3,5"))]);
        Value::EcmaArray(vec![
            ("when".to_owned(), Value::Date { millis: 1.7e12, zone: 0 }),
            ("code".to_owned(), Value::string(code)),
            ("data".to_owned(), data),
            ("list".to_owned(), Value::StrictArray(vec![Value::Number(1.0)])),
        ])
    };
    let named = |code| Value::TypedObject { class: "S".to_owned(), properties: vec![code] };
    let start = ("code".to_owned(), Value::string("NetStream.Publish.Start"));
    let start = named(start);
    for last in [start, ecma("NetStream.Publish.Start")] {
        let messages = [
            success(1.0, ecma("NetConnection.Connect.Success")),
            success(4.0, Value::Number(16_777_217.0)),
            command(&[Value::string("onStatus"), Value::Number(0.0), Value::Undefined, last]),
        ];
        let (_, events) = answered(&messages);
        assert_eq!(events.last(), Some(&ClientEvent::Publishing));
    }
    // The same in the form of AMF 3.
    let in_amf3 = |(_, stream, payload): (u8, u32, Vec<u8>)| {
        (kind::COMMAND_AMF3, stream, [&[0][..], &payload].concat())
    };
    let (_, events) = answered(&taken().into_iter().map(in_amf3).collect::<Vec<_>>());
    assert_eq!(events.last(), Some(&ClientEvent::Publishing));
}

#[test]
fn a_ping_is_answered_until_too_many_answers_wait() {
    let ping = (kind::USER_CONTROL, 0, vec![0, 6, 1, 2, 3, 4]);
    let (mut client, _) = answered(&[taken(), vec![ping.clone()]].concat());
    let answer = [kind::USER_CONTROL, 0, 7, 1, 2, 3, 4];
    assert!(client.output().windows(answer.len()).any(|bytes| bytes == answer));
    let (mut client, events) = answered(&[taken(), vec![ping; 20_000]].concat());
    assert!(events.contains(&ClientEvent::Ignored(Ignored::Unanswered)));
    assert!(client.output().len() < 66 << 10, "{}", client.output().len());
}
