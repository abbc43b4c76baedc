//! Completes a path that is being typed.

use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};

use crate::storage::disk_error::DiskError;

/// The most completions.
pub const MAX_COMPLETIONS: usize = 200;
/// The most entries of a folder that are read: a huge folder must not block for long.
const MAX_ENTRIES: usize = 20_000;

/// The completions of a typed path: the entries of its folder that begin with its last part, ignoring
/// case; folders first and with a `/` at the end, sorted by name, at most [`MAX_COMPLETIONS`]. `~/` is the
/// home folder and stays in the text. Hidden entries are included if the last part begins with a dot.
/// Names that are not UTF-8 are left out, since a show is text. Waits for the disk.
///
/// # Errors
/// [`DiskError`]: the folder cannot be read.
pub fn entries(typed: &str) -> Result<Vec<String>, DiskError> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    entries_at(typed, home.as_deref())
}

/// As [`entries`], with this home folder.
///
/// # Errors
/// As [`entries`].
pub fn entries_at(typed: &str, home: Option<&Path>) -> Result<Vec<String>, DiskError> {
    if typed == "~" {
        return Ok(vec!["~/".to_owned()]);
    }
    let (before, last) = typed.split_at(typed.rfind('/').map_or(0, |slash| slash + 1));
    let folder = expand(before, home);
    let wrong =
        |error| DiskError { path: folder.clone(), what: "the folder cannot be read", error };
    let last = last.to_lowercase();
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).map_err(wrong)?.take(MAX_ENTRIES) {
        let entry = entry.map_err(wrong)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let is_visible = !name.starts_with('.') || last.starts_with('.');
        if is_visible && name.to_lowercase().starts_with(&last) {
            let end = if is_folder(&entry) { "/" } else { "" };
            found.push((end.is_empty(), format!("{before}{name}{end}")));
        }
    }
    found.sort();
    found.truncate(MAX_COMPLETIONS);
    Ok(found.into_iter().map(|(_, text)| text).collect())
}

/// The folder of a typed path, with `~/` expanded.
fn expand(typed: &str, home: Option<&Path>) -> PathBuf {
    match (typed.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ if typed.is_empty() => PathBuf::from("."),
        _ => PathBuf::from(typed),
    }
}

/// Whether an entry is a folder, or a link to one.
fn is_folder(entry: &DirEntry) -> bool {
    match entry.file_type() {
        Ok(kind) if kind.is_symlink() => fs::metadata(entry.path()).is_ok_and(|data| data.is_dir()),
        Ok(kind) => kind.is_dir(),
        Err(_) => false,
    }
}
