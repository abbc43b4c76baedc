//! How a live source comes in, in words.

use crate::reason::Reason;
use crate::source_look::{LiveLook, SourceLook};
use crate::translations::Translations;

/// What is said of a live source that is not simply well, and whether it is wrong. A camera without a microphone is
/// not wrong.
pub fn message(known: &SourceLook, words: &Translations) -> Option<(String, bool)> {
    let live = known.live?;
    if let Some(late) = live.late_millis {
        return Some((words.with("source-late", "seconds", tenths(late)), true));
    }
    match (live.no_picture, live.no_sound) {
        (true, _) => Some((words.get("source-no-picture"), true)),
        (_, true) => Some((words.get("source-no-sound"), false)),
        _ => None,
    }
}

/// Its latency as it is, in few letters.
pub fn latency(live: LiveLook, words: &Translations) -> String {
    words.with("source-latency", "seconds", tenths(live.latency_millis))
}

/// All that is known, for a hint.
pub fn hint(live: LiveLook, words: &Translations) -> String {
    let numbers = [
        ("latency", live.latency_millis.to_string()),
        ("target", live.target_millis.to_string()),
        ("late", live.lates.to_string()),
        ("jumps", live.jumps.to_string()),
        ("lost", live.skipped.to_string()),
    ];
    words.reason(&Reason::new("source-live-hint", numbers))
}

fn tenths(millis: u64) -> String {
    let tenths = (millis + 50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}
