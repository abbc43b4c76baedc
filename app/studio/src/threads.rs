//! Threads have a name, an owner and an end.

use std::io;
use std::thread::{self, Builder, JoinHandle};
use std::time::Duration;

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
