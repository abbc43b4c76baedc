//! Tests in real time: one at a time, and judged by what the machine allowed.
//!
//! Some promises hold on any machine: what is there is in order, and what is missing is said. Others are
//! about time, and hold where the machine has time to give. A canary sits beside the test: it sleeps on
//! the frame grid and notes how late it wakes, and each second it looks what others take of the machine. Where it
//! vouches for the machine, each promise counts. Where it does not, a run that missed only what is about
//! time is made again, at most three times in all; and then what holds on any machine has been shown.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use engine::FrameIndex;
use show::FrameRate;

use crate::load::Taken;
use crate::{listed, time};

/// How often a run is made that the machine spoils.
const TRIES: u32 = 3;
/// Cores that others may take of a machine that is ours.
const OTHERS: f64 = 0.2;
/// Cores that others may take of it for a second: a burst drowns in the whole of a long test, and is
/// enough to make it late.
const BURST: f64 = 0.5;
/// The part of the machine that may be busy where there is time to give.
const BUSY: f64 = 0.9;

/// What is wrong with a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It may be so on no machine.
    Wrong(String),
    /// It came late, which a machine that is slow or shared may have done.
    Late(String),
}

impl From<String> for Fault {
    fn from(what: String) -> Self {
        Self::Wrong(what)
    }
}

impl From<&str> for Fault {
    fn from(what: &str) -> Self {
        Self::Wrong(what.to_owned())
    }
}

/// What came after so long must have come after `most` at the latest.
///
/// # Errors
/// It came later.
pub fn within(what: &str, took: Duration, most: Duration) -> Result<(), Fault> {
    let late = || Fault::Late(format!("{what}: after {took:.1?}, {most:?} is the most"));
    if took > most { Err(late()) } else { Ok(()) }
}

/// Sleeps on the frame grid, and notes how late it wakes.
pub struct Canary {
    shared: Arc<ProgramShared>,
    rate: FrameRate,
    taken: Taken,
    thread: Option<thread::JoinHandle<()>>,
}

#[derive(Default)]
struct ProgramShared {
    ended: AtomicBool,
    woken: AtomicU64,
    worst: AtomicU64,
    /// Thousandths of a core that others took in their worst second.
    burst: AtomicU64,
}

impl Canary {
    /// Begins to sleep.
    pub fn start(rate: FrameRate) -> Self {
        let shared = Arc::new(ProgramShared::default());
        let of_thread = Arc::clone(&shared);
        let thread = thread::Builder::new().name("canary".to_owned());
        let thread = thread.spawn(move || sit(&of_thread, rate)).expect("a thread");
        Self { shared, rate, taken: Taken::start(), thread: Some(thread) }
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

    /// Why the machine may have been late by itself; nothing if it may not.
    pub fn doubt(&self) -> Option<String> {
        let worst = self.worst();
        if worst > self.frame() {
            return Some(format!("the canary woke {worst:.1?} late"));
        }
        let (others, busy) = self.taken.until_now();
        if others > OTHERS {
            return Some(format!("others took {others:.2} cores"));
        }
        let burst = self.shared.burst.load(Ordering::Acquire) as f64 / 1_000.0;
        if burst > BURST {
            return Some(format!("others took {burst:.2} cores for a second"));
        }
        (busy > BUSY).then(|| format!("{:.0} % of the machine were taken", 100.0 * busy))
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        self.stop();
    }
}

fn sit(shared: &ProgramShared, rate: FrameRate) {
    let start = time::now();
    let mut n = FrameIndex(1);
    let mut second = Taken::start();
    while !shared.ended.load(Ordering::Acquire) {
        let due = start + Duration::from_nanos(n.nanos(rate));
        time::sleep_until(due);
        let late = time::now().saturating_duration_since(due);
        let late = u64::try_from(late.as_nanos()).unwrap_or(u64::MAX);
        shared.worst.fetch_max(late, Ordering::AcqRel);
        shared.woken.fetch_add(1, Ordering::AcqRel);
        if n.0.is_multiple_of(rate.nominal().into()) {
            let (others, _) = second.until_now();
            shared.burst.fetch_max((others * 1_000.0) as u64, Ordering::AcqRel);
            second = Taken::start();
        }
        n = n.next();
    }
}

/// Runs a test in real time, alone among its like.
///
/// # Panics
/// If it panics or finds something wrong, or something late on a machine for which the canary vouches.
/// Where it does not, another run may do better, and the best of them counts.
pub fn real_time(name: &str, rate: FrameRate, mut test: impl FnMut(&Canary) -> Result<(), Fault>) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    listed::assert_listed();
    let mut in_order = false;
    for run in 1..=TRIES {
        let canary = Canary::start(rate);
        let result = catch_unwind(AssertUnwindSafe(|| test(&canary)));
        let canary = canary.stopped();
        let (doubt, worst) = (canary.doubt(), canary.worst());
        let is_ours = doubt.is_none();
        let said = doubt.unwrap_or_else(|| format!("the canary woke {worst:.1?} late at worst"));
        println!("{name}: run {run}: {said}");
        match &result {
            Ok(Ok(())) => return,
            Ok(Err(fault)) => println!("{name}: run {run}: {fault:?}"),
            Err(_) => println!("{name}: run {run} panicked"),
        }
        in_order |= !is_ours && matches!(result, Ok(Err(Fault::Late(_))));
        if !is_ours && (run < TRIES || in_order) {
            continue;
        }
        match result {
            Ok(Ok(())) => return,
            Ok(Err(Fault::Wrong(fault) | Fault::Late(fault))) => panic!("{name}: {fault}"),
            Err(panic) => resume_unwind(panic),
        }
    }
    println!("{name}: in order and said, which is what this machine allows");
}
