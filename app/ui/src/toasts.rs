//! Toasts: the last notice above the status line, for as long as it takes to read it.

use egui::text::LayoutJob;
use egui::{Align, Align2, Id, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::theme;
use crate::widgets::card::frame;

/// How long one stays at least, in seconds, and how many letters are read in a second.
const STAYS: f32 = 5.0;
const READ: f32 = 14.0;
/// The most lines of one; the log has the rest.
const LINES: usize = 3;
/// What is around its words.
const PAD: egui::Vec2 = vec2(12.0, 7.0);

/// The toast that is shown.
#[derive(Debug, Default)]
pub struct Toasts {
    shown: Option<(String, bool, f32)>,
}

impl Toasts {
    /// Shows one in place of the last; good news stays in the log while an error is still shown.
    pub fn show(&mut self, said: String, is_wrong: bool) {
        if !is_wrong && matches!(self.shown, Some((_, true, _))) {
            return;
        }
        let stays = STAYS.max(said.chars().count() as f32 / READ);
        self.shown = Some((said, is_wrong, stays));
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
        let mut job =
            LayoutJob::simple(said.clone(), theme::font(theme::BODY), colour, wide - 2.0 * PAD.x);
        job.wrap.max_rows = LINES;
        job.halign = Align::Center;
        let galley = ui.painter().layout_job(job);
        let high = (galley.size().y + 2.0 * PAD.y).max(30.0);
        let bottom = pos2(line.center().x, line.top() - 7.0);
        let place = Align2::CENTER_BOTTOM.anchor_size(bottom, vec2(wide, high));
        let layer = egui::LayerId::new(egui::Order::Foreground, Id::unique("toasts"));
        let ui = &ui.new_child(egui::UiBuilder::new().max_rect(place).layer_id(layer));
        frame(ui, place, fill, colour);
        let top = place.center_top() + vec2(0.0, (high - galley.size().y) / 2.0);
        ui.painter().galley(top, galley, colour);
        let response = ui.interact(place, Id::unique("toast"), Sense::hover());
        let said: &str = said;
        response.widget_info(|| WidgetInfo::labeled(Role::Status, true, said));
        if *left <= 0.0 {
            self.shown = None;
        }
    }
}
