//! The hub behind an encode: who joins when, what is said in the stream, and when keyframes are asked
//! for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use media::encode::{Sink, UnitKind};
use media::hub::{FrameInfo, Hub, Level};
use media::queue::{Packet, Pop, Queue, QueueBounds};
use media::sei;
use show::{SeiPolicy, SeiTiming, SourceId};

use crate::media_parts::{CANVAS, FRAME, drain, headers, stream, unit};

/// Headers, then pictures at 25 with a keyframe each `every`, sound between them, frames `range`.
fn send(hub: &Hub, range: std::ops::Range<i64>, every: i64) {
    for n in range {
        let kind = if n % every == 0 { UnitKind::Keyframe } else { UnitKind::Picture };
        hub.unit(unit(kind, n * FRAME, 20));
        hub.unit(unit(UnitKind::Sound, n * FRAME + FRAME / 2, 8));
    }
}

fn joined(hub: &Hub, policy: SeiPolicy) -> Arc<Queue> {
    let queue = Arc::new(Queue::new(QueueBounds::RECORDING));
    hub.join(policy, Arc::clone(&queue));
    queue
}

#[test]
fn who_joins_early_starts_from_the_last_keyframe_and_later_from_the_next() {
    let hub = Hub::default();
    hub.headers(headers());
    send(&hub, 0..60, 50);
    let early = joined(&hub, SeiPolicy::default());
    let got = drain(&early);
    // Sound that began before the keyframe and goes on into it is part of its group.
    assert_eq!(got[..2], [('H', 0), ('K', 50 * FRAME)]);
    assert_eq!(got.iter().filter(|(kind, _)| *kind == 'P').count(), 9);
    let sounds: Vec<i64> =
        got.iter().filter(|(kind, _)| *kind == 'S').map(|(_, pts)| *pts).collect();
    assert_eq!(sounds.len(), 11);
    assert!(sounds[0] < 50 * FRAME && sounds[0] + 21_333_333 > 50 * FRAME);
    send(&hub, 60..80, 50);
    let late = joined(&hub, SeiPolicy::default());
    assert_eq!(drain(&late), [('H', 0)], "over a second after the keyframe");
    send(&hub, 80..102, 50);
    assert_eq!(drain(&late)[0], ('K', 100 * FRAME));
    assert_eq!([&late, &early].map(|queue| queue.dropped()), [0, 0], "a beginning is no loss");
    assert_eq!(drain(&early).iter().filter(|(kind, _)| *kind != 'S').count(), 42, "missed nothing");
    hub.leave(&late);
    assert!(late.is_closed());
    hub.rejoin(SeiPolicy::default(), &early);
    assert_eq!(drain(&early)[..2], [('H', 0), ('K', 100 * FRAME)]);
}

/// An encoder of pictures may be slower than one of sound.
#[test]
fn sound_that_comes_before_its_keyframe_is_not_lost() {
    let hub = Hub::default();
    hub.headers(headers());
    let queue = joined(&hub, SeiPolicy::default());
    let sound = |n: i64| hub.unit(unit(UnitKind::Sound, n * 20_000_000, 8));
    (0..12).for_each(sound);
    assert_eq!(drain(&queue), [('H', 0)]);
    hub.unit(unit(UnitKind::Keyframe, 2 * FRAME, 20));
    (12..14).for_each(sound);
    // What is over before the keyframe begins is no part of it; all else comes, once and in order.
    let sounds = (3..14).map(|n| ('S', n * 20_000_000));
    assert_eq!(drain(&queue), [('K', 2 * FRAME)].into_iter().chain(sounds).collect::<Vec<_>>());
    // However far behind the pictures are while they wait for their encoder.
    let hub = Hub::default();
    hub.headers(headers());
    let queue = joined(&hub, SeiPolicy::default());
    (0..125).for_each(|n| hub.unit(unit(UnitKind::Sound, n * 20_000_000, 8)));
    hub.unit(unit(UnitKind::Keyframe, 0, 20));
    assert_eq!(drain(&queue).len(), 2 + 125);
}

#[test]
fn what_came_before_the_headers_is_not_lost() {
    let hub = Hub::default();
    let queue = joined(&hub, SeiPolicy::default());
    send(&hub, 0..2, 50);
    assert_eq!(drain(&queue), []);
    hub.headers(headers());
    send(&hub, 2..3, 50);
    let kinds: String = drain(&queue).iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, "HKSPSPS");
    // However long an encoder takes for its first headers.
    let (hub, queue) = (Hub::default(), Arc::new(Queue::new(QueueBounds::RECORDING)));
    hub.join(SeiPolicy::default(), Arc::clone(&queue));
    send(&hub, 0..40, 50);
    hub.headers(headers());
    let got = drain(&queue);
    assert_eq!(got[1], ('K', 0));
    assert_eq!(got.iter().filter(|(kind, _)| *kind == 'P').count(), 39);
}

#[test]
fn a_keyframe_is_asked_for_seldom_and_only_if_the_next_is_far() {
    let hub = Hub::default();
    assert!(!hub.requests_keyframe(0), "nothing runs");
    let mut long = headers();
    long.profile.keyframe_millis = 10_000;
    hub.headers(long);
    send(&hub, 0..30, 10_000);
    assert!(!hub.requests_keyframe(30 * FRAME), "nobody waits");
    let waiting = joined(&hub, SeiPolicy::default());
    let asked: Vec<i64> = (30..33).filter(|n| hub.requests_keyframe(n * FRAME)).collect();
    assert_eq!(asked, [30], "once");
    // The encoder did as it was asked; another one comes late in the new group.
    let of_group =
        |n: i64, start: i64| if n == start { UnitKind::Keyframe } else { UnitKind::Picture };
    (32..70).for_each(|n| hub.unit(unit(of_group(n, 32), n * FRAME, 20)));
    assert_eq!(drain(&waiting)[1], ('K', 32 * FRAME));
    let _second = joined(&hub, SeiPolicy::default());
    let asked: Vec<i64> = (70..100).filter(|n| hub.requests_keyframe(n * FRAME)).collect();
    assert_eq!(asked, [80], "two seconds after the first");
    // Whoever waits near the end of a group waits for the next keyframe.
    (82..310).for_each(|n| hub.unit(unit(of_group(n, 82), n * FRAME, 20)));
    let _third = joined(&hub, SeiPolicy::default());
    assert_eq!((310..332).filter(|n| hub.requests_keyframe(n * FRAME)).count(), 0);
}

/// The layout and volume messages of a drained queue: (time, kind, vol, vad) each.
fn said(queue: &Queue) -> Vec<(i64, UnitKind, u64, u64)> {
    let mut found = Vec::new();
    while let Pop::Packet(packet) = queue.pop(Duration::ZERO) {
        let Packet::Unit(unit) = packet else { continue };
        for (_, nal) in
            sei::nals(&unit.data).filter(|(_, nal)| unit.kind != UnitKind::Sound && nal[0] == 6)
        {
            for (_, payload) in tests::sei::payloads(&tests::sei::plain(&nal[1..])) {
                let json: serde_json::Value = serde_json::from_slice(&payload[16..]).unwrap();
                let number = |name: &str| json["stream"][0][name].as_u64().unwrap();
                found.push((unit.pts, unit.kind, number("vol"), number("vad")));
            }
        }
    }
    found
}

/// The sound is a full-scale sine in odd seconds and silent in even ones; both channels.
pub fn moment(n: i64) -> FrameInfo {
    let samples = n as u64 * 2 * 1_920;
    let loud = (0..n).filter(|n| n / 25 % 2 == 1).count() as f64;
    let level = Level { energy: loud * 1_920.0, samples, vad: (n % 150) as u8, muted: false };
    let levels = Arc::new(BTreeMap::from([(SourceId(3), level)]));
    let streams = [(SourceId(3), stream("uid"))].into();
    FrameInfo { pts: n * FRAME, wall_millis: 40 * n as u64, canvas: CANVAS, streams, levels }
}

fn play(hub: &Hub, range: std::ops::Range<i64>, every: i64) {
    for n in range {
        hub.add_frame(moment(n));
        send(hub, n..n + 1, every);
    }
}

#[test]
fn messages_come_each_interval_and_on_idrs_with_the_level_since_the_last() {
    let policy = |on_idr| SeiPolicy {
        layout_volume: Some(SeiTiming { interval_millis: 1_000, on_idr }),
        payload_type: 5,
    };
    let hub = Hub::default();
    hub.headers(headers());
    let (each, idr) = (joined(&hub, policy(false)), joined(&hub, policy(true)));
    let none = joined(&hub, SeiPolicy { layout_volume: None, payload_type: 5 });
    play(&hub, 0..130, 60);
    let on = |n: i64| if n % 60 == 0 { UnitKind::Keyframe } else { UnitKind::Picture };
    let at = |n: i64, vol: u64| (n * FRAME, on(n), vol, n as u64 % 150);
    // Each covers what was heard since the one before it.
    assert_eq!(
        said(&each),
        [at(0, 0), at(25, 0), at(50, 255), at(75, 0), at(100, 255), at(125, 0)]
    );
    let loud = |part: f64| (255.0 * part.sqrt()).round() as u64;
    let wanted = [
        at(0, 0),
        at(25, 0),
        at(50, 255),
        at(60, 0),
        at(75, 0),
        at(100, 255),
        at(120, 0),
        at(125, loud(0.0)),
    ];
    assert_eq!(said(&idr), wanted);
    assert_eq!(said(&none), []);
}

#[test]
fn who_joins_is_told_at_once_what_is_to_be_seen() {
    let hub = Hub::default();
    hub.headers(headers());
    play(&hub, 0..60, 50);
    let queue = joined(&hub, SeiPolicy::default());
    let first = said(&queue)[0];
    assert_eq!((first.0, first.1), (50 * FRAME, UnitKind::Keyframe));
}

#[test]
fn volume_is_255_for_a_full_scale_sine_and_180_for_half_its_power() {
    for (energy, wanted) in [(0.0, 0), (0.25, 180), (0.5, 255), (1.0, 255)] {
        let hub = Hub::default();
        hub.headers(headers());
        let queue = joined(&hub, SeiPolicy::default());
        let level = Level { energy: energy * 96_000.0, samples: 96_000, vad: 0, muted: true };
        let levels = Arc::new(BTreeMap::from([(SourceId(3), level)]));
        hub.add_frame(FrameInfo { levels, ..moment(0) });
        send(&hub, 0..1, 50);
        assert_eq!(said(&queue)[0].2, wanted, "{energy}");
    }
}

#[test]
fn a_group_without_end_is_not_kept() {
    // With headers, and with an encoder that never makes any.
    for has_headers in [true, false] {
        let hub = Hub::default();
        if has_headers {
            hub.headers(headers());
        }
        send(&hub, 0..3_000, i64::MAX);
        // Five seconds of pictures and sound before there are headers; with them three of sound.
        let most = if has_headers { 1 + 77 } else { 2 * 127 };
        assert!(hub.held_units() <= most, "{} units of two minutes", hub.held_units());
        // What is left is whole for whoever joins now: nothing, until the next keyframe.
        hub.headers(headers());
        let late = joined(&hub, SeiPolicy::default());
        assert_eq!(drain(&late), [('H', 0)]);
        hub.unit(unit(UnitKind::Keyframe, 3_000 * FRAME, 20));
        // With the sound that goes on into it.
        let sound = ('S', 2_999 * FRAME + FRAME / 2);
        assert_eq!(drain(&late), [('K', 3_000 * FRAME), sound]);
    }
}
