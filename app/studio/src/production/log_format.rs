//! The format of a session log: its header, its entries and its end.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use engine::{LogEntry, ProgramId};
use serde::{Deserialize, Serialize};
use show::{FrameRate, Show};

/// The version this build writes and reads.
pub const VERSION: u64 = 3;
/// How many session logs are kept in their folder, the current one included.
pub const KEPT: usize = 20;

/// The first line of a log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The version, [`VERSION`].
    pub downstage_session: u64,
    /// The program's id.
    pub program: ProgramId,
    /// The program's frame rate.
    pub rate: FrameRate,
    /// Whether takes waited for the first pictures of their sources, as in real time.
    pub holds: bool,
    /// The show before frame 0.
    pub show: Arc<Show>,
}

impl Header {
    /// For a program that starts with this show; `holds` is true in real time.
    pub fn new(program: ProgramId, show: Arc<Show>, holds: bool) -> Self {
        Self { downstage_session: VERSION, program, rate: show.format.rate, holds, show }
    }
}

/// Where a log is written.
#[derive(Clone, Debug)]
pub enum LogPlace {
    /// To this file, which is overwritten.
    File(PathBuf),
    /// To a new file in this folder, named by the local date and time; the newest [`KEPT`] are kept.
    Folder(PathBuf),
}

/// Why a session log is not written any more. The programme goes on without it.
#[derive(Debug, thiserror::Error)]
#[error(
    "{}: the session log cannot be written: {error}. The programme goes on without it.",
    .path.display()
)]
pub struct LogError {
    /// The file, or its folder.
    pub path: PathBuf,
    /// The system's reason.
    pub error: io::Error,
}

/// A line after the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum LogLine {
    /// An accepted command or report.
    Entry(LogEntry),
    /// This many entries are missing here.
    Lost { lost: u64 },
    /// The clean end, after this many frames.
    End { end: u64 },
}
