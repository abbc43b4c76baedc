//! What a disk does not do.

use std::io;
use std::path::PathBuf;

/// A disk does not do what was asked of it.
#[derive(Debug, thiserror::Error)]
#[error("{}: {what}: {error}", .path.display())]
pub struct DiskError {
    /// Where.
    pub path: PathBuf,
    /// What, in the operator's words.
    pub what: &'static str,
    /// The system's reason.
    pub error: io::Error,
}
