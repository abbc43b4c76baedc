//! The keys of the switcher: they act only while no control has the keyboard, and never on repeat.

use egui::{Event, Key};

use crate::action::Action;
use crate::look::Look;

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

/// What was asked by keys since the last frame.
pub fn pressed(context: &egui::Context, look: &Look) -> Vec<Action> {
    let desk = are_the_desks(context);
    let escape = context.input(|input| input.key_pressed(Key::Escape));
    if !desk {
        if escape {
            context.memory_mut(|memory| {
                if let Some(id) = memory.focused() {
                    memory.surrender_focus(id);
                }
            });
        }
        return Vec::new();
    }
    let events = context.input(|input| input.events.clone());
    events.iter().filter_map(|event| action_of(event, look)).collect()
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
        Key::Z if modifiers.command && modifiers.shift => Some(Action::Redo),
        Key::Z if modifiers.command => Some(Action::Undo),
        Key::Y if modifiers.command => Some(Action::Redo),
        _ => None,
    }
}
