//! When encodes that have failed are started again.

use media::health::Backoff;
use show::EncodeProfile;

/// An encode that ran for this long, in nanoseconds, worked: its next failure is a new one.
const STEADY: u64 = 10_000_000_000;
/// Of how many profiles failures are remembered; beyond, the oldest are forgotten.
const MAX_PROFILES: usize = 64;

/// The failures of a program's encodes.
#[derive(Default)]
pub struct EncodeRetries(Vec<Retry>);

struct Retry {
    profile: EncodeProfile,
    backoff: Backoff,
    /// Until when it is not started; `None` once that is over.
    until: Option<u64>,
}

impl EncodeRetries {
    /// The encode of this profile, which was started then, has failed now; both in nanoseconds. `random` is
    /// any number.
    pub fn failed(&mut self, profile: EncodeProfile, (started, now): (u64, u64), random: u64) {
        let known = self.0.iter().position(|retry| retry.profile == profile);
        let known = known.map(|at| self.0.remove(at));
        let mut backoff = known.map(|retry| retry.backoff).unwrap_or_default();
        if now.saturating_sub(started) >= STEADY {
            backoff.reset();
        }
        let until = Some(now + backoff.next(now, random));
        if self.0.len() >= MAX_PROFILES {
            self.0.remove(0);
        }
        self.0.push(Retry { profile, backoff, until });
    }

    /// Whether the encode of this profile is to be started later.
    pub fn waits(&self, profile: EncodeProfile) -> bool {
        self.0.iter().any(|retry| retry.profile == profile && retry.until.is_some())
    }

    /// Whether any may be started from now on, in nanoseconds, that could not before.
    pub fn come_due(&mut self, now: u64) -> bool {
        let mut any = false;
        for retry in &mut self.0 {
            any |= retry.until.take_if(|until| *until <= now).is_some();
        }
        any
    }
}
