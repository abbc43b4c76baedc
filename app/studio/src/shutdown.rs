//! Ends the process in time, whatever hangs: a driver, a network, or a terminal that does not read.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

use crate::exit;
use crate::threads;

/// How long a shutdown may take; it mostly takes 0.1 to 0.2 s.
const DEADLINE: Duration = Duration::from_millis(1_900);

/// Listens for SIGINT and SIGTERM, and ends the process if the shutdown misses its deadline.
pub struct Shutdown {
    stop: Arc<AtomicBool>,
    begin: Sender<()>,
    /// Dropped when the shutdown is complete.
    _done: Sender<()>,
    signals: Handle,
    listener: Option<JoinHandle<()>>,
}

impl Shutdown {
    /// Starts listening for the signals.
    ///
    /// # Errors
    /// A signal handler or a thread cannot be created.
    pub fn listen() -> io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // A second signal ends the process at once.
            signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&stop))?;
            signal_hook::flag::register(signal, Arc::clone(&stop))?;
        }
        let mut pending = Signals::new([SIGINT, SIGTERM])?;
        let signals = pending.handle();
        let (begin, begun) = bounded(1);
        let (done, is_done) = bounded(0);
        threads::spawn("ending", move || watch(&begun, &is_done))?;
        let begins = begin.clone();
        let listener = threads::spawn("signals", move || {
            for _ in pending.forever() {
                // If it is full the deadline runs already.
                let _full = begins.try_send(());
            }
        })?;
        Ok(Self { stop, begin, _done: done, signals, listener: Some(listener) })
    }

    /// Whether a signal came.
    pub fn is_requested(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Starts the deadline of a shutdown that no signal requested.
    pub fn begin(&self) {
        // If it is full the deadline runs already.
        let _full = self.begin.try_send(());
    }
}

impl Drop for Shutdown {
    fn drop(&mut self) {
        self.signals.close();
        if let Some(listener) = self.listener.take() {
            threads::join_within(listener, Duration::from_millis(100));
        }
    }
}

fn watch(begun: &Receiver<()>, done: &Receiver<()>) {
    if begun.recv().is_err() || done.recv_timeout(DEADLINE).is_err_and(|e| e.is_disconnected()) {
        return;
    }
    // On a thread of its own, since standard error may be what hangs.
    let message = threads::spawn("last words", || {
        let recordings = "Recordings are whole up to their last second.";
        tracing::error!("something hangs at the end, and is left behind. {recordings}");
    });
    if let Ok(message) = message {
        threads::join_within(message, Duration::from_millis(50));
    }
    // Skips the exit handlers of libraries, which might hang as well.
    signal_hook::low_level::exit(exit::LOST.into());
}
