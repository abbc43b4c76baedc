//! A session log played back.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use engine::{Engine, FrameIndex, LogEntry, LogInput, Rejection, Snapshot};

use crate::production::log_format::{Header, LogLine, VERSION};

/// A month at 60 frames a second: what claims to be longer is damaged.
const MOST_FRAMES: u64 = 31 * 24 * 3_600 * 60;

/// Why a session log cannot be played back.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {error}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
    /// It does not begin as a session log does.
    #[error("{}: this is no session log: its first line has no version and show", .path.display())]
    NotALog {
        /// The file.
        path: PathBuf,
    },
    /// Another version wrote it.
    #[error("{}: this session log has version {found}, and only {VERSION} can be played back", .path.display())]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
    },
    /// A line before the last is no entry, or is out of order.
    #[error("{}, line {line}: this is no entry that follows on those before", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// Entries are missing: the disk was too slow for them.
    #[error("{}, line {line}: {count} entries are missing here", .path.display())]
    Gap {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// How many.
        count: u64,
    },
    /// What was accepted then is refused now.
    #[error("{}, line {line}: refused: {rejection}", .path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Why.
        rejection: Rejection,
    },
}

/// Builds the program of a session log and gives it all it accepted, each entry before its frame:
/// yields the state at its end, or after the last whole entry if it was cut off. Waits for the disk.
///
/// # Errors
/// [`ReplayError`], with the line.
pub fn replay(path: &Path) -> Result<Snapshot, ReplayError> {
    let read = |error| ReplayError::Read { path: path.to_owned(), error };
    let mut lines = BufReader::new(File::open(path).map_err(read)?);
    let mut text = Vec::new();
    lines.read_until(b'\n', &mut text).map_err(read)?;
    let mut engine = begin(path, &text)?;
    let damaged = |line| ReplayError::Damaged { path: path.to_owned(), line };
    for line in 2.. {
        text.clear();
        lines.read_until(b'\n', &mut text).map_err(read)?;
        // A line without its end was being written when the program was killed.
        if text.last() != Some(&b'\n') {
            break;
        }
        match serde_json::from_slice(&text).map_err(|_| damaged(line))? {
            LogLine::Entry(LogEntry { frame, input }) => {
                advance(&mut engine, frame).ok_or_else(|| damaged(line))?;
                accept(&mut engine, input).map_err(|rejection| ReplayError::Refused {
                    path: path.to_owned(),
                    line,
                    rejection,
                })?;
            }
            LogLine::Lost { lost: count } => {
                return Err(ReplayError::Gap { path: path.to_owned(), line, count });
            }
            LogLine::End { end: frames } => {
                advance(&mut engine, FrameIndex(frames)).ok_or_else(|| damaged(line))?;
            }
        }
    }
    Ok(engine.snapshot())
}

fn begin(path: &Path, first: &[u8]) -> Result<Engine, ReplayError> {
    let wrong = || ReplayError::NotALog { path: path.to_owned() };
    // The version first: all else may be different in another.
    let value: serde_json::Value = serde_json::from_slice(first).map_err(|_| wrong())?;
    let found = value.get("downstage_session").and_then(serde_json::Value::as_u64);
    match found.ok_or_else(wrong)? {
        VERSION => {}
        found => return Err(ReplayError::OtherVersion { path: path.to_owned(), found }),
    }
    let Header { program, show, .. } = serde_json::from_value(value).map_err(|_| wrong())?;
    Ok(Engine::new(program, show))
}

/// Plans frames until this one is next; nothing if it is past, or not to be believed.
fn advance(engine: &mut Engine, to: FrameIndex) -> Option<()> {
    if to < engine.next_frame() || to.0 > MOST_FRAMES {
        return None;
    }
    while engine.next_frame() < to {
        drop(engine.tick());
    }
    Some(())
}

fn accept(engine: &mut Engine, input: LogInput) -> Result<(), Rejection> {
    match input {
        LogInput::Command(command) => engine.apply(*command),
        LogInput::Report(report) => {
            engine.report(report);
            Ok(())
        }
    }
}
