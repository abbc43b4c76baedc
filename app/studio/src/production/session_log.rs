//! The session log: everything a program accepted, so that what happened can be played back.
//!
//! A file of JSON lines. The first is the version, the program, its rate and its show as it was at the
//! start; then each [`LogEntry`]; at a clean end the count of frames. It is written by a thread that may
//! wait for the disk, behind one that never does and hands on what is for the front end.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use engine::LogEntry;

use crate::production::log_format::LogLine;
pub use crate::production::log_format::{Header, KEPT, LogError, LogPlace, VERSION};
use crate::production::log_writer;
use crate::program::program_thread::{Happening, WAITING_HAPPENINGS};
use crate::threads;

/// How many entries may wait for the disk. Beyond, they are left out and their count is written, and
/// the log can be played back only up to there.
pub const WAITING_LINES: usize = 8_192;
/// How long the end may wait for each of the two threads; a disk that hangs is left behind.
const ENDING: Duration = Duration::from_millis(500);

/// A log that is written. It ends once the program is gone; dropped instead of finished, it has no
/// count of frames at its end.
pub struct SessionLog {
    end: Sender<u64>,
    hears: JoinHandle<()>,
    writes: JoinHandle<()>,
    trouble: Arc<ArcSwapOption<LogError>>,
    unheard: Arc<AtomicU64>,
}

impl SessionLog {
    /// Writes what comes from `happenings` down, and yields the end where everything else comes out:
    /// 1,024 happenings may wait there, then the oldest goes and is counted. Waits for no disk.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(
        happenings: Receiver<Happening>,
        place: LogPlace,
        header: Header,
    ) -> std::io::Result<(Self, Receiver<Happening>)> {
        let (end, ended) = bounded(1);
        let (write, lines) = bounded(WAITING_LINES);
        let (hand_on, handed_on) = bounded(WAITING_HAPPENINGS);
        let (trouble, unheard) = (Arc::default(), Arc::default());
        let told = Arc::clone(&trouble);
        let writes = threads::spawn("log-write", move || {
            log_writer::run(&place, &header, &lines, &ended, &told);
        })?;
        let oldest = handed_on.clone();
        let counted = Arc::clone(&unheard);
        let hears = threads::spawn("log", move || {
            hear(&happenings, write, (&hand_on, &oldest), &counted);
        })?;
        Ok((Self { end, hears, writes, trouble, unheard }, handed_on))
    }

    /// What went wrong, once: nothing more is written then, and nothing else is any the worse.
    pub fn trouble(&self) -> Option<Arc<LogError>> {
        self.trouble.swap(None)
    }

    /// Happenings that were handed on and that nobody took in time.
    pub fn unheard(&self) -> u64 {
        self.unheard.load(Ordering::Relaxed)
    }

    /// Ends the log of a program that is gone and has made this many frames; waits at most a second.
    /// Yields what went wrong, if it was not told yet.
    pub fn finish(self, frames: u64) -> Option<Arc<LogError>> {
        // There is room for it.
        let _sent = self.end.try_send(frames);
        threads::join_within(self.hears, ENDING);
        threads::join_within(self.writes, ENDING);
        self.trouble.swap(None)
    }
}

/// Tells entries from what is for the front end, and waits for neither.
fn hear(
    happenings: &Receiver<Happening>,
    write: Sender<LogLine>,
    (hand_on, oldest): (&Sender<Happening>, &Receiver<Happening>),
    unheard: &AtomicU64,
) {
    let mut lost = 0;
    for happening in happenings {
        match happening {
            Happening::Entry(entry) => note(&write, entry, &mut lost),
            mut other => {
                while let Err(TrySendError::Full(again)) = hand_on.try_send(other) {
                    // Somebody may have taken it just now.
                    unheard.fetch_add(u64::from(oldest.try_recv().is_ok()), Ordering::Relaxed);
                    other = again;
                }
            }
        }
    }
    if lost > 0 {
        // If there is no room even now, the count of frames at the end stands alone.
        let _full = write.try_send(LogLine::Lost { lost });
    }
}

fn note(write: &Sender<LogLine>, entry: LogEntry, lost: &mut u64) {
    if *lost > 0 && write.try_send(LogLine::Lost { lost: *lost }).is_ok() {
        *lost = 0;
    }
    if *lost > 0 || write.try_send(LogLine::Entry(entry)).is_err() {
        *lost += 1;
    }
}

/// The folder of session logs within the folder of a user's own things.
pub fn folder_in(data: &Path) -> PathBuf {
    data.join("sessions")
}
