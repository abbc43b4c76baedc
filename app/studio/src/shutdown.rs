//! The end of a run, which nothing may hold up: not a driver, not a network, not a terminal that does
//! not read.

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

/// How long a run may take to end once it was told to; it mostly takes 0.1 to 0.2 s.
const ENDING: Duration = Duration::from_millis(1_900);

/// Listens for SIGINT and SIGTERM, and sees to it that the process ends.
pub struct Ending {
    stop: Arc<AtomicBool>,
    begin: Sender<()>,
    /// Dropped when all is done.
    _done: Sender<()>,
    signals: Handle,
    listener: Option<JoinHandle<()>>,
}

impl Ending {
    /// Listens from now on.
    ///
    /// # Errors
    /// The system has no handler or no thread left.
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
                // It has begun already.
                let _full = begins.try_send(());
            }
        })?;
        Ok(Self { stop, begin, _done: done, signals, listener: Some(listener) })
    }

    /// Whether a signal came.
    pub fn is_asked_for(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// It ends without a signal: from here on it must come to its end in time, too.
    pub fn begin(&self) {
        // It has begun already.
        let _full = self.begin.try_send(());
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.signals.close();
        if let Some(listener) = self.listener.take() {
            threads::join_within(listener, Duration::from_millis(100));
        }
    }
}

fn watch(begun: &Receiver<()>, done: &Receiver<()>) {
    if begun.recv().is_err() || done.recv_timeout(ENDING).is_err_and(|e| e.is_disconnected()) {
        return;
    }
    // Standard error may be what hangs.
    let words = threads::spawn("last words", || {
        let recordings = "Recordings are whole up to their last second.";
        tracing::error!("something hangs at the end, and is left behind. {recordings}");
    });
    if let Ok(words) = words {
        threads::join_within(words, Duration::from_millis(50));
    }
    // Not by way of what libraries have registered for the end, which might hang as well.
    signal_hook::low_level::exit(exit::LOST.into());
}
