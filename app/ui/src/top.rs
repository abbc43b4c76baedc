//! The bar at the top: the show, the time, and whether anything is live or recorded.

use egui::{Align2, Rect, Ui, pos2, vec2};
use engine::OutputState;

use crate::action::Action;
use crate::control::{self, Tone, cut_left, cut_right, write};
use crate::look::{Look, OutputLook};
use crate::theme;
use crate::words::{Language, Words};

/// What the bar asked for that is the desk's own.
pub struct Asked {
    /// Another language.
    pub language: Option<Language>,
}

/// Draws it.
pub fn draw(ui: &Ui, rect: Rect, look: &Look, words: &Words, actions: &mut Vec<Action>) -> Asked {
    let mut asked = Asked { language: None };
    let mut left = rect.shrink2(vec2(10.0, 5.0));
    let middle = left;
    write(ui, middle, Align2::CENTER_CENTER, &look.status.clock, (theme::CLOCK, theme::TEXT));
    let mark = cut_left(&mut left, 84.0);
    write(ui, mark, Align2::LEFT_CENTER, "Downstage", (theme::LARGE, theme::TEXT));
    let (undo, redo) = look.snapshot.history;
    for (key, steps, action) in [("undo", undo, Action::Undo), ("redo", redo, Action::Redo)] {
        let place = cut_left(&mut left, 58.0);
        cut_left(&mut left, theme::STEP);
        if steps > 0 {
            let label = words.get(key);
            let id = ui.scope_id().with(key);
            let quiet = (Tone::Plain, theme::DETAIL);
            if control::button(ui, place, id, &label, quiet).clicked() {
                actions.push(action);
            }
        }
    }
    let name = cut_left(&mut left, 220.0);
    write(ui, name, Align2::LEFT_CENTER, &look.snapshot.show.name, (theme::BODY, theme::TEXT));
    for records in [false, true] {
        // Their places are kept: nothing moves under the hand when one is lit.
        let place = cut_right(&mut left, 116.0);
        cut_right(&mut left, 8.0);
        if let Some(output) = longest(look, records) {
            lamp(ui, place, output, words);
        }
    }
    let place = cut_right(&mut left, 76.0);
    let other = match words.language() {
        Language::English => Language::Chinese,
        Language::Chinese => Language::English,
    };
    let id = ui.scope_id().with("language");
    if control::button(ui, place, id, other.name(), (Tone::Plain, theme::DETAIL)).clicked() {
        asked.language = Some(other);
    }
    asked
}

/// The output of a kind that has run for longest.
fn longest(look: &Look, records: bool) -> Option<&OutputLook> {
    let runs = |output: &&OutputLook| output.records == records && output.runs();
    look.outputs.iter().filter(runs).max_by_key(|output| output.seconds)
}

fn lamp(ui: &Ui, rect: Rect, output: &OutputLook, words: &Words) {
    let time = hours(output.seconds);
    let key = if output.records { "rec-for" } else { "live-for" };
    let well = output.state == Some(OutputState::Live);
    // What is not acknowledged is not lit.
    let (fill, line, text) = match (well, output.records) {
        (true, false) => (theme::ON_AIR_FILL, theme::ON_AIR, theme::TEXT),
        (true, true) => (theme::ON_AIR_GROUND, theme::ON_AIR, theme::TEXT),
        (false, _) => (theme::ATTENTION_GROUND, theme::ATTENTION, theme::ATTENTION),
    };
    let inside = egui::StrokeKind::Inside;
    ui.painter().rect(rect, theme::RADIUS, fill, theme::line(line), inside);
    let words = words.with(key, "time", time);
    write(ui, rect.shrink(4.0), Align2::CENTER_CENTER, &words, (theme::BODY, text));
}

/// `00:12:40`.
pub fn hours(seconds: u64) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

impl OutputLook {
    /// Whether it was started and not stopped.
    pub fn runs(&self) -> bool {
        !matches!(self.state, None | Some(OutputState::Stopped))
    }
}

/// A dot of health.
pub fn dot(ui: &Ui, rect: Rect, colour: egui::Color32) {
    ui.painter().circle_filled(pos2(rect.center().x, rect.center().y), 4.0, colour);
}
