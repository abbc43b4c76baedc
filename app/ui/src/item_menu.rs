//! The menu of an item: what can be done with any item of the show.

use egui::{Button, Context, Key, Modifiers, Popup, PopupAnchor, Response, Role, Ui, WidgetInfo};
use engine::{Play, SourceState};
use show::{Edit, Item, ItemId, Scene, SceneId, SourceId, Standby};

use crate::action::{Action, OpenDialog};
use crate::film_commands::{STEP, is_paused, seek_by};
use crate::look::Look;
use crate::panel::Panel;
use crate::translations::Translations;

/// An entry of the menu.
#[derive(Clone, Copy)]
struct ItemEntry {
    /// The key of its words.
    words: &'static str,
    /// The key it is done by while the item has the keyboard focus, and the key of that one's explanation.
    key: Option<(Key, &'static str)>,
    /// The key of its hint.
    tip: Option<&'static str>,
    /// What is asked; `None` for an item it is not for.
    ask: fn(ItemId, &Look, &Translations) -> Option<Action>,
}

/// What can be done with an item.
const ENTRIES: [ItemEntry; 14] = [
    ItemEntry {
        words: "edit-item",
        key: None,
        tip: None,
        ask: |id, _, _| {
            let is_scene = matches!(id, ItemId::Scene(_));
            (!is_scene).then_some(Action::Open(OpenDialog::Edit(id)))
        },
    },
    ItemEntry {
        words: "source-settings",
        key: None,
        tip: Some("source-settings-tip"),
        ask: |id, look, _| {
            let ItemId::Source(id) = id else { return None };
            let source = look.snapshot.show.source(id)?;
            source.has_settings().then_some(Action::Open(OpenDialog::SourceSettings(id)))
        },
    },
    ItemEntry { words: "update-scene", key: None, tip: None, ask: updated_scene },
    ItemEntry { words: "duplicate", key: None, tip: None, ask: duplicated },
    ItemEntry {
        words: "film-menu-pause",
        key: None,
        tip: Some("film-menu-pause-tip"),
        ask: |id, look, _| paused(id, look, true),
    },
    ItemEntry {
        words: "film-menu-resume",
        key: None,
        tip: Some("film-menu-resume-tip"),
        ask: |id, look, _| paused(id, look, false),
    },
    ItemEntry {
        words: "film-menu-restart",
        key: None,
        tip: Some("film-menu-restart-tip"),
        ask: |id, look, _| Some(Action::Play(Play::Restart(open_film(id, look)?))),
    },
    ItemEntry {
        words: "film-menu-back",
        key: None,
        tip: Some("film-menu-back-tip"),
        ask: |id, look, _| seek_by(open_film(id, look)?, -STEP, look),
    },
    ItemEntry {
        words: "film-menu-forward",
        key: None,
        tip: Some("film-menu-forward-tip"),
        ask: |id, look, _| seek_by(open_film(id, look)?, STEP, look),
    },
    ItemEntry {
        words: "retry-now",
        key: None,
        tip: Some("retry-now-tip"),
        ask: |id, look, _| Some(Action::Reconnect(lost(id, look)?)),
    },
    ItemEntry {
        words: "standby-set",
        key: None,
        tip: Some("standby-set-tip"),
        ask: |id, look, _| stands_in(id, look, true),
    },
    ItemEntry {
        words: "standby-unset",
        key: None,
        tip: None,
        ask: |id, look, _| stands_in(id, look, false),
    },
    ItemEntry {
        words: "rename",
        key: Some((Key::F2, "key-rename")),
        tip: None,
        ask: |id, _, _| Some(Action::Open(OpenDialog::Rename(id))),
    },
    ItemEntry {
        words: "remove",
        key: Some((Key::Delete, "key-remove")),
        tip: None,
        ask: |id, _, _| Some(Action::Edit(vec![Edit::Remove(id)])),
    },
];

/// A film that is open.
fn open_film(id: ItemId, look: &Look) -> Option<SourceId> {
    let ItemId::Source(id) = id else { return None };
    look.films.contains_key(&id).then_some(id)
}

/// An open film pauses or goes on, whichever it does not do.
fn paused(id: ItemId, look: &Look, paused: bool) -> Option<Action> {
    let id = open_film(id, look)?;
    (is_paused(look, id) != paused).then_some(Action::Play(Play::Pause(id, paused)))
}

/// A source that is lost.
fn lost(id: ItemId, look: &Look) -> Option<SourceId> {
    let ItemId::Source(id) = id else { return None };
    (look.snapshot.sources.get(&id) == Some(&SourceState::Lost)).then_some(id)
}

/// A source stands in for PGM, or does not any more, whichever it does not do.
fn stands_in(id: ItemId, look: &Look, wanted: bool) -> Option<Action> {
    let ItemId::Source(id) = id else { return None };
    let show = &look.snapshot.show;
    let before = show.standby;
    let is_so = before.is_some_and(|standby| standby.source == id);
    let can = is_so || show.source(id).is_some_and(Standby::accepts);
    let kept = before.unwrap_or_else(|| Standby::new(id));
    let next = wanted.then_some(Standby { source: id, ..kept });
    (can && is_so != wanted).then(|| Action::Edit(vec![Edit::Standby(next)]))
}

/// The scene becomes what is on PVW; what is on air stays as it is.
fn updated_scene(id: ItemId, look: &Look, _words: &Translations) -> Option<Action> {
    let ItemId::Scene(id) = id else { return None };
    let pvw = &look.snapshot.pvw;
    let (scene, layout) = (look.snapshot.show.scene(id)?, pvw.layout?);
    let components = pvw.components.clone();
    let next = Scene { layout, components, ..scene.clone() };
    (next != *scene).then(|| Action::Edit(vec![Edit::Replace(Item::Scene(next))]))
}

/// Another scene like it, right behind it.
fn duplicated(id: ItemId, look: &Look, words: &Translations) -> Option<Action> {
    let ItemId::Scene(of) = id else { return None };
    let show = &look.snapshot.show;
    let place = show.scenes.iter().position(|scene| scene.id == of)?;
    let id = SceneId(show.free_number());
    let name = words.with("copy-of", "name", show.scenes[place].name.as_str());
    let scene = Scene { id, name: name.chars().take(100).collect(), ..show.scenes[place].clone() };
    Some(Action::Edit(vec![Edit::Add(Item::Scene(scene)), Edit::Move(id.into(), place + 1)]))
}

/// The keys of the entries, and the keys of their explanations.
pub fn keys() -> impl Iterator<Item = (&'static str, &'static str)> {
    ENTRIES.into_iter().filter_map(|entry| entry.key).map(|(key, words)| (key.name(), words))
}

/// Shows the menu of an item, by the right button or by keys.
pub fn show(ui: &Ui, response: &Response, id: ItemId, panel: &mut Panel<'_>) {
    let words = panel.words;
    let popup = Popup::default_response_id(response);
    if response.has_focus() {
        let is_pressed = |key| ui.input(|input| input.key_pressed(key));
        let pressed =
            ENTRIES.into_iter().find(|entry| entry.key.is_some_and(|(key, _)| is_pressed(key)));
        if let Some(entry) = pressed {
            panel.actions.extend((entry.ask)(id, panel.look, words));
        } else if asks_for_menu(ui) {
            Popup::open_id(ui, popup);
        }
    }
    let mut menu = Popup::context_menu(response);
    if Popup::is_id_open(ui, popup) && Popup::position_of_id(ui, popup).is_none() {
        // Opened by keys: it belongs to its item, not to wherever the mouse lies.
        menu = menu.anchor(PopupAnchor::from(response));
    }
    let shown = menu.show(|ui| {
        ui.set_min_width(150.0);
        let mut entries = Vec::new();
        for ItemEntry { words: key, key: shortcut, tip, ask } in ENTRIES {
            let Some(action) = ask(id, panel.look, words) else { continue };
            let mut button = Button::new(words.get(key));
            if let Some((shortcut, _)) = shortcut {
                button = button.shortcut_text(shortcut.name());
            }
            let mut entry = ui.add(button);
            if let Some(tip) = tip {
                entry = entry.on_hover_text(words.get(tip));
            }
            // Its key is seen beside it, and is no part of its name.
            entry.widget_info(|| WidgetInfo::labeled(Role::Button, true, words.get(key)));
            if entry.clicked() {
                panel.actions.push(action);
                ui.close();
            }
            entries.push(entry);
        }
        // Before it is laid out it cannot have the focus.
        if response.has_focus() && !ui.is_sizing_pass() {
            entries.iter().take(1).for_each(Response::request_focus);
        }
        entries
    });
    let Some(entries) = shown.map(|shown| shown.inner) else { return };
    // Esc gives the focus back to the item; Tab moves on to what comes next.
    if entries.iter().any(Response::lost_focus) && !entries.iter().any(Response::has_focus) {
        Popup::close_id(ui, popup);
        if ui.input(|input| input.key_pressed(Key::Escape)) {
            response.request_focus();
        }
    }
}

/// By either key that keyboards have for it.
fn asks_for_menu(context: &Context) -> bool {
    context.input_mut(|input| {
        input.consume_key(Modifiers::NONE, Key::Menu)
            || input.consume_key(Modifiers::SHIFT, Key::F10)
    })
}
