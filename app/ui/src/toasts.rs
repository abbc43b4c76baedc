//! One line above the status bar: what was refused or done last.

use egui::{Align2, Id, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::control::write;
use crate::theme;

/// How long one stays, in seconds.
const STAYS: f32 = 5.0;

/// The toast that is shown.
#[derive(Debug, Default)]
pub struct Toasts {
    shown: Option<(String, bool, f32)>,
}

impl Toasts {
    /// Shows one in the place of the last.
    pub fn show(&mut self, said: String, is_wrong: bool) {
        self.shown = Some((said, is_wrong, STAYS));
    }

    /// Draws it above `line`.
    pub fn draw(&mut self, ui: &mut Ui, line: Rect) {
        let Some((said, is_wrong, left)) = &mut self.shown else { return };
        *left -= ui.input(|input| input.unstable_dt.min(0.5));
        let (fill, colour) = match *is_wrong {
            true => (theme::ATTENTION_GROUND, theme::ATTENTION),
            false => (theme::CONTROL, theme::TEXT),
        };
        let wide = line.width().min(620.0);
        let centre = pos2(line.center().x, line.top() - 22.0);
        let place = Rect::from_center_size(centre, vec2(wide, 30.0));
        let layer = egui::LayerId::new(egui::Order::Foreground, Id::unique("toasts"));
        let ui = &ui.new_child(egui::UiBuilder::new().max_rect(place).layer_id(layer));
        let inside = egui::StrokeKind::Inside;
        ui.painter().rect(place, theme::RADIUS, fill, theme::line(colour), inside);
        let text = place.shrink(8.0);
        write(ui, text, Align2::CENTER_CENTER, said, (theme::BODY, colour));
        let response = ui.interact(place, Id::unique("toast"), Sense::hover());
        let said: &str = said;
        response.widget_info(|| WidgetInfo::labeled(Role::Status, true, said));
        if *left <= 0.0 {
            self.shown = None;
        }
    }
}
