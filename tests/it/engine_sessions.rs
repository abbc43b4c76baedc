//! Random sessions: what holds whatever an operator does.

use std::sync::Arc;

use engine::{
    Command, CommandKind, EditCommand, Event, EventKind, FramePlan, LogEntry, LogInput, MixPlan,
    Picture, Pinned, Report, SourceState, Switch, Tick,
};
use proptest::prelude::*;
use show::{SourceId, TransitionKind};
use tests::shows::{any_command, full};

use crate::engine_live::{Desk, on_air, on_take, prepare_all};

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

fn replay(entries: &[LogEntry], frames: usize) -> Vec<(FramePlan, MixPlan, Vec<Event>)> {
    let Desk(mut engine) = on_take();
    let mut entries = entries.iter().peekable();
    let plans = (0..frames).map(|_| {
        let next = engine.snapshot().next;
        while let Some(entry) = entries.next_if(|entry| entry.frame == next) {
            match entry.input.clone() {
                LogInput::Command(command) => engine.apply(*command).expect("it was accepted"),
                LogInput::Report(report) => engine.report(report),
            }
        }
        let tick = engine.tick();
        (tick.plan, tick.mix, tick.events)
    });
    plans.collect()
}

/// The settings of a source are of the moment, on air too.
fn without_settings(picture: Picture) -> Picture {
    let plain = |bus: Arc<Pinned>| {
        let mut bus = Pinned::clone(&bus);
        bus.sources.iter_mut().for_each(|source| source.settings = show::SourceSettings::default());
        Arc::new(bus)
    };
    match picture {
        Picture::One(bus) => Picture::One(plain(bus)),
        Picture::Mix { from, to, part, whole } => {
            Picture::Mix { from: plain(from), to: plain(to), part, whole }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_session_log_replays_to_the_same_plans_and_events(session in any_session()) {
        let ticks = play(&session);
        let entries: Vec<LogEntry> = ticks.iter().flat_map(|tick| tick.entries.clone()).collect();
        let written = serde_json::to_string(&entries).unwrap();
        let read: Vec<LogEntry> = serde_json::from_str(&written).unwrap();
        let plans: Vec<_> =
            ticks.into_iter().map(|tick| (tick.plan, tick.mix, tick.events)).collect();
        prop_assert_eq!(replay(&read, plans.len()), plans);
    }

    #[test]
    fn edits_never_change_air(session in any_session()) {
        let Desk(mut engine) = on_take();
        let mut air = without_settings(engine.tick().plan.pgm);
        for (commands, _) in &session {
            for command in commands {
                if matches!(command.kind, CommandKind::Edit(_)) {
                    let _refused_or_taken = engine.apply(command.clone());
                }
            }
            let now = without_settings(engine.tick().plan.pgm);
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
        while desk.ask(CommandKind::Edit(EditCommand::Redo)).is_ok() {}
        let end = desk.0.snapshot().show;
        while desk.ask(CommandKind::Edit(EditCommand::Undo)).is_ok() {}
        prop_assert_eq!(&*desk.0.snapshot().show, &full());
        while desk.ask(CommandKind::Edit(EditCommand::Redo)).is_ok() {}
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
