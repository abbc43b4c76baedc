//! Buttons: plain, toggled, held to confirm, and disabled with a reason.

use egui::{Align2, Color32, Id, Rect, Response, Role, Sense, Ui, WidgetInfo, vec2};

use crate::theme;
use crate::widgets::card::frame;
use crate::widgets::text::write;

/// How a button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// A button among others.
    Plain,
    /// CUT and AUTO.
    Strong,
    /// The same while its key is for something else.
    Dim,
    /// Is next while it is switched on.
    Next,
    /// Is on air while it is switched on.
    OnAir,
    /// Puts something on air: quiet, with a red dot.
    Start,
    /// Ends what is on air: quiet, in red words.
    Stop,
    /// A switched-on option.
    Option,
    /// Says: look here.
    Attention,
}

impl Tone {
    fn colours(self) -> (Color32, Color32, Color32) {
        match self {
            Self::Plain => (theme::CONTROL, theme::CONTROL_LINE, theme::TEXT),
            Self::Strong => (theme::STRONG, theme::STRONG_LINE, theme::TEXT),
            Self::Dim => (theme::RAISED, theme::CONTROL_LINE, theme::QUIET),
            Self::Next => (theme::NEXT_GROUND, theme::NEXT, theme::NEXT),
            Self::Start => (theme::CONTROL, theme::CONTROL_LINE, theme::TEXT),
            Self::Stop => (theme::CONTROL, theme::CONTROL_LINE, theme::ON_AIR),
            Self::OnAir => (theme::ON_AIR_GROUND, theme::ON_AIR, theme::TEXT),
            Self::Option => (theme::OPTION, theme::OPTION_LINE, theme::TEXT),
            Self::Attention => (theme::ATTENTION_GROUND, theme::ATTENTION, theme::ATTENTION),
        }
    }
}

/// A button with a label of this size.
pub fn button(ui: &Ui, rect: Rect, id: Id, label: &str, (tone, size): (Tone, f32)) -> Response {
    let response = ui.interact(rect, id, Sense::click());
    face(ui, rect, &response, tone);
    words(ui, rect.shrink(3.0), label, (tone, size));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, label));
    response
}

/// The words on a face, behind the dot of what goes on air.
fn words(ui: &Ui, rect: Rect, label: &str, (tone, size): (Tone, f32)) {
    let (_, _, colour) = tone.colours();
    let room = if tone == Tone::Start { rect.with_min_x(rect.left() + DOT) } else { rect };
    let written = write(ui, room, Align2::CENTER_CENTER, label, (size, colour));
    if tone == Tone::Start {
        let place = written.left_center() - vec2(DOT / 2.0 + 1.0, 0.0);
        ui.painter().circle_filled(place, DOT / 4.0, theme::ON_AIR);
    }
}

/// What the dot takes before the words.
const DOT: f32 = 14.0;

/// A toggle with a short label; `name` is its full name.
pub fn toggle(
    ui: &Ui,
    rect: Rect,
    id: Id,
    (letters, name): (&str, &str),
    (on, tone): (bool, Tone),
) -> Response {
    let response = ui.interact(rect, id, Sense::click());
    face(ui, rect, &response, if on { tone } else { Tone::Plain });
    let colour = if on { theme::TEXT } else { theme::QUIET };
    write(ui, rect, Align2::CENTER_CENTER, letters, (theme::SMALL, colour));
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, name));
    response
}

/// How long a button is held to confirm it, in seconds.
pub const HOLD: f32 = 0.8;

/// What was done to a button that must be held.
pub struct Held {
    /// What was done to it otherwise.
    pub response: Response,
    /// It is full; true once.
    pub is_full: bool,
    /// It was let go before.
    pub is_let_go: bool,
}

/// A button that must be held, by mouse or with Space or Enter: it fills meanwhile.
pub fn hold(ui: &Ui, rect: Rect, id: Id, label: &str, tone: Tone) -> Held {
    hold_also(ui, rect, id, label, (tone, false))
}

/// The same where another key press may hold it too.
pub fn hold_also(ui: &Ui, rect: Rect, id: Id, label: &str, (tone, is_held): (Tone, bool)) -> Held {
    // As a drag, too: such a long press is not a click. Sliding off cancels.
    let response = ui.interact(rect, id, Sense::click_and_drag());
    // Not `rect_contains_pointer`: what is drawn over all areas is in none, and it never contains the pointer.
    let pointer = ui.input(|input| input.pointer.interact_pos());
    let pressed =
        response.is_pointer_button_down_on() && pointer.is_some_and(|at| rect.contains(at));
    let keys = |input: &egui::InputState| {
        input.key_down(egui::Key::Space) || input.key_down(egui::Key::Enter)
    };
    let down = is_held || pressed || (response.has_focus() && ui.input(keys));
    let step = ui.input(|input| input.unstable_dt.min(0.25));
    let (before, done): (f32, bool) = ui.data(|data| data.get_temp(id)).unwrap_or((0.0, false));
    let now = if down { before + step } else { 0.0 };
    let full = now >= HOLD && !done;
    ui.data_mut(|data| data.insert_temp(id, (now, down && (done || full))));
    let was_clicked = response.clicked() && !down;
    // Whoever slides off has thought better of it.
    let is_on_it = response.has_focus() || pointer.is_some_and(|at| rect.contains(at));
    let is_let_go = was_clicked || (before > 0.0 && !done && !down && is_on_it);
    face(ui, rect, &response, tone);
    if now > 0.0 {
        let part = (now / HOLD).min(1.0);
        let filled = Rect::from_min_size(rect.min, vec2(rect.width() * part, rect.height()));
        ui.painter().rect_filled(filled, theme::RADIUS, theme::ON_AIR_FILL);
        ui.request_repaint();
    }
    // On the red that fills it only plain words can be read.
    let tone = if now > 0.0 { Tone::Plain } else { tone };
    words(ui, rect.shrink(3.0), label, (tone, theme::BODY));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, label));
    Held { response, is_full: full, is_let_go }
}

/// A disabled button; `reason` says why, and what to do.
pub fn disabled(ui: &Ui, rect: Rect, id: Id, label: &str, reason: &str) -> Response {
    let response = ui.interact(rect, id, Sense::hover());
    frame(ui, rect, theme::RAISED, theme::RAISED_LINE);
    write(ui, rect.shrink(3.0), Align2::CENTER_CENTER, label, (theme::BODY, theme::FAINT));
    let name = format!("{label}: {reason}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, false, &name));
    response
}

fn face(ui: &Ui, rect: Rect, response: &Response, tone: Tone) {
    let (fill, line, _) = tone.colours();
    let fill = if response.is_pointer_button_down_on() {
        theme::STRONG_LINE
    } else if response.hovered() && matches!(tone, Tone::Plain | Tone::Start | Tone::Stop) {
        theme::STRONG
    } else {
        fill
    };
    frame(ui, rect, fill, line);
}
