//! The graphics of both buses.

use egui::{Align2, Id, Rect, Role, Sense, Ui, WidgetInfo, vec2};
use engine::Key;
use show::{BusName, Component};

use crate::action::{Action, Open};
use crate::control::{self, Tone, cut_left, cut_right, write};
use crate::items;
use crate::panel::Panel;
use crate::theme;

/// Draws them.
pub fn draw(ui: &mut Ui, rect: Rect, panel: &mut Panel<'_>) {
    let look = panel.look;
    control::scrolled(ui, rect, "graphics", |ui, wide| {
        if look.snapshot.show.components.is_empty() {
            ui.label(panel.words.get("no-graphics"));
        }
        for component in &look.snapshot.show.components {
            let (place, _) = ui.allocate_exact_size(vec2(wide, 34.0), Sense::hover());
            graphic(ui, place, component, panel);
        }
        let (mut place, _) = ui.allocate_exact_size(vec2(wide, theme::TARGET), Sense::hover());
        let half = (wide - theme::STEP) / 2.0;
        for (key, open) in
            [("add-text-short", Open::AddText), ("add-picture-short", Open::AddPicture)]
        {
            let button = cut_left(&mut place, half);
            cut_left(&mut place, theme::STEP);
            let id = Id::unique(key);
            let tone = (Tone::Plain, theme::DETAIL);
            if control::button(ui, button, id, &panel.words.get(key), tone).clicked() {
                panel.actions.push(Action::Open(open));
            }
        }
    });
}

/// A graphic: its keys on both buses, and its name, which opens it.
fn graphic(ui: &Ui, place: Rect, component: &Component, panel: &mut Panel<'_>) {
    let (look, words) = (panel.look, panel.words);
    let mut rest = place.shrink2(vec2(2.0, 4.0));
    for (bus, name, key, items, tone) in [
        (BusName::Pgm, "pgm", "graphic-on-pgm", &look.snapshot.pgm, Tone::OnAir),
        (BusName::Pvw, "pvw", "graphic-on-pvw", &look.snapshot.pvw, Tone::Next),
    ] {
        let on = items.components.contains(&component.id);
        let place = cut_right(&mut rest, 44.0);
        cut_right(&mut rest, theme::STEP);
        let id = Id::unique(("key", component.id.0, name));
        let full = format!("{}, {}", component.name, words.get(key));
        let letters = words.get(name);
        if control::toggle(ui, place, id, (&letters, &full), (on, tone)).clicked() {
            panel.actions.push(Action::Key(Key { bus, component: component.id, on: !on }));
        }
    }
    let response = ui.interact(rest, Id::unique(("graphic", component.id.0)), Sense::click());
    let edge = if response.hovered() { theme::STRONG_LINE } else { theme::RAISED_LINE };
    let inside = egui::StrokeKind::Inside;
    ui.painter().rect_stroke(rest, theme::RADIUS, theme::line(edge), inside);
    let text = rest.shrink2(vec2(7.0, 0.0));
    write(ui, text, Align2::LEFT_CENTER, &component.name, (theme::BODY, theme::TEXT));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &component.name));
    if response.clicked() {
        panel.actions.push(Action::Open(Open::Edit(component.id.into())));
    }
    items::menu(ui, &response, component.id.into(), panel);
    if let Some(note) = look.notes.get(&component.id.into()) {
        let edge = Rect::from_min_size(place.min, vec2(3.0, place.height()));
        ui.painter().rect_filled(edge, 1.0, theme::ATTENTION);
        response.on_hover_text(words.reason(note));
    } else {
        response.on_hover_text(words.get("graphic-tip"));
    }
}
