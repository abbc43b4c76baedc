//! Tests in real time: one at a time, and void where the machine itself was late.
//!
//! A canary sleeps on the frame grid beside the test and does nothing else. Where it woke over one
//! frame late, whatever was tested may have been late for no fault of its own: the run says nothing
//! and is made again, at most three times in all. Where it was on time, the run counts.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use engine::FrameIndex;
use show::FrameRate;

use crate::time;

/// How often a void run is made again, the first one counted.
const TRIES: u32 = 3;

/// Sleeps on the frame grid, and notes how late it wakes.
pub struct Canary {
    shared: Arc<Shared>,
    rate: FrameRate,
    thread: Option<thread::JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    ended: AtomicBool,
    woken: AtomicU64,
    worst: AtomicU64,
}

impl Canary {
    /// Begins to sleep.
    pub fn start(rate: FrameRate) -> Self {
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let thread = thread::Builder::new().name("canary".to_owned());
        let thread = thread.spawn(move || sit(&of_thread, rate)).expect("a thread");
        Self { shared, rate, thread: Some(thread) }
    }

    /// Lets it wake once more and no longer: one that is asleep may already be late.
    #[must_use]
    pub fn stopped(mut self) -> Self {
        self.stop();
        self
    }

    fn stop(&mut self) {
        self.shared.ended.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // It cannot panic, and there is nothing to be done if it did.
            drop(thread.join());
        }
    }

    /// How late it woke at worst.
    pub fn worst(&self) -> Duration {
        Duration::from_nanos(self.shared.worst.load(Ordering::Acquire))
    }

    /// How often it woke.
    pub fn woken(&self) -> u64 {
        self.shared.woken.load(Ordering::Acquire)
    }

    /// The length of a frame.
    pub fn frame(&self) -> Duration {
        Duration::from_nanos(FrameIndex(1).nanos(self.rate))
    }

    /// Has it wake this late once, or later: for a test of what follows from it.
    pub fn delay_for_test(&self, late: Duration) {
        let late = u64::try_from(late.as_nanos()).unwrap_or(u64::MAX);
        self.shared.worst.fetch_max(late, Ordering::AcqRel);
    }

    /// Whether it woke over one frame late.
    pub fn is_void(&self) -> bool {
        self.worst() > self.frame()
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        self.stop();
    }
}

fn sit(shared: &Shared, rate: FrameRate) {
    let start = time::now();
    let mut n = FrameIndex(1);
    while !shared.ended.load(Ordering::Acquire) {
        let due = start + Duration::from_nanos(n.nanos(rate));
        time::sleep_until(due);
        let late = time::now().saturating_duration_since(due);
        let late = u64::try_from(late.as_nanos()).unwrap_or(u64::MAX);
        shared.worst.fetch_max(late, Ordering::AcqRel);
        shared.woken.fetch_add(1, Ordering::AcqRel);
        n = n.next();
    }
}

/// Runs a test in real time, alone among its like, until a run counts; what it yields or panics with
/// in that run is its result.
///
/// # Panics
/// If the run that counts fails, or if none of three counts.
pub fn real_time<T>(
    name: &str,
    rate: FrameRate,
    mut test: impl FnMut(&Canary) -> Result<T, String>,
) -> T {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut lateness = Vec::new();
    for run in 1..=TRIES {
        let canary = Canary::start(rate);
        let result = catch_unwind(AssertUnwindSafe(|| test(&canary)));
        let canary = canary.stopped();
        let worst = canary.worst();
        if canary.is_void() {
            println!("{name}: run {run} is void: the canary woke {worst:.1?} late");
            lateness.push(worst);
            continue;
        }
        println!("{name}: run {run} counts: the canary woke {worst:.1?} late at worst");
        match result {
            Ok(Ok(value)) => return value,
            Ok(Err(reason)) => panic!("{name}: {reason}"),
            Err(panic) => resume_unwind(panic),
        }
    }
    panic!("{name}: all {TRIES} runs are void: the canary woke {lateness:.1?} late");
}
