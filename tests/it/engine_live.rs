//! The engine as data: commands and ticks in, plans and events out.

use std::sync::Arc;

use engine::{
    Command, CommandKind, EditCommand, Engine, EventKind, FrameIndex, FramePlan, Gesture, Key,
    Picture, Prep, PrepKind, PrepState, ProgramId, Report, Run, SourceState, Switch, Tally, Tick,
};
use show::{
    AssetKind, BusName, ComponentId, FileEnd, FrameRate, Item, LayoutId, SceneId, Show, SourceId,
    SourceKind, Start, TransitionKind,
};
use tests::shows::{command, full};

pub const OPENING: SceneId = SceneId(11);
pub const QUAD: LayoutId = LayoutId(8);
pub const COLOUR: LayoutId = LayoutId(9);

/// An engine, and short ways to ask it.
pub struct Desk(pub Engine);

impl Desk {
    pub fn new(show: Show) -> Self {
        Self(Engine::new(ProgramId(0), Arc::new(show)))
    }

    pub fn ask(&mut self, kind: CommandKind) -> Result<(), &'static str> {
        prepare_all(&mut self.0);
        self.0.apply(command(kind)).map_err(|rejection| rejection.code())
    }

    pub fn switch(&mut self, switch: Switch) -> Result<(), &'static str> {
        self.ask(CommandKind::Switch(switch))
    }

    pub fn edit(&mut self, edit: show::Edit) {
        self.ask(CommandKind::Edit(EditCommand::Do(Box::new(edit)))).unwrap();
    }

    pub fn tick(&mut self) -> Tick {
        self.0.tick()
    }

    /// The layout alone on PGM, or none.
    fn pgm(&mut self) -> Option<LayoutId> {
        match self.tick().plan.pgm {
            Picture::One(bus) => bus.layout.as_ref().map(|layout| layout.id),
            Picture::Mix { .. } => panic!("PGM is in a transition"),
        }
    }

    fn pvw(&self) -> Option<LayoutId> {
        self.0.snapshot().pvw.layout
    }
}

/// Every picture and text of the show is ready.
pub fn prepare_all(engine: &mut Engine) {
    let snapshot = engine.snapshot();
    let show = &snapshot.show;
    let canvas = show.format.raster.size();
    let asset = |id| show.asset(id).cloned();
    let graphics = show.components.iter().filter_map(|c| Prep::of_component(c, canvas, asset));
    let pictures = show.assets.iter().filter(|asset| asset.kind == AssetKind::Picture);
    let pictures = pictures.map(|asset| Prep::new(PrepKind::Picture { path: asset.path.clone() }));
    for prep in graphics.chain(pictures) {
        if !snapshot.prepared.contains_key(&prep.key) {
            engine.report(Report::Prep(prep.key, PrepState::Ready));
        }
    }
}

/// COLOUR on PGM, QUAD on PVW.
pub fn on_air() -> Desk {
    let mut desk = Desk::new(full());
    desk.switch(Switch::LoadLayout(COLOUR)).unwrap();
    desk.switch(Switch::Cut).unwrap();
    desk.switch(Switch::LoadScene(OPENING)).unwrap();
    desk.tick();
    desk
}

#[test]
fn a_cut_swaps_the_buses_on_the_frame_its_event_names() {
    let mut desk = on_air();
    assert_eq!(desk.pgm(), Some(COLOUR));
    desk.switch(Switch::Cut).unwrap();
    let tick = desk.tick();
    let Picture::One(bus) = &tick.plan.pgm else { panic!("a cut is no mix") };
    assert_eq!(bus.layout.as_ref().unwrap().id, QUAD);
    let taken: Vec<_> = tick.events.iter().map(|event| (event.frame, &event.kind)).collect();
    assert_eq!(taken, [(tick.plan.frame, &EventKind::Taken(bus.items.clone()))]);
    assert_eq!(desk.pvw(), Some(COLOUR));
}

#[test]
fn only_a_source_that_is_lost_is_tried_again() {
    let mut desk = on_air();
    let live = SourceId(7);
    let ask = |desk: &mut Desk, id| desk.ask(CommandKind::Reconnect(id));
    assert_eq!(ask(&mut desk, SourceId(99)), Err("not_found"));
    assert_eq!(ask(&mut desk, live), Err("not_lost"));
    desk.0.report(Report::Source(live, SourceState::Lost));
    let retries = |desk: &mut Desk| desk.tick().needs.source(live).unwrap().retries;
    assert_eq!(retries(&mut desk), 0);
    for wanted in 1..4 {
        assert_eq!(ask(&mut desk, live), Ok(()));
        assert_eq!(retries(&mut desk), wanted);
    }
    desk.0.report(Report::Source(live, SourceState::Live));
    assert_eq!(ask(&mut desk, live), Err("not_lost"));
}

#[test]
fn frame_k_of_a_mix_of_l_shows_k_of_l() {
    for frames in [1, 2, 7, 25] {
        let mut desk = on_air();
        let kind = TransitionKind::Mix;
        desk.edit(show::Edit::Transition(show::Transition { kind, frames }));
        desk.switch(Switch::Auto).unwrap();
        for k in 1..frames {
            let Picture::Mix { part, whole, .. } = desk.tick().plan.pgm else {
                panic!("frame {k} of {frames} is no mix")
            };
            assert_eq!((part, whole), (k, frames));
        }
        let tick = desk.tick();
        assert!(matches!(&tick.plan.pgm, Picture::One(bus) if bus.shows(SourceId(3))));
        assert_eq!(tick.events.last().unwrap().kind, EventKind::Landed);
        assert_eq!(desk.pvw(), Some(COLOUR));
    }
}

#[test]
fn sync_leaves_pvw_as_it_is() {
    let mut desk = on_air();
    desk.switch(Switch::Sync).unwrap();
    for _ in 0..12 {
        desk.tick();
    }
    assert_eq!((desk.pgm(), desk.pvw()), (Some(QUAD), Some(QUAD)));
}

#[test]
fn a_transition_refuses_what_would_tear_it_and_cut_completes_it() {
    let mut desk = on_air();
    desk.switch(Switch::Auto).unwrap();
    desk.tick();
    for switch in [Switch::Auto, Switch::Sync, Switch::LoadLayout(QUAD), Switch::Take(OPENING)] {
        assert_eq!(desk.switch(switch), Err("in_transition"), "{switch:?}");
    }
    desk.switch(Switch::Update).unwrap();
    desk.switch(Switch::Cut).unwrap();
    assert_eq!((desk.pgm(), desk.pvw()), (Some(QUAD), Some(COLOUR)));
}

#[test]
fn the_bar_goes_both_ways_and_lands_at_its_end() {
    let mut desk = on_air();
    desk.switch(Switch::Bar(2_500)).unwrap();
    let Picture::Mix { part, whole, .. } = desk.tick().plan.pgm else { panic!("no mix") };
    assert_eq!((part, whole), (2_500, 10_000));
    desk.switch(Switch::Bar(0)).unwrap();
    let tick = desk.tick();
    assert_eq!(tick.events.last().unwrap().kind, EventKind::Withdrawn);
    assert_eq!((desk.pgm(), desk.pvw()), (Some(COLOUR), Some(QUAD)));
    desk.switch(Switch::Bar(9_999)).unwrap();
    desk.tick();
    desk.switch(Switch::Bar(10_000)).unwrap();
    assert_eq!((desk.pgm(), desk.pvw()), (Some(QUAD), Some(COLOUR)));
    assert_eq!(desk.switch(Switch::Bar(10_001)), Err("bar_range"));
}

#[test]
fn pvw_sees_an_edit_at_once_and_pgm_on_update() {
    let mut desk = on_air();
    let mut layout = full().layout(COLOUR).unwrap().clone();
    layout.panes[0].opacity = 0.5;
    let opacity = |plan: &FramePlan| match &plan.pgm {
        Picture::One(bus) => bus.layout.as_ref().unwrap().panes[0].opacity,
        Picture::Mix { .. } => panic!("a transition"),
    };
    desk.edit(show::Edit::Replace(Item::Layout(layout)));
    assert_eq!(opacity(&desk.tick().plan), 1.0);
    desk.switch(Switch::LoadLayout(COLOUR)).unwrap();
    assert_eq!(desk.tick().plan.pvw.layout.as_ref().unwrap().panes[0].opacity, 0.5);
    desk.switch(Switch::Update).unwrap();
    assert_eq!(opacity(&desk.tick().plan), 0.5);
}

#[test]
fn what_is_deleted_stays_on_air_even_after_an_update() {
    let mut desk = on_air();
    desk.edit(show::Edit::Remove(COLOUR.into()));
    assert_eq!(desk.pgm(), Some(COLOUR));
    desk.switch(Switch::Update).unwrap();
    assert_eq!(desk.pgm(), Some(COLOUR));
    desk.switch(Switch::Cut).unwrap();
    desk.tick();
    assert_eq!(desk.switch(Switch::Cut), Err("pvw_empty"), "the deleted layout is not on PVW");
}

#[test]
fn a_live_graphic_follows_edits_on_air_and_another_does_not() {
    for live in [false, true] {
        let mut score = tests::shows::text(10, "1 : 0");
        score.live = live;
        let mut desk = Desk::new(full());
        desk.edit(show::Edit::Replace(Item::Component(score.clone())));
        desk.switch(Switch::LoadScene(OPENING)).unwrap();
        desk.switch(Switch::LoadLayout(COLOUR)).unwrap();
        desk.switch(Switch::Cut).unwrap();
        desk.tick();
        score.opacity = 0.25;
        desk.edit(show::Edit::Replace(Item::Component(score)));
        let Picture::One(bus) = desk.tick().plan.pgm else { panic!("a transition") };
        assert_eq!(bus.graphics[0].component.opacity, if live { 0.25 } else { 1.0 });
    }
}

#[test]
fn a_key_changes_its_bus_alone() {
    let mut desk = on_air();
    let component = ComponentId(10);
    let key = |bus, on| CommandKind::Key(Key { bus, component, on });
    desk.ask(key(BusName::Pgm, true)).unwrap();
    desk.ask(key(BusName::Pvw, false)).unwrap();
    let plan = desk.tick().plan;
    assert!(matches!(&plan.pgm, Picture::One(bus) if bus.graphics.len() == 1));
    assert!(plan.pvw.graphics.is_empty());
    assert_eq!(desk.ask(key(BusName::Pgm, true)), Err("keyed_already"));
    assert_eq!(desk.ask(key(BusName::Pvw, false)), Err("not_keyed"));
}

pub fn on_take() -> Desk {
    let mut show = full();
    let SourceKind::File(play) = &mut show.sources[0].kind else { panic!("a file") };
    (play.end, play.start) = (FileEnd::Once, Some(Start::OnTake));
    let mut desk = Desk::new(show);
    desk.switch(Switch::LoadLayout(COLOUR)).unwrap();
    desk.switch(Switch::Cut).unwrap();
    desk.tick();
    desk
}

#[test]
fn a_take_waits_for_its_file_to_be_cued() {
    let mut desk = on_take();
    desk.switch(Switch::Take(OPENING)).unwrap();
    for _ in 0..5 {
        assert_eq!(desk.pgm(), Some(COLOUR));
    }
    assert!(desk.0.snapshot().arming);
    desk.0.report(Report::Source(SourceId(3), SourceState::Cued));
    let tick = desk.tick();
    assert!(
        matches!(&tick.events[0].kind, EventKind::Taken(items) if items.scene == Some(OPENING))
    );
    assert_eq!(tick.events[0].frame, tick.plan.frame);
    assert_eq!(desk.pgm(), Some(QUAD));
}

#[test]
fn a_take_is_given_up_after_half_a_second() {
    let mut desk = on_take();
    desk.switch(Switch::Take(OPENING)).unwrap();
    let asked = desk.0.snapshot().next.0;
    let rejected = std::iter::repeat_with(|| desk.tick())
        .take(30)
        .find(|tick| tick.events.iter().any(|event| matches!(event.kind, EventKind::Rejected(_))));
    // 500 ms are 12.5 frames at 25: 12 whole ones.
    assert_eq!(rejected.expect("given up").plan.frame, FrameIndex(asked + 12));
    assert_eq!((desk.pgm(), desk.pvw()), (Some(COLOUR), Some(QUAD)));
}

#[test]
fn a_batch_is_all_or_nothing() {
    let mut desk = on_air();
    desk.tick();
    let before = desk.0.snapshot();
    let rename = CommandKind::Edit(EditCommand::Do(Box::new(show::Edit::Rename("Other".into()))));
    let missing = CommandKind::Switch(Switch::LoadScene(SceneId(99)));
    let cut = CommandKind::Switch(Switch::Cut);
    let batch = CommandKind::Batch(vec![rename, cut, missing]);
    assert_eq!(desk.ask(batch), Err("not_found"));
    assert_eq!(desk.0.snapshot(), before);
    assert!(desk.tick().events.is_empty());
    let deep = CommandKind::Batch(vec![CommandKind::Batch(Vec::new())]);
    assert_eq!(desk.ask(deep), Err("nested_batch"));
}

#[test]
fn a_command_for_another_program_is_refused() {
    let other = Command { program: ProgramId(7), ..command(CommandKind::Switch(Switch::Cut)) };
    assert_eq!(on_air().0.apply(other).unwrap_err().code(), "wrong_program");
}

#[test]
fn a_gesture_is_one_step_of_undo() {
    let mut desk = Desk::new(full());
    let mut rename = |name: &str, gesture| {
        let kind =
            CommandKind::Edit(EditCommand::Do(Box::new(show::Edit::Rename(name.to_owned()))));
        desk.0.apply(Command { gesture, ..command(kind) }).unwrap();
    };
    for name in ["A", "AB", "ABC"] {
        rename(name, Some(Gesture(1)));
    }
    rename("X", Some(Gesture(2)));
    rename("Y", None);
    rename("Z", None);
    let names: Vec<String> = std::iter::from_fn(|| {
        desk.ask(CommandKind::Edit(EditCommand::Undo))
            .ok()
            .map(|()| desk.0.snapshot().show.name.clone())
    })
    .collect();
    assert_eq!(names, ["Y", "X", "ABC", "Harbour Tonight"]);
    assert_eq!(*desk.0.snapshot().show, full());
}

#[test]
fn a_batch_is_one_step_of_undo() {
    let mut desk = Desk::new(full());
    let rename = |name: &str| {
        CommandKind::Edit(EditCommand::Do(Box::new(show::Edit::Rename(name.to_owned()))))
    };
    desk.ask(CommandKind::Batch(vec![rename("A"), rename("B")])).unwrap();
    assert_eq!(desk.0.snapshot().history, (1, 0));
    desk.ask(CommandKind::Edit(EditCommand::Undo)).unwrap();
    assert_eq!(*desk.0.snapshot().show, full());
}

#[test]
fn tally_says_what_is_on_which_bus() {
    let mut desk = on_air();
    let light = |desk: &Desk, id| desk.0.snapshot().tally.get(&SourceId(id)).copied();
    assert_eq!((light(&desk, 6), light(&desk, 3)), (Some(Tally::Program), Some(Tally::Preview)));
    desk.switch(Switch::Auto).unwrap();
    desk.tick();
    assert_eq!((light(&desk, 6), light(&desk, 3)), (Some(Tally::Program), Some(Tally::Program)));
    for _ in 0..12 {
        desk.tick();
    }
    assert_eq!((light(&desk, 6), light(&desk, 3)), (Some(Tally::Preview), Some(Tally::Program)));
}

#[test]
fn a_take_waits_for_its_texts_and_pictures() {
    let mut desk = Desk::new(full());
    desk.0.apply(command(CommandKind::Switch(Switch::Take(OPENING)))).unwrap();
    let needs = desk.tick().needs;
    assert!(desk.0.snapshot().arming && needs.preps.len() == 2, "{needs:?}");
    // One is ready, the other cannot be had: there is nothing more to wait for.
    desk.0.report(Report::Prep(needs.preps[0].key, PrepState::Ready));
    assert_eq!(desk.pgm(), None);
    desk.0.report(Report::Prep(needs.preps[1].key, PrepState::Failed));
    assert_eq!(desk.pgm(), Some(QUAD));
}

#[test]
fn a_live_text_changes_on_the_frame_it_is_ready() {
    let mut show = full();
    show.components[0].live = true;
    let mut desk = Desk::new(show);
    desk.switch(Switch::Take(OPENING)).unwrap();
    desk.tick();
    let text = |tick: &Tick| match &tick.plan.pgm {
        Picture::One(bus) => bus.graphics[0].component.clone(),
        Picture::Mix { .. } => panic!("a transition"),
    };
    let next = show::Component { live: true, ..tests::shows::text(10, "2 : 0") };
    let edit = EditCommand::Do(Box::new(show::Edit::Replace(Item::Component(next.clone()))));
    desk.0.apply(command(CommandKind::Edit(edit))).unwrap();
    let tick = desk.tick();
    assert_ne!(text(&tick), next);
    for prep in &tick.needs.preps {
        desk.0.report(Report::Prep(prep.key, PrepState::Ready));
    }
    assert_eq!(text(&desk.tick()), next);
}

#[test]
fn each_take_of_a_file_is_counted_and_starts_on_its_frame() {
    let mut desk = on_take();
    let run = |tick: &Tick| {
        let need = tick.needs.sources.iter().find(|need| need.source.id == SourceId(3));
        need.map(|need| need.run)
    };
    let cue = |desk: &mut Desk| desk.0.report(Report::Source(SourceId(3), SourceState::Cued));
    assert_eq!(run(&desk.tick()), None);
    desk.switch(Switch::LoadScene(OPENING)).unwrap();
    assert_eq!(run(&desk.tick()), Some(Run::Cued(0)));
    cue(&mut desk);
    desk.switch(Switch::Cut).unwrap();
    let tick = desk.tick();
    assert_eq!(run(&tick), Some(Run::Since(0, tick.plan.frame)));
    desk.switch(Switch::Cut).unwrap();
    assert_eq!(run(&desk.tick()), Some(Run::Cued(1)), "back on PVW it is cued again");
    desk.switch(Switch::Cut).unwrap();
    assert!(desk.0.snapshot().arming, "and a take waits for that");
}

/// An output that was stopped takes its time to end, and one that is started meanwhile is another.
/// Every state has a way out: whatever an output is doing, stopping it ends that, and it can be started again.
#[test]
fn the_format_is_fixed_while_a_program_runs() {
    let mut desk = on_air();
    let format = |rate| {
        let format = show::Format { rate, ..full().format };
        CommandKind::Edit(EditCommand::Do(Box::new(show::Edit::Format(format))))
    };
    assert_eq!(desk.ask(format(FrameRate::R50)), Err("format_fixed"));
    assert_eq!(desk.ask(format(FrameRate::R25)), Ok(()), "it is that already");
}

#[test]
fn samples_of_a_frame_are_whole_and_never_drift() {
    let cadence = |rate| -> Vec<u64> {
        let samples = |n| FrameIndex(n).samples(rate);
        (0..5).map(|n| samples(n + 1) - samples(n)).collect()
    };
    assert_eq!(cadence(FrameRate::R25), [1_920; 5]);
    assert_eq!(cadence(FrameRate::R29_97), [1_601, 1_602, 1_601, 1_602, 1_602]);
    // A month of 29.97: 1,001 seconds are 30,000 frames and 48,048,000 samples, exactly.
    let month = FrameIndex(30_000 * 2_592);
    assert_eq!(month.samples(FrameRate::R29_97), 48_048_000 * 2_592);
    assert_eq!(month.nanos(FrameRate::R29_97), 1_001 * 2_592 * 1_000_000_000);
}
