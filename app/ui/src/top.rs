//! The bar at the top: the show, the time, and whether anything is live or recorded.

use egui::{Align2, Id, Rect, RichText, Ui, pos2, vec2};
use engine::OutputState;

use crate::action::{Action, Open};
use crate::commands::{self, Entry, Menu, Views};
use crate::control::{self, Tone, cut_left, cut_right, write};
use crate::look::{Look, OutputLook};
use crate::panel::Panel;
use crate::theme;
use crate::words::Words;

/// Below this, in points, the bar leaves out what says nothing new.
const NARROW: f32 = 900.0;
/// The least room that a show's name is written in.
const NAME: f32 = 64.0;

/// Draws it.
pub fn draw(ui: &mut Ui, rect: Rect, views: Views, panel: &mut Panel<'_>) {
    let (look, words) = (panel.look, panel.words);
    let mut left = rect.shrink2(vec2(10.0, 5.0));
    let is_narrow = rect.width() < NARROW;
    for records in [false, true] {
        // Their places are kept: nothing moves under the hand when one is lit.
        let place = cut_right(&mut left, 116.0);
        cut_right(&mut left, 8.0);
        if let Some(output) = longest(look, records) {
            lamp(ui, place, output, words);
        }
    }
    let (key, wide) = match is_narrow {
        true => ("palette-button-short", 58.0),
        false => ("palette-button", 132.0),
    };
    let place = cut_right(&mut left, wide);
    let label = words.get(key);
    let id = Id::unique("palette button");
    if control::button(ui, place, id, &label, (Tone::Plain, theme::DETAIL)).clicked() {
        panel.actions.push(Action::Open(Open::Palette));
    }
    // In the middle of the window, or as near to it as there is room.
    let mut middle = Rect::from_center_size(rect.center(), vec2(120.0, left.height()));
    if middle.right() > left.right() {
        middle = cut_right(&mut left, 92.0);
    }
    write(ui, middle, Align2::CENTER_CENTER, &look.status.clock, (theme::CLOCK, theme::TEXT));
    left.max.x = middle.left() - 8.0;
    if !is_narrow {
        let mark = cut_left(&mut left, 84.0);
        write(ui, mark, Align2::LEFT_CENTER, "Downstage", (theme::LARGE, theme::TEXT));
    }
    let used = menus(ui, left, views, panel);
    left.min.x = used + 12.0;
    name(ui, left, panel);
}

/// The show's name, and whether its file has it.
fn name(ui: &Ui, mut rect: Rect, panel: &Panel<'_>) {
    if rect.width() < NAME {
        return;
    }
    let (look, words) = (panel.look, panel.words);
    let (key, colour) = match (look.file.is_changed, &look.file.path) {
        (true, _) => ("unsaved", theme::ATTENTION),
        (false, Some(_)) => ("saved", theme::QUIET),
        (false, None) => ("new", theme::QUIET),
    };
    let said = words.get(key);
    let room = ui.painter().layout_no_wrap(said.clone(), theme::font(theme::DETAIL), colour);
    let at = Align2::LEFT_CENTER;
    let title = rect.with_max_x((rect.right() - room.size().x - 8.0).max(rect.left()));
    let written = write(ui, title, at, &look.snapshot.show.name, (theme::BODY, theme::TEXT));
    rect.min.x = written.right() + 8.0;
    write(ui, rect, at, &said, (theme::DETAIL, colour));
}

/// The menus; yields where they end.
fn menus(ui: &mut Ui, rect: Rect, views: Views, panel: &mut Panel<'_>) -> f32 {
    let entries = commands::all(panel.look, panel.words, views);
    let builder = egui::UiBuilder::new().max_rect(rect);
    let bar = ui.scope_builder(builder, |ui| {
        egui::MenuBar::new().ui(ui, |ui| {
            let mut end = rect.left();
            for menu in Menu::ALL {
                let title = RichText::new(panel.words.get(menu.key())).color(theme::QUIET);
                let button = ui.menu_button(title, |ui| {
                    ui.set_min_width(210.0);
                    for entry in entries.iter().filter(|entry| entry.menu == menu) {
                        menu_entry(ui, entry, panel.actions);
                    }
                });
                end = button.response.rect.right();
            }
            end
        })
    });
    bar.inner.inner
}

fn menu_entry(ui: &mut Ui, entry: &Entry, actions: &mut Vec<Action>) {
    let keys = entry.keys.map(|keys| ui.format_shortcut(&keys)).unwrap_or_default();
    let clicked = match entry.on {
        Some(on) => ui.selectable_label(on, &entry.label).clicked(),
        None => {
            let button = egui::Button::new(&entry.label).shortcut_text(keys);
            ui.add_enabled(entry.is_ready, button).clicked()
        }
    };
    if clicked {
        actions.push(entry.action.clone());
        ui.close();
    }
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
