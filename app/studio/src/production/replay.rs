//! Replays a session log.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use engine::{Engine, FrameIndex, LogEntry, LogInput, Rejection, Snapshot};

use crate::production::log_format::{Header, LogLine, VERSION};

/// A month at 60 frames a second: a log that claims to be longer is damaged.
const MAX_FRAMES: u64 = 31 * 24 * 3_600 * 60;

/// Why a session log cannot be replayed.
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
    /// The first line is not the header of a session log.
    #[error("{}: this is not a session log: its first line has no version and show", .path.display())]
    NotALog {
        /// The file.
        path: PathBuf,
    },
    /// Another version wrote it.
    #[error("{}: this session log has version {found}, and only {VERSION} can be replayed", .path.display())]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
    },
    /// A line before the last is not an entry, or is out of order.
    #[error("{}, line {line}: this is not an entry, or out of order", .path.display())]
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
    /// A command that was accepted then is refused now.
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

/// Builds the engine of a session log and feeds it every entry before its frame. Returns the state at the
/// end, or after the last complete entry if the log was cut off. Waits for the disk.
///
/// # Errors
/// [`ReplayError`], with the line.
pub fn replay(path: &Path) -> Result<Snapshot, ReplayError> {
    let read = |error| ReplayError::Read { path: path.to_owned(), error };
    let mut lines = BufReader::new(File::open(path).map_err(read)?);
    let mut text = Vec::new();
    lines.read_until(b'\n', &mut text).map_err(read)?;
    let mut engine = engine_from(path, &text)?;
    let damaged = |line| ReplayError::Damaged { path: path.to_owned(), line };
    for line in 2.. {
        text.clear();
        lines.read_until(b'\n', &mut text).map_err(read)?;
        // An incomplete line was being written when the process was killed.
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

/// Builds the engine that a log's first line describes.
fn engine_from(path: &Path, first: &[u8]) -> Result<Engine, ReplayError> {
    let wrong = || ReplayError::NotALog { path: path.to_owned() };
    // The version first: another version may have another header.
    let value: serde_json::Value = serde_json::from_slice(first).map_err(|_| wrong())?;
    let found = value.get("downstage_session").and_then(serde_json::Value::as_u64);
    match found.ok_or_else(wrong)? {
        VERSION => {}
        found => return Err(ReplayError::OtherVersion { path: path.to_owned(), found }),
    }
    let Header { program, show, holds, .. } = serde_json::from_value(value).map_err(|_| wrong())?;
    Ok(Engine::new(program, show).holding(holds))
}

/// Plans frames until this one is next; `None` if it is past, or beyond [`MAX_FRAMES`].
fn advance(engine: &mut Engine, to: FrameIndex) -> Option<()> {
    if to < engine.next_frame() || to.0 > MAX_FRAMES {
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
