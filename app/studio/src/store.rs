//! Shows on disk. A save either replaces the file whole or leaves it as it was, and the last ten
//! files stay beside it. These functions wait for the disk: never call them on a program thread.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use show::Show;
use show::file::{self, DecodeError, MAX_BYTES};

/// How many earlier files are kept, as `NAME.1` (the newest) to `NAME.10`.
pub const KEPT: usize = 10;

/// Why a show could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {error}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
    /// The file is no show.
    #[error("{}: {error}", .path.display())]
    Decode {
        /// The file.
        path: PathBuf,
        /// Why.
        error: DecodeError,
    },
}

/// Why a show could not be saved. The file is as it was.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot be saved: {error}. The file on disk is unchanged.", .path.display())]
pub struct SaveError {
    /// The file.
    pub path: PathBuf,
    /// The system's reason.
    pub error: io::Error,
}

/// Reads a show. It may have faults: see [`Show::check`].
///
/// # Errors
/// [`LoadError`], with the path.
pub fn load(path: &Path) -> Result<Show, LoadError> {
    let read = || {
        let mut bytes = Vec::new();
        // One byte over the limit is enough to know; an endless device must not fill the memory.
        File::open(path)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error| LoadError::Read { path: path.to_owned(), error })?;
    file::decode(&bytes).map_err(|error| LoadError::Decode { path: path.to_owned(), error })
}

/// Saves a show: written beside the file, flushed to the disk, then moved over it.
///
/// # Errors
/// [`SaveError`]; then the file is what it was.
pub fn save(show: &Show, path: &Path) -> Result<(), SaveError> {
    write_over(&file::encode(show), path)
        .map_err(|error| SaveError { path: path.to_owned(), error })
}

fn write_over(bytes: &[u8], path: &Path) -> io::Result<()> {
    // A link stays a link: what it points to is replaced.
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let path = real.as_path();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut new = new_file(folder)?;
    new.write_all(bytes)?;
    // Whoever could read the show before still can.
    if let Ok(old) = fs::metadata(path) {
        new.as_file().set_permissions(old.permissions())?;
    }
    new.as_file().sync_all()?;
    // Only now, with the new file whole on the disk, is anything of the old ones touched.
    keep_old(path)?;
    new.persist(path).map_err(|error| error.error)?;
    // The move itself is on the disk once its folder is.
    File::open(folder)?.sync_all()
}

/// A file without a name others know, with the rights any new file would have here: a show holds no
/// secret, and a temporary file's own default is to be closed to all others.
fn new_file(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666)); // less the umask
    }
    builder.tempfile_in(folder)
}

/// Counts the kept files up by one, and gives the present one a second name.
fn keep_old(path: &Path) -> io::Result<()> {
    if !path.exists() {
        return Ok(());
    }
    for number in (1..KEPT).rev() {
        let from = kept(path, number);
        if from.exists() {
            fs::rename(from, kept(path, number + 1))?;
        }
    }
    // A second name rather than a move: there is no moment without the file. Not every file system
    // has them; a copy does as well.
    fs::hard_link(path, kept(path, 1)).or_else(|_| fs::copy(path, kept(path, 1)).map(drop))
}

/// Where the file of so many saves ago is.
pub fn kept(path: &Path, number: usize) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}
