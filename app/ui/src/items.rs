//! What can be done with any item of the show.

use egui::{Context, Key, Modifiers, Popup, PopupAnchor, Response, Ui};
use show::{Edit, ItemId};

use crate::action::{Action, Open};
use crate::panel::Panel;

/// By the right button or by keys.
pub fn menu(ui: &Ui, response: &Response, id: ItemId, panel: &mut Panel<'_>) {
    let words = panel.words;
    let edit = Action::Open(Open::Edit(id));
    let rename = Action::Open(Open::Rename(id));
    let remove = Action::Edit(vec![Edit::Remove(id)]);
    let popup = Popup::default_response_id(response);
    if response.has_focus() {
        if ui.input(|input| input.key_pressed(Key::F2)) {
            panel.actions.push(rename.clone());
        } else if ui.input(|input| input.key_pressed(Key::Delete)) {
            panel.actions.push(remove.clone());
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
        for (key, action) in [("edit-item", edit), ("rename", rename), ("remove", remove)] {
            if key == "edit-item" && matches!(id, ItemId::Scene(_)) {
                continue;
            }
            let entry = ui.button(words.get(key));
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
    // Whoever leaves it by Esc is where they were; by Tab, at what comes next.
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
