//! What this program is.

use egui::{RichText, Ui};

use crate::dialog::state::DialogState;
use crate::theme;
use crate::translations::Translations;

/// Draws it.
pub fn fill(ui: &mut Ui, words: &Translations) -> DialogState {
    let name = format!("Downstage {}", env!("CARGO_PKG_VERSION"));
    ui.label(RichText::new(name).size(theme::READOUT));
    ui.label(RichText::new(words.get("about-what")).color(theme::QUIET));
    let licence = words.with("about-licence", "licence", env!("CARGO_PKG_LICENSE"));
    ui.label(RichText::new(licence).color(theme::QUIET));
    DialogState::Open
}
