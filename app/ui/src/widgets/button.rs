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
    /// Brings something to PVW or copies it.
    Next,
    /// Ends what is on air.
    OnAir,
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
    let (_, _, text) = tone.colours();
    write(ui, rect.shrink(3.0), Align2::CENTER_CENTER, label, (size, text));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, label));
    response
}

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

/// A button that must be held, by mouse or with Space or Enter: it fills meanwhile, and yields true once
/// when full.
pub fn hold(ui: &Ui, rect: Rect, id: Id, label: &str) -> (Response, bool) {
    hold_also(ui, rect, id, label, false)
}

/// The same where another key press may hold it too.
pub fn hold_also(ui: &Ui, rect: Rect, id: Id, label: &str, is_held: bool) -> (Response, bool) {
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
    face(ui, rect, &response, Tone::OnAir);
    if now > 0.0 {
        let part = (now / HOLD).min(1.0);
        let filled = Rect::from_min_size(rect.min, vec2(rect.width() * part, rect.height()));
        ui.painter().rect_filled(filled, theme::RADIUS, theme::ON_AIR_FILL);
        ui.request_repaint();
    }
    write(ui, rect, Align2::CENTER_CENTER, label, (theme::BODY, theme::TEXT));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, label));
    (response, full)
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
    } else if response.hovered() && tone == Tone::Plain {
        theme::STRONG
    } else {
        fill
    };
    frame(ui, rect, fill, line);
}
