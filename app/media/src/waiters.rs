//! Threads that wait for each other without a lock.

use std::thread::{self, Thread};
use std::time::Duration;

use arc_swap::ArcSwap;

/// The threads that wait for one thing. Waking them takes no lock, and no wake is lost: one that comes
/// between a look and a sleep keeps the sleeper from sleeping.
#[derive(Debug, Default)]
pub struct Waiters {
    /// A few at the most: the source's thread, and one that works outside real time.
    threads: ArcSwap<Vec<Thread>>,
}

impl Waiters {
    /// Wakes all of them, so that they look again.
    pub fn wake(&self) {
        for thread in self.threads.load().iter() {
            thread.unpark();
        }
    }

    /// Looks, and again after each wake and each `turn`, until there is an answer.
    pub fn wait_until<T>(&self, turn: Duration, mut look: impl FnMut() -> Option<T>) -> T {
        if let Some(answer) = look() {
            return answer;
        }
        let waiter = thread::current();
        self.threads.rcu(|threads| {
            let others = threads.iter().filter(|other| other.id() != waiter.id());
            others.chain([&waiter]).cloned().collect::<Vec<_>>()
        });
        let answer = loop {
            if let Some(answer) = look() {
                break answer;
            }
            thread::park_timeout(turn);
        };
        self.threads.rcu(|threads| {
            let others = threads.iter().filter(|other| other.id() != waiter.id());
            others.cloned().collect::<Vec<_>>()
        });
        answer
    }
}
