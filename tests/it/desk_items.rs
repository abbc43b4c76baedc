//! What can be done with any item of the show, by mouse and by keys alone.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Node;
use egui_kittest::kittest::{NodeT, Queryable};
use engine::{Play, SourceState, Tally};
use show::{ComponentId, Edit, Item, ItemId, LayoutId, OutputId, SceneId, SourceId};
use ui::{Action, FilmLook, Language, SourceLook};

use crate::desk::{SIZES, Shown};
use crate::desk_building::{desk, words};

const NONE: Modifiers = Modifiers::NONE;

/// An item of each bin: the tab it is behind, and what its cell is called.
fn items() -> [(Option<&'static str>, &'static str, ItemId); 5] {
    [
        (None, "Film and camera", SceneId(43).into()),
        (Some("layouts"), "Two boxes", LayoutId(22).into()),
        (None, "Film", SourceId(13).into()),
        (Some("graphics"), "Logo", ComponentId(31).into()),
        (None, "Recording", OutputId(51).into()),
    ]
}

/// The cell of an item, the last that is called so; what stands behind its name says how it is.
fn cell<'a>(desk: &'a Shown, name: &str) -> Node<'a> {
    let mut all = desk.harness.query_all_by_role(Role::Button);
    let is_it = |node: &Node<'_>| {
        let label = node.accesskit_node().label().unwrap_or_default();
        label.split(", ").next() == Some(name)
    };
    all.rfind(is_it).unwrap_or_else(|| panic!("no cell is called {name}"))
}

/// A desk with the focus on this item.
pub fn focused(language: Language, (tab, name, _): (Option<&str>, &str, ItemId)) -> Shown {
    let mut desk = desk(language, SIZES[0]);
    if let Some(tab) = tab {
        desk.harness.get_by_role_and_label(Role::Tab, &words(language, tab)).click();
        desk.took();
    }
    cell(&desk, name).focus();
    desk.took();
    desk
}

#[test]
fn an_items_menu_is_opened_and_used_by_keys_alone() {
    for language in Language::ALL {
        let say = |key| words(language, key);
        for item in items() {
            let (_, name, id) = item;
            for (modifiers, key) in [(NONE, Key::Menu), (Modifiers::SHIFT, Key::F10)] {
                let mut desk = focused(language, item);
                assert!(!desk.has(&say("rename")));
                assert_eq!(desk.key(modifiers, key), []);
                assert_eq!(desk.has(&say("edit-item")), !matches!(id, ItemId::Scene(_)), "{name}");
                let renames = desk.harness.get_by_label(&say("rename")).rect();
                let of = cell(&desk, name).rect();
                assert!(renames.expand(120.0).intersects(of), "{renames:?}, {name} at {of:?}");
                // Esc closes it and leaves the focus where it was, and nothing was asked.
                assert_eq!(desk.key(NONE, Key::Escape), []);
                assert!(!desk.has(&say("rename")));
                assert!(cell(&desk, name).is_focused(), "{name}");
                // The last entry, by an arrow up from the first; and it closes.
                desk.key(modifiers, key);
                desk.key(NONE, Key::ArrowUp);
                let asked = desk.key(NONE, Key::Enter);
                assert_eq!(asked, [Action::Edit(vec![Edit::Remove(id)])], "{name}");
                assert!(!desk.has(&say("rename")));
            }
        }
    }
}

#[test]
fn tab_goes_through_a_menu_and_out_of_it() {
    for item in items() {
        let mut desk = focused(Language::English, item);
        desk.key(NONE, Key::Menu);
        // A scene has Duplicate for Edit, and Update, since something else is on PVW.
        // What a source can be used for besides depends on it.
        let more =
            ["Picture and sound…", "Use as standby"].map(|words| usize::from(desk.has(words)));
        let entries = match item.2 {
            ItemId::Scene(_) => 4,
            _ => 3 + more.iter().sum::<usize>(),
        };
        for entry in 1..entries {
            desk.key(NONE, Key::Tab);
            let last = desk.harness.get_by_label("Remove").is_focused();
            assert_eq!(last, entry == entries - 1, "{}", item.1);
        }
        desk.key(NONE, Key::Tab);
        assert!(!desk.has("Rename…"), "{}", item.1);
    }
}

#[test]
fn what_is_chosen_by_keys_opens_its_dialog() {
    let by_menu = |item| {
        let mut desk = focused(Language::English, item);
        desk.key(NONE, Key::Menu);
        desk.key(NONE, Key::Enter);
        desk
    };
    let [_, layout, source, graphic, output] = items().map(by_menu);
    // A scene is changed by what is on PVW, and has no dialog but that of its name.
    let mut scene = focused(Language::English, items()[0]);
    scene.key(NONE, Key::F2);
    assert!(scene.harness.get_by_role_and_label(Role::TextInput, "Name").is_focused());
    assert!(layout.has("Drag sources from their bin onto the panes."));
    assert!(source.has("Start on its take"), "the dialog of a file");
    assert!(graphic.has("Nudge left"));
    assert!(
        output.has("Existing files are never overwritten: the next one gets -0002 at its end.")
    );
}

#[test]
fn an_output_is_opened_by_a_click_on_its_card_and_renamed_by_a_key() {
    let mut desk = desk(Language::English, SIZES[0]);
    let card = cell(&desk, "Recording").rect();
    let name = card.left_top() + egui::vec2(60.0, 14.0);
    desk.harness.hover_at(name);
    desk.harness.drag_at(name);
    desk.harness.drop_at(name);
    desk.took();
    desk.write("Name", "Archive");
    let button = desk.harness.get_by_role_and_label(Role::Button, "Apply");
    button.scroll_to_me();
    desk.took();
    let asked = desk.press("Apply");
    let [Action::Edit(edits)] = asked.as_slice() else { panic!("{asked:?}") };
    let [Edit::Replace(show::Item::Output(output))] = edits.as_slice() else { panic!("{edits:?}") };
    assert_eq!((output.id, output.name.as_str()), (OutputId(51), "Archive"));
    let mut desk = focused(Language::English, items()[4]);
    desk.key(NONE, Key::F2);
    desk.write("Name", "Archive");
    let asked = desk.key(NONE, Key::Enter);
    assert_eq!(asked, [Action::Edit(edits.clone())]);
}

#[test]
fn a_scene_is_updated_from_pvw_duplicated_and_moved_by_its_picture() {
    for language in Language::ALL {
        let say = |key| words(language, key);
        let edits = |asked: Vec<Action>| match asked.as_slice() {
            [Action::Edit(edits)] => edits.clone(),
            other => panic!("{other:?}"),
        };
        let mut desk = focused(language, items()[0]);
        let snapshot = desk.look.borrow().snapshot.clone();
        let (show, pvw) = (&snapshot.show, &snapshot.pvw);
        let scene = show.scene(SceneId(43)).unwrap().clone();
        desk.key(NONE, Key::Menu);
        let updated = edits(desk.press(&say("update-scene")));
        let (layout, components) = (pvw.layout.unwrap(), pvw.components.clone());
        let next = show::Scene { layout, components, ..scene.clone() };
        assert_eq!(updated, [Edit::Replace(Item::Scene(next))]);
        // A copy comes right behind it.
        cell(&desk, "Film and camera").focus();
        desk.took();
        desk.key(NONE, Key::Menu);
        let copied = edits(desk.press(&say("duplicate")));
        let after = copied.iter().fold((**show).clone(), |show, edit| show.apply(edit).unwrap());
        let at = after.scenes.iter().position(|other| other.id == scene.id).unwrap();
        let copy = &after.scenes[at + 1];
        assert_eq!((copy.layout, &copy.components), (scene.layout, &scene.components));
        assert!(copy.name.contains(&scene.name) && after.scenes.len() == show.scenes.len() + 1);
        // By its picture it is dragged to the first place, and key 1 is its key then.
        let from = cell(&desk, "Film and camera").rect().center();
        let to = cell(&desk, "Opening").rect().center();
        let moved = edits(desk.drag(from, to));
        assert_eq!(moved, [Edit::Move(scene.id.into(), 0)]);
        let after = moved.iter().fold((**show).clone(), |show, edit| show.apply(edit).unwrap());
        assert_eq!(after.scenes[0].id, scene.id);
    }
}

/// A desk on which a film of a minute is open, 20 s from its in point.
fn film_on_air(language: Language, paused: bool) -> Shown {
    let mut shown = crate::desk::snapshot();
    shown.sources.insert(FILM, SourceState::Live);
    shown.tally.insert(FILM, Tally::Program);
    if paused {
        shown.paused.insert(FILM);
    }
    let source = shown.show.source(FILM).unwrap().clone();
    let mut on_air = engine::Pinned::clone(&shown.on_air);
    on_air.sources = vec![source];
    shown.on_air = on_air.into();
    let mut shown = crate::desk::look(shown);
    shown.sources.insert(FILM, SourceLook::default());
    shown.films.insert(FILM, FilmLook { at_millis: 20_000, length_millis: Some(60_000) });
    Shown::new(language, SIZES[0], shown)
}

const FILM: SourceId = SourceId(13);

#[test]
fn a_film_is_paused_restarted_and_moved_by_its_menu_and_by_keys() {
    for language in Language::ALL {
        let say = |key| words(language, key);
        for paused in [false, true] {
            let (now, other) = match paused {
                false => ("film-menu-pause", "film-menu-resume"),
                true => ("film-menu-resume", "film-menu-pause"),
            };
            let asks = [
                (now, Play::Pause(FILM, !paused)),
                ("film-menu-restart", Play::Restart(FILM)),
                ("film-menu-back", Play::Seek(FILM, 10_000)),
                ("film-menu-forward", Play::Seek(FILM, 30_000)),
            ];
            for (entry, play) in asks {
                let mut desk = film_on_air(language, paused);
                cell(&desk, "Film").click_secondary();
                desk.took();
                assert!(!desk.has(&say(other)));
                desk.harness.get_by_label(&say(entry)).click();
                assert_eq!(desk.took(), [Action::Play(play)], "{entry}");
            }
            let keys = [
                (Modifiers::COMMAND, Key::P, Play::Pause(FILM, !paused)),
                (NONE, Key::Home, Play::Restart(FILM)),
                (Modifiers::COMMAND, Key::PageUp, Play::Seek(FILM, 10_000)),
                (Modifiers::COMMAND, Key::PageDown, Play::Seek(FILM, 30_000)),
            ];
            for (modifiers, key, play) in keys {
                let mut desk = film_on_air(language, paused);
                assert_eq!(desk.key(modifiers, key), [Action::Play(play)], "{key:?}");
                assert_eq!(desk.has(&format!("{}: Film", say("pgm-paused"))), paused);
            }
        }
    }
}

#[test]
fn a_film_is_sought_by_a_click_and_by_a_drag_on_its_line() {
    let mut desk = film_on_air(Language::English, false);
    let line = desk.harness.get_by_role_and_label(Role::Slider, "Film, at 0:20").rect();
    let at = |part: f32| egui::pos2(line.left() + part * line.width(), line.center().y);
    let sought = |asked: Vec<Action>| match asked.as_slice() {
        [Action::Play(Play::Seek(FILM, millis))] => *millis,
        other => panic!("{other:?}"),
    };
    desk.harness.drag_at(at(0.5));
    desk.harness.drop_at(at(0.5));
    assert_eq!(sought(desk.took()), 30_000);
    desk.harness.drag_at(at(0.25));
    assert_eq!(desk.took(), []);
    desk.harness.hover_at(at(0.6));
    assert_eq!(desk.took(), []);
    desk.harness.drop_at(at(1.0));
    // Not quite to its end, where it would begin anew.
    assert_eq!(sought(desk.took()), 59_900);
}
