//! Times and sizes as an operator reads them.

use crate::translations::Translations;

/// A running time: `00:12:40`.
pub fn hours(seconds: u64) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// Bytes in kilobytes, megabytes or gigabytes.
pub fn size(bytes: u64) -> String {
    match bytes / 1_000_000 {
        0 => format!("{} kB", bytes / 1_000),
        megabytes @ 0..1_000 => format!("{megabytes} MB"),
        megabytes => format!("{}.{:02} GB", megabytes / 1_000, megabytes / 10 % 100),
    }
}

/// For how long a disk has room.
pub fn room(seconds: u64, words: &Translations) -> String {
    match seconds / 60 {
        minutes @ 0..120 => words.with("minutes-left", "minutes", minutes.to_string()),
        minutes => words.with("hours-left", "hours", (minutes / 60).to_string()),
    }
}

/// A level; the lowest is no level at all.
pub fn decibels(db: f32) -> String {
    if db <= -99.0 { "−∞".to_owned() } else { format!("{db:+.1}") }
}

/// Milliseconds as whole seconds, begun ones included.
pub fn seconds(millis: u64) -> String {
    millis.div_ceil(1_000).to_string()
}
