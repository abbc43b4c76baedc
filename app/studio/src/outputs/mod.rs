//! Outputs that run: a queue behind the hub of their encode, and a thread that empties it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::Sender;
use engine::{OutputRun, OutputState, Report};
use media::hub::Hub;
use media::queue::{Queue, QueueBounds};
use media::record::{self, RecordStats};
use media::rtmp::{self, RtmpStats, Target};
use show::{Output, OutputId, OutputKind};

use crate::clock::Clock;
use crate::problems::{Problem, Problems};
use crate::storage::secrets::Secrets;
use crate::threads;

/// An output that runs, or has ended by itself.
pub struct RunningOutput {
    /// As it was started.
    pub output: Output,
    /// Which run of it this is.
    pub run: OutputRun,
    /// What it is fed by.
    pub queue: Arc<Queue>,
    /// What it does.
    pub figures: Arc<OutputCounts>,
    thread: Option<JoinHandle<()>>,
}

/// What an output counts; any of it may be read at any time.
#[derive(Debug, Default)]
pub struct OutputCounts {
    /// For a recording.
    pub record: RecordStats,
    /// For a destination.
    pub rtmp: RtmpStats,
    /// Whether it lost data, or never had any.
    pub lost: AtomicBool,
    state: AtomicU8,
    /// How often it came to be live.
    pub lives: AtomicU64,
}

/// The states in the order they are kept in [`OutputCounts`].
const STATES: [OutputState; 7] = [
    OutputState::Connecting,
    OutputState::Live,
    OutputState::Slow,
    OutputState::Stalled,
    OutputState::Reconnecting,
    OutputState::Failed,
    OutputState::Stopped,
];

impl OutputCounts {
    /// How it is doing.
    pub fn state(&self) -> OutputState {
        STATES[usize::from(self.state.load(Ordering::Relaxed)).min(STATES.len() - 1)]
    }

    fn set_state(&self, state: OutputState) {
        if state == OutputState::Live && self.state() != state {
            self.lives.fetch_add(1, Ordering::Relaxed);
        }
        let index = STATES.iter().position(|other| *other == state).unwrap_or_default();
        self.state.store(index as u8, Ordering::Relaxed);
    }
}

/// What outputs need of the studio.
#[derive(Clone)]
pub struct OutputContext {
    /// The studio's clock.
    pub clock: Clock,
    /// Where stream keys are.
    pub secrets: Arc<Secrets>,
    /// What relative paths count from.
    pub folder: PathBuf,
    /// What the program is told.
    pub reports: Sender<Report>,
    /// What the operator is told.
    pub problems: Arc<Problems>,
}

impl RunningOutput {
    /// Starts an output behind a hub; `run` tells this run of it from others.
    pub fn start(
        (output, run): (Output, OutputRun),
        hub: &Arc<Hub>,
        context: &OutputContext,
    ) -> std::io::Result<Self> {
        let bounds = match output.kind {
            OutputKind::Rtmp { .. } => QueueBounds::DESTINATION,
            OutputKind::Record { .. } => QueueBounds::RECORDING,
        };
        let queue = Arc::new(Queue::new(bounds));
        let figures = Arc::new(OutputCounts::default());
        let work = OutputThread {
            output: output.clone(),
            run,
            hub: Arc::clone(hub),
            queue: Arc::clone(&queue),
            figures: Arc::clone(&figures),
            context: context.clone(),
        };
        let thread = threads::spawn(output.id.to_string(), move || work.run())?;
        hub.join(output.sei, Arc::clone(&queue));
        Ok(Self { output, run, queue, figures, thread: Some(thread) })
    }

    /// Whether its thread has come to its end: waiting for it takes no time.
    pub fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits for its end: a stream is unpublished, a file closed.
    pub fn wait(&mut self) {
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            self.figures.lost.store(true, Ordering::Relaxed);
        }
    }
}

struct OutputThread {
    output: Output,
    run: OutputRun,
    hub: Arc<Hub>,
    queue: Arc<Queue>,
    figures: Arc<OutputCounts>,
    context: OutputContext,
}

impl OutputThread {
    fn run(&self) {
        let id = self.output.id;
        let report = |state| self.tell(id, state);
        report(OutputState::Connecting);
        let done = match &self.output.kind {
            OutputKind::Record { path } => {
                let path = self.context.folder.join(path);
                self.record(&path, &report)
            }
            OutputKind::Rtmp { url, key } => match self.context.secrets.get(key) {
                Some(key) => self.push(url, &key, &report),
                None => Err(Problem::NoKey(key.0.clone())),
            },
        };
        match done {
            Ok(()) => report(OutputState::Stopped),
            Err(trouble) => {
                self.figures.lost.store(true, Ordering::Relaxed);
                self.context.problems.set(id.into(), trouble);
                report(OutputState::Failed);
                // What nobody takes any more must not fill the memory.
                self.hub.leave(&self.queue);
            }
        }
    }

    fn record(&self, path: &Path, report: &dyn Fn(OutputState)) -> Result<(), Problem> {
        Ok(record::run(path, &self.queue, &self.figures.record, report)?)
    }

    fn push(&self, url: &str, key: &str, report: &dyn Fn(OutputState)) -> Result<(), Problem> {
        let target = Target::parse(url, key)?;
        let clock = self.context.clock.clone();
        let link = rtmp::Link {
            queue: &self.queue,
            stats: &self.figures.rtmp,
            report,
            lost: &|lost| self.context.problems.set(self.output.id.into(), lost),
            recovered: &|| self.context.problems.clear(self.output.id.into()),
            rejoin: &|| self.hub.rejoin(self.output.sei, &self.queue),
            now: &move || clock.now(),
        };
        rtmp::run(&target, self.output.profile, &link);
        Ok(())
    }

    fn tell(&self, id: OutputId, state: OutputState) {
        self.figures.set_state(state);
        // A program that is gone hears nothing.
        let _heard = self.context.reports.send(Report::Output(id, self.run, state));
    }
}
