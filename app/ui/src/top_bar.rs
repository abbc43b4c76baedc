//! The bar at the top: the show, the time, and whether anything is live or recorded.

use egui::{Align2, Rect, RichText, Ui, vec2};

use crate::air_state::AirState;
use crate::command::Category;
use crate::panel::Panel;
use crate::widgets::button::Tone;
use crate::widgets::card::frame;
use crate::widgets::space::Row;
use crate::widgets::text::write;
use crate::{command_button, commands, theme};

/// Below this, in points, the bar leaves out what says nothing new.
const NARROW: f32 = 900.0;
/// The least room that a show's name is written in.
const NAME: f32 = 64.0;

/// Draws it.
pub fn draw(ui: &mut Ui, rect: Rect, panel: &mut Panel<'_>) {
    let look = panel.look;
    let mut row = Row::new(rect, vec2(10.0, 5.0));
    let is_narrow = rect.width() < NARROW;
    for records in [false, true] {
        // Their places are kept: nothing moves under the hand when one is lit.
        let place = row.right(if is_narrow { 116.0 } else { 140.0 });
        row.right(8.0);
        lamp(ui, place, records, panel);
    }
    palette_button(ui, row.right(if is_narrow { 58.0 } else { 132.0 }), is_narrow, panel);
    // In the middle of the window, or as near to it as there is room.
    let mut middle = Rect::from_center_size(rect.center(), vec2(120.0, row.rest().height()));
    if middle.right() > row.rest().right() {
        middle = row.right(92.0);
    }
    write(ui, middle, Align2::CENTER_CENTER, &look.status.clock, (theme::CLOCK, theme::TEXT));
    let mut row = Row::new(row.rest().with_max_x(middle.left() - 8.0), vec2(0.0, 0.0));
    if !is_narrow {
        let mark = row.left(84.0);
        write(ui, mark, Align2::LEFT_CENTER, "Downstage", (theme::LARGE, theme::TEXT));
    }
    let used = menus(ui, row.rest(), panel);
    name(ui, row.rest().with_min_x(used + 12.0), panel);
}

/// What opens the palette: its keys, and its name where there is room.
fn palette_button(ui: &Ui, place: Rect, is_narrow: bool, panel: &mut Panel<'_>) {
    let Some(command) = commands::find("view.palette") else { return };
    let keys = command.keys_text(panel.words);
    let label = match is_narrow {
        true => keys,
        false => {
            let label = command.label(panel.words, panel.look);
            format!("{keys}  {}", label.trim_end_matches('…'))
        }
    };
    let tone = (Tone::Plain, theme::DETAIL);
    command_button::draw(ui, place, command.id, Some(&label), tone, panel);
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

/// The menus, and the categories that each of them has.
const MENUS: [(&str, &[Category]); 5] = [
    ("menu-show", &[Category::Show]),
    ("menu-edit", &[Category::Edit]),
    ("menu-programme", &[Category::Switch, Category::Output, Category::Sound]),
    ("menu-view", &[Category::View]),
    ("menu-help", &[Category::Help]),
];

/// The commands that begin another group within their menu.
const GROUPS: [&str; 9] = [
    "show.save",
    "show.recover",
    "desk.quit",
    "edit.add-media",
    "edit.add-picture",
    "view.monitor-rate.5",
    "view.scale.100",
    "view.language.en",
    "view.reset-arrangement",
];

/// Draws the menus; yields where they end.
fn menus(ui: &mut Ui, rect: Rect, panel: &mut Panel<'_>) -> f32 {
    let builder = egui::UiBuilder::new().max_rect(rect);
    let bar = ui.scope_builder(builder, |ui| {
        egui::MenuBar::new().ui(ui, |ui| {
            let mut end = rect.left();
            for (key, categories) in MENUS {
                let title = RichText::new(panel.words.get(key)).color(theme::QUIET);
                let button = ui.menu_button(title, |ui| {
                    ui.set_min_width(210.0);
                    ui.spacing_mut().button_padding.x = command_button::MARKS;
                    for category in categories {
                        if Some(category) != categories.first() {
                            ui.separator();
                        }
                        entries(ui, *category, panel);
                    }
                });
                end = button.response.rect.right();
            }
            end
        })
    });
    bar.inner.inner
}

/// The commands of a category.
fn entries(ui: &mut Ui, category: Category, panel: &mut Panel<'_>) {
    for command in commands::all().filter(|command| command.category == category) {
        if GROUPS.contains(&command.id) {
            ui.separator();
        }
        if command_button::menu_entry(ui, command, panel) {
            ui.close();
        }
    }
}

/// What is live, or recorded: lit only if all that was started is.
fn lamp(ui: &Ui, rect: Rect, records: bool, panel: &Panel<'_>) {
    let state = AirState::of(&panel.look.outputs, records);
    let text = state.text(records, panel.words);
    if state == AirState::Off {
        write(ui, rect.shrink(4.0), Align2::CENTER_CENTER, &text, (theme::BODY, theme::FAINT));
        return;
    }
    // What is not acknowledged is not lit.
    let (fill, line, colour) = match (state.is_whole(), records) {
        (true, false) => (theme::ON_AIR_FILL, theme::ON_AIR, theme::TEXT),
        (true, true) => (theme::ON_AIR_GROUND, theme::ON_AIR, theme::TEXT),
        (false, _) => (theme::ATTENTION_GROUND, theme::ATTENTION, theme::ATTENTION),
    };
    frame(ui, rect, fill, line);
    write(ui, rect.shrink(4.0), Align2::CENTER_CENTER, &text, (theme::BODY, colour));
}
