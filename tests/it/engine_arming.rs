//! Takes and batches that wait: for what is not ready, at most half a second, whole or not at all.

use engine::{
    Command, CommandKind, EditCommand, EventKind, FrameIndex, Gesture, Key, Picture, Play, Report,
    Run, SourceState, Switch, Tick,
};
use show::{BusName, ComponentId, Edit, LayoutId, SceneId, SourceId};
use tests::shows::command;

use crate::engine_live::{COLOUR, Desk, OPENING, QUAD, on_take};

const FILM: SourceId = SourceId(3);

fn events(tick: &Tick) -> Vec<EventKind> {
    tick.events.iter().map(|event| event.kind.clone()).collect()
}

/// The codes of what was refused on this frame, after it had been accepted.
fn refused(tick: &Tick) -> Vec<&'static str> {
    let code = |event: &engine::Event| match &event.kind {
        EventKind::Rejected(rejection) => Some(rejection.code()),
        _ => None,
    };
    tick.events.iter().filter_map(code).collect()
}

fn layout(tick: &Tick) -> Option<LayoutId> {
    let Picture::One(bus) = &tick.plan.pgm else { panic!("PGM is in a transition") };
    bus.layout.as_ref().map(|layout| layout.id)
}

fn rename(name: &str) -> CommandKind {
    CommandKind::Edit(EditCommand::Do(Box::new(Edit::Rename(name.to_owned()))))
}

fn key_on_pgm() -> CommandKind {
    CommandKind::Key(Key { bus: BusName::Pgm, component: ComponentId(10), on: true })
}

/// Renames the show, keys a text and takes the scene with the film.
fn all_at_once() -> CommandKind {
    let switches = [Switch::LoadScene(OPENING), Switch::Cut].map(CommandKind::Switch);
    CommandKind::Batch([rename("Later"), key_on_pgm()].into_iter().chain(switches).collect())
}

fn cue(desk: &mut Desk) {
    desk.0.report(Report::Source(FILM, SourceState::Cued));
}

#[test]
fn a_take_that_waits_and_is_superseded_is_said() {
    let later = [
        Switch::LoadLayout(COLOUR),
        Switch::LoadScene(OPENING),
        Switch::Auto,
        Switch::Sync,
        Switch::Bar(100),
        Switch::Bar(0),
        Switch::Take(OPENING),
    ];
    for switch in later {
        let mut desk = on_take();
        desk.switch(Switch::LoadScene(OPENING)).unwrap();
        desk.switch(Switch::LoadLayout(QUAD)).unwrap();
        desk.switch(Switch::Cut).unwrap();
        desk.tick();
        assert!(desk.0.snapshot().arming);
        desk.switch(switch).unwrap();
        assert_eq!(refused(&desk.tick()), ["superseded"], "{switch:?}");
        cue(&mut desk);
        // What came later is what is done.
        let waits =
            matches!(switch, Switch::Auto | Switch::Sync | Switch::Bar(100) | Switch::Take(_));
        let events = events(&desk.tick());
        let is_taken = events.iter().any(|event| matches!(event, EventKind::Taken(_)));
        assert_eq!(is_taken, waits, "{switch:?}: {events:?}");
    }
}

#[test]
fn what_asks_for_the_same_or_is_refused_supersedes_nothing() {
    let mut desk = on_take();
    desk.switch(Switch::LoadScene(OPENING)).unwrap();
    desk.switch(Switch::Cut).unwrap();
    desk.tick();
    // An operator who presses again, the document, and an update of what is on air.
    assert_eq!(desk.switch(Switch::LoadScene(SceneId(99))), Err("not_found"));
    desk.switch(Switch::Cut).unwrap();
    desk.ask(rename("Other")).unwrap();
    desk.switch(Switch::Update).unwrap();
    let tick = desk.tick();
    assert_eq!((refused(&tick), desk.0.snapshot().arming), (vec![], true));
    cue(&mut desk);
    // The same once more, on the frame on which it is ready: it is done, and once.
    desk.switch(Switch::Cut).unwrap();
    let tick = desk.tick();
    assert_eq!((refused(&tick), layout(&tick)), (vec![], Some(QUAD)));
    assert_eq!(layout(&desk.tick()), Some(QUAD));
    // A hand on the T-bar is one take, not one for each step.
    let mut desk = on_take();
    desk.switch(Switch::LoadScene(OPENING)).unwrap();
    for place in [100, 200, 300] {
        desk.switch(Switch::Bar(place)).unwrap();
        assert_eq!(refused(&desk.tick()), [""; 0]);
    }
    cue(&mut desk);
    let Picture::Mix { part, .. } = desk.tick().plan.pgm else { panic!("no mix") };
    assert_eq!(part, 300);
}

#[test]
fn a_batch_waits_whole_with_its_take_and_lands_on_one_frame() {
    let mut desk = on_take();
    let before = desk.0.snapshot();
    desk.0.apply(Command { gesture: Some(Gesture(1)), ..command(all_at_once()) }).unwrap();
    for _ in 0..5 {
        let tick = desk.tick();
        let Picture::One(bus) = &tick.plan.pgm else { panic!("a transition") };
        assert!(bus.graphics.is_empty() && layout(&tick) == Some(COLOUR));
        // What it waits for is on its way, although it is on no bus yet.
        let film = tick.needs.sources.iter().find(|need| need.source.id == FILM);
        assert_eq!(film.map(|need| need.run), Some(Run::Cued(0)));
        let now = desk.0.snapshot();
        assert_eq!((&now.show, &now.pvw, now.history), (&before.show, &before.pvw, (0, 0)));
        assert!(now.arming);
    }
    cue(&mut desk);
    let tick = desk.tick();
    assert_eq!(layout(&tick), Some(QUAD));
    let events = events(&tick);
    assert!(matches!(events[..], [EventKind::Edited, EventKind::Taken(_)]), "{events:?}");
    let now = desk.0.snapshot();
    assert_eq!((now.show.name.as_str(), now.history, now.arming), ("Later", (1, 0), false));
    // The key was on what left PGM.
    assert_eq!((now.pvw.layout, now.pvw.components), (Some(COLOUR), vec![ComponentId(10)]));
}

#[test]
fn a_batch_that_waits_in_vain_or_is_superseded_leaves_nothing() {
    for superseded in [false, true] {
        let mut desk = on_take();
        let before = desk.0.snapshot();
        let asked = before.next.0;
        desk.0.apply(command(all_at_once())).unwrap();
        let mut told = Vec::new();
        for _ in 0..20 {
            let tick = desk.tick();
            told.extend(refused(&tick).into_iter().map(|code| (code, tick.plan.frame)));
            if superseded && tick.plan.frame.0 == asked + 3 {
                desk.switch(Switch::LoadLayout(COLOUR)).unwrap();
            }
        }
        let expected = if superseded {
            ("superseded", FrameIndex(asked + 4))
        } else {
            ("not_ready", FrameIndex(asked + 12))
        };
        assert_eq!(told, [expected]);
        let now = desk.0.snapshot();
        assert_eq!((&now.show, &now.on_air, now.history), (&before.show, &before.on_air, (0, 0)));
        assert!(!now.arming && now.on_air.graphics.is_empty());
        // It is not made up for.
        cue(&mut desk);
        assert_eq!(layout(&desk.tick()), Some(COLOUR));
    }
}

#[test]
fn a_batch_that_cannot_land_is_refused_at_once_wherever_its_take_stands() {
    let mut desk = on_take();
    let before = desk.0.snapshot();
    let CommandKind::Batch(mut kinds) = all_at_once() else { panic!("a batch") };
    kinds.push(CommandKind::Switch(Switch::LoadScene(SceneId(99))));
    assert_eq!(desk.0.apply(command(CommandKind::Batch(kinds))).unwrap_err().code(), "not_found");
    assert_eq!(desk.0.snapshot(), before);
    // What is changed while it waits may end it, too, and then it says why.
    desk.0.apply(command(all_at_once())).unwrap();
    desk.tick();
    desk.ask(key_on_pgm()).unwrap();
    cue(&mut desk);
    let tick = desk.tick();
    assert_eq!((refused(&tick), layout(&tick)), (vec!["keyed_already"], Some(COLOUR)));
    assert_eq!(desk.0.snapshot().show.name, before.show.name);
}

#[test]
fn a_batch_that_waits_may_bring_what_it_takes() {
    let mut desk = on_take();
    let mut film = desk.0.snapshot().show.source(FILM).unwrap().clone();
    (film.id, film.uid) = (SourceId(20), "other".to_owned());
    let feeds = [show::Feed::Source(film.id)];
    let single = show::Template::Single.layout(LayoutId(21), "Film", &feeds);
    let add = |item| CommandKind::Edit(EditCommand::Do(Box::new(Edit::Add(item))));
    let switches = [Switch::LoadLayout(LayoutId(21)), Switch::Cut].map(CommandKind::Switch);
    let edits = [add(show::Item::Source(film)), add(show::Item::Layout(single))];
    desk.0.apply(command(CommandKind::Batch(edits.into_iter().chain(switches).collect()))).unwrap();
    let tick = desk.tick();
    assert!(tick.needs.sources.iter().any(|need| need.source.id == SourceId(20)));
    assert_eq!((layout(&tick), desk.0.snapshot().show.layout(LayoutId(21))), (Some(COLOUR), None));
    desk.0.report(Report::Source(SourceId(20), SourceState::Cued));
    assert_eq!(layout(&desk.tick()), Some(LayoutId(21)));
}

#[test]
fn only_an_open_film_that_plays_is_paused_and_sought() {
    let mut desk = on_take();
    let pause = |id| CommandKind::Play(Play::Pause(SourceId(id), true));
    assert_eq!(desk.ask(pause(99)), Err("not_found"));
    assert_eq!(desk.ask(pause(6)), Err("no_film"));
    assert_eq!(desk.ask(pause(3)), Err("not_open"));
    cue(&mut desk);
    assert_eq!(desk.ask(pause(3)), Err("waits_for_take"));
    desk.switch(Switch::LoadScene(OPENING)).unwrap();
    desk.tick();
    cue(&mut desk);
    desk.switch(Switch::Cut).unwrap();
    desk.tick();
    let run = |desk: &mut Desk| desk.tick().needs.source(FILM).unwrap().run;
    assert_eq!(desk.ask(pause(3)), Ok(()));
    assert_eq!(run(&mut desk), Run::Paused);
    assert!(desk.0.snapshot().paused.contains(&FILM));
    assert_eq!(desk.ask(CommandKind::Play(Play::Seek(FILM, 4_000))), Ok(()));
    let tick = desk.tick();
    let need = tick.needs.source(FILM).unwrap();
    assert_eq!((need.run, need.seek.unwrap().at_millis), (Run::Paused, 4_000));
    assert_eq!(desk.ask(CommandKind::Play(Play::Pause(FILM, false))), Ok(()));
    assert_eq!(run(&mut desk), Run::Free);
    // It leaves air, and waits for its next take.
    desk.switch(Switch::LoadLayout(COLOUR)).unwrap();
    desk.switch(Switch::Cut).unwrap();
    desk.tick();
    let tick = desk.tick();
    let need = tick.needs.source(FILM).unwrap();
    assert_eq!((need.run, need.seek), (Run::Cued(1), None));
}
