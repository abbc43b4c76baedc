//! The eyedropper: the colour of a key is taken from the picture as it comes, live while the button is down.

use egui::{CursorIcon, Id, Key, Pos2, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo};
use engine::Frame;
use show::Colour;

use crate::theme;

/// How many pixels to each side of the pointer count.
const AROUND: i64 = 2;
/// The radius of the ring around the pointer, in points.
const RING: f32 = 9.0;

/// A colour that is being picked.
#[derive(Clone, Copy, Debug)]
pub struct Eyedropper {
    /// The colour before, which comes back if it is given up.
    before: Colour,
    /// Whether the picture has had the keyboard, which Esc takes away.
    is_ready: bool,
    /// Whether a colour was picked by the press that lasts.
    picks: bool,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picked {
    /// It goes on, and nothing changed.
    Nothing,
    /// This colour lies under the pointer.
    Colour(Colour),
    /// It is over, with this colour or with the one that was picked last.
    Done(Option<Colour>),
    /// It was given up: this was the colour before.
    GivenUp(Colour),
}

impl Eyedropper {
    /// One that takes the place of this colour.
    pub fn new(before: Colour) -> Self {
        Self { before, is_ready: false, picks: false }
    }

    /// Follows the pointer over the picture, which lies at `place`. `picture` is none until it is as it comes.
    pub fn follow(&mut self, ui: &Ui, place: Rect, picture: Option<&Frame>, name: &str) -> Picked {
        let id: Id = ui.scope_id().with("eyedropper");
        let response = ui.interact(place, id, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, picture.is_some(), name));
        // Whether or not the window has it: another window may be looked at meanwhile.
        let has_keyboard = ui.memory(|memory| memory.has_focus(id));
        if !self.is_ready {
            // Esc is for it and nothing else once it has the keyboard. The click that took it up takes that away from
            // all that lies elsewhere, once more if the frame is laid out again.
            let is_clicked = ui.input(|input| input.pointer.any_click());
            self.is_ready = has_keyboard && !is_clicked;
            response.request_focus();
            return Picked::Nothing;
        }
        if ui.input(|input| input.key_pressed(Key::Escape)) {
            return Picked::GivenUp(self.before);
        }
        let pointer = response.interact_pointer_pos().or_else(|| response.hover_pos());
        let under = pointer.zip(picture).and_then(|(at, picture)| colour_at(picture, place, at));
        if let (Some(at), Some(colour)) = (pointer, under) {
            ui.set_cursor_icon(CursorIcon::Crosshair);
            ring(ui, at, colour);
        }
        if response.is_pointer_button_down_on() {
            self.picks |= under.is_some();
            return under.map_or(Picked::Nothing, Picked::Colour);
        }
        let is_let_go = response.clicked() || response.drag_stopped();
        if is_let_go && (under.is_some() || self.picks) {
            return Picked::Done(under);
        }
        if !has_keyboard {
            // The keyboard went elsewhere, and so did the operator.
            return Picked::Done(None);
        }
        Picked::Nothing
    }
}

/// What is under the pointer, around it.
fn ring(ui: &Ui, at: Pos2, colour: Colour) {
    let Colour { r, g, b, .. } = colour;
    let of_picture = theme::of_show(r, g, b);
    ui.painter().circle_stroke(at, RING, Stroke::new(8.0, theme::TEXT));
    ui.painter().circle_stroke(at, RING, Stroke::new(6.0, theme::GROUND));
    ui.painter().circle_stroke(at, RING, Stroke::new(4.0, of_picture));
}

/// The mean colour of a few pixels of a picture in the programme's format, at a place of where it is drawn; none beside
/// it.
pub fn colour_at(picture: &Frame, place: Rect, at: Pos2) -> Option<Colour> {
    let part = (at - place.min) / place.size().max(Vec2::splat(1.0));
    if !(0.0..=1.0).contains(&part.x) || !(0.0..=1.0).contains(&part.y) {
        return None;
    }
    let [y, cb, cr] = [0, 1, 2].map(|plane| {
        let around = if plane == 0 { AROUND } else { AROUND / 2 };
        mean(picture, plane, part, around)
    });
    Some(to_rgb(y, cb, cr))
}

/// The mean of a plane around a part of it.
fn mean(picture: &Frame, plane: usize, part: Vec2, around: i64) -> f64 {
    let (wide, high) = picture.plane_size(plane);
    let of = picture.plane(plane);
    let middle = |part: f32, length: usize| (f64::from(part) * length as f64).floor() as i64;
    let span = |middle: i64, length: usize| {
        let last = length as i64 - 1;
        let middle = middle.clamp(0, last);
        (middle - around).max(0)..=(middle + around).min(last)
    };
    let (mut sum, mut count) = (0.0, 0.0);
    for row in span(middle(part.y, high), high) {
        for column in span(middle(part.x, wide), wide) {
            sum += f64::from(of.data[row as usize * of.stride + column as usize]);
            count += 1.0;
        }
    }
    sum / count
}

/// ITU-R BT.709-6, 3.2 to 3.5, of limited range.
fn to_rgb(y: f64, cb: f64, cr: f64) -> Colour {
    let (y, cb, cr) = ((y - 16.0) / 219.0, (cb - 128.0) / 224.0, (cr - 128.0) / 224.0);
    let red = y + 1.5748 * cr;
    let blue = y + 1.8556 * cb;
    let green = (y - 0.2126 * red - 0.0722 * blue) / 0.7152;
    let code = |part: f64| (part * 255.0).round().clamp(0.0, 255.0) as u8;
    Colour::rgb(code(red), code(green), code(blue))
}
