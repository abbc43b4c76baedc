//! What sources that are live bring: nothing but black, and nothing but silence.

use std::collections::BTreeMap;

use show::{Background, Colour, Pace, Show, Source, SourceId, SourceKind, StripMode};

use crate::switcher::Switcher;
use crate::{FrameIndex, Pinned, PrepKey, PrepState, SourceSignal, SourceState};

/// What the state of the standby depends on, on one frame.
pub struct StandbyContext<'a> {
    pub show: &'a Show,
    pub frame: FrameIndex,
    pub switcher: &'a Switcher,
    pub mixer: &'a show::Mixer,
    pub sources: &'a BTreeMap<SourceId, SourceState>,
    pub signals: &'a BTreeMap<SourceId, SourceSignal>,
    pub prepared: &'a BTreeMap<PrepKey, PrepState>,
}

/// Whether PGM brings nothing, though it should: it has sources that are opened, and each of them is gone, or black and
/// silent. One that is silent counts only while nothing else of PGM is seen or heard.
pub fn brings_nothing(now: &StandbyContext<'_>) -> bool {
    let pgm = &now.switcher.pgm;
    let is_gone = |source: &Source| {
        let state = now.sources.get(&source.id);
        matches!(state, Some(SourceState::Lost | SourceState::Stalled))
    };
    let is_empty = |source: &Source| is_dark(now, source) && is_mute(now, source);
    let sources = pgm.sources.iter();
    let mut opened =
        sources.filter(|source| source.kind.nature().pace != Pace::Composed).peekable();
    if opened.peek().is_none() {
        return false;
    }
    let (mut all_gone, mut all_nothing) = (true, true);
    for source in opened {
        let gone = is_gone(source);
        all_gone &= gone;
        all_nothing &= gone || is_empty(source);
    }
    all_gone || (all_nothing && is_dark_around(pgm) && !is_heard_around(now))
}

fn is_dark(now: &StandbyContext<'_>, source: &Source) -> bool {
    now.signals.get(&source.id).is_some_and(|signal| signal.black)
}

fn is_mute(now: &StandbyContext<'_>, source: &Source) -> bool {
    now.signals.get(&source.id).is_some_and(|signal| signal.silent)
}

/// Whether nothing but its opened sources can be seen of PGM.
fn is_dark_around(pgm: &Pinned) -> bool {
    let composed = |source: &Source| match source.kind {
        SourceKind::Colour { colour } => is_black(colour),
        _ => source.kind.nature().pace != Pace::Composed,
    };
    let is_dark = match pgm.layout.as_ref().map(|layout| layout.background) {
        None => true,
        Some(Background::Colour { colour }) => is_black(colour),
        Some(Background::Picture { .. }) => false,
    };
    is_dark && pgm.graphics.is_empty() && pgm.sources.iter().all(composed)
}

fn is_black(colour: Colour) -> bool {
    let Colour { r, g, b, a } = colour;
    a == 0 || r.max(g).max(b) < 8
}

/// Whether a source is heard that is not on PGM, as a microphone is that stays on.
fn is_heard_around(now: &StandbyContext<'_>) -> bool {
    now.sources.iter().any(|(id, state)| {
        let strip = now.mixer.strip(*id);
        let signal = now.signals.get(id);
        *state == SourceState::Live
            && strip.mode == StripMode::On
            && !strip.mute
            && signal.is_some_and(|signal| !signal.silent)
    })
}
