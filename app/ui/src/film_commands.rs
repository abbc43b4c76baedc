//! The commands for the film on air.

use egui::{Key, Modifiers};
use engine::Play;
use show::SourceId;

use crate::action::Action;
use crate::command::{
    Category, CommandResult, DeskCommand, Shortcut, Situation, Unavailable, command,
};
use crate::look::Look;

/// How far a seek by key goes, in milliseconds.
pub(crate) const STEP: i64 = 10_000;

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;

const fn film_command(
    names: (&'static str, &'static str),
    keys: &'static [Shortcut],
    ask: fn(&Situation<'_>) -> CommandResult,
) -> DeskCommand {
    command(names, Category::Switch, keys, ask)
}

pub(crate) static FILM: [DeskCommand; 4] = [
    DeskCommand {
        on: Some(|now| film_on_air(now.look).is_some_and(|id| is_paused(now.look, id))),
        ..film_command(("film.pause", "film-pause"), &[Shortcut::switcher(CTRL, Key::P)], |now| {
            let id = film(now)?;
            Ok(Action::Play(Play::Pause(id, !is_paused(now.look, id))))
        })
    },
    film_command(("film.restart", "film-restart"), &[Shortcut::switcher(NONE, Key::Home)], |now| {
        Ok(Action::Play(Play::Restart(film(now)?)))
    }),
    film_command(("film.back", "film-back"), &[Shortcut::switcher(CTRL, Key::PageUp)], |now| {
        sought(now, -STEP)
    }),
    film_command(
        ("film.forward", "film-forward"),
        &[Shortcut::switcher(CTRL, Key::PageDown)],
        |now| sought(now, STEP),
    ),
];

fn sought(now: &Situation<'_>, by: i64) -> CommandResult {
    seek_by(film(now)?, by, now.look).ok_or(Unavailable::because("film-not-running"))
}

fn film(now: &Situation<'_>) -> Result<SourceId, Unavailable> {
    film_on_air(now.look).ok_or(Unavailable::because("no-film-on-air"))
}

/// The film on PGM; of several, the first of its layout.
fn film_on_air(look: &Look) -> Option<SourceId> {
    let mut sources = look.snapshot.on_air.sources.iter();
    sources.find(|source| source.end().is_some()).map(|source| source.id)
}

/// Whether the operator has paused it.
pub(crate) fn is_paused(look: &Look, id: SourceId) -> bool {
    look.snapshot.paused.contains(&id)
}

/// Seeks an open film by so many milliseconds.
pub(crate) fn seek_by(id: SourceId, millis: i64, look: &Look) -> Option<Action> {
    let film = look.films.get(&id)?;
    let to = film.within(film.at_millis.saturating_add_signed(millis));
    Some(Action::Play(Play::Seek(id, to)))
}
