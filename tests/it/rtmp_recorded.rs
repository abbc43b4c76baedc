//! What real peers said, recorded on the wire: encoders that publish, and a server that takes it.
//!
//! The recordings are of our own test streams (64 x 48 pixels), each its first 5,000 bytes: ffmpeg 5.1 with a digest in
//! its handshake, GStreamer 1.22's `rtmp2sink` and librtmp (`rtmpsink`) without, against nginx-rtmp.

use rtmp::amf0::Value;
use rtmp::{ClientEvent, ClientSession, Requested, ServerEvent, ServerSession, kind};

use crate::rtmp_sessions::{accept, publication};

const PUBLISHERS: [(&str, &[u8], &str); 3] = [
    ("ffmpeg", include_bytes!("../fixtures/rtmp/ffmpeg-publishes.bin"), "cam"),
    ("GStreamer", include_bytes!("../fixtures/rtmp/gstreamer-publishes.bin"), "cam"),
    ("librtmp", include_bytes!("../fixtures/rtmp/librtmp-publishes.bin"), "cam2"),
];

/// What nginx-rtmp answers to a publisher, to the stream's end.
const NGINX: &[u8] = include_bytes!("../fixtures/rtmp/nginx-takes.bin");

/// What a server that takes everything makes of bytes that come in pieces, and what it says.
fn serve(bytes: &[u8], piece: usize) -> (Vec<ServerEvent>, Vec<u8>) {
    let mut server = ServerSession::new(2, 0);
    let mut events = Vec::new();
    for mut piece in bytes.chunks(piece) {
        while let Some(event) = server.next(&mut piece, 0).unwrap() {
            accept(&mut server, &event);
            events.push(event);
        }
    }
    (events, server.output().split_off(0))
}

#[test]
fn publishers_that_are_not_ours_are_understood_from_their_first_byte_on() {
    for (name, bytes, key) in PUBLISHERS {
        let (events, _) = serve(bytes, 1_000_000);
        let known = |event: &&ServerEvent| !matches!(event, ServerEvent::Ignored(_));
        let known: Vec<_> = events.iter().filter(known).collect();
        assert_eq!(known[0], &ServerEvent::HandshakeDone, "{name}");
        let ServerEvent::Connect { app, tc_url } = known[1] else { panic!("{name}: {known:?}") };
        assert!(app == "live" && tc_url.starts_with("rtmp://127.0.0.1:"), "{name}");
        let key = key.to_owned();
        let asked = Requested { stream: 1, key, publishes: true };
        assert_eq!(known[2], &ServerEvent::Requested(asked), "{name}");
        let ServerEvent::Metadata { metadata, .. } = known[3] else { panic!("{name}: {known:?}") };
        assert_eq!(metadata.get("width").and_then(Value::as_number), Some(64.0), "{name}");
        let ServerEvent::Media(first) = known[4] else { panic!("{name}: {known:?}") };
        assert_eq!((first.kind, &first.payload[..2]), (kind::VIDEO, &[0x17, 0][..]), "{name}");
        // Cut anywhere, it is the same.
        for piece in [1, 7, 1_537] {
            assert_eq!(serve(bytes, piece).0, events, "{name}");
        }
    }
}

#[test]
fn the_handshake_is_answered_by_digests_only_where_it_has_one() {
    for (name, bytes, _) in PUBLISHERS {
        let (_, said) = serve(&bytes[..1_537], 1_537);
        assert_eq!(said.len(), 1 + 2 * 1_536, "{name}");
        // A version other than 0 says that there are digests; without them the client's packet comes back.
        let is_plain = said[5..9] == [0; 4];
        assert_eq!(is_plain, name != "ffmpeg", "{name}");
        assert_eq!(said[1_537..] == bytes[1..1_537], is_plain, "{name}");
    }
}

#[test]
fn a_server_that_is_not_ours_takes_our_stream_and_says_its_end() {
    for piece in [1, 500, 1_000_000] {
        let mut client = ClientSession::new(publication(), 1);
        let mut events = Vec::new();
        for mut piece in NGINX.chunks(piece) {
            while let Some(event) = client.next(&mut piece).unwrap() {
                events.push(event);
            }
        }
        let known: Vec<_> = events
            .iter()
            .filter(|event| {
                !matches!(event, ClientEvent::Ignored(_) | ClientEvent::Acknowledged(_))
            })
            .collect();
        use ClientEvent::{Connected, HandshakeDone, Publishing, Refused};
        assert_eq!(known[..3], [&HandshakeDone, &Connected, &Publishing]);
        let [_, _, _, Refused(ended)] = known[..] else { panic!("{known:?}") };
        assert_eq!(ended.code, "NetStream.Unpublish.Success");
        // Its digest is answered by one, and not by its own packet.
        let answer = &client.output()[1_537..3_073];
        assert_ne!(answer, &NGINX[1..1_537]);
    }
}
