//! Decides when a source is opened, closed and reported: pure, times are passed in.

use engine::SourceState;

use crate::health::Backoff;

const SECOND: u64 = 1_000_000_000;
/// Without data for this long a source is reported as stalled; its last picture stays.
const STALLED: u64 = SECOND;
/// Without data for this long it is opened again.
const LOST: u64 = 3 * SECOND;
/// Without any data for this long after it was opened it is opened again.
const SILENT: u64 = 10 * SECOND;

/// However long it is lost already, it is tried again within this time, so that it is back soon after its sender.
const RETRIED: u64 = 2 * SECOND;

/// What was observed of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observation {
    /// A picture or a block of sound arrived.
    Data,
    /// The pipeline reported an error, or a live source ended.
    Broke,
    /// Its peer does not let us in.
    Refused,
    /// A file ended.
    Ended,
    /// Nothing, but time has passed.
    Nothing,
}

/// What to do with a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceAction {
    /// Open the pipeline.
    Open,
    /// Close the pipeline; it is opened again later.
    Close,
    /// Report the source's state.
    Report(SourceState),
}

/// The state machine of one source.
#[derive(Clone, Debug)]
pub struct Supervisor {
    /// Whether silence is a fault: a file waits for its readers, a live source does not.
    live: bool,
    phase: Phase,
    backoff: Backoff,
    /// Whether it waits to be sent to: silence before the first data is no fault.
    waits_for_sender: bool,
    /// How long it waits before it is opened again, in nanoseconds; 0 if the backoff says that.
    pause: u64,
    reported: Option<SourceState>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Opened at this time, without data so far.
    Opening(u64),
    /// Data came last at this time.
    Running(u64),
    /// Closed until this time.
    Waiting(u64),
    /// A file has delivered everything. It may be cued again.
    Ended,
}

impl Supervisor {
    /// For a source that should be opened now.
    pub fn new(live: bool, now: u64) -> Self {
        Self {
            live,
            phase: Phase::Waiting(now),
            backoff: Backoff::default(),
            waits_for_sender: false,
            pause: 0,
            reported: None,
        }
    }

    /// Opens it again after so many nanoseconds whenever it is lost: for what is on this computer, and cheaply
    /// looked for.
    #[must_use]
    pub fn reopening_after(self, pause: u64) -> Self {
        Self { pause, ..self }
    }

    /// Waits for its sender for as long as that takes.
    #[must_use]
    pub fn waiting_for_sender(self) -> Self {
        Self { waits_for_sender: true, ..self }
    }

    /// Takes what was observed at `now` (nanoseconds) and returns what to do; `random` is any number, for
    /// the jitter.
    pub fn observe(&mut self, seen: Observation, now: u64, random: u64) -> Vec<SourceAction> {
        let mut acts = Vec::new();
        match (self.phase, seen) {
            (Phase::Waiting(until), _) if now >= until => {
                self.phase = Phase::Opening(now);
                // A lost source stays lost while it is retried.
                if self.reported != Some(SourceState::Lost) {
                    self.report(SourceState::Connecting, &mut acts);
                }
                acts.push(SourceAction::Open);
            }
            (Phase::Waiting(_), _) => {}
            (_, Observation::Broke) => self.lose(now, random, RETRIED, &mut acts),
            // Who asks again and again with a wrong password is shut out.
            (_, Observation::Refused) => self.lose(now, random, u64::MAX, &mut acts),
            (_, Observation::Ended) => self.phase = Phase::Ended,
            (_, Observation::Data) => {
                self.phase = Phase::Running(now);
                self.backoff.reset();
                self.report(SourceState::Live, &mut acts);
            }
            (Phase::Opening(since), Observation::Nothing)
                if !self.waits_for_sender && now.saturating_sub(since) >= SILENT =>
            {
                self.lose(now, random, RETRIED, &mut acts);
            }
            (Phase::Running(last), Observation::Nothing) if self.live => {
                match now.saturating_sub(last) {
                    age if age >= LOST => self.lose(now, random, RETRIED, &mut acts),
                    age if age >= STALLED => self.report(SourceState::Stalled, &mut acts),
                    _ => {}
                }
            }
            (Phase::Opening(_) | Phase::Running(_) | Phase::Ended, Observation::Nothing) => {}
        }
        acts
    }

    /// Opens it again now, if it waits for that.
    pub fn hurry(&mut self, now: u64) {
        if let Phase::Waiting(until) = &mut self.phase {
            *until = now.min(*until);
        }
    }

    /// When it will be opened again, if it is closed.
    pub fn opens_at(&self) -> Option<u64> {
        match self.phase {
            Phase::Waiting(until) => Some(until),
            _ => None,
        }
    }

    /// `most`: how long it waits at the most before it is opened again.
    fn lose(&mut self, now: u64, random: u64, most: u64, acts: &mut Vec<SourceAction>) {
        let pause = match self.pause {
            0 => self.backoff.next(now, random).min(most),
            pause => pause,
        };
        self.phase = Phase::Waiting(now + pause);
        // Reported first: closing may block on the network.
        self.report(SourceState::Lost, acts);
        acts.push(SourceAction::Close);
    }

    fn report(&mut self, state: SourceState, acts: &mut Vec<SourceAction>) {
        if self.reported != Some(state) {
            self.reported = Some(state);
            acts.push(SourceAction::Report(state));
        }
    }
}
