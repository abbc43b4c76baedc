//! How late a source's pictures are, in words.

use crate::source_look::SourceLook;
use crate::translations::Translations;

/// What is said of a source whose pictures cannot be as late as is set.
pub fn message(known: &SourceLook, words: &Translations) -> Option<(String, bool)> {
    let reached = known.reached_delay?.to_string();
    Some((words.with("source-delay-reached", "millis", reached), true))
}
