//! Text on one line, or on as many as a place has room for.

use egui::{Align2, Color32, Rect, Ui};

use crate::theme;

/// A size and a colour.
pub type Style = (f32, Color32);

/// Writes on one line inside a rectangle; what is too long ends in an ellipsis.
pub fn write(
    ui: &Ui,
    rect: Rect,
    anchor: Align2,
    text: &str,
    (size, colour): (f32, Color32),
) -> Rect {
    let mut job =
        egui::text::LayoutJob::simple_singleline(text.to_owned(), theme::font(size), colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width().max(1.0));
    let galley = ui.painter().layout_job(job);
    let place = anchor.align_size_within_rect(galley.size(), rect);
    ui.painter().galley(place.min, galley, colour);
    place
}

/// Writes on as many lines as the rectangle has room for, in its middle or at its foot, on a ground of its own there.
pub fn write_wrapped(
    ui: &Ui,
    rect: Rect,
    text: &str,
    (size, colour): Style,
    ground: Option<Color32>,
) {
    let font = theme::font(size);
    let mut job = egui::text::LayoutJob::simple(text.to_owned(), font, colour, rect.width());
    job.wrap.max_rows = ((rect.height() / (size * LINE)) as usize).max(1);
    job.halign = egui::Align::Center;
    let galley = ui.painter().layout_job(job);
    let high = galley.size().y;
    let mut top = rect.center().y - high / 2.0;
    if let Some(ground) = ground {
        top = rect.bottom() - high;
        ui.painter().rect_filled(rect.with_min_y(top).expand(AROUND), 0.0, ground);
    }
    ui.painter().galley(egui::pos2(rect.center().x, top), galley, colour);
}

/// The height of a line, in sizes of its letters, and what its ground has around it.
const LINE: f32 = 1.3;
const AROUND: f32 = 3.0;

/// Writes one text at each end of a line: the right one whole, the left one in the room it leaves.
pub fn pair(ui: &Ui, rect: Rect, left: (&str, Style), right: (&str, Style)) {
    let end = write(ui, rect, Align2::RIGHT_CENTER, right.0, right.1);
    let rest = rect.with_max_x(end.left() - READOUT_GAP);
    write(ui, rest, Align2::LEFT_CENTER, left.0, left.1);
}

/// A name with its value behind it; yields what is left of the line.
pub fn readout(ui: &Ui, rect: Rect, name: (&str, Style), value: (&str, Style)) -> Rect {
    let name = write(ui, rect, Align2::LEFT_CENTER, name.0, name.1);
    let rest = rect.with_min_x(name.right() + READOUT_GAP);
    let value = write(ui, rest, Align2::LEFT_CENTER, value.0, value.1);
    rest.with_min_x(value.right() + READOUT_GAP)
}

/// Between two texts on one line, in points.
pub const READOUT_GAP: f32 = 6.0;
