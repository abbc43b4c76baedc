//! Outputs of an engine: which run, in which state, and that every state has a way out.

use engine::{CommandKind, Deliver, EditCommand, OutputRun, OutputState, Report};
use show::Item;
use tests::shows::full;

use crate::engine_live::Desk;

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
    assert_eq!(desk.tick().needs.outputs[0].output.profile.video_kbps, 2_500);
    deliver(&mut desk, Deliver::Apply(recording)).unwrap();
    assert_eq!(desk.tick().needs.outputs[0].output.profile.video_kbps, 9_000);
    let remove = EditCommand::Do(Box::new(show::Edit::Remove(recording.into())));
    assert_eq!(desk.ask(CommandKind::Edit(remove)), Err("on_air"));
    desk.ask(CommandKind::Edit(EditCommand::Undo)).unwrap();
    assert_eq!(desk.tick().needs.outputs.len(), 1, "undo stops nothing");
    deliver(&mut desk, Deliver::Stop(recording)).unwrap();
    assert_eq!(desk.tick().needs.outputs.len(), 0);
    assert_eq!(deliver(&mut desk, Deliver::Stop(recording)), Err("not_running"));
}

#[test]
fn another_start_is_another_run_and_a_retry_is_none() {
    let mut desk = Desk::new(full());
    let id = full().outputs[0].id;
    let deliver = |desk: &mut Desk, deliver| desk.ask(CommandKind::Deliver(deliver));
    assert_eq!(deliver(&mut desk, Deliver::Retry(id)), Err("not_running"));
    deliver(&mut desk, Deliver::Start(id)).unwrap();
    let first = desk.tick().needs.outputs[0].clone();
    deliver(&mut desk, Deliver::Retry(id)).unwrap();
    let asked = desk.tick().needs.outputs[0].clone();
    assert_eq!((asked.starts, asked.retries), (first.starts, first.retries + 1));
    // What failed is started anew by one command, and nobody sees it stopped.
    let batch = [Deliver::Stop(id), Deliver::Start(id)].map(CommandKind::Deliver);
    desk.ask(CommandKind::Batch(batch.to_vec())).unwrap();
    let again = desk.tick().needs.outputs[0].clone();
    assert_ne!(again.starts, first.starts);
    assert_eq!((again.output, again.retries), (first.output, 0));
}

#[test]
fn what_an_earlier_run_of_an_output_says_late_means_nothing() {
    let id = full().outputs[0].id;
    let other = show::Output { name: "Other".into(), ..full().outputs[0].clone() };
    let edit = EditCommand::Do(Box::new(show::Edit::Replace(Item::Output(other))));
    let again = [
        vec![CommandKind::Deliver(Deliver::Stop(id)), CommandKind::Deliver(Deliver::Start(id))],
        // Another setting is another run, too.
        vec![CommandKind::Edit(edit), CommandKind::Deliver(Deliver::Apply(id))],
    ];
    for again in again {
        let mut desk = Desk::new(full());
        let state = |desk: &Desk| desk.0.snapshot().outputs.get(&id).copied();
        desk.ask(CommandKind::Deliver(Deliver::Start(id))).unwrap();
        let run = |start, restart| OutputRun { start, restart };
        let start = desk.tick().needs.outputs[0].starts;
        let first = run(start, 0);
        desk.0.report(Report::Output(id, first, OutputState::Live));
        assert_eq!(state(&desk), Some(OutputState::Live));
        desk.ask(CommandKind::Batch(again)).unwrap();
        assert_eq!(state(&desk), Some(OutputState::Connecting));
        let start = desk.tick().needs.outputs[0].starts;
        let second = run(start, 1);
        desk.0.report(Report::Output(id, run(start, 0), OutputState::Connecting));
        desk.0.report(Report::Output(id, second, OutputState::Live));
        // Of another command, or of the same one before its encoder had to be started again.
        desk.0.report(Report::Output(id, first, OutputState::Stopped));
        desk.0.report(Report::Output(id, run(start, 0), OutputState::Stopped));
        assert_eq!(state(&desk), Some(OutputState::Live));
    }
}

#[test]
fn an_output_can_be_stopped_in_every_state_and_started_again() {
    use engine::OutputState::{Connecting, Failed, Live, Reconnecting, Slow, Stalled, Stopped};
    let id = full().outputs[0].id;
    let mut desk = Desk::new(full());
    for doing in [Connecting, Live, Slow, Stalled, Reconnecting, Failed, Stopped] {
        let state = |desk: &Desk| desk.0.snapshot().outputs.get(&id).copied();
        desk.ask(CommandKind::Deliver(Deliver::Start(id))).unwrap();
        let run = OutputRun { start: desk.tick().needs.outputs[0].starts, restart: 0 };
        desk.0.report(Report::Output(id, run, doing));
        assert_eq!(state(&desk), Some(doing));
        desk.ask(CommandKind::Deliver(Deliver::Stop(id))).unwrap();
        assert_eq!(state(&desk), Some(Stopped), "{doing:?}");
        assert!(desk.tick().needs.outputs.is_empty());
        // What its thread says before it has ended means nothing any more.
        for late in [Connecting, Live, Reconnecting, Failed] {
            desk.0.report(Report::Output(id, run, late));
            assert_eq!(state(&desk), Some(Stopped), "{doing:?}, {late:?}");
        }
        assert_eq!(desk.ask(CommandKind::Deliver(Deliver::Stop(id))), Err("not_running"));
    }
}
