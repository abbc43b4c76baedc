//! A crop, dragged on the picture: by an edge, by a corner, or as a whole.

use egui::{CursorIcon, Pos2, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};
use show::Crop;

use crate::theme;

/// How near to an edge it is taken, in points, and how large its handle is drawn.
const REACH: f32 = 10.0;
const HANDLE: f32 = 7.0;
/// What is left of a side at least.
const LEAST: f64 = 0.01;

/// What is dragged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grip {
    /// An edge, or the two of a corner: of each side none, the lesser or the greater one.
    Edges(Option<Edge>, Option<Edge>),
    /// What is left, as a whole.
    Inside,
    /// Nothing is cut off: the part that is to be left.
    New,
}

/// Which of the two edges of a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    Less,
    More,
}

/// A drag under way: what was taken, where, and the crop at that time.
#[derive(Clone, Copy, Debug)]
pub struct CropDrag {
    grip: Grip,
    from: Pos2,
    crop: Crop,
}

/// Draws the crop over the whole picture, which lies at `place` and is `size` pixels large, and follows the pointer.
/// Yields the crop as it is now.
pub fn draw(
    ui: &Ui,
    (place, size): (Rect, (u32, u32)),
    crop: Crop,
    drag: &mut Option<CropDrag>,
    name: &str,
) -> Crop {
    let response = ui.interact(place, ui.scope_id().with("crop"), Sense::click_and_drag());
    // The numbers beside it are for the keyboard.
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    let left = seen(place, crop);
    if response.double_clicked() {
        *drag = None;
        return Crop::NONE;
    }
    if response.drag_started()
        && let Some(from) = ui.input(|input| input.pointer.press_origin())
    {
        *drag = Some(CropDrag { grip: grip(left, crop, from), from, crop });
    }
    if !response.dragged() && !response.drag_stopped() {
        *drag = None;
    }
    let pointer = response.interact_pointer_pos();
    let now = match (*drag, pointer) {
        (Some(drag), Some(at)) => moved(drag, place, at, size),
        _ => crop,
    };
    let over = drag.map(|drag| drag.grip).or_else(|| {
        let at = response.hover_pos()?;
        Some(grip(left, crop, at))
    });
    if let Some(over) = over {
        ui.set_cursor_icon(cursor(over));
    }
    paint(ui, place, seen(place, now));
    now
}

/// What is left of the picture.
fn seen(place: Rect, crop: Crop) -> Rect {
    let Crop { left, top, right, bottom } = crop;
    let at = |x: f64, y: f64| place.min + vec2(x as f32, y as f32) * place.size();
    Rect::from_min_max(at(left, top), at(1.0 - right, 1.0 - bottom))
}

/// What is taken at a place. Edges are taken from both of their sides, the outer ones first: what is left may be small.
fn grip(left: Rect, crop: Crop, at: Pos2) -> Grip {
    let edge = |less: f32, more: f32, at: f32| {
        let (to_less, to_more) = ((at - less).abs(), (at - more).abs());
        let is_less = to_less < to_more || (to_less == to_more && at < less);
        let nearest = if is_less { Edge::Less } else { Edge::More };
        (to_less.min(to_more) <= REACH).then_some(nearest)
    };
    let across = edge(left.left(), left.right(), at.x);
    let down = edge(left.top(), left.bottom(), at.y);
    let reach = left.expand(REACH);
    match (across, down) {
        (None, None) if crop == Crop::NONE => Grip::New,
        (None, None) => Grip::Inside,
        // Beside an edge and not at its end: what lies there is that edge's alone.
        edges if reach.contains(at) => Grip::Edges(edges.0, edges.1),
        _ => Grip::Inside,
    }
}

/// The crop once the pointer is there, in whole pixels of the picture.
fn moved(drag: CropDrag, place: Rect, at: Pos2, (wide, high): (u32, u32)) -> Crop {
    let CropDrag { grip, from, crop } = drag;
    let by = (at - from) / place.size().max(Vec2::splat(1.0));
    let (x, y) = (f64::from(by.x), f64::from(by.y));
    let (mut left, mut right) = (crop.left, crop.right);
    let (mut top, mut bottom) = (crop.top, crop.bottom);
    match grip {
        Grip::Edges(across, down) => {
            (left, right) = pulled((left, right), across, x, wide);
            (top, bottom) = pulled((top, bottom), down, y, high);
        }
        Grip::Inside => {
            (left, right) = shifted((left, right), x, wide);
            (top, bottom) = shifted((top, bottom), y, high);
        }
        Grip::New => {
            let x = |x: f32| f64::from((x - place.left()) / place.width().max(1.0));
            let y = |y: f32| f64::from((y - place.top()) / place.height().max(1.0));
            (left, right) = between((x(from.x), x(at.x)), wide);
            (top, bottom) = between((y(from.y), y(at.y)), high);
        }
    }
    Crop { left, top, right, bottom }
}

/// A part of a length in whole pixels.
fn whole(part: f64, pixels: u32) -> f64 {
    let pixels = f64::from(pixels.max(1));
    (part * pixels).round() / pixels
}

/// What is cut off at both ends of a side once one of its edges was pulled this far.
fn pulled((less, more): (f64, f64), edge: Option<Edge>, by: f64, pixels: u32) -> (f64, f64) {
    let to = |own: f64, other: f64| whole(own, pixels).clamp(0.0, (1.0 - LEAST - other).max(0.0));
    match edge {
        None => (less, more),
        Some(Edge::Less) => (to(less + by, more), more),
        Some(Edge::More) => (less, to(more - by, less)),
    }
}

/// The same once what is left was moved: it keeps its length.
fn shifted((less, more): (f64, f64), by: f64, pixels: u32) -> (f64, f64) {
    let both = less + more;
    let less = whole(less + by, pixels).clamp(0.0, both);
    (less, (both - less).max(0.0))
}

/// The same of what lies between two places.
fn between((from, to): (f64, f64), pixels: u32) -> (f64, f64) {
    let place = |at: f64| whole(at, pixels).clamp(0.0, 1.0);
    let (less, more) = (place(from.min(to)), place(from.max(to)));
    let less = less.min(1.0 - LEAST);
    (less, (1.0 - more.max(less + LEAST)).clamp(0.0, 1.0 - LEAST - less))
}

fn cursor(grip: Grip) -> CursorIcon {
    match grip {
        Grip::Edges(Some(across), Some(down)) if across == down => CursorIcon::ResizeNwSe,
        Grip::Edges(Some(_), Some(_)) => CursorIcon::ResizeNeSw,
        Grip::Edges(Some(_), None) => CursorIcon::ResizeHorizontal,
        Grip::Edges(None, _) => CursorIcon::ResizeVertical,
        Grip::New => CursorIcon::Crosshair,
        Grip::Inside => CursorIcon::Move,
    }
}

fn paint(ui: &Ui, place: Rect, left: Rect) {
    let painter = ui.painter();
    let sides = [
        place.with_max_y(left.top()),
        place.with_min_y(left.bottom()),
        Rect::from_min_max(pos2(place.left(), left.top()), left.left_bottom()),
        Rect::from_min_max(left.right_top(), pos2(place.right(), left.bottom())),
    ];
    for side in sides.into_iter().filter(|side| side.is_positive()) {
        painter.rect_filled(side, 0.0, theme::CUT_OFF);
    }
    let (inside, outside) = (egui::StrokeKind::Inside, egui::StrokeKind::Outside);
    // A dark line around the light one, for bright pictures.
    painter.rect_stroke(left, 0.0, theme::line(theme::GROUND), outside);
    painter.rect_stroke(left, 0.0, theme::line(theme::TEXT), inside);
    let middle = left.center();
    let handles = [
        left.left_top(),
        pos2(middle.x, left.top()),
        left.right_top(),
        pos2(left.right(), middle.y),
        left.right_bottom(),
        pos2(middle.x, left.bottom()),
        left.left_bottom(),
        pos2(left.left(), middle.y),
    ];
    for at in handles {
        let handle = Rect::from_center_size(at, Vec2::splat(HANDLE));
        // Whole, although half of it would lie outside of the picture.
        let inner = place.shrink(HANDLE / 2.0);
        let handle = handle.translate(handle.center().clamp(inner.min, inner.max) - at);
        let line = Stroke::new(1.0, theme::GROUND);
        painter.rect(handle, 1.0, theme::TEXT, line, egui::StrokeKind::Outside);
    }
}
