//! Buttons and menu entries of commands: dim with the reason while one cannot be done, held where it must
//! be confirmed, and explained in a tooltip.

use egui::{
    Align2, Button, Id, Rect, Response, RichText, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2,
    vec2,
};

use crate::action::Action;
use crate::command::{DeskCommand, Press};
use crate::commands;
use crate::panel::Panel;
use crate::theme;
use crate::widgets::button::{self, Tone};
use crate::widgets::text::write;

/// Draws a button for a command. `label` replaces the command's own, for example where there is less room.
pub fn draw(
    ui: &Ui,
    place: Rect,
    id: &str,
    label: Option<&str>,
    look: (Tone, f32),
    panel: &mut Panel<'_>,
) {
    let Some(command) = commands::find(id) else { return };
    let label = label.map_or_else(|| command.label(panel.words, panel.look), str::to_owned);
    let widget = Id::unique(("command", id));
    let (action, response) = match command.now(&panel.situation()) {
        Ok(action) if command.press == Press::Held => {
            let held = button::hold(ui, place, widget, &label, look.0);
            if held.is_let_go {
                panel.actions.push(Action::Say("hold-why"));
            }
            (held.is_full.then_some(action), held.response)
        }
        Ok(action) => {
            let response = button::button(ui, place, widget, &label, look);
            (response.clicked().then_some(action), response)
        }
        Err(why) => {
            let reason = panel.words.get(why.reason);
            let response = button::disabled(ui, place, widget, &label, &reason);
            response.on_hover_text(reason);
            return;
        }
    };
    panel.actions.extend(action);
    response.on_hover_text(command.tip(panel.words));
}

/// Draws a menu entry; true if it was chosen.
pub fn menu_entry(ui: &mut Ui, command: &DeskCommand, panel: &mut Panel<'_>) -> bool {
    let label = command.entry(panel.words, panel.look);
    let situation = panel.situation();
    let (action, reason) = match command.now(&situation) {
        Ok(action) => (Some(action), None),
        Err(why) => (None, Some(panel.words.get(why.reason))),
    };
    let is_on = command.is_on(&situation);
    let is_done = match (&action, command.press, is_on) {
        (Some(_), Press::Held, _) => {
            let size = vec2(ui.available_width(), theme::TARGET);
            let (place, _) = ui.allocate_exact_size(size, Sense::hover());
            let id = Id::unique(("menu", command.id));
            let held = button::hold(ui, place, id, &label, Tone::Plain);
            if held.is_let_go {
                panel.actions.push(Action::Say("hold-why"));
            }
            let keys = command.keys_text(panel.words);
            let inside = place.shrink2(vec2(8.0, 0.0));
            write(ui, inside, Align2::RIGHT_CENTER, &keys, (theme::DETAIL, theme::QUIET));
            held.response.on_hover_text(command.tip(panel.words));
            held.is_full
        }
        (_, _, is_on) => {
            let mut button = Button::new(label.as_str());
            if !command.keys.is_empty() {
                button = button.shortcut_text(command.keys_text(panel.words));
            }
            let response = ui.add_enabled(action.is_some(), button);
            if let Some(is_on) = is_on {
                mark(ui, &response, is_on, command.is_one_of_many());
                let role =
                    if command.is_one_of_many() { Role::RadioButton } else { Role::CheckBox };
                let can = action.is_some();
                response.widget_info(|| WidgetInfo::selected(role, can, is_on, &label));
            }
            let is_clicked = response.clicked();
            match reason {
                Some(reason) => response.on_disabled_hover_text(reason),
                None => response.on_hover_text(command.tip(panel.words)),
            };
            is_clicked
        }
    };
    if is_done {
        panel.actions.extend(action);
    }
    is_done
}

/// The room at the left of a menu's entries, where options are marked.
pub const MARKS: f32 = 24.0;

/// Marks the option of a menu that is on: a tick, or a dot for one of many.
fn mark(ui: &Ui, response: &Response, is_on: bool, is_one_of_many: bool) {
    let at = pos2(response.rect.left() + MARKS / 2.0, response.rect.center().y);
    match (is_on, is_one_of_many) {
        (false, _) => {}
        (true, true) => _ = ui.painter().circle_filled(at, 3.0, theme::TEXT),
        (true, false) => {
            let stroke = Stroke::new(1.8, theme::TEXT);
            let tick = [vec2(-4.5, 0.0), vec2(-1.5, 3.5), vec2(4.5, -4.0)].map(|by| at + by);
            ui.painter().add(Shape::line(tick.to_vec(), stroke));
        }
    }
}

/// Draws a small button without a frame.
pub fn link(ui: &mut Ui, id: &str, label: &str, panel: &mut Panel<'_>) {
    let Some(command) = commands::find(id) else { return };
    let text = RichText::new(label).size(theme::DETAIL).color(theme::QUIET);
    let now = command.now(&panel.situation());
    let response = ui.add_enabled(now.is_ok(), Button::new(text).frame(false));
    match now {
        Ok(action) => {
            if response.clicked() {
                panel.actions.push(action);
            }
            response.on_hover_text(command.tip(panel.words));
        }
        Err(why) => _ = response.on_disabled_hover_text(panel.words.get(why.reason)),
    }
}

/// Draws a toggle for a command that has an option; its face has room for a few letters.
pub fn toggle(ui: &Ui, place: Rect, id: &str, letters: &str, tone: Tone, panel: &mut Panel<'_>) {
    let Some(command) = commands::find(id) else { return };
    let situation = panel.situation();
    let is_on = command.is_on(&situation) == Some(true);
    let tip = command.tip(panel.words);
    let widget = Id::unique(("command", id));
    let response = button::toggle(ui, place, widget, (letters, &tip), (is_on, tone));
    if let (true, Ok(action)) = (response.clicked(), command.now(&situation)) {
        panel.actions.push(action);
    }
    response.on_hover_text(tip);
}
