//! The one place of the harness that reads the clock and sleeps: servers and programs that are
//! tested from outside run in real time.
#![expect(clippy::disallowed_methods, reason = "what runs beside us keeps no manual clock")]

use std::time::{Duration, Instant};

/// How long anything may take before it counts as hung, on a machine of any speed: long, because it only
/// ends what would never end. What must come in time is held to that by `canary::within`.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Now.
pub fn now() -> Instant {
    Instant::now()
}

/// Nanoseconds since this was first asked, as `studio`'s clock has it.
pub fn nanos() -> u64 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    u64::try_from(START.get_or_init(now).elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// Sleeps: what runs beside us has its time to itself. What can be asked for is waited for ([`wait_for`]).
pub fn sleep(length: Duration) {
    std::thread::sleep(length);
}

/// Sleeps until then; not at all if that is past.
pub fn sleep_until(then: Instant) {
    sleep(then.saturating_duration_since(now()));
}

/// Asks each 10 ms until there is an answer, at most this long.
pub fn wait_for<T>(most: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let end = now() + most;
    loop {
        let answer = ask();
        if answer.is_some() || now() >= end {
            return answer;
        }
        sleep(Duration::from_millis(10));
    }
}
