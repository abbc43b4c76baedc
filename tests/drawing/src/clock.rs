//! The one place of this crate that reads clocks and sleeps.
#![expect(clippy::disallowed_methods, reason = "a GPU keeps no manual clock")]

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Now.
pub fn now() -> Instant {
    Instant::now()
}

/// Sleeps.
pub fn sleep(length: Duration) {
    std::thread::sleep(length);
}

/// CPU time of the calling thread so far.
pub fn thread_cpu() -> Duration {
    read(ClockId::ThreadCPUTime)
}

/// CPU time of all threads of this process so far.
pub fn process_cpu() -> Duration {
    read(ClockId::ProcessCPUTime)
}

fn read(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}
