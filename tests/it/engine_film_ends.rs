//! What follows when a film on PGM has ended, on which frame, as data.

use engine::{
    CommandKind, EventKind, Mix, Picture, Play, Report, Run, SourceState, StandbyState, Switch,
    Tick,
};
use show::{
    Edit, Feed, FileEnd, Item, LayoutId, Show, SourceId, SourceKind, Standby, StripMode, Template,
    Transition, TransitionKind,
};
use tests::shows::full;

use crate::engine_live::{COLOUR, Desk, OPENING};

const FILM: SourceId = SourceId(3);
const PATTERN: SourceId = SourceId(4);
const LIVE: SourceId = SourceId(7);
/// The live source alone.
const CAMERA: LayoutId = LayoutId(20);
/// The film alone, and the film beside the live source.
const ALONE: LayoutId = LayoutId(21);
const BOTH: LayoutId = LayoutId(22);

fn show_with(end: FileEnd, transition: u32) -> Show {
    let mut show = full();
    let film = show.sources.iter_mut().find(|source| source.id == FILM).unwrap();
    let SourceKind::File(play) = &mut film.kind else { unreachable!() };
    play.end = end;
    for (layout, feeds) in [(CAMERA, &[LIVE][..]), (ALONE, &[FILM]), (BOTH, &[LIVE, FILM])] {
        let feeds: Vec<Feed> = feeds.iter().map(|id| Feed::Source(*id)).collect();
        let template = if feeds.len() == 1 { Template::Single } else { Template::SideBySide };
        show.layouts.push(template.layout(layout, "Layout", &feeds));
    }
    show.transition = match transition {
        0 => Transition { kind: TransitionKind::Cut, frames: 1 },
        frames => Transition { kind: TransitionKind::Mix, frames },
    };
    show
}

/// The film on PGM by this layout, over the camera.
fn on_air(show: Show, layout: LayoutId) -> Desk {
    let mut desk = Desk::new(show);
    for source in [PATTERN, LIVE] {
        desk.0.report(Report::Source(source, SourceState::Live));
    }
    desk.switch(Switch::TakeLayout(CAMERA)).unwrap();
    desk.tick();
    take_film(&mut desk, layout);
    desk
}

fn take_film(desk: &mut Desk, layout: LayoutId) {
    desk.switch(Switch::LoadLayout(layout)).unwrap();
    desk.tick();
    desk.0.report(Report::Source(FILM, SourceState::Cued));
    desk.switch(Switch::Cut).unwrap();
    desk.tick();
}

fn end(desk: &mut Desk) {
    desk.0.report(Report::Source(FILM, SourceState::Ended));
}

/// The layout alone on PGM, or both of a mix with the share of the second.
fn shown(tick: &Tick) -> (LayoutId, Option<(LayoutId, u32)>) {
    let layout = |bus: &engine::Pinned| bus.layout.as_ref().unwrap().id;
    match &tick.plan.pgm {
        Picture::One(bus) => (layout(bus), None),
        Picture::Mix { from, to, part, .. } => (layout(from), Some((layout(to), *part))),
    }
}

fn share(tick: &Tick, id: SourceId) -> f32 {
    tick.mix.strips.iter().find(|strip| strip.source == id).unwrap().share
}

#[test]
fn a_film_holds_its_last_picture_or_shows_nothing_from_the_frame_of_its_end_on() {
    for (end_so, dark) in
        [(FileEnd::Once, &[][..]), (FileEnd::Loop, &[]), (FileEnd::Black, &[FILM])]
    {
        let mut show = show_with(end_so, 0);
        // One that loops never ends; it starts on its take here, as the others.
        let film = show.sources.iter_mut().find(|source| source.id == FILM).unwrap();
        let SourceKind::File(play) = &mut film.kind else { unreachable!() };
        play.start = Some(show::Start::OnTake);
        let mut desk = on_air(show, BOTH);
        assert!(desk.tick().plan.dark.is_empty());
        end(&mut desk);
        for _ in 0..3 {
            let tick = desk.tick();
            assert_eq!((&*tick.plan.dark, shown(&tick)), (dark, (BOTH, None)), "{end_so:?}");
        }
        // Sought, it shows nothing until it runs again.
        desk.ask(CommandKind::Play(Play::Seek(FILM, 0))).unwrap();
        assert_eq!(&*desk.tick().plan.dark, dark);
        desk.0.report(Report::Source(FILM, SourceState::Connecting));
        assert_eq!(&*desk.tick().plan.dark, dark);
        desk.0.report(Report::Source(FILM, SourceState::Live));
        assert!(desk.tick().plan.dark.is_empty());
        // Taken away and taken again, it begins with its picture.
        end(&mut desk);
        desk.switch(Switch::TakeLayout(CAMERA)).unwrap();
        assert!(desk.tick().plan.dark.is_empty());
        take_film(&mut desk, BOTH);
        assert!(desk.tick().plan.dark.is_empty());
    }
}

#[test]
fn pgm_goes_back_by_the_shows_transition_on_the_frame_of_the_end() {
    for frames in [0_u32, 1, 5] {
        let mut desk = on_air(show_with(FileEnd::Back, frames), ALONE);
        desk.switch(Switch::LoadScene(OPENING)).unwrap();
        assert_eq!(shown(&desk.tick()), (ALONE, None));
        end(&mut desk);
        let tick = desk.tick();
        let went = tick.events.iter().map(|event| (event.frame, &event.kind)).next();
        assert_eq!(went, Some((tick.plan.frame, &EventKind::WentBack(FILM))));
        let mut seen = vec![shown(&tick)];
        seen.extend((0..6).map(|_| shown(&desk.tick())));
        let mut wanted: Vec<_> = (1..frames).map(|part| (ALONE, Some((CAMERA, part)))).collect();
        wanted.resize(7, (CAMERA, None));
        assert_eq!(seen, wanted, "{frames}");
        // What the operator has on PVW stays, and the sound is the camera's.
        let snapshot = desk.0.snapshot();
        assert_eq!(snapshot.pvw.scene, Some(OPENING));
        let tick = desk.tick();
        assert_eq!([LIVE, FILM].map(|id| share(&tick, id)), [1.0, 0.0]);
    }
}

#[test]
fn what_pgm_goes_back_to_is_kept_ready_and_waited_for() {
    let mut show = show_with(FileEnd::Back, 0);
    let second = SourceId(30);
    let of_film = show.source(FILM).unwrap().kind.clone();
    let SourceKind::File(play) = of_film else { unreachable!() };
    let once = SourceKind::File(show::PlayFile { end: FileEnd::Once, ..play });
    show.sources.push(tests::shows::source(second.0, once));
    let before = LayoutId(31);
    show.layouts.push(Template::Single.layout(before, "Before", &[Feed::Source(second)]));
    let mut desk = Desk::new(show);
    let run = |tick: &Tick| tick.needs.source(second).map(|need| need.run);
    desk.switch(Switch::LoadLayout(before)).unwrap();
    desk.tick();
    desk.0.report(Report::Source(second, SourceState::Cued));
    desk.switch(Switch::Cut).unwrap();
    assert!(matches!(run(&desk.tick()), Some(Run::Since(0, _))));
    take_film(&mut desk, ALONE);
    // It is on neither bus, and cued again.
    desk.switch(Switch::LoadLayout(COLOUR)).unwrap();
    assert_eq!(run(&desk.tick()), Some(Run::Cued(1)));
    end(&mut desk);
    for _ in 0..4 {
        assert_eq!(shown(&desk.tick()), (ALONE, None), "it is not cued yet");
    }
    desk.0.report(Report::Source(second, SourceState::Cued));
    assert_eq!(shown(&desk.tick()), (before, None));
    // It went back by itself: the one before that is not gone back to.
    assert_eq!(run(&desk.tick()).map(|run| matches!(run, Run::Since(1, _))), Some(true));
    desk.edit(Edit::Transition(Transition { kind: TransitionKind::Cut, frames: 2 }));
    assert_eq!(desk.tick().needs.source(FILM).map(|need| need.run), None);
}

#[test]
fn pgm_does_not_go_back_against_the_operator_or_to_what_is_gone() {
    let stays = |desk: &mut Desk, at: LayoutId| {
        end(desk);
        (0..30).for_each(|_| assert_eq!(shown(&desk.tick()), (at, None)));
    };
    // Something else was taken since, with the film still in it.
    let mut desk = on_air(show_with(FileEnd::Back, 5), ALONE);
    desk.switch(Switch::TakeLayout(BOTH)).unwrap();
    desk.tick();
    stays(&mut desk, BOTH);
    // The layout is not in the show any more.
    let mut desk = on_air(show_with(FileEnd::Back, 5), ALONE);
    desk.switch(Switch::LoadLayout(COLOUR)).unwrap();
    desk.edit(Edit::Remove(CAMERA.into()));
    stays(&mut desk, ALONE);
    // There was nothing on PGM.
    let mut desk = Desk::new(show_with(FileEnd::Back, 5));
    take_film(&mut desk, ALONE);
    stays(&mut desk, ALONE);
    // Another film of the layout ends that way, but it was there before.
    let mut desk = on_air(show_with(FileEnd::Back, 5), BOTH);
    desk.switch(Switch::TakeLayout(ALONE)).unwrap();
    desk.tick();
    stays(&mut desk, ALONE);
    // A hand on the T-bar: it is the operator's until it is back.
    let mut desk = on_air(show_with(FileEnd::Back, 0), ALONE);
    desk.switch(Switch::Bar(3_000)).unwrap();
    end(&mut desk);
    (0..5).for_each(|_| assert_eq!(shown(&desk.tick()).0, ALONE));
    desk.switch(Switch::Bar(0)).unwrap();
    assert_eq!(shown(&desk.tick()), (CAMERA, None));
    // Taken on the very frame, what the operator takes is on air.
    let mut desk = on_air(show_with(FileEnd::Back, 0), ALONE);
    end(&mut desk);
    desk.switch(Switch::TakeLayout(COLOUR)).unwrap();
    assert_eq!(shown(&desk.tick()), (COLOUR, None));
}

fn standby(desk: &mut Desk, on: bool) {
    desk.ask(CommandKind::Standby(on)).unwrap();
}

/// Whether the pattern stands in for PGM, and how.
fn stands_in(desk: &mut Desk) -> StandbyState {
    let tick = desk.tick();
    let state = desk.0.snapshot().standby;
    let Picture::One(bus) = &tick.plan.pgm else { panic!("a mix") };
    assert_eq!(bus.shows(PATTERN), state != StandbyState::Off);
    assert_eq!(share(&tick, PATTERN), if state == StandbyState::Off { 0.0 } else { 1.0 });
    state
}

fn with_standby() -> Show {
    let standby = Standby { after_millis: None, ..Standby::new(PATTERN) };
    Show { standby: Some(standby), ..show_with(FileEnd::Standby, 0) }
}

#[test]
fn the_standby_comes_on_the_frame_of_the_end_and_stays_until_something_else_is_on_pgm() {
    let mut desk = on_air(with_standby(), ALONE);
    desk.ask(CommandKind::Mix(Mix::Mode(PATTERN, StripMode::Afv))).unwrap();
    assert_eq!(stands_in(&mut desk), StandbyState::Off);
    end(&mut desk);
    (0..200).for_each(|_| assert_eq!(stands_in(&mut desk), StandbyState::AfterFilm));
    desk.switch(Switch::TakeLayout(CAMERA)).unwrap();
    assert_eq!(stands_in(&mut desk), StandbyState::Off);
    // Begun anew, the film is back once it runs.
    take_film(&mut desk, BOTH);
    end(&mut desk);
    assert_eq!(stands_in(&mut desk), StandbyState::AfterFilm);
    desk.ask(CommandKind::Play(Play::Restart(FILM))).unwrap();
    assert_eq!(stands_in(&mut desk), StandbyState::AfterFilm);
    desk.0.report(Report::Source(FILM, SourceState::Live));
    assert_eq!(stands_in(&mut desk), StandbyState::Off);
}

#[test]
fn the_standby_after_a_film_never_comes_against_the_operator() {
    // Taken away, it stays away, until the film ends once more.
    let mut desk = on_air(with_standby(), ALONE);
    end(&mut desk);
    assert_eq!(stands_in(&mut desk), StandbyState::AfterFilm);
    standby(&mut desk, false);
    (0..200).for_each(|_| assert_eq!(stands_in(&mut desk), StandbyState::Off));
    desk.ask(CommandKind::Play(Play::Restart(FILM))).unwrap();
    desk.0.report(Report::Source(FILM, SourceState::Live));
    assert_eq!(stands_in(&mut desk), StandbyState::Off);
    end(&mut desk);
    assert_eq!(stands_in(&mut desk), StandbyState::AfterFilm);
    // Made the operator's own, it stays over whatever is taken.
    standby(&mut desk, true);
    desk.switch(Switch::TakeLayout(CAMERA)).unwrap();
    assert_eq!(stands_in(&mut desk), StandbyState::ByHand);
    // Without one, or while it has nothing to show, the last picture is held.
    let mut desk = on_air(Show { standby: None, ..with_standby() }, ALONE);
    end(&mut desk);
    assert_eq!(stands_in(&mut desk), StandbyState::Off);
    let mut desk = on_air(with_standby(), ALONE);
    desk.0.report(Report::Source(PATTERN, SourceState::Lost));
    end(&mut desk);
    assert_eq!(stands_in(&mut desk), StandbyState::Off);
    desk.0.report(Report::Source(PATTERN, SourceState::Live));
    assert_eq!(stands_in(&mut desk), StandbyState::AfterFilm);
    // The show says by the film what it does: an edit changes the next take.
    let mut desk = on_air(with_standby(), ALONE);
    let mut source = desk.0.snapshot().show.source(FILM).unwrap().clone();
    let SourceKind::File(play) = &mut source.kind else { unreachable!() };
    play.end = FileEnd::Once;
    desk.edit(Edit::Replace(Item::Source(source)));
    end(&mut desk);
    assert_eq!(stands_in(&mut desk), StandbyState::AfterFilm);
}
