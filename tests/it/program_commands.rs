//! The program thread's inbox: however fast commands come, a frame takes only so many.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use compositor::CpuCompositor;
use engine::{CommandKind, EditCommand, Engine, Mix, ProgramId, Switch};
use show::{Db, SourceId};
use studio::clock::Clock;
use studio::program::program_shared::{ChannelEnds, ProgramEvent, ProgramShared, WAITING_COMMANDS};
use studio::program::program_thread::{FrameTask, Program};
use tests::shows::{command, full};

const IN_TIME: FrameTask = FrameTask { due: Some(0), skip: false };

fn program() -> (Program, Arc<ProgramShared>, ChannelEnds) {
    let engine = Engine::new(ProgramId(0), Arc::new(full()));
    let (width, height) = full().format.raster.size();
    let compositor = CpuCompositor::new(width, height, Arc::default());
    Program::new(engine, Box::new(compositor), (0, Clock::default()))
}

fn fader(step: usize) -> CommandKind {
    CommandKind::Mix(Mix::Fader(SourceId(3), Db(-(step as f32) / 100.0)))
}

#[test]
fn commands_that_come_faster_than_they_are_taken_hold_up_no_frame() {
    let (mut program, _, ends) = program();
    let stop = Arc::new(AtomicBool::new(false));
    let (commands, of_flood) = (ends.commands.clone(), Arc::clone(&stop));
    let flood = studio::threads::spawn("flood", move || {
        let mut step = 0;
        while !of_flood.load(Ordering::Acquire) {
            step = (step + usize::from(commands.try_send(command(fader(step))).is_ok())) % 1_000;
        }
    })
    .unwrap();
    for frame in 0..50 {
        // Whatever the flood sends while the frame is made.
        while ends.commands.len() < WAITING_COMMANDS {}
        program.beat(IN_TIME);
        let entries = |event| matches!(event, ProgramEvent::Entry(_));
        let landed = ends.events.try_iter().filter(|it| entries(it.clone())).count();
        assert!((1..=WAITING_COMMANDS / 8).contains(&landed), "{landed} on frame {frame}");
    }
    stop.store(true, Ordering::Release);
    flood.join().unwrap();
}

#[test]
fn what_a_frame_has_no_time_for_lands_on_the_next_ones_in_order_and_batches_whole() {
    let (mut program, _, ends) = program();
    for step in 0..WAITING_COMMANDS {
        let rename = show::Edit::Rename(format!("{step}"));
        let rename = CommandKind::Edit(EditCommand::Do(Box::new(rename)));
        // Each of them twice, in one batch.
        ends.commands.try_send(command(CommandKind::Batch(vec![fader(step), rename]))).unwrap();
    }
    let mut entries = Vec::new();
    let mut frames = 0;
    while entries.len() < WAITING_COMMANDS {
        program.beat(IN_TIME);
        frames += 1;
        // One each at the least, on whatever machine.
        assert!(frames <= WAITING_COMMANDS, "{} landed in {frames} frames", entries.len());
        for event in ends.events.try_iter() {
            if let ProgramEvent::Entry(entry) = event {
                entries.push(entry);
            }
        }
    }
    let of_first = entries.iter().filter(|entry| entry.frame == entries[0].frame).count();
    assert!(of_first < WAITING_COMMANDS / 4, "{of_first} on the first frame");
    for (step, entry) in entries.iter().enumerate() {
        let engine::LogInput::Command(taken) = &entry.input else { panic!("{entry:?}") };
        let CommandKind::Batch(kinds) = &taken.kind else { panic!("{taken:?}") };
        assert_eq!(kinds[0], fader(step), "in order");
    }
    assert!(entries.is_sorted_by_key(|entry| entry.frame));
}

#[test]
fn a_take_is_on_its_frame_whatever_comes_behind_it() {
    let (mut program, shared, ends) = program();
    let layout = show::LayoutId(9);
    ends.commands.try_send(command(CommandKind::Switch(Switch::TakeLayout(layout)))).unwrap();
    while ends.commands.try_send(command(fader(0))).is_ok() {}
    program.beat(IN_TIME);
    assert_eq!(shared.snapshot.load().pgm.layout, Some(layout));
}
