//! Turns paths into URIs, and URLs into the part that may be shown.

use std::path::{Path, PathBuf};

use gstreamer as gst;

use super::errors::OpenError;

/// The URI of an existing file.
pub fn file_uri(path: &Path) -> Result<String, OpenError> {
    let failed = |reason: String| OpenError::File { path: path.to_owned(), reason };
    let real = path.canonicalize().map_err(|error| failed(error.to_string()))?;
    if !real.is_file() {
        return Err(OpenError::NotAFile(path.to_owned()));
    }
    let uri = gst::glib::filename_to_uri(&real, None);
    uri.map(Into::into).map_err(|error| failed(error.message().to_owned()))
}

/// The path of a file's URI.
pub fn path_of(uri: &str) -> Option<PathBuf> {
    gst::glib::filename_from_uri(uri).ok().map(|(path, _)| path)
}

/// The host of a URL with its port, without user, path and query: those may contain a key.
pub fn host_of(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    let host = &url[start..end];
    host.rsplit_once('@').map_or(host, |(_, host)| host)
}
