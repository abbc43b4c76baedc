//! A card: a frame with a lamp, a name and a state, lines of detail, and buttons under them.

use std::sync::Arc;

use egui::{Align2, Color32, Galley, Id, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, vec2};

use crate::theme;
use crate::widgets::focus::tab_begins_here;
use crate::widgets::space::{Column, Row};
use crate::widgets::text::{pair, write};

/// Heights of a card's parts, and what is left free around them.
const HEAD: f32 = 17.0;
const LINE: f32 = 15.0;
const BEFORE_BUTTONS: f32 = 3.0;
const AFTER_NOTE: f32 = 2.0;
const PADDING: Vec2 = vec2(8.0, 6.0);

/// A card that is being drawn.
pub struct Card {
    response: Response,
    rows: Column,
    is_wrong: bool,
}

/// How high a card is that has so many lines of detail, and so many rows of buttons.
pub fn height(lines: usize, buttons: usize) -> f32 {
    let buttons = (BEFORE_BUTTONS + theme::TARGET) * buttons as f32;
    HEAD + LINE * lines as f32 + buttons + 2.0 * PADDING.y
}

/// How much higher a card of this width is with a note.
pub fn note_height(ui: &Ui, wide: f32, note: &str) -> f32 {
    note_text(ui, wide - 2.0 * PADDING.x, note).size().y + AFTER_NOTE
}

/// A note on as many lines as it takes.
fn note_text(ui: &Ui, wide: f32, note: &str) -> Arc<Galley> {
    let font = theme::font(theme::DETAIL);
    ui.painter().layout(note.to_owned(), font, theme::ATTENTION, wide)
}

/// A filled rectangle with a line around it: what cards, buttons and fields stand on.
pub fn frame(ui: &Ui, rect: Rect, fill: Color32, line: Color32) {
    ui.painter().rect(rect, theme::RADIUS, fill, theme::line(line), egui::StrokeKind::Inside);
}

/// A card over all else, for a question or an offer: what is drawn on it, and what it is read out as. Clicks on it
/// do not reach what lies under it, and Tab begins on it.
pub fn over_all(ui: &mut Ui, place: Rect, name: &'static str, edge: Color32) -> (Ui, Response) {
    let layer = egui::LayerId::new(egui::Order::Foreground, Id::unique(name));
    let ui = ui.new_child(egui::UiBuilder::new().max_rect(place).layer_id(layer));
    let ground = ui.interact(place, Id::unique((name, "card")), Sense::CLICK | Sense::DRAG);
    tab_begins_here(&ui);
    frame(&ui, place, theme::RAISED, edge);
    (ui, ground)
}

/// A lamp: the colour of a state, never its only sign.
pub fn lamp(ui: &Ui, rect: Rect, colour: Color32) {
    ui.painter().circle_filled(rect.center(), 4.0, colour);
}

impl Card {
    /// A card in this place; a click anywhere but on its buttons is the card's.
    pub fn new(ui: &Ui, place: Rect, id: Id, is_wrong: bool) -> Self {
        let response = ui.interact(place, id, Sense::click());
        let edge = match response.hovered() {
            _ if is_wrong => theme::ATTENTION,
            true => theme::STRONG_LINE,
            false => theme::RAISED_LINE,
        };
        frame(ui, place, theme::RAISED, edge);
        Self { response, rows: Column::new(place, PADDING), is_wrong }
    }

    /// The first line: a lamp, a name, and at the right a state.
    pub fn head(&mut self, ui: &Ui, colour: Color32, name: &str, state: &str) {
        let mut line = self.rows.row(HEAD);
        lamp(ui, line.left(10.0), colour);
        line.left(6.0);
        let quiet = if self.is_wrong { theme::ATTENTION } else { theme::QUIET };
        pair(ui, line.rest(), (name, (theme::BODY, theme::TEXT)), (state, (theme::DETAIL, quiet)));
    }

    /// A line of detail.
    pub fn line(&mut self, ui: &Ui, left: &str, right: &str) {
        let quiet = (theme::DETAIL, theme::QUIET);
        pair(ui, self.rows.row(LINE).rest(), (left, quiet), (right, quiet));
    }

    /// A line of detail whose right end says what was lost; true if that was clicked.
    pub fn loss(&mut self, ui: &Ui, left: &str, (said, hint): (&str, &str)) -> bool {
        let line = self.rows.row(LINE).rest();
        let colour = (theme::DETAIL, theme::ATTENTION);
        let end = write(ui, line, Align2::RIGHT_CENTER, said, colour);
        let rest = line.with_max_x(end.left() - 2.0 * PADDING.x);
        write(ui, rest, Align2::LEFT_CENTER, left, (theme::DETAIL, theme::QUIET));
        let place = line.with_min_x(end.left() - PADDING.x);
        let response = ui.interact(place, self.response.id.with("loss"), Sense::click());
        let name = format!("{said}: {hint}");
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        response.on_hover_text(hint).clicked()
    }

    /// What is wrong, to be read whole where it stands.
    pub fn note(&mut self, ui: &Ui, note: &str) {
        let text = note_text(ui, self.rows.rest().width(), note);
        let place = self.rows.row(text.size().y + AFTER_NOTE).rest();
        ui.painter().galley(place.min, text, theme::ATTENTION);
        let response = ui.interact(place, self.response.id.with("note"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Status, true, note));
    }

    /// Room for the next row of buttons, at the bottom.
    pub fn buttons(&mut self) -> Row {
        self.rows.row(BEFORE_BUTTONS);
        self.rows.row(theme::TARGET)
    }

    /// The card as it is read out, and what was done to it.
    pub fn finish(self, name: &str) -> Response {
        self.response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
        self.response
    }
}
