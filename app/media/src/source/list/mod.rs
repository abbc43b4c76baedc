//! Several sources one after the other, as one: the next is open before the one that plays has ended, and follows it
//! without a gap.

mod item;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use show::DecodingSettings;

use self::item::Item;
use super::errors::{OpenError, SourceError};
use super::host::SourceHost;
use super::origin::{Opener, Opening, Origin, SourceEvent};
use super::poster::{Poster, PosterError};
use crate::link::{MAX_BLOCKS, MAX_PICTURES, SourceLink, Timed};

/// How long it waits at a time while there is nothing to hand on.
const STEP: Duration = Duration::from_millis(10);
/// For how long what is handed on lasts at the least, in nanoseconds: by how much threads may be late on a busy machine.
const MIN_AHEAD: i64 = 520_000_000;
/// Pictures that are handed on whatever their rate, while it is shown and while it is not.
const MIN_PICTURES: usize = 8;
/// See [`MIN_PICTURES`].
const IDLE_PICTURES: usize = 3;
/// Blocks of sound that are handed on: half of what may wait for a reader.
const BLOCKS: usize = MAX_BLOCKS / 2;

/// What a list plays.
pub type Items = Vec<Box<dyn Opener>>;

/// Opens a list.
pub struct ListOpener {
    /// Its name in errors.
    pub name: String,
    /// Finds what it plays; asked each time the list begins.
    pub find: Arc<dyn Fn() -> Items + Send + Sync>,
    /// Whether it begins again at its end.
    pub looped: bool,
    /// How many pictures are handed on while it is cued; 0 if it is never cued.
    pub cue: usize,
}

impl Opener for ListOpener {
    fn open(
        &self,
        opening: Opening,
        link: &Arc<SourceLink>,
        host: SourceHost,
    ) -> Result<Box<dyn Origin>, OpenError> {
        let Opening { take, at, idle, decoding, .. } = opening;
        let mut list = ListOrigin {
            name: self.name.clone(),
            find: Arc::clone(&self.find),
            looped: self.looped,
            cue: self.cue,
            link: Arc::clone(link),
            host,
            decoding,
            take,
            is_cued: false,
            is_idle: idle,
            items: Vec::new(),
            next: 0,
            playing: None,
            following: None,
            offset: 0,
            step: 0,
            before: 0,
            in_vain: 0,
            damage: None,
            has_ended: false,
            is_told: false,
        };
        list.begin(at);
        Ok(Box::new(list))
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn poster(&self, cancelled: &dyn Fn() -> bool) -> Result<Option<Poster>, PosterError> {
        let items = (self.find)();
        let Some(first) = items.first() else { return Ok(None) };
        let first = first.poster(cancelled)?;
        // The length of the first says nothing of the list's.
        Ok(first.map(|poster| Poster { length: None, tracks: Vec::new(), ..poster }))
    }
}

/// An open list.
struct ListOrigin {
    name: String,
    find: Arc<dyn Fn() -> Items + Send + Sync>,
    looped: bool,
    cue: usize,
    link: Arc<SourceLink>,
    host: SourceHost,
    decoding: DecodingSettings,
    take: u32,
    is_cued: bool,
    is_idle: bool,
    items: Items,
    /// The next of them that is opened.
    next: usize,
    playing: Option<Item>,
    /// The one after it, open and held.
    following: Option<Item>,
    /// When the one that plays began, in the list's time.
    offset: i64,
    /// How long a picture lasts, in nanoseconds; 0 until two have come.
    step: i64,
    /// When the last picture began, in the list's time.
    before: i64,
    /// How many items in a row have brought nothing.
    in_vain: usize,
    damage: Option<SourceError>,
    has_ended: bool,
    /// Whether its end was reported.
    is_told: bool,
}

impl Origin for ListOrigin {
    fn next(&mut self, wait: Duration) -> Option<SourceEvent> {
        let mut left = wait;
        loop {
            let moved = self.hand_on();
            let pause = if moved { Duration::ZERO } else { STEP.min(left) };
            if let Some(event) = self.look(pause) {
                return Some(event);
            }
            if let Some(damage) = self.damage.take() {
                return Some(SourceEvent::Damaged(damage));
            }
            // Whoever waits for it has more to do.
            if moved || left.is_zero() {
                return None;
            }
            left -= pause;
        }
    }

    fn cue(&mut self, take: u32) {
        self.take = take;
        self.is_cued = true;
        self.link.file.end.store(0, Ordering::Release);
        self.link.video.clear();
        self.link.audio.clear();
        self.begin(0);
        self.link.video.wake();
        self.link.audio.wake();
    }

    fn roll(&mut self) {
        self.is_cued = false;
    }

    fn set_idle(&mut self, idle: bool) {
        self.is_idle = idle;
        self.playing.iter_mut().for_each(|item| item.set_idle(idle));
    }
}

impl ListOrigin {
    /// Begins with the first, or with what is at this time of the list.
    fn begin(&mut self, at: i64) {
        (self.playing, self.following) = (None, None);
        (self.has_ended, self.is_told) = (false, false);
        (self.offset, self.step, self.before, self.in_vain) = (0, 0, 0, 0);
        self.link.video.mark_quiet(0, 0);
        self.link.audio.mark_quiet(0, 0);
        self.items = (self.find)();
        self.next = 0;
        let at = self.skip_to(at);
        self.playing = self.open_next(at);
    }

    /// Goes to the item at this time of the list; returns the time within it. One whose length nobody knows is not
    /// passed.
    fn skip_to(&mut self, at: i64) -> i64 {
        let (mut rest, mut whole) = (at, 0);
        while rest > 0 {
            let Some(item) = self.items.get(self.next) else {
                // All lengths are known now.
                if !self.looped || whole == 0 {
                    (self.next, self.offset) = (0, 0);
                    return 0;
                }
                rest %= whole;
                (self.next, self.offset, whole) = (0, at - rest, 0);
                continue;
            };
            let length = item.poster(&|| false).ok().flatten().and_then(|poster| poster.length);
            match length.and_then(|length| i64::try_from(length).ok()) {
                Some(length) if length > 0 && length <= rest => {
                    (rest, whole) = (rest - length, whole + length);
                    self.offset += length;
                    self.next += 1;
                }
                Some(length) if length > 0 => return rest,
                _ => {
                    self.offset = at;
                    return 0;
                }
            }
        }
        0
    }

    /// Opens the next that can be opened, which begins so far behind its beginning; at the end of a loop the first.
    /// `None` at the end.
    fn open_next(&mut self, at: i64) -> Option<Item> {
        let is_first = self.playing.is_none();
        loop {
            if self.next >= self.items.len() {
                if !self.looped || self.in_vain > self.items.len() {
                    return None;
                }
                (self.items, self.next) = ((self.find)(), 0);
            }
            let opener = self.items.get(self.next)?;
            self.next += 1;
            let idle = self.is_idle || !is_first;
            let opening = Opening { take: 1, at, idle, decoding: self.decoding, lap: 0 };
            match Item::open(opener.as_ref(), opening, &self.host) {
                Ok(item) => return Some(item),
                Err(error) => {
                    self.damage = Some(broken(&opener.name(), &error));
                    self.in_vain += 1;
                    if self.in_vain > self.items.len() {
                        return None;
                    }
                }
            }
        }
    }

    /// How many pictures may wait for a reader.
    fn pictures(&self) -> usize {
        if self.is_idle {
            return IDLE_PICTURES;
        }
        let ahead = if self.step > 0 { MIN_AHEAD / self.step + 5 } else { 0 };
        let ahead = usize::try_from(ahead).unwrap_or(0);
        let cued = if self.is_cued { self.cue } else { 0 };
        ahead.clamp(MIN_PICTURES, MAX_PICTURES - 4).max(cued)
    }

    /// Hands on what has come and has room; goes on to the next item at the end of one. True if anything was done.
    fn hand_on(&mut self) -> bool {
        let (pictures, link, take) = (self.pictures(), Arc::clone(&self.link), self.take);
        let Some(item) = &mut self.playing else { return self.go_on() };
        let mut moved = false;
        while link.video.has_room(pictures)
            && let Some((pts, picture)) = item.next_picture()
        {
            let pts = self.offset.saturating_add(pts);
            let step = pts - self.before;
            (self.before, moved) = (pts, true);
            if step > 0 && step < MIN_AHEAD {
                self.step = step;
            }
            link.video.push(Timed { take, pts, what: Some(picture) });
            self.host.tell_arrival();
        }
        while link.audio.has_room(BLOCKS)
            && let Some((pts, block)) = item.next_block()
        {
            let pts = self.offset.saturating_add(pts);
            moved = true;
            link.audio.push(Timed { take, pts, what: Some(block) });
            self.host.tell_arrival();
        }
        if moved {
            self.in_vain = 0;
            item.show_in(&link);
        }
        item.mark_quiet(&link, self.offset);
        link.file.end.fetch_max(self.offset.saturating_add(item.end()), Ordering::AcqRel);
        item.is_over() && self.go_on() || moved
    }

    /// The item that plays is over: the next one plays, or the list has ended. True if anything was done.
    fn go_on(&mut self) -> bool {
        if self.has_ended {
            return false;
        }
        if let Some(item) = self.playing.take() {
            self.offset = self.offset.saturating_add(item.end());
            self.in_vain += usize::from(item.end() == 0);
        }
        self.playing = self.following.take().or_else(|| self.open_next(0));
        match &mut self.playing {
            Some(item) => {
                item.set_idle(self.is_idle);
                item.mark_quiet(&self.link, self.offset);
            }
            None => self.end(),
        }
        true
    }

    fn end(&mut self) {
        let (take, pts, link) = (self.take, self.offset, &self.link);
        self.has_ended = true;
        link.file.end.store(pts, Ordering::Release);
        link.video.mark_quiet(0, 0);
        link.audio.mark_quiet(0, 0);
        link.video.push(Timed { take, pts, what: None });
        link.audio.push(Timed { take, pts, what: None });
        link.video.mark_complete(take);
        link.audio.mark_complete(take);
    }

    /// Looks what has become of the items, for so long at the most, and opens the next one.
    fn look(&mut self, pause: Duration) -> Option<SourceEvent> {
        if self.has_ended {
            if std::mem::replace(&mut self.is_told, true) {
                self.link.video.rest(pause);
                return None;
            }
            return Some(match self.in_vain > self.items.len() || self.offset == 0 {
                true => SourceEvent::Broke(self.nothing_plays()),
                false => SourceEvent::Ended,
            });
        }
        let playing = self.playing.as_mut()?;
        match playing.next(pause) {
            Some(SourceEvent::Broke(error)) => {
                // What it has brought by now is shown.
                playing.break_off();
                return Some(SourceEvent::Damaged(error));
            }
            Some(SourceEvent::Ended) | None => {}
            damaged => return damaged,
        }
        if self.following.is_none() && playing.has_begun() {
            self.following = self.open_next(0);
        }
        match self.following.as_mut()?.next(Duration::ZERO)? {
            SourceEvent::Broke(error) => {
                self.following = None;
                self.in_vain += 1;
                Some(SourceEvent::Damaged(error))
            }
            SourceEvent::Damaged(error) => Some(SourceEvent::Damaged(error)),
            SourceEvent::Ended => None,
        }
    }

    fn nothing_plays(&mut self) -> SourceError {
        let name = self.name.clone();
        self.damage.take().unwrap_or(SourceError::NothingPlays { name })
    }
}

/// What cannot be opened, as an error of a source that goes on.
fn broken(name: &str, error: &OpenError) -> SourceError {
    match error {
        OpenError::Broke(error) => error.clone(),
        error => SourceError::Broke { name: name.to_owned(), reason: error.to_string() },
    }
}
