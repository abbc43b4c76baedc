//! The engine: the only owner of a program's live state.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use show::{OutputId, Show, SourceId};

use crate::deliver::Outputs;
use crate::history::History;
use crate::mixer::LiveMixer;
use crate::needs::Takes;
use crate::switcher::{Progress, SwitchContext, Switcher};
use crate::{
    BusItems, Command, CommandKind, EditCommand, FrameIndex, FramePlan, Gesture, MixPlan, Needs,
    OutputState, Pinned, PrepKey, PrepState, ProgramId, Rejection, Report, Run, SourceState,
    Switch,
};

/// How long a take waits for a source to be cued, in milliseconds.
const ARMING_MILLIS: u32 = 500;

/// One program's live state. Owned by one thread; every call is cheap and none blocks.
#[derive(Debug)]
pub struct Engine {
    program: ProgramId,
    state: EngineState,
    next: FrameIndex,
    events: Vec<Event>,
    entries: Vec<LogEntry>,
    derived: Derived,
}

/// Values derived from the state, recomputed only on a frame on which it changed.
#[derive(Debug)]
struct Derived {
    stale: bool,
    pvw: Arc<Pinned>,
    needs: Arc<Needs>,
}

#[derive(Clone, Debug)]
struct EngineState {
    show: Arc<Show>,
    history: History,
    switcher: Switcher,
    mixer: LiveMixer,
    sources: BTreeMap<SourceId, SourceState>,
    prepared: BTreeMap<PrepKey, PrepState>,
    takes: Takes,
    outputs: Outputs,
    arming: Option<Arming>,
}

/// A take that waits for its sources.
#[derive(Clone, Copy, Debug)]
struct Arming {
    switch: Switch,
    /// The first frame on which it is given up.
    until: FrameIndex,
}

/// Something that happened on a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The frame.
    pub frame: FrameIndex,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// A take has reached PGM: this frame is the first that differs.
    Taken(BusItems),
    /// A transition has landed: this frame is the first of the new picture alone.
    Landed,
    /// The T-bar was pulled back: this frame is the first of the old picture alone.
    Withdrawn,
    /// A take waits for its sources.
    Arming(Switch),
    /// A command that waited was refused.
    Rejected(Rejection),
    /// The document changed.
    Edited,
}

/// An accepted input, for the session log: a program that replays the entries, each before the tick
/// of its frame, makes the same plans.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogEntry {
    /// The frame it landed on.
    pub frame: FrameIndex,
    /// The input.
    pub input: LogInput,
}

/// The input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogInput {
    /// A command.
    Command(Box<Command>),
    /// A report.
    Report(Report),
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

/// A copy of the state, for the window and other readers.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The next frame to be planned.
    pub next: FrameIndex,
    /// The document.
    pub show: Arc<Show>,
    /// What is on PGM.
    pub pgm: BusItems,
    /// What is on PVW.
    pub pvw: BusItems,
    /// What is on PGM, as it was pinned.
    pub on_air: Arc<Pinned>,
    /// The running transition, if any. It stays the same while it runs: [`Progress::share`] says
    /// how far it is on a frame.
    pub transition: Option<Progress>,
    /// Whether a take waits for its sources.
    pub arming: bool,
    /// The tally of each source.
    pub tally: BTreeMap<SourceId, Tally>,
    /// The state of each open source.
    pub sources: BTreeMap<SourceId, SourceState>,
    /// Pictures and texts that are ready or have failed.
    pub prepared: BTreeMap<PrepKey, PrepState>,
    /// The state of each output that was ever started.
    pub outputs: BTreeMap<OutputId, OutputState>,
    /// The mixer's live values.
    pub mixer: show::Mixer,
    /// The strips that are soloed on the monitor.
    pub solo: BTreeSet<SourceId>,
    /// Steps that can be undone, and redone.
    pub history: (usize, usize),
}

/// A source's tally: derived, never stored. A source on neither bus has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tally {
    /// On PVW.
    Preview,
    /// On PGM, or on its way to it.
    Program,
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
            prepared: BTreeMap::new(),
            takes: Takes::default(),
            outputs: Outputs::default(),
            arming: None,
        };
        let next = FrameIndex::default();
        let derived = Derived { stale: true, pvw: Pinned::empty(), needs: Arc::default() };
        Self { program, state, next, events: Vec::new(), entries: Vec::new(), derived }
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
        let done = match &command.kind {
            CommandKind::Batch(kinds) => {
                let done = kinds.iter().try_for_each(|kind| self.apply_one(kind, command.gesture));
                // However many edits a batch holds, it is one step of undo.
                if !Arc::ptr_eq(&before.show, &self.state.show) {
                    self.state.history = before.history.clone();
                    self.state.history.record(&before.show, command.gesture);
                }
                done
            }
            kind => self.apply_one(kind, command.gesture),
        };
        match done {
            Ok(()) => {
                self.derived.stale = true;
                let input = LogInput::Command(Box::new(command));
                self.entries.push(LogEntry { frame: self.next, input });
            }
            Err(_) => {
                self.state = before;
                self.events.truncate(happened);
            }
        }
        done
    }

    /// Applies a report.
    pub fn report(&mut self, report: Report) {
        match report {
            Report::Source(id, state) => _ = self.state.sources.insert(id, state),
            Report::Prep(key, PrepState::Dropped) => _ = self.state.prepared.remove(&key),
            Report::Prep(key, state) => _ = self.state.prepared.insert(key, state),
            Report::Output(id, state) => self.state.outputs.report(id, state),
        }
        self.derived.stale = true;
        self.entries.push(LogEntry { frame: self.next, input: LogInput::Report(report) });
    }

    /// Plans the next frame. Frames come in order, each once; the engine counts them.
    pub fn tick(&mut self) -> Tick {
        self.retry_armed_take();
        let n = self.next;
        if self.state.switcher.advance(n) {
            self.derived.stale = true;
            self.event(EventKind::Landed);
        }
        if self.derived.stale {
            self.derive(n);
        }
        let EngineState { show, switcher, mixer, .. } = &self.state;
        let pvw = Arc::clone(&self.derived.pvw);
        let plan = FramePlan { frame: n, pgm: switcher.picture(n), pvw };
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
        let EngineState { show, switcher, mixer, sources, prepared, takes, outputs, .. } =
            &mut self.state;
        let mut pending = Vec::new();
        switcher.follow_live(show, prepared, &mut pending);
        for id in takes.advance(n, switcher) {
            // It is no longer cued, whatever report is still on its way.
            sources.insert(id, SourceState::Live);
        }
        let pvw = switcher.pvw.pin(show);
        let running = outputs.running();
        let needs = Needs::new(show, switcher, &pvw, mixer, takes, running, pending);
        // A closed source has no state: when it is opened again it has to be cued again.
        sources.retain(|id, _| needs.sources.iter().any(|need| need.source.id == *id));
        if *self.derived.needs != needs {
            self.derived.needs = Arc::new(needs);
        }
        (self.derived.pvw, self.derived.stale) = (pvw, false);
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
            prepared,
            takes: _,
            outputs,
            arming,
        } = &self.state;
        let mut tally = BTreeMap::new();
        let mut mark = |sources: &[show::Source], level: Tally| {
            for source in sources {
                let entry = tally.entry(source.id).or_insert(level);
                *entry = (*entry).max(level);
            }
        };
        mark(&switcher.pvw.pin(show).sources, Tally::Preview);
        mark(&switcher.pgm.sources, Tally::Program);
        if let Some(running) = &switcher.transition {
            mark(&running.to.sources, Tally::Program);
        }
        Snapshot {
            next: self.next,
            show: Arc::clone(show),
            pgm: switcher.pgm.items.clone(),
            pvw: switcher.pvw.clone(),
            on_air: Arc::clone(&switcher.pgm),
            transition: switcher.transition.as_ref().map(|running| running.progress),
            arming: arming.is_some(),
            tally,
            sources: sources.clone(),
            prepared: prepared.clone(),
            outputs: outputs.states().clone(),
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
            CommandKind::Switch(switch) => self.switch(*switch),
            CommandKind::Key(key) => self.state.switcher.key(*key, &self.state.show),
            CommandKind::Mix(mix) => {
                let EngineState { show, switcher, mixer, .. } = &mut self.state;
                mixer.apply(*mix, |id| show.source(id).is_some() || switcher.pgm.shows(id))
            }
            CommandKind::Deliver(deliver) => {
                let EngineState { show, outputs, .. } = &mut self.state;
                outputs.deliver(*deliver, show)
            }
            CommandKind::Batch(_) => Err(Rejection::NestedBatch),
        }
    }

    fn edit(&mut self, edit: &EditCommand, gesture: Option<Gesture>) -> Result<(), Rejection> {
        let EngineState { show, history, outputs, .. } = &mut self.state;
        *show = match edit {
            EditCommand::Do(edit) => {
                outputs.check_edit(edit)?;
                // The engine and all that runs for it count time in frames of this format.
                if matches!(&**edit, show::Edit::Format(format) if *format != show.format) {
                    return Err(Rejection::FormatFixed);
                }
                let next = Arc::new(show.apply(edit)?);
                history.record(show, gesture);
                next
            }
            EditCommand::Undo => history.undo(show).ok_or(Rejection::NothingToUndo)?,
            EditCommand::Redo => history.redo(show).ok_or(Rejection::NothingToRedo)?,
        };
        self.event(EventKind::Edited);
        Ok(())
    }

    /// A take whose sources are not cued yet waits for them; any other switch cancels that wait.
    fn switch(&mut self, switch: Switch) -> Result<(), Rejection> {
        self.state.arming = None;
        match self.switch_now(switch) {
            Err(Rejection::NotReady(_) | Rejection::NotPrepared) => {
                let rate = self.state.show.format.rate;
                let frames = FrameIndex::in_millis(rate, ARMING_MILLIS);
                let until = FrameIndex(self.next.0 + frames);
                // The scene of a take is on PVW by now, where its files are being cued.
                let switch = if matches!(switch, Switch::Take(_)) { Switch::Cut } else { switch };
                self.state.arming = Some(Arming { switch, until });
                self.event(EventKind::Arming(switch));
                Ok(())
            }
            done => done,
        }
    }

    fn switch_now(&mut self, switch: Switch) -> Result<(), Rejection> {
        let EngineState { show, switcher, mixer, sources, prepared, .. } = &mut self.state;
        let (pgm, ran) = (Arc::clone(&switcher.pgm), switcher.transition.is_some());
        let follow = mixer.values().follow;
        switcher
            .switch(switch, &SwitchContext { show, frame: self.next, sources, prepared, follow })?;
        let runs = switcher.transition.as_ref();
        if let Some(running) = runs
            && !ran
        {
            let items = running.to.items.clone();
            self.event(EventKind::Taken(items));
        } else if !Arc::ptr_eq(&pgm, &switcher.pgm) && switch != Switch::Update {
            let items = switcher.pgm.items.clone();
            self.event(if ran { EventKind::Landed } else { EventKind::Taken(items) });
        } else if ran && runs.is_none() {
            self.event(EventKind::Withdrawn);
        }
        Ok(())
    }

    fn retry_armed_take(&mut self) {
        let Some(Arming { switch, until }) = self.state.arming else { return };
        self.derived.stale = true;
        match self.switch_now(switch) {
            Err(Rejection::NotReady(_) | Rejection::NotPrepared) if self.next < until => {}
            done => {
                self.state.arming = None;
                if let Err(rejection) = done {
                    self.event(EventKind::Rejected(rejection));
                }
            }
        }
    }
}
