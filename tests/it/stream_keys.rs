//! Destinations at the desk: their stored keys, and a stream that would begin with an empty PGM.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use show::{Output, OutputId, OutputKind, SecretName, Show};
use ui::{Action, KeyPlace, Language, StreamKey};

use crate::desk::{SIZES, Shown, look, snapshot};
use crate::desk_building::{CTRL, words};

const CAM: OutputId = OutputId(61);

/// A desk with a destination whose key is called `cam`; PGM is empty, and so is PVW if it is to be.
fn desk(language: Language, (has_pgm, has_pvw): (bool, bool)) -> Shown {
    let mut shown = snapshot();
    let mut show = Show::clone(&shown.show);
    let (url, key) = ("rtmp://host/app".to_owned(), SecretName("cam".to_owned()));
    let (profile, bus, sei) = Default::default();
    let kind = OutputKind::Rtmp { url, key };
    show.outputs = vec![Output { id: CAM, name: "Main".to_owned(), kind, profile, bus, sei }];
    shown.show = Arc::new(show);
    if !has_pgm {
        shown.pgm = Default::default();
    }
    if !has_pvw {
        shown.pvw = Default::default();
    }
    Shown::new(language, SIZES[0], look(shown))
}

fn to_settings(desk: &mut Shown, say: &dyn Fn(&str) -> String) {
    desk.key(CTRL, Key::Comma);
    desk.harness.get_by_role_and_label(Role::Tab, &say("destinations")).click();
    desk.took();
}

#[test]
fn a_stored_key_is_said_to_be_stored_and_is_replaced_or_forgotten() {
    for language in Language::ALL {
        let say = |key: &str| words(language, key);
        let name = SecretName("cam".to_owned());
        let mut desk = desk(language, (true, true));
        to_settings(&mut desk, &say);
        assert!(!desk.has(&say("key-replace")), "there is none yet");
        for (place, said) in [
            (KeyPlace::Keyring, "key-in-keyring"),
            (KeyPlace::File("/keys".into()), "key-in-file"),
            (KeyPlace::Memory, "key-in-memory"),
        ] {
            desk.look.borrow_mut().keys.insert(name.clone(), place);
            desk.took();
            assert!(desk.has(&format!("••••••••  {}", say(said))), "{said}");
        }
        // Forgotten only once that was asked.
        assert_eq!(desk.press(&say("key-forget")), []);
        assert!(desk.has(&say("key-forget-ask")));
        assert_eq!(desk.press(&say("key-keep")), []);
        assert!(!desk.has(&say("key-forget-ask")));
        desk.press(&say("key-forget"));
        assert_eq!(desk.press(&say("key-forget-now")), [Action::ForgetKey(name.clone())]);
        // Another one is typed in its place.
        desk.press(&say("key-replace"));
        desk.write(&say("stream-key"), " another ");
        desk.harness.get_by_role_and_label(Role::Button, &say("apply")).scroll_to_me();
        desk.took();
        let asked = desk.press(&say("apply"));
        assert_eq!(asked, [Action::KeepKey(name.clone(), StreamKey("another".to_owned()))]);
        assert!(desk.has(&say("key-replace")), "it is stored again");
    }
}

#[test]
fn a_stream_that_would_begin_with_an_empty_pgm_is_asked_about_once() {
    for language in Language::ALL {
        let say = |key: &str| words(language, key);
        let start = [Action::Start(CAM)];
        assert_eq!(desk(language, (true, true)).hold_by_mouse(&say("go-live")), start);
        for has_pvw in [true, false] {
            let mut desk = desk(language, (false, has_pvw));
            assert_eq!(desk.hold_by_mouse(&say("go-live")), []);
            assert!(desk.has(&say("empty-pgm-title")));
            assert_eq!(desk.key(Modifiers::NONE, Key::Escape), []);
            assert!(!desk.has(&say("empty-pgm-title")), "Esc starts nothing");
            // All at once, by its key, is asked about as well.
            assert_eq!(desk.hold_key(CTRL, Key::G), []);
            assert_eq!(desk.has(&say("empty-pgm-cut")), has_pvw);
            let asked = desk.press(&say("empty-pgm-go"));
            assert_eq!(asked, [Action::StartAll(vec![CAM])]);
            if has_pvw {
                desk.hold_by_mouse(&say("go-live"));
                let both = Action::All(vec![Action::Cut, Action::Start(CAM)]);
                assert_eq!(desk.press(&say("empty-pgm-cut")), [both]);
            }
        }
    }
}

#[test]
fn what_the_pointer_is_on_has_its_own_hint() {
    for language in Language::ALL {
        let mut desk = desk(language, (true, true));
        desk.took();
        let (tip, name) = (words(language, "short-term-tip"), words(language, "short-term"));
        let at = desk.harness.get_by_label(&format!("{name} -23.4")).rect().center();
        desk.harness.hover_at(at);
        desk.waited();
        assert!(desk.has(&tip), "{tip}");
        // The grip under it has that name, and no hint says it.
        let moved =
            ui::Translations::new(language).with("move-panel", "panel", words(language, "mixer"));
        assert!(desk.harness.query_all_by_label(&moved).count() <= 1, "{moved}");
    }
}
