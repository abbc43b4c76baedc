//! Reads the picture of a source that belongs to a frame.

use std::sync::Arc;

use engine::{Frame, FrameIndex, Run};
use media::link::{Channel, SourceLink, Timed};
use media::live_map::LiveMap;
use show::{FrameRate, SourceId};

use crate::program::live_phase::LivePhase;
use crate::program::slot::{PlayPosition, Slot};
use crate::sources::Read;

/// Reads one source's pictures.
pub struct VideoReader {
    channel: Arc<Channel<Frame>>,
    pushed: Option<Arc<SourceLink>>,
    /// Where a live source's pictures lie between our frames.
    phase: LivePhase,
    take: u32,
    origin: Option<i64>,
    /// Where it was paused: the source's time that is due on the frame it goes on.
    paused: Option<i64>,
    shown: Option<Frame>,
    next: Option<Timed<Frame>>,
    end: Option<i64>,
    /// Frames on which a picture was repeated because the next was not decoded yet.
    starved: u64,
    /// New pictures in a row.
    in_a_row: u32,
    /// For how many frames, or waits outside real time, the start of a free source was delayed.
    held_back: u64,
}

/// How many pictures must wait beyond the first before a free source starts.
const BEGIN_WITH: usize = 2;
/// After so many new pictures it is noted how far ahead they are decoded.
const SETTLED: u32 = 50;
/// How long a free source is kept from beginning, in milliseconds.
const HELD_BACK_MILLIS: u32 = 500;
/// A source that was paused goes on at its next picture if that is further away than this, in nanoseconds:
/// another reader of it went on meanwhile.
const GAP: i64 = 500_000_000;
/// Outside real time, how often it is waited for: 50 ms each at the most.
const HELD_BACK_WAITS: u64 = 50;

/// The result of [`VideoReader::advance`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Advanced {
    /// The picture is new.
    pub new: bool,
    /// The source ended on this frame.
    pub ended: bool,
}

impl VideoReader {
    /// Reads from this channel; a live source's link has its map.
    pub fn new(channel: Arc<Channel<Frame>>, pushed: Option<Arc<SourceLink>>) -> Self {
        Self {
            channel,
            pushed,
            phase: LivePhase::default(),
            take: 0,
            origin: None,
            paused: None,
            shown: None,
            next: None,
            end: None,
            starved: 0,
            in_a_row: 0,
            held_back: 0,
        }
    }

    /// The channel it reads from.
    pub fn channel(&self) -> &Arc<Channel<Frame>> {
        &self.channel
    }

    /// The current picture.
    pub fn picture(&self) -> Option<&Frame> {
        self.shown.as_ref()
    }

    /// Frames on which a file's picture was repeated because the next was not decoded yet.
    pub fn starved(&self) -> u64 {
        self.starved
    }

    /// Whether it shows a picture, or plays without any.
    pub fn has_begun(&self) -> bool {
        self.shown.is_some() || self.origin.is_some()
    }

    /// Whether a start on the next frame would show a picture.
    pub fn is_ready(&self) -> bool {
        let waiting = self.channel.waiting() + usize::from(self.next.is_some());
        let has_all = self.channel.is_complete(self.take);
        self.end.is_none() && (waiting > BEGIN_WITH || has_all)
    }

    /// How far it has read a source that is not live, after this frame.
    pub fn place(&self, slot: Slot) -> Read {
        match (self.end, self.paused, self.origin) {
            (Some(i64::MAX), ..) => Read::All,
            // It stays where it was left.
            (_, Some(_), _) | (_, _, None) => Read::Nothing,
            (_, None, Some(origin)) => {
                Read::Up { next: slot.start() + slot.period() - origin, origin }
            }
        }
    }

    /// The source's position.
    pub fn standing(&self, source: SourceId) -> PlayPosition {
        let Self { take, origin, paused, .. } = *self;
        let shift = self.phase.shift();
        PlayPosition { source, take, origin, paused, shift, seen: self.shown.is_some() }
    }

    /// Whether it ends on this frame, to be asked before the frame is planned, so that what follows the end is on that
    /// very frame. False for what still has a picture for it. With `waits`, which is never used in real time, waits for
    /// the end as [`Self::advance`] does.
    pub fn ends_on(&mut self, run: Run, slot: Slot, waits: bool) -> bool {
        if !matches!(run, Run::Free | Run::Since(..)) || self.pushed.is_some() {
            return false;
        }
        let due = slot.start() + slot.slack();
        while self.end.is_none() {
            // Asked for first: what came in between is then taken as well.
            let has_all = self.has_all(due);
            if self.next.is_none() {
                self.next = self.pop(run);
            }
            let Some(origin) = self.origin else { return false };
            match &self.next {
                Some(next) if next.what.is_none() && next.pts <= due - origin => {
                    (self.next, self.end) = (None, Some(i64::MAX));
                    return true;
                }
                None if waits && self.comes(has_all, due) => self.channel.wait(),
                _ => return false,
            }
        }
        false
    }

    /// Advances to a frame. With `waits`, which is never used in real time, waits for a picture that is not
    /// here yet, unless the source is lost.
    pub fn advance(&mut self, run: Run, slot: Slot, waits: bool) -> Advanced {
        match self.pushed.as_ref().map(|link| **link.map.load()) {
            Some(map) => self.advance_live(map, slot),
            None => self.advance_played(run, slot, waits),
        }
    }

    /// Advances a live source: shows the picture that is nearest to the frame.
    fn advance_live(&mut self, map: LiveMap, slot: Slot) -> Advanced {
        let (mut found, mut last) = (Advanced::default(), None);
        self.take = map.take;
        loop {
            if self.next.is_none() {
                self.next = self.channel.pop();
            }
            let Some(next) = &self.next else { break };
            if next.take < map.take {
                // From an earlier connection, with other timestamps.
                self.next = None;
                continue;
            }
            if next.take > map.take || !self.phase.is_due(next.pts, map, slot, found.new) {
                break;
            }
            let pts = next.pts;
            let what = self.next.take().and_then(|next| next.what);
            if what.is_some() {
                (found.new, last) = (true, Some(pts));
            }
            self.shown = what.or_else(|| self.shown.take());
        }
        if let Some(pts) = last {
            self.phase.follow(pts, map, slot);
        }
        found
    }

    fn advance_played(&mut self, run: Run, slot: Slot, waits: bool) -> Advanced {
        self.follow(run, slot.rate);
        let (now, slack) = (slot.start(), slot.slack());
        let mut found = Advanced::default();
        if run == Run::Paused {
            found.new = self.pause(now, waits);
            return found;
        }
        loop {
            // Asked for first: what came in between is then taken as well.
            let has_all = self.has_all(now + slack);
            if self.next.is_none() {
                self.next = self.pop(run);
            }
            let Some(next) = &self.next else {
                // A source being cued is not waited for here: it learns of the cue only after this frame.
                // The wait is before the next frame, in `is_preparing`.
                let is_cued = matches!(run, Run::Cued(_));
                if self.end.is_none() && !is_cued && waits && self.comes(has_all, now + slack) {
                    self.channel.wait();
                    continue;
                }
                break;
            };
            if matches!(run, Run::Cued(_)) {
                // A cued file shows its in point.
                found.new = self.shown.is_none() && next.what.is_some();
                self.shown.clone_from(&next.what);
                break;
            }
            if self.origin.is_none() && !self.may_begin(slot.rate, waits) {
                if waits && !self.channel.is_lost() {
                    self.channel.wait();
                    continue;
                }
                break;
            }
            let Some(next) = &self.next else { break };
            let origin = match self.origin {
                Some(origin) => origin,
                None => now - begin_at(self.paused.take(), next),
            };
            self.origin = Some(origin);
            if next.what.is_none() && next.pts == i64::MAX {
                // It has no pictures. Its end comes later.
                self.next = None;
                continue;
            }
            if next.pts > now - origin + slack {
                break;
            }
            match self.next.take() {
                Some(Timed { what: Some(frame), .. }) => {
                    (self.shown, found.new) = (Some(frame), true);
                }
                Some(Timed { pts, what: None, .. }) => self.end = Some(pts),
                None => {}
            }
        }
        let runs = self.origin.is_some() && self.end.is_none() && !matches!(run, Run::Cued(_));
        let has_all = self.has_all(now + slack);
        self.starved += u64::from(runs && self.next.is_none() && !found.new && !has_all);
        if runs && found.new && !has_all {
            self.in_a_row = self.in_a_row.saturating_add(1);
        }
        // At first the decoder is still on its way ahead.
        if self.in_a_row > SETTLED && runs && !has_all {
            self.channel.note_waiting();
        }
        let over = |origin| self.end.is_some_and(|end| now - origin + slack >= end);
        found.ended = self.origin.is_some_and(over);
        if found.ended {
            // Reported once; nothing more comes of this take.
            self.end = Some(i64::MAX);
        }
        found
    }

    /// Whether something still comes that is due at this programme time: behind the last picture comes the end, unless
    /// the sound goes on.
    fn comes(&self, has_all: bool, now: i64) -> bool {
        let is_over = self.origin.is_some_and(|at| now - at >= self.channel.delivered());
        !self.channel.is_lost() && (!has_all || is_over)
    }

    /// Whether all that is due at this programme time has been delivered.
    fn has_all(&self, now: i64) -> bool {
        match self.origin {
            Some(origin) => self.channel.has_all(self.take, now - origin),
            None => self.channel.is_complete(self.take),
        }
    }

    /// Stands where it is. True if its first picture is shown, which is what it would begin with.
    fn pause(&mut self, now: i64, waits: bool) -> bool {
        self.in_a_row = 0;
        if let Some(origin) = self.origin.take() {
            self.paused = Some(now - origin);
        }
        loop {
            if self.next.is_none() {
                self.next = self.pop(Run::Paused);
            }
            let is_empty = self.next.is_none() && self.shown.is_none() && self.end.is_none();
            if !waits || !is_empty || self.channel.is_lost() {
                break;
            }
            self.channel.wait();
        }
        let first = self.next.as_ref().and_then(|next| next.what.as_ref());
        let is_new = self.shown.is_none() && first.is_some();
        if is_new {
            self.shown = first.cloned();
            self.paused = self.paused.or(self.next.as_ref().map(|next| next.pts));
        }
        is_new
    }

    /// Whether a free source may start: right after its decoder has started it would stall again. A source
    /// that never has that many pictures starts anyway, after half a second.
    fn may_begin(&mut self, rate: FrameRate, waits: bool) -> bool {
        self.held_back += 1;
        let frames = FrameIndex::in_millis(rate, HELD_BACK_MILLIS);
        let most = if waits { HELD_BACK_WAITS } else { frames };
        let has_all = self.channel.is_complete(self.take);
        let may = self.channel.waiting() >= BEGIN_WITH || has_all || self.held_back > most;
        if may {
            self.held_back = 0;
        }
        may
    }

    fn follow(&mut self, run: Run, rate: FrameRate) {
        let (take, origin) = match run {
            Run::Free | Run::Paused => return,
            Run::Cued(take) => (take, None),
            Run::Since(take, start) => (take, i64::try_from(start.nanos(rate)).ok()),
        };
        if take != self.take {
            (self.shown, self.next, self.end, self.paused) = (None, None, None, None);
            self.in_a_row = 0;
        }
        (self.take, self.origin) = (take, origin);
    }

    /// The next item of the current take; a free source starts new takes itself.
    fn pop(&mut self, run: Run) -> Option<Timed<Frame>> {
        loop {
            let item = self.channel.pop()?;
            if item.take > self.take && matches!(run, Run::Free | Run::Paused) {
                // It was opened again, and starts over.
                (self.take, self.origin, self.end) = (item.take, None, None);
                self.paused = None;
            }
            if item.take == self.take {
                return Some(item);
            }
        }
    }
}

/// The source's time that is due on the frame on which a free source starts or goes on: where it was
/// paused, or else its first picture; without pictures, its time 0.
fn begin_at(paused: Option<i64>, next: &Timed<Frame>) -> i64 {
    let first = if next.what.is_some() { next.pts } else { 0 };
    match paused {
        Some(at) if next.what.is_none() || next.pts - at < GAP => at,
        _ => first,
    }
}
