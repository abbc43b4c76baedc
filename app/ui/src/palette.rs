//! Everything that can be asked, found by typing a part of its name.

use egui::{Align2, Button, Id, Key, Modifiers, TextEdit, Ui, vec2};

use crate::action::Action;
use crate::commands::{self, Views};
use crate::panel::Panel;
use crate::theme;

/// The most that is offered at once.
const OFFERED: usize = 10;

/// The palette while it is open.
#[derive(Debug, Default)]
pub struct Palette {
    text: String,
    chosen: usize,
    was_shown: bool,
}

impl Palette {
    /// Draws it; false once something was chosen, or it was left.
    pub fn draw(&mut self, ui: &mut Ui, views: Views, panel: &mut Panel<'_>) -> bool {
        let mut offered = offered(panel, views);
        let wanted: Vec<String> = self.text.split_whitespace().map(str::to_lowercase).collect();
        offered.retain(|(label, _, _)| {
            let label = label.to_lowercase();
            wanted.iter().all(|word| label.contains(word))
        });
        offered.truncate(OFFERED);
        self.chosen = self.chosen.min(offered.len().saturating_sub(1));
        let keys = |ui: &Ui, key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if keys(ui, Key::ArrowDown) {
            self.chosen = (self.chosen + 1).min(offered.len().saturating_sub(1));
        }
        if keys(ui, Key::ArrowUp) {
            self.chosen = self.chosen.saturating_sub(1);
        }
        let entered = keys(ui, Key::Enter);
        let mut asked = None;
        let mut stays = !keys(ui, Key::Escape);
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
                    let hint = panel.words.get("palette-hint");
                    let edit = TextEdit::singleline(&mut self.text).hint_text(hint);
                    let edit = edit.desired_width(f32::INFINITY).min_size(vec2(0.0, 30.0));
                    let edit = edit.align(Align2::LEFT_CENTER);
                    let response = ui.add(edit);
                    let name = panel.words.get("palette");
                    response.widget_info(|| {
                        egui::WidgetInfo::labeled(egui::Role::TextInput, true, &name)
                    });
                    if !std::mem::replace(&mut self.was_shown, true) {
                        response.request_focus();
                    }
                    if response.changed() {
                        self.chosen = 0;
                    }
                    for (index, (label, keys, action)) in offered.iter().enumerate() {
                        // As wide as the list, the keys at its end.
                        let wide = vec2(ui.available_width(), theme::TARGET);
                        let row = Button::selectable(index == self.chosen, label.as_str());
                        let row = ui.add(row.shortcut_text(keys.as_str()).min_size(wide));
                        if row.clicked() || (entered && index == self.chosen) {
                            asked = Some(action.clone());
                        }
                    }
                    if offered.is_empty() {
                        ui.label(panel.words.get("palette-nothing"));
                    }
                });
            });
        let elsewhere = shown.response.clicked_elsewhere();
        if let Some(action) = asked {
            panel.actions.push(action);
            stays = false;
        }
        stays && !(elsewhere && self.was_shown)
    }
}

/// What can be asked now: its name, its keys, and what is asked.
fn offered(panel: &Panel<'_>, views: Views) -> Vec<(String, String, Action)> {
    let (look, words) = (panel.look, panel.words);
    let mut offered = Vec::new();
    for entry in commands::all(look, words, views) {
        if entry.is_ready {
            let keys = entry.keys.map(|keys| keys.format(&egui::ModifierNames::NAMES, false));
            offered.push((entry.label, keys.unwrap_or_default(), entry.action));
        }
    }
    let show = &look.snapshot.show;
    for scene in &show.scenes {
        let take = words.with("take-item", "name", scene.name.as_str());
        let load = words.with("load-item", "name", scene.name.as_str());
        offered.push((load, String::new(), Action::LoadScene(scene.id)));
        offered.push((take, String::new(), Action::TakeScene(scene.id)));
    }
    for layout in &show.layouts {
        let load = words.with("load-layout", "name", layout.name.as_str());
        offered.push((load, String::new(), Action::LoadLayout(layout.id)));
    }
    offered
}
