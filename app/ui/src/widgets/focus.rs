//! Keyboard focus: the ring around the focused control, and where Tab and the arrows go.

use egui::{Id, Sense, Ui};

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
