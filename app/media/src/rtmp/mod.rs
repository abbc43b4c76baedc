//! RTMP and RTMPS destinations: one connection on a thread of its own, judged by the bytes its peer
//! acknowledges, and retried for as long as the output runs.

pub mod connecting;
mod connection;
mod link;
mod opening;
mod outgoing;
mod phase;
mod refused;
mod stream;
mod target;

use std::sync::atomic::Ordering;

use engine::OutputState;
use show::EncodeProfile;

use self::connecting::Resolving;
use self::link::POLL_INTERVAL;
pub use self::link::{Cause, ConnectionLost, Link, Lost, RtmpStats};
pub use self::outgoing::{MAX_OUTGOING, Outgoing};
pub use self::phase::Phase;
pub use self::refused::{Meaning, Refused};
pub use self::target::{Target, TargetError};
use crate::health::Backoff;

/// Sends what comes from the queue until it is closed, reconnecting as often as it takes.
pub fn run(target: &Target, profile: EncodeProfile, link: &Link<'_>) {
    let mut backoff = Backoff::default();
    let mut first = true;
    let mut resolving = Resolving::default();
    loop {
        link.stats.connections.fetch_add(1, Ordering::Relaxed);
        link.stats.next_try.store(0, Ordering::Relaxed);
        if !first {
            (link.rejoin)();
        }
        first = false;
        let mut reported = None;
        let ended = opening::open(target, profile, (link, &mut resolving))
            .and_then(|connection| connection.stream(link, &mut backoff, &mut reported));
        let cause = match ended {
            Ok(()) | Err(Lost::Stopped) => return,
            Err(Lost::Because(cause)) => cause,
            Err(Lost::Refused(refusal)) => Cause::Refused(Refused::new(&refusal)),
        };
        if link.queue.is_closed() {
            return;
        }
        (link.lost)(ConnectionLost { host: target.host.clone(), cause });
        (link.report)(OutputState::Reconnecting);
        let now = (link.now)();
        // The clock's low digits are random enough for the jitter.
        let wait = backoff.next(now, now / 1_000);
        link.stats.next_try.store(now + wait, Ordering::Relaxed);
        if !back_off(link, now + wait) {
            return;
        }
    }
}

/// Drops what comes until a time, or until the operator asks for an immediate retry; false if the output
/// was stopped.
fn back_off(link: &Link<'_>, until: u64) -> bool {
    let retries = || link.stats.retries.load(Ordering::Acquire);
    let before = retries();
    while (link.now)() < until && retries() == before {
        if !link.queue.drop_next(POLL_INTERVAL) {
            return false;
        }
    }
    true
}
