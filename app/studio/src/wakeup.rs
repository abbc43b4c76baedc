//! Wakes a thread that waits for work. Waking takes no lock, so the program thread may do it.

use std::sync::OnceLock;
use std::thread::{self, Thread};
use std::time::Duration;

/// How long a thread sleeps at most: it may have other things to check.
const RECHECK: Duration = Duration::from_millis(50);

/// Wakes one listening thread. A wake is never lost: one that comes before the listener sleeps keeps it
/// from sleeping.
#[derive(Debug, Default)]
pub struct Wakeup(OnceLock<Thread>);

impl Wakeup {
    /// Wakes the listener.
    pub fn wake(&self) {
        if let Some(listener) = self.0.get() {
            listener.unpark();
        }
    }

    /// Waits for a wake, at most 50 ms. Always called by the same thread, which checks for work before it
    /// calls again.
    pub fn wait(&self) {
        self.0.get_or_init(thread::current);
        thread::park_timeout(RECHECK);
    }

    /// As [`Self::wait`], for at most `timeout`.
    pub fn wait_for(&self, timeout: Duration) {
        self.0.get_or_init(thread::current);
        thread::park_timeout(timeout);
    }
}
