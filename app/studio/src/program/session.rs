//! Starts and ends a program with all its threads.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;
use arc_swap::ArcSwap;
use compositor::{Backend, Prepared};
use crossbeam_channel::{Receiver, Sender};
use engine::{Command, Engine, FrameIndex, ProgramId};
use show::{FrameRate, Show};

use crate::clock::Clock;
use crate::outputs::{OutputContext, RunningOutput};
use crate::problems::Problems;
use crate::program::audio_thread::AudioThread;
use crate::program::backend;
use crate::program::monitor_output::{MonitorDevice, MonitorOutput};
use crate::program::prepare_thread::{PrepareLink, PrepareThread};
use crate::program::program_thread::{
    ChannelEnds, FrameTask, Program, ProgramEvent, ProgramShared,
};
use crate::program::stage::{OutputView, Stage};
use crate::sources::{FindOpener, SourceHub, WarmBudget, origin};
use crate::storage::secrets::Secrets;
use crate::threads;
use crate::wakeup::Wakeup;

/// How long the first frame waits for what it needs, in nanoseconds.
const MAX_STAGING: u64 = 2_000_000_000;
const STAGING_POLL: u64 = 2_000_000;

/// What all programs of a studio share.
#[derive(Clone)]
pub struct Studio {
    /// The clock.
    pub clock: Clock,
    /// The open sources.
    pub hub: Arc<SourceHub>,
    /// The stream keys.
    pub secrets: Arc<Secrets>,
    /// See [`Self::keeping`].
    warm: WarmBudget,
    /// The next program's id.
    next_program: Arc<AtomicU32>,
}

impl Studio {
    /// A studio with these stream keys.
    pub fn with(secrets: Secrets) -> Self {
        Self::with_kinds(secrets, Arc::new(origin::opener))
    }

    /// A studio whose sources are opened by the openers that `find` returns.
    pub fn with_kinds(secrets: Secrets, find: FindOpener) -> Self {
        let clock = Clock::default();
        let hub = Arc::new(SourceHub::new(clock.clone(), find));
        let (secrets, warm) = (Arc::new(secrets), WarmBudget::default());
        Self { clock, hub, secrets, warm, next_program: Arc::default() }
    }

    /// The same, with another budget for the sources that each program in real time keeps open without
    /// showing them.
    #[must_use]
    pub fn keeping(self, warm: WarmBudget) -> Self {
        Self { warm, ..self }
    }

    /// A new id, which no program of this studio has or had.
    fn program_id(&self) -> ProgramId {
        ProgramId(self.next_program.fetch_add(1, Ordering::Relaxed))
    }
}

impl Default for Studio {
    fn default() -> Self {
        Self::with(Secrets::default())
    }
}

/// The options of a program.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The folder that relative paths of the show start from.
    pub folder: PathBuf,
    /// The compositor, or `None` for the one that suits the machine.
    pub backend: Option<Backend>,
    /// Whether to run as fast as possible instead of in real time: each frame waits for its sources.
    pub offline: bool,
    /// The device that plays the monitor mix, if any.
    pub monitor: Option<MonitorDevice>,
    /// Commands that are applied before these frames. They are sent to this program whatever program they
    /// name, since its id is assigned at the start.
    pub script: Vec<(FrameIndex, Command)>,
    /// The number of frames after which it stops by itself.
    pub frames: Option<u64>,
}

/// A running program.
pub struct Session {
    /// The state that any thread may read at any time.
    pub shared: Arc<ProgramShared>,
    /// The current problems.
    pub problems: Arc<Problems>,
    /// The running outputs.
    pub outputs: Arc<ArcSwap<Vec<Arc<OutputView>>>>,
    /// For commands.
    pub commands: Sender<Command>,
    /// The program's events.
    pub events: Receiver<ProgramEvent>,
    /// The compositor in use.
    pub backend: Backend,
    /// The store of prepared graphics.
    pub prepared: Arc<Prepared>,
    /// The program's id, which its commands must name.
    pub program: ProgramId,
    /// The folder that relative paths of its show start from.
    pub folder: PathBuf,
    stop: Arc<Stop>,
    pace: Driver,
    sound: JoinHandle<()>,
    /// The device thread; `None` outside real time, where nothing is played.
    monitor: Option<JoinHandle<()>>,
    workshop: JoinHandle<()>,
    prepare: PrepareLink,
}

#[derive(Default)]
struct Stop {
    program: AtomicBool,
    stage: AtomicBool,
    sound: AtomicBool,
    monitor: AtomicBool,
    workshop: AtomicBool,
    frames: AtomicU64,
}

/// What drives the frames.
enum Driver {
    /// The program thread, in real time; the stage has a thread of its own.
    Real { program: JoinHandle<()>, stage: JoinHandle<Stage> },
    /// The caller of [`Session::beat`].
    Offline(Box<(Program, Stage)>),
}

impl Session {
    /// Starts a program with all its threads.
    ///
    /// # Errors
    /// The requested compositor or a thread cannot be started.
    pub fn start(studio: &Studio, show: Show, options: Options) -> anyhow::Result<Self> {
        let Options { folder, backend, offline, monitor, mut script, frames } = options;
        let warm = if offline { WarmBudget::NONE } else { studio.warm };
        let id = studio.program_id();
        script.iter_mut().for_each(|(_, command)| command.program = id);
        let format = show.format;
        let prepared = Arc::new(Prepared::default());
        let started = backend::start(backend, format.raster.size(), &prepared);
        let (compositor, backend, gpu_recovery) =
            started.context("the compositor does not start")?;
        let engine = Engine::new(id, Arc::new(show)).holding(!offline);
        let (mut program, shared, ends) =
            Program::new(engine, compositor, (0, studio.clock.clone()));
        program.set_script(script);
        // What is asked for from the first frame on runs before it.
        program.prime();
        shared.sound.begin_with(&shared.snapshot.load().mixer);
        let ChannelEnds { commands, reports, events } = ends;
        let problems = Arc::new(Problems::default());
        let stop = Arc::new(Stop::default());
        stop.frames.store(frames.unwrap_or(u64::MAX), Ordering::Release);
        let context = OutputContext {
            clock: studio.clock.clone(),
            secrets: Arc::clone(&studio.secrets),
            folder: folder.clone(),
            reports: reports.clone(),
            problems: Arc::clone(&problems),
        };
        let prepare = PrepareLink::default();
        let stage = Stage::new(
            format,
            (Arc::clone(&studio.hub), warm),
            Arc::clone(&shared),
            context,
            prepare.clone(),
            gpu_recovery,
        );
        let outputs = stage.outputs();
        let workshop = PrepareThread {
            link: prepare.clone(),
            prepared: Arc::clone(&prepared),
            folder: folder.clone(),
            shared: Arc::clone(&shared),
            reports,
            problems: Arc::clone(&problems),
        };
        let of_workshop = Arc::clone(&stop);
        let workshop = threads::spawn("prepare", move || workshop.run(&of_workshop.workshop))?;
        let staged = match offline {
            true => Staged::ByCaller(Box::new(stage)),
            false => Staged::Runs(StageThread::start(stage, &studio.clock, &shared, &stop)?),
        };
        // The first frame is due a little later, so that it is not late from the start.
        let base = if offline { 0 } else { studio.clock.now() + 5_000_000 };
        let base = i64::try_from(base).unwrap_or(i64::MAX);
        program.begin_at(base);
        let desk = AudioThread::new(Arc::clone(&shared.sound), base, offline);
        let of_sound = Arc::clone(&stop);
        let sound = threads::spawn("audio", move || desk.run(&of_sound.sound))?;
        let monitor =
            (!offline).then(|| listen(&shared.sound.monitor, monitor, &stop)).transpose()?;
        let pace = match staged {
            Staged::ByCaller(stage) => Driver::Offline(Box::new((program, *stage))),
            Staged::Runs(stage) => {
                let clock = studio.clock.clone();
                real(clock, (program, stage), (base, format.rate), &shared, &stop)?
            }
        };
        Ok(Self {
            shared,
            problems,
            outputs,
            commands,
            events,
            backend,
            prepared,
            program: id,
            folder,
            stop,
            pace,
            sound,
            monitor,
            workshop,
            prepare,
        })
    }

    /// Makes the next frame of a program that is not in real time; false once it has all its frames.
    pub fn beat(&mut self) -> bool {
        let Driver::Offline(made) = &mut self.pace else { return !self.is_over() };
        let (program, stage) = &mut **made;
        if self.shared.counts.frames.load(Ordering::Acquire)
            >= self.stop.frames.load(Ordering::Acquire)
        {
            return false;
        }
        stage.look();
        let wakeup = Wakeup::default();
        // Ten seconds at most: then a take is refused, as it would be in real time.
        for _ in 0..2_000 {
            if !program.is_preparing() {
                break;
            }
            wakeup.wait_for(Duration::from_millis(5));
        }
        program.beat(FrameTask { due: None, skip: false });
        self.shared.sound.wait_for(self.shared.counts.frames.load(Ordering::Acquire));
        stage.look();
        true
    }

    /// Whether frames are made by [`Self::beat`].
    pub fn is_offline(&self) -> bool {
        matches!(self.pace, Driver::Offline(_))
    }

    /// Whether it has all its frames.
    pub fn is_over(&self) -> bool {
        match &self.pace {
            Driver::Real { program, .. } => program.is_finished(),
            Driver::Offline(_) => {
                self.shared.counts.frames.load(Ordering::Acquire)
                    >= self.stop.frames.load(Ordering::Acquire)
            }
        }
    }

    /// Ends the program: drains the encodes, finalises files, unpublishes streams. Returns the outputs that
    /// ran.
    pub fn finish(self) -> Vec<RunningOutput> {
        let Self { stop, pace, sound, monitor, workshop, prepare, shared, .. } = self;
        stop.program.store(true, Ordering::Release);
        let stage = match pace {
            Driver::Real { program, stage } => {
                let _ended = program.join();
                stop.stage.store(true, Ordering::Release);
                stage.join().ok()
            }
            Driver::Offline(made) => {
                let (mut program, stage) = *made;
                program.flush(true);
                drop(program);
                Some(stage)
            }
        };
        // Before the encodes: they need the last of the sound.
        stop.sound.store(true, Ordering::Release);
        let _ended = sound.join();
        stop.monitor.store(true, Ordering::Release);
        shared.sound.monitor.wake();
        let ended = stage.map(Stage::end).unwrap_or_default();
        if let Some(monitor) = monitor {
            // A driver that hangs is left behind.
            threads::join_within(monitor, Duration::from_millis(500));
        }
        stop.workshop.store(true, Ordering::Release);
        prepare.wake();
        let _ended = workshop.join();
        ended
    }
}

/// Starts the device thread of the monitor; a requested device is opened and unmuted.
fn listen(
    monitor: &Arc<MonitorOutput>,
    device: Option<MonitorDevice>,
    stop: &Arc<Stop>,
) -> std::io::Result<JoinHandle<()>> {
    if let Some(device) = device {
        monitor.choose(device);
        monitor.set_mute(false);
    }
    let (monitor, stop) = (Arc::clone(monitor), Arc::clone(stop));
    threads::spawn("sound-out", move || monitor.run(&stop.monitor))
}

/// Who drives a stage.
enum Staged {
    /// A thread of its own.
    Runs(StageThread),
    /// The caller of [`Session::beat`].
    ByCaller(Box<Stage>),
}

/// A stage on a thread of its own.
struct StageThread {
    thread: JoinHandle<Stage>,
    /// Woken when something else is needed.
    wakeup: Arc<Wakeup>,
}

impl StageThread {
    /// Starts it, and waits until what the first frame needs runs: the encoders of outputs that are asked for
    /// from the first frame on, for two seconds at most. Frames that they miss beyond that are counted.
    fn start(
        mut stage: Stage,
        clock: &Clock,
        shared: &ProgramShared,
        stop: &Arc<Stop>,
    ) -> std::io::Result<Self> {
        let wakeup = Arc::new(Wakeup::default());
        let (of_stage, stage_wakeup) = (Arc::clone(stop), Arc::clone(&wakeup));
        let thread = threads::spawn("stage", move || {
            while !of_stage.stage.load(Ordering::Acquire) {
                if !stage.look() {
                    stage_wakeup.wait();
                }
            }
            stage
        })?;
        let until = clock.now() + MAX_STAGING;
        while !shared.is_staged.load(Ordering::Acquire) && clock.now() < until {
            clock.wait_until(clock.now() + STAGING_POLL);
        }
        Ok(Self { thread, wakeup })
    }
}

fn real(
    clock: Clock,
    (mut program, stage): (Program, StageThread),
    (base, rate): (i64, FrameRate),
    shared: &Arc<ProgramShared>,
    stop: &Arc<Stop>,
) -> std::io::Result<Driver> {
    let StageThread { thread: stage, wakeup } = stage;
    let (of_program, shared) = (Arc::clone(stop), Arc::clone(shared));
    let program = threads::spawn("program", move || {
        let mut needs = shared.needs.load_full();
        for n in (0..).map(FrameIndex) {
            let all = n.0 >= of_program.frames.load(Ordering::Acquire);
            if all || of_program.program.load(Ordering::Acquire) {
                program.flush(false);
                return;
            }
            let due = u64::try_from(base).unwrap_or(0) + n.nanos(rate);
            clock.wait_until(due);
            let began = clock.now();
            let late = began.saturating_sub(due);
            let period = n.next().nanos(rate) - n.nanos(rate);
            shared.counts.latest.fetch_max(late, Ordering::Relaxed);
            shared.counts.behind.fetch_add(u64::from(late > period), Ordering::Relaxed);
            // Before the first frame there is nothing that could be repeated in its place.
            let skip = late > period && n.0 > 0;
            program.beat(FrameTask { due: Some(due), skip });
            shared.counts.working.fetch_add(clock.now() - began, Ordering::Relaxed);
            let present = shared.needs.load();
            if !Arc::ptr_eq(&present, &needs) {
                needs = Arc::clone(&present);
                wakeup.wake();
            }
        }
    })?;
    Ok(Driver::Real { program, stage })
}
