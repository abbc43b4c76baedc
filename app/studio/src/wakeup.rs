//! Wakes a thread that waits for work. Ringing takes no lock, so the program thread may.

use std::sync::OnceLock;
use std::thread::{self, Thread};
use std::time::Duration;

/// How long a thread sleeps at the most: it may have other things to look at.
const LOOK_UP: Duration = Duration::from_millis(50);

/// A wakeup with one listener. A wake is never lost: one that comes before the listener sleeps keeps it
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

    /// Waits for a ring, or a little; always called by the same thread, which looks for work before
    /// it calls again.
    pub fn wait(&self) {
        self.0.get_or_init(thread::current);
        thread::park_timeout(LOOK_UP);
    }

    /// The same for this long at the most.
    pub fn wait_for(&self, most: Duration) {
        self.0.get_or_init(thread::current);
        thread::park_timeout(most);
    }
}
