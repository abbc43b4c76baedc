//! An open source as a program reads it: its pictures, and its state as the engine has it.

use std::sync::Arc;

use engine::{Frame, Run, SourceNeed, SourceSignal, SourceState};
use media::signal::{SignalLevels, SignalState, SignalWatch};
use show::SourceId;

use crate::program::picture_delay::PictureDelay;
use crate::program::slot::{PlayPosition, Slot};
use crate::program::video_reader::VideoReader;
use crate::program::wiring::Wired;
use crate::sources::{Read, ReadPlace, SourceStatus};

/// For how long a source must bring black or silence before it counts, in nanoseconds of its own time.
const LASTS: i64 = 500_000_000;

/// An open source, as the program reads it.
pub struct SourceInput {
    /// Its id in the program's show.
    pub id: SourceId,
    reader: VideoReader,
    /// Its pictures that are shown late.
    delay: PictureDelay,
    status: Arc<SourceStatus>,
    place: Arc<ReadPlace>,
    /// The state and take that were last reported to the engine.
    reported: Option<(SourceState, u32)>,
    signal: Arc<SignalWatch>,
    /// What it brings, as it was last reported to the engine.
    brings: SourceSignal,
    /// For how many frames it has been live without a picture: sound alone may come.
    unseen: u64,
    /// Whether the stage has closed it although it is needed: its picture stays until it is open again.
    closed: bool,
    /// What it was opened for.
    need: Arc<SourceNeed>,
    /// Whether a later seek was commanded: it stands still until it is open there.
    left: bool,
    /// How it ran when another source was to take its place: it runs on like that until the other has a picture.
    held: Option<Run>,
    /// How it ran for the last need that was its own.
    last_run: Run,
    /// What it shows until it has a picture: that of the input before it.
    stand_in: Option<Frame>,
}

impl SourceInput {
    /// The input of a source that was just opened.
    pub fn new(wired: &Wired) -> Self {
        Self {
            id: wired.id,
            reader: VideoReader::new(Arc::clone(&wired.video), wired.pushed.clone()),
            delay: PictureDelay::new(Arc::clone(&wired.reached_delay)),
            status: Arc::clone(&wired.status),
            place: Arc::clone(&wired.place),
            reported: None,
            signal: Arc::clone(&wired.signal),
            brings: SourceSignal::default(),
            unseen: 0,
            closed: false,
            need: Arc::clone(&wired.need),
            left: false,
            held: None,
            last_run: wired.need.run,
            stand_in: None,
        }
    }

    /// Whether it reads this open source.
    pub fn reads(&self, wired: &Wired) -> bool {
        Arc::ptr_eq(self.reader.channel(), &wired.video)
    }

    /// Takes the place of an input of the same source, whose picture stays if the stage has closed it
    /// although it was needed, if it was sought, or if this is another source in its place on air.
    pub fn replace(&mut self, old: &Self) {
        let stays = old.closed || old.left || self.need.replaces;
        self.stand_in = old.picture().filter(|_| stays).cloned();
    }

    /// Takes new needs. What was opened for something else runs on as it did, where that is to replace it.
    pub fn follow(&mut self, need: Option<&SourceNeed>) {
        let is_replaced = |need: &SourceNeed| need.replaces && !need.opens_the_same(&self.need);
        if need.is_some_and(is_replaced) {
            self.held = self.held.or(Some(self.last_run));
        } else {
            self.held = None;
            self.last_run = self.run(need);
        }
    }

    /// How it runs for this need.
    fn run(&self, need: Option<&SourceNeed>) -> Run {
        self.held.unwrap_or(need.map_or(Run::Paused, |need| need.run))
    }

    /// Keeps its picture although its source is closed. False if it has none.
    pub fn outlive_source(&mut self) -> bool {
        self.closed = self.picture().is_some();
        self.closed
    }

    /// Whether the engine has a state of it.
    pub fn is_reported(&self) -> bool {
        self.reported.is_some()
    }

    /// The engine has let go of its state.
    pub fn forget_report(&mut self) {
        (self.reported, self.brings) = (None, SourceSignal::default());
    }

    /// The state to report to the engine, if it is another than before. One that has come to a start but
    /// shows nothing yet is waited for, up to `longest` frames.
    pub fn news(&mut self, need: Option<&SourceNeed>, longest: u64) -> Option<SourceState> {
        if self.closed || self.left {
            return None;
        }
        let (mut state, take) = self.status.get()?;
        let run = need.map(|_| self.run(need));
        let is_live = state == SourceState::Live;
        if is_live && run == Some(Run::Paused) {
            if !self.reader.is_ready() {
                return None;
            }
            state = SourceState::Cued;
        }
        if self.reported == Some((state, take)) {
            return None;
        }
        if state == SourceState::Live && !self.reader.has_begun() && self.unseen < longest {
            // Something has arrived, and there is still nothing to show.
            self.unseen += 1;
            return None;
        }
        (self.reported, self.unseen) = (Some((state, take)), 0);
        // It may have been cued for an earlier take.
        let is_wanted = is_live || run == Some(Run::Cued(take));
        // The end of what is replaced is not that of what replaces it.
        let is_over = self.held.is_some() && state == SourceState::Ended;
        ((state != SourceState::Cued || is_wanted) && !is_over).then_some(state)
    }

    /// What it brings, to be reported to the engine if that is another than before; black and silence are what this show
    /// calls so.
    pub fn signal_news(&mut self, levels: SignalLevels) -> Option<SourceSignal> {
        // Before its state is known nothing is said of it.
        self.reported?;
        self.signal.set_levels(levels);
        let SignalState { black, silent, .. } = self.signal.get();
        let brings = SourceSignal {
            black: black >= LASTS,
            silent: silent.is_none_or(|silent| silent >= LASTS),
        };
        (std::mem::replace(&mut self.brings, brings) != brings).then_some(brings)
    }

    /// Whether it ends on this frame, which is not planned yet.
    pub fn ends_on(&mut self, need: Option<&SourceNeed>, slot: Slot, waits: bool) -> bool {
        let is_read = !self.closed && !self.left && self.held.is_none();
        let Some(need) = need.filter(|_| is_read) else { return false };
        let ends = self.reader.ends_on(need.run, slot, waits);
        if ends {
            self.place.set(Read::All);
        }
        ends
    }

    /// Chooses the picture of a frame. True if the source ended on it.
    pub fn read(&mut self, need: Option<&SourceNeed>, slot: Slot, waits: bool) -> bool {
        let is_sought = need.is_some_and(|need| need.seek_number() != self.need.seek_number());
        self.left = is_sought && self.held.is_none();
        if self.closed || self.left {
            return false;
        }
        let run = self.run(need);
        let ended = self.reader.advance(run, slot, waits).ended;
        if matches!(run, Run::Cued(_)) {
            // It begins anew: what is still to come of the take before is not shown.
            self.delay.clear();
        } else {
            let millis = need.map_or(0, |need| need.source.settings.picture_delay_millis);
            self.delay.advance((slot.frame, slot.rate), millis, self.reader.picture());
        }
        match self.reader.place(slot) {
            Read::Nothing => {}
            read => self.place.set(read),
        }
        ended && self.held.is_none()
    }

    /// Its picture on the present frame.
    pub fn picture(&self) -> Option<&Frame> {
        let late = self.delay.picture();
        late.or_else(|| self.reader.picture()).or(self.stand_in.as_ref())
    }

    /// Where it stands.
    pub fn standing(&self) -> PlayPosition {
        let standing = self.reader.standing(self.id);
        match self.left {
            true => PlayPosition { origin: None, ..standing },
            false => standing,
        }
    }

    /// Frames on which its next picture was not decoded in time.
    pub fn starved(&self) -> u64 {
        self.reader.starved()
    }
}
