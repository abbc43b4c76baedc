//! RTMP and RTMPS destinations: one connection on a thread of its own, judged by the bytes its peer
//! acknowledges, and made again for as long as the output runs.

mod connection;
mod link;
mod stream;
mod target;

use std::sync::atomic::Ordering;

use engine::OutputState;
use show::EncodeProfile;

use self::connection::Connection;
pub use self::link::{Cause, ConnectionLost, Link, RtmpStats};
use self::link::{Lost, TURN};
pub use self::target::{Target, TargetError};
use crate::health::Backoff;

/// Sends what comes from the queue until it is closed, connecting as often as it takes.
pub fn run(target: &Target, profile: EncodeProfile, link: &Link<'_>) {
    let mut backoff = Backoff::default();
    let mut first = true;
    loop {
        link.stats.connections.fetch_add(1, Ordering::Relaxed);
        link.stats.next_try.store(0, Ordering::Relaxed);
        if !first {
            (link.rejoin)();
        }
        first = false;
        let mut told = None;
        let lost = Connection::open(target, profile, link)
            .and_then(|connection| connection.stream(link, &mut backoff, &mut told));
        let Err(Lost::Because(cause)) = lost else { return };
        if link.queue.is_closed() {
            return;
        }
        (link.lost)(ConnectionLost { host: target.host.clone(), cause });
        (link.report)(OutputState::Reconnecting);
        let now = (link.now)();
        // Nanoseconds are as good as chance.
        let wait = backoff.next(now, now / 1_000);
        link.stats.next_try.store(now + wait, Ordering::Relaxed);
        if !pause(link, now + wait) {
            return;
        }
    }
}

/// Waits until a time, or until it is asked to be tried at once, letting go what comes; false if the
/// output was stopped.
fn pause(link: &Link<'_>, until: u64) -> bool {
    let asked = || link.stats.retries.load(Ordering::Acquire);
    let before = asked();
    while (link.now)() < until && asked() == before {
        if !link.queue.let_go(TURN) {
            return false;
        }
    }
    true
}
