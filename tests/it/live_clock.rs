//! What a programme makes of live senders and networks that misbehave, on a clock of the test's own.

use media::source::live::{BufferEvent, ClockEvent, Latency};
use media::stream::Stream;
use show::FrameRate;
use tests::live::{MILLI, Played, SECOND, Sender};

const NETWORK: Latency = Latency { target: 200 * MILLI, segmented: false };

/// Played at 25 frames a second over a network.
fn played(sender: &Sender) -> Played {
    sender.play(NETWORK, FrameRate::R25)
}

/// From when on all is well to the end: no picture again or left out, no silence, in step.
#[track_caller]
fn is_well(played: &Played, from: i64, to: i64, what: &str) {
    let (again, out) = played.again_and_out(from, to);
    assert_eq!((again, out), (0, 0), "{what}: shown again, left out; {:?}", played.events);
    assert_eq!(played.silent(from, to), 0, "{what}: silent; {:?}", played.events);
    let (least, most) = played.sync(from, to);
    let millis = (least / MILLI, most / MILLI);
    assert!(least >= -22 * MILLI && most <= 22 * MILLI, "{what}: sound off by {millis:?} ms");
}

/// The latency at a time, in milliseconds, of a sender whose network takes half a second.
fn latency(played: &Played, at: i64) -> i64 {
    (played.delay(at).expect("a picture") - SECOND / 2) / MILLI
}

#[test]
fn a_well_network_loses_nothing_and_keeps_its_latency() {
    for rate in [FrameRate::R25, FrameRate::R30, FrameRate::R59_94, FrameRate::R29_97] {
        let sender = Sender { rate, length: 60 * SECOND, ..Sender::default() };
        let played = sender.play(NETWORK, rate);
        is_well(&played, SECOND, 60 * SECOND, &rate.to_string());
        for second in 3..60 {
            let off = latency(&played, second * SECOND) - 200;
            assert!(off.abs() <= 40, "{rate}, second {second}: {off} ms off");
        }
    }
}

#[test]
fn other_rates_have_the_cadence_of_their_times() {
    // 30 in 25: each sixth is left out. 25 in 59.94: none, and each is shown two or three times.
    let sender = Sender { rate: FrameRate::R30, length: 62 * SECOND, ..Sender::default() };
    let played = sender.play(NETWORK, FrameRate::R25);
    let (again, out) = played.again_and_out(2 * SECOND, 62 * SECOND);
    assert!(again == 0 && (299..=300).contains(&out), "{again} {out}");
    let sender = Sender { length: 62 * SECOND, ..Sender::default() };
    let played = sender.play(NETWORK, FrameRate::R59_94);
    let shown = played.between(2 * SECOND, 62 * SECOND);
    let runs = shown.chunk_by(|one, other| one.picture == other.picture);
    let runs: Vec<usize> = runs.map(<[_]>::len).collect();
    let inner = &runs[1..runs.len() - 1];
    assert!(inner.iter().all(|run| *run == 2 || *run == 3), "{inner:?}");
    assert_eq!(played.again_and_out(2 * SECOND, 62 * SECOND).1, 0);
}

#[test]
fn a_backlog_of_any_length_is_over_within_three_seconds() {
    for millis in [0, 40, 300, 500, 800, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000] {
        for group in [25, 50, 250] {
            // What was filmed before the viewer came is sent at once.
            let backlog = millis * MILLI;
            let arrives = move |_, media: i64| Some(media.max(backlog) - backlog + SECOND / 2);
            let sender = Sender { group, arrives: Box::new(arrives), ..Sender::default() };
            let played = played(&sender);
            let first = SECOND / 2;
            let end = 30 * SECOND - backlog;
            is_well(&played, first + 3 * SECOND, end, &format!("{millis} ms, {group}"));
            // What is filmed now is shown after the network's time and the latency.
            let delay = played.delay(first + 3 * SECOND).unwrap() + backlog;
            let off = delay - SECOND / 2 - 200 * MILLI;
            assert!(off.abs() <= 40 * MILLI, "{millis} ms, {group}: {} ms off", off / MILLI);
        }
    }
}

#[test]
fn a_backlog_that_comes_slowly_is_no_slideshow() {
    // At three times the speed: 4 s of it take 2 s.
    let backlog = 4 * SECOND;
    let arrives = move |_, media: i64| Some((media / 3).max(media - backlog) + SECOND / 2);
    let played = played(&Sender { arrives: Box::new(arrives), ..Sender::default() });
    is_well(&played, 4 * SECOND, 25 * SECOND, "slow backlog");
    let (again, _) = played.again_and_out(SECOND, 4 * SECOND);
    assert!(again <= 5, "{again} shown again");
}

/// A sender that pauses at 8 s.
fn pauses(millis: i64, catches_up: bool) -> Sender {
    let (begins, lasts) = (8 * SECOND, millis * MILLI);
    let arrives = move |_, media: i64| {
        let late = match (media >= begins, catches_up) {
            (false, _) => 0,
            (true, false) => lasts,
            (true, true) => (begins + lasts - media).max(0),
        };
        Some(media + SECOND / 2 + late)
    };
    Sender { arrives: Box::new(arrives), length: 80 * SECOND, ..Sender::default() }
}

#[test]
fn after_a_pause_of_any_length_picture_and_sound_are_back_together() {
    for catches_up in [false, true] {
        for millis in
            [50, 100, 150, 200, 250, 300, 400, 600, 800, 1_100, 1_300, 1_500, 3_000, 5_000, 10_000]
        {
            let what = format!("{millis} ms, catches up: {catches_up}");
            let played = played(&pauses(millis, catches_up));
            let first_good = 8 * SECOND + SECOND / 2 + millis * MILLI;
            let end = 80 * SECOND;
            // Nothing is missing before what the network held up is missed.
            is_well(&played, SECOND, 8 * SECOND + SECOND / 2, &what);
            let back = first_good + 300 * MILLI;
            // For as long as the latency is brought back, a picture may be shown again or left out.
            let (least, most) = played.sync(back, end);
            assert!(least >= -24 * MILLI && most <= 24 * MILLI, "{what}: {least} {most}");
            let silent = played.silent(back, end);
            assert!(silent <= 1, "{what}: {silent} frames silent; {:?}", played.events);
            let frozen = played.again_and_out(back, back + 3 * SECOND).0;
            assert!(frozen <= 1, "{what}: {frozen} again after it is back");
            is_well(&played, first_good + 50 * SECOND, end, &what);
            // And so is the latency, seen from the sender.
            let held = if catches_up { 0 } else { millis };
            let off = latency(&played, 75 * SECOND) - held - 200;
            let off_slightly = off.abs() <= 40;
            // A pause within the latency need not be noticed.
            assert!(off_slightly || millis < 200, "{what}: {off} ms off; {:?}", played.events);
        }
    }
}

#[test]
fn at_most_the_gap_itself_is_missing() {
    for millis in [300, 600, 1_000, 4_000] {
        let gap = millis / 40;
        for catches_up in [false, true] {
            let played = played(&pauses(millis, catches_up));
            let (from, to) = (8 * SECOND, 14 * SECOND + millis * MILLI);
            let (again, out) = played.again_and_out(from, to);
            let what = format!("{millis} ms, catches up: {catches_up}");
            assert!(again as i64 <= gap + 2, "{what}: {again} shown again");
            let lost = if catches_up { gap + 2 } else { 2 };
            assert!(out as i64 <= lost, "{what}: {out} left out");
            let silent = played.silent(from, to) as i64;
            assert!(silent <= gap + 3, "{what}: {silent} silent");
        }
    }
}

/// A sender whose timestamps begin at one time, and jump at 8 s.
fn jumps(begins_millis: i64, by_millis: i64) -> Sender {
    let stamp = move |_, media: i64| {
        let jump = if media >= 8 * SECOND { by_millis * MILLI } else { 0 };
        media + begins_millis * MILLI + jump
    };
    Sender { stamp: Box::new(stamp), length: 70 * SECOND, ..Sender::default() }
}

#[test]
fn timestamps_may_jump_by_anything() {
    let far = 2_000_000_000;
    for by in [
        -far,
        -86_400_000,
        -60_000,
        -5_000,
        -1_500,
        -1_000,
        -600,
        -300,
        -200,
        -100,
        -60,
        60,
        100,
        200,
        400,
        700,
        1_000,
        1_200,
        2_000,
        5_000,
        15_000,
        60_000,
        86_400_000,
        far,
    ] {
        let played = played(&jumps(far + 500_000, by));
        let what = format!("jump by {by} ms");
        is_well(&played, SECOND, 8 * SECOND + SECOND / 2, &what);
        // What is left out by a jump forward is not filmed; what is told twice is shown in its turn.
        let back = 8 * SECOND + SECOND / 2 + 200 * MILLI + 300 * MILLI;
        let (least, most) = played.sync(back, 70 * SECOND);
        assert!(least >= -24 * MILLI && most <= 24 * MILLI, "{what}: {least} {most}");
        let (again, out) = played.again_and_out(back, back + 3 * SECOND);
        assert!(again + out <= 1, "{what}: {again} {out}; {:?}", played.events);
        is_well(&played, 63 * SECOND, 70 * SECOND, &what);
        let off = latency(&played, 68 * SECOND) - 200;
        assert!(off.abs() <= 40, "{what}: {off} ms off; {:?}", played.events);
    }
}

#[test]
fn wraps_are_not_seen() {
    let wraps: [(&str, i64); 4] = [
        ("24 bits", (1 << 24) * MILLI),
        ("31 bits", (1 << 31) * MILLI),
        ("32 bits", (1 << 32) * MILLI),
        ("33 bits of 90 kHz", 95_443_717_688_888),
    ];
    for (what, wrap) in wraps {
        // It wraps after 8 s, pictures and sound each at their own moment.
        let stamp = move |_, media: i64| (media + wrap - 8 * SECOND).rem_euclid(wrap);
        let sender = Sender { stamp: Box::new(stamp), ..Sender::default() };
        is_well(&played(&sender), SECOND, 30 * SECOND, what);
    }
}

#[test]
fn a_clock_that_runs_off_is_followed() {
    for (ppm, minutes) in [(1_000, 60), (-1_000, 20), (5_000, 20), (-5_000, 60), (50, 20)] {
        let length = minutes * 60 * SECOND;
        // Its second takes so much longer than ours.
        let arrives = move |_, media: i64| Some(media + media / 1_000_000 * ppm + SECOND / 2);
        let sender = Sender { arrives: Box::new(arrives), length, ..Sender::default() };
        let played = played(&sender);
        let what = format!("{ppm} ppm");
        let from = 3 * SECOND + SECOND / 2;
        let end = length - length / 1_000_000 * ppm.abs();
        assert_eq!(played.silent(from, end), 0, "{what}");
        // A picture is at most half a frame from its sound, and a sixteenth more before one is left out.
        let (least, most) = played.sync(from, end);
        assert!(least >= -24 * MILLI && most <= 24 * MILLI, "{what}: {least} {most}");
        // As many pictures too few or too many as the clock makes, and no others.
        let (again, out) = played.again_and_out(from, end);
        let wanted = ((end - from) / (40 * MILLI) * ppm.abs() / 1_000_000) as u64;
        let (right, wrong) = if ppm > 0 { (again, out) } else { (out, again) };
        assert!(
            right.abs_diff(wanted) <= 2 + wanted / 100 && wrong <= 1,
            "{what}: {again} {out}, not {wanted}"
        );
        for minute in 1..minutes {
            let at = minute * 60 * SECOND;
            let frame = played.between(at, end)[0];
            let media = (frame.at - SECOND / 2) * 1_000_000 / (1_000_000 + ppm);
            let off = media - frame.picture.unwrap() as i64 * 40 * MILLI - 200 * MILLI;
            assert!(off.abs() <= 40 * MILLI, "{what}, minute {minute}: {} ms off", off / MILLI);
        }
    }
}

#[test]
fn jitter_is_hidden_as_far_as_the_latency_goes_and_learned_beyond() {
    for (millis, settles) in [(20, 3), (100, 3), (150, 20), (300, 30)] {
        let jitter = move |stream: Stream, media: i64| {
            // Anything from 0 to the most, and each packet after the one before.
            let hash = (media / MILLI).wrapping_mul(2_654_435_761 + stream.index() as i64) >> 7;
            Some(media + SECOND / 2 + hash.rem_euclid(millis) * MILLI)
        };
        let sender = Sender { arrives: Box::new(jitter), length: 90 * SECOND, ..Sender::default() };
        let played = played(&sender);
        is_well(&played, settles * SECOND, 90 * SECOND, &format!("{millis} ms of jitter"));
    }
}

#[test]
fn a_stream_that_comes_late_or_never_holds_up_nothing() {
    for missing in Stream::ALL {
        for from in [2 * SECOND, 5 * SECOND, 60 * SECOND] {
            let arrives = move |stream, media: i64| {
                (stream != missing || media >= from).then_some(media + SECOND / 2)
            };
            let sender = Sender { arrives: Box::new(arrives), ..Sender::default() };
            let played = played(&sender);
            let what = format!("no {missing:?} before {} s", from / SECOND);
            let (begins, comes) = (SECOND, from + SECOND / 2 + 200 * MILLI);
            if missing == Stream::Sound {
                let (again, out) = played.again_and_out(begins, 30 * SECOND);
                assert_eq!((again, out), (0, 0), "{what}");
            } else {
                assert_eq!(played.silent(begins, 30 * SECOND), 0, "{what}");
            }
            if comes < 30 * SECOND {
                is_well(&played, comes + SECOND / 2, 30 * SECOND, &what);
            }
        }
    }
}

#[test]
fn a_stream_that_stops_and_comes_again_is_in_step() {
    for missing in Stream::ALL {
        for lasts in [SECOND / 2, 3 * SECOND, 10 * SECOND] {
            let arrives = move |stream, media: i64| {
                let is_gone = (6 * SECOND..6 * SECOND + lasts).contains(&media);
                (stream != missing || !is_gone).then_some(media + SECOND / 2)
            };
            let played = played(&Sender { arrives: Box::new(arrives), ..Sender::default() });
            let what = format!("no {missing:?} for {} ms", lasts / MILLI);
            is_well(&played, SECOND, 6 * SECOND + SECOND / 2, &what);
            is_well(&played, 7 * SECOND + SECOND / 2 + lasts, 30 * SECOND, &what);
        }
    }
}

#[test]
fn segments_of_any_length_play_smoothly() {
    for seconds in [1, 2, 4, 6, 10] {
        // A segment can be fetched once it is whole, which takes a tenth of a second. The list is read when the
        // viewer comes, and each segment's length from then on. It begins with the last three.
        let segment = seconds * SECOND;
        let joined = 3 * segment + segment * 2 / 3;
        let arrives = move |_, media: i64| {
            let (number, within) = (media / segment, media % segment);
            let whole = (number + 1) * segment;
            let polls = (whole - joined + segment - 1).div_euclid(segment).max(0);
            let fetched = polls * segment + number.min(2) * SECOND / 10;
            Some(SECOND / 2 + fetched + within / (10 * seconds))
        };
        let sender =
            Sender { arrives: Box::new(arrives), length: 40 * segment, ..Sender::default() };
        let latency = Latency { segmented: true, ..NETWORK };
        let played = sender.play(latency, FrameRate::R25);
        let last = played.frames.last().unwrap().at;
        let end = last - 4 * segment - SECOND;
        let (again, out) = played.again_and_out(2 * SECOND, end);
        let (least, most) = played.sync(2 * SECOND, end);
        let what = format!("{seconds} s");
        assert!(least >= -20 * MILLI && most <= 20 * MILLI, "{what}: {least} {most}");
        // It may be brought nearer to its edge once.
        let moved = played.events.iter().filter(
            |(_, event)| matches!(event, BufferEvent::Clock(ClockEvent::Adjusted(by)) if *by < 0),
        );
        let moved = moved.count();
        assert!(moved <= 2, "{what}: {:?}", played.events);
        assert_eq!(again, 0, "{what}: shown again; {:?}", played.events);
        assert!(out == 0 || moved > 0, "{what}: {out} left out");
        assert!(played.silent(2 * SECOND, end) <= moved, "{what}");
    }
}
