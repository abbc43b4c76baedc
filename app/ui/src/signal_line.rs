//! That a source brings nothing though it is live, in words.

use crate::source_look::{LackLook, SourceLook};
use crate::translations::Translations;

/// What is said of it.
pub fn message(known: &SourceLook, words: &Translations) -> Option<String> {
    let (key, millis) = match known.lack? {
        LackLook::Black(millis) => ("source-black", millis),
        LackLook::Frozen(millis) => ("source-frozen", millis),
        LackLook::Silent(millis) => ("source-no-level", millis),
    };
    Some(words.with(key, "seconds", (millis / 1_000).to_string()))
}
