//! The engine: the only owner of a program's live state.

mod follow;
mod takes;

use std::collections::BTreeMap;
use std::sync::Arc;

use show::{Item, Show, Source, SourceId, Supervision};

use crate::arming::{Arming, Batch};
use crate::deliver::Outputs;
use crate::ends::{self, FilmEnds};
use crate::history::History;
use crate::lost::LostSources;
use crate::mixer::LiveMixer;
use crate::needs::Takes;
use crate::play::Films;
use crate::retries::Retries;
use crate::standby::LiveStandby;
use crate::switcher::Switcher;
use crate::{
    Command, CommandKind, EditCommand, Event, EventKind, FrameIndex, FramePlan, Gesture, LogEntry,
    LogInput, MixPlan, Needs, Pinned, PrepKey, PrepState, ProgramId, Rejection, Report, Run,
    Snapshot, SourceNeed, SourceSignal, SourceState, Tally,
};

/// One program's live state. Owned by one thread; every call is cheap and none blocks.
#[derive(Debug)]
pub struct Engine {
    program: ProgramId,
    state: EngineState,
    next: FrameIndex,
    events: Vec<Event>,
    entries: Vec<LogEntry>,
    derived: Derived,
    /// See [`Self::holding`].
    holds: bool,
}

/// Values derived from the state, recomputed only on a frame on which it changed.
#[derive(Debug)]
struct Derived {
    stale: bool,
    pvw: Arc<Pinned>,
    dark: Arc<[SourceId]>,
    needs: Arc<Needs>,
}

#[derive(Clone, Debug)]
struct EngineState {
    show: Arc<Show>,
    history: History,
    switcher: Switcher,
    mixer: LiveMixer,
    sources: BTreeMap<SourceId, SourceState>,
    signals: BTreeMap<SourceId, SourceSignal>,
    prepared: BTreeMap<PrepKey, PrepState>,
    takes: Takes,
    films: Films,
    ends: FilmEnds,
    lost: LostSources,
    outputs: Outputs,
    arming: Option<Arming>,
    standby: LiveStandby,
    retries: Retries,
}

/// The result of a tick.
#[derive(Clone, Debug)]
pub struct Tick {
    /// What to draw.
    pub plan: FramePlan,
    /// What to mix.
    pub mix: MixPlan,
    /// What should run from this frame on; the same pointer until it changes.
    pub needs: Arc<Needs>,
    /// What happened since the last tick.
    pub events: Vec<Event>,
    /// What was accepted since the last tick, for the session log.
    pub entries: Vec<LogEntry>,
}

impl Engine {
    /// A program with this document, both buses empty, before frame 0.
    pub fn new(program: ProgramId, show: Arc<Show>) -> Self {
        let mixer = LiveMixer::new(&show.mixer);
        let state = EngineState {
            show,
            history: History::default(),
            switcher: Switcher::new(),
            mixer,
            sources: BTreeMap::new(),
            signals: BTreeMap::new(),
            prepared: BTreeMap::new(),
            takes: Takes::default(),
            films: Films::default(),
            ends: FilmEnds::default(),
            lost: LostSources::default(),
            outputs: Outputs::default(),
            arming: None,
            standby: LiveStandby::default(),
            retries: Retries::default(),
        };
        let next = FrameIndex::default();
        let (pvw, dark, needs) = (Pinned::empty(), Arc::default(), Arc::default());
        let derived = Derived { stale: true, pvw, dark, needs };
        let (events, entries, holds) = (Vec::new(), Vec::new(), false);
        Self { program, state, next, events, entries, derived, holds }
    }

    /// In real time, with `holds`, a take waits for the first picture of each source it brings, and PGM shows what
    /// it showed until then; and the needs say which sources a take could bring next. Otherwise whoever
    /// reads the sources waits.
    #[must_use]
    pub fn holding(mut self, holds: bool) -> Self {
        self.holds = holds;
        self
    }

    /// Applies a command: all of it lands on the next frame that is ticked.
    ///
    /// # Errors
    /// A [`Rejection`]: nothing changed.
    pub fn apply(&mut self, command: Command) -> Result<(), Rejection> {
        let (here, asked) = (self.program, command.program);
        if here != asked {
            return Err(Rejection::WrongProgram { here, asked });
        }
        let (before, happened) = (self.state.clone(), self.events.len());
        let waited = if command.kind.switches() { self.state.arming.take() } else { None };
        let repeats = waited.as_ref().is_some_and(|waited| {
            let EngineState { show, switcher, .. } = &before;
            waited.is_repeated_by(&command.kind, &switcher.pvw, show)
        });
        let done = match &command.kind {
            CommandKind::Batch(kinds) => self.land_or_arm(Batch::new(kinds, command.gesture)),
            CommandKind::Switch(switch) => self.switch(*switch),
            kind => self.apply_one(kind, command.gesture),
        };
        match (&done, waited) {
            (Err(_), _) => {
                self.state = before;
                self.events.truncate(happened);
                return done;
            }
            // Asked for again, it is the same take, and is given up when it would have been.
            (Ok(()), Some(waited)) if repeats => {
                if let Some(arming) = &mut self.state.arming {
                    arming.until = waited.until;
                }
            }
            (Ok(()), Some(_)) => {
                let kind = EventKind::Rejected(Rejection::Superseded);
                self.events.insert(happened, Event { frame: self.next, kind });
            }
            (Ok(()), None) => {}
        }
        self.derived.stale = true;
        let input = LogInput::Command(Box::new(command));
        self.entries.push(LogEntry { frame: self.next, input });
        done
    }

    /// Applies a report.
    pub fn report(&mut self, report: Report) {
        match report {
            Report::Source(id, state) => _ = self.state.sources.insert(id, state),
            Report::Signal(id, signal) => _ = self.state.signals.insert(id, signal),
            Report::SourceClosed(id) => {
                self.state.sources.remove(&id);
                self.state.signals.remove(&id);
            }
            Report::Prep(key, PrepState::Dropped) => _ = self.state.prepared.remove(&key),
            Report::Prep(key, state) => _ = self.state.prepared.insert(key, state),
            Report::Output(id, run, state) => self.state.outputs.report(id, run, state),
        }
        self.derived.stale = true;
        self.entries.push(LogEntry { frame: self.next, input: LogInput::Report(report) });
    }

    /// Plans the next frame. Frames come in order, each once; the engine counts them.
    pub fn tick(&mut self) -> Tick {
        self.retry_armed_take();
        self.follow_ends();
        let n = self.next;
        if self.state.switcher.advance(n) {
            self.derived.stale = true;
            self.event(EventKind::Landed);
        }
        self.follow_standby();
        if self.derived.stale {
            self.derive(n);
        }
        let EngineState { show, switcher, mixer, sources, lost, .. } = &mut self.state;
        lost.follow(sources, (n, show.format.rate), show.supervision.lost_millis);
        let without_signal = lost.without_signal();
        let (pvw, dark) = (Arc::clone(&self.derived.pvw), Arc::clone(&self.derived.dark));
        let plan = FramePlan { frame: n, pgm: switcher.picture(n), pvw, dark, without_signal };
        let mix = mixer.plan(n, show, switcher, &plan.pgm);
        self.next = n.next();
        Tick {
            plan,
            mix,
            needs: Arc::clone(&self.derived.needs),
            events: std::mem::take(&mut self.events),
            entries: std::mem::take(&mut self.entries),
        }
    }

    fn derive(&mut self, n: FrameIndex) {
        self.state.forget_gone();
        let EngineState {
            show,
            switcher,
            mixer,
            sources,
            signals,
            prepared,
            takes,
            films,
            ends,
            outputs,
            arming,
            standby,
            retries,
            ..
        } = &mut self.state;
        let mut pending = Vec::new();
        switcher.follow_live(show, prepared, &mut pending);
        switcher.standby = standby.bus(show, &switcher.pgm, switcher.standby.take());
        switcher.follow_settings(show);
        let is_cued = |id| sources.get(&id) == Some(&SourceState::Cued);
        for id in takes.advance(n, switcher, is_cued) {
            // It is no longer cued, whatever report is still on its way.
            sources.insert(id, SourceState::Live);
        }
        films.follow(show, switcher);
        let pvw = switcher.pvw.pin(show);
        let coming = arming.iter().flat_map(Arming::coming);
        let waiting: Vec<&Pinned> = coming.chain([&pvw]).map(Arc::as_ref).collect();
        let back = ends::return_bus(show, switcher);
        let coming = (&waiting[..], back.as_deref());
        let running = outputs.running();
        let mut needs =
            Needs::new(show, switcher, coming, mixer, (takes, films, retries), running, pending);
        if self.holds {
            needs.add_candidates(show, (takes, films, retries));
        }
        // A closed source has no state: when it is opened again it has to be cued again. Nor has one
        // that is about to be opened as something else, but for one on air, which goes on until then.
        let old = &self.derived.needs;
        if self.holds {
            needs.note_replacements(old, show, switcher);
        }
        sources.retain(|id, _| {
            let goes_on = |need: &SourceNeed| {
                need.replaces || old.source(*id).is_none_or(|old| need.opens_the_same(old))
            };
            needs.source(*id).is_some_and(goes_on)
        });
        signals.retain(|id, _| sources.contains_key(id));
        if *self.derived.needs != needs {
            self.derived.needs = Arc::new(needs);
        }
        self.derived.dark = ends.dark(switcher).into();
        (self.derived.pvw, self.derived.stale) = (pvw, false);
    }

    /// What should run from the next frame on, as its tick will say if nothing more is applied.
    pub fn needs(&mut self) -> Arc<Needs> {
        if self.derived.stale {
            self.derive(self.next);
        }
        Arc::clone(&self.derived.needs)
    }

    /// When the show says that a source brings nothing.
    pub fn supervision(&self) -> Supervision {
        self.state.show.supervision
    }

    /// The frame that the next tick plans.
    pub fn next_frame(&self) -> FrameIndex {
        self.next
    }

    /// Whether something that is needed is still being prepared: a picture, a text, a file that is
    /// being cued. Outside real time a frame can wait for that.
    pub fn is_preparing(&self) -> bool {
        let EngineState { prepared, sources, .. } = &self.state;
        let Needs { sources: needed, preps, .. } = &*self.derived.needs;
        let is_cued = |id| matches!(sources.get(&id), Some(SourceState::Cued | SourceState::Lost));
        preps.iter().any(|prep| !prepared.contains_key(&prep.key))
            || needed
                .iter()
                .any(|need| matches!(need.run, Run::Cued(_)) && !is_cued(need.source.id))
    }

    /// A copy of the state, for the window and other readers.
    pub fn snapshot(&self) -> Snapshot {
        let EngineState {
            show,
            history,
            switcher,
            mixer,
            sources,
            signals: _,
            prepared,
            takes: _,
            films,
            ends: _,
            lost: _,
            outputs,
            arming,
            standby,
            retries: _,
        } = &self.state;
        let mut tally = BTreeMap::new();
        let mut mark = |sources: &[show::Source], level: Tally| {
            for source in sources {
                let entry = tally.entry(source.id).or_insert(level);
                *entry = (*entry).max(level);
            }
        };
        mark(&switcher.pvw.pin(show).sources, Tally::Preview);
        match &switcher.standby {
            Some(standby) => mark(&standby.sources, Tally::Program),
            None => switcher.on_air().for_each(|bus| mark(&bus.sources, Tally::Program)),
        }
        Snapshot {
            next: self.next,
            show: Arc::clone(show),
            pgm: switcher.pgm.items.clone(),
            pvw: switcher.pvw.clone(),
            on_air: Arc::clone(&switcher.pgm),
            standby: standby.state(),
            transition: switcher.transition.as_ref().map(|running| running.progress),
            arming: arming.is_some(),
            tally,
            sources: sources.clone(),
            paused: films.paused().collect(),
            prepared: prepared.clone(),
            outputs: outputs.states().collect(),
            mixer: mixer.values().clone(),
            solo: mixer.solo().clone(),
            history: history.depth(),
        }
    }

    fn event(&mut self, kind: EventKind) {
        self.events.push(Event { frame: self.next, kind });
    }

    fn apply_one(&mut self, kind: &CommandKind, gesture: Option<Gesture>) -> Result<(), Rejection> {
        match kind {
            CommandKind::Edit(edit) => self.edit(edit, gesture),
            CommandKind::Switch(switch) => self.switch_now(*switch, false),
            CommandKind::Key(key) => self.state.switcher.key(*key, &self.state.show),
            CommandKind::Mix(mix) => {
                let EngineState { show, switcher, mixer, .. } = &mut self.state;
                mixer.apply(*mix, |id| show.source(id).is_some() || switcher.shows(id))
            }
            CommandKind::Deliver(deliver) => {
                let EngineState { show, outputs, .. } = &mut self.state;
                outputs.deliver(*deliver, show)
            }
            CommandKind::Play(play) => {
                let EngineState { show, switcher, films, sources, .. } = &mut self.state;
                films.play(*play, (show, switcher), |id| sources.contains_key(&id))
            }
            CommandKind::Standby(on) => self.switch_standby(*on),
            CommandKind::Reconnect(id) => {
                let EngineState { show, switcher, sources, retries, .. } = &mut self.state;
                let exists = show.source(*id).is_some() || switcher.shows(*id);
                retries.ask(*id, exists, sources.get(id).copied())
            }
            CommandKind::Batch(_) => Err(Rejection::NestedBatch),
        }
    }

    fn edit(&mut self, edit: &EditCommand, gesture: Option<Gesture>) -> Result<(), Rejection> {
        let EngineState { show, history, outputs, mixer, switcher, .. } = &mut self.state;
        *show = match edit {
            EditCommand::Do(edit) => {
                outputs.check_edit(edit)?;
                // The engine and all that runs for it count time in frames of this format.
                if matches!(&**edit, show::Edit::Format(format) if *format != show.format) {
                    return Err(Rejection::FormatFixed);
                }
                let next = Arc::new(show.apply(edit)?);
                history.record(show, gesture);
                // One that was removed may have had its number. What is still on air keeps its own.
                if let show::Edit::Add(Item::Source(Source { id, .. })) = &**edit
                    && !switcher.shows(*id)
                {
                    mixer.reset(*id);
                }
                next
            }
            EditCommand::Undo => history.undo(show).ok_or(Rejection::NothingToUndo)?,
            EditCommand::Redo => history.redo(show).ok_or(Rejection::NothingToRedo)?,
        };
        self.state.forget_gone();
        self.event(EventKind::Edited);
        Ok(())
    }
}

impl EngineState {
    /// Lets go of what belongs to sources and outputs that are neither in the show nor on air: nobody
    /// could change it any more.
    fn forget_gone(&mut self) {
        let Self { show, switcher, mixer, outputs, retries, .. } = self;
        let is_there = |id| show.source(id).is_some() || switcher.shows(id);
        mixer.keep_solo(is_there);
        retries.keep(is_there);
        outputs.keep_states(|id| show.output(id).is_some());
    }
}
