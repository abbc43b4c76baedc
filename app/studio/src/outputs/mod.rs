//! Running outputs: each has a queue behind the hub of its encode, and a thread that drains it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::Sender;
use engine::{OutputRun, OutputState, Report};
use media::hub::Hub;
use media::queue::{Queue, QueueBounds};
use media::record::{self, RecordReports, RecordStats};
use media::rtmp::{self, RtmpStats, Target};
use show::{Output, OutputId, OutputKind};

use crate::clock::Clock;
use crate::problems::{Problem, Problems};
use crate::storage::secrets::Secrets;
use crate::threads;

/// An output that was started. It may have ended by itself.
pub struct RunningOutput {
    /// Its configuration when it was started.
    pub output: Output,
    /// Which run of it this is.
    pub run: OutputRun,
    /// The queue it drains.
    pub queue: Arc<Queue>,
    /// Its counters.
    pub figures: Arc<OutputCounts>,
    thread: Option<JoinHandle<()>>,
}

/// An output's counters; any thread may read them at any time.
#[derive(Debug, Default)]
pub struct OutputCounts {
    /// For a recording.
    pub record: RecordStats,
    /// For a destination.
    pub rtmp: RtmpStats,
    /// Whether it lost data, or never had any.
    pub lost: AtomicBool,
    state: AtomicU8,
    /// How often it went live.
    pub live_count: AtomicU64,
}

/// The states in the order of their numbers in [`OutputCounts`].
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
    /// Pictures that it lost: that its queue dropped, or that went with a file.
    pub fn dropped(&self, queue: &Queue) -> u64 {
        queue.dropped() + self.record.lost.load(Ordering::Relaxed)
    }

    /// Its state.
    pub fn state(&self) -> OutputState {
        STATES[usize::from(self.state.load(Ordering::Relaxed)).min(STATES.len() - 1)]
    }

    fn set_state(&self, state: OutputState) {
        if state == OutputState::Live && self.state() != state {
            self.live_count.fetch_add(1, Ordering::Relaxed);
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
    /// The stream keys.
    pub secrets: Arc<Secrets>,
    /// The folder that relative paths start from.
    pub folder: PathBuf,
    /// Reports to the program.
    pub reports: Sender<Report>,
    /// Problems shown to the operator.
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
        // First, since the thread may fail at once, and leaves the hub then.
        hub.join(output.sei, Arc::clone(&queue));
        let thread = threads::spawn(output.id.to_string(), move || work.run());
        let thread = thread.inspect_err(|_| hub.leave(&queue))?;
        Ok(Self { output, run, queue, figures, thread: Some(thread) })
    }

    /// Whether its thread has ended, so that [`Self::wait`] returns at once.
    pub fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits until its thread has ended: a stream is unpublished, a file is finalised.
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
        let report = |state| self.report(id, state);
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
            Err(problem) => {
                self.figures.lost.store(true, Ordering::Relaxed);
                self.context.problems.set(id.into(), problem);
                report(OutputState::Failed);
                // Nothing drains the queue any more, so it must not fill up.
                self.hub.leave(&self.queue);
            }
        }
    }

    fn record(&self, path: &Path, report: &dyn Fn(OutputState)) -> Result<(), Problem> {
        let reports = RecordReports {
            state: report,
            lost: &|error| {
                self.figures.lost.store(true, Ordering::Relaxed);
                self.context.problems.set(self.output.id.into(), error);
            },
            rejoin: &|| self.hub.rejoin(self.output.sei, &self.queue),
        };
        Ok(record::run(path, &self.queue, &self.figures.record, &reports)?)
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

    fn report(&self, id: OutputId, state: OutputState) {
        self.figures.set_state(state);
        // The program may have ended.
        let _sent = self.context.reports.send(Report::Output(id, self.run, state));
    }
}
