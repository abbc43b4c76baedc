//! The leases of a program's sources: those that its buses need, those that are kept warm, and where the ones
//! that were closed had been read to.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use engine::{Needs, SourceNeed, SourceState};
use media::source::Opening;
use show::{Format, Pace, SourceId, WhenHidden};

use crate::problems::{Problem, Problems};
use crate::program::wiring::Wired;
use crate::sources::{Lease, Read, SourceHub, WarmBudget, WarmPool};

/// How many pictures a file holds that nothing shows: what its decoder refers to, and what it has decoded.
const IDLE_PICTURES: u64 = 12;
/// What it holds beside them, in bytes: its pipeline, its threads, and packets that wait.
const IDLE_BYTES: u64 = 2 << 20;
/// Of how many closed sources it is remembered where they had been read to.
const MAX_PLACES: usize = 256;

/// The leases that a stage holds.
pub struct SourceLeases {
    format: Format,
    hub: Arc<SourceHub>,
    folder: PathBuf,
    problems: Arc<Problems>,
    open: BTreeMap<SourceId, Leased>,
    /// Released leases, until nothing else holds their channels: dropping the last reference frees what
    /// waits in them, which must happen on the stage's thread.
    left: Vec<Lease>,
    pool: WarmPool,
    /// What a picture of each source was found to take, in bytes.
    picture_bytes: BTreeMap<SourceId, u64>,
    /// The closed sources that go on where they were left, the last one at the end.
    places: Vec<Place>,
    /// Whether a candidate is still to be opened.
    is_warming: bool,
}

struct Leased {
    need: SourceNeed,
    lease: Lease,
    /// Whether nothing shows it.
    idle: bool,
}

/// Where a closed source had been read to.
struct Place {
    need: SourceNeed,
    /// The source's time that its next frame would have shown.
    next: i64,
    /// The programme time of the source's time 0.
    origin: i64,
    lap: i64,
}

impl SourceLeases {
    /// No leases, for a programme of this format.
    pub fn new(
        (hub, format): (Arc<SourceHub>, Format),
        (folder, problems): (PathBuf, Arc<Problems>),
        budget: WarmBudget,
    ) -> Self {
        Self {
            format,
            hub,
            folder,
            problems,
            open: BTreeMap::new(),
            left: Vec::new(),
            pool: WarmPool::new(budget),
            picture_bytes: BTreeMap::new(),
            places: Vec::new(),
            is_warming: false,
        }
    }

    /// Whether there is more to do although the needs do not change.
    pub fn is_warming(&self) -> bool {
        self.is_warming
    }

    /// Frees the leases that nobody reads any more.
    pub fn tidy(&mut self) {
        self.left.retain(|lease| !lease.is_unread());
    }

    /// Leases what is needed, and what is to be kept warm; leaves the others. `now` is the programme time
    /// of the next frame. True if anything was leased or left.
    pub fn follow(&mut self, needs: &Needs, now: i64) -> bool {
        self.note_sizes();
        self.pool.use_only(needs.sources.iter().map(|need| need.source.id));
        let sizes = needs.candidates.iter().map(|need| (need.source.id, self.idle_bytes(need)));
        let kept = self.pool.keep(&sizes.collect::<Vec<_>>());
        let is_needed = |id| needs.sources.iter().any(|need| need.source.id == id);
        let wanted = |id| needs.source(id).filter(|_| is_needed(id) || kept.contains(&id));
        let gone = |(id, leased): (&SourceId, &Leased)| {
            let stays = wanted(*id).is_some_and(|need| leased.stays(need, is_needed(*id)));
            (!stays).then_some(*id)
        };
        let gone: Vec<SourceId> = self.open.iter().filter_map(gone).collect();
        let mut changed = !gone.is_empty();
        gone.into_iter().for_each(|id| self.close(id, needs.source(id)));
        for need in &needs.sources {
            match self.open.get_mut(&need.source.id) {
                Some(leased) => leased.follow(need, false),
                None => {
                    self.lease(need, false, now);
                    changed = true;
                }
            }
        }
        changed | self.warm_one(needs, &kept, now)
    }

    /// Sees to the sources that are kept warm; opens one, the most important, if no other is being opened:
    /// whatever is on air is not to notice.
    fn warm_one(&mut self, needs: &Needs, kept: &[SourceId], now: i64) -> bool {
        self.is_warming = false;
        let mut changed = false;
        let mut is_busy = self.open.values().any(Leased::is_opening);
        for need in kept.iter().filter_map(|id| needs.source(*id)) {
            match self.open.get_mut(&need.source.id) {
                Some(leased) => leased.follow(need, true),
                None if is_busy => self.is_warming = true,
                None => {
                    self.lease(need, true, now);
                    (is_busy, self.is_warming, changed) = (true, true, true);
                }
            }
        }
        changed
    }

    fn lease(&mut self, need: &SourceNeed, idle: bool, now: i64) {
        let (id, need) = (need.source.id, need.clone());
        let opening = Opening { idle, ..self.opening(&need, now) };
        match self.hub.lease((&need, opening), self.format, &self.folder, &self.problems) {
            Ok(Some(lease)) => _ = self.open.insert(id, Leased { need, lease, idle }),
            // The compositor draws it.
            Ok(None) => {}
            Err(error) => self.problems.set(id.into(), Problem::NoSourceThread(error.to_string())),
        }
    }

    /// Where a source begins: at its in point, or where it was left when it was closed.
    fn opening(&mut self, need: &SourceNeed, now: i64) -> Opening {
        let same = |place: &Place| {
            place.need.source.id == need.source.id && place.need.opens_the_same(need)
        };
        let Some(index) = self.places.iter().position(same) else { return Opening::default() };
        let Place { next, origin, lap, .. } = self.places.remove(index);
        let at = match need.source.kind.nature().hidden {
            WhenHidden::Pause => next,
            WhenHidden::PlayOn => now - origin,
        };
        Opening { at: at.max(0), lap, ..Opening::default() }
    }

    /// Leaves a source, and remembers where it was; `need` is what the show has in its place.
    fn close(&mut self, id: SourceId, need: Option<&SourceNeed>) {
        let Some(Leased { need: old, mut lease, .. }) = self.open.remove(&id) else { return };
        let goes_on = need.is_none_or(|need| need.opens_the_same(&old)) && goes_on(&old);
        if let (true, Read::Up { next, origin }) = (goes_on, lease.place.get()) {
            self.places.retain(|place| place.need.source.id != id);
            if self.places.len() >= MAX_PLACES {
                self.places.remove(0);
            }
            self.places.push(Place { need: old, next, origin, lap: lease.lap() });
        }
        lease.leave();
        self.left.push(lease);
    }

    fn note_sizes(&mut self) {
        for (id, leased) in &self.open {
            let bytes = leased.lease.picture_bytes();
            if bytes > 0 {
                self.picture_bytes.insert(*id, bytes);
            }
        }
    }

    /// What a source holds while nothing shows it: an estimate, until it was open once.
    fn idle_bytes(&self, need: &SourceNeed) -> u64 {
        let (width, height) = self.format.raster.size();
        let of_canvas = u64::from(width) * u64::from(height) * 3 / 2;
        let picture = self.picture_bytes.get(&need.source.id).copied().unwrap_or(of_canvas);
        IDLE_PICTURES * picture + IDLE_BYTES
    }

    /// The links of all of them.
    pub fn wired(&self) -> impl Iterator<Item = Wired> {
        self.open.iter().map(|(id, leased)| Wired::new(*id, &leased.lease))
    }

    /// Leaves all.
    pub fn close_all(&mut self) {
        let ids: Vec<SourceId> = self.open.keys().copied().collect();
        ids.into_iter().for_each(|id| self.close(id, None));
    }
}

impl Leased {
    /// Whether it serves this need as it is.
    fn stays(&self, need: &SourceNeed, is_needed: bool) -> bool {
        // What has ended begins anew.
        let has_ended = goes_on(need) && self.lease.place.get() == Read::All;
        let is_over = has_ended && (self.idle || !is_needed);
        // What another shows as well runs on, and cannot be held for this one.
        let is_held = is_needed || !self.lease.is_shared();
        need.opens_the_same(&self.need) && !is_over && is_held
    }

    fn follow(&mut self, need: &SourceNeed, idle: bool) {
        if self.need.run != need.run {
            self.need.run = need.run;
            self.lease.set_run(need.run);
        }
        if self.idle != idle {
            self.idle = idle;
            self.lease.set_idle(idle);
        }
    }

    /// Whether it has not come to its first picture. A live source may take for ever.
    fn is_opening(&self) -> bool {
        let state = self.lease.status.get();
        let is_connecting = matches!(state, None | Some((SourceState::Connecting, _)));
        is_connecting && self.lease.pushed.is_none()
    }
}

/// Whether a source has a place of its own that it goes on from.
fn goes_on(need: &SourceNeed) -> bool {
    let nature = need.source.kind.nature();
    let paced = matches!(nature.pace, Pace::Pulled | Pace::Generated);
    paced && !need.source.starts_on_take()
}
