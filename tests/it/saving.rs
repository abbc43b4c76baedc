//! What would be saved opens again, whatever was done before.

use std::path::Path;

use engine::{CommandKind, Deliver, EditCommand, Mix, Switch};
use proptest::prelude::*;
use show::{Db, Edit, Item, LayoutId, Output, OutputId, SourceId, SourceKind, StripMode, file};
use studio::storage::{disk, show_files};
use tests::shows::{any_command, full, source};

use crate::engine_live::{Desk, OPENING};

fn camera(number: u32) -> Item {
    Item::Source(source(number, SourceKind::TestPattern { tag: 3 }))
}

fn edit(edit: Edit) -> CommandKind {
    CommandKind::Edit(EditCommand::Do(Box::new(edit)))
}

fn recording(number: u32) -> Item {
    Item::Output(Output { id: OutputId(number), ..full().outputs[0].clone() })
}

/// What is done to sources and outputs that come and go.
fn any_coming_and_going() -> impl Strategy<Value = CommandKind> {
    let id = 20_u32..23;
    let strip = id.clone().prop_map(SourceId);
    prop_oneof![
        2 => id.clone().prop_map(|id| edit(Edit::Add(camera(id)))),
        2 => id.clone().prop_map(|id| edit(Edit::Remove(SourceId(id).into()))),
        1 => id.clone().prop_map(|id| edit(Edit::Add(recording(id)))),
        1 => id.clone().prop_map(|id| edit(Edit::Remove(OutputId(id).into()))),
        1 => id.clone().prop_map(|id| CommandKind::Deliver(Deliver::Start(OutputId(id)))),
        1 => id.prop_map(|id| CommandKind::Deliver(Deliver::Stop(OutputId(id)))),
        2 => (strip.clone(), -100.0_f32..12.0).prop_map(|(id, fader)| {
            CommandKind::Mix(Mix::Fader(id, Db(fader)))
        }),
        1 => strip.clone().prop_map(|id| CommandKind::Mix(Mix::Mode(id, StripMode::On))),
        1 => strip.prop_map(|id| CommandKind::Mix(Mix::Solo(id, true))),
        2 => Just(CommandKind::Edit(EditCommand::Undo)),
        1 => Just(CommandKind::Edit(EditCommand::Redo)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn what_would_be_saved_has_no_fault_and_opens_again(
        session in prop::collection::vec(prop_oneof![
            any_coming_and_going(),
            any_command().prop_map(|command| command.kind),
        ], 1..80),
    ) {
        let mut desk = Desk::new(full());
        let folder = Path::new("/shows");
        for kind in session {
            let _refused_or_taken = desk.ask(kind);
            desk.tick();
            let snapshot = desk.0.snapshot();
            let saved = snapshot.saved_show();
            prop_assert_eq!(saved.check(), vec![]);
            // What is not in the show has neither solo nor a state that somebody could see.
            for id in &snapshot.solo {
                prop_assert!(saved.source(*id).is_some() || snapshot.on_air.shows(*id), "{id}");
            }
            let running = &desk.tick().needs.outputs;
            for id in snapshot.outputs.keys() {
                let runs = running.iter().any(|need| need.output.id == *id);
                prop_assert!(runs || saved.output(*id).is_some(), "{id}");
            }
            let written = show_files::relative(saved.clone(), folder);
            let read = file::decode(&file::encode(&written)).unwrap();
            prop_assert_eq!(read.check(), vec![]);
            prop_assert_eq!(show_files::absolute(read, folder), show_files::absolute(saved, folder));
        }
    }
}

#[test]
fn the_strip_of_a_source_that_was_removed_is_not_saved_and_comes_back_by_undo() {
    let mut desk = Desk::new(full());
    let fader = |desk: &Desk| desk.0.snapshot().mixer.strip(SourceId(20)).fader;
    desk.ask(edit(Edit::Add(camera(20)))).unwrap();
    desk.ask(CommandKind::Mix(Mix::Fader(SourceId(20), Db(-9.0)))).unwrap();
    desk.ask(CommandKind::Mix(Mix::Solo(SourceId(20), true))).unwrap();
    desk.tick();
    assert!(desk.0.snapshot().saved_show().mixer.strips.iter().any(|it| it.source == SourceId(20)));
    desk.ask(edit(Edit::Remove(SourceId(20).into()))).unwrap();
    desk.tick();
    assert_eq!(desk.0.snapshot().saved_show().check(), vec![]);
    assert!(desk.0.snapshot().solo.is_empty(), "nobody could switch it off");
    desk.ask(CommandKind::Edit(EditCommand::Undo)).unwrap();
    assert_eq!(fader(&desk), Db(-9.0));
    // Another source of the same number has nothing of the one before it.
    desk.ask(edit(Edit::Remove(SourceId(20).into()))).unwrap();
    desk.ask(edit(Edit::Add(camera(20)))).unwrap();
    assert_eq!(fader(&desk), Db::UNITY);
}

#[test]
fn a_source_that_is_removed_while_it_is_on_air_keeps_its_fader_there_and_is_not_saved() {
    let mut desk = Desk::new(full());
    desk.switch(Switch::Take(OPENING)).unwrap();
    desk.ask(CommandKind::Mix(Mix::Fader(SourceId(4), Db(-9.0)))).unwrap();
    desk.tick();
    for id in [OPENING.into(), LayoutId(8).into(), SourceId(4).into()] {
        desk.ask(edit(Edit::Remove(id))).unwrap();
    }
    desk.ask(edit(Edit::Add(camera(4)))).unwrap();
    desk.ask(edit(Edit::Remove(SourceId(4).into()))).unwrap();
    let tick = desk.tick();
    let strip = tick.mix.strips.iter().find(|strip| strip.source == SourceId(4)).unwrap();
    assert_eq!(strip.level, Db(-9.0).amplitude());
    assert_eq!(desk.0.snapshot().saved_show().check(), vec![]);
}

#[test]
fn an_output_that_was_removed_leaves_no_state_to_another_of_its_number() {
    let mut desk = Desk::new(full());
    desk.ask(edit(Edit::Add(recording(20)))).unwrap();
    desk.ask(CommandKind::Deliver(Deliver::Start(OutputId(20)))).unwrap();
    desk.ask(CommandKind::Deliver(Deliver::Stop(OutputId(20)))).unwrap();
    desk.ask(edit(Edit::Remove(OutputId(20).into()))).unwrap();
    desk.ask(edit(Edit::Add(recording(20)))).unwrap();
    desk.tick();
    assert_eq!(desk.0.snapshot().outputs.get(&OutputId(20)), None);
}

#[test]
fn a_show_that_would_not_open_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("show.json");
    disk::save(&full(), &path).unwrap();
    let mut faulty = full();
    faulty.mixer.strips.push(show::Strip::new(SourceId(99)));
    let mut unreadable = full();
    unreadable.layouts[0].panes[0].rect.x = f64::NAN;
    let mut huge = full();
    huge.assets[0].hash = Some("0".repeat(file::MAX_BYTES));
    for show in [faulty, unreadable, huge] {
        let error = disk::save(&show, &path).unwrap_err().to_string();
        assert!(error.contains("unchanged"), "{error}");
        let now = show_files::load(&path).unwrap();
        assert_eq!(now.check(), vec![]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no older save is lost");
    }
}
