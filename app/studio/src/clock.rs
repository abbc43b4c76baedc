//! The clocks. Everything outside this file is passed times.
#![expect(clippy::disallowed_methods, reason = "this is the place that is allowed to")]

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// A monotonic clock that all threads of a studio share; its zero is the studio's start.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Instant>);

impl Default for Clock {
    fn default() -> Self {
        Self(Arc::new(Instant::now()))
    }
}

impl Clock {
    /// Nanoseconds since the studio's start; never goes back.
    pub fn now(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Waits until this time, or not at all if it is past.
    pub fn wait_until(&self, nanos: u64) {
        let now = self.now();
        if nanos > now {
            // Only time ends this wait: there is nothing that would have to wake it.
            std::thread::sleep(Duration::from_nanos(nanos - now));
        }
    }
}

/// Milliseconds since 1970.
pub fn wall_millis() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The local time of day at milliseconds since 1970, as `20:14:03`.
pub fn local_time(wall_millis: i64) -> String {
    let zone = jiff::tz::TimeZone::system();
    let time = jiff::Timestamp::from_millisecond(wall_millis).unwrap_or_default();
    time.to_zoned(zone).strftime("%H:%M:%S").to_string()
}

/// The local date and time at milliseconds since 1970, as `2026-11-25 20:14`.
pub fn local_date_time(wall_millis: i64) -> String {
    let zone = jiff::tz::TimeZone::system();
    let time = jiff::Timestamp::from_millisecond(wall_millis).unwrap_or_default();
    time.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The local date and time for a file name: `2026-11-25-20-14-03`.
pub fn local_stamp() -> String {
    let now = jiff::Timestamp::from_millisecond(wall_millis().cast_signed()).unwrap_or_default();
    now.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d-%H-%M-%S").to_string()
}
