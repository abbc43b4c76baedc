//! What can go wrong with a source, in the operator's words.

use std::path::PathBuf;

use gstreamer as gst;

use super::pipeline::Opened;

/// Why a source cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The file is not there or closed to us.
    #[error("{}: cannot be opened: {reason}. Choose another file.", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// GStreamer lacks something.
    #[error("it cannot be opened: {0}. Run `downstage doctor` to see what is missing.")]
    Pipeline(String),
}

/// What went wrong with a source that was opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    /// For the operator.
    pub message: String,
}

/// GStreamer's error in the operator's words.
pub fn described(error: &gst::glib::Error, opened: &Opened) -> SourceError {
    let name = match opened {
        Opened::File { path, .. } => path.display().to_string(),
        // A URL may hold a key: only where it goes is named.
        Opened::Live { url } => host_of(url).to_owned(),
    };
    let reason = if error.matches(gst::StreamError::TypeNotFound)
        || error.matches(gst::StreamError::WrongType)
    {
        "this is no film or sound. Choose another file.".to_owned()
    } else if error.matches(gst::CoreError::MissingPlugin)
        || error.matches(gst::StreamError::CodecNotFound)
    {
        "a decoder for it is missing. Install gstreamer1.0-libav and the plugins.".to_owned()
    } else {
        format!("it cannot be played: {}", error.message())
    };
    SourceError { message: format!("{name}: {reason}") }
}

/// The host of a URL with its port, without user, path and query: those may hold a key.
pub fn host_of(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    let host = &url[start..end];
    host.rsplit_once('@').map_or(host, |(_, host)| host)
}
