//! An encoder that fails is not started again at once, again and again.

use show::EncodeProfile;
use studio::program::encode_retries::EncodeRetries;

const MILLI: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
/// No jitter.
const EVEN: u64 = 100;

/// How long it waits after a failure now, in milliseconds, of an encode that was started then.
fn wait(retries: &mut EncodeRetries, profile: EncodeProfile, started: u64, now: u64) -> u64 {
    retries.failed(profile, (started, now), EVEN);
    let is_over = |millis: &u64| retries.come_due(now + millis * MILLI);
    let waited = (0..60_000).step_by(100).find(is_over).unwrap();
    assert!(!retries.waits(profile));
    waited
}

#[test]
fn an_encoder_that_fails_at_once_is_started_ever_later_and_one_that_worked_soon() {
    let (mut retries, profile) = (EncodeRetries::default(), EncodeProfile::default());
    let other = EncodeProfile { video_kbps: 1_000, ..profile };
    let mut now = SECOND;
    let mut waits = Vec::new();
    for _ in 0..5 {
        let millis = wait(&mut retries, profile, now, now);
        waits.push(millis);
        now += millis * MILLI;
    }
    assert_eq!(waits, [500, 1_000, 2_000, 2_000, 2_000]);
    // Another is none of its business.
    retries.failed(profile, (now, now), EVEN);
    assert!(retries.waits(profile) && !retries.waits(other));
    assert!(!retries.come_due(now + 1_999 * MILLI));
    assert!(retries.come_due(now + 2_000 * MILLI));
    // It ran for a while.
    assert_eq!(wait(&mut retries, profile, now, now + 20 * SECOND), 500);
}
