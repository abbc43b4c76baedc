//! Decides what is done with a source's pipeline: pure, times are passed in.

use engine::SourceState;

use crate::health::Backoff;

const SECOND: u64 = 1_000_000_000;
/// Nothing came for this long: the last picture stands, and it is said so.
const STALLED: u64 = SECOND;
/// Nothing came for this long: the source is opened again.
const LOST: u64 = 3 * SECOND;
/// Opened, and nothing ever came for this long: opened again.
const SILENT: u64 = 10 * SECOND;

/// What was seen of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A picture or a block of sound arrived.
    Data,
    /// The pipeline reported an error, or a live source ended.
    Broke,
    /// A file came to its end.
    Ended,
    /// Time went by.
    Nothing,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Open the pipeline.
    Open,
    /// Close the pipeline; it is opened again later.
    Close,
    /// Say how the source is doing.
    Report(SourceState),
}

/// Watches one source.
#[derive(Clone, Debug)]
pub struct Supervisor {
    /// Whether silence is a fault: a file waits for its readers, a live source for nobody.
    live: bool,
    phase: Phase,
    backoff: Backoff,
    told: Option<SourceState>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Opened at this time; nothing came yet.
    Opening(u64),
    /// Something came last at this time.
    Running(u64),
    /// To be opened at this time.
    Waiting(u64),
    Ended,
}

impl Supervisor {
    /// A source that is to be opened now.
    pub fn new(live: bool, now: u64) -> Self {
        Self { live, phase: Phase::Waiting(now), backoff: Backoff::default(), told: None }
    }

    /// Takes what was seen at `now` (nanoseconds); `chance` is any number, for the jitter.
    pub fn see(&mut self, seen: Seen, now: u64, chance: u64) -> Vec<Act> {
        let mut acts = Vec::new();
        match (self.phase, seen) {
            (Phase::Waiting(until), _) if now >= until => {
                self.phase = Phase::Opening(now);
                // What was lost is being looked for: it is not lost again with each try.
                if self.told != Some(SourceState::Lost) {
                    self.tell(SourceState::Connecting, &mut acts);
                }
                acts.push(Act::Open);
            }
            (Phase::Waiting(_) | Phase::Ended, _) => {}
            (_, Seen::Broke) => self.lose(now, chance, &mut acts),
            (_, Seen::Ended) => self.phase = Phase::Ended,
            (_, Seen::Data) => {
                self.phase = Phase::Running(now);
                self.backoff.reset();
                self.tell(SourceState::Live, &mut acts);
            }
            (Phase::Opening(since), Seen::Nothing) if now.saturating_sub(since) >= SILENT => {
                self.lose(now, chance, &mut acts);
            }
            (Phase::Running(last), Seen::Nothing) if self.live => match now.saturating_sub(last) {
                age if age >= LOST => self.lose(now, chance, &mut acts),
                age if age >= STALLED => self.tell(SourceState::Stalled, &mut acts),
                _ => {}
            },
            (Phase::Opening(_) | Phase::Running(_), Seen::Nothing) => {}
        }
        acts
    }

    /// When it is to be opened again, if it is closed.
    pub fn opens_at(&self) -> Option<u64> {
        match self.phase {
            Phase::Waiting(until) => Some(until),
            _ => None,
        }
    }

    fn lose(&mut self, now: u64, chance: u64, acts: &mut Vec<Act>) {
        self.phase = Phase::Waiting(now + self.backoff.next(now, chance));
        // Told first: to close may take as long as a network likes.
        self.tell(SourceState::Lost, acts);
        acts.push(Act::Close);
    }

    fn tell(&mut self, state: SourceState, acts: &mut Vec<Act>) {
        if self.told != Some(state) {
            self.told = Some(state);
            acts.push(Act::Report(state));
        }
    }
}
