//! PGM's line of health, beside its name: what viewers miss, the worst first, and how much is left of a film.

use egui::{Align2, Color32, Id, Role, Sense, Ui, WidgetInfo};
use engine::{SourceState, StandbyState, Tally};
use show::SourceId;

use crate::film_commands::is_paused;
use crate::film_look::FilmLeft;
use crate::look::Look;
use crate::overlays::source_trouble;
use crate::panel::Panel;
use crate::theme;
use crate::translations::Translations;
use crate::widgets::space::Row;
use crate::widgets::text::write;

/// Below this much, in milliseconds, the time that is left of a film is amber, and red.
const SOON: u64 = 10_000;
const NOW: u64 = 3_000;
/// What the name of the scene keeps of the head, in points.
const NAME: f32 = 96.0;
/// Around a mark's word, and between two.
const PAD: f32 = 6.0;
const GAP: f32 = 4.0;

/// A mark of the line.
#[derive(Clone, Debug, PartialEq)]
struct HealthMark {
    /// Tells it from the others.
    key: &'static str,
    /// What is written.
    said: String,
    /// What it is about, for its hint.
    detail: String,
    colour: Color32,
}

/// The marks of this moment, the worst first.
fn marks(look: &Look, words: &Translations) -> Vec<HealthMark> {
    let with = |state: SourceState| -> Vec<SourceId> {
        on_air(look).filter(|id| look.snapshot.sources.get(id) == Some(&state)).collect()
    };
    // Before anything goes out an empty PGM is no fault.
    let is_seen = !look.snapshot.shows_nothing() || look.outputs.iter().any(|o| o.runs());
    let mut frozen = with(SourceState::Stalled);
    frozen.extend(on_air(look).filter(|id| look.health.frozen.contains(id)));
    let mark = |key: &'static str, detail: String| HealthMark {
        key,
        said: words.get(key),
        detail,
        colour: theme::ATTENTION,
    };
    let of = |key: &'static str, sources: Vec<SourceId>| {
        (!sources.is_empty()).then(|| mark(key, names(&sources, look, words)))
    };
    let if_so = |is: bool, key: &'static str, why: &str| is.then(|| mark(key, words.get(why)));
    let standby = match look.snapshot.standby {
        StandbyState::Off => None,
        StandbyState::Automatic => Some("pgm-standby-by-itself"),
        StandbyState::AfterFilm => Some("pgm-standby-after-film"),
        StandbyState::ByHand => Some("pgm-standby-by-hand"),
    };
    [
        standby.map(|why| mark("pgm-standby", words.get(why))),
        of("pgm-lost", with(SourceState::Lost)),
        if_so(look.health.black && is_seen, "pgm-black", "pgm-black-why"),
        of("pgm-frozen", frozen),
        of("pgm-ended", with(SourceState::Ended)),
        of("pgm-paused", on_air(look).filter(|id| is_paused(look, *id)).collect()),
        if_so(look.health.silent, "pgm-silent", "pgm-silent-why"),
        look.health.film.map(|film| left(film, look, words)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The sources on PGM, or on their way to it.
fn on_air(look: &Look) -> impl Iterator<Item = SourceId> {
    let on_air = look.snapshot.tally.iter().filter(|(_, tally)| **tally == Tally::Program);
    on_air.map(|(id, _)| *id)
}

/// The names of sources, with what is wrong with them.
fn names(sources: &[SourceId], look: &Look, words: &Translations) -> String {
    let said = sources.iter().filter_map(|id| {
        let name = source_name(*id, look)?;
        let trouble = source_trouble(*id, look, words);
        Some(trouble.map_or_else(|| name.to_owned(), |trouble| format!("{name}, {trouble}")))
    });
    said.collect::<Vec<_>>().join("; ")
}

/// As it is on air, or as the show has it.
fn source_name(id: SourceId, look: &Look) -> Option<&str> {
    let pinned = look.snapshot.on_air.sources.iter().find(|source| source.id == id);
    pinned.or_else(|| look.snapshot.show.source(id)).map(|source| source.name.as_str())
}

/// How much is left of a film: a second that has begun counts, so 0:00 is the end.
fn left(film: FilmLeft, look: &Look, words: &Translations) -> HealthMark {
    let FilmLeft { source, left_millis } = film;
    let seconds = left_millis.div_ceil(1_000);
    let time = format!("{}:{:02}", seconds / 60, seconds % 60);
    let colour = match left_millis {
        0..NOW => theme::ON_AIR,
        NOW..SOON => theme::ATTENTION,
        _ => theme::QUIET,
    };
    let detail = source_name(source, look).unwrap_or_default().to_owned();
    HealthMark { key: "pgm-left", said: words.with("pgm-left", "time", time), detail, colour }
}

/// Draws the marks at the right of the head; where there is no room for all, the worst stay.
pub fn draw(ui: &Ui, head: &mut Row, panel: &Panel<'_>) {
    let mut marks: Vec<(HealthMark, f32)> = marks(panel.look, panel.words)
        .into_iter()
        .map(|mark| {
            let font = theme::font(theme::DETAIL);
            let said = ui.painter().layout_no_wrap(mark.said.clone(), font, mark.colour);
            (mark, (said.size().x + 2.0 * PAD).ceil())
        })
        .collect();
    let room = head.width() - NAME;
    while marks.iter().map(|(_, wide)| wide + GAP).sum::<f32>() > room && marks.len() > 1 {
        marks.pop();
    }
    for (mark, wide) in marks.iter().rev() {
        let place = head.right(*wide);
        head.right(GAP);
        let ground = match mark.colour {
            theme::ATTENTION => Some(theme::ATTENTION_GROUND),
            theme::ON_AIR => Some(theme::ON_AIR_GROUND),
            _ => None,
        };
        if let Some(ground) = ground {
            ui.painter().rect_filled(place, theme::PICTURE_RADIUS, ground);
        }
        write(ui, place, Align2::CENTER_CENTER, &mark.said, (theme::DETAIL, mark.colour));
        let response = ui.interact(place, Id::unique(("health", mark.key)), Sense::hover());
        let name = format!("{}: {}", mark.said, mark.detail);
        response.widget_info(|| WidgetInfo::labeled(Role::Status, true, &name));
        response.on_hover_text(&mark.detail);
    }
}
