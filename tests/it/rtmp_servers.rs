//! Servers as they are met in the field, each odd in one way: what can be done is done, and what cannot is told by its
//! own name.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use engine::OutputState;
use media::rtmp::{Cause, Phase, Target};
use rtmp::amf0::Value;
use rtmp::kind;
use tests::odd_server::{Connection, Moment, OddServer, Reaction, information};
use tests::time::{self, PATIENCE};

use crate::media_rtmp::{Destination, Stream};

/// A server that does something else than it should on a command of this name.
pub fn on_command(
    name: &'static str,
    odd: impl Fn(&mut Connection, f64) -> Reaction + Send + Sync + 'static,
) -> OddServer {
    OddServer::start(move |connection, moment| match moment {
        Moment::Command(said, transaction, _) if said == name => odd(connection, *transaction),
        _ => Reaction::Usual,
    })
}

/// Waits until so much of the stream has come by one connection.
fn wait_for_media(server: &OddServer, least: usize) {
    let enough = || (server.media() >= least).then_some(());
    assert!(time::wait_for(PATIENCE, enough).is_some(), "{:?}", server.seen());
}

/// Sends to a server until it has enough, by a single connection and without a complaint.
fn goes_on_air(stream: &Stream, server: &OddServer) {
    let mut destination = Destination::start(stream, &server.url(), "cam-secret");
    wait_for_media(server, 90);
    let said = destination.said();
    assert_eq!(said.troubles, [""; 0]);
    assert_eq!(server.connections(), 1);
    destination.stop();
}

/// What is told of a server that is not got through to.
pub fn told(stream: &Stream, url: &str, key: &str) -> Cause {
    let destination = Destination::start(stream, url, key);
    destination.wait_for(OutputState::Reconnecting, 0);
    let said = destination.said();
    assert!(!said.troubles[0].contains("secret"), "{said:?}");
    assert!(said.states.iter().all(|(_, state)| *state != OutputState::Live), "{said:?}");
    said.causes[0].clone()
}

/// Report D3, and what encoders send.
#[test]
fn a_server_is_told_of_the_stream_before_it_is_created_and_of_its_end() {
    let stream = Stream::start();
    let server = OddServer::start(|_, _| Reaction::Usual);
    goes_on_air(&stream, &server);
    let done = || server.values("deleteStream");
    assert!(time::wait_for(PATIENCE, done).is_some());
    let name = |moment| match moment {
        Moment::Command(name, ..) => Some(name),
        _ => None,
    };
    let names: Vec<_> = server.seen().into_iter().filter_map(name).collect();
    let wanted = ["connect", "releaseStream", "FCPublish", "createStream", "publish"];
    assert_eq!(names, [&wanted[..], &["FCUnpublish", "deleteStream"]].concat());
    for name in ["releaseStream", "FCPublish", "publish", "FCUnpublish"] {
        assert_eq!(server.values(name).unwrap()[1], Value::string("cam-secret"), "{name}");
    }
}

#[test]
fn a_key_that_is_in_use_is_tried_on_until_it_is_free() {
    let stream = Stream::start();
    let tries = AtomicUsize::new(0);
    let server = on_command("publish", move |connection, _| {
        if tries.fetch_add(1, Ordering::Relaxed) > 0 {
            return Reaction::Usual;
        }
        connection.status("error", "NetStream.Publish.BadName");
        Reaction::Close
    });
    let destination = Destination::start(&stream, &server.url(), "cam");
    destination.wait_for(OutputState::Live, 0);
    assert_eq!(destination.said().causes.len(), 1);
}

/// Report D7: an answer's properties may be of any type.
#[test]
fn answers_of_any_type_are_understood() {
    let stream = Stream::start();
    let odd = [
        Value::Date { millis: 1.7e12, zone: 0 },
        Value::string("x".repeat(30_000)),
        Value::StrictArray(vec![Value::Number(1.0), Value::Null]),
        Value::TypedObject { class: "Data".to_owned(), properties: Vec::new() },
        Value::Reference(0),
        Value::Xml("<a/>".to_owned()),
        // AMF 3: what follows cannot be read.
        Value::Unknown(0x11),
    ];
    for value in odd {
        let answer = |code: &str| {
            let code = ("code".to_owned(), Value::string(code));
            Value::EcmaArray(vec![code, ("odd".to_owned(), value.clone())])
        };
        let (connected, started) =
            (answer("NetConnection.Connect.Success"), answer("NetStream.Publish.Start"));
        let server = OddServer::start(move |connection, moment| {
            let Moment::Command(name, transaction, _) = moment else { return Reaction::Usual };
            match name.as_str() {
                "connect" => {
                    connection.command("_result", *transaction, &[Value::Null, connected.clone()]);
                }
                "publish" => {
                    connection.command("onStatus", 0.0, &[Value::Undefined, started.clone()]);
                }
                _ => return Reaction::Usual,
            }
            Reaction::Done
        });
        goes_on_air(&stream, &server);
    }
}

/// Report D8: what a server says in mid-stream without meaning us ends nothing.
#[test]
fn whatever_a_server_says_in_mid_stream_the_stream_goes_on() {
    let stream = Stream::start();
    let server = OddServer::start(|connection, moment| {
        match moment {
            Moment::Media(20) => connection.status("status", "NetStream.Publish.Start"),
            Moment::Media(25) => connection.send(kind::USER_CONTROL, &[0, 0x1a]),
            Moment::Media(30) => connection.send(kind::USER_CONTROL, &[0, 33, 0, 0, 0, 1]),
            Moment::Media(35) => connection.send(kind::USER_CONTROL, &[0, 6, 1, 2, 3, 4]),
            Moment::Media(40) => connection.send(kind::VIDEO, &[0x17, 0, 0, 0, 0]),
            Moment::Media(45) => connection.set_chunk_size(u32::MAX),
            Moment::Media(50) => connection.send(99, &[1; 3_000]),
            Moment::Media(55) => connection.send(kind::COMMAND, &[3; 70_000]),
            Moment::Media(60) => connection.send(kind::COMMAND, &[2, 0, 9]),
            Moment::Media(65) => connection.send(kind::COMMAND, &[]),
            Moment::Media(70) => connection.command("onBWDone", 0.0, &[]),
            Moment::Media(75) => {
                connection.send(kind::DATA, &[2, 0, 4, b'o', b'n', b'F', b'I', 0x0b])
            }
            _ => {}
        }
        Reaction::Usual
    });
    let mut destination = Destination::start(&stream, &server.url(), "cam");
    wait_for_media(&server, 150);
    assert_eq!(destination.said().troubles, [""; 0]);
    assert_eq!(server.connections(), 1);
    assert!(destination.stats.ignored.load(Ordering::Relaxed) >= 9);
    destination.stop();
}

/// Report D10: slow and odd, but right.
#[test]
fn a_server_that_is_odd_but_right_is_put_up_with() {
    let stream = Stream::start();
    for size in [1, 128, 10_000_000, 0x7fff_ffff, u32::MAX] {
        let server = on_command("connect", move |connection, _| {
            connection.set_chunk_size(size);
            connection.send(kind::WINDOW, &2_500_000_u32.to_be_bytes());
            connection.send(kind::PEER_BANDWIDTH, &[0, 0x26, 0x25, 0xa0, 2]);
            connection.command("onBWDone", 0.0, &[Value::Null, Value::Number(8_192.0)]);
            connection.command("_checkbw", 99.0, &[Value::Null]);
            Reaction::Usual
        });
        goes_on_air(&stream, &server);
    }
    for id in [0, 7, 0x0100_0001] {
        let server = OddServer::start(move |connection, _| {
            connection.stream_id = id;
            Reaction::Usual
        });
        goes_on_air(&stream, &server);
    }
    let server = on_command("publish", |connection, _| {
        let start = information("status", "NetStream.Publish.Start");
        connection.command("onFCPublish", 0.0, &[Value::Null, start]);
        connection.send(kind::USER_CONTROL, &[0, 0, 0, 0, 0, 1]);
        Reaction::Usual
    });
    goes_on_air(&stream, &server);
    // Each answer takes longer than all of them once might.
    for name in ["connect", "createStream", "publish"] {
        let server = on_command(name, |connection, _| {
            connection.wait(Duration::from_secs(6));
            Reaction::Usual
        });
        goes_on_air(&stream, &server);
    }
}

/// Each phase has its own limit, and is told by its own words. The destination's clock goes five times as fast.
#[test]
fn each_phase_that_passes_its_limit_is_told_by_its_own_words() {
    let stream = Stream::start();
    let told = |url: &str| {
        let destination = Destination::start_at_pace(&stream, url, "cam", 5);
        destination.wait_for(OutputState::Reconnecting, 0);
        destination.said().causes[0].clone()
    };
    let silent = || {
        OddServer::start(|connection, _| {
            connection.wait(PATIENCE);
            Reaction::Close
        })
    };
    let server = silent();
    assert_eq!(told(&server.url()), Cause::TimedOut(Phase::Handshake));
    let tls = server.url().replace("rtmp://", "rtmps://");
    assert_eq!(told(&tls), Cause::TimedOut(Phase::Tls));
    for (name, phase) in [
        ("connect", Phase::Application),
        ("createStream", Phase::Publish),
        ("publish", Phase::Publish),
    ] {
        let server = on_command(name, |_, _| Reaction::Done);
        assert_eq!(told(&server.url()), Cause::TimedOut(phase), "{name}");
    }
    let words = Phase::ALL.map(|phase| Cause::TimedOut(phase).to_string());
    for (phase, said) in Phase::ALL.iter().zip(&words) {
        assert!(said.contains(&format!("{} s", phase.seconds())), "{said}");
        assert_eq!(words.iter().filter(|other| *other == said).count(), 1);
    }
    assert_eq!(Phase::Publish.seconds(), 15);
}

#[test]
fn what_is_no_server_of_rtmp_is_told() {
    let stream = Stream::start();
    for answer in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], &[0x15, 3, 3, 0, 2, 2, 10]] {
        let server = OddServer::start(move |connection, _| {
            connection.raw(answer);
            connection.wait(Duration::from_millis(300));
            Reaction::Close
        });
        assert_eq!(told(&stream, &server.url(), "cam"), Cause::NotRtmp);
    }
    // Chunks that are none, behind a good handshake.
    let server = on_command("connect", |connection, _| {
        connection.raw(&[0xc7; 100]);
        connection.wait(Duration::from_millis(300));
        Reaction::Close
    });
    assert_eq!(told(&stream, &server.url(), "cam"), Cause::NotRtmp);
    let server = OddServer::start(|_, _| Reaction::Close);
    let cause = told(&stream, &server.url(), "cam");
    assert!(matches!(cause, Cause::Closed | Cause::System(_)), "{cause:?}");
}

/// A server that asks without end and does not read the answers.
#[test]
fn answers_to_a_server_that_does_not_read_are_not_held_without_end() {
    let stream = Stream::start();
    let server = on_command("publish", |connection, _| {
        connection.status("status", "NetStream.Publish.Start");
        let ping = [2, 0, 0, 0, 0, 0, 6, kind::USER_CONTROL, 0, 0, 0, 0, 0, 6, 1, 2, 3, 4];
        for _ in 0..200 {
            connection.raw(&ping.repeat(1_000));
        }
        connection.wait(PATIENCE);
        Reaction::Close
    });
    let destination = Destination::start(&stream, &server.url(), "cam");
    destination.wait_for(OutputState::Reconnecting, 0);
    assert_eq!(destination.said().causes[0], Cause::Stuck);
}

/// Reports D11 and D12.
#[test]
fn keys_and_urls_arrive_as_they_are_meant() {
    let stream = Stream::start();
    for (key, sent) in [
        ("?a=1&b=2", "?a=1&b=2"),
        ("?streamname=x&key=y/z", "?streamname=x&key=y/z"),
        ("a/b", "a/b"),
        (" cam\n", "cam"),
        ("\u{feff}\tcam\u{200b}\r\n", "cam"),
    ] {
        let server = OddServer::start(|_, _| Reaction::Usual);
        let url = format!(" {}/instance/ \n", server.url());
        let mut destination = Destination::start(&stream, &url, key);
        destination.wait_for(OutputState::Live, 0);
        assert_eq!(server.values("publish").unwrap()[1], Value::string(sent));
        let app = server.values("connect").unwrap()[0].get("app").cloned();
        assert_eq!(app, Some(Value::string("live/instance")));
        destination.stop();
    }
    for (url, key) in [("rtmp://:p@h/a", "k"), ("rtmp://h/a", "k :p"), ("rtmp://u:p@/a", "k")] {
        assert!(Target::parse(url, key).is_err(), "{url} {key}");
    }
}
