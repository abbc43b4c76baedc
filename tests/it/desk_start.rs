//! The card that offers how to begin.

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Key, Modifiers, Rect, pos2};
use egui_kittest::kittest::Queryable;
use ui::{Action, Beginning, Language, RecoveryLook, ShowFile, ShowTemplate};

use crate::desk::{SIZES, Shown, look, snapshot};
use crate::desk_building::words;

/// A desk over the demo, as at a first start.
fn started(language: Language, size: (f32, f32)) -> Shown {
    let beginning = Beginning { start: true, hint: true, ..Beginning::new(language) };
    let mut shown = look(snapshot());
    shown.file.recent = vec![PathBuf::from("/shows/Evening.json"), "/shows/Noon.json".into()];
    Shown::begun(beginning, size, shown)
}

fn is_open(desk: &Shown, language: Language) -> bool {
    desk.harness.query_by_label(&words(language, "start-go-on")).is_some()
}

#[test]
fn it_offers_what_a_show_can_begin_with_and_each_is_one_click() {
    for size in SIZES {
        for language in Language::ALL {
            let say = |key| words(language, key);
            let file = |file| [Action::File(file)];
            for (label, asked) in [
                (say("start-empty"), file(ShowFile::New)),
                (say("start-two-cameras"), file(ShowFile::NewFrom(ShowTemplate::TwoCameras))),
                (say("start-interview"), file(ShowFile::NewFrom(ShowTemplate::Interview))),
                ("Noon".to_owned(), file(ShowFile::Open("/shows/Noon.json".into()))),
            ] {
                let mut desk = started(language, size);
                desk.took();
                // The demo is seen beside it.
                let pgm = desk.harness.get_by_label(&say("pgm-full")).rect();
                let place = desk.harness.get_by_label(&label).rect();
                assert!(place.top() >= pgm.bottom(), "{label}: {place}, {pgm}");
                let window = Rect::from_min_max(pos2(0.0, 0.0), pos2(size.0, size.1));
                assert!(window.contains_rect(place), "{label}: {place}");
                assert_eq!(desk.press(&label), asked);
                assert!(!is_open(&desk, language), "{label}");
            }
        }
    }
}

#[test]
fn it_is_left_by_esc_and_comes_back_from_the_menu() {
    for language in Language::ALL {
        let say = |key| words(language, key);
        let mut desk = started(language, SIZES[0]);
        assert_eq!(desk.took(), []);
        assert!(is_open(&desk, language));
        // The switcher's keys are not for a question.
        assert_eq!(desk.key(Modifiers::NONE, Key::Space), []);
        assert_eq!(desk.key(Modifiers::NONE, Key::Escape), []);
        assert!(!is_open(&desk, language));
        assert_eq!(desk.key(Modifiers::NONE, Key::Space), [Action::Cut]);
        desk.press(&say("menu-show"));
        assert_eq!(desk.press(&say("start-panel")), []);
        assert!(is_open(&desk, language));
        assert_eq!(desk.press(&say("start-go-on")), []);
        assert!(!is_open(&desk, language));
        // It opens what every show can be looked for with, and makes room for it.
        desk.press(&say("menu-show"));
        desk.press(&say("start-panel"));
        assert_eq!(desk.press(&say("open-show")), []);
        assert!(!is_open(&desk, language) && desk.has(&say("path")));
    }
    let mut desk = Shown::new(Language::English, SIZES[0], look(snapshot()));
    desk.took();
    assert!(!is_open(&desk, Language::English), "a show of one's own needs none");
}

#[test]
fn what_a_crash_left_behind_comes_first() {
    let language = Language::English;
    let say = |key| words(language, key);
    for (answer, goes_on) in [("recovery-later", true), ("recovery-restore", false)] {
        let mut desk = started(language, SIZES[0]);
        desk.took();
        assert!(is_open(&desk, language));
        let left = RecoveryLook { show: "Evening".to_owned(), ..RecoveryLook::default() };
        desk.look.borrow_mut().recovery = Some(Arc::new(left));
        desk.took();
        assert!(desk.has(&say("recovery-title")) || desk.has(&say("recovery-restore")));
        assert!(!is_open(&desk, language), "one card at a time");
        desk.press(&say(answer));
        assert_eq!(is_open(&desk, language), goes_on, "{answer}");
    }
}

/// What a template makes opens without a fault, and has its cameras alone and together.
#[test]
fn a_show_from_a_template_has_no_fault() {
    let folder = std::path::Path::new("/recordings");
    for language in Language::ALL {
        let words = ui::Translations::new(language);
        for (template, sources) in
            [(None, 0), (Some(ShowTemplate::TwoCameras), 2), (Some(ShowTemplate::Interview), 2)]
        {
            let show = studio::window::new_shows::new_show(template, &words, folder);
            assert_eq!(show.check(), [], "{template:?}");
            assert_eq!(show.sources.len(), sources);
            let scenes = show.scenes.iter().map(|scene| show.layout(scene.layout).unwrap());
            let panes: Vec<_> = scenes.map(|layout| layout.panes.len()).collect();
            assert_eq!(panes, if sources == 0 { vec![] } else { vec![2, 1, 1] });
            assert_eq!(show.outputs.len(), 1, "it can record");
        }
    }
}
