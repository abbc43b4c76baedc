//! The keys of the switcher: they act only while no control has the keyboard, and never on repeat.

use egui::{Event, Key};

use crate::action::Action;
use crate::commands::{self, Views};
use crate::look::Look;
use crate::words::Words;

/// Keys of the first ten scenes, in their order.
const NUMBERS: [Key; 10] = [
    Key::Num1,
    Key::Num2,
    Key::Num3,
    Key::Num4,
    Key::Num5,
    Key::Num6,
    Key::Num7,
    Key::Num8,
    Key::Num9,
    Key::Num0,
];

/// Whether the keys are the switcher's now.
pub fn are_the_desks(context: &egui::Context) -> bool {
    context.memory(|memory| memory.focused().is_none())
}

/// Esc gives the keys back to the desk; true if it did.
pub fn give_back(context: &egui::Context) -> bool {
    let escape = context.input(|input| input.key_pressed(Key::Escape));
    let focused = context.memory(|memory| memory.focused());
    if let (true, Some(id)) = (escape, focused) {
        context.memory_mut(|memory| memory.surrender_focus(id));
        return true;
    }
    false
}

/// What the switcher's keys asked since the last frame.
pub fn pressed(context: &egui::Context, look: &Look) -> Vec<Action> {
    if !are_the_desks(context) {
        give_back(context);
        return Vec::new();
    }
    let events = context.input(|input| input.events.clone());
    events.iter().filter_map(|event| action_of(event, look)).collect()
}

/// What the menus' keys asked: they act wherever the keyboard is, but for undo and redo, which are a
/// text's own while one is written.
pub fn commands(context: &egui::Context, look: &Look, words: &Words, views: Views) -> Vec<Action> {
    let is_any = context.input(|input| {
        input.events.iter().any(|event| matches!(event, Event::Key { pressed: true, .. }))
    });
    if !is_any {
        return Vec::new();
    }
    let desk = are_the_desks(context);
    let mut asked = Vec::new();
    let mut entries = commands::all(look, words, views);
    // Those with more keys first: Ctrl+Shift+S is no Ctrl+S.
    entries.sort_by_key(|entry| entry.keys.is_none_or(|keys| !keys.modifiers.shift));
    for entry in entries {
        let is_text = matches!(entry.action, Action::Undo | Action::Redo);
        let Some(keys) = entry.keys.filter(|_| entry.is_ready && (desk || !is_text)) else {
            continue;
        };
        if context.input_mut(|input| input.consume_shortcut(&keys)) {
            asked.push(entry.action);
        }
    }
    asked
}

fn action_of(event: &Event, look: &Look) -> Option<Action> {
    let Event::Key { key, pressed: true, repeat: false, modifiers, .. } = event else {
        return None;
    };
    if let Some(index) = NUMBERS.iter().position(|number| number == key) {
        let id = look.snapshot.show.scenes.get(index)?.id;
        return Some(if modifiers.command { Action::TakeScene(id) } else { Action::LoadScene(id) });
    }
    match key {
        Key::Space if modifiers.is_none() => Some(Action::Cut),
        Key::Enter if modifiers.is_none() => Some(Action::Auto),
        Key::Y if modifiers.command => Some(Action::Redo),
        _ => None,
    }
}
