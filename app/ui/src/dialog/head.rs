//! The head of a dialog: its title and what closes it, or the question whether its work may be discarded.

use egui::{Align2, Id, Rect, Role, Sense, Ui, Vec2, WidgetInfo, vec2};

use crate::dialog::state::DialogState;
use crate::theme;
use crate::translations::Translations;
use crate::widgets::button::{self, Tone};
use crate::widgets::space::Row;
use crate::widgets::text::write;

/// A dialog's title; at the left, the one that comes back once it is closed.
pub fn title(ui: &Ui, head: Rect, title: &str, below: Option<&str>) {
    let title = write(ui, head, Align2::CENTER_CENTER, title, (theme::LARGE, theme::TEXT));
    if let Some(below) = below {
        let left = head.with_max_x(title.left() - theme::STEP);
        let below = format!("‹ {below}");
        write(ui, left, Align2::LEFT_CENTER, &below, (theme::DETAIL, theme::QUIET));
    }
}

/// What closes a dialog, at the right of its head; true if it was pressed.
pub fn close(ui: &Ui, head: Rect, name: &str) -> bool {
    let corner = Rect::from_center_size(head.right_center(), Vec2::splat(theme::TARGET));
    let corner = corner.translate(vec2(-theme::TARGET / 2.0, 0.0));
    let response = ui.interact(corner, Id::unique("dialog close"), Sense::click());
    let colour = if response.hovered() { theme::TEXT } else { theme::QUIET };
    let cross = Rect::from_center_size(corner.center(), Vec2::splat(11.0));
    for ends in [[cross.min, cross.max], [cross.left_bottom(), cross.right_top()]] {
        ui.painter().line_segment(ends, egui::Stroke::new(1.5, colour));
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    response.clicked()
}

/// Asks whether what was entered may be discarded; `None` until it is answered.
pub fn question(ui: &Ui, head: Rect, words: &Translations) -> Option<DialogState> {
    let mut row = Row::new(head, vec2(0.0, (head.height() - theme::TARGET) / 2.0));
    let id = Id::unique("dialog discard");
    let pressed = |place: Rect, key: &str, tone| {
        button::button(ui, place, id.with(key), &words.get(key), (tone, theme::BODY)).clicked()
    };
    let (keep, discard) = (row.right(120.0), {
        row.right(theme::STEP);
        row.right(100.0)
    });
    let kept = pressed(keep, "draft-keep", Tone::Strong);
    let is_discarded = pressed(discard, "draft-discard", Tone::Plain);
    let asked = words.get("draft-question");
    write(ui, row.rest(), Align2::LEFT_CENTER, &asked, (theme::BODY, theme::ATTENTION));
    let response = ui.interact(row.rest(), id, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Alert, true, &asked));
    match (is_discarded, kept) {
        (true, _) => Some(DialogState::Closed),
        (_, true) => Some(DialogState::Kept),
        _ => None,
    }
}
