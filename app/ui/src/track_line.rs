//! The sound tracks of films, in words.

use crate::film_look::TrackLook;
use crate::reason::Reason;
use crate::source_look::SourceLook;
use crate::translations::Translations;

/// What is said of a film whose sound track is silent while there are others: that may be meant, so it is not wrong.
pub fn message(known: &SourceLook, words: &Translations) -> Option<(String, bool)> {
    Some((silent("source-silent-track", known, words)?, false))
}

/// The same with what can be done, for a hint.
pub fn hint(known: &SourceLook, words: &Translations) -> Option<String> {
    silent("source-silent-track-tip", known, words)
}

fn silent(key: &'static str, known: &SourceLook, words: &Translations) -> Option<String> {
    let (number, of) = known.silent_track?;
    let values = [("number", number.to_string()), ("of", of.to_string())];
    Some(words.reason(&Reason::new(key, values)))
}

/// A track of a list: its number and what its file says of it.
pub fn name(number: u32, track: Option<&TrackLook>, words: &Translations) -> String {
    let mut parts = vec![number.to_string()];
    if let Some(TrackLook { language, title, channels, codec }) = track {
        let channels =
            channels.map(|count| words.with("sound-track-channels", "count", count.to_string()));
        let said = [language.clone(), title.clone(), channels, Some(codec.clone())];
        parts.extend(said.into_iter().flatten().filter(|part| !part.is_empty()));
    }
    parts.join(" · ")
}
