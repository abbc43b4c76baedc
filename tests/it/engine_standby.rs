//! What stands in for PGM: by hand and by itself, on which frame, with which sound.

use engine::{
    CommandKind, EventKind, Mix, Picture, Report, Run, SourceState, StandbyState, Switch, Tally,
    Tick,
};
use show::{ComponentId, Edit, Feed, LayoutId, Show, SourceId, Standby, StripMode, Template};
use tests::shows::full;

use crate::engine_live::{Desk, OPENING, QUAD, prepare_all};

pub const FILM: SourceId = SourceId(3);
pub const PATTERN: SourceId = SourceId(4);
const COLOUR: SourceId = SourceId(6);
pub const LIVE: SourceId = SourceId(7);
/// The live source alone.
pub const CAMERA: LayoutId = LayoutId(20);

fn show_with(standby: Standby) -> Show {
    let mut show = full();
    show.layouts.push(Template::Single.layout(CAMERA, "Camera", &[Feed::Source(LIVE)]));
    show.standby = Some(standby);
    show
}

/// The camera on PGM, and something else to stand in.
pub fn on_air(standby: Standby) -> Desk {
    let mut desk = Desk::new(show_with(standby));
    for source in [FILM, PATTERN, LIVE] {
        desk.0.report(Report::Source(source, SourceState::Live));
    }
    desk.switch(Switch::TakeLayout(CAMERA)).unwrap();
    desk.tick();
    desk
}

/// The first source of what is on air, and its graphics.
fn shown(tick: &Tick) -> (SourceId, usize) {
    let Picture::One(bus) = &tick.plan.pgm else { panic!("a mix") };
    (bus.sources[0].id, bus.graphics.len())
}

fn share(tick: &Tick, id: SourceId) -> f32 {
    tick.mix.strips.iter().find(|strip| strip.source == id).unwrap().share
}

fn standby(desk: &mut Desk, on: bool) -> Result<(), &'static str> {
    desk.ask(CommandKind::Standby(on))
}

/// On which of so many frames, counted from now, which source is shown first.
pub fn changes(desk: &mut Desk, frames: usize) -> Vec<(usize, SourceId)> {
    let all: Vec<_> = (0..frames).map(|_| shown(&desk.tick()).0).collect();
    let new = |at: &usize| *at == 0 || all[at - 1] != all[*at];
    (0..frames).filter(new).map(|at| (at, all[at])).collect()
}

#[test]
fn by_hand_it_comes_and_goes_on_the_next_frame_with_its_sound_alone() {
    let mut desk = on_air(Standby::new(PATTERN));
    desk.ask(CommandKind::Mix(Mix::Mode(FILM, StripMode::On))).unwrap();
    let before = desk.tick();
    assert_eq!([LIVE, FILM, PATTERN].map(|id| share(&before, id)), [1.0, 1.0, 0.0]);
    standby(&mut desk, true).unwrap();
    let tick = desk.tick();
    assert_eq!(shown(&tick), (PATTERN, 0));
    assert_eq!([LIVE, FILM, PATTERN].map(|id| share(&tick, id)), [0.0, 0.0, 1.0]);
    let events: Vec<_> = tick.events.iter().map(|event| (event.frame, &event.kind)).collect();
    assert_eq!(events, [(tick.plan.frame, &EventKind::Standby(StandbyState::ByHand))]);
    let snapshot = desk.0.snapshot();
    assert_eq!(snapshot.standby, StandbyState::ByHand);
    let program = snapshot.tally.iter().filter(|(_, tally)| **tally == Tally::Program);
    assert_eq!(program.map(|(id, _)| *id).collect::<Vec<_>>(), [PATTERN], "what viewers see");
    // PGM is what it was, can be switched below, and comes back as it is by then.
    assert_eq!(snapshot.pgm.layout, Some(CAMERA));
    desk.ask(CommandKind::Mix(Mix::Mute(PATTERN, true))).unwrap();
    assert_eq!(share(&desk.tick(), PATTERN), 0.0, "a muted strip is silent everywhere");
    desk.switch(Switch::Take(OPENING)).unwrap();
    assert_eq!(shown(&desk.tick()).0, PATTERN);
    standby(&mut desk, false).unwrap();
    let Picture::One(bus) = desk.tick().plan.pgm else { panic!("a mix") };
    assert_eq!(bus.layout.as_ref().unwrap().id, QUAD);
}

#[test]
fn by_itself_it_comes_after_its_time_and_goes_a_second_after_a_source_is_back() {
    for (state, after) in [(SourceState::Lost, 3_000), (SourceState::Stalled, 500)] {
        let mut desk = on_air(Standby { after_millis: Some(after), ..Standby::new(PATTERN) });
        desk.0.report(Report::Source(LIVE, state));
        let frames = after as usize / 40;
        let found = changes(&mut desk, frames + 50);
        assert_eq!(found, [(0, LIVE), (frames, PATTERN)], "{state:?}");
        assert_eq!(desk.0.snapshot().standby, StandbyState::Automatic);
        // A source that comes and goes does not make it flicker.
        for millis in [400, 960] {
            desk.0.report(Report::Source(LIVE, SourceState::Live));
            assert_eq!(changes(&mut desk, millis / 40), [(0, PATTERN)]);
            desk.0.report(Report::Source(LIVE, state));
            assert_eq!(changes(&mut desk, 5), [(0, PATTERN)]);
        }
        desk.0.report(Report::Source(LIVE, SourceState::Live));
        assert_eq!(changes(&mut desk, 60), [(0, PATTERN), (25, LIVE)], "{state:?}");
    }
}

#[test]
fn what_the_operator_does_comes_first() {
    // Taken away, it does not come again before the sources were back.
    let mut desk = on_air(Standby::new(PATTERN));
    desk.0.report(Report::Source(LIVE, SourceState::Lost));
    assert_eq!(changes(&mut desk, 100), [(0, LIVE), (75, PATTERN)]);
    standby(&mut desk, false).unwrap();
    assert_eq!(changes(&mut desk, 500), [(0, LIVE)]);
    desk.0.report(Report::Source(LIVE, SourceState::Live));
    desk.tick();
    desk.0.report(Report::Source(LIVE, SourceState::Lost));
    assert_eq!(changes(&mut desk, 100), [(0, LIVE), (75, PATTERN)]);
    // What the operator takes instead is shown at once; what is gone as well is not.
    desk.switch(Switch::TakeLayout(QUAD)).unwrap();
    assert_ne!(shown(&desk.tick()).0, PATTERN);
    // Made the operator's own, it stays however well PGM is.
    desk.switch(Switch::TakeLayout(CAMERA)).unwrap();
    assert_eq!(changes(&mut desk, 100), [(0, LIVE), (75, PATTERN)]);
    standby(&mut desk, true).unwrap();
    desk.0.report(Report::Source(LIVE, SourceState::Live));
    assert_eq!(changes(&mut desk, 500), [(0, PATTERN)]);
    standby(&mut desk, false).unwrap();
    assert_eq!(changes(&mut desk, 500), [(0, LIVE)]);
}

#[test]
fn it_comes_by_itself_only_in_place_of_something_worse() {
    let lost = |desk: &mut Desk| {
        desk.0.report(Report::Source(LIVE, SourceState::Lost));
        changes(desk, 200)
    };
    // By hand only; its own source gone; a source of PGM still there; a picture that never opens.
    let never = Standby { after_millis: None, ..Standby::new(PATTERN) };
    assert_eq!(lost(&mut on_air(never)), [(0, LIVE)]);
    let mut desk = on_air(Standby::new(FILM));
    desk.0.report(Report::Source(FILM, SourceState::Lost));
    assert_eq!(lost(&mut desk), [(0, LIVE)]);
    let mut desk = on_air(Standby::new(COLOUR));
    desk.switch(Switch::TakeLayout(QUAD)).unwrap();
    let first = shown(&desk.tick()).0;
    assert_eq!(lost(&mut desk), [(0, first)], "three of four are well");
    assert_eq!(lost(&mut on_air(Standby::new(COLOUR))), [(0, LIVE), (75, COLOUR)]);
    // A still of PGM cannot be lost, and holds nothing up either.
    let mut desk = Desk::new(show_with(Standby::new(SourceId(5))));
    desk.0.report(Report::Source(LIVE, SourceState::Live));
    assert_eq!(desk.switch(Switch::TakeLayout(CAMERA)), Ok(()));
    desk.tick();
    assert_eq!(lost(&mut desk), [(0, LIVE), (75, SourceId(5))]);
}

#[test]
fn its_source_is_always_open_and_rests_while_it_is_not_shown() {
    let mut desk = on_air(Standby::new(FILM));
    let run = |tick: &Tick| tick.needs.source(FILM).map(|need| need.run);
    assert_eq!(run(&desk.tick()), Some(Run::Paused));
    standby(&mut desk, true).unwrap();
    assert_eq!(run(&desk.tick()), Some(Run::Free));
    standby(&mut desk, false).unwrap();
    assert_eq!(run(&desk.tick()), Some(Run::Paused));
    // A still is prepared.
    let mut desk = Desk::new(show_with(Standby::new(SourceId(5))));
    assert!(!desk.tick().needs.preps.is_empty());
}

#[test]
fn graphics_stay_above_it_if_they_are_to() {
    for keeps_graphics in [false, true] {
        let mut desk = on_air(Standby { keeps_graphics, ..Standby::new(PATTERN) });
        desk.switch(Switch::Take(OPENING)).unwrap();
        standby(&mut desk, true).unwrap();
        assert_eq!(shown(&desk.tick()), (PATTERN, usize::from(keeps_graphics)));
        // A graphic that is keyed below is above it as well.
        let key = |on| engine::Key { bus: show::BusName::Pgm, component: ComponentId(10), on };
        desk.ask(CommandKind::Key(key(false))).unwrap();
        assert_eq!(shown(&desk.tick()), (PATTERN, 0));
        desk.ask(CommandKind::Key(key(true))).unwrap();
        assert_eq!(shown(&desk.tick()), (PATTERN, usize::from(keeps_graphics)));
    }
}

#[test]
fn an_edit_is_seen_the_next_time_it_is_shown() {
    let mut desk = on_air(Standby::new(PATTERN));
    standby(&mut desk, true).unwrap();
    assert_eq!(shown(&desk.tick()).0, PATTERN);
    // Another source is shown the next time.
    desk.edit(Edit::Standby(Some(Standby::new(COLOUR))));
    assert_eq!(shown(&desk.tick()).0, PATTERN);
    standby(&mut desk, false).unwrap();
    desk.tick();
    standby(&mut desk, true).unwrap();
    assert_eq!(shown(&desk.tick()).0, COLOUR);
    // Removed with its source, it stays on air as it is; taken away it is gone.
    desk.edit(Edit::Remove(COLOUR_LAYOUT.into()));
    desk.edit(Edit::Remove(COLOUR.into()));
    assert_eq!(desk.0.snapshot().show.standby, None);
    assert_eq!(shown(&desk.tick()).0, COLOUR);
    standby(&mut desk, false).unwrap();
    assert_eq!(shown(&desk.tick()).0, LIVE);
    assert_eq!(standby(&mut desk, true), Err("no_standby"));
    desk.ask(CommandKind::Edit(engine::EditCommand::Undo)).unwrap();
    standby(&mut desk, true).unwrap();
    assert_eq!(shown(&desk.tick()).0, COLOUR);
    prepare_all(&mut desk.0);
}

const COLOUR_LAYOUT: LayoutId = LayoutId(9);

#[test]
fn a_show_says_what_is_wrong_with_its_standby() {
    let codes = |change: &dyn Fn(&mut Show)| {
        let mut show = show_with(Standby::new(PATTERN));
        change(&mut show);
        show.check().into_iter().map(|fault| fault.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(&|_| {}), [""; 0]);
    let set = |standby: Standby| move |show: &mut Show| show.standby = Some(standby);
    assert_eq!(codes(&set(Standby::new(SourceId(99)))), ["not_found"]);
    let late = Standby { after_millis: Some(60_001), ..Standby::new(PATTERN) };
    assert_eq!(codes(&set(late)), ["out_of_range"]);
    assert_eq!(codes(&set(Standby { after_millis: None, ..late })), [""; 0]);
    assert_eq!(codes(&set(Standby::new(FILM))), [""; 0], "it loops");
    let ends = |show: &mut Show| {
        let film = show.sources.iter_mut().find(|source| source.id == FILM).unwrap();
        let show::SourceKind::File(play) = &mut film.kind else { unreachable!() };
        play.end = show::FileEnd::Once;
        show.standby = Some(Standby::new(FILM));
    };
    assert_eq!(codes(&ends), ["standby_ends"]);
}
