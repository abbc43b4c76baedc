//! Keyboard focus: the ring around the focused control, and where Tab and the arrows go.

use egui::{Id, Response, Sense, Ui};

use crate::theme;

/// Draws the focus ring: after all else, and the same around every control.
pub fn focus_ring(context: &egui::Context) {
    let focused = context.memory(|memory| memory.focused());
    let Some(response) = focused.and_then(|id| context.read_response(id)) else { return };
    let seen = response.interact_rect.expand(RING);
    let painter = context.layer_painter(response.layer_id).with_clip_rect(seen);
    let (place, inside) = (response.rect.expand(1.0), egui::StrokeKind::Inside);
    // A dark line within the light one, for bright pictures.
    painter.rect_stroke(place.shrink(RING), theme::RADIUS, theme::line(theme::GROUND), inside);
    painter.rect_stroke(place, theme::RADIUS, egui::Stroke::new(RING, theme::TEXT), inside);
}

/// How wide the ring is around what has the keyboard.
const RING: f32 = 2.0;

/// Where a dialog begins: Tab goes there first while no control has the focus.
pub fn tab_begins_here(ui: &Ui) {
    let begins = |memory: &egui::Memory| memory.focused().is_none();
    if ui.input(|input| input.key_pressed(egui::Key::Tab)) && ui.memory(begins) {
        ui.memory_mut(|memory| memory.move_focus(egui::FocusDirection::Next));
    }
}

/// While a dialog is open Tab does not lead out of it: behind its last control it begins anew.
pub fn stay_in_dialog(ui: &Ui) {
    let (id, pass) = (Id::unique("tab pressed"), ui.cumulative_pass_nr());
    if ui.input(|input| input.key_pressed(egui::Key::Tab)) {
        ui.data_mut(|data| data.insert_temp(id, pass));
    }
    let last: Option<u64> = ui.data(|data| data.get_temp(id));
    let is_tabbed = last.is_some_and(|last| pass <= last + TAB_LASTS);
    let focused = ui.memory(|memory| memory.focused());
    let Some(response) = focused.and_then(|id| ui.read_response(id)) else { return };
    let is_behind = response.layer_id.order == egui::Order::Background;
    if is_behind && is_tabbed {
        ui.memory_mut(|memory| memory.surrender_focus(response.id));
    }
}

/// A focus that Tab moves from the last control to the first gets there with the next pass, or the one after.
const TAB_LASTS: u64 = 2;

/// At the end of a scrolled list: scrolls to the control that gets the focus.
pub fn follow_focus(ui: &Ui) {
    let focused = ui.memory(|memory| memory.focused());
    let Some(response) = focused.and_then(|id| ui.read_response(id)) else { return };
    let is_of_list =
        response.layer_id == ui.layer_id() && ui.min_rect().contains_rect(response.rect);
    if response.gained_focus() && is_of_list && response.interact_rect != response.rect {
        ui.scroll_to_rect(response.rect.expand(RING), None);
    }
}

/// Keeps up, down and Home for this control while it has the focus: egui would move the focus by them.
pub fn keep_arrows(ui: &Ui, id: Id) {
    let filter = egui::EventFilter { vertical_arrows: true, ..Default::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
}

/// The sense of what is only dragged: Tab skips it.
pub const GRIP: Sense = Sense::DRAG;

/// Whether a grip is dragged away: a press alone moves nothing, since it may be a click on what lies over it.
pub fn is_dragged_away(ui: &Ui, grip: &Response) -> bool {
    grip.dragged() && ui.input(|input| input.pointer.is_decidedly_dragging())
}
