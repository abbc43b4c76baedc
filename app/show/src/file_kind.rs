//! What a file is, by the end of its name.

use std::path::Path;

/// What can be played of a folder, or dropped on the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A picture that can be read.
    Picture,
    /// A film or a sound.
    Media,
}

/// Ends of the names of pictures that can be read.
const PICTURES: [&str; 4] = ["png", "jpg", "jpeg", "webp"];
/// Ends of the names of films and sounds. GStreamer opens more than these, by the dialog; what only lies
/// near them, a text or a folder, is not to become a source by a slip.
const MEDIA: [&str; 36] = [
    "3gp", "aac", "ac3", "aif", "aiff", "avi", "f4v", "flac", "flv", "m2ts", "m2v", "m4a", "m4v",
    "mka", "mkv", "mov", "mp2", "mp3", "mp4", "mpeg", "mpg", "mts", "mxf", "oga", "ogg", "ogv",
    "opus", "qt", "ts", "vob", "wav", "webm", "wma", "wmv", "gif", "asf",
];

/// What a file is by the end of its name: the disk may take as long as it likes, and is not asked. What
/// is wrong with it all the same is said where it is played.
pub fn of(path: &Path) -> Option<FileKind> {
    let end = path.extension()?.to_string_lossy().to_lowercase();
    match end.as_str() {
        end if PICTURES.contains(&end) => Some(FileKind::Picture),
        end if MEDIA.contains(&end) => Some(FileKind::Media),
        _ => None,
    }
}
