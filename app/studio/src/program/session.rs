//! Starts and ends a program with all its threads.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Context;
use arc_swap::ArcSwap;
use compositor::{Backend, Prepared};
use crossbeam_channel::{Receiver, Sender};
use engine::{Command, Engine, FrameIndex, ProgramId};
use show::Show;

use crate::clock::Clock;
use crate::outputs::{OutputContext, RunningOutput};
use crate::problems::Problems;
use crate::program::backend;
use crate::program::monitor_output::MonitorDevice;
use crate::program::prepare_thread::{PrepareLink, PrepareThread};
use crate::program::program_shared::{ChannelEnds, ProgramEvent, ProgramShared};
use crate::program::program_thread::{FrameTask, Program};
use crate::program::session_threads::{SessionThreads, ThreadParts};
use crate::program::stage::{OutputView, Stage};
use crate::sources::{FindOpener, SourceHub, WarmBudget, origin};
use crate::storage::secrets::Secrets;
use crate::threads::Spawner;
use crate::wakeup::Wakeup;

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
    /// Starts the threads of programs.
    spawner: Spawner,
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
        let spawner = Spawner::default();
        Self { clock, hub, secrets, warm, spawner, next_program: Arc::default() }
    }

    /// The same, with another budget for the sources that each program in real time keeps open without
    /// showing them.
    #[must_use]
    pub fn keeping(self, warm: WarmBudget) -> Self {
        Self { warm, ..self }
    }

    /// The same, with programs whose threads this starts.
    #[must_use]
    pub fn with_spawner(self, spawner: Spawner) -> Self {
        Self { spawner, ..self }
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

/// A running program, which ends when this is dropped.
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
    threads: SessionThreads,
    /// Outside real time: driven by the caller of [`Session::beat`].
    offline: Option<Box<(Program, Stage)>>,
}

impl Session {
    /// Starts a program with all its threads.
    ///
    /// # Errors
    /// The requested compositor or a thread cannot be started. What was started before it has ended.
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
        let preparing = PrepareThread {
            link: prepare.clone(),
            prepared: Arc::clone(&prepared),
            folder: folder.clone(),
            shared: Arc::clone(&shared),
            reports,
            problems: Arc::clone(&problems),
        };
        let spawner = studio.spawner.clone();
        let mut threads = SessionThreads::new(spawner, Arc::clone(&shared), prepare, frames);
        let parts = ThreadParts { program, stage, preparing, monitor };
        let offline = threads.start(parts, (&studio.clock, format.rate), offline)?;
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
            threads,
            offline,
        })
    }

    /// Makes the next frame of a program that is not in real time; false once it has all its frames.
    pub fn beat(&mut self) -> bool {
        if self.is_over() {
            return false;
        }
        let Some(offline) = &mut self.offline else { return true };
        let (program, stage) = &mut **offline;
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
        self.offline.is_some()
    }

    /// Whether it has all its frames, or makes no more.
    pub fn is_over(&self) -> bool {
        match self.offline {
            Some(_) => self.threads.has_all_frames() || self.shared.sound.is_over(),
            None => self.threads.is_program_over(),
        }
    }

    /// Whether it makes no more frames or no more sound, or opens and ends nothing any more, although nobody ended
    /// it: a thread panicked.
    pub fn has_failed(&self) -> bool {
        let is_over = self.is_over() || self.shared.sound.is_over() || self.threads.is_stage_lost();
        is_over && !self.threads.has_all_frames()
    }

    /// Ends the program: drains the encodes, finalises files, unpublishes streams. Returns the outputs that
    /// ran.
    pub fn finish(mut self) -> Vec<RunningOutput> {
        self.end()
    }

    fn end(&mut self) -> Vec<RunningOutput> {
        let offline = self.offline.take().map(|offline| *offline);
        self.threads.end(offline)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.end());
    }
}
