//! Why a picture or a text cannot be prepared.

use std::path::PathBuf;

/// Why a picture or a text cannot be prepared: what is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrepError {
    /// The file cannot be read.
    #[error("{}: {error}. Put the file back, or choose another in its place", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: String,
    },
    /// The file has too many bytes.
    #[error("{}: {bytes} bytes, and the limit is {limit}. Save it smaller or as JPG", .path.display())]
    TooManyBytes {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// The file is neither JPG, PNG nor WebP.
    #[error("{}: neither a JPG, a PNG nor a WebP. Export it as one of these", .path.display())]
    NotAPicture {
        /// The file.
        path: PathBuf,
    },
    /// The picture has too many pixels.
    #[error(
        "{}: {width} x {height} pixels, and the limit is {side} a side and {pixels} in all. Scale it down",
        .path.display()
    )]
    TooManyPixels {
        /// The file.
        path: PathBuf,
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// The limit of a side.
        side: u32,
        /// The limit of all.
        pixels: u64,
    },
    /// The file ends too early.
    #[error("{}: damaged (it ends too early). Copy or export it again", .path.display())]
    CutOff {
        /// The file.
        path: PathBuf,
    },
    /// The file contradicts itself.
    #[error("{}: damaged ({why}). Copy or export it again", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the decoder says.
        why: String,
    },
    /// A text that would be much larger than the canvas.
    #[error(
        "the text takes {width} x {height} pixels, and the limit is {} x {}. Make it shorter or smaller",
        .most.0, .most.1
    )]
    TextTooLarge {
        /// Pixels across.
        width: i64,
        /// Pixels down.
        height: i64,
        /// The limit, across and down.
        most: (i64, i64),
    },
}
