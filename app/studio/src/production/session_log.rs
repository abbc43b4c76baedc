//! The session log: everything a program accepted, so that the session can be replayed.
//!
//! A file of JSON lines. The first has the version, the program, its rate and its show at the start; then
//! each [`LogEntry`]; at a clean end the count of frames. One thread writes it and may wait for the disk;
//! another, which never waits, feeds that one and forwards everything else to the front end.

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
use crate::program::program_shared::{ProgramEvent, WAITING_HAPPENINGS};
use crate::threads;

/// How many entries may wait for the disk. Beyond, entries are dropped and their count is written, and
/// the log can be replayed only up to there.
pub const WAITING_LINES: usize = 8_192;
/// How long [`SessionLog::finish`] waits for each of the two threads; a disk that hangs is left behind.
const ENDING: Duration = Duration::from_millis(500);

/// A session log that is being written. It ends with its program; if it is dropped instead of finished,
/// it has no count of frames at its end.
pub struct SessionLog {
    end: Sender<u64>,
    forwarder: JoinHandle<()>,
    writer: JoinHandle<()>,
    failure: Arc<ArcSwapOption<LogError>>,
    dropped: Arc<AtomicU64>,
}

impl SessionLog {
    /// Writes the entries from `events`, and returns the channel to which everything else is
    /// forwarded. 1,024 events may wait there; beyond, the oldest is dropped and counted. Does not
    /// wait for the disk.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub fn start(
        events: Receiver<ProgramEvent>,
        place: LogPlace,
        header: Header,
    ) -> std::io::Result<(Self, Receiver<ProgramEvent>)> {
        let (end, ended) = bounded(1);
        let (write, lines) = bounded(WAITING_LINES);
        let (forward, forwarded) = bounded(WAITING_HAPPENINGS);
        let (failure, dropped) = (Arc::default(), Arc::default());
        let of_writer = Arc::clone(&failure);
        let writer = threads::spawn("log-write", move || {
            log_writer::run(&place, &header, &lines, &ended, &of_writer);
        })?;
        let oldest = forwarded.clone();
        let of_forwarder = Arc::clone(&dropped);
        let forwarder = threads::spawn("log", move || {
            split(&events, write, (&forward, &oldest), &of_forwarder);
        })?;
        Ok((Self { end, forwarder, writer, failure, dropped }, forwarded))
    }

    /// Takes the error after which nothing more is written, if there is one. Nothing else is affected.
    pub fn take_error(&self) -> Option<Arc<LogError>> {
        self.failure.swap(None)
    }

    /// How many forwarded events were dropped because the front end did not take them in time.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Ends the log of a program that has ended after this many frames; waits at most a second. Returns
    /// the error, if it was not taken yet.
    pub fn finish(self, frames: u64) -> Option<Arc<LogError>> {
        // There is room for it.
        let _sent = self.end.try_send(frames);
        threads::join_within(self.forwarder, ENDING);
        threads::join_within(self.writer, ENDING);
        self.failure.swap(None)
    }
}

/// Splits events into entries for the writer and the rest for the front end; waits for neither.
fn split(
    events: &Receiver<ProgramEvent>,
    write: Sender<LogLine>,
    (forward, oldest): (&Sender<ProgramEvent>, &Receiver<ProgramEvent>),
    dropped: &AtomicU64,
) {
    let mut lost = 0;
    for event in events {
        match event {
            ProgramEvent::Entry(entry) => write_entry(&write, entry, &mut lost),
            mut other => {
                while let Err(TrySendError::Full(back)) = forward.try_send(other) {
                    // The front end may have taken the oldest just now.
                    dropped.fetch_add(u64::from(oldest.try_recv().is_ok()), Ordering::Relaxed);
                    other = back;
                }
            }
        }
    }
    if lost > 0 {
        // If there is no room even now, only the count of frames shows the gap.
        let _full = write.try_send(LogLine::Lost { lost });
    }
}

fn write_entry(write: &Sender<LogLine>, entry: LogEntry, lost: &mut u64) {
    if *lost > 0 && write.try_send(LogLine::Lost { lost: *lost }).is_ok() {
        *lost = 0;
    }
    if *lost > 0 || write.try_send(LogLine::Entry(entry)).is_err() {
        *lost += 1;
    }
}

/// The folder of session logs inside the user's data folder.
pub fn folder_in(data: &Path) -> PathBuf {
    data.join("sessions")
}
