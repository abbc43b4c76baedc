//! A source that a program has leased, and what takes its place on air.

use engine::{Run, SourceNeed, SourceState};
use show::Pace;

use crate::sources::{Lease, Read};

/// How many pictures must wait for a source that is opened anew to take the place of its old lease.
const MIN_WAITING: usize = 2;
/// After so long, in nanoseconds, what runs without a picture takes the place of another source.
const WITHOUT_PICTURE: i64 = 1_000_000_000;

/// A leased source.
pub struct Leased {
    pub need: SourceNeed,
    pub lease: Lease,
    /// Since when nothing shows it, in programme time; `None` while something does.
    pub idle: Option<i64>,
    /// Whether anything has shown it.
    pub was_shown: bool,
    /// The same source, opened anew where it stands: takes its place once it could start.
    pub fresh: Option<Lease>,
    /// What takes its place on air.
    pub successor: Option<Successor>,
}

/// What is opened to take the place of a source on air, which goes on until then.
pub struct Successor {
    /// What it is.
    pub need: SourceNeed,
    /// Its lease.
    pub lease: Lease,
    /// Since when it runs, in programme time.
    pub since: Option<i64>,
}

impl Successor {
    /// Whether its first picture, or what it has without one, could be shown now.
    pub fn could_start(&mut self, now: i64) -> bool {
        let (state, pace) = (self.lease.status.get(), self.need.source.kind.nature().pace);
        let state = state.map(|(state, _)| state);
        if !matches!(state, Some(SourceState::Live | SourceState::Cued | SourceState::Ended)) {
            self.since = None;
            return false;
        }
        let since = *self.since.get_or_insert(now);
        // What is live is shown this much later than it comes.
        let latency = match pace {
            Pace::Pushed { latency_millis } | Pace::Connected { latency_millis } => latency_millis,
            _ => 0,
        };
        let enough = if pace.is_pushed() { 1 } else { MIN_WAITING };
        let is_enough = self.lease.video.waiting() >= enough || now - since >= WITHOUT_PICTURE;
        now - since >= i64::from(latency) * 1_000_000 && is_enough
    }

    pub fn leave(mut self) -> Lease {
        self.lease.leave();
        self.lease
    }
}

impl Leased {
    /// Whether this need waits for something else that is on air, and goes on until then. What is in the way of the other
    /// is closed first, and what brings nothing is not worth to be kept.
    pub fn may_be_followed_by(&self, need: &SourceNeed) -> bool {
        let is_well = !matches!(self.lease.status.get(), None | Some((SourceState::Lost, _)));
        let is_opened = need.source.kind.nature().pace != Pace::Composed;
        let is_other = need.replaces && is_opened && !need.opens_the_same(&self.need);
        is_other && is_well && !self.need.source.kind.is_in_the_way_of(&need.source.kind)
    }

    /// What is to be open beside it, if anything is: the need itself, or what comes next in its place.
    pub fn successor_for(&self, need: &SourceNeed) -> Option<SourceNeed> {
        if !need.opens_the_same(&self.need) {
            return Some(SourceNeed { coming: None, ..need.clone() });
        }
        let coming = need.coming.clone()?;
        let is_in_the_way = self.need.source.kind.is_in_the_way_of(&coming.kind);
        let next = SourceNeed {
            source: coming,
            files: Vec::new(),
            seek: None,
            coming: None,
            ..need.clone()
        };
        (!is_in_the_way).then_some(next)
    }

    /// Whether it serves this need as it is.
    pub fn stays(&self, need: &SourceNeed, is_needed: bool) -> bool {
        // What has ended begins anew.
        let has_ended = goes_on(need) && self.lease.place.get() == Read::All;
        let is_over = has_ended && (self.idle.is_some() || !is_needed);
        // What another shows as well runs on, and cannot be held for this one.
        let is_held = is_needed || !self.lease.is_shared();
        need.opens_the_same(&self.need) && !is_over && is_held
    }

    /// Runs as this need says; idle, if nothing shows it now.
    pub fn follow(&mut self, need: &SourceNeed, idle: Option<i64>) {
        if self.need.run != need.run {
            self.need.run = need.run;
            self.lease.set_run(need.run);
        }
        self.lease.set_shown(need.is_shown);
        if self.need.retries != need.retries {
            self.need.retries = need.retries;
            self.lease.hurry();
        }
        if self.idle.is_some() != idle.is_some() {
            self.idle = idle;
            self.was_shown |= idle.is_none();
            self.lease.set_idle(idle.is_some());
        }
    }

    /// Whether it was decoded further ahead than it needs to be, and stands still.
    pub fn is_to_be_trimmed(&self) -> bool {
        self.idle.is_some() && self.was_shown && self.need.run == Run::Paused
    }

    /// Whether it has not come to its first picture. A live source may take for ever.
    pub fn is_opening(&self) -> bool {
        let state = self.lease.status.get();
        let is_connecting = matches!(state, None | Some((SourceState::Connecting, _)));
        is_connecting && self.lease.pushed.is_none()
    }
}

/// Whether a source that is opened anew has come to where it could start.
pub fn could_start(lease: &Lease) -> bool {
    lease.video.waiting() >= MIN_WAITING
}

/// Whether it cannot be opened any more.
pub fn is_lost(lease: &Lease) -> bool {
    matches!(lease.status.get(), Some((SourceState::Lost, _)))
}

/// Whether a source has a place of its own that it goes on from.
pub fn goes_on(need: &SourceNeed) -> bool {
    let nature = need.source.kind.nature();
    let paced = matches!(nature.pace, Pace::Pulled | Pace::Generated);
    paced && !need.source.starts_on_take()
}
