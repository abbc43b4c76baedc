//! What a path that is being typed may go on to.

use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};

use crate::storage::disk_error::DiskError;

/// The most entries that are offered.
pub const OFFERED: usize = 200;
/// The most entries of a folder that are looked at: a folder without end must not hold up a save.
const LOOKED_AT: usize = 20_000;

/// The texts that what is typed may become: its folder's entries that begin with its last part, in
/// either case, folders first and with a `/` at their end, by name. At most [`OFFERED`]. `~/` is the
/// home folder and stays in the text; hidden entries are there if the last part begins with a dot; a
/// name that is no text is left out, since a show holds text. Waits for the disk.
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
    let folder = meant(before, home);
    let wrong =
        |error| DiskError { path: folder.clone(), what: "the folder cannot be read", error };
    let last = last.to_lowercase();
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).map_err(wrong)?.take(LOOKED_AT) {
        let entry = entry.map_err(wrong)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let asked = !name.starts_with('.') || last.starts_with('.');
        if asked && name.to_lowercase().starts_with(&last) {
            let end = if is_folder(&entry) { "/" } else { "" };
            found.push((end.is_empty(), format!("{before}{name}{end}")));
        }
    }
    found.sort();
    found.truncate(OFFERED);
    Ok(found.into_iter().map(|(_, text)| text).collect())
}

/// The folder that a typed one means.
fn meant(typed: &str, home: Option<&Path>) -> PathBuf {
    match (typed.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ if typed.is_empty() => PathBuf::from("."),
        _ => PathBuf::from(typed),
    }
}

/// A link to a folder is one.
fn is_folder(entry: &DirEntry) -> bool {
    match entry.file_type() {
        Ok(kind) if kind.is_symlink() => fs::metadata(entry.path()).is_ok_and(|data| data.is_dir()),
        Ok(kind) => kind.is_dir(),
        Err(_) => false,
    }
}
