//! What the keys do: those of the commands, and those of whatever has the keyboard focus.

use egui::{Grid, RichText, Ui};

use crate::command::{Category, DeskCommand};
use crate::dialog::state::DialogState;
use crate::panel::Panel;
use crate::{commands, item_menu, theme};

/// Keys that are no commands: what they do depends on what has the focus.
const OF_CONTROLS: [(&str, &str); 3] =
    [("Esc", "key-back"), ("Menu, Shift+F10", "key-item-menu"), ("↑ ↓, Shift", "key-fader")];

/// Draws them.
pub fn fill(ui: &mut Ui, panel: &Panel<'_>) -> DialogState {
    // Rows of words, not of controls: all of them are seen at once.
    ui.spacing_mut().interact_size.y = 16.0;
    let rows = of_commands(panel);
    Grid::new("command keys").num_columns(4).spacing([14.0, 5.0]).show(ui, |ui| {
        let (left, right) = rows.split_at(rows.len().div_ceil(2));
        for (index, row) in left.iter().enumerate() {
            for (keys, label) in [Some(row), right.get(index)].into_iter().flatten() {
                line(ui, keys, label);
            }
            ui.end_row();
        }
    });
    ui.add_space(theme::STEP);
    Grid::new("control keys").num_columns(2).spacing([14.0, 5.0]).show(ui, |ui| {
        for (keys, key) in item_menu::keys().chain(OF_CONTROLS) {
            line(ui, keys, &panel.words.get(key));
            ui.end_row();
        }
    });
    DialogState::Open
}

fn line(ui: &mut Ui, keys: &str, label: &str) {
    ui.label(RichText::new(keys).color(theme::TEXT));
    ui.label(RichText::new(label).color(theme::QUIET));
}

/// Keys and label of each command that has keys; the scenes by their numbers are one row each way.
fn of_commands(panel: &Panel<'_>) -> Vec<(String, String)> {
    let words = panel.words;
    let with_keys = || commands::all().filter(|command| !command.keys.is_empty());
    let mut rows = Vec::new();
    for key in ["load-item", "take-item"] {
        let mut of_key = with_keys().filter(|command| command.words == key);
        if let (Some(first), Some(last)) = (of_key.next(), of_key.last()) {
            let keys = format!("{} … {}", first.keys_text(words), last.keys_text(words));
            rows.push((keys, words.get(&format!("{key}-tip"))));
        }
    }
    let is_other = |command: &&DeskCommand| command.category != Category::Scene;
    rows.extend(with_keys().filter(is_other).map(|command| {
        let label = command.label(words, panel.look);
        (command.keys_text(words), label.trim_end_matches('…').to_owned())
    }));
    rows
}
