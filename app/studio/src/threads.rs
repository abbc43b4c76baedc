//! Threads have a name, an owner and an end.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread::{self, Builder, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Sender, bounded};

/// Starts a thread of this name, up to 15 letters as Linux shows them.
///
/// # Errors
/// The system has no thread left.
pub fn spawn<T: Send + 'static>(
    name: impl Into<String>,
    run: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    Builder::new().name(name.into()).spawn(run)
}

/// How far the window's threads stand back, as `nice` counts.
const BACK: i32 = 10;

/// Lets all other threads go before this one, and before those it starts from now on, for good: where
/// the machine has too little for the programme and for looking at it, the programme has it.
pub fn stand_back() {
    // Elsewhere it would count for the whole process.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, BACK) {
        tracing::warn!("the window does not stand back behind the programme: {error}");
    }
}

/// Starts threads that must not stand back, for one that does: a thread is as urgent as the one that starts it.
pub struct Starter {
    jobs: Option<Sender<Box<dyn FnOnce() + Send>>>,
    thread: Option<JoinHandle<()>>,
}

impl Starter {
    /// Its jobs are as urgent as the caller.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn new() -> io::Result<Self> {
        let (jobs, asked) = bounded::<Box<dyn FnOnce() + Send>>(1);
        let thread = spawn("starter", move || asked.iter().for_each(|job| job()))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Runs a job there, and waits for it; nothing if the thread is gone. A panic goes on here.
    pub fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (done, answer) = bounded(1);
        let job = move || {
            // The caller cannot be gone: it waits for `answer` below.
            _ = done.send(catch_unwind(AssertUnwindSafe(job)));
        };
        self.jobs.as_ref()?.send(Box::new(job)).ok()?;
        match answer.recv().ok()? {
            Ok(answer) => Some(answer),
            Err(panic) => resume_unwind(panic),
        }
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

/// Waits for a thread's end, but not for ever: one that hangs is left to end with the process.
pub fn join_within<T>(thread: JoinHandle<T>, most: Duration) {
    let turn = Duration::from_millis(5);
    let mut waited = Duration::ZERO;
    while !thread.is_finished() {
        if waited >= most {
            tracing::warn!("{}: hangs, and is left behind", name_of(&thread));
            return;
        }
        // Nobody unparks this thread for it; if somebody does, the wait is only shorter.
        thread::park_timeout(turn);
        waited += turn;
    }
    if thread.join().is_err() {
        tracing::error!("a thread panicked");
    }
}

fn name_of<T>(thread: &JoinHandle<T>) -> &str {
    thread.thread().name().unwrap_or("a thread")
}
