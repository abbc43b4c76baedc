//! The program thread: each frame it drains commands and reports into the engine, ticks it, composes PGM,
//! and hands picture and sound on. It takes no lock and waits for nothing but the time.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use compositor::Compositor;
use crossbeam_channel::{Receiver, Sender, TrySendError};
use engine::{
    Command, Engine, Event, Frame, FrameIndex, FramePlan, LogEntry, Needs, OutputNeed, Picture,
    Pinned, Report, SourceState,
};
use media::signal::SignalLevels;
use show::{FrameRate, SourceId};

use crate::clock::Clock;
use crate::program::audio_thread::SoundJob;
use crate::program::program_shared::{
    ChannelEnds, ProgramEvent, ProgramShared, WAITING_COMMANDS, WAITING_HAPPENINGS, WAITING_REPORTS,
};
use crate::program::slot::{PlayPosition, Slot};
use crate::program::source_input::SourceInput;
use crate::program::view::ProgramView;
use crate::program::wiring::{EncodeFrame, Wiring};

/// How many commands a frame takes at the most; the others land on the next ones.
const MAX_COMMANDS: usize = WAITING_COMMANDS / 8;
/// The part of a frame's time in which it begins commands: the rest is for drawing. One that was begun
/// is done whole.
const PART_FOR_COMMANDS: u64 = 8;

/// The state of a program thread.
pub struct Program {
    engine: Engine,
    rate: FrameRate,
    compositor: Box<dyn Compositor>,
    shared: Arc<ProgramShared>,
    commands: Receiver<Command>,
    reports: Receiver<Report>,
    events: Sender<ProgramEvent>,
    inputs: Vec<SourceInput>,
    wiring: Arc<Wiring>,
    needs: Arc<Needs>,
    positions: Arc<[PlayPosition]>,
    pictures: Vec<(SourceId, Frame)>,
    /// What is shown in place of a source without a signal.
    no_signal: Frame,
    /// Frames that were submitted to the compositor and are not finished: the bus and deadline of each.
    drawn: VecDeque<(FrameIndex, Arc<Pinned>, Option<u64>)>,
    base: i64,
    clock: Clock,
    /// How many commands the next frame may still take.
    commands_left: usize,
    changed: bool,
    script: VecDeque<(FrameIndex, Command)>,
}

/// How a frame is made.
#[derive(Clone, Copy, Debug)]
pub struct FrameTask {
    /// When the frame is due, on the studio's clock; `None` outside real time, where the frame waits for
    /// its sources and for room in the queues.
    pub due: Option<u64>,
    /// The frame is too late: its picture is not composed, and the one before is repeated.
    pub skip: bool,
}

impl Program {
    /// A program before its first frame, which begins at `base` on this clock, the studio's.
    pub fn new(
        engine: Engine,
        compositor: Box<dyn Compositor>,
        (base, clock): (i64, Clock),
    ) -> (Self, Arc<ProgramShared>, ChannelEnds) {
        let snapshot = engine.snapshot();
        let format = snapshot.show.format;
        let rate = format.rate;
        let shared = Arc::new(ProgramShared::new(snapshot));
        let (command_end, commands) = crossbeam_channel::bounded(WAITING_COMMANDS);
        let (report_end, reports) = crossbeam_channel::bounded(WAITING_REPORTS);
        let (events, event_end) = crossbeam_channel::bounded(WAITING_HAPPENINGS);
        let program = Self {
            engine,
            rate,
            compositor,
            shared: Arc::clone(&shared),
            commands,
            reports,
            events,
            inputs: Vec::new(),
            wiring: Arc::default(),
            needs: Arc::default(),
            positions: Arc::new([]),
            pictures: Vec::new(),
            no_signal: media::pattern_card::no_signal(format).standing_in(),
            drawn: VecDeque::with_capacity(8),
            base,
            clock,
            commands_left: MAX_COMMANDS,
            changed: true,
            script: VecDeque::new(),
        };
        let ends = ChannelEnds { commands: command_end, reports: report_end, events: event_end };
        (program, shared, ends)
    }

    /// Sets commands that are applied before these frames.
    pub fn set_script(&mut self, mut script: Vec<(FrameIndex, Command)>) {
        script.sort_by_key(|(frame, _)| *frame);
        self.script = script.into();
    }

    /// Applies the script's commands for frame 0 and publishes what they need, so that it can run before
    /// that frame.
    pub fn prime(&mut self) {
        self.perform();
        let needs = self.engine.needs();
        self.publish_needs(&needs);
    }

    /// The programme begins at `base`, on the studio's clock; before its first frame.
    pub fn begin_at(&mut self, base: i64) {
        self.base = base;
    }

    /// Hands on the pictures that are drawn and not finished, once there are no more frames to make; with
    /// `wait`, which is never used in real time, waits for room.
    pub fn flush(&mut self, wait: bool) {
        let next = self.engine.next_frame();
        for n in (next.0..).map(FrameIndex).take(self.compositor.latency() as usize) {
            if wait {
                self.compositor.wait();
            }
            // Nobody sees what is drawn here: it pushes out what was drawn before.
            let finished = self.compositor.draw(n, &Picture::One(Pinned::empty()), &[]);
            finished.into_iter().for_each(|(frame, picture)| self.encode(frame, picture, wait));
        }
    }

    /// Drains commands and reports into the engine, and returns whether the next frame should wait for
    /// preparations: for work outside real time.
    pub fn is_preparing(&mut self) -> bool {
        self.listen(u64::MAX);
        self.engine.is_preparing()
    }

    /// Makes the next frame.
    pub fn beat(&mut self, beat: FrameTask) {
        let for_commands = self.period() / PART_FOR_COMMANDS;
        self.listen(beat.due.map_or(u64::MAX, |_| self.clock.now() + for_commands));
        self.perform();
        self.report_ends(beat);
        let tick = self.engine.tick();
        self.commands_left = MAX_COMMANDS;
        self.publish_needs(&tick.needs);
        let n = tick.plan.frame;
        self.read(n, beat);
        self.leave_out(&tick.plan);
        let start = n.samples(self.rate);
        let (wiring, positions) = (Arc::clone(&self.wiring), Arc::clone(&self.positions));
        let job = SoundJob { plan: tick.mix, start, wiring, positions };
        self.shared.sound.push(job, beat.due.is_none());
        let runs = |need: &OutputNeed| {
            self.wiring.encodes.iter().any(|encode| encode.profile == need.output.profile)
        };
        let is_missed = !self.needs.outputs.iter().all(runs);
        self.shared.counts.not_encoded.fetch_add(u64::from(is_missed), Ordering::Relaxed);
        if beat.skip {
            self.shared.counts.skipped.fetch_add(1, Ordering::Relaxed);
        } else {
            self.draw(n, &tick.plan, beat.due);
        }
        self.shared.counts.frames.fetch_add(1, Ordering::Relaxed);
        self.tell(tick.events, tick.entries);
    }

    /// Takes commands and reports into the engine, as many as a frame may have and, but for the first
    /// command, until this time: who sends without end must not hold up PGM. What is left waits, in
    /// order, for the next frames.
    fn listen(&mut self, until: u64) {
        self.follow_wiring();
        self.report_sources();
        for report in self.reports.try_iter().take(WAITING_REPORTS) {
            self.engine.report(report);
            self.changed = true;
        }
        while self.commands_left > 0
            && let Ok(command) = self.commands.try_recv()
        {
            self.commands_left -= 1;
            self.apply(command);
            if self.clock.now() >= until {
                break;
            }
        }
    }

    /// How long the next frame is, in nanoseconds.
    fn period(&self) -> u64 {
        let next = self.engine.next_frame();
        next.next().nanos(self.rate) - next.nanos(self.rate)
    }

    fn apply(&mut self, command: Command) {
        if let Err(rejection) = self.engine.apply(command.clone()) {
            self.happen(ProgramEvent::Refused(Box::new(command), rejection));
        }
        self.changed = true;
    }

    /// Applies the script's commands for the next frame.
    fn perform(&mut self) {
        let next = self.engine.next_frame();
        while self.script.front().is_some_and(|(frame, _)| *frame <= next) {
            if let Some((_, command)) = self.script.pop_front() {
                self.apply(command);
            }
        }
    }

    /// Reports changes of the sources' states to the engine.
    fn report_sources(&mut self) {
        let longest = u64::from(self.rate.nominal()) / 2;
        let supervision = self.engine.supervision();
        let (black, silent) = (supervision.black_luma(), supervision.silent_amplitude());
        for input in &mut self.inputs {
            if let Some(signal) = input.signal_news(SignalLevels { black, silent }) {
                self.engine.report(Report::Signal(input.id, signal));
                self.changed = true;
            }
            if let Some(state) = input.news(self.needs.source(input.id), longest) {
                self.engine.report(Report::Source(input.id, state));
                self.changed = true;
            }
        }
    }

    /// Reports the sources that end on the next frame.
    fn report_ends(&mut self, beat: FrameTask) {
        let slot = Slot { frame: self.engine.next_frame(), rate: self.rate, base: self.base };
        for input in &mut self.inputs {
            if input.ends_on(self.needs.source(input.id), slot, beat.due.is_none()) {
                self.engine.report(Report::Source(input.id, SourceState::Ended));
                self.changed = true;
            }
        }
    }

    /// Publishes what should run.
    fn publish_needs(&mut self, new: &Arc<Needs>) {
        if !Arc::ptr_eq(&self.needs, new) {
            for input in &mut self.inputs {
                // The engine dropped its state with the need: report it again if it is needed again.
                if self.needs.source(input.id).is_none() {
                    input.forget_report();
                }
                input.follow(new.source(input.id));
            }
            self.needs = Arc::clone(new);
            self.shared.needs.store(Arc::clone(new));
            self.changed = true;
        }
    }

    /// Takes new wiring over, keeping the readers of sources that stay open.
    fn follow_wiring(&mut self) {
        let wiring = self.shared.wiring.load();
        if Arc::ptr_eq(&wiring, &self.wiring) {
            return;
        }
        self.wiring = Arc::clone(&wiring);
        let mut old = std::mem::take(&mut self.inputs);
        for wired in &self.wiring.sources {
            let input = match old.iter().position(|input| input.reads(wired)) {
                Some(at) => old.swap_remove(at),
                None => {
                    let mut new = SourceInput::new(wired);
                    new.follow(self.needs.source(wired.id));
                    old.iter().filter(|old| old.id == wired.id).for_each(|old| new.replace(old));
                    new
                }
            };
            self.inputs.push(input);
        }
        old.into_iter().for_each(|input| self.retire(input));
    }

    /// Lets go of an input whose source is closed, unless it is needed: then its picture stays until it is
    /// open again.
    fn retire(&mut self, mut input: SourceInput) {
        let is_needed = self.needs.sources.iter().any(|need| need.source.id == input.id);
        let is_replaced = self.inputs.iter().any(|other| other.id == input.id);
        if input.is_reported() {
            self.engine.report(Report::SourceClosed(input.id));
            input.forget_report();
            self.changed = true;
        }
        if is_needed && !is_replaced && input.outlive_source() {
            self.inputs.push(input);
            return;
        }
        // Freed by the stage; here only if that stands still.
        drop(self.shared.retired.push(input));
    }

    /// Chooses each source's picture.
    fn read(&mut self, frame: FrameIndex, beat: FrameTask) {
        let slot = Slot { frame, rate: self.rate, base: self.base };
        self.pictures.clear();
        let mut moved = self.positions.len() != self.inputs.len();
        for (index, input) in self.inputs.iter_mut().enumerate() {
            if input.read(self.needs.source(input.id), slot, beat.due.is_none()) {
                self.engine.report(Report::Source(input.id, SourceState::Ended));
                self.changed = true;
            }
            self.shared.counts.starved.fetch_max(input.starved(), Ordering::Relaxed);
            if let Some(picture) = input.picture() {
                self.pictures.push((input.id, picture.clone()));
            }
            moved |= self.positions.get(index) != Some(&input.standing());
        }
        if moved {
            self.positions = self.inputs.iter().map(SourceInput::standing).collect();
        }
    }

    /// Leaves out the pictures of sources that show none on this frame.
    fn leave_out(&mut self, plan: &FramePlan) {
        if !plan.dark.is_empty() {
            self.pictures.retain(|(id, _)| !plan.dark.contains(id));
        }
        for id in &*plan.without_signal {
            let no_signal = self.no_signal.clone();
            match self.pictures.iter_mut().find(|(other, _)| other == id) {
                Some((_, picture)) => *picture = no_signal,
                None => self.pictures.push((*id, no_signal)),
            }
        }
    }

    fn draw(&mut self, n: FrameIndex, plan: &FramePlan, due: Option<u64>) {
        let picture = &plan.pgm;
        let bus = match picture {
            Picture::One(bus) => bus,
            Picture::Mix { from, part, whole, .. } if part * 2 < *whole => from,
            Picture::Mix { to, .. } => to,
        };
        self.drawn.push_back((n, Arc::clone(bus), due));
        if due.is_none() {
            self.compositor.wait();
        }
        let finished = self.compositor.draw(n, picture, &self.pictures);
        let Some((frame, picture)) = finished else { return };
        if self.shared.watched.load(Ordering::Relaxed) {
            let (pvw, pictures) = (Arc::clone(&plan.pvw), self.pictures.clone());
            let positions = Arc::clone(&self.positions);
            let needs = Arc::clone(&self.needs);
            let view = ProgramView { frame, pgm: picture.clone(), pvw, pictures, positions, needs };
            self.shared.view.store(Some(Arc::new(view)));
        }
        self.encode(frame, picture, due.is_none());
    }

    /// Hands a finished picture to the encodes; with `wait`, which is never used on air, waits for room.
    fn encode(&mut self, frame: FrameIndex, picture: Frame, wait: bool) {
        while let Some((drawn, bus, due)) = self.drawn.pop_front() {
            if drawn == frame {
                let positions = Arc::clone(&self.positions);
                let shot = EncodeFrame { frame, picture, bus, positions, due };
                for encode in &self.wiring.encodes {
                    encode.push(shot.clone(), wait);
                }
                return;
            }
        }
    }

    fn tell(&mut self, events: Vec<Event>, entries: Vec<LogEntry>) {
        self.changed |= !events.is_empty();
        for event in events {
            self.happen(ProgramEvent::Event(event));
        }
        for entry in entries {
            self.happen(ProgramEvent::Entry(entry));
        }
        if std::mem::take(&mut self.changed) {
            self.shared.snapshot.store(Arc::new(self.engine.snapshot()));
        }
    }

    fn happen(&self, event: ProgramEvent) {
        if let Err(TrySendError::Full(_)) = self.events.try_send(event) {
            self.shared.counts.dropped_events.fetch_add(1, Ordering::Relaxed);
        }
    }
}
