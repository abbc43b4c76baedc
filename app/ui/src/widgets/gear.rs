//! A gear: opens the settings of what it lies on.

use egui::{Align2, Id, Rect, Response, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, vec2};

use crate::theme;

/// How large it is, and how far from its corner.
const SIZE: f32 = 20.0;
const INSET: f32 = 3.0;
/// How far beyond itself it is clicked.
const REACH: f32 = 3.0;
/// Radii of its ring and of its teeth, and how many there are.
const RING: f32 = 4.2;
const TOOTH: f32 = 6.6;
const TEETH: u8 = 8;

/// Draws it in the right upper corner of a place. It is always there: a finger does not hover.
pub fn gear(ui: &Ui, place: Rect, id: Id, name: &str) -> Response {
    let corner = place.shrink(INSET);
    let ground = Align2::RIGHT_TOP.align_size_within_rect(Vec2::splat(SIZE), corner);
    let response = ui.interact(ground.expand(REACH), id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let is_meant = response.hovered() || response.has_focus();
    let (fill, colour) = match is_meant {
        true => (theme::STRONG, theme::TEXT),
        false => (theme::CUT_OFF, theme::CAP),
    };
    ui.painter().rect_filled(ground, 4.0, fill);
    let (centre, line) = (ground.center(), Stroke::new(1.5, colour));
    ui.painter().circle_stroke(centre, RING, line);
    for tooth in 0..TEETH {
        let angle = f32::from(tooth) * std::f32::consts::TAU / f32::from(TEETH);
        let way = vec2(angle.cos(), angle.sin());
        ui.painter().line_segment([centre + way * RING, centre + way * TOOTH], line);
    }
    response
}
