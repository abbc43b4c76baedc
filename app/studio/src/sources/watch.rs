//! A source's thread: carries out what its supervisor decides, and reports the source's state.

use std::sync::Arc;
use std::time::Duration;

use engine::{Run, SourceState};
use media::link::SourceLink;
use media::source::live::NetworkFault;
use media::source::{
    Observation, OpenError, Opener, Opening, Origin, SourceAction, SourceError, SourceEvent,
    SourceHost, Supervisor,
};
use show::Pace;

use super::cue::Cue;
use super::source::Control;
use crate::clock::Clock;
use crate::problems::Problem;

/// How long it waits for its origin at a time.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// How often what is on this computer is looked for while it is lost, in nanoseconds: a device, and a window or a
/// screen.
const DEVICE_LOOKED_FOR: u64 = 500_000_000;
const SCREEN_LOOKED_FOR: u64 = 1_000_000_000;

/// How soon what waits for its sender does so again once that is lost, in nanoseconds: no sooner, since a port may be taken
/// by another program.
const LISTENS_AGAIN: u64 = 250_000_000;

/// The state of one source's thread.
pub struct SourceThread {
    opener: Box<dyn Opener>,
    /// How it is opened the first time; later it begins anew.
    first: Opening,
    pace: Pace,
    link: Arc<SourceLink>,
    control: Arc<Control>,
    clock: Clock,
}

impl SourceThread {
    /// For a source of this opener; it is not opened yet.
    pub fn new(
        (opener, first): (Box<dyn Opener>, Opening),
        pace: Pace,
        link: Arc<SourceLink>,
        control: Arc<Control>,
        clock: Clock,
    ) -> Self {
        Self { opener, first, pace, link, control, clock }
    }

    /// Opens the source, and reopens it when it is lost, until it is stopped.
    pub fn run(self) {
        let mut supervisor = self.supervisor();
        let mut origin: Option<Box<dyn Origin>> = None;
        let mut opened = 0;
        let mut last_arrival = None;
        let mut cue = Cue::default();
        let mut idle = None;
        let mut fault: Option<Problem> = None;
        while !self.control.is_stopped() {
            let mut seen = match &mut origin {
                Some(origin) => self.handle(origin.next(POLL_INTERVAL), &mut fault),
                None => {
                    let next = self.clock.now() + POLL_INTERVAL.as_nanos() as u64;
                    self.clock.wait_until(supervisor.opens_at().unwrap_or(next).min(next));
                    Observation::Nothing
                }
            };
            let arrived = self.control.status.arrived();
            if seen == Observation::Nothing && arrived != last_arrival {
                (last_arrival, seen) = (arrived, Observation::Data);
            }
            let now = self.clock.now();
            if self.control.take_hurry() {
                supervisor.hurry(now);
            }
            for act in supervisor.observe(seen, now, now / 1_000) {
                match act {
                    SourceAction::Open => {
                        opened += 1;
                        match self.open(opened) {
                            // A newly opened source goes to its in point by itself.
                            Ok(mut it) => {
                                if !self.is_cued() {
                                    it.roll();
                                }
                                (origin, cue, idle) = (Some(it), Cue::default(), None);
                            }
                            Err(error) => {
                                fault = Some(error.into());
                                let acts = supervisor.observe(Observation::Broke, now, now / 1_000);
                                debug_assert!(!acts.contains(&SourceAction::Open));
                                self.report_lost(&mut fault);
                            }
                        }
                    }
                    SourceAction::Close => origin = None,
                    SourceAction::Report(SourceState::Lost) => self.report_lost(&mut fault),
                    SourceAction::Report(SourceState::Live) if self.is_cued() => {}
                    SourceAction::Report(state) => {
                        self.control.report(state, self.take(opened), None)
                    }
                }
            }
            self.control.status.set_opens_at(supervisor.opens_at());
            if let Some(origin) = &mut origin {
                let is_idle = self.control.is_idle();
                if idle.replace(is_idle) != Some(is_idle) {
                    origin.set_idle(is_idle);
                }
                if self.first.decoding.rests {
                    origin.set_resting(!self.control.is_shown());
                }
                cue.update(self.control.run(), origin.as_mut(), &self.link, &self.control, seen);
            }
        }
    }

    /// Judges it as its pace demands: silence is a fault of what sends all the time, not of what stands still.
    fn supervisor(&self) -> Supervisor {
        let supervisor = Supervisor::new(self.pace.never_pauses(), self.clock.now());
        match self.pace {
            Pace::Connected { .. } => supervisor.reopening_after(DEVICE_LOOKED_FOR),
            Pace::Captured => supervisor.reopening_after(SCREEN_LOOKED_FOR),
            // Its sender calls again by itself, and must find it listening.
            _ if self.opener.waits_for_sender() => {
                supervisor.waiting_for_sender().reopening_after(LISTENS_AGAIN)
            }
            _ => supervisor,
        }
    }

    /// Turns an event of the origin into an observation for the supervisor.
    fn handle(&self, event: Option<SourceEvent>, fault: &mut Option<Problem>) -> Observation {
        match event {
            None => Observation::Nothing,
            Some(SourceEvent::Ended) if self.pace.is_pushed() => {
                *fault = Some(Problem::Ended);
                Observation::Broke
            }
            Some(SourceEvent::Ended) => Observation::Ended,
            Some(SourceEvent::Broke(error)) => {
                let seen = match &error {
                    SourceError::Network { fault: NetworkFault::NotAllowed, .. } => {
                        Observation::Refused
                    }
                    _ => Observation::Broke,
                };
                *fault = Some(error.into());
                seen
            }
            Some(SourceEvent::Damaged(error)) => {
                self.control.report_damage(Some(error.into()));
                Observation::Nothing
            }
        }
    }

    fn report_lost(&self, fault: &mut Option<Problem>) {
        self.link.video.mark_lost();
        self.link.audio.mark_lost();
        // A live source that is lost without an error has sent nothing.
        let silent = || Problem::Silent { host: self.opener.name() };
        let problem = fault.take().or_else(|| self.pace.is_pushed().then(silent));
        self.control.report(SourceState::Lost, 0, problem);
    }

    fn open(&self, opened: u32) -> Result<Box<dyn Origin>, OpenError> {
        self.control.report_damage(None);
        let decoding = self.first.decoding;
        let again = Opening { decoding, ..Opening::default() };
        let first = if opened == 1 { self.first } else { again };
        let (take, idle) = (self.take(opened), self.control.is_idle());
        self.opener.open(Opening { take, idle, ..first }, &self.link, self.host())
    }

    /// Whether it starts on its take, so that its cue reports its state.
    fn is_cued(&self) -> bool {
        matches!(self.control.run(), Run::Cued(_) | Run::Since(..))
    }

    /// The current take: for a source that runs freely, how often it was opened.
    fn take(&self, opened: u32) -> u32 {
        match self.control.run() {
            Run::Free | Run::Paused => opened,
            Run::Cued(take) | Run::Since(take, _) => take,
        }
    }

    /// What the source's own threads know of the studio.
    fn host(&self) -> SourceHost {
        let (control, clock) = (Arc::clone(&self.control), self.clock.clone());
        let now = clock.clone();
        SourceHost::new(
            move || i64::try_from(now.now()).unwrap_or(i64::MAX),
            move || control.status.set_arrived(clock.now()),
        )
    }
}
