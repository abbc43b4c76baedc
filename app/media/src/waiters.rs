//! Lets threads wait for a condition and wake each other without a lock.

use std::thread::{self, Thread};
use std::time::Duration;

use arc_swap::ArcSwap;

/// The threads that wait for one condition. Waking them takes no lock, and no wake is lost: one that
/// comes between a check and a sleep keeps the thread from sleeping.
#[derive(Debug, Default)]
pub struct Waiters {
    /// At most a few: the source's thread, and one that works outside real time.
    threads: ArcSwap<Vec<Thread>>,
}

impl Waiters {
    /// Wakes all of them, so that they check again.
    pub fn wake(&self) {
        for thread in self.threads.load().iter() {
            thread.unpark();
        }
    }

    /// Calls `check` now, and again after each wake and each `interval`, until it has an answer.
    pub fn wait_until<T>(&self, interval: Duration, mut check: impl FnMut() -> Option<T>) -> T {
        if let Some(answer) = check() {
            return answer;
        }
        let waiter = thread::current();
        self.threads.rcu(|threads| {
            let others = threads.iter().filter(|other| other.id() != waiter.id());
            others.chain([&waiter]).cloned().collect::<Vec<_>>()
        });
        let answer = loop {
            if let Some(answer) = check() {
                break answer;
            }
            thread::park_timeout(interval);
        };
        self.threads.rcu(|threads| {
            let others = threads.iter().filter(|other| other.id() != waiter.id());
            others.cloned().collect::<Vec<_>>()
        });
        answer
    }
}
