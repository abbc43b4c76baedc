//! Watches a file that is being written: whether it is still where it was begun, and as long as it was.

use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};

/// What has become of a file that is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileLoss {
    /// It was deleted.
    Deleted,
    /// It was moved or renamed, or its folder was; what was written is where it went.
    Moved,
    /// It was cut short by another program.
    Shortened,
}

/// Watches one file.
#[derive(Debug)]
pub struct FileWatch {
    path: PathBuf,
    file: File,
    longest: u64,
}

impl FileWatch {
    /// Watches a file that was just created at this path.
    pub fn new(path: &Path, file: File) -> Self {
        Self { path: path.to_owned(), file, longest: 0 }
    }

    /// Looks at it once. It asks the file's disk, and may wait for that.
    pub fn look(&mut self) -> Option<FileLoss> {
        let Ok(ours) = self.file.metadata() else { return Some(FileLoss::Deleted) };
        if ours.len() < self.longest || self.has_hole() {
            return Some(FileLoss::Shortened);
        }
        self.longest = ours.len();
        match fs::metadata(&self.path) {
            Ok(there) if is_same(&ours, &there) => None,
            _ if has_a_name(&ours) => Some(FileLoss::Moved),
            _ => Some(FileLoss::Deleted),
        }
    }
}

impl FileWatch {
    /// Whether a part of it has never been written: whoever writes on behind a cut leaves a hole.
    #[cfg(target_os = "linux")]
    fn has_hole(&self) -> bool {
        let hole = rustix::fs::seek(&self.file, rustix::fs::SeekFrom::Hole(0));
        // Each file has one at its end. A pipe has none.
        hole.is_ok_and(|hole| {
            self.file.metadata().is_ok_and(|now| hole < now.len().min(self.longest))
        })
    }

    #[cfg(not(target_os = "linux"))]
    fn has_hole(&self) -> bool {
        false
    }
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(unix)]
fn has_a_name(file: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    file.nlink() > 0
}

// Elsewhere an open file can be neither deleted nor moved.
#[cfg(not(unix))]
fn is_same(_one: &Metadata, _other: &Metadata) -> bool {
    true
}

#[cfg(not(unix))]
fn has_a_name(_file: &Metadata) -> bool {
    false
}
