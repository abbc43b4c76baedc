//! Toasts: the last notices above the status line, for as long as it takes to read them.

use egui::text::LayoutJob;
use egui::{Align2, Galley, Id, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use std::sync::Arc;

use crate::action::Action;
use crate::theme;
use crate::widgets::button::{self, Tone};
use crate::widgets::card::frame;

/// How long one stays at least, in seconds, and how many letters are read in a second.
const STAYS: f32 = 5.0;
const READ: f32 = 14.0;
/// How long one with a button stays at least.
const OFFERS: f32 = 12.0;
/// The most that are shown at a time; the log has the rest.
const MOST: usize = 3;
/// The most lines of one.
const LINES: usize = 3;
/// What is around its words.
const PAD: Vec2 = vec2(12.0, 7.0);
/// Between two of them.
const GAP: f32 = 4.0;
/// How wide one is at the most.
const WIDE: f32 = 620.0;

/// The toasts that are shown, the newest last.
#[derive(Debug, Default)]
pub struct Toasts {
    shown: Vec<Toast>,
    /// How many there were so far.
    count: u64,
}

/// A notice on the screen.
#[derive(Debug)]
struct Toast {
    number: u64,
    said: String,
    is_wrong: bool,
    /// What it offers: a label, and what is asked for.
    offer: Option<(String, Action)>,
    /// For how many seconds it is still shown.
    left: f32,
}

impl Toasts {
    /// Shows one; good news that offers nothing takes the place of no other.
    pub fn show(&mut self, said: String, is_wrong: bool, offer: Option<(String, Action)>) {
        // Said again it is the same toast, and other good news is over.
        self.shown.retain(|toast| toast.said != said && (toast.is_wrong || toast.offer.is_some()));
        if self.shown.len() == MOST && !is_wrong && offer.is_none() {
            return;
        }
        if self.shown.len() == MOST {
            self.shown.remove(0);
        }
        let least = if offer.is_some() { OFFERS } else { STAYS };
        let left = least.max(said.chars().count() as f32 / READ);
        self.count += 1;
        self.shown.push(Toast { number: self.count, said, is_wrong, offer, left });
    }

    /// Draws them above `line`; yields what was asked for.
    pub fn draw(&mut self, ui: &mut Ui, line: Rect) -> Option<Action> {
        let step = ui.input(|input| input.unstable_dt.min(0.5));
        let layer = egui::LayerId::new(egui::Order::Foreground, Id::unique("toasts"));
        let builder = egui::UiBuilder::new().max_rect(line).layer_id(layer);
        let ui = &mut ui.new_child(builder);
        ui.set_clip_rect(ui.ctx().content_rect());
        let mut bottom = line.top() - 7.0;
        let mut asked = None;
        for toast in self.shown.iter_mut().rev() {
            let (top, action) = toast.draw(ui, line, bottom, step);
            bottom = top - GAP;
            asked = asked.or(action);
        }
        self.shown.retain(|toast| toast.left > 0.0);
        asked
    }
}

impl Toast {
    /// Draws it with its bottom there; yields its top, and what was asked for.
    fn draw(&mut self, ui: &Ui, line: Rect, bottom: f32, step: f32) -> (f32, Option<Action>) {
        let (fill, colour) = match self.is_wrong {
            true => (theme::ATTENTION_GROUND, theme::ATTENTION),
            false => (theme::CONTROL, theme::TEXT),
        };
        let offer = self.offer.as_ref().map(|(label, _)| {
            let font = theme::font(theme::BODY);
            ui.painter().layout_no_wrap(label.clone(), font, colour).size().x + 2.0 * PAD.x
        });
        let room = line.width().min(WIDE) - 2.0 * PAD.x - offer.map_or(0.0, |wide| wide + PAD.x);
        let galley = self.words(ui, room, colour);
        let high = (galley.size().y + 2.0 * PAD.y).max(30.0);
        let size = vec2(line.width().min(WIDE), high);
        let place = Align2::CENTER_BOTTOM.anchor_size(pos2(line.center().x, bottom), size);
        frame(ui, place, fill, colour);
        let mut words = place.shrink(PAD.x.min(PAD.y));
        words.max.x -= offer.map_or(0.0, |wide| wide + PAD.x);
        let at = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), words);
        ui.painter().galley(at.min, galley, colour);
        let id = Id::unique(("toast", self.number));
        let response = ui.interact(place, id, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Status, true, &self.said));
        // Whoever reads it, or aims at its button, has time for it.
        if !response.contains_pointer() {
            self.left -= step;
        }
        let mut asked = None;
        if let (Some(wide), Some((label, action))) = (offer, &self.offer) {
            let size = vec2(wide, theme::TARGET.min(high - 4.0));
            let right = pos2(place.right() - PAD.y, place.center().y);
            let button = Align2::RIGHT_CENTER.anchor_size(right, size);
            let look = (Tone::Strong, theme::BODY);
            if button::button(ui, button, id.with("offer"), label, look).clicked() {
                asked = Some(action.clone());
                self.left = 0.0;
            }
        }
        (place.top(), asked)
    }

    fn words(&self, ui: &Ui, room: f32, colour: egui::Color32) -> Arc<Galley> {
        let font = theme::font(theme::BODY);
        let mut job = LayoutJob::simple(self.said.clone(), font, colour, room);
        job.wrap.max_rows = LINES;
        ui.painter().layout_job(job)
    }
}
