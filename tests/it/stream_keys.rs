//! Destinations at the desk: their stored keys, and a stream that would begin with an empty PGM.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use show::stream_key::take_login;
use show::{
    Edit, Item, KeyChange, Login, LoginChange, Output, OutputId, OutputKind, SecretName, Show,
    StreamKey,
};
use ui::{Action, KeyLook, KeyPlace, Language};

use crate::desk::{SIZES, Shown, look, snapshot};
use crate::desk_building::{CTRL, words};
use crate::desk_dialogs::value;

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

/// Another key, and the same user.
fn of_key(key: &str) -> KeyChange {
    KeyChange { key: Some(key.to_owned()), login: LoginChange::Keep }
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
            let key = KeyLook { place, user: None };
            desk.look.borrow_mut().keys.insert(name.clone(), key);
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
        assert_eq!(asked, [Action::KeepKey(name.clone(), of_key("another"))]);
        assert!(desk.has(&say("key-replace")), "it is stored again");
    }
}

#[test]
fn a_user_and_a_password_are_stored_with_the_key_and_are_replaced_or_forgotten() {
    for language in Language::ALL {
        let say = |key: &str| words(language, key);
        let name = SecretName("cam".to_owned());
        let login = |user: &str, password: &str| {
            let (user, password) = (user.to_owned(), password.to_owned());
            LoginChange::Set(Login { user, password })
        };
        let press = |desk: &mut Shown, key: &str| {
            desk.harness.get_by_role_and_label(Role::Button, &say(key)).scroll_to_me();
            desk.took();
            desk.press(&say(key))
        };
        let mut desk = desk(language, (true, true));
        to_settings(&mut desk, &say);
        // Both halves are needed, and a key to store them with.
        desk.write(&say("login-password"), "pass-secret");
        assert!(desk.has(&say("login-lacks-user")));
        assert_eq!(press(&mut desk, "apply"), []);
        desk.write(&say("login-user"), " caster ");
        assert!(desk.has(&say("login-lacks-key")));
        assert_eq!(press(&mut desk, "apply"), []);
        desk.write(&say("stream-key"), "live-secret");
        let asked = press(&mut desk, "apply");
        let both = KeyChange {
            key: Some("live-secret".to_owned()),
            login: login("caster", "pass-secret"),
        };
        assert_eq!(asked, [Action::KeepKey(name.clone(), both)]);
        assert!(!format!("{asked:?}").contains("secret"), "none is written out");
        // Stored, the user is shown, and the password is not.
        let key = KeyLook { place: KeyPlace::Keyring, user: Some("caster".to_owned()) };
        desk.look.borrow_mut().keys.insert(name.clone(), key);
        desk.took();
        assert!(desk.has("caster  ••••••••") && !desk.has(&say("login-password")));
        assert_eq!(press(&mut desk, "login-forget"), []);
        assert!(desk.has(&say("login-forget-ask")));
        assert_eq!(press(&mut desk, "login-keep"), []);
        press(&mut desk, "login-forget");
        let forgotten = KeyChange { key: None, login: LoginChange::Forget };
        let asked = press(&mut desk, "login-forget-now");
        assert_eq!(asked, [Action::KeepKey(name.clone(), forgotten)]);
        // Others are typed in their place, and the key stays.
        press(&mut desk, "login-replace");
        desk.write(&say("login-user"), "other");
        desk.write(&say("login-password"), "word");
        let others = KeyChange { key: None, login: login("other", "word") };
        assert_eq!(press(&mut desk, "apply"), [Action::KeepKey(name.clone(), others)]);
        // A URL that is pasted with them is taken apart, once its host is whole.
        desk.write(&say("url"), "rtmp://who%40here:p%3Aw@ho");
        assert!(desk.has(&say("fault-bad-url")) && desk.has("caster  ••••••••"));
        desk.write(&say("url"), "rtmp://who%40here:p%3Aw@host/live");
        assert_eq!(value(&desk, &say("url")), "rtmp://host/live");
        assert_eq!(value(&desk, &say("login-user")), "who@here");
        let asked = press(&mut desk, "apply");
        let pasted = KeyChange { key: None, login: login("who@here", "p:w") };
        assert_eq!(asked[0], Action::KeepKey(name.clone(), pasted));
        let [_, Action::Edit(edits)] = asked.as_slice() else { panic!("{asked:?}") };
        let [Edit::Replace(Item::Output(output))] = edits.as_slice() else { panic!("{edits:?}") };
        let url = "rtmp://host/live".to_owned();
        assert_eq!(output.kind, OutputKind::Rtmp { url, key: name.clone() });
    }
}

#[test]
fn a_key_is_stored_as_one_text_with_its_user_and_read_again() {
    for (user, password) in [("caster", ""), ("a:b c", "100 % of:it"), ("\u{3000}", "wörd\u{200b}")]
    {
        let login = Some(Login { user: user.to_owned(), password: password.to_owned() });
        let key = StreamKey { key: "cam?a=1".to_owned(), login };
        assert!(StreamKey::parse(&format!(" {}\n", key.secret())) == key, "{}", key.secret());
        assert!(!format!("{key:?}{:?}", key.login).contains(user));
    }
    for url in ["rtmp://host/app", "rtmp://user:p@host", "rtmp://:p@host/app", "rtmp://u@/app"] {
        assert_eq!(take_login(url), None, "{url}");
    }
}

#[test]
fn a_stream_that_would_begin_with_an_empty_pgm_is_asked_about_once() {
    for language in Language::ALL {
        let say = |key: &str| words(language, key);
        let start = [Action::Start(CAM)];
        assert_eq!(desk(language, (true, true)).hold_by_mouse(&say("go-live")), start);
        // Nor is it while something stands in for PGM.
        let mut covered = desk(language, (false, true));
        let mut shown = engine::Snapshot::clone(&covered.look.borrow().snapshot);
        shown.standby = engine::StandbyState::ByHand;
        covered.look.borrow_mut().snapshot = Arc::new(shown);
        covered.took();
        assert_eq!(covered.hold_by_mouse(&say("go-live")), start);
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
