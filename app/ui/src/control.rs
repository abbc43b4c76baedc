//! Controls that all panels use.

use egui::{Align2, Color32, Id, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::theme;

/// Draws the ring around what has the keyboard: after all else, and the same around everything, so that
/// none can be without it or look otherwise.
pub fn focus_ring(context: &egui::Context) {
    let focused = context.memory(|memory| memory.focused());
    let Some(response) = focused.and_then(|id| context.read_response(id)) else { return };
    let seen = response.interact_rect.expand(RING);
    let painter = context.layer_painter(response.layer_id).with_clip_rect(seen);
    let (place, inside) = (response.rect.expand(1.0), egui::StrokeKind::Inside);
    // A dark line within the light one: it is seen on bright pictures, too.
    painter.rect_stroke(place.shrink(RING), theme::RADIUS, theme::line(theme::GROUND), inside);
    painter.rect_stroke(place, theme::RADIUS, egui::Stroke::new(RING, theme::TEXT), inside);
}

/// How wide the ring is around what has the keyboard.
const RING: f32 = 2.0;

/// Where what stands over the desk begins: Tab goes there first, wherever it comes from nowhere.
pub fn tab_begins_here(ui: &Ui) {
    let begins = |memory: &egui::Memory| memory.focused().is_none();
    if ui.input(|input| input.key_pressed(egui::Key::Tab)) && ui.memory(begins) {
        ui.memory_mut(|memory| memory.move_focus(egui::FocusDirection::Next));
    }
}

/// Inside a list that scrolls, at its end: what gets the keyboard comes into sight.
pub fn follow_focus(ui: &Ui) {
    let focused = ui.memory(|memory| memory.focused());
    let Some(response) = focused.and_then(|id| ui.read_response(id)) else { return };
    let is_of_list =
        response.layer_id == ui.layer_id() && ui.min_rect().contains_rect(response.rect);
    if response.gained_focus() && is_of_list && response.interact_rect != response.rect {
        ui.scroll_to_rect(response.rect.expand(RING), None);
    }
}

/// Up, down and Home are this control's while it has the keyboard: else egui moves the focus by them.
pub fn keep_arrows(ui: &Ui, id: Id) {
    let filter = egui::EventFilter { vertical_arrows: true, ..Default::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
}

/// What is dragged and has nothing to do for the keyboard: Tab passes it.
pub const GRIP: Sense = Sense::DRAG;

/// How a button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// A button among others.
    Plain,
    /// CUT and AUTO.
    Strong,
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
            Self::Next => (theme::NEXT_GROUND, theme::NEXT, theme::NEXT),
            Self::OnAir => (theme::ON_AIR_GROUND, theme::ON_AIR, theme::TEXT),
            Self::Option => (theme::OPTION, theme::OPTION_LINE, theme::TEXT),
            Self::Attention => (theme::ATTENTION_GROUND, theme::ATTENTION, theme::ATTENTION),
        }
    }
}

/// A button with words of this size in this place.
pub fn button(ui: &Ui, rect: Rect, id: Id, label: &str, (tone, size): (Tone, f32)) -> Response {
    let response = ui.interact(rect, id, Sense::click());
    face(ui, rect, &response, tone);
    let (_, _, text) = tone.colours();
    write(ui, rect.shrink(3.0), Align2::CENTER_CENTER, label, (size, text));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, label));
    response
}

/// A button that stays as it is pressed; `name` says in full what its few letters mean.
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

/// How long a button is held to mean it, in seconds.
const HOLD: f32 = 0.8;

/// A button that must be held: it fills while it is, by mouse or with Space or Enter, and is true once
/// it is full.
pub fn hold(ui: &Ui, rect: Rect, id: Id, label: &str) -> (Response, bool) {
    // As a drag, too: a press that lasts this long is no click any more. Sliding off takes it back.
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let pressed = response.is_pointer_button_down_on() && ui.rect_contains_pointer(rect);
    let keys = |input: &egui::InputState| {
        input.key_down(egui::Key::Space) || input.key_down(egui::Key::Enter)
    };
    let down = pressed || (response.has_focus() && ui.input(keys));
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

/// A button that cannot be pressed; `reason` says why, and what to do.
pub fn disabled(ui: &Ui, rect: Rect, id: Id, label: &str, reason: &str) -> Response {
    let response = ui.interact(rect, id, Sense::hover());
    let (edge, inside) = (theme::line(theme::RAISED_LINE), egui::StrokeKind::Inside);
    ui.painter().rect(rect, theme::RADIUS, theme::RAISED, edge, inside);
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
    let inside = egui::StrokeKind::Inside;
    ui.painter().rect(rect, theme::RADIUS, fill, theme::line(line), inside);
}

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

/// A list that is scrolled by the wheel where it is too long; `list` is told how wide it is.
pub fn scrolled(ui: &mut Ui, rect: Rect, salt: &str, list: impl FnOnce(&mut Ui, f32)) {
    let rect = rect.shrink2(vec2(8.0, 6.0));
    let builder = egui::UiBuilder::new().max_rect(rect);
    ui.scope_builder(builder, |ui| {
        ui.set_clip_rect(rect.intersect(ui.clip_rect()));
        egui::ScrollArea::vertical().id_salt(salt).show(ui, |ui| {
            list(ui, rect.width());
            follow_focus(ui);
        });
    });
}

/// Tabs in a row from the left of `rect`; yields the one that is chosen.
pub fn tabs(ui: &Ui, rect: Rect, id: Id, names: &[String], chosen: usize) -> usize {
    let mut chosen_now = chosen;
    let mut left = rect.left();
    for (index, name) in names.iter().enumerate() {
        let font = theme::font(theme::BODY);
        let wide = ui.painter().layout_no_wrap(name.clone(), font, theme::TEXT).size().x + 16.0;
        let place = Rect::from_min_size(pos2(left, rect.top()), vec2(wide, rect.height()));
        let response = ui.interact(place, id.with(index), Sense::click());
        let selected = index == chosen;
        if selected {
            ui.painter().rect_filled(place, theme::RADIUS, theme::CONTROL);
        }
        let colour = if selected { theme::TEXT } else { theme::QUIET };
        write(ui, place, Align2::CENTER_CENTER, name, (theme::BODY, colour));
        response.widget_info(|| WidgetInfo::selected(Role::Tab, true, selected, name));
        if response.clicked() {
            chosen_now = index;
        }
        left += wide + theme::STEP;
    }
    chosen_now
}

/// The rectangle that is left of another's top edge on.
pub fn cut_top(rect: &mut Rect, height: f32) -> Rect {
    let top = rect.top();
    rect.min.y = (top + height).min(rect.max.y);
    Rect::from_min_max(pos2(rect.left(), top), pos2(rect.right(), rect.top()))
}

/// The same from the bottom.
pub fn cut_bottom(rect: &mut Rect, height: f32) -> Rect {
    let bottom = rect.bottom();
    rect.max.y = (bottom - height).max(rect.min.y);
    Rect::from_min_max(pos2(rect.left(), rect.bottom()), pos2(rect.right(), bottom))
}

/// The same from the left.
pub fn cut_left(rect: &mut Rect, width: f32) -> Rect {
    let left = rect.left();
    rect.min.x = (left + width).min(rect.max.x);
    Rect::from_min_max(pos2(left, rect.top()), pos2(rect.left(), rect.bottom()))
}

/// The same from the right.
pub fn cut_right(rect: &mut Rect, width: f32) -> Rect {
    let right = rect.right();
    rect.max.x = (right - width).max(rect.min.x);
    Rect::from_min_max(pos2(rect.right(), rect.top()), pos2(right, rect.bottom()))
}
