//! A section of an inspector: a heading over the fields that belong together.

use egui::{RichText, Ui};

use crate::theme;

/// Draws the heading, then the fields.
pub fn section<R>(ui: &mut Ui, title: &str, fields: impl FnOnce(&mut Ui) -> R) -> R {
    ui.add_space(theme::STEP);
    ui.label(RichText::new(title).color(theme::QUIET));
    fields(ui)
}

/// A sentence that explains a field or a section.
pub fn explain(ui: &mut Ui, sentence: &str) {
    ui.label(RichText::new(sentence).size(theme::DETAIL).color(theme::FAINT));
}
