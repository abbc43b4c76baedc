//! Shows are opened and saved; menus, palette and keys; what is asked before something is lost.

use std::path::PathBuf;

use egui::{Event, Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use engine::OutputState;
use ui::{Action, Beginning, Language, Notice, Reason, ShowFile, ViewChange};

use crate::desk::{SIZES, Shown, look, snapshot};
use crate::desk_building::{CTRL, desk, words};

#[test]
fn what_is_not_saved_is_asked_for_and_what_is_on_air_is_held() {
    for language in Language::ALL {
        let say = |key| words(language, key);
        let mut desk = desk(language, SIZES[0]);
        assert_eq!(desk.key(CTRL, Key::N), [Action::File(ShowFile::New)], "nothing would be lost");
        desk.look.borrow_mut().file.is_changed = true;
        desk.look.borrow_mut().file.path = Some(PathBuf::from("/shows/one.json"));
        assert_eq!(desk.key(CTRL, Key::N), []);
        assert_eq!(desk.press(&say("unsaved-stay")), []);
        desk.key(CTRL, Key::N);
        assert_eq!(desk.press(&say("unsaved-discard")), [Action::File(ShowFile::New)]);
        // Saved first, and done once it is.
        desk.key(CTRL, Key::N);
        assert_eq!(desk.press(&say("unsaved-save")), [Action::File(ShowFile::Save)]);
        assert_eq!(desk.took(), []);
        desk.look.borrow_mut().file.is_changed = false;
        assert_eq!(desk.took(), [Action::File(ShowFile::New)]);
        // A save that fails asks again.
        desk.look.borrow_mut().file.is_changed = true;
        desk.key(CTRL, Key::N);
        desk.press(&say("unsaved-save"));
        desk.look.borrow_mut().notices =
            vec![Notice::Failed(Reason::new("show-unsaved", [("error", "full".to_owned())]))];
        desk.took();
        desk.look.borrow_mut().notices.clear();
        assert_eq!(desk.press(&say("unsaved-stay")), []);
        // On air it is held as well.
        desk.look.borrow_mut().outputs[0].state = Some(OutputState::Live);
        desk.key(CTRL, Key::Q);
        assert_eq!(desk.press(&say("unsaved-discard")), []);
        assert_eq!(desk.hold(&say("close-end")), [Action::Close], "once, however long it is held");
        desk.key(CTRL, Key::Q);
        assert_eq!(desk.press(&say("unsaved-discard")), []);
        assert_eq!(desk.hold_by_mouse(&say("close-end")), [Action::Close], "by the mouse");
    }
}

#[test]
fn a_save_that_is_waited_for_can_be_left_and_holds_up_no_take() {
    for language in Language::ALL {
        let say = |key| words(language, key);
        let mut desk = desk(language, SIZES[0]);
        desk.look.borrow_mut().file.is_changed = true;
        desk.look.borrow_mut().file.path = Some(PathBuf::from("/shows/one.json"));
        desk.key(CTRL, Key::N);
        assert_eq!(desk.press(&say("unsaved-save")), [Action::File(ShowFile::Save)]);
        // The disk hangs. It is said, the switcher goes on, and what else is wrong is no failed save.
        let title = say("saving-title");
        let card = |desk: &Shown| desk.harness.query_by_label(&say("unsaved-stay")).is_some();
        assert!(card(&desk) && desk.has(&title));
        assert_eq!(desk.key(Modifiers::NONE, Key::Space), [Action::Cut]);
        let other = Notice::Error("told-source-lost", "Camera 1".to_owned());
        desk.look.borrow_mut().notices = vec![other];
        desk.took();
        desk.look.borrow_mut().notices.clear();
        assert!(!desk.has(&say("unsaved-save")), "it is still being saved");
        desk.key(Modifiers::NONE, Key::Escape);
        assert!(!card(&desk), "Esc leaves it");
        desk.look.borrow_mut().file.is_changed = false;
        assert_eq!(desk.took(), [], "what was left is not done");
    }
}

#[test]
fn menus_keys_and_palette_ask_the_same() {
    for language in Language::ALL {
        let say = |key| words(language, key);
        let mut desk = desk(language, SIZES[0]);
        desk.look.borrow_mut().file.path = Some(PathBuf::from("/shows/one.json"));
        desk.look.borrow_mut().file.is_changed = true;
        assert_eq!(desk.key(CTRL, Key::S), [Action::File(ShowFile::Save)]);
        desk.press(&say("menu-show"));
        let name = say("save");
        let save = desk.harness.query_all_by_label_contains(&name).find(|node| {
            let label = node.accesskit_node().label().unwrap_or_default();
            label.starts_with(&name) && !label.contains('…')
        });
        save.expect("Save is in the menu").click();
        assert_eq!(desk.took(), [Action::File(ShowFile::Save)]);
        desk.key(CTRL, Key::K);
        desk.harness.event(Event::Text(say("save")));
        desk.took();
        assert_eq!(desk.key(Modifiers::NONE, Key::Enter), [Action::File(ShowFile::Save)]);
        // A scene by its name, and nothing is cut by the Enter that chose it.
        desk.key(CTRL, Key::K);
        desk.harness.event(Event::Text("quad".to_owned()));
        desk.took();
        let asked = desk.key(Modifiers::NONE, Key::Enter);
        assert_eq!(asked, [Action::LoadScene(show::SceneId(44))]);
        // Ctrl+Shift+S is another.
        desk.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
        desk.write(&say("path"), "/shows/two");
        let asked = desk.press(&say("save"));
        let two = PathBuf::from("/shows/two.json");
        assert_eq!(asked.last(), Some(&Action::File(ShowFile::SaveAs(two))));
    }
}

#[test]
fn a_show_is_opened_by_its_path_or_from_those_opened_before() {
    let mut desk = desk(Language::English, SIZES[0]);
    let before = PathBuf::from("/shows/before.json");
    desk.look.borrow_mut().file.recent = vec![before.clone()];
    desk.key(CTRL, Key::O);
    assert_eq!(desk.click("/shows/before.json"), [Action::File(ShowFile::Open(before))]);
    desk.key(CTRL, Key::O);
    desk.write("File", "/shows/other.json");
    let asked = desk.press("Open");
    let other = PathBuf::from("/shows/other.json");
    assert_eq!(asked.last(), Some(&Action::File(ShowFile::Open(other))));
}

#[test]
fn esc_gives_the_keys_back_first_and_then_closes_the_dialog() {
    let mut desk = desk(Language::English, SIZES[0]);
    desk.key(CTRL, Key::M);
    desk.press("Live stream");
    desk.write("URL", "rtmp://");
    desk.key(Modifiers::NONE, Key::Escape);
    assert!(desk.has("Add"), "the line of text had the keys");
    // While a dialog is open, no key of the switcher does anything on air.
    assert_eq!(desk.key(Modifiers::NONE, Key::Space), []);
    assert_eq!(desk.key(CTRL, Key::Num2), []);
    // What was entered is not thrown away by Esc alone: it asks, and a second Esc goes on.
    desk.key(Modifiers::NONE, Key::Escape);
    assert!(desk.has("Discard what you entered?"));
    desk.key(Modifiers::NONE, Key::Escape);
    assert!(desk.has("Add") && !desk.has("Discard what you entered?"));
    desk.key(Modifiers::NONE, Key::Escape);
    assert_eq!(desk.press("Discard"), []);
    assert!(!desk.has("Add"));
    assert_eq!(desk.key(Modifiers::NONE, Key::Space), [Action::Cut]);
}

#[test]
fn the_desk_speaks_another_language_at_once_and_views_are_asked_for() {
    let mut desk = desk(Language::English, SIZES[0]);
    desk.press("View");
    let asked = desk.click("Safe areas");
    assert_eq!(asked, [Action::View(ViewChange::SafeAreas(false))]);
    desk.press("View");
    assert_eq!(desk.click("简体中文"), [Action::Speak(Language::Chinese)]);
    assert!(desk.has("硬切") && !desk.has("CUT"));
}

#[test]
fn a_desk_begins_with_what_the_operator_chose_to_see() {
    for (language, [areas, names, larger]) in [
        (Language::English, ["Safe areas", "Source names on PVW", "Scale 125 %"]),
        (Language::Chinese, ["安全框", "预监显示信号名称", "界面大小 125 %"]),
    ] {
        let on = |desk: &Shown, label: &str| {
            let entry = desk.harness.get_by_label(label).accesskit_node().toggled();
            entry == Some(egui::accesskit::Toggled::True)
        };
        let first = Beginning::new(language);
        let kept = Beginning { safe_areas: false, labels: false, scale: 125, ..first.clone() };
        // A size that nobody offers could leave nothing to click at.
        let odd = Beginning { scale: 7, ..first.clone() };
        for (beginning, seen, scale) in [(first, true, 1.0), (kept, false, 1.25), (odd, true, 1.0)]
        {
            let mut desk = Shown::begun(beginning, SIZES[1], look(snapshot()));
            desk.took();
            assert_eq!(desk.harness.ctx.zoom_factor(), scale);
            desk.press(&words(language, "menu-view"));
            assert_eq!([areas, names].map(|label| on(&desk, label)), [seen; 2]);
            assert_eq!(on(&desk, larger), scale == 1.25);
            assert_eq!(desk.click(names), [Action::View(ViewChange::Labels(!seen))]);
            desk.press(&words(language, "menu-view"));
            assert_eq!(desk.click(larger), [Action::View(ViewChange::Scale(125))]);
            assert_eq!(desk.harness.ctx.zoom_factor(), 1.25);
        }
    }
}

#[test]
fn what_was_told_is_in_the_log() {
    for (language, said) in [
        (Language::English, "Saved /shows/one.json"),
        (Language::Chinese, "已保存 /shows/one.json"),
    ] {
        let mut desk = desk(language, SIZES[0]);
        let told = Notice::Done("told-saved", "/shows/one.json".to_owned());
        desk.look.borrow_mut().notices = vec![told];
        desk.harness.step();
        desk.look.borrow_mut().notices.clear();
        desk.click(&words(language, "log"));
        assert!(desk.harness.query_all_by_label(said).count() >= 2, "a toast, and the log");
    }
}
