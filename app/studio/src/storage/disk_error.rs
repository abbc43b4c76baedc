//! Errors of disks.

use std::io;
use std::path::PathBuf;

/// A disk operation failed.
#[derive(Debug, thiserror::Error)]
#[error("{}: {what}: {error}", .path.display())]
pub struct DiskError {
    /// The file or folder.
    pub path: PathBuf,
    /// What failed, worded for the operator.
    pub what: &'static str,
    /// The system's reason.
    pub error: io::Error,
}
