//! The log panel: every notice with its time.

use std::collections::VecDeque;

use egui::{Label, RichText, Ui};

use crate::look::Notice;
use crate::theme;
use crate::translations::Translations;

/// How many lines are kept; the oldest is dropped first.
const KEPT: usize = 300;

/// The lines so far.
#[derive(Debug, Default)]
pub struct Log {
    lines: VecDeque<LogRow>,
}

/// A line of it.
#[derive(Debug)]
struct LogRow {
    clock: String,
    said: String,
    is_wrong: bool,
}

impl Log {
    /// Adds a notice.
    pub fn add(&mut self, clock: &str, notice: &Notice, said: &str) {
        if self.lines.len() == KEPT {
            self.lines.pop_front();
        }
        let is_wrong = notice.is_wrong();
        self.lines.push_back(LogRow { clock: clock.to_owned(), said: said.to_owned(), is_wrong });
    }

    /// Draws it, the newest at the bottom.
    pub fn draw(&self, ui: &mut Ui, words: &Translations) {
        if self.lines.is_empty() {
            ui.label(RichText::new(words.get("log-empty")).color(theme::QUIET));
        }
        let area = egui::ScrollArea::vertical().id_salt("log").auto_shrink([false, false]);
        area.stick_to_bottom(true).show(ui, |ui| {
            for line in &self.lines {
                let colour = if line.is_wrong { theme::ATTENTION } else { theme::TEXT };
                let size = theme::DETAIL;
                ui.label(RichText::new(&line.clock).size(size).color(theme::FAINT));
                // It can be copied, for a mail or a search.
                let said = RichText::new(&line.said).size(size).color(colour);
                ui.add(Label::new(said).wrap().selectable(true));
            }
        });
    }
}
