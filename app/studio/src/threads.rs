//! Starts, prioritises and joins threads: each has a name, an owner and an end.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, Builder, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

/// Starts a thread of this name; Linux shows up to 15 letters of it.
///
/// # Errors
/// The system has no thread left.
pub fn spawn<T: Send + 'static>(
    name: impl Into<String>,
    run: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    Builder::new().name(name.into()).spawn(run)
}

/// Starts the threads of programs. A test may look at each before it is started, hold it up or refuse it.
#[derive(Clone, Default)]
pub struct Spawner(Option<Arc<BeforeSpawn>>);

/// What is done before a thread of this name is started; an error is returned instead of it.
type BeforeSpawn = dyn Fn(&str) -> io::Result<()> + Send + Sync;

impl Spawner {
    /// A spawner that does this before each thread is started.
    pub fn checking(before: impl Fn(&str) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(before)))
    }

    /// As [`spawn`].
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn spawn<T: Send + 'static>(
        &self,
        name: &str,
        run: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<JoinHandle<T>> {
        let Some(before) = &self.0 else { return spawn(name, run) };
        before(name)?;
        let held = Arc::clone(before);
        spawn(name, move || {
            let done = run();
            // Held until here: whoever made it sees which threads run.
            drop(held);
            done
        })
    }
}

/// The `nice` value of the window's threads.
const NICE: i32 = 10;

/// Lowers the priority of this thread and of those it starts from now on, for good: on a machine that is
/// too slow for both, the programme goes before the window.
pub fn lower_priority() {
    // Only Linux has priorities per thread; elsewhere it would apply to the whole process.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::warn!("the priority of the window cannot be lowered: {error}");
    }
}

/// Starts threads of normal priority for a thread of lower priority, since a thread inherits the priority
/// of the one that starts it.
pub struct Starter {
    jobs: Option<Sender<Box<dyn FnOnce() + Send>>>,
    thread: Option<JoinHandle<()>>,
}

impl Starter {
    /// A starter whose jobs have the priority of the caller of this function.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn new() -> io::Result<Self> {
        let (jobs, queue) = bounded::<Box<dyn FnOnce() + Send>>(1);
        let thread = spawn("starter", move || queue.iter().for_each(|job| job()))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Runs a job on the starter's thread, and yields its result once there is one; `None` if it is busy. The
    /// channel closes without a result if the job panics.
    pub fn begin<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Option<Receiver<T>> {
        let (done, result) = bounded(1);
        let job = move || {
            if let Ok(made) = catch_unwind(AssertUnwindSafe(job)) {
                // Nobody may wait for it any more: then it is dropped here.
                drop(done.send(made));
            }
        };
        self.jobs.as_ref()?.try_send(Box::new(job)).ok()?;
        Some(result)
    }
}

impl Drop for Starter {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            join_within(thread, Duration::from_secs(1));
        }
    }
}

/// Joins a thread, waiting at most `timeout`: one that hangs is left to end with the process.
pub fn join_within<T>(thread: JoinHandle<T>, timeout: Duration) {
    let interval = Duration::from_millis(5);
    let mut waited = Duration::ZERO;
    while !thread.is_finished() {
        if waited >= timeout {
            tracing::warn!("{}: hangs, and is left behind", name_of(&thread));
            return;
        }
        // A stray unpark only makes the wait shorter.
        thread::park_timeout(interval);
        waited += interval;
    }
    if thread.join().is_err() {
        tracing::error!("a thread panicked");
    }
}

fn name_of<T>(thread: &JoinHandle<T>) -> &str {
    thread.thread().name().unwrap_or("a thread")
}
