//! The picture of a source within a dialog.

use egui::{Rect, Role, Sense, Ui, Vec2, WidgetInfo, vec2};

use crate::monitor::{self, Screen, ScreenPlace};
use crate::preview_look::PreviewLook;
use crate::theme;
use crate::widgets::text::write_wrapped;

/// How large it is in the dialog of a source, and in that of its settings.
pub const SMALL: Vec2 = vec2(264.0, 166.0);
pub const LARGE: Vec2 = vec2(432.0, 244.0);

/// A flat colour in its place.
pub fn colour(ui: &mut Ui, size: Vec2, colour: show::Colour, name: &str) {
    let (area, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    let show::Colour { r, g, b, .. } = colour;
    let inside = egui::StrokeKind::Inside;
    ui.painter().rect(area, 0.0, theme::of_show(r, g, b), theme::line(theme::RAISED_LINE), inside);
}

/// Draws it in a place of this size, or says why there is none. Yields where the picture is.
pub fn draw(
    ui: &mut Ui,
    size: Vec2,
    seen: Option<&PreviewLook>,
    (name, said): (&str, &str),
) -> Option<Rect> {
    let (area, response) = ui.allocate_exact_size(size, Sense::hover());
    let inside = egui::StrokeKind::Inside;
    ui.painter().rect(area, 0.0, theme::WELL, theme::line(theme::RAISED_LINE), inside);
    let read = if said.is_empty() { name.to_owned() } else { format!("{name}: {said}") };
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &read));
    let picture = seen.and_then(|seen| Some((seen.picture.clone()?, seen.of)));
    let Some((picture, of)) = picture else {
        write_wrapped(ui, area.shrink(10.0), said, (theme::BODY, theme::QUIET), None);
        return None;
    };
    let place = monitor::fitted(area.shrink(1.0), of);
    monitor::draw_at(ui, place, ScreenPlace::Dialog, &Screen::from(picture));
    if !said.is_empty() {
        let (text, ground) = ((theme::DETAIL, theme::ATTENTION), theme::ATTENTION_GROUND);
        write_wrapped(ui, place.shrink(3.0), said, text, Some(ground));
    }
    Some(place)
}
