//! What the keys do.

use egui::{RichText, Ui};

use super::Stay;
use crate::theme;
use crate::words::Words;

const KEYS: [(&str, &str); 14] = [
    ("1 … 9, 0", "key-load"),
    ("Ctrl + 1 … 0", "key-take"),
    ("Space", "key-cut"),
    ("Enter", "key-auto"),
    ("Esc", "key-back"),
    ("Ctrl + K", "key-palette"),
    ("Ctrl + Z, Ctrl + Shift + Z", "key-undo"),
    ("Ctrl + N, O, S, Shift + S", "key-files"),
    ("Ctrl + M", "key-media"),
    ("Ctrl + L", "key-layout"),
    ("F2, Delete", "key-item"),
    ("Menu, Shift + F10", "key-item-menu"),
    ("↑ ↓, Shift", "key-fader"),
    ("F1", "key-keys"),
];

/// Draws them.
pub fn fill(ui: &mut Ui, words: &Words) -> Stay {
    // Rows of words, not of controls: all of them are seen at once.
    ui.spacing_mut().interact_size.y = 16.0;
    egui::Grid::new("keys").num_columns(2).spacing([24.0, 5.0]).show(ui, |ui| {
        for (keys, key) in KEYS {
            ui.label(RichText::new(keys).color(theme::TEXT));
            ui.label(RichText::new(words.get(key)).color(theme::QUIET));
            ui.end_row();
        }
    });
    Stay::Open
}
