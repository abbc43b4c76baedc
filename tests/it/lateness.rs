//! Which frames of a program that is late are drawn.

use studio::program::lateness::Lateness;

/// Milliseconds in nanoseconds.
const MS: u64 = 1_000_000;
/// Between two frames.
const PERIOD: u64 = 40 * MS;

/// Runs so many frames, each of which takes what `work` says; a skipped one takes a millisecond. Each frame's lateness,
/// and whether it was skipped.
fn run(frames: u64, work: impl Fn(u64) -> u64) -> Vec<(u64, bool)> {
    let (mut rule, mut now) = (Lateness::new(PERIOD), 0);
    let frame = |n: u64| {
        let due = n * PERIOD;
        now = now.max(due);
        let late = now - due;
        let skips = rule.skips(late);
        if !skips {
            rule.worked(work(n));
        }
        now += if skips { MS } else { work(n) };
        (late, skips)
    };
    (0..frames).map(frame).collect()
}

#[test]
fn a_stall_of_less_than_half_a_second_skips_no_frame_and_is_made_up_for() {
    for (usual, stall) in [(5, 60), (5, 200), (5, 480), (15, 480), (25, 300)] {
        let seen = run(500, |n| if n == 100 { stall * MS } else { usual * MS });
        assert!(seen.iter().all(|(_, skips)| !skips), "{usual} and {stall}");
        assert!(seen[101].0 > 0, "it was late");
        // Each frame makes up for what it does not take of its period.
        let on_time = 101 + stall / (40 - usual) + 1;
        assert!(seen[on_time as usize..].iter().all(|(late, _)| *late == 0), "{usual} and {stall}");
    }
}

#[test]
fn a_longer_stall_is_skipped_over_at_once() {
    let seen = run(500, |n| if n == 100 { 2_000 * MS } else { 10 * MS });
    let skipped = seen.iter().filter(|(_, skips)| *skips).count();
    assert!((47..=50).contains(&skipped), "{skipped}");
    assert!(seen[152..].iter().all(|frame| *frame == (0, false)), "{:?}", &seen[140..160]);
}

#[test]
fn a_machine_that_is_too_slow_is_never_late_for_long() {
    for work in [41, 60, 100] {
        let seen = run(2_000, |_| work * MS);
        let worst = seen[100..].iter().map(|(late, _)| *late).max();
        assert!(worst <= Some((work + 40) * MS), "{work}: {worst:?}");
        // And it draws what it can.
        let drawn = seen.iter().filter(|(_, skips)| !skips).count() as u64;
        assert!(drawn * work * 100 >= 2_000 * 40 * 85, "{work}: {drawn} drawn");
    }
}
