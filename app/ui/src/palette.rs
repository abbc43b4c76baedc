//! The command palette: every command, and every scene and layout, found by typing a part of its name.

use egui::{
    Align2, Button, Id, Key, Modifiers, Response, Role, Sense, TextEdit, Ui, WidgetInfo, vec2,
};

use crate::action::Action;
use crate::command::Press;
use crate::panel::Panel;
use crate::widgets::button::{self, Tone};
use crate::{commands, theme};

/// The most that is offered at once.
const OFFERED: usize = 10;

/// The palette while it is open.
#[derive(Debug, Default)]
pub struct Palette {
    text: String,
    chosen: usize,
    was_shown: bool,
    /// Enter was pressed in the frame before: only now is what was typed with it in the field.
    was_entered: bool,
}

/// A row of the palette.
struct PaletteRow {
    label: String,
    keys: String,
    /// Its tooltip: what it does, or why it cannot be done.
    tip: String,
    /// `None` while it cannot be done.
    action: Option<Action>,
    press: Press,
}

impl Palette {
    /// Draws it; false once something was chosen, or it was left.
    pub fn draw(&mut self, ui: &mut Ui, panel: &mut Panel<'_>) -> bool {
        let rows = found(rows(panel), &self.text);
        let last = rows.len().saturating_sub(1);
        let key = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if key(Key::ArrowDown) {
            self.chosen += 1;
        }
        if key(Key::ArrowUp) {
            self.chosen = self.chosen.saturating_sub(1);
        }
        self.chosen = self.chosen.min(last);
        let is_left = key(Key::Escape);
        let is_pressed = std::mem::replace(&mut self.was_entered, key(Key::Enter));
        if self.was_entered {
            ui.request_repaint();
        }
        let enter = Enter { is_pressed, is_held: ui.input(|input| input.key_down(Key::Enter)) };
        let mut asked = None;
        let frame = egui::Frame::new()
            .fill(theme::RAISED)
            .stroke(theme::line(theme::STRONG_LINE))
            .corner_radius(theme::RADIUS)
            .inner_margin(8.0);
        let shown = egui::Area::new(Id::unique("palette"))
            .order(egui::Order::Foreground)
            .anchor(Align2::CENTER_TOP, vec2(0.0, 44.0))
            .show(ui, |ui| {
                frame.show(ui, |ui| {
                    ui.set_width(460.0);
                    if self.field(ui, panel).changed() {
                        self.chosen = 0;
                    }
                    for (index, row) in rows.iter().enumerate() {
                        if row.draw(ui, index, (index == self.chosen).then_some(enter)) {
                            asked.clone_from(&row.action);
                        }
                    }
                    if rows.is_empty() {
                        ui.label(panel.words.get("palette-nothing"));
                    }
                });
            });
        let is_elsewhere = shown.response.clicked_elsewhere();
        let is_chosen = asked.is_some();
        panel.actions.extend(asked);
        !(is_chosen || is_left || is_elsewhere)
    }

    /// Draws the search field.
    fn field(&mut self, ui: &mut Ui, panel: &Panel<'_>) -> Response {
        let hint = panel.words.get("palette-hint");
        let edit = TextEdit::singleline(&mut self.text).hint_text(hint);
        let edit = edit.desired_width(f32::INFINITY).min_size(vec2(0.0, 30.0));
        let response = ui.add(edit.align(Align2::LEFT_CENTER));
        let name = panel.words.get("palette");
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, &name));
        if !std::mem::replace(&mut self.was_shown, true) {
            response.request_focus();
        }
        response
    }
}

/// The Enter key, for the row that is chosen.
#[derive(Clone, Copy, Debug)]
struct Enter {
    is_pressed: bool,
    is_held: bool,
}

impl PaletteRow {
    /// Draws it; true if it is to be done.
    fn draw(&self, ui: &mut Ui, index: usize, chosen: Option<Enter>) -> bool {
        // As wide as the list, the keys at its end.
        let size = vec2(ui.available_width(), theme::TARGET);
        if self.press == Press::Held && self.action.is_some() {
            let (place, _) = ui.allocate_exact_size(size, Sense::hover());
            let is_held = chosen.is_some_and(|enter| enter.is_held);
            let id = Id::unique(("palette row", index));
            let look = (Tone::Plain, is_held);
            let held = button::hold_also(ui, place, id, &self.label, look);
            held.response.on_hover_text(&self.tip);
            return held.is_full;
        }
        let mut row = Button::selectable(chosen.is_some(), self.label.as_str());
        if !self.keys.is_empty() {
            row = row.shortcut_text(self.keys.as_str());
        }
        let response = ui.add_enabled(self.action.is_some(), row.min_size(size));
        let is_clicked = response.clicked();
        response.on_hover_text(&self.tip).on_disabled_hover_text(&self.tip);
        self.action.is_some() && (is_clicked || chosen.is_some_and(|enter| enter.is_pressed))
    }
}

/// All rows: commands, further scenes, and layouts.
fn rows(panel: &Panel<'_>) -> Vec<PaletteRow> {
    let (look, words) = (panel.look, panel.words);
    let show = &look.snapshot.show;
    let mut rows = Vec::new();
    let situation = panel.situation();
    for command in commands::all() {
        // A number without an item has no name to find.
        if command.value.is_missing(show) {
            continue;
        }
        let (action, tip) = match command.now(&situation) {
            Ok(action) => (Some(action), command.tip(words)),
            Err(why) => (None, words.get(why.reason)),
        };
        let (label, keys) = (command.entry(words, look), command.keys_text(words));
        rows.push(PaletteRow { label, keys, tip, action, press: command.press });
    }
    let mut item = |key: &str, name: &str, action: Action| {
        let (label, tip) = (words.with(key, "name", name), words.get(&format!("{key}-tip")));
        let (keys, press) = (String::new(), Press::Once);
        rows.push(PaletteRow { label, keys, tip, action: Some(action), press });
    };
    // The first ten have commands of their own.
    for scene in show.scenes.iter().skip(10) {
        item("load-item", &scene.name, Action::LoadScene(scene.id));
        item("take-item", &scene.name, Action::TakeScene(scene.id));
    }
    for layout in &show.layouts {
        item("load-layout", &layout.name, Action::LoadLayout(layout.id));
    }
    rows
}

/// The rows whose labels contain all words of `text`; available ones first.
fn found(mut rows: Vec<PaletteRow>, text: &str) -> Vec<PaletteRow> {
    let wanted: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    rows.retain(|row| {
        let label = row.label.to_lowercase();
        wanted.iter().all(|word| label.contains(word))
    });
    rows.sort_by_key(|row| row.action.is_none());
    rows.truncate(OFFERED);
    rows
}
