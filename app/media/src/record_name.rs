//! The names of a recording's files.

use std::fs::{self, File};
use std::io;
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

/// The next name that is free; the file is created at once, so that the name stays ours. `None` for a named pipe,
/// which is there for whoever reads it.
///
/// # Errors
/// The path that cannot be created, and why.
pub fn create_next(
    first: &Path,
    number: &mut u32,
) -> Result<(PathBuf, Option<File>), (PathBuf, io::Error)> {
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

#[cfg(unix)]
fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    fs::metadata(path).is_ok_and(|known| known.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_pipe(_path: &Path) -> bool {
    false
}
