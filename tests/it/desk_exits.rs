//! Every state that the desk can show has a way out: a model of the states of an output, and of all that can be
//! open, and what ends each, by the mouse and by keys.

use std::sync::Arc;

use egui::{Key, Modifiers};
use engine::{CommandKind, Deliver, Engine, OutputRun, OutputState, ProgramId, Report};
use show::OutputId;
use ui::{Action, Language, OutputLook, RecoveryLook};

use crate::desk::{SIZES, Shown};
use crate::desk_building::{CTRL, desk, words};

const NONE: Modifiers = Modifiers::NONE;
const OUTPUT: OutputId = OutputId(51);

const RUNNING: [OutputState; 6] = [
    OutputState::Connecting,
    OutputState::Live,
    OutputState::Slow,
    OutputState::Stalled,
    OutputState::Reconnecting,
    OutputState::Failed,
];

/// A desk with one output in this state.
fn with_output(language: Language, records: bool, state: Option<OutputState>) -> Shown {
    let mut desk = desk(language, SIZES[0]);
    let mut output = OutputLook::new(OUTPUT, "Main", records);
    output.state = state;
    desk.look.borrow_mut().outputs = vec![output];
    desk.took();
    desk
}

#[test]
fn an_output_is_ended_from_every_state_by_its_card_the_show_and_the_window() {
    for language in Language::ALL {
        let say = |key| words(language, key);
        for (records, state) in [false, true].into_iter().flat_map(|r| RUNNING.map(|s| (r, s))) {
            let what = format!("{state:?}, records: {records}");
            let mut desk = with_output(language, records, Some(state));
            assert_eq!(desk.hold_by_mouse(&say("stop")), [Action::Stop(OUTPUT)], "{what}");
            let all = if records { "all-record-stop" } else { "all-live-stop" };
            assert_eq!(desk.hold_by_mouse(&say(all)), [Action::StopAll(vec![OUTPUT])], "{what}");
            let key = if records { Key::R } else { Key::G };
            let asked = desk.hold_key(CTRL.plus(Modifiers::SHIFT), key);
            assert_eq!(asked, [Action::StopAll(vec![OUTPUT])], "{what}, by keys");
            // What could help is offered, and once it helps, it is asked for.
            let helps = match state {
                OutputState::Reconnecting => Some(("retry-now", Action::Retry(OUTPUT))),
                OutputState::Failed => Some(("try-again", Action::Again(OUTPUT))),
                _ => None,
            };
            if let Some((key, action)) = helps {
                assert_eq!(desk.press(&say(key)), [action], "{what}");
            }
            // The window closes over it, and stays open by Esc.
            assert_eq!(desk.key(CTRL, Key::Q), []);
            assert_eq!(desk.key(NONE, Key::Escape), []);
            assert!(!desk.has(&say("close-title")), "{what}");
            assert_eq!(desk.key(CTRL, Key::Q), []);
            assert_eq!(desk.hold_by_mouse(&say("close-end")), [Action::Close], "{what}");
        }
        for (records, state) in [false, true]
            .into_iter()
            .flat_map(|r| [None, Some(OutputState::Stopped)].map(|s| (r, s)))
        {
            let mut desk = with_output(language, records, state);
            let start = [Action::Start(OUTPUT)];
            match records {
                true => assert_eq!(desk.press(&say("record")), start),
                false => assert_eq!(desk.hold_by_mouse(&say("go-live")), start),
            }
            assert_eq!(desk.key(CTRL, Key::Q), [Action::Close], "nothing would be lost");
        }
    }
}

#[test]
fn the_engine_ends_an_output_in_every_state_and_starts_it_again() {
    for state in RUNNING {
        let show = Arc::new(studio::cli::demo::show());
        let mut engine = Engine::new(ProgramId(0), show);
        let ask = |engine: &mut Engine, deliver| {
            engine.apply(tests::shows::command(CommandKind::Deliver(deliver))).unwrap();
            engine.tick().needs
        };
        let needs = ask(&mut engine, Deliver::Start(OUTPUT));
        let run = OutputRun { start: needs.outputs[0].starts, restart: 0 };
        engine.report(Report::Output(OUTPUT, run, state));
        assert_eq!(engine.snapshot().outputs.get(&OUTPUT), Some(&state));
        assert!(ask(&mut engine, Deliver::Stop(OUTPUT)).outputs.is_empty(), "{state:?}");
        assert_eq!(ask(&mut engine, Deliver::Start(OUTPUT)).outputs.len(), 1, "{state:?}");
    }
}

#[test]
fn whatever_is_open_is_left_by_esc() {
    let opened: [(&str, Modifiers, Key); 6] = [
        ("add-media", CTRL, Key::M),
        ("new-layout", CTRL, Key::L),
        ("settings", CTRL, Key::Comma),
        ("open-show", CTRL, Key::O),
        ("keys", NONE, Key::F1),
        ("palette", CTRL, Key::K),
    ];
    for language in Language::ALL {
        let say = |key| words(language, key);
        for (what, modifiers, key) in opened {
            let mut desk = desk(language, SIZES[0]);
            desk.took();
            desk.key(modifiers, key);
            assert_eq!(desk.key(NONE, Key::Space).len(), 0, "{what}: it is open");
            // First a line of text gives the keys back, then it is closed.
            for _ in 0..2 {
                desk.key(NONE, Key::Escape);
            }
            assert_eq!(desk.key(NONE, Key::Space), [Action::Cut], "{what}");
        }
        // A save on a disk that hangs, and what a crash left behind.
        let mut desk = desk(language, SIZES[0]);
        desk.look.borrow_mut().file.is_changed = true;
        desk.look.borrow_mut().file.path = Some("/shows/one.json".into());
        desk.key(CTRL, Key::Q);
        desk.press(&say("unsaved-save"));
        desk.key(NONE, Key::Escape);
        assert_eq!(desk.key(NONE, Key::Space), [Action::Cut], "saving");
        desk.look.borrow_mut().recovery = Some(Arc::new(RecoveryLook::default()));
        desk.took();
        desk.key(NONE, Key::Escape);
        assert_eq!(desk.key(NONE, Key::Space), [Action::Cut], "recovery");
        // Both at once: the question first, then what lies under it.
        desk.key(CTRL, Key::M);
        desk.key(CTRL, Key::Q);
        for _ in 0..3 {
            desk.key(NONE, Key::Escape);
        }
        assert_eq!(desk.key(NONE, Key::Space), [Action::Cut], "a question over a dialog");
    }
}
