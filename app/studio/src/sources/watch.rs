//! A source's thread: does what its supervisor decides, and says how it went.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::{Run, SourceState};
use media::link::SourceLink;
use media::source::{
    Act, Arrived, ClockRecovery, Happened, OpenError, Opener, Origin, Seen, Supervisor,
};
use show::Pace;

use super::cue::Cue;
use super::source::{Control, lock};
use crate::clock::Clock;
use crate::problems::Problem;

/// How long it waits for its origin at a time.
const TURN: Duration = Duration::from_millis(20);

/// Watches one source.
pub struct Watch {
    opener: Box<dyn Opener>,
    /// The clock of a source that keeps its own pace.
    drift: Option<Arc<Mutex<ClockRecovery>>>,
    link: Arc<SourceLink>,
    control: Arc<Control>,
    clock: Clock,
}

impl Watch {
    /// Watches what this opens; nothing is opened yet.
    pub fn new(
        opener: Box<dyn Opener>,
        pace: Pace,
        link: Arc<SourceLink>,
        control: Arc<Control>,
        clock: Clock,
    ) -> Self {
        let drift = match pace {
            Pace::Pushed { latency_millis } => {
                let latency = i64::from(latency_millis) * 1_000_000;
                Some(Arc::new(Mutex::new(ClockRecovery::new(latency))))
            }
            Pace::Composed | Pace::Generated | Pace::Pulled => None,
        };
        Self { opener, drift, link, control, clock }
    }

    /// Opens it, again where it must, until it is told to end.
    pub fn run(self) {
        let pushed = self.drift.is_some();
        let mut supervisor = Supervisor::new(pushed, self.clock.now());
        let mut origin: Option<Box<dyn Origin>> = None;
        let mut opened = 0;
        let mut heard = None;
        let mut cue = Cue::default();
        let mut fault: Option<Problem> = None;
        while !self.control.is_stopped() {
            let mut seen = match &mut origin {
                Some(origin) => self.seen(origin.next(TURN), pushed, &mut fault),
                None => {
                    let turn = self.clock.now() + TURN.as_nanos() as u64;
                    self.clock.wait_until(supervisor.opens_at().unwrap_or(turn).min(turn));
                    Seen::Nothing
                }
            };
            let arrived = self.control.status.arrived();
            if seen == Seen::Nothing && arrived != heard {
                (heard, seen) = (arrived, Seen::Data);
            }
            let now = self.clock.now();
            for act in supervisor.see(seen, now, now / 1_000) {
                match act {
                    Act::Open => {
                        opened += 1;
                        match self.open(opened) {
                            // Freshly opened, it goes to its in point by itself.
                            Ok(it) => (origin, cue) = (Some(it), Cue::default()),
                            Err(error) => {
                                fault = Some(error.into());
                                let acts = supervisor.see(Seen::Broke, now, now / 1_000);
                                debug_assert!(!acts.contains(&Act::Open));
                                self.tell_lost(&mut fault);
                            }
                        }
                    }
                    Act::Close => origin = None,
                    Act::Report(SourceState::Lost) => self.tell_lost(&mut fault),
                    Act::Report(SourceState::Live) if self.control.run() != Run::Free => {}
                    Act::Report(state) => self.control.tell(state, self.take(opened), None),
                }
            }
            self.control.status.set_opens_at(supervisor.opens_at());
            if let Some(origin) = &mut origin {
                cue.follow(self.control.run(), origin.as_mut(), &self.link, &self.control, seen);
            }
        }
    }

    fn seen(&self, happened: Option<Happened>, pushed: bool, fault: &mut Option<Problem>) -> Seen {
        match happened {
            None => Seen::Nothing,
            Some(Happened::Ended) if pushed => {
                *fault = Some(Problem::Ended);
                Seen::Broke
            }
            Some(Happened::Ended) => Seen::Ended,
            Some(Happened::Broke(error)) => {
                *fault = Some(error.into());
                Seen::Broke
            }
            Some(Happened::Damaged(error)) => {
                self.control.tell_damage(Some(error.into()));
                Seen::Nothing
            }
        }
    }

    fn tell_lost(&self, fault: &mut Option<Problem>) {
        self.link.video.source_lost();
        self.link.audio.source_lost();
        // What keeps its own pace and is lost without an error does not send.
        let silent = || self.drift.as_ref().map(|_| Problem::Silent { host: self.opener.name() });
        let trouble = fault.take().or_else(silent);
        self.control.tell(SourceState::Lost, 0, trouble);
    }

    fn open(&self, opened: u32) -> Result<Box<dyn Origin>, OpenError> {
        if let Some(drift) = &self.drift {
            // Another connection has another time line.
            let mut drift = lock(drift);
            *drift = drift.restarted(opened);
        }
        self.control.tell_damage(None);
        self.opener.open(self.take(opened), &self.link, self.arrived())
    }

    /// The take of what is played: a source that runs by itself counts how often it was opened.
    fn take(&self, opened: u32) -> u32 {
        match self.control.run() {
            Run::Free => opened,
            Run::Cued(take) | Run::Since(take, _) => take,
        }
    }

    /// Hears the time of each picture and block, on whatever thread hands it on.
    fn arrived(&self) -> Arrived {
        let (control, clock) = (Arc::clone(&self.control), self.clock.clone());
        let (link, drift) = (Arc::clone(&self.link), self.drift.clone());
        Arc::new(move |pts| {
            let now = clock.now();
            control.status.set_arrived(now);
            let now = i64::try_from(now).unwrap_or(i64::MAX);
            let map = drift.as_ref().and_then(|drift| lock(drift).arrived(pts, now));
            if let Some(map) = map {
                link.map.store(Arc::new(map));
            }
        })
    }
}
