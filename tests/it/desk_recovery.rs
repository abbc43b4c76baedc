//! The card that offers what a crash left behind.

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use engine::OutputState;
use ui::{Action, Language, RecoveryChoice, RecoveryLook};

use crate::desk::{SIZES, Shown};
use crate::desk_building::{desk, words};

/// A show that was on air.
fn left() -> Arc<RecoveryLook> {
    Arc::new(RecoveryLook {
        show: "Evening".to_owned(),
        path: Some(PathBuf::from("/shows/evening.json")),
        time: "2026-11-27 20:14".to_owned(),
        is_changed: true,
        pgm: Some("Opening".to_owned()),
        outputs: vec!["Main".to_owned(), "Recording".to_owned()],
        recordings: vec![(PathBuf::from("/video/evening.mkv"), 12_345_678)],
        is_file_changed: false,
        unreadable: Vec::new(),
    })
}

fn offered(language: Language) -> Shown {
    let desk = desk(language, SIZES[0]);
    desk.look.borrow_mut().recovery = Some(left());
    desk
}

#[test]
fn it_is_offered_once_and_kept_until_it_is_decided_on() {
    for language in Language::ALL {
        let say = |key| words(language, key);
        let mut desk = offered(language);
        let is_open =
            |desk: &Shown| desk.harness.query_by_label(&say("recovery-restore")).is_some();
        assert_eq!(desk.took(), []);
        assert!(is_open(&desk));
        // The switcher's keys are not for a question.
        assert_eq!(desk.key(Modifiers::NONE, Key::Space), []);
        // It is put off by Esc and by its button, and does not come up again by itself.
        assert_eq!(desk.key(Modifiers::NONE, Key::Escape), []);
        assert!(!is_open(&desk));
        assert_eq!(desk.key(Modifiers::NONE, Key::Space), [Action::Cut]);
        assert_eq!(desk.press(&say("menu-show")), []);
        assert_eq!(desk.press(&say("recover")), []);
        assert!(is_open(&desk));
        assert_eq!(desk.press(&say("recovery-later")), []);
        assert!(!is_open(&desk));
    }
}

#[test]
fn it_is_restored_by_a_click_and_put_on_air_or_discarded_by_holding() {
    for language in Language::ALL {
        let say = |key| words(language, key);
        let wants = |choice| [Action::Recover(choice)];
        let mut desk = offered(language);
        desk.took();
        assert_eq!(desk.press(&say("recovery-restore")), wants(RecoveryChoice::Restore));
        for (key, choice) in [
            ("recovery-go-on-air", RecoveryChoice::GoOnAir),
            ("recovery-discard", RecoveryChoice::Discard),
        ] {
            let mut desk = offered(language);
            desk.took();
            assert_eq!(desk.press(&say(key)), [], "a click is not enough");
            assert_eq!(desk.hold_by_mouse(&say(key)), wants(choice), "{key}");
            let mut desk = offered(language);
            desk.took();
            assert_eq!(desk.hold(&say(key)), wants(choice), "{key}, by the keyboard");
        }
    }
}

#[test]
fn a_changed_file_and_what_cannot_be_read_are_said() {
    for language in Language::ALL {
        let say = |key| words(language, key);
        let unreadable = vec![PathBuf::from("/recovery/old.recovery")];
        let mut desk = offered(language);
        let both = RecoveryLook {
            is_file_changed: true,
            unreadable: unreadable.clone(),
            ..(*left()).clone()
        };
        desk.look.borrow_mut().recovery = Some(Arc::new(both));
        desk.took();
        assert!(desk.has("/recovery/old.recovery") && desk.has(&say("recovery-restore")));
        // Alone it can only be discarded, by holding, or left.
        let mut desk = offered(language);
        let alone = RecoveryLook { unreadable, ..RecoveryLook::default() };
        desk.look.borrow_mut().recovery = Some(Arc::new(alone));
        desk.took();
        assert!(desk.has("/recovery/old.recovery") && !desk.has(&say("recovery-restore")));
        assert!(desk.has(&say("recovery-later")));
        let discards = [Action::Recover(RecoveryChoice::Discard)];
        assert_eq!(desk.hold_by_mouse(&say("recovery-discard")), discards);
    }
}

#[test]
fn what_is_open_and_not_saved_is_asked_about_first() {
    let language = Language::English;
    let say = |key| words(language, key);
    let mut desk = offered(language);
    desk.look.borrow_mut().file.is_changed = true;
    desk.took();
    assert_eq!(desk.press(&say("recovery-restore")), []);
    let restore = [Action::Recover(RecoveryChoice::Restore)];
    assert_eq!(desk.press(&say("unsaved-discard")), restore);
    // And so is what runs.
    desk.look.borrow_mut().file.is_changed = false;
    desk.look.borrow_mut().outputs[0].state = Some(OutputState::Live);
    desk.press(&say("menu-show"));
    desk.press(&say("recover"));
    assert_eq!(desk.press(&say("recovery-restore")), []);
    assert_eq!(desk.hold_by_mouse(&say("close-end")), restore);
}
