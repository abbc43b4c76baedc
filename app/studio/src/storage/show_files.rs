//! Shows on disk. A save either replaces the file whole or leaves it as it was, and the last ten
//! files stay beside it. These functions wait for the disk: never call them on a program thread, and
//! from a window by way of [`crate::storage::disk`].

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use show::file::{self, DecodeError, MAX_BYTES};
use show::{Fault, OutputKind, Show};

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
pub enum SaveError {
    /// The file cannot be written.
    #[error("{}: cannot be saved: {error}. The file on disk is unchanged.", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
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
    let read = || {
        let mut bytes = Vec::new();
        // One byte over the limit is enough to know; an endless device must not fill the memory.
        File::open(path)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error| LoadError::Read { path: path.to_owned(), error })?;
    file::decode(&bytes).map_err(|error| LoadError::Decode { path: path.to_owned(), error })
}

/// Saves a show: written beside the file, flushed to the disk, then moved over it. A show that could
/// not be opened again is not written: it would take the place of one that can.
///
/// # Errors
/// [`SaveError`]; then the file is what it was.
pub fn save(show: &Show, path: &Path) -> Result<(), SaveError> {
    let place = || path.to_owned();
    let faults = show.check();
    if !faults.is_empty() {
        return Err(SaveError::Faulty { path: place(), faults });
    }
    let bytes = file::encode(show);
    file::decode(&bytes).map_err(|error| SaveError::Unreadable { path: place(), error })?;
    write_over(&bytes, path).map_err(|error| SaveError::Write { path: place(), error })
}

/// The show with every path absolute, a relative one counted from `folder`, which is absolute. `..`
/// stays as it is: what it means is the file system's to say. A folder whose name is no text leaves
/// the paths as they are, since a show holds text.
pub fn anchored(mut show: Show, folder: &Path) -> Show {
    for path in paths(&mut show) {
        let is_empty = path.is_empty(); // a fault, and to stay one
        if let Some(joined) = folder.join(&*path).to_str().filter(|_| !is_empty) {
            *path = joined.to_owned();
        }
    }
    show
}

/// The show as it is saved in `folder`, which is absolute: what lies in or below it is named from it,
/// so that the folder can be moved whole. The counterpart of [`anchored`].
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

fn write_over(bytes: &[u8], path: &Path) -> io::Result<()> {
    // A link stays a link: what it points to is replaced.
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    replace(bytes, &real, OPEN, keep_old)
}

/// The rights any new file has here, less the umask: a show holds no secret, and a temporary file's
/// own default is to be closed to all others.
pub(crate) const OPEN: u32 = 0o666;
/// For its owner alone.
pub(crate) const CLOSED: u32 = 0o600;

/// Puts a whole new file in the place of a file, or leaves that as it was. It has the old one's rights,
/// or `mode` where there was none or where others are to be kept out. `before` is done with the path
/// once the new file is whole on the disk.
pub(crate) fn replace(
    bytes: &[u8],
    path: &Path,
    mode: u32,
    before: impl FnOnce(&Path) -> io::Result<()>,
) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut new = new_file(folder, mode)?;
    new.write_all(bytes)?;
    // Whoever could read it before still can.
    if mode != CLOSED
        && let Ok(old) = fs::metadata(path)
    {
        new.as_file().set_permissions(old.permissions())?;
    }
    new.as_file().sync_all()?;
    // Only now, with the new file whole on the disk, is anything of the old ones touched.
    before(path)?;
    new.persist(path).map_err(|error| error.error)?;
    // The move itself is on the disk once its folder is.
    File::open(folder)?.sync_all()
}

/// A file without a name others know.
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
