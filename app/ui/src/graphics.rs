//! The graphics panel: each graphic with its keys on both buses.

use egui::{Id, Rect, Sense, Ui, vec2};
use engine::Key;
use show::{BusName, Component};

use crate::action::{Action, OpenDialog};
use crate::panel::Panel;
use crate::widgets::button::{self, Tone};
use crate::widgets::list;
use crate::widgets::list_item::name_item;
use crate::widgets::space::Row;
use crate::{command_button, item_menu, theme};

/// Draws them.
pub fn draw(ui: &mut Ui, rect: Rect, panel: &mut Panel<'_>) {
    let look = panel.look;
    list::scrolled(ui, rect, "graphics", panel.words, |ui, wide| {
        let mut items = Vec::new();
        if look.snapshot.show.components.is_empty() {
            ui.label(panel.words.get("no-graphics"));
        }
        for component in &look.snapshot.show.components {
            let (place, _) = ui.allocate_exact_size(vec2(wide, 34.0), Sense::hover());
            graphic(ui, place, component, panel);
            items.push(place);
        }
        let (place, _) = ui.allocate_exact_size(vec2(wide, theme::TARGET), Sense::hover());
        let places = Row::new(place, vec2(0.0, 0.0)).split::<2>(theme::STEP);
        let commands =
            [("edit.add-text", "add-text-short"), ("edit.add-picture", "add-picture-short")];
        for ((id, key), place) in commands.into_iter().zip(places) {
            let label = panel.words.get(key);
            let tone = (Tone::Plain, theme::DETAIL);
            command_button::draw(ui, place, id, Some(&label), tone, panel);
        }
        items
    });
}

/// A graphic: its keys on both buses, and its name, which opens it.
fn graphic(ui: &Ui, place: Rect, component: &Component, panel: &mut Panel<'_>) {
    let (look, words) = (panel.look, panel.words);
    let mut row = Row::new(place, vec2(2.0, 4.0));
    for (bus, name, key, items, tone) in [
        (BusName::Pgm, "pgm", "graphic-on-pgm", &look.snapshot.pgm, Tone::OnAir),
        (BusName::Pvw, "pvw", "graphic-on-pvw", &look.snapshot.pvw, Tone::Next),
    ] {
        let on = items.components.contains(&component.id);
        let place = row.right(44.0);
        row.right(theme::STEP);
        let id = Id::unique(("key", component.id.0, name));
        let full = format!("{}, {}", component.name, words.get(key));
        let letters = words.get(name);
        if button::toggle(ui, place, id, (&letters, &full), (on, tone)).clicked() {
            panel.actions.push(Action::Key(Key { bus, component: component.id, on: !on }));
        }
    }
    let note = look.problems.get(&component.id.into());
    let id = Id::unique(("graphic", component.id.0));
    let response = name_item(ui, row.rest(), id, &component.name, note.is_some());
    if response.clicked() {
        panel.actions.push(Action::Open(OpenDialog::Edit(component.id.into())));
    }
    item_menu::show(ui, &response, component.id.into(), panel);
    response
        .on_hover_text(note.map_or_else(|| words.get("graphic-tip"), |note| words.reason(note)));
}
