//! The folders of a user's data.

use std::path::PathBuf;

/// The folder of the user's data (XDG Base Directory Specification).
pub fn data_folder() -> PathBuf {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local/share")));
    data.unwrap_or_else(std::env::temp_dir).join("downstage")
}

/// The folder of small pictures of shows, which may be lost.
pub fn show_pictures() -> PathBuf {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")));
    cache.unwrap_or_else(std::env::temp_dir).join("downstage").join("shows")
}

/// The file of stream keys, where there is no keyring.
pub fn secrets_file() -> PathBuf {
    data_folder().join("secrets.json")
}
