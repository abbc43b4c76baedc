//! What can go wrong with a source, in the operator's words.

use std::path::PathBuf;

use gstreamer as gst;

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
    /// A folder or a device.
    #[error("{}: cannot be opened: it is not a file. Choose another file.", .0.display())]
    NotAFile(PathBuf),
    /// GStreamer lacks something.
    #[error("it cannot be opened: {0}. Run `downstage doctor` to see what is missing.")]
    Pipeline(String),
    /// It broke as soon as it was opened.
    #[error("it cannot be opened: {0}. Run `downstage doctor` to see what is missing.")]
    Broke(SourceError),
    /// GStreamer gives no reason.
    #[error("it cannot be opened: it was refused. Run `downstage doctor` to see what is missing.")]
    Refused,
}

/// What went wrong with a source that was opened. Its name is its path, or its host alone: a URL may
/// hold a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// It is something else.
    #[error("{name}: this is no film or sound. Choose another file.")]
    NoMedia {
        /// The source.
        name: String,
    },
    /// It could be played if more were installed.
    #[error("{name}: a decoder for it is missing. Install gstreamer1.0-libav and the plugins.")]
    NoDecoder {
        /// The source.
        name: String,
    },
    /// It cannot be played, or not any more.
    #[error("{name}: it cannot be played: {reason}")]
    Broke {
        /// The source.
        name: String,
        /// GStreamer's reason.
        reason: String,
    },
    /// A copy that broke off.
    #[error("{name}: it ends too early, after {seen} of {length} seconds. Copy it again.")]
    CutOff {
        /// The source.
        name: String,
        /// The seconds that are there.
        seen: u64,
        /// The seconds that its container names.
        length: u64,
    },
}

/// What GStreamer's error is for the operator; `name` is a path or a host.
pub fn described(error: &gst::glib::Error, name: String) -> SourceError {
    if error.matches(gst::StreamError::TypeNotFound) || error.matches(gst::StreamError::WrongType) {
        SourceError::NoMedia { name }
    } else if error.matches(gst::CoreError::MissingPlugin)
        || error.matches(gst::StreamError::CodecNotFound)
    {
        SourceError::NoDecoder { name }
    } else {
        SourceError::Broke { name, reason: error.message().to_owned() }
    }
}
