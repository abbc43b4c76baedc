//! The menu of an item: what can be done with any item of the show.

use egui::{Button, Context, Key, Modifiers, Popup, PopupAnchor, Response, Role, Ui, WidgetInfo};
use show::{Edit, ItemId};

use crate::action::{Action, OpenDialog};
use crate::panel::Panel;

/// An entry of the menu.
type ItemEntry = (&'static str, Option<Key>, fn(ItemId) -> Action);

/// What can be done with an item: the key of its words, the key it is done by while the item has the
/// keyboard focus, and what is asked.
const ENTRIES: [ItemEntry; 3] = [
    ("edit-item", None, |id| Action::Open(OpenDialog::Edit(id))),
    ("rename", Some(Key::F2), |id| Action::Open(OpenDialog::Rename(id))),
    ("remove", Some(Key::Delete), |id| Action::Edit(vec![Edit::Remove(id)])),
];

/// The keys of the entries, and the keys of their explanations.
pub fn keys() -> impl Iterator<Item = (&'static str, &'static str)> {
    let with_keys = ENTRIES.into_iter().filter_map(|(words, key, _)| Some((words, key?)));
    with_keys.map(|(words, key)| {
        (key.name(), if words == "rename" { "key-rename" } else { "key-remove" })
    })
}

/// Shows the menu of an item, by the right button or by keys.
pub fn show(ui: &Ui, response: &Response, id: ItemId, panel: &mut Panel<'_>) {
    let words = panel.words;
    let popup = Popup::default_response_id(response);
    if response.has_focus() {
        let is_pressed = |key| ui.input(|input| input.key_pressed(key));
        let pressed = ENTRIES.into_iter().find(|(_, key, _)| key.is_some_and(is_pressed));
        if let Some((_, _, action)) = pressed {
            panel.actions.push(action(id));
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
        for (key, shortcut, action) in ENTRIES {
            if key == "edit-item" && matches!(id, ItemId::Scene(_)) {
                continue;
            }
            let mut button = Button::new(words.get(key));
            if let Some(shortcut) = shortcut {
                button = button.shortcut_text(shortcut.name());
            }
            let entry = ui.add(button);
            // Its key is seen beside it, and is no part of its name.
            entry.widget_info(|| WidgetInfo::labeled(Role::Button, true, words.get(key)));
            if entry.clicked() {
                panel.actions.push(action(id));
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
