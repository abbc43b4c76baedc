//! Buttons and menu entries of commands: dim with the reason while one cannot be done, held where it must
//! be confirmed, and explained in a tooltip.

use egui::{Button, Id, Rect, RichText, Sense, Ui, vec2};

use crate::action::Action;
use crate::command::{DeskCommand, Press};
use crate::commands;
use crate::panel::Panel;
use crate::theme;
use crate::widgets::button::{self, Tone};

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
            held.response.on_hover_text(command.tip(panel.words));
            held.is_full
        }
        (_, _, is_on) => {
            let mut button = match is_on {
                Some(is_on) => Button::selectable(is_on, label.as_str()),
                None => Button::new(label.as_str()),
            };
            if !command.keys.is_empty() {
                button = button.shortcut_text(command.keys_text(panel.words));
            }
            let response = ui.add_enabled(action.is_some(), button);
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
