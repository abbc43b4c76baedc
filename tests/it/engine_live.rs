//! The engine as data: commands and ticks in, plans and events out.

use std::sync::Arc;

use engine::{
    Command, CommandKind, Deliver, Edit, Engine, Entry, EventKind, FrameIndex, FramePlan, Gesture,
    Input, Key, Mix, MixPlan, Picture, Prep, PrepState, PrepWhat, ProgramId, Report, Run,
    SourceState, Switch, Tally, Tick,
};
use proptest::prelude::*;
use show::{
    AssetKind, BusName, ComponentId, FileEnd, FrameRate, Item, LayoutId, SceneId, Show, SourceId,
    SourceKind, Start, TransitionKind,
};
use tests::shows::{any_command, command, full};

const OPENING: SceneId = SceneId(11);
const QUAD: LayoutId = LayoutId(8);
const COLOUR: LayoutId = LayoutId(9);

struct Desk(Engine);

impl Desk {
    fn new(show: Show) -> Self {
        Self(Engine::new(ProgramId(0), Arc::new(show)))
    }

    fn ask(&mut self, kind: CommandKind) -> Result<(), &'static str> {
        prepare_all(&mut self.0);
        self.0.apply(command(kind)).map_err(|rejection| rejection.code())
    }

    fn switch(&mut self, switch: Switch) -> Result<(), &'static str> {
        self.ask(CommandKind::Switch(switch))
    }

    fn edit(&mut self, edit: show::Edit) {
        self.ask(CommandKind::Edit(Edit::Do(Box::new(edit)))).unwrap();
    }

    fn tick(&mut self) -> Tick {
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
fn prepare_all(engine: &mut Engine) {
    let snapshot = engine.snapshot();
    let show = &snapshot.show;
    let canvas = show.format.raster.size();
    let asset = |id| show.asset(id).cloned();
    let graphics = show.components.iter().filter_map(|c| Prep::of_component(c, canvas, asset));
    let pictures = show.assets.iter().filter(|asset| asset.kind == AssetKind::Picture);
    let pictures = pictures.map(|asset| Prep::new(PrepWhat::Picture { path: asset.path.clone() }));
    for prep in graphics.chain(pictures) {
        if !snapshot.prepared.contains_key(&prep.key) {
            engine.report(Report::Prep(prep.key, PrepState::Ready));
        }
    }
}

/// COLOUR on PGM, QUAD on PVW.
fn on_air() -> Desk {
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

fn on_take() -> Desk {
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
    let rename = CommandKind::Edit(Edit::Do(Box::new(show::Edit::Rename("Other".into()))));
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
        let kind = CommandKind::Edit(Edit::Do(Box::new(show::Edit::Rename(name.to_owned()))));
        desk.0.apply(Command { gesture, ..command(kind) }).unwrap();
    };
    for name in ["A", "AB", "ABC"] {
        rename(name, Some(Gesture(1)));
    }
    rename("X", Some(Gesture(2)));
    rename("Y", None);
    rename("Z", None);
    let names: Vec<String> = std::iter::from_fn(|| {
        desk.ask(CommandKind::Edit(Edit::Undo)).ok().map(|()| desk.0.snapshot().show.name.clone())
    })
    .collect();
    assert_eq!(names, ["Y", "X", "ABC", "Harbour Tonight"]);
    assert_eq!(*desk.0.snapshot().show, full());
}

#[test]
fn a_batch_is_one_step_of_undo() {
    let mut desk = Desk::new(full());
    let rename =
        |name: &str| CommandKind::Edit(Edit::Do(Box::new(show::Edit::Rename(name.to_owned()))));
    desk.ask(CommandKind::Batch(vec![rename("A"), rename("B")])).unwrap();
    assert_eq!(desk.0.snapshot().history, (1, 0));
    desk.ask(CommandKind::Edit(Edit::Undo)).unwrap();
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

/// What of a source goes to the programme, now.
fn share(tick: &Tick, id: u32) -> f32 {
    tick.mix.strips.iter().find(|strip| strip.source == SourceId(id)).unwrap().share
}

#[test]
fn sound_follows_the_picture_over_the_length_of_the_mix() {
    let mut show = full();
    show.transition.frames = 4;
    // Source 4 is on both sides of the take, 7 only comes, and 3 is not in the sound of its layout.
    show.layouts[1].panes[0].feed = show::Feed::Source(SourceId(4));
    let silent = show::AudioPart { in_mix: false, ..show::AudioPart::unity(SourceId(3)) };
    show.layouts[0].audio.push(silent);
    let mut desk = Desk::new(show);
    desk.switch(Switch::LoadLayout(COLOUR)).unwrap();
    desk.switch(Switch::Cut).unwrap();
    desk.switch(Switch::LoadLayout(QUAD)).unwrap();
    desk.switch(Switch::Auto).unwrap();
    let shares: Vec<_> = (0..5)
        .map(|_| desk.tick())
        .map(|tick| [share(&tick, 4), share(&tick, 7), share(&tick, 3)])
        .collect();
    let come = [0.25, 0.5, 0.75, 1.0, 1.0];
    assert_eq!(shares, come.map(|share| [1.0, share, 0.0]));
}

#[test]
fn without_follow_a_take_leaves_the_sound_as_it_is() {
    let mut desk = on_air();
    desk.switch(Switch::Cut).unwrap();
    assert_eq!(share(&desk.tick(), 7), 1.0);
    desk.ask(CommandKind::Mix(Mix::Follow(false))).unwrap();
    desk.switch(Switch::Cut).unwrap();
    assert_eq!(share(&desk.tick(), 7), 1.0, "its picture has left, its sound has not");
    desk.ask(CommandKind::Mix(Mix::Follow(true))).unwrap();
    assert_eq!(share(&desk.tick(), 7), 1.0, "only the next take follows");
    desk.switch(Switch::LoadLayout(COLOUR)).unwrap();
    desk.switch(Switch::Cut).unwrap();
    assert_eq!(share(&desk.tick(), 7), 0.0);
}

#[test]
fn a_strip_is_off_on_or_muted_whatever_is_on_air() {
    let mut desk = on_air();
    let mut set = |mix| {
        desk.ask(CommandKind::Mix(mix)).unwrap();
        share(&desk.tick(), 7)
    };
    assert_eq!(set(Mix::Mode(SourceId(7), show::StripMode::On)), 1.0);
    assert_eq!(set(Mix::Mute(SourceId(7), true)), 0.0);
    assert_eq!(set(Mix::Mute(SourceId(7), false)), 1.0);
    assert_eq!(set(Mix::Solo(SourceId(4), true)), 1.0, "solo is for the monitor alone");
    assert_eq!(set(Mix::Mode(SourceId(7), show::StripMode::Off)), 0.0);
}

#[test]
fn levels_multiply_and_no_control_leaves_its_range() {
    let mut desk = on_air();
    let mix = |desk: &mut Desk, mix| desk.ask(CommandKind::Mix(mix));
    mix(&mut desk, Mix::Fader(SourceId(7), show::Db(-6.0))).unwrap();
    mix(&mut desk, Mix::Trim(SourceId(7), show::Db(-14.0))).unwrap();
    let strips = desk.tick().mix.strips;
    let strip = strips.iter().find(|strip| strip.source == SourceId(7)).unwrap();
    assert!((strip.level - 0.1).abs() < 1e-6, "-20 dB is a tenth, not {}", strip.level);
    for bad in [f32::NAN, f32::INFINITY, 12.1, -100.5] {
        let fader = Mix::Fader(SourceId(7), show::Db(bad));
        assert_eq!(mix(&mut desk, fader), Err("out_of_range"), "{bad}");
    }
    assert_eq!(mix(&mut desk, Mix::Delay(SourceId(7), 5_001)), Err("out_of_range"));
    assert_eq!(mix(&mut desk, Mix::Mute(SourceId(99), true)), Err("not_found"));
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
    let edit = Edit::Do(Box::new(show::Edit::Replace(Item::Component(next.clone()))));
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

#[test]
fn an_output_that_runs_is_pinned_and_cannot_be_removed() {
    let mut desk = Desk::new(full());
    let recording = full().outputs[0].id;
    let deliver = |desk: &mut Desk, deliver| desk.ask(CommandKind::Deliver(deliver));
    deliver(&mut desk, Deliver::Start(recording)).unwrap();
    assert_eq!(deliver(&mut desk, Deliver::Start(recording)), Err("runs_already"));
    let mut output = full().outputs[0].clone();
    output.profile.video_kbps = 9_000;
    desk.edit(show::Edit::Replace(Item::Output(output)));
    assert_eq!(desk.tick().needs.outputs[0].profile.video_kbps, 2_500);
    deliver(&mut desk, Deliver::Apply(recording)).unwrap();
    assert_eq!(desk.tick().needs.outputs[0].profile.video_kbps, 9_000);
    let remove = Edit::Do(Box::new(show::Edit::Remove(recording.into())));
    assert_eq!(desk.ask(CommandKind::Edit(remove)), Err("on_air"));
    desk.ask(CommandKind::Edit(Edit::Undo)).unwrap();
    assert_eq!(desk.tick().needs.outputs.len(), 1, "undo stops nothing");
    deliver(&mut desk, Deliver::Stop(recording)).unwrap();
    assert_eq!(desk.tick().needs.outputs.len(), 0);
    assert_eq!(deliver(&mut desk, Deliver::Stop(recording)), Err("not_running"));
}

#[test]
fn the_format_is_fixed_while_a_program_runs() {
    let mut desk = on_air();
    let format = |rate| {
        let format = show::Format { rate, ..full().format };
        CommandKind::Edit(Edit::Do(Box::new(show::Edit::Format(format))))
    };
    assert_eq!(desk.ask(format(FrameRate::R50)), Err("format_fixed"));
    assert_eq!(desk.ask(format(FrameRate::R25)), Ok(()), "it is that already");
}

#[test]
fn undo_never_moves_a_fader() {
    let mut desk = on_air();
    desk.edit(show::Edit::Rename("Other".into()));
    desk.ask(CommandKind::Mix(Mix::Fader(SourceId(3), show::Db(-3.0)))).unwrap();
    desk.ask(CommandKind::Edit(Edit::Undo)).unwrap();
    assert_eq!(desk.0.snapshot().mixer.strip(SourceId(3)).fader, show::Db(-3.0));
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

/// A random session: commands, and reports of the one source that can start on its take.
fn any_session() -> impl Strategy<Value = Vec<(Vec<Command>, Option<bool>)>> {
    let frame = (prop::collection::vec(any_command(), 0..3), prop::option::of(any::<bool>()));
    prop::collection::vec(frame, 1..60)
}

fn play(session: &[(Vec<Command>, Option<bool>)]) -> Vec<Tick> {
    let Desk(mut engine) = on_take();
    let frames = session.iter().map(|(commands, cued)| {
        if let Some(cued) = cued {
            let state = if *cued { SourceState::Cued } else { SourceState::Live };
            engine.report(Report::Source(SourceId(3), state));
        }
        prepare_all(&mut engine);
        for command in commands {
            let _refused_or_taken = engine.apply(command.clone());
        }
        engine.tick()
    });
    frames.collect()
}

fn replay(entries: &[Entry], frames: usize) -> Vec<(FramePlan, MixPlan)> {
    let Desk(mut engine) = on_take();
    let mut entries = entries.iter().peekable();
    let plans = (0..frames).map(|_| {
        let next = engine.snapshot().next;
        while let Some(entry) = entries.next_if(|entry| entry.frame == next) {
            match entry.input.clone() {
                Input::Command(command) => engine.apply(*command).expect("it was accepted"),
                Input::Report(report) => engine.report(report),
            }
        }
        let tick = engine.tick();
        (tick.plan, tick.mix)
    });
    plans.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_session_log_replays_to_the_same_plans(session in any_session()) {
        let ticks = play(&session);
        let entries: Vec<Entry> = ticks.iter().flat_map(|tick| tick.entries.clone()).collect();
        let written = serde_json::to_string(&entries).unwrap();
        let read: Vec<Entry> = serde_json::from_str(&written).unwrap();
        let plans: Vec<_> = ticks.into_iter().map(|tick| (tick.plan, tick.mix)).collect();
        prop_assert_eq!(replay(&read, plans.len()), plans);
    }

    #[test]
    fn edits_never_change_air(session in any_session()) {
        let Desk(mut engine) = on_take();
        let mut air = engine.tick().plan.pgm;
        for (commands, _) in &session {
            for command in commands {
                if matches!(command.kind, CommandKind::Edit(_)) {
                    let _refused_or_taken = engine.apply(command.clone());
                }
            }
            let now = engine.tick().plan.pgm;
            prop_assert_eq!(&now, &air);
            air = now;
        }
    }

    #[test]
    fn undo_returns_the_exact_start(session in any_session()) {
        let mut desk = Desk::new(full());
        for (commands, _) in &session {
            for command in commands {
                let _refused_or_taken = desk.0.apply(command.clone());
            }
            prop_assert_eq!(desk.0.snapshot().show.check(), vec![]);
        }
        // Redone first, so that what was undone on the way is part of it too.
        while desk.ask(CommandKind::Edit(Edit::Redo)).is_ok() {}
        let end = desk.0.snapshot().show;
        while desk.ask(CommandKind::Edit(Edit::Undo)).is_ok() {}
        prop_assert_eq!(&*desk.0.snapshot().show, &full());
        while desk.ask(CommandKind::Edit(Edit::Redo)).is_ok() {}
        prop_assert_eq!(desk.0.snapshot().show, end);
    }

    /// PGM differs from frame to frame only where an event or a running transition says so.
    #[test]
    fn every_change_on_pgm_is_named_by_its_event(
        takes in prop::collection::vec((any::<bool>(), 1_u32..9, 0_usize..12), 1..100),
    ) {
        let mut desk = on_air();
        let mut air = desk.tick().plan.pgm;
        for (cut, frames, wait) in takes {
            let kind = TransitionKind::Mix;
            desk.edit(show::Edit::Transition(show::Transition { kind, frames }));
            let _in_transition = desk.switch(if cut { Switch::Cut } else { Switch::Auto });
            for _ in 0..=wait {
                let tick = desk.tick();
                let named = tick.events.iter().any(|event| {
                    matches!(event.kind, EventKind::Taken(_) | EventKind::Landed)
                        && event.frame == tick.plan.frame
                });
                let mixing = matches!(tick.plan.pgm, Picture::Mix { .. });
                prop_assert_eq!(tick.plan.pgm != air, named || mixing);
                air = tick.plan.pgm;
            }
        }
    }
}
