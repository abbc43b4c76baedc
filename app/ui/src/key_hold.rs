//! A command that is held by its key: it fills a bar over the status line, and is done once that is full.

use egui::{Align2, Key, Rect, Role, Sense, Ui, WidgetInfo, vec2};

use crate::action::Action;
use crate::command::{DeskCommand, Situation};
use crate::theme;
use crate::translations::Translations;
use crate::widgets::button::HOLD;
use crate::widgets::card::frame;
use crate::widgets::text::write;

/// The command that is held, if any is.
#[derive(Debug, Default)]
pub struct KeyHold {
    held: Option<Held>,
}

#[derive(Debug)]
struct Held {
    command: &'static DeskCommand,
    key: Key,
    seconds: f32,
    /// It stays to be seen until the key is let go.
    is_done: bool,
}

impl KeyHold {
    /// The key of a command was pressed.
    pub fn begin(&mut self, command: &'static DeskCommand, key: Key) {
        // Its repetitions come while it is held.
        if self.held.as_ref().is_none_or(|held| held.key != key) {
            self.held = Some(Held { command, key, seconds: 0.0, is_done: false });
        }
    }

    /// Follows the key; the action once it was held for long enough. Ends if the keys are not the switcher's
    /// any more.
    pub fn follow(&mut self, ui: &Ui, is_free: bool, situation: &Situation<'_>) -> Option<Action> {
        let held = self.held.as_mut()?;
        let (is_down, step) =
            ui.input(|input| (input.key_down(held.key), input.unstable_dt.min(0.25)));
        if !is_down || !is_free {
            self.held = None;
            return None;
        }
        ui.request_repaint();
        held.seconds += step;
        if held.seconds < HOLD || held.is_done {
            return None;
        }
        held.is_done = true;
        held.command.now(situation).ok()
    }

    /// Draws it over the middle of the status line.
    pub fn draw(&self, ui: &Ui, line: Rect, words: &Translations, situation: &Situation<'_>) {
        let Some(held) = &self.held else { return };
        let centre = egui::pos2(line.center().x, line.top() - 22.0);
        let place = Rect::from_center_size(centre, vec2(line.width().min(420.0), 32.0));
        frame(ui, place, theme::ON_AIR_GROUND, theme::ON_AIR);
        let part = (held.seconds / HOLD).min(1.0);
        let filled = Rect::from_min_size(place.min, vec2(place.width() * part, place.height()));
        ui.painter().rect_filled(filled, theme::RADIUS, theme::ON_AIR_FILL);
        let said = held.command.entry(words, situation.look);
        write(ui, place, Align2::CENTER_CENTER, &said, (theme::BODY, theme::TEXT));
        let response = ui.interact(place, egui::Id::unique("key hold"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Status, true, &said));
    }
}
