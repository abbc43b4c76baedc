//! The table of commands: its ids, words and keys, and that menus, palette and keys do what it says.

use std::collections::BTreeSet;
use std::path::PathBuf;

use egui::accesskit::Role;
use egui::{Event, Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use engine::OutputState;
use show::SourceId;
use ui::{
    Action, Beginning, Category, DeskCommand, KeyScope, Language, Look, Press, Situation,
    Translations, Value, Views, commands,
};

use crate::desk::{SIZES, Shown, edit_air, look, snapshot};
use crate::desk_building::CTRL;

/// How a new desk looks.
const VIEWS: Views = Views { safe_areas: true, labels: true, monitor_rate: 13, scale: 100 };

/// A look in which all that can ever be done can be done, but for what excludes each other.
fn ready() -> Look {
    let mut snapshot = snapshot();
    snapshot.history = (1, 1);
    edit_air(&mut snapshot);
    snapshot.solo = [SourceId(11)].into_iter().collect();
    // The standby came by itself.
    let standby = Some(show::Standby::new(SourceId(11)));
    snapshot.show = std::sync::Arc::new(show::Show { standby, ..(*snapshot.show).clone() });
    snapshot.standby = engine::StandbyState::Automatic;
    // A film is on air.
    let film = SourceId(13);
    let mut on_air = engine::Pinned::clone(&snapshot.on_air);
    on_air.sources.push(snapshot.show.source(film).unwrap().clone());
    snapshot.on_air = std::sync::Arc::new(on_air);
    let mut look = look(snapshot);
    let at = ui::FilmLook { at_millis: 20_000, length_millis: Some(60_000) };
    look.films.insert(film, at);
    look.file.path = Some(PathBuf::from("/shows/one.json"));
    look.file.is_changed = true;
    look.recovery = Some(std::sync::Arc::new(ui::RecoveryLook::default()));
    let mut stream = ui::OutputLook::new(show::OutputId(900), "Stream", false);
    look.outputs.push(stream.clone());
    stream.id = show::OutputId(901);
    (stream.state, stream.dropped) = (Some(OutputState::Live), 7);
    look.outputs.push(stream);
    let mut recording = ui::OutputLook::new(show::OutputId(902), "Second recording", true);
    recording.state = Some(OutputState::Live);
    look.outputs.push(recording);
    look
}

/// A show with nothing in it.
fn empty() -> Look {
    let show = show::Show::new("Empty", tests::shows::HD25);
    let engine = engine::Engine::new(engine::ProgramId(0), std::sync::Arc::new(show));
    let mut look = Look::new(std::sync::Arc::new(engine.snapshot()));
    look.file.path = Some(PathBuf::from("/shows/one.json"));
    look
}

fn now(look: &Look, language: Language) -> Situation<'_> {
    Situation { look, views: VIEWS, language }
}

/// What a command asks of others, once its dialogs are opened: the desk keeps those to itself.
fn asks(action: &Action) -> Vec<Action> {
    match action {
        Action::Open(_) => Vec::new(),
        Action::Close => Vec::new(),
        Action::File(ui::ShowFile::New) => Vec::new(),
        other => vec![other.clone()],
    }
}

/// What of the desk shows that a dialog or a question is open.
fn is_open(desk: &Shown, language: Language) -> bool {
    let words = Translations::new(language);
    let close = desk.harness.query_by_role_and_label(Role::Button, &words.get("close")).is_some();
    let asks = desk.harness.query_by_label(&words.get("unsaved-stay")).is_some();
    let palette = words.get("palette");
    let palette = desk.harness.query_by_role_and_label(Role::TextInput, &palette).is_some();
    let recovery = words.get("recovery-restore");
    let recovery = desk.harness.query_by_role_and_label(Role::Button, &recovery).is_some();
    let start = words.get("start-go-on");
    let start = desk.harness.query_by_role_and_label(Role::Button, &start).is_some();
    close || asks || palette || recovery || start
}

fn shown(language: Language) -> Shown {
    let mut desk = Shown::begun(Beginning::new(language), SIZES[1], ready());
    desk.took();
    // What a crash left behind is put off.
    desk.key(Modifiers::NONE, Key::Escape);
    desk
}

/// Checks that a way of asking for a command did what the table says.
fn assert_asked(
    desk: &mut Shown,
    asked: &[Action],
    command: &DeskCommand,
    language: Language,
    how: &str,
) {
    let look = ready();
    let action = command.now(&now(&look, language)).unwrap();
    match asks(&action).as_slice() {
        [] if matches!(action, Action::Open(ui::OpenDialog::AddText)) => {
            assert!(!asked.is_empty(), "{}, {how}", command.id);
        }
        [] => assert!(is_open(desk, language), "{}, {how}: nothing opens", command.id),
        all => assert_eq!(asked, all, "{}, {how}", command.id),
    }
}

#[test]
fn ids_and_keys_are_unique() {
    let mut ids = BTreeSet::new();
    let mut keys = Vec::new();
    for command in commands::all() {
        assert!(ids.insert(command.id), "{} is there twice", command.id);
        let is_plain = |letter: char| letter.is_ascii_lowercase() || ".-".contains(letter);
        let plain = command.id.trim_end_matches(|letter: char| letter.is_ascii_digit());
        assert!(plain.chars().all(is_plain), "{}", command.id);
        assert!(command.id.contains('.'), "{} has no area", command.id);
        for shortcut in command.keys {
            let same = (shortcut.modifiers, shortcut.key);
            assert!(!keys.contains(&same), "{}: {same:?} is another's", command.id);
            keys.push(same);
        }
        assert_eq!(commands::find(command.id).map(|found| found.id), Some(command.id));
    }
    // What is bound to an id by a controller or a script goes on working: these were given out.
    for id in [
        "switch.cut",
        "switch.auto",
        "switch.sync",
        "switch.update",
        "switch.standby",
        "switch.standby-off",
        "scene.load.1",
        "scene.take.10",
        "output.go-live",
        "output.stop-live",
        "show.save",
        "edit.undo",
        "view.palette",
    ] {
        assert!(ids.contains(id), "{id} is gone");
    }
}

#[test]
fn every_command_has_words_in_both_languages() {
    let look = ready();
    for language in Language::ALL {
        let words = Translations::new(language);
        for command in commands::all() {
            let texts = [
                command.label(&words, &look),
                command.tip(&words),
                words.get(&format!("{}-tip", command.words)),
            ];
            for text in texts {
                assert!(!text.is_empty() && !text.contains("{ $"), "{}: {text}", command.id);
                // A key without words is said as itself.
                assert!(text != command.words && !text.contains("-tip"), "{}: {text}", command.id);
            }
        }
    }
}

#[test]
fn a_command_that_cannot_be_done_says_why() {
    let look = empty();
    let situation = now(&look, Language::English);
    let refused: BTreeSet<&str> =
        commands::all().filter(|command| command.now(&situation).is_err()).map(|c| c.id).collect();
    for id in [
        "show.save",
        "edit.undo",
        "edit.redo",
        "edit.save-scene",
        "switch.cut",
        "switch.auto",
        "switch.sync",
        "switch.update",
        "switch.standby-off",
        "output.go-live",
        "output.stop-live",
        "output.record",
        "output.stop-recording",
        "sound.clear-solo",
        "scene.load.1",
        "scene.take.10",
    ] {
        assert!(refused.contains(id), "{id} can be done with an empty show");
    }
    for language in Language::ALL {
        let words = Translations::new(language);
        for id in &refused {
            let why = commands::find(id).unwrap().now(&situation).unwrap_err();
            let said = words.get(why.reason);
            assert!(said != why.reason && !said.is_empty(), "{id}: {}", why.reason);
        }
        // It is dim where it is, and its key says the reason.
        let mut desk = Shown::begun(Beginning::new(language), SIZES[0], empty());
        desk.took();
        let reason = words.get("rejected-pvw-empty");
        let cut = format!("{}: {reason}", words.get("cut"));
        let button = desk.harness.get_by_label(&cut);
        assert!(button.accesskit_node().is_disabled(), "{cut}");
        assert_eq!(desk.click(&cut), []);
        assert_eq!(desk.key(CTRL, Key::S), []);
        desk.harness.get_by_label(&words.get("nothing-to-save"));
        // The engine has the last word on what it decides: what is shown is some frames old.
        assert_eq!(desk.key(Modifiers::NONE, Key::Space), [Action::Cut]);
        desk.press(&words.get("menu-programme"));
        let entries = desk.harness.query_all_by_role(Role::Button);
        let auto = words.get("auto");
        let entry = entries.filter(|node| {
            node.accesskit_node().label().is_some_and(|label| label.starts_with(&auto))
        });
        assert!(entry.count() >= 2, "the column and the menu have {auto}");
    }
}

#[test]
fn keys_ask_for_what_the_table_says() {
    for language in Language::ALL {
        for command in commands::all() {
            for shortcut in command.keys {
                let mut desk = shown(language);
                let asked = match command.press {
                    Press::Once => desk.key(shortcut.modifiers, shortcut.key),
                    Press::Held => {
                        assert_eq!(desk.key(shortcut.modifiers, shortcut.key), [], "a touch");
                        desk.hold_key(shortcut.modifiers, shortcut.key)
                    }
                };
                let look = ready();
                if command.now(&now(&look, language)).is_err() {
                    // A number without an item.
                    let is_numbered = !matches!(command.value, Value::None | Value::Text(..));
                    assert_eq!((is_numbered, asked), (true, Vec::new()), "{}", command.id);
                    continue;
                }
                assert_asked(&mut desk, &asked, command, language, "key");
            }
        }
    }
    // While a control has the focus, only those that act everywhere do.
    for command in commands::all() {
        for shortcut in command.keys.iter().filter(|keys| keys.scope != KeyScope::Everywhere) {
            let mut desk = shown(Language::English);
            desk.harness.get_by_role_and_label(Role::Slider, "Camera 1, +0.0 dB").focus();
            desk.took();
            assert_eq!(desk.key(shortcut.modifiers, shortcut.key), [], "{}", command.id);
        }
    }
}

#[test]
fn the_palette_asks_for_what_the_table_says() {
    for language in Language::ALL {
        let words = Translations::new(language);
        for command in commands::all() {
            let look = ready();
            if command.now(&now(&look, language)).is_err() {
                continue;
            }
            let mut desk = shown(language);
            desk.key(CTRL, Key::K);
            let label = command.entry(&words, &look);
            desk.harness.event(Event::Text(label.clone()));
            desk.took();
            choose_row(&mut desk, &label);
            let asked = match command.press {
                Press::Once => desk.key(Modifiers::NONE, Key::Enter),
                Press::Held => {
                    desk.harness.key_down(Key::Enter);
                    let asked = desk.waited();
                    desk.harness.key_up(Key::Enter);
                    desk.took();
                    asked
                }
            };
            assert_asked(&mut desk, &asked, command, language, "palette");
        }
    }
}

/// Goes down to the row of exactly this name: others may have it in theirs.
fn choose_row(desk: &mut Shown, label: &str) {
    let mut rows: Vec<(f32, bool)> = desk
        .harness
        .query_all_by_role(Role::Button)
        .chain(desk.harness.query_all_by_role(Role::CheckBox))
        .filter(|node| node.rect().width() == 460.0)
        .map(|node| {
            let name = node.accesskit_node().label().unwrap_or_default();
            let rest = name.strip_prefix(label);
            // The keys of a row may be a part of its name.
            let is_it = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
            (node.rect().top(), is_it)
        })
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let place =
        rows.iter().position(|(_, is_it)| *is_it).unwrap_or_else(|| panic!("no row {label}"));
    for _ in 0..place {
        desk.key(Modifiers::NONE, Key::ArrowDown);
    }
}

#[test]
fn the_menus_ask_for_what_the_table_says() {
    let menus = [
        ("menu-show", [Some(Category::Show), None, None]),
        ("menu-edit", [Some(Category::Edit), None, None]),
        ("menu-programme", [Category::Switch, Category::Output, Category::Sound].map(Some)),
        ("menu-view", [Some(Category::View), None, None]),
        ("menu-help", [Some(Category::Help), None, None]),
    ];
    // The scene bin is the menu of the scenes, as the mixer and the graphics panel are of theirs.
    let in_menus: BTreeSet<Category> =
        menus.iter().flat_map(|(_, of)| of.iter().flatten()).copied().collect();
    let others = Category::ALL.into_iter().filter(|category| !in_menus.contains(category));
    assert_eq!(others.collect::<Vec<_>>(), [Category::Scene, Category::Strip, Category::Graphic]);
    for language in Language::ALL {
        let words = Translations::new(language);
        for (menu, categories) in menus {
            let of_menu = |c: &&DeskCommand| categories.contains(&Some(c.category));
            for (index, command) in commands::all().filter(of_menu).enumerate() {
                let mut desk = shown(language);
                desk.press(&words.get(menu));
                let asked = choose_entry(&mut desk, (menu, index), command, &words);
                assert_asked(&mut desk, &asked, command, language, "menu");
            }
        }
    }
}

/// Chooses the entry of a command in the open menu: its name may be elsewhere on the desk as well, so it
/// is the one that lies in the menu, whose entries are of one width.
fn choose_entry(
    desk: &mut Shown,
    (menu, index): (&str, usize),
    command: &DeskCommand,
    words: &Translations,
) -> Vec<Action> {
    let label = command.entry(words, &ready());
    let all = desk.harness.query_all_by_label_contains(&label);
    let entry = all.filter(|node| {
        let name = node.accesskit_node().label().unwrap_or_default();
        let rest = name.strip_prefix(label.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            && node.rect().width() >= 200.0
    });
    let entry = entry.min_by(|a, b| a.rect().top().total_cmp(&b.rect().top()));
    let entry = entry.unwrap_or_else(|| panic!("{}: no entry {index} {label}", command.id));
    match command.press {
        Press::Once => {
            entry.click();
            desk.took()
        }
        Press::Held => {
            entry.click();
            assert_eq!(desk.took(), [], "{} is held", command.id);
            desk.press(&words.get(menu));
            let place = desk.harness.get_all_by_label(&label).map(|node| node.rect());
            let place = place
                .filter(|rect| rect.width() >= 200.0)
                .min_by(|a, b| a.top().total_cmp(&b.top()));
            let centre = place.unwrap().center();
            desk.harness.drag_at(centre);
            let asked = desk.waited();
            desk.harness.drop_at(centre);
            desk.took();
            asked
        }
    }
}

/// F1 lists every key that there is.
#[test]
fn the_list_of_keys_has_every_key() {
    for language in Language::ALL {
        let words = Translations::new(language);
        let mut desk = shown(language);
        desk.key(Modifiers::NONE, Key::F1);
        for command in commands::all().filter(|command| !command.keys.is_empty()) {
            let label = match command.category {
                Category::Scene => words.get(&format!("{}-tip", command.words)),
                _ => command.label(&words, &ready()).trim_end_matches('…').to_owned(),
            };
            assert!(desk.has(&label), "{}: {label}", command.id);
            if command.category != Category::Scene {
                assert!(desk.has(&command.keys_text(&words)), "{}", command.id);
            }
        }
        for keys in ["1 … 0", "Ctrl+1 … Ctrl+0", "F2", "Delete", "Esc"] {
            assert!(desk.has(keys), "{keys}");
        }
    }
}

#[test]
fn no_key_does_anything_on_air_while_a_dialog_is_open() {
    use Category::{Graphic, Output, Scene, Sound, Strip, Switch};
    let of_air = [Switch, Output, Sound, Scene, Strip, Graphic];
    for command in commands::all().filter(|command| of_air.contains(&command.category)) {
        for shortcut in command.keys {
            let mut desk = shown(Language::English);
            desk.key(CTRL, Key::Comma);
            let (modifiers, key) = (shortcut.modifiers, shortcut.key);
            let asked = match command.press {
                Press::Once => desk.key(modifiers, key),
                Press::Held => desk.hold_key(modifiers, key),
            };
            assert_eq!(asked, [], "{}", command.id);
        }
    }
}
