//! What is entered in a dialog counts, and is not lost by a slip.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Event, Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use engine::{CommandKind, EditCommand};
use show::{Edit, Item, SourceId};
use ui::{Action, Language, RecoveryChoice, ShowFile};

use crate::desk::{SIZES, Shown};
use crate::desk_building::{CTRL, desk, words};

const NONE: Modifiers = Modifiers::NONE;

fn enter(desk: &mut Shown) -> Vec<Action> {
    let key = |pressed| Event::Key {
        key: Key::Enter,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: NONE,
    };
    desk.harness.event(key(true));
    desk.harness.event(key(false));
    desk.took()
}

/// What is in a line of text.
pub fn value(desk: &Shown, label: &str) -> String {
    let line = desk.harness.get_by_role_and_label(Role::TextInput, label);
    line.accesskit_node().value().unwrap_or_default()
}

/// The kinds of sources that were asked for.
fn urls(asked: &[Action]) -> Vec<String> {
    let edits = asked.iter().filter_map(|action| match action {
        Action::Edit(edits) => Some(edits),
        _ => None,
    });
    let sources = edits.flatten().filter_map(|edit| match edit {
        Edit::Add(Item::Source(source)) => Some(source.kind.clone()),
        _ => None,
    });
    sources.map(|kind| format!("{kind:?}")).collect()
}

#[test]
fn what_is_typed_in_the_same_frame_as_enter_or_a_click_counts() {
    for by_mouse in [false, true] {
        let mut desk = desk(Language::English, SIZES[0]);
        desk.key(CTRL, Key::M);
        desk.press("Live stream");
        desk.write("URL", "rtmp://host/live/ca");
        // The rest comes in one slow frame with what ends it.
        desk.harness.event(Event::Text("mera".to_owned()));
        let asked = if by_mouse { desk.press("Add") } else { enter(&mut desk) };
        let added = urls(&asked);
        assert_eq!(added.len(), 1, "{asked:?}");
        assert!(added[0].contains("rtmp://host/live/camera"), "{added:?}");
        assert!(!desk.has("Add"), "it is closed");
    }
}

#[test]
fn the_palette_does_what_was_typed_in_the_same_frame_as_enter() {
    let mut desk = desk(Language::English, SIZES[0]);
    desk.key(CTRL, Key::K);
    desk.took();
    desk.harness.event(Event::Text("AUTO".to_owned()));
    assert_eq!(enter(&mut desk), [Action::Auto]);
}

#[test]
fn another_dialog_does_not_take_the_place_of_one_with_work_in_it() {
    for language in Language::ALL {
        let say = |key| words(language, key).trim_end_matches('…').to_owned();
        let mut desk = desk(language, SIZES[0]);
        desk.key(CTRL, Key::M);
        desk.press(&say("media-live"));
        desk.write(&say("url"), "rtmp://host/live/one");
        // An item's menu, by its keys, or any other way.
        desk.key(CTRL, Key::Comma);
        assert!(desk.has(&say("destinations")), "the settings are on top");
        desk.key(NONE, Key::Escape);
        assert_eq!(value(&desk, &say("url")), "rtmp://host/live/one");
        // Asked for again it is the same one.
        desk.key(CTRL, Key::M);
        assert_eq!(value(&desk, &say("url")), "rtmp://host/live/one");
        // Without work in it, another one takes its place.
        desk.key(NONE, Key::Escape);
        desk.press(&say("draft-discard"));
        desk.key(CTRL, Key::M);
        desk.key(CTRL, Key::Comma);
        desk.key(NONE, Key::Escape);
        assert!(!desk.has(&say("url")));
    }
}

#[test]
fn esc_closes_the_innermost_thing_only() {
    let mut desk = desk(Language::English, SIZES[0]);
    desk.key(CTRL, Key::Comma);
    let combos = desk.harness.query_all_by_role(Role::ComboBox);
    combos.min_by(|a, b| a.rect().top().total_cmp(&b.rect().top())).unwrap().click();
    desk.took();
    assert!(desk.has("854 × 480"), "the list is open");
    desk.key(NONE, Key::Escape);
    assert!(!desk.has("854 × 480"), "the list is closed");
    assert!(desk.has("Destinations"), "the dialog is not");
    desk.key(NONE, Key::Escape);
    assert!(!desk.has("Destinations"));
}

#[test]
fn closing_the_window_or_the_show_asks_about_what_was_entered() {
    for key in [Key::Q, Key::N] {
        let mut desk = desk(Language::English, SIZES[0]);
        desk.key(CTRL, Key::M);
        desk.press("Live stream");
        desk.write("URL", "rtmp://host/live/one");
        assert_eq!(desk.key(CTRL, key), []);
        assert!(desk.has("Discard what you entered?"));
        desk.press("Discard");
        assert_eq!(desk.key(CTRL, key).len(), 1);
    }
    let mut desk = desk(Language::English, SIZES[0]);
    desk.key(CTRL, Key::M);
    desk.press("Live stream");
    desk.write("URL", "rtmp://host/live/one");
    desk.look.borrow_mut().recovery = Some(Arc::new(ui::RecoveryLook::default()));
    desk.took();
    assert_eq!(desk.press("Restore"), []);
    assert!(desk.has("Discard what you entered?"));
    assert!(!desk.took().contains(&Action::Recover(RecoveryChoice::Restore)));
}

#[test]
fn tab_stays_in_an_open_dialog() {
    let mut desk = desk(Language::English, SIZES[0]);
    desk.key(CTRL, Key::M);
    desk.took();
    let dialog = egui::Rect::from_min_max(egui::pos2(0.0, 320.0), egui::pos2(896.0, 720.0));
    for turn in 0..60 {
        desk.key(NONE, Key::Tab);
        let focused = desk.harness.ctx.memory(|memory| memory.focused());
        let place = focused.and_then(|id| desk.harness.ctx.read_response(id));
        let is_inside = place.is_none_or(|response| dialog.contains(response.rect.center()));
        assert!(is_inside, "after {turn} the keyboard is elsewhere");
    }
}

#[test]
fn an_undo_says_what_it_undid() {
    for (language, said) in [
        (Language::English, "Undone: Renamed changed"),
        (Language::Chinese, "已撤销：修改 Renamed"),
    ] {
        let mut desk = desk(language, SIZES[0]);
        let snapshot = Arc::clone(&desk.look.borrow().snapshot);
        let mut source = snapshot.show.source(SourceId(11)).unwrap().clone();
        source.name = "Renamed".to_owned();
        let renamed = snapshot.show.apply(&Edit::Replace(Item::Source(source))).unwrap();
        let with = |show: show::Show, history| {
            let snapshot =
                engine::Snapshot { show: Arc::new(show), history, ..(*snapshot).clone() };
            Arc::new(snapshot)
        };
        desk.look.borrow_mut().snapshot = with(renamed, (1, 0));
        // Beside what went wrong it is seen as well.
        desk.look.borrow_mut().notices = vec![ui::Notice::Error("busy", String::new())];
        desk.took();
        desk.look.borrow_mut().notices.clear();
        let undo = desk.key(CTRL, Key::Z);
        let command = undo.first().and_then(Action::command);
        assert_eq!(command, Some(CommandKind::Edit(EditCommand::Undo)));
        desk.look.borrow_mut().snapshot = with((*snapshot.show).clone(), (0, 1));
        desk.took();
        assert!(desk.has(said), "{said}");
        assert!(desk.has(&words(language, "busy")), "{said}: and what went wrong");
    }
}

#[test]
fn a_save_over_what_another_program_has_written_is_asked_about() {
    for language in Language::ALL {
        let say = |key| words(language, key);
        let file = |was_ours| ui::ForeignFile { path: "/shows/one.json".into(), was_ours };
        for (was_ours, detail) in [(true, "save-over-changed"), (false, "save-over-exists")] {
            let mut desk = desk(language, SIZES[0]);
            let told = |desk: &mut Shown| {
                desk.look.borrow_mut().foreign_file = Some(file(was_ours));
                desk.harness.step();
                desk.look.borrow_mut().foreign_file = None;
                desk.took();
            };
            told(&mut desk);
            assert!(desk.has(&say("save-over-title")), "{detail}");
            assert_eq!(desk.key(NONE, Key::Space), [], "no key of the switcher goes through");
            assert_eq!(desk.press(&say("unsaved-stay")), []);
            told(&mut desk);
            assert_eq!(desk.key(NONE, Key::Escape), []);
            assert!(!desk.has(&say("save-over-title")));
            told(&mut desk);
            let over = ShowFile::SaveOver("/shows/one.json".into());
            assert_eq!(desk.press(&say("save-over")), [Action::File(over)]);
            told(&mut desk);
            assert_eq!(desk.press(&say("save-over-elsewhere")), []);
            assert!(desk.has(&say("save-why")), "where else is asked");
        }
    }
}

#[test]
fn media_is_added_without_a_click_and_the_next_dialog_begins_where_the_last_one_was() {
    let mut desk = desk(Language::English, SIZES[0]);
    // A file is the common case, and its line has the keyboard.
    desk.key(CTRL, Key::M);
    desk.harness.event(Event::Text("/films/ferry.mp4".to_owned()));
    desk.took();
    let asked = enter(&mut desk);
    assert!(asked.iter().any(|action| matches!(action, Action::Edit(_))), "{asked:?}");
    desk.key(CTRL, Key::M);
    desk.press("Live stream");
    desk.harness.event(Event::Text("rtmp://host/live/one".to_owned()));
    desk.took();
    assert_eq!(urls(&enter(&mut desk)).len(), 1);
    desk.key(CTRL, Key::M);
    assert_eq!(value(&desk, "URL"), "");
}

#[test]
fn a_destination_is_added_where_outputs_are() {
    for language in Language::ALL {
        let say = |key| words(language, key);
        let mut desk = desk(language, SIZES[0]);
        desk.press(&say("add-output-short"));
        assert_eq!(value(&desk, &say("url")), "rtmp://");
        // A picture that has no name yet is not told so.
        desk.key(NONE, Key::Escape);
        desk.press(&say("draft-discard"));
        desk.press(&say("menu-edit"));
        desk.press(&say("add-picture"));
        assert!(!desk.has(&say("fault-name-length")), "nothing was typed yet");
    }
}
