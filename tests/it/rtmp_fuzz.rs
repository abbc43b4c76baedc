//! Bytes that nobody would send: whatever a peer says, no session panics, and none holds more than it was sent and a
//! little.
//!
//! `DOWNSTAGE_FUZZ_SECONDS` says how long [`damaged_sessions_never_panic_and_hold_little`] goes on; it is a minute
//! without. `DOWNSTAGE_FUZZ_SEED` begins at another seed; the one that failed is said.

use std::time::Duration;

use proptest::prelude::*;
use rtmp::amf0::{self, MAX_MEMORY, Value};
use rtmp::chunk::{ChunkReader, ChunkWriter, Chunked, Limits};
use rtmp::{ClientSession, Message, ServerEvent, ServerSession, kind};
use tests::allocations::peak_of;
use tests::time;

use crate::rtmp_sessions::{accept, publication};

/// How much a session holds whatever it is sent: its own, and answers that are not taken.
const OWN: u64 = 256 << 10;

/// The most that a session may hold at once of so many bytes.
fn bound(sent: usize) -> u64 {
    OWN + MAX_MEMORY as u64 + 3 * sent as u64
}

/// Feeds a server in pieces, and yields how much it held at most.
fn feed_server(bytes: &[u8], piece: usize) -> u64 {
    let feed = || {
        let mut server = ServerSession::new(2, 0);
        for mut piece in bytes.chunks(piece) {
            loop {
                match server.next(&mut piece, 0) {
                    Ok(Some(event)) => {
                        accept(&mut server, &event);
                        if let ServerEvent::Media(message) = &event {
                            drop(amf0::read(&message.payload));
                        }
                    }
                    Ok(None) => break,
                    Err(_) => return,
                }
            }
        }
    };
    peak_of(feed).1
}

fn feed_client(bytes: &[u8], piece: usize) -> u64 {
    let feed = || {
        let mut client = ClientSession::new(publication(), 1);
        for mut piece in bytes.chunks(piece) {
            loop {
                match client.next(&mut piece) {
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(_) => return,
                }
            }
        }
    };
    peak_of(feed).1
}

fn feed_reader(bytes: &[u8]) -> u64 {
    let feed = || {
        let mut reader = ChunkReader::new(Limits::STRANGER);
        let mut rest = bytes;
        while let Ok(Some(_)) = reader.read(&mut rest) {}
    };
    peak_of(feed).1
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_bytes_behind_the_handshake_are_read_or_say_why(
        bytes in prop::collection::vec(prop_oneof![2 => 0..8_u8, 1 => any::<u8>()], 0..4_000),
        piece in 1..500_usize,
    ) {
        let greeted = [&[3][..], &[0; 3_072], &bytes].concat();
        for peak in [
            feed_server(&greeted, piece),
            feed_client(&greeted, piece),
            feed_server(&bytes, piece),
            feed_client(&bytes, piece),
            feed_reader(&bytes),
        ] {
            prop_assert!(peak <= bound(greeted.len()), "{} bytes", peak);
        }
    }
}

/// What a server said that asks for everything at once: it is not held without end.
#[test]
fn the_worst_a_peer_can_send_is_held_up_to_a_bound() {
    // Eight streams of a megabyte each, never complete; then names of 60 kB.
    let mut writer = ChunkWriter::default();
    let mut bytes = [&[3][..], &[0; 3_072]].concat();
    let announce = (1_u32 << 20).to_be_bytes();
    let size =
        Message { kind: kind::SET_CHUNK_SIZE, stream: 0, timestamp: 0, payload: &announce[..] };
    writer.write(2, size, &mut bytes).unwrap();
    writer.set_chunk_size(1 << 20).unwrap();
    let picture = vec![7; 8 << 20];
    for id in 3..11 {
        let message = Message { kind: kind::VIDEO, stream: 1, timestamp: 0, payload: &picture[..] };
        assert!(writer.begin(id, message).unwrap().write_next(&mut bytes));
    }
    let mut name = Vec::new();
    for value in [Value::string("n".repeat(60_000)), Value::Number(1.0)] {
        amf0::write(&value, &mut name);
    }
    for _ in 0..60 {
        let message = Message { kind: kind::COMMAND, stream: 0, timestamp: 0, payload: &name[..] };
        writer.write(11, message, &mut bytes).unwrap();
    }
    let peak = feed_server(&bytes, 4_096);
    assert!(peak <= OWN + MAX_MEMORY as u64 + 3 * (12 << 20), "{peak} bytes of {}", bytes.len());
    println!("{peak} bytes held of {} that were sent", bytes.len());
}

/// A small generator: SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() % most.max(1) as u64) as usize
    }
}

/// Sessions that are whole: of real peers, and of our own with every kind of message.
fn whole() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = [
        include_bytes!("../fixtures/rtmp/ffmpeg-publishes.bin").as_slice(),
        include_bytes!("../fixtures/rtmp/gstreamer-publishes.bin"),
        include_bytes!("../fixtures/rtmp/librtmp-publishes.bin"),
        include_bytes!("../fixtures/rtmp/ffmpeg-plays.bin"),
        include_bytes!("../fixtures/rtmp/nginx-takes.bin"),
    ]
    .map(<[u8]>::to_vec)
    .into();
    let (mut client, mut server) = (ClientSession::new(publication(), 1), ServerSession::new(2, 0));
    let (mut up, mut down) = (Vec::new(), Vec::new());
    for round in 0..12 {
        let said = client.output().split_off(0);
        up.extend_from_slice(&said);
        let mut said = said.as_slice();
        while let Some(event) = server.next(&mut said, 0).unwrap() {
            accept(&mut server, &event);
        }
        let said = server.output().split_off(0);
        down.extend_from_slice(&said);
        let mut said = said.as_slice();
        while client.next(&mut said).unwrap().is_some() {}
        if round > 5 {
            let nested = Value::object([("b", Value::StrictArray(vec![Value::Null; 5]))]);
            client.metadata(Value::object([("a", nested)])).unwrap();
            client.video(0xff_fff0 + round * 10, &[7; 300]).unwrap();
            client.audio(0xff_fff0 + round * 10, &[8; 20]).unwrap();
            server.status(1, "status", "NetStream.Data.Start", "x");
        }
    }
    all.push(up);
    all.push(down);
    all
}

/// The messages of a session, behind its handshake.
fn messages(session: &[u8]) -> Vec<Message> {
    let mut reader = ChunkReader::new(Limits::STRANGER);
    let mut rest = &session[3_073..];
    let mut messages = Vec::new();
    while let Ok(Some(Chunked::Message(message))) = reader.read(&mut rest) {
        messages.push(message);
    }
    messages
}

/// Damages what messages say and in which order they come, and chunks them as it should be.
fn damaged_messages(whole: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut messages = messages(&whole[random.below(whole.len())]);
    for _ in 0..=random.below(12) {
        let at = random.below(messages.len());
        match random.below(6) {
            0 => messages.insert(random.below(messages.len()), messages[at].clone()),
            1 if messages.len() > 1 => drop(messages.remove(at)),
            2 => messages[at].kind = random.below(24) as u8,
            3 => messages[at].stream = random.below(3) as u32,
            4 => messages[at].timestamp = random.next() as u32,
            _ => damage(&mut messages[at].payload, 0, whole, random),
        }
    }
    let mut bytes = whole[random.below(whole.len())][..3_073].to_vec();
    let mut writer = ChunkWriter::default();
    for message in &messages {
        // What is said about chunks counts for its reader, so our own keep to what it has at first.
        if ![kind::SET_CHUNK_SIZE, kind::ABORT].contains(&message.kind) {
            let id = 3 + random.below(4) as u32;
            writer.write(id, message.borrowed(), &mut bytes).unwrap();
        }
    }
    bytes
}

/// Damages a session. Half of the time the handshake is spared, since little gets through a damaged one.
fn damaged_bytes(whole: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = whole[random.below(whole.len())].clone();
    let from = if random.below(2) == 0 { 0 } else { 3_073.min(bytes.len()) };
    for _ in 0..=random.below(12) {
        damage(&mut bytes, from, whole, random);
    }
    bytes
}

/// Damages bytes behind a place: some are changed, left out, put in, repeated, or taken from a session.
fn damage(bytes: &mut Vec<u8>, from: usize, whole: &[Vec<u8>], random: &mut Random) {
    let at = (from + random.below(bytes.len().saturating_sub(from))).min(bytes.len());
    let length = random.below(40).min(bytes.len() - at);
    match random.below(7) {
        0 if at < bytes.len() => bytes[at] = random.next() as u8,
        1 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        // What stands for lengths, times and types at their limits.
        2 => {
            let edge = [0x00, 0x7f, 0x80, 0xff][random.below(4)];
            bytes[at..at + length.min(4)].fill(edge);
        }
        3 => drop(bytes.drain(at..at + length)),
        4 => {
            let piece = bytes[at..at + length].to_vec();
            let piece = piece.repeat(1 + random.below(30));
            bytes.splice(at..at, piece);
        }
        5 => {
            let other = &whole[random.below(whole.len())];
            let begin = random.below(other.len());
            let end = (begin + random.below(600)).min(other.len());
            bytes.splice(at..at, other[begin..end].iter().copied());
        }
        _ => bytes.truncate(at.max(1)),
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn damaged_sessions_never_panic_and_hold_little() {
    let seconds = number("DOWNSTAGE_FUZZ_SECONDS").unwrap_or(60);
    let first = number("DOWNSTAGE_FUZZ_SEED").unwrap_or(1);
    let (whole, end) = (whole(), time::now() + Duration::from_secs(seconds));
    let (mut seed, mut most) = (first, 0.0_f64);
    while time::now() < end {
        for _ in 0..100 {
            let mut random = Random(seed);
            let damaged = if seed % 2 == 0 { damaged_bytes } else { damaged_messages };
            let bytes = damaged(&whole, &mut random);
            let piece = 1 + random.below(2_000);
            let run = || [feed_server(&bytes, piece), feed_client(&bytes, piece)];
            let held = std::panic::catch_unwind(run);
            let held = held.unwrap_or_else(|_| panic!("DOWNSTAGE_FUZZ_SEED={seed} panics"));
            let peak = held.into_iter().max().unwrap_or_default();
            assert!(peak <= bound(bytes.len()), "DOWNSTAGE_FUZZ_SEED={seed} holds {peak} bytes");
            most = most.max(peak as f64 / bound(bytes.len()) as f64);
            seed += 1;
        }
    }
    let count = seed - first;
    println!("{count} sessions in {seconds} s; {:.0} % of the bound at most", most * 100.0);
}
