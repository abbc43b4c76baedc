//! What a take could bring next: named by the engine in real time, and taken at once where it is open.

use std::sync::Arc;

use engine::{Engine, ProgramId, Report, Run, SourceState, Switch, Tick};
use show::{Edit, Item, LayoutId, Show, SourceId, SourceKind, WhenHidden};
use tests::shows::full;

use crate::engine_live::{COLOUR, Desk, OPENING, QUAD};

const FILM: SourceId = SourceId(3);
const PATTERN: SourceId = SourceId(4);
const CAMERA: SourceId = SourceId(7);

/// COLOUR on PGM, in real time or not.
fn desk(show: Show, holds: bool) -> Desk {
    let mut desk = Desk(Engine::new(ProgramId(0), Arc::new(show)).holding(holds));
    desk.switch(Switch::LoadLayout(COLOUR)).unwrap();
    desk.switch(Switch::Cut).unwrap();
    desk.tick();
    desk
}

fn candidates(tick: &Tick) -> Vec<(SourceId, Run)> {
    tick.needs.candidates.iter().map(|need| (need.source.id, need.run)).collect()
}

fn pgm(tick: &Tick) -> Option<LayoutId> {
    let engine::Picture::One(bus) = &tick.plan.pgm else { panic!("PGM is in a transition") };
    bus.layout.as_ref().map(|layout| layout.id)
}

#[test]
fn what_is_open_is_taken_at_once_and_what_was_closed_is_waited_for() {
    let mut desk = desk(full(), true);
    // The camera is always open, and a still is not opened at all.
    let tick = desk.tick();
    assert_eq!(candidates(&tick), [(FILM, Run::Paused), (PATTERN, Run::Paused)]);
    for id in [FILM, PATTERN] {
        desk.0.report(Report::Source(id, SourceState::Cued));
    }
    desk.0.report(Report::Source(CAMERA, SourceState::Live));
    desk.switch(Switch::Take(OPENING)).unwrap();
    let tick = desk.tick();
    assert_eq!((pgm(&tick), candidates(&tick)), (Some(QUAD), Vec::new()));
    let film = tick.needs.source(FILM).map(|need| need.run);
    assert_eq!(film, Some(Run::Free));
    // It leaves the buses, and is closed.
    for _ in 0..2 {
        desk.switch(Switch::TakeLayout(COLOUR)).unwrap();
        desk.tick();
    }
    assert_eq!(candidates(&desk.tick()).len(), 2);
    desk.0.report(Report::SourceClosed(FILM));
    desk.switch(Switch::Take(OPENING)).unwrap();
    assert_eq!(pgm(&desk.tick()), Some(COLOUR), "it waits for what was closed");
    desk.0.report(Report::Source(FILM, SourceState::Live));
    assert_eq!(pgm(&desk.tick()), Some(QUAD));
}

#[test]
fn a_source_that_becomes_another_has_no_state() {
    let mut desk = desk(full(), true);
    for id in [FILM, PATTERN, CAMERA] {
        desk.0.report(Report::Source(id, SourceState::Cued));
    }
    desk.tick();
    let show = full();
    let mut pattern = show.source(PATTERN).unwrap().clone();
    pattern.kind = SourceKind::TestPattern { tag: 9 };
    desk.edit(Edit::Replace(Item::Source(pattern)));
    desk.tick();
    let states = desk.0.snapshot().sources;
    assert_eq!(states.keys().copied().collect::<Vec<_>>(), [FILM, CAMERA]);
}

#[test]
fn a_film_that_plays_on_does_so_while_nothing_shows_it() {
    let mut show = full();
    let SourceKind::File(play) = &mut show.sources[0].kind else { panic!("a file") };
    play.hidden = WhenHidden::PlayOn;
    let tick = desk(show, true).tick();
    assert_eq!(candidates(&tick), [(FILM, Run::Free), (PATTERN, Run::Paused)]);
}

#[test]
fn outside_real_time_nothing_is_a_candidate() {
    assert_eq!(candidates(&desk(full(), false).tick()), []);
}
