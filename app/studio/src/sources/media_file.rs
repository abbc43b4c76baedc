//! A file that a source plays, where it is on this computer.

use std::path::{Path, PathBuf};

use engine::NeededFile;
use show::{AssetKind, Format, Start};

/// A file that a source plays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaFile {
    /// What it is.
    pub kind: AssetKind,
    /// Where it is.
    pub path: PathBuf,
}

impl MediaFile {
    /// A file of a show in this folder.
    pub fn of(file: &NeededFile, folder: &Path) -> Self {
        Self { kind: file.kind, path: folder.join(&file.path) }
    }
}

/// How many pictures are decoded ahead while it is cued: half a second from the in point.
pub fn cued(start: Start, format: Format) -> usize {
    match start {
        Start::OnTake => format.rate.nominal().div_ceil(2) as usize + 1,
        Start::Free => 0,
    }
}
