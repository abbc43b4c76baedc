//! What goes wrong with a recording, and what to do about it.

use std::path::PathBuf;

/// Why a recording failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The folder cannot be created or the file cannot be opened.
    #[error("{}: cannot be recorded to: {reason}. Choose another folder.", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// GStreamer cannot open the file, and gives no reason.
    #[error("{}: cannot be recorded to: it cannot be opened. Choose another folder.", .0.display())]
    Refused(PathBuf),
    /// A write to the file failed.
    #[error("{}: cannot be written any more: {reason} If the disk is full, free some space, or \
             record elsewhere.", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// GStreamer's reason.
        reason: String,
    },
    /// A write to the file failed, and GStreamer gives no reason.
    #[error("{}: cannot be written any more: the muxer stopped. If the disk is full, free some space, \
             or record elsewhere.", .0.display())]
    Stopped(PathBuf),
    /// Nothing can be written for now, for the system's reason; it is tried again.
    #[error("{}: cannot be written for now: {reason}. The recording goes on by itself once it can: free \
             some space, bring the disk back, or record elsewhere.", .path.display())]
    Waiting {
        /// The recording's first file.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// The recording goes on in this file after a while in which nothing could be written.
    #[error("{}: the recording goes on in this file. What came while nothing could be written is \
             missing.", .0.display())]
    Interrupted(PathBuf),
    /// The file was deleted; the recording goes on in another.
    #[error("{}: deleted while it was recorded. The recording goes on in the next file; what was \
             in this one is lost.", .0.display())]
    Deleted(PathBuf),
    /// The file was moved, or its folder; the recording goes on in another.
    #[error("{}: moved while it was recorded, with what was in it. The recording goes on in the \
             next file.", .0.display())]
    Moved(PathBuf),
    /// Another program cut the file short; the recording goes on in another.
    #[error("{}: cut short by another program while it was recorded. The recording goes on in the \
             next file.", .0.display())]
    Shortened(PathBuf),
}
