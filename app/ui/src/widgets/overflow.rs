//! The sign that a list has more than is seen of it: it fades out at that edge, with a count beside it.

use egui::{Align2, Color32, Id, Mesh, Rangef, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::theme;
use crate::translations::Translations;
use crate::widgets::card::frame;
use crate::widgets::text::write;

/// How wide and how high a count is.
pub const COUNT: egui::Vec2 = vec2(30.0, 18.0);
/// How far an edge fades.
const FADE: f32 = 20.0;
/// What may be cut off an item that is still called whole.
const SLACK: f32 = 1.5;

/// How many items are not wholly in sight, before and after those that are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overflow {
    before: usize,
    after: usize,
}

impl Overflow {
    /// Of these items, where this much of the list is seen.
    pub fn of(items: impl IntoIterator<Item = Rangef>, seen: Rangef) -> Self {
        let mut overflow = Self::default();
        for item in items {
            overflow.before += usize::from(item.min < seen.min - SLACK);
            overflow.after += usize::from(item.max > seen.max + SLACK);
        }
        overflow
    }

    /// Draws the signs of a list that goes down, at the edges of what is seen.
    pub fn down(self, ui: &Ui, seen: Rect, id: Id, words: &Translations) {
        let page = vec2(0.0, (seen.height() - FADE).max(FADE));
        if self.before > 0 {
            fade(ui, seen.with_max_y(seen.top() + FADE), true);
            let place = Align2::RIGHT_TOP.align_size_within_rect(COUNT, seen);
            if count(ui, place, id, Side::Before, self.before, words) {
                scroll_by(ui, id, -page);
            }
        }
        if self.after > 0 {
            fade(ui, seen.with_min_y(seen.bottom() - FADE), false);
            let place = Align2::RIGHT_BOTTOM.align_size_within_rect(COUNT, seen);
            if count(ui, place, id, Side::After, self.after, words) {
                scroll_by(ui, id, page);
            }
        }
    }

    /// Draws the signs of a list that goes across, beside what is seen of it.
    pub fn across(self, ui: &Ui, sides: [Rect; 2], id: Id, words: &Translations) {
        let places = sides.map(|side| Align2::CENTER_TOP.align_size_within_rect(COUNT, side));
        let page = vec2(places[1].left() - places[0].right(), 0.0);
        if self.before > 0 && count(ui, places[0], id, Side::Before, self.before, words) {
            scroll_by(ui, id, -page);
        }
        if self.after > 0 && count(ui, places[1], id, Side::After, self.after, words) {
            scroll_by(ui, id, page);
        }
    }
}

/// Has a list scroll on by so much with its next frame.
fn scroll_by(ui: &Ui, id: Id, by: egui::Vec2) {
    ui.data_mut(|data| data.insert_temp(id, by));
    ui.request_repaint();
}

/// Within a list that scrolls: goes on by what was clicked on its signs.
pub fn scroll_on(ui: &Ui, id: Id) {
    let by: Option<egui::Vec2> = ui.data_mut(|data| data.remove_temp(id));
    if let Some(by) = by {
        ui.scroll_with_delta(-by);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// How many more there are; true if it was clicked.
fn count(ui: &Ui, place: Rect, id: Id, side: Side, more: usize, words: &Translations) -> bool {
    let is_after = side == Side::After;
    let response = ui.interact(place, id.with(("more", is_after)), Sense::click());
    let lit = if response.hovered() { theme::STRONG } else { theme::CONTROL };
    frame(ui, place, lit, theme::STRONG_LINE);
    let at = Align2::CENTER_CENTER;
    write(ui, place.shrink(2.0), at, &format!("+{more}"), (theme::DETAIL, theme::TEXT));
    let name = words.with(if is_after { "more-after" } else { "more-before" }, "count", more);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    response.on_hover_text(name).clicked()
}

/// An edge that fades into the panel, at its top or at its bottom.
fn fade(ui: &Ui, place: Rect, is_top: bool) {
    let (top, bottom) = match is_top {
        true => (theme::PANEL, Color32::TRANSPARENT),
        false => (Color32::TRANSPARENT, theme::PANEL),
    };
    let mut mesh = Mesh::default();
    for (y, colour) in [(place.top(), top), (place.bottom(), bottom)] {
        for x in [place.left(), place.right()] {
            mesh.colored_vertex(pos2(x, y), colour);
        }
    }
    mesh.add_triangle(0, 1, 2);
    mesh.add_triangle(1, 2, 3);
    ui.painter().add(mesh);
}
