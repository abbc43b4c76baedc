//! The names of a recording's files.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The name of the file of this number: `show.mkv`, then `show-0002.mkv`.
pub fn file_name(first: &Path, number: u32) -> PathBuf {
    if number <= 1 {
        return first.to_owned();
    }
    let stem = first.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let extension = first.extension().map(|e| format!(".{}", e.to_string_lossy()));
    first.with_file_name(format!("{stem}-{number:04}{}", extension.unwrap_or_default()))
}

/// A file that was created; `None` for a named pipe, which is there for whoever reads it.
pub type Created = (PathBuf, Option<File>);

/// How much must fit on a disk that was full before anything is recorded to it again: ten seconds at most rates.
const ROOM: usize = 4 << 20;

/// The next name that is free; the file is created at once, so that the name stays ours.
///
/// # Errors
/// The path that cannot be created, and why.
pub fn create_next(first: &Path, number: &mut u32) -> Result<Created, (PathBuf, io::Error)> {
    if let Some(folder) = first.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| (first.to_owned(), error))?;
    }
    loop {
        *number += 1;
        let path = file_name(first, *number);
        match File::create_new(&path) {
            Ok(file) => return Ok((path, Some(file))),
            Err(_) if is_pipe(&path) => return Ok((path, None)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err((path, error)),
        }
    }
}

/// The same, but no number is used up if it fails; with `needs_room`, it fails where a recording of some seconds would
/// not fit, or would not reach the disk.
///
/// # Errors
/// The system's reason.
pub fn create_next_with_room(
    first: &Path,
    number: &mut u32,
    needs_room: bool,
) -> io::Result<Created> {
    let mut next = *number;
    let (path, file) = create_next(first, &mut next).map_err(|(_, error)| error)?;
    if let Some(file) = file.as_ref().filter(|_| needs_room)
        && let Err(error) = try_room(file)
    {
        drop(fs::remove_file(&path));
        return Err(error);
    }
    *number = next;
    Ok((path, file))
}

/// Fills an empty file, brings that to the disk and empties it again.
fn try_room(mut file: &File) -> io::Result<()> {
    let zeros = vec![0; 64 << 10];
    for _ in 0..ROOM / zeros.len() {
        file.write_all(&zeros)?;
    }
    file.sync_data()?;
    file.set_len(0)
}

#[cfg(unix)]
fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    fs::metadata(path).is_ok_and(|known| known.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_pipe(_path: &Path) -> bool {
    false
}
