//! The files of shows as they were last read or written here, so that a save does not silently undo what another
//! program has written meanwhile.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use show::Show;

use crate::storage::recovery::Recovery;
use crate::storage::show_files;

/// The contents that are known, by file. Any thread may ask; the disk is waited for outside its lock.
#[derive(Debug, Default)]
pub struct KnownFiles(Mutex<HashMap<PathBuf, u64>>);

impl KnownFiles {
    /// The bytes of a show's file, known from now on. Waits for the disk.
    ///
    /// # Errors
    /// The system's reason.
    pub fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let bytes = show_files::read(path)?;
        self.set(path, &bytes);
        Ok(bytes)
    }

    /// Notes what was written. Waits for the disk; a file that cannot be read is not known.
    pub fn note_written(&self, path: &Path) {
        if let Err(error) = self.read(path) {
            tracing::warn!("{}: cannot be read again: {error}", path.display());
        }
    }

    /// Whether a file holds what is not known: another program has written it. `Some(true)` if it was known
    /// before. Waits for the disk.
    pub fn is_foreign(&self, path: &Path) -> Option<bool> {
        // A file that is not there, or cannot be read, holds nothing that a save could lose.
        let bytes = show_files::read(path).ok()?;
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(path).copied();
        (known != Some(hash(&bytes))).then_some(known.is_some())
    }

    /// The show of a journal goes on, whose file holds `saved` now. If another program has changed it since, a save
    /// over it is asked about.
    pub fn note_restored(&self, recovery: &Recovery, saved: Option<&Show>) {
        if let (Some(path), Some(saved)) = (&recovery.path, saved)
            && recovery.is_file_changed(saved)
        {
            // No file of a show is empty.
            self.set(path, &[]);
        }
    }

    fn set(&self, path: &Path, bytes: &[u8]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(path.to_owned(), hash(bytes));
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}
