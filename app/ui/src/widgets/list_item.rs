//! Items of a list: a picture with a name under it, as in a bin, or a name in a frame.

use egui::text::LayoutJob;
use egui::{Align, Align2, Id, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use engine::Tally;

use crate::theme;
use crate::translations::Translations;
use crate::widgets::text::{pair, write};

/// What an item has below its picture, in points.
const CAPTION: f32 = 22.0;

/// The height of a line, in sizes of its letters.
const LINE: f32 = 1.3;

/// A picture with a name under it. The picture itself is drawn before, by whoever has it.
pub struct PictureItem<'a> {
    /// Tells it from all others.
    pub id: Id,
    /// Where its picture is.
    pub place: Rect,
    /// Whether it is clicked, or dragged as well.
    pub sense: Sense,
    /// Under the picture, at the left.
    pub name: &'a str,
    /// The same at the right: what kind of item it is.
    pub detail: &'a str,
    /// Whether it is next or on air.
    pub tally: Option<Tally>,
    /// The key it is reached by.
    pub number: Option<usize>,
    /// What is said over the picture, and whether that is wrong.
    pub message: Option<(&'a str, bool)>,
    /// Whether a picture lies below that.
    pub has_picture: bool,
}

impl PictureItem<'_> {
    /// Draws what is around and over the picture.
    pub fn show(&self, ui: &Ui, words: &Translations) -> Response {
        let whole = self.place.with_max_y(self.place.bottom() + CAPTION);
        let response = ui.interact(whole, self.id, self.sense);
        if let Some((text, is_wrong)) = self.message {
            self.message(ui, text, is_wrong);
        }
        self.frame(ui, response.hovered());
        if let Some(number) = self.number {
            badge(ui, self.place, &number.to_string());
        }
        let corner = pos2(self.place.left(), self.place.bottom() + 3.0);
        let under = Rect::from_min_max(corner, whole.max).with_max_y(corner.y + 14.0);
        let name = (self.name, (theme::DETAIL, theme::TEXT));
        if self.detail.is_empty() {
            write(ui, under, Align2::LEFT_CENTER, name.0, name.1);
        } else {
            pair(ui, under, name, (self.detail, (theme::DETAIL, theme::QUIET)));
        }
        let said = self.said(words);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &said));
        response
    }

    /// The item as it is read out: colour is never the only sign of what is on air.
    fn said(&self, words: &Translations) -> String {
        let tally = match self.tally {
            Some(Tally::Program) => Some(words.get("tally-program")),
            Some(Tally::Preview) => Some(words.get("tally-preview")),
            None => None,
        };
        let message = self.message.map(|(text, _)| text.to_owned());
        let parts = [Some(self.name.to_owned()), tally, message];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    fn message(&self, ui: &Ui, text: &str, is_wrong: bool) {
        let (colour, ground, size) = match is_wrong {
            true => (theme::ATTENTION, theme::ATTENTION_GROUND, theme::BODY),
            false => (theme::QUIET, theme::GROUND, theme::DETAIL),
        };
        let mut band = self.place.shrink(2.0);
        // On as many lines as the picture has room for; the hint has all of it.
        let room = band.shrink(3.0);
        let wide = ui.painter().layout_no_wrap(text.to_owned(), theme::font(size), colour).size().x;
        // What takes more than a line is set smaller, so that more of it is there.
        let size = if wide > room.width() { theme::SMALL } else { size };
        let mut job = LayoutJob::simple(text.to_owned(), theme::font(size), colour, room.width());
        job.wrap.max_rows = ((room.height() / (size * LINE)) as usize).max(1);
        job.halign = Align::Center;
        let text = ui.painter().layout_job(job);
        if self.has_picture {
            band.min.y = (band.max.y - text.size().y - 4.0).max(band.min.y);
            ui.painter().rect_filled(band, 0.0, ground);
        }
        let top = band.center_top() + vec2(0.0, (band.height() - text.size().y) / 2.0);
        ui.painter().galley(top, text, colour);
    }

    fn frame(&self, ui: &Ui, is_hovered: bool) {
        let (width, colour) = match self.tally {
            Some(Tally::Program) => (2.0, theme::ON_AIR),
            Some(Tally::Preview) => (2.0, theme::NEXT),
            None if is_hovered => (1.0, theme::STRONG_LINE),
            None => (1.0, theme::RAISED_LINE),
        };
        let (stroke, inside) = (egui::Stroke::new(width, colour), egui::StrokeKind::Inside);
        ui.painter().rect_stroke(self.place, theme::PICTURE_RADIUS, stroke, inside);
    }
}

fn badge(ui: &Ui, place: Rect, text: &str) {
    let rect = Rect::from_min_size(place.min + vec2(4.0, 4.0), vec2(15.0, 15.0));
    ui.painter().rect_filled(rect, 3.0, theme::GROUND);
    write(ui, rect, Align2::CENTER_CENTER, text, (theme::DETAIL, theme::TEXT));
}

/// A name in a frame that is clicked; what is wrong with it is marked at its left edge.
pub fn name_item(ui: &Ui, rect: Rect, id: Id, name: &str, is_wrong: bool) -> Response {
    let response = ui.interact(rect, id, Sense::click());
    let line = if response.hovered() { theme::STRONG_LINE } else { theme::RAISED_LINE };
    let inside = egui::StrokeKind::Inside;
    ui.painter().rect_stroke(rect, theme::RADIUS, theme::line(line), inside);
    let text = rect.shrink2(vec2(7.0, 0.0));
    write(ui, text, Align2::LEFT_CENTER, name, (theme::BODY, theme::TEXT));
    if is_wrong {
        let edge = Rect::from_min_size(rect.min, vec2(3.0, rect.height()));
        ui.painter().rect_filled(edge, 1.0, theme::ATTENTION);
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    response
}
