//! What can be done with any item of the show.

use egui::{Key, Response, Ui};
use show::{Edit, ItemId};

use crate::action::{Action, Open};
use crate::panel::Panel;

/// By the right button or by keys.
pub fn menu(ui: &Ui, response: &Response, id: ItemId, panel: &mut Panel<'_>) {
    let words = panel.words;
    let edit = !matches!(id, ItemId::Scene(_));
    let mut ask = |action| panel.actions.push(action);
    if response.has_focus() {
        let pressed = |key| ui.input(|input| input.key_pressed(key));
        if pressed(Key::F2) {
            ask(Action::Open(Open::Rename(id)));
        } else if pressed(Key::Delete) {
            ask(Action::Edit(vec![Edit::Remove(id)]));
        }
    }
    response.context_menu(|ui| {
        ui.set_min_width(150.0);
        if edit && ui.button(words.get("edit-item")).clicked() {
            ask(Action::Open(Open::Edit(id)));
        }
        if ui.button(words.get("rename")).clicked() {
            ask(Action::Open(Open::Rename(id)));
        }
        if ui.button(words.get("remove")).clicked() {
            ask(Action::Edit(vec![Edit::Remove(id)]));
        }
    });
}
