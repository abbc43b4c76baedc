//! The leases of a program's sources: those that its buses need, those that are kept warm, and where the ones
//! that were closed had been read to.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use engine::{Needs, SourceNeed};
use media::source::Opening;
use show::{Format, SourceId, WhenHidden};

use crate::problems::{Problem, Problems};
use crate::program::leased::{Leased, Successor, could_start, goes_on, is_lost};
use crate::program::wiring::Wired;
use crate::sources::{Lease, Read, SourceHub, WarmBudget, WarmPool};

/// How many pictures a file holds that nothing shows: what its decoder refers to, and what it has decoded.
const IDLE_PICTURES: u64 = 12;
/// What it holds beside them, in bytes: its pipeline, its threads, and packets that wait.
const IDLE_BYTES: u64 = 2 << 20;
/// How long a source that was shown stays as it is, in nanoseconds: it was decoded far ahead. Then it is opened
/// anew where it stands, and holds only what a start needs.
const TRIMMED_AFTER: i64 = 3_000_000_000;
/// Of how many closed sources it is remembered where they had been read to.
const MAX_PLACES: usize = 256;

/// The leases that a stage holds.
pub struct SourceLeases {
    format: Format,
    hub: Arc<SourceHub>,
    folder: PathBuf,
    problems: Arc<Problems>,
    leased: BTreeMap<SourceId, Leased>,
    /// Released leases, until nothing else holds their channels: dropping the last reference frees what
    /// waits in them, which must happen on the stage's thread.
    left: Vec<Lease>,
    pool: WarmPool,
    /// What a picture of each source was found to take, in bytes.
    picture_bytes: BTreeMap<SourceId, u64>,
    /// The closed sources that go on where they were left, the last one at the end.
    places: Vec<Place>,
    /// The last seek that each source was opened for: it is not opened there again.
    sought: BTreeMap<SourceId, u32>,
    /// Whether a candidate is still to be opened.
    is_warming: bool,
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
            leased: BTreeMap::new(),
            left: Vec::new(),
            pool: WarmPool::new(budget),
            picture_bytes: BTreeMap::new(),
            places: Vec::new(),
            sought: BTreeMap::new(),
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
            let stays = wanted(*id).is_some_and(|need| {
                leased.stays(need, is_needed(*id))
                    || (is_needed(*id) && leased.may_be_followed_by(need))
            });
            (!stays).then_some(*id)
        };
        let gone: Vec<SourceId> = self.leased.iter().filter_map(gone).collect();
        let mut changed = !gone.is_empty();
        gone.into_iter().for_each(|id| self.close(id, needs.source(id)));
        for need in &needs.sources {
            match self.leased.get_mut(&need.source.id) {
                Some(leased) => {
                    self.left.extend(leased.fresh.take());
                    if need.opens_the_same(&leased.need) {
                        leased.follow(need, None);
                    }
                }
                None => {
                    self.open(need, None, now);
                    changed = true;
                }
            }
            changed |= self.succeed(need, now);
        }
        changed |= self.warm_one(needs, &kept, now);
        let follows = self.leased.values().any(|leased| leased.successor.is_some());
        changed |= self.trim_one(now);
        self.is_warming |= follows;
        changed
    }

    /// Opens what takes the place of a source on air, and lets it do so once it could start. True if it has.
    fn succeed(&mut self, need: &SourceNeed, now: i64) -> bool {
        let id = need.source.id;
        let Some(leased) = self.leased.get(&id) else { return false };
        let wanted = leased.successor_for(need);
        let is_open = |successor: &Successor| {
            wanted.as_ref().is_some_and(|wanted| wanted.opens_the_same(&successor.need))
        };
        let stays = leased.successor.as_ref().is_some_and(is_open);
        if let Some(wanted) = wanted.filter(|_| !stays) {
            let lease = self.lease(&wanted, Opening::default());
            let successor = lease.map(|lease| Successor { need: wanted, lease, since: None });
            if let Some(leased) = self.leased.get_mut(&id) {
                let old = std::mem::replace(&mut leased.successor, successor);
                self.left.extend(old.map(Successor::leave));
            }
        } else if !stays && let Some(leased) = self.leased.get_mut(&id) {
            self.left.extend(leased.successor.take().map(Successor::leave));
        }
        let Some(leased) = self.leased.get_mut(&id) else { return false };
        if let Some(successor) = leased.successor.as_mut().filter(|next| next.need.run != need.run)
        {
            successor.need.run = need.run;
            successor.lease.set_run(need.run);
        }
        let is_due = !need.opens_the_same(&leased.need);
        let ready = leased.successor.take_if(|successor| successor.could_start(now) && is_due);
        let Some(Successor { lease, .. }) = ready else { return false };
        let mut old = std::mem::replace(&mut leased.lease, lease);
        old.leave();
        self.left.push(old);
        (leased.need, leased.was_shown) = (need.clone(), true);
        true
    }

    /// Sees to the sources that are kept warm; opens one, the most important, if no other is being opened:
    /// whatever is on air is not to notice.
    fn warm_one(&mut self, needs: &Needs, kept: &[SourceId], now: i64) -> bool {
        self.is_warming = false;
        let mut changed = false;
        let mut is_busy = self.leased.values().any(Leased::is_opening);
        for need in kept.iter().filter_map(|id| needs.source(*id)) {
            match self.leased.get_mut(&need.source.id) {
                Some(leased) => leased.follow(need, Some(now)),
                None if is_busy => self.is_warming = true,
                None => {
                    self.open(need, Some(now), now);
                    (is_busy, self.is_warming, changed) = (true, true, true);
                }
            }
        }
        changed
    }

    /// Opens one of those that were shown and hold too much, if no other is being opened; it takes the place
    /// of its old lease once it could start.
    fn trim_one(&mut self, now: i64) -> bool {
        let (mut changed, mut next) = (false, None);
        let mut is_busy = self.is_warming;
        for (id, leased) in &mut self.leased {
            if let Some(fresh) = leased.fresh.take_if(|fresh| is_lost(fresh)) {
                // What is open still has a picture: it stays as it is.
                self.left.push(fresh);
                leased.was_shown = false;
            }
            if let Some(fresh) = leased.fresh.take_if(|fresh| could_start(fresh)) {
                let mut old = std::mem::replace(&mut leased.lease, fresh);
                leased.lease.place.set(old.place.get());
                old.leave();
                self.left.push(old);
                (leased.was_shown, changed) = (false, true);
            }
            is_busy |= leased.fresh.is_some();
            if leased.is_to_be_trimmed() {
                self.is_warming = true;
                let is_due = leased.idle.is_some_and(|since| now - since >= TRIMMED_AFTER);
                next = next.or((is_due && leased.fresh.is_none()).then_some(*id));
            }
        }
        let Some(id) = next.filter(|_| !is_busy) else { return changed };
        let Some(leased) = self.leased.get(&id) else { return changed };
        if let Read::Up { next: at, .. } = leased.lease.place.get() {
            let (lap, idle) = (leased.lease.lap(), true);
            let fresh = self.lease(&leased.need, Opening { at, lap, idle, ..Opening::default() });
            if let Some(leased) = self.leased.get_mut(&id) {
                leased.fresh = fresh;
            }
        }
        changed
    }

    fn open(&mut self, need: &SourceNeed, idle: Option<i64>, now: i64) {
        let opening = Opening { idle: idle.is_some(), ..self.opening(need, now) };
        if let Some(lease) = self.lease(need, opening) {
            let (need, was_shown) = (need.clone(), idle.is_none());
            let (fresh, successor) = (None, None);
            let leased = Leased { need, lease, idle, was_shown, fresh, successor };
            self.leased.insert(leased.need.source.id, leased);
        }
    }

    fn lease(&self, need: &SourceNeed, opening: Opening) -> Option<Lease> {
        match self.hub.lease((need, opening), self.format, &self.folder, &self.problems) {
            Ok(mut lease) => {
                // What the compositor draws needs no lease.
                lease.iter_mut().for_each(|lease| lease.set_shown(need.is_shown));
                lease
            }
            Err(error) => {
                let problem = Problem::NoSourceThread(error.to_string());
                self.problems.set(need.source.id.into(), problem);
                None
            }
        }
    }

    /// Where a source begins: where it was sought, or left when it was closed; else at its in point.
    fn opening(&mut self, need: &SourceNeed, now: i64) -> Opening {
        let same = |place: &Place| {
            place.need.source.id == need.source.id && place.need.opens_the_same(need)
        };
        let Some(place) = self.places.iter().find(|place| same(place)) else {
            return self.sought(need);
        };
        let Place { next, origin, lap, .. } = *place;
        let at = match need.source.kind.nature().hidden {
            WhenHidden::Pause => next,
            WhenHidden::PlayOn => now - origin,
        };
        Opening { at: at.max(0), lap, ..Opening::default() }
    }

    /// Where a source begins that goes on from nowhere: at its last seek, once, or at its in point.
    fn sought(&mut self, need: &SourceNeed) -> Opening {
        let Some(seek) = need.seek else { return Opening::default() };
        let is_new = self.sought.insert(need.source.id, seek.number) != Some(seek.number);
        if self.sought.len() > MAX_PLACES {
            self.sought.pop_first();
        }
        let nanos = seek.at_millis.saturating_mul(1_000_000);
        let at = i64::try_from(nanos).unwrap_or(i64::MAX);
        Opening { at: if is_new { at } else { 0 }, ..Opening::default() }
    }

    /// Leaves a source, and remembers where it was; `need` is what the show has in its place.
    fn close(&mut self, id: SourceId, need: Option<&SourceNeed>) {
        let Some(leased) = self.leased.remove(&id) else { return };
        let Leased { need: old, mut lease, fresh, successor, .. } = leased;
        self.left.extend(fresh.into_iter().chain(successor.map(Successor::leave)));
        let goes_on = need.is_none_or(|need| need.opens_the_same(&old)) && goes_on(&old);
        let read = lease.place.get();
        // What was opened and never read stays where it was.
        if !goes_on || read != Read::Nothing {
            self.places.retain(|place| place.need.source.id != id);
        }
        if let (true, Read::Up { next, origin }) = (goes_on, read) {
            if self.places.len() >= MAX_PLACES {
                self.places.remove(0);
            }
            self.places.push(Place { need: old, next, origin, lap: lease.lap() });
        }
        lease.leave();
        self.left.push(lease);
    }

    fn note_sizes(&mut self) {
        for (id, leased) in &self.leased {
            let bytes = leased.lease.picture_bytes();
            if bytes > 0 {
                self.picture_bytes.insert(*id, bytes);
            }
        }
        if self.picture_bytes.len() > MAX_PLACES {
            self.picture_bytes.retain(|id, _| self.leased.contains_key(id));
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
        self.leased.values().map(|leased| Wired::new(&leased.need, &leased.lease))
    }

    /// Leaves all.
    pub fn close_all(&mut self) {
        let ids: Vec<SourceId> = self.leased.keys().copied().collect();
        ids.into_iter().for_each(|id| self.close(id, None));
    }
}
