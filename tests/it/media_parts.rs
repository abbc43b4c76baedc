//! The parts of the way out: messages in the stream, queues, and when to try again.

use std::time::Duration;

use engine::OutputState;
use media::encode::{Bytes, Headers, Unit, UnitKind};
use media::flv;
use media::health::{Backoff, Health, Peer};
use media::queue::{Packet, Pop, Queue, QueueBounds};
use media::rtmp::{MAX_OUTGOING, Outgoing};
use media::sei::{self, CanvasInfo, LayoutVolume, StreamInfo};
use proptest::prelude::*;
use tests::shows::HD25;

pub const SECOND: i64 = 1_000_000_000;
pub const FRAME: i64 = SECOND / 25;

/// An access unit in AVC form of these NAL units.
fn avc(nals: &[&[u8]]) -> Vec<u8> {
    let of = |nal: &&[u8]| [&(nal.len() as u32).to_be_bytes()[..], nal].concat();
    nals.iter().flat_map(of).collect()
}

pub fn unit(kind: UnitKind, pts: i64, bytes: usize) -> Unit {
    let (nal, duration) = if kind == UnitKind::Sound {
        (vec![0; bytes], 21_333_333)
    } else {
        (
            avc(&[&vec![if kind == UnitKind::Keyframe { 0x65 } else { 0x41 }; bytes.max(5) - 4]]),
            FRAME as u64,
        )
    };
    Unit { kind, pts, duration, data: Bytes::new(nal) }
}

pub fn headers() -> Headers {
    let profile = Default::default();
    Headers { avc: Bytes::new([1, 2, 3]), aac: Bytes::new([17, 144]), format: HD25, profile }
}

/// What a queue holds: `H`, or the kind and time of a unit.
pub fn drain(queue: &Queue) -> Vec<(char, i64)> {
    std::iter::from_fn(|| match queue.pop(Duration::ZERO) {
        Pop::Packet(Packet::Headers(_)) => Some(('H', 0)),
        Pop::Packet(Packet::Unit(unit)) => Some(match unit.kind {
            UnitKind::Keyframe => ('K', unit.pts),
            UnitKind::Picture => ('P', unit.pts),
            UnitKind::Sound => ('S', unit.pts),
        }),
        Pop::Empty | Pop::Closed => None,
    })
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// Whatever the content, it comes back, nothing in it looks like a start code, and the picture
    /// is as it was, with the message before its first slice.
    #[test]
    fn any_message_comes_back_from_the_stream(
        content in prop::collection::vec(prop_oneof![3 => 0_u8..4, 1 => any::<u8>()], 0..900),
        payload_type in prop_oneof![Just(5_u8), 100_u8..255],
        slice in prop::collection::vec(any::<u8>(), 1..40),
    ) {
        let nal = sei::nal(payload_type, &content);
        prop_assert!(nal.windows(3).all(|three| three[..2] != [0, 0] || three[2] >= 3));
        prop_assert_ne!(nal.last(), Some(&0));
        let read = tests::sei::payloads(&tests::sei::plain(&nal[1..]));
        let uuid: &[u8] = if payload_type == 5 { &sei::UUID } else { &[] };
        prop_assert_eq!(read, [(u32::from(payload_type), [uuid, &content].concat())]);

        let slice = [&[0x65][..], &slice].concat();
        let (delimiter, parameters, second) = (&[9, 0xf0][..], &[0x67, 1, 2][..], &[0x41, 7][..]);
        let picture = avc(&[delimiter, parameters, &slice, second]);
        let with = sei::insert(&picture, &nal);
        prop_assert_eq!(&with, &avc(&[delimiter, parameters, &nal, &slice, second]));
        let read: Vec<&[u8]> = sei::nals(&with).map(|(_, nal)| nal).collect();
        prop_assert_eq!(read, [delimiter, parameters, &nal[..], &slice[..], second]);
    }

    /// Any bytes are cut into NAL units without a panic.
    #[test]
    fn any_bytes_are_walked_as_nal_units(bytes in prop::collection::vec(0_u8..8, 0..60)) {
        let length: usize = sei::nals(&bytes).map(|(_, nal)| nal.len() + 4).sum();
        prop_assert!(length <= bytes.len());
        prop_assert!(sei::insert(&bytes, &[6, 1]).len() == bytes.len() + 6);
    }

    /// Whatever is put in, a queue stays within its bounds, begins with headers and a keyframe, and
    /// every picture from the first keyframe on is taken out or counted.
    #[test]
    fn a_queue_keeps_its_bounds_and_counts_what_it_loses(
        sizes in prop::collection::vec((4_usize..600, 0_u8..12, any::<bool>()), 1..120),
    ) {
        let bounds = QueueBounds { bytes: 2_000, nanos: 10 * FRAME, is_live: false };
        let queue = Queue::new(bounds);
        queue.push(Packet::Headers(headers()));
        let (mut pictures, mut taken) = (0, Vec::new());
        for (n, (bytes, kind, pop)) in (0..).zip(sizes) {
            let kind = match kind {
                0 => UnitKind::Keyframe,
                1..4 => UnitKind::Sound,
                _ => UnitKind::Picture,
            };
            // What goes by before the first keyframe was never meant for who begins with that.
            pictures += u64::from(match kind {
                UnitKind::Keyframe => true,
                UnitKind::Picture => pictures > 0,
                UnitKind::Sound => false,
            });
            queue.push(Packet::Unit(unit(kind, n * FRAME, bytes)));
            if pop && let Pop::Packet(packet) = queue.pop(Duration::ZERO) {
                taken.push(match packet { Packet::Headers(_) => 'H', Packet::Unit(unit) => match unit.kind {
                    UnitKind::Keyframe => 'K',
                    UnitKind::Picture => 'P',
                    UnitKind::Sound => 'S',
                }});
            }
        }
        let rest = drain(&queue);
        let times: Vec<i64> = rest.iter().filter(|(kind, _)| *kind != 'H').map(|(_, pts)| *pts).collect();
        if let (Some(first), Some(last)) = (times.first(), times.last()) {
            prop_assert!(last - first <= bounds.nanos);
        }
        taken.extend(rest.iter().map(|(kind, _)| *kind));
        prop_assert_eq!(taken.first(), Some(&'H'));
        prop_assert_eq!(taken.iter().filter(|kind| **kind == 'H').count(), 1);
        prop_assert!(taken.get(1).is_none_or(|kind| *kind == 'K'));
        let out = taken.iter().filter(|kind| ['K', 'P'].contains(kind)).count() as u64;
        prop_assert_eq!(out + queue.dropped(), pictures);
    }
}

#[test]
fn a_full_queue_is_cleared_up_to_the_next_keyframe() {
    let push =
        |queue: &Queue, kind, n: i64, bytes| queue.push(Packet::Unit(unit(kind, n * FRAME, bytes)));
    // By bytes, and by time.
    for (bounds, bytes) in [
        (QueueBounds { bytes: 1_000, nanos: 100 * SECOND, is_live: false }, 300),
        (QueueBounds { bytes: 1 << 20, nanos: 3 * FRAME, is_live: false }, 10),
    ] {
        let queue = Queue::new(bounds);
        push(&queue, UnitKind::Picture, 0, bytes);
        queue.push(Packet::Headers(headers()));
        push(&queue, UnitKind::Keyframe, 1, bytes);
        for n in 2..=5 {
            push(&queue, UnitKind::Picture, n, bytes);
        }
        // The fifth did not fit: it and all before it are gone, the description is not. What came before
        // the first keyframe was never to be sent.
        let lost = 5;
        assert_eq!((drain(&queue), queue.dropped()), (vec![('H', 0)], lost));
        push(&queue, UnitKind::Sound, 6, bytes);
        push(&queue, UnitKind::Picture, 7, bytes);
        push(&queue, UnitKind::Keyframe, 8, bytes);
        push(&queue, UnitKind::Sound, 9, bytes);
        assert_eq!(drain(&queue), [('K', 8 * FRAME), ('S', 9 * FRAME)]);
        assert_eq!(queue.dropped(), lost + 1);
    }
}

#[test]
fn what_goes_by_before_an_output_begins_is_lost_only_if_nothing_comes_of_it() {
    let push = |queue: &Queue, kind, n: i64| queue.push(Packet::Unit(unit(kind, n * FRAME, 10)));
    let queue = Queue::new(QueueBounds::DESTINATION);
    (0..19).for_each(|n| push(&queue, UnitKind::Picture, n));
    push(&queue, UnitKind::Keyframe, 19);
    push(&queue, UnitKind::Picture, 20);
    assert_eq!((drain(&queue).len(), queue.dropped()), (2, 0), "it has joined");
    // It breaks with two pictures on their way, and nobody is there for two more.
    push(&queue, UnitKind::Picture, 21);
    push(&queue, UnitKind::Picture, 22);
    assert!(queue.drop_next(Duration::ZERO) && queue.drop_next(Duration::ZERO));
    assert!(queue.drop_next(Duration::ZERO), "nothing is there, and more may come");
    assert_eq!(queue.dropped(), 2);
    // The next attempt comes to nothing before its keyframe: all of it is part of the break.
    queue.restart();
    (23..30).for_each(|n| push(&queue, UnitKind::Picture, n));
    assert_eq!(queue.dropped(), 2);
    queue.restart();
    assert_eq!(queue.dropped(), 2 + 7);
    // The one after that has a keyframe that is sent: what it waited for is no loss of its own.
    (30..35).for_each(|n| push(&queue, UnitKind::Picture, n));
    push(&queue, UnitKind::Keyframe, 35);
    assert_eq!((drain(&queue).len(), queue.dropped()), (1, 2 + 7));
    // It is stopped while it waits again: it ends as it broke off.
    queue.restart();
    push(&queue, UnitKind::Picture, 36);
    queue.close();
    assert_eq!(queue.dropped(), 2 + 7 + 1);
    assert!(!queue.drop_next(Duration::ZERO));
    // One that never began has lost nothing.
    let queue = Queue::new(QueueBounds::DESTINATION);
    push(&queue, UnitKind::Picture, 0);
    queue.close();
    assert_eq!(queue.dropped(), 0);
}

/// A server may take many seconds to accept a stream: it begins with what is live then.
#[test]
fn what_goes_by_while_a_server_is_waited_for_is_no_loss_to_a_stream_and_is_one_to_a_file() {
    for bounds in [QueueBounds::DESTINATION, QueueBounds::RECORDING] {
        let queue = Queue::new(bounds);
        let wait = |from: i64, to: i64| {
            for n in from..to {
                let kind = if n % 50 == 0 { UnitKind::Keyframe } else { UnitKind::Picture };
                // As much of a second as the bounds allow, so that both overflow.
                queue.push(Packet::Unit(unit(kind, n * bounds.nanos / 200, 10)));
            }
        };
        wait(0, 301);
        queue.push(Packet::Unit(unit(UnitKind::Keyframe, 2 * bounds.nanos, 10)));
        let held = drain(&queue).len() as u64;
        assert_eq!(queue.dropped(), if bounds.is_live { 0 } else { 302 - held });
        // What overflows once it has begun is lost to either.
        let before = queue.dropped();
        wait(400, 700);
        assert!(queue.dropped() > before);
    }
    // Nothing comes of the first attempt: what it waited for was lost.
    let queue = Queue::new(QueueBounds::DESTINATION);
    for n in 0..300 {
        let kind = if n % 50 == 0 { UnitKind::Keyframe } else { UnitKind::Picture };
        queue.push(Packet::Unit(unit(kind, n * FRAME, 10)));
    }
    assert_eq!(queue.dropped(), 0);
    queue.restart();
    assert_eq!(queue.dropped(), 300);
}

#[test]
fn a_closed_queue_gives_what_it_holds_and_then_says_so() {
    let queue = Queue::new(QueueBounds::RECORDING);
    queue.push(Packet::Unit(unit(UnitKind::Keyframe, 0, 10)));
    queue.close();
    assert!(queue.is_closed() && matches!(queue.pop(Duration::ZERO), Pop::Packet(_)));
    assert!(matches!(queue.pop(Duration::ZERO), Pop::Closed));
}

pub fn stream(uid: &str) -> StreamInfo {
    StreamInfo {
        uid: uid.to_owned(),
        paneid: 0,
        zorder: 1,
        x: 0.0,
        y: 0.25,
        w: 0.5,
        h: 0.5,
        kind: 0,
        status: 1,
        muted: 0,
        vol: 0,
        vad: 0,
    }
}

pub const CANVAS: CanvasInfo = CanvasInfo { w: 1_920, h: 1_080, bgnd: 0 };

/// The fields and their order are the service's own example's.
#[test]
fn the_message_reads_as_the_services_does() {
    let streams = vec![StreamInfo { vol: 1, vad: 119, ..stream("streamer111") }];
    let message =
        LayoutVolume { canvas: CANVAS, stream: streams, ver: sei::VERSION, ts: 1_697_696_106_230 };
    let example = r#"{"canvas":{"w":1920,"h":1080,"bgnd":0},"stream":[{"uid":"streamer111","paneid":0,"zorder":1,"x":0,"y":0.25,"w":0.5,"h":0.5,"type":0,"status":1,"muted":0,"vol":1,"vad":119}],"ver":"1.0.0.20220915","ts":1697696106230}"#;
    // The same number is written 0 there and 0.0 here.
    assert_eq!(serde_json::to_string(&message).unwrap().replace("0.0,", "0,"), example);
}

fn unacknowledged(unacknowledged: u64) -> Peer {
    Peer { unacknowledged, ..Peer::default() }
}

#[test]
fn a_peer_that_stops_reading_is_seen_though_its_system_acknowledges() {
    let mut health = Health::default();
    let second = |s: u64| s * 1_000_000_000;
    let at = |health: &mut Health, s, sent, edge| {
        health.observe(second(s), sent, Peer { edge: Some(edge), ..Peer::default() })
    };
    assert_eq!(at(&mut health, 1, 1_000, 60_000), Some(OutputState::Live));
    assert_eq!(at(&mut health, 2, 2_000, 61_000), Some(OutputState::Live));
    // Nothing is sent, so there is nothing to be read.
    assert_eq!(at(&mut health, 9, 2_000, 61_000), Some(OutputState::Live));
    // Bytes are sent and acknowledged, and the edge stands still.
    assert_eq!(at(&mut health, 10, 5_000, 61_000), Some(OutputState::Slow));
    assert_eq!(at(&mut health, 11, 9_000, 61_000), Some(OutputState::Stalled));
    assert_eq!(at(&mut health, 13, 19_000, 61_000), None);
}

#[test]
fn a_program_that_says_what_it_took_is_believed_before_its_system() {
    let mut health = Health::default();
    let mut at = |tenths: u64, sent, count| {
        let peer =
            Peer { edge: Some(tenths * 1_000_000), acknowledgements: count, unacknowledged: 0 };
        health.observe(tenths * 100_000_000, sent, peer)
    };
    assert_eq!(at(1, 10_000, None), Some(OutputState::Live));
    for tenths in 2..20 {
        assert_eq!(at(tenths, tenths * 40_000, Some(tenths)), Some(OutputState::Live));
    }
    // It says nothing more, while its window grows as before.
    let states: Vec<_> = (20..62).map(|tenths| at(tenths, tenths * 40_000, Some(19))).collect();
    assert_eq!(states[5], Some(OutputState::Live));
    assert_eq!(states[12], Some(OutputState::Slow));
    assert_eq!(states[22], Some(OutputState::Stalled));
    assert_eq!(states[41], None);
}

#[test]
fn health_is_slow_stalled_and_lost_after_one_two_and_four_seconds() {
    let mut health = Health::default();
    let second = |s: f64| (s * 1e9) as u64;
    // All acknowledged; then the peer takes nothing any more.
    assert_eq!(health.observe(second(10.0), 1_000, unacknowledged(0)), Some(OutputState::Live));
    let states = [
        (10.9, Some(OutputState::Live)),
        (11.0, Some(OutputState::Slow)),
        (11.9, Some(OutputState::Slow)),
        (12.0, Some(OutputState::Stalled)),
        (13.9, Some(OutputState::Stalled)),
    ];
    for (at, state) in states {
        assert_eq!(health.observe(second(at), 5_000, unacknowledged(4_000)), state, "{at}");
    }
    // A byte is life, and nothing to acknowledge is no fault.
    assert_eq!(
        health.observe(second(13.95), 6_000, unacknowledged(4_999)),
        Some(OutputState::Live)
    );
    assert_eq!(
        health.observe(second(17.9), 6_000, unacknowledged(4_999)),
        Some(OutputState::Stalled)
    );
    assert_eq!(health.observe(second(17.95), 6_000, unacknowledged(4_999)), None);
    assert_eq!(health.age(second(17.95)), second(4.0));
    let mut idle = Health::default();
    (0..20).for_each(|s| {
        assert_eq!(
            idle.observe(second(f64::from(s)), 9, unacknowledged(0)),
            Some(OutputState::Live)
        )
    });
}

#[test]
fn tries_come_fast_for_a_minute_and_then_each_30_s() {
    for chance in [0_u64, 100, 200, 12_345_678] {
        let (mut backoff, mut now, mut waits) = (Backoff::default(), 7 * SECOND as u64, Vec::new());
        for _ in 0..45 {
            let wait = backoff.next(now, chance);
            now += wait;
            waits.push(wait as f64 / 1e9);
        }
        let jitter = 0.9 + (chance % 201) as f64 / 1_000.0;
        assert!((0.9..=1.1).contains(&jitter));
        let plain: Vec<f64> =
            waits.iter().map(|wait| (wait / jitter * 1_000.0).round() / 1_000.0).collect();
        assert_eq!(plain[..4], [0.5, 1.0, 2.0, 2.0], "{chance}");
        let minute: f64 = waits.iter().take_while(|wait| **wait <= 2.2).sum();
        assert!((60.0..63.0).contains(&minute), "{chance}: fast for {minute} s");
        let slow: Vec<f64> = plain.iter().copied().filter(|wait| *wait > 2.0).collect();
        assert_eq!(slow[..4], [4.0, 8.0, 16.0, 30.0], "{chance}");
        assert_eq!(slow[4..], vec![30.0; slow.len() - 4], "{chance}");
        backoff.reset();
        assert!(backoff.next(now, 100) == SECOND as u64 / 2);
    }
}

#[test]
fn flv_bodies_are_what_the_format_says() {
    let (video, audio) = flv::headers(&headers());
    assert_eq!((video, audio), (vec![0x17, 0, 0, 0, 0, 1, 2, 3], vec![0xaf, 0, 17, 144]));
    let body = |kind| flv::body(&unit(kind, 0, 9));
    assert_eq!(body(UnitKind::Keyframe)[..9], [0x17, 1, 0, 0, 0, 0, 0, 0, 5]);
    assert_eq!(body(UnitKind::Picture)[..5], [0x27, 1, 0, 0, 0]);
    assert_eq!(body(UnitKind::Sound)[..3], [0xaf, 1, 0]);
}

/// A socket that takes so many bytes at a time, and then blocks once.
struct Narrow {
    takes: usize,
    left: usize,
}

impl std::io::Write for Narrow {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            self.left = self.takes;
            return Err(std::io::ErrorKind::WouldBlock.into());
        }
        let count = bytes.len().min(self.left);
        self.left -= count;
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// On a link about as fast as the stream what waits never runs empty, and is bounded all the same.
    #[test]
    fn what_waits_for_a_socket_is_bounded(unit in 1_000_usize..40_000, slower in 0_usize..400) {
        let mut outgoing = Outgoing::default();
        let takes = unit.saturating_sub(slower).max(1);
        let mut socket = Narrow { takes, left: takes };
        let (mut pushed, mut written) = (0_u64, 0_u64);
        for _ in 0..2_000 {
            if outgoing.has_room() {
                outgoing.push(&vec![7; unit]);
                pushed += unit as u64;
            }
            written += outgoing.write_to(&mut socket).unwrap();
            prop_assert!(outgoing.held() <= 2 * MAX_OUTGOING + unit, "{} bytes", outgoing.held());
            prop_assert_eq!(written + outgoing.waiting() as u64, pushed);
        }
    }
}
