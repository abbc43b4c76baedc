//! Shows on disk. A save is atomic, and the last ten versions of the file are kept beside it. These
//! functions wait for the disk: a program thread must not call them, and the window calls them through
//! [`crate::storage::disk`].

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use show::file::{self, DecodeError, MAX_BYTES};
use show::{Fault, OutputKind, Show};

/// How many earlier versions are kept, as `NAME.1` (the newest) to `NAME.10`.
pub const BACKUPS: usize = 10;

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
    /// The file is not a show.
    #[error("{}: {error}", .path.display())]
    Decode {
        /// The file.
        path: PathBuf,
        /// Why.
        error: DecodeError,
    },
}

/// Why a show could not be saved. The file is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The file cannot be written.
    #[error("{}: cannot be saved: {error}. The file on disk is unchanged.", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
    /// Another program has changed the file since it was read or written here, or there is a file that never
    /// was: it is asked first.
    #[error("{}: not saved: there is a file that another program has written.", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Whether it was read or written here before.
        was_ours: bool,
    },
    /// The show has faults, so that it could not be opened again.
    #[error(
        "{}: not saved, since it could not be opened again: {} The file on disk is unchanged.",
        .path.display(),
        .faults.first().map(Fault::to_string).unwrap_or_default()
    )]
    Faulty {
        /// The file.
        path: PathBuf,
        /// All of them; there is at least one.
        faults: Vec<Fault>,
    },
    /// What would be written could not be read again.
    #[error(
        "{}: not saved, since it could not be opened again: {error}. The file on disk is unchanged.",
        .path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: DecodeError,
    },
}

/// Reads a show. It may have faults: see [`Show::check`].
///
/// # Errors
/// [`LoadError`], with the path.
pub fn load(path: &Path) -> Result<Show, LoadError> {
    let bytes = read(path).map_err(|error| LoadError::Read { path: path.to_owned(), error })?;
    decode(&bytes, path)
}

/// Reads a show from the bytes of this file.
pub(crate) fn decode(bytes: &[u8], path: &Path) -> Result<Show, LoadError> {
    file::decode(bytes).map_err(|error| LoadError::Decode { path: path.to_owned(), error })
}

/// The bytes of a show's file, as far as a show can be.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte over the limit is enough to reject it; an endless device must not fill the memory.
    File::open(path)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Saves a show: writes a new file beside the old one, syncs it, then renames it over the old one. A show that
/// could not be opened again is not written: it would replace one that can.
///
/// # Errors
/// [`SaveError`]; then the file is unchanged.
pub fn save(show: &Show, path: &Path) -> Result<(), SaveError> {
    let place = || path.to_owned();
    let faults = show.check();
    if !faults.is_empty() {
        return Err(SaveError::Faulty { path: place(), faults });
    }
    let bytes = file::encode(show);
    file::decode(&bytes).map_err(|error| SaveError::Unreadable { path: place(), error })?;
    replace(&bytes, path, SHARED, rotate_backups)
        .map_err(|error| SaveError::Write { path: place(), error })
}

/// The show with every path absolute; relative ones start from `folder`, which is absolute. `..` is kept,
/// since its meaning depends on links. If the folder's name is not UTF-8 the paths stay as they are, since
/// a show is text.
pub fn absolute(mut show: Show, folder: &Path) -> Show {
    for path in paths(&mut show) {
        let is_empty = path.is_empty(); // a fault, which must stay one
        if let Some(joined) = folder.join(&*path).to_str().filter(|_| !is_empty) {
            *path = joined.to_owned();
        }
    }
    show
}

/// The show with every path in or below `folder`, which is absolute, made relative to it, so that the
/// folder can be moved as a whole. The inverse of [`absolute`].
pub fn relative(mut show: Show, folder: &Path) -> Show {
    for path in paths(&mut show) {
        let inner = Path::new(&*path).strip_prefix(folder).ok().and_then(Path::to_str);
        if let Some(inner) = inner.filter(|inner| !inner.is_empty()) {
            *path = inner.to_owned();
        }
    }
    show
}

/// Every path of a show: of its assets, and of its recordings.
fn paths(show: &mut Show) -> impl Iterator<Item = &mut String> {
    let recordings = show.outputs.iter_mut().filter_map(|output| match &mut output.kind {
        OutputKind::Record { path } => Some(path),
        OutputKind::Rtmp { .. } => None,
    });
    show.assets.iter_mut().map(|asset| &mut asset.path).chain(recordings)
}

/// The mode of an ordinary file, before the umask: temporary files are private by default.
pub(crate) const SHARED: u32 = 0o666;
/// The mode of a file for its owner alone.
pub(crate) const PRIVATE: u32 = 0o600;

/// Replaces a file atomically; a link stays a link, and its target is replaced. The new file gets the permissions of the old one, or `mode` if there was
/// none or if `mode` is [`PRIVATE`]. `before` is called with the path when the new file is complete on the
/// disk, right before the rename.
pub(crate) fn replace(
    bytes: &[u8],
    path: &Path,
    mode: u32,
    before: impl FnOnce(&Path) -> io::Result<()>,
) -> io::Result<()> {
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut new = new_file(folder, mode)?;
    new.write_all(bytes)?;
    // Everyone who could read the old file can read the new one.
    if mode != PRIVATE
        && let Ok(old) = fs::metadata(path)
    {
        new.as_file().set_permissions(old.permissions())?;
    }
    new.as_file().sync_all()?;
    // The old files are not touched before the new one is complete on the disk.
    before(path)?;
    new.persist(path).map_err(|error| error.error)?;
    // The rename itself is on the disk once its folder is synced.
    File::open(folder)?.sync_all()
}

/// A temporary file with this mode.
fn new_file(folder: &Path, mode: u32) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(mode));
    }
    #[cfg(not(unix))]
    let _rights_are_the_folders = mode;
    builder.tempfile_in(folder)
}

/// Renumbers the backups, and makes the current file the first.
fn rotate_backups(path: &Path) -> io::Result<()> {
    if !path.exists() {
        return Ok(());
    }
    for number in (1..BACKUPS).rev() {
        let from = backup_path(path, number);
        if from.exists() {
            fs::rename(from, backup_path(path, number + 1))?;
        }
    }
    // A hard link rather than a rename, so that the file exists at every moment; a copy where the file
    // system has no hard links.
    let newest = backup_path(path, 1);
    fs::hard_link(path, &newest).or_else(|_| fs::copy(path, &newest).map(drop))
}

/// The path of the backup of this many saves ago.
pub fn backup_path(path: &Path, number: usize) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}
