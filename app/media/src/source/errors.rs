//! The errors of sources, worded for the operator.

use std::path::PathBuf;

use gstreamer as gst;

/// Why a source cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The file does not exist or cannot be read.
    #[error("{}: cannot be opened: {reason}. Choose another file.", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// The path is a folder or a device.
    #[error("{}: cannot be opened: it is not a file. Choose another file.", .0.display())]
    NotAFile(PathBuf),
    /// The pipeline cannot be built.
    #[error("it cannot be opened: {0}. Run `downstage doctor` to see what is missing.")]
    Pipeline(String),
    /// No element receives from such a URL.
    #[error(
        "{0}: this kind of address is not known here. Run `downstage doctor` to see what is missing."
    )]
    Protocol(String),
    /// It failed as soon as it was opened.
    #[error("it cannot be opened: {0}. Run `downstage doctor` to see what is missing.")]
    Broke(SourceError),
    /// GStreamer gives no reason.
    #[error("it cannot be opened: it was refused. Run `downstage doctor` to see what is missing.")]
    Refused,
}

/// An error of a source that was opened. The source is named by its path, or by its host alone: a URL
/// may contain a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// It is not media.
    #[error("{name}: this is not a video or audio file. Choose another file.")]
    NoMedia {
        /// The source.
        name: String,
    },
    /// A decoder is not installed.
    #[error("{name}: a decoder for it is missing. Install gstreamer1.0-libav and the plugins.")]
    NoDecoder {
        /// The source.
        name: String,
    },
    /// It cannot be played, or has failed while it played.
    #[error("{name}: it cannot be played: {reason}")]
    Broke {
        /// The source.
        name: String,
        /// GStreamer's reason.
        reason: String,
    },
    /// The file is truncated.
    #[error("{name}: it ends too early, after {seen} of {length} seconds. Copy it again.")]
    CutOff {
        /// The source.
        name: String,
        /// The seconds that exist.
        seen: u64,
        /// The seconds that its container claims.
        length: u64,
    },
}

/// Translates GStreamer's error for the operator; `name` is a path or a host.
pub fn source_error(error: &gst::glib::Error, name: String) -> SourceError {
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
