//! Keyboard shortcuts: which command a key triggers. The switcher's keys act only while no control has the
//! focus.

use egui::{Context, Event, Key, Modifiers};

use crate::action::Action;
use crate::command::{DeskCommand, KeyScope, Press, Shortcut, Situation};
use crate::commands;

/// The result of a key press.
#[derive(Clone, Debug)]
pub enum KeyResult {
    /// An action to do.
    Ask(Action),
    /// It cannot be done; the key of the reason.
    Refuse(&'static str),
    /// It is done once this key was held for long enough.
    Hold(&'static DeskCommand, Key),
}

/// Whom the keys are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOwner {
    /// The switcher: CUT, AUTO, scenes.
    Switcher,
    /// The control that has the focus.
    Control,
    /// A dialog or a question that is open.
    Dialog,
}

/// Whether no control has the keyboard focus: then the keys are the switcher's.
pub fn are_the_desks(context: &Context) -> bool {
    context.memory(|memory| memory.focused().is_none())
}

/// Esc takes the focus from the control that has it.
fn give_back(context: &Context) {
    let escape = context.input(|input| input.key_pressed(Key::Escape));
    let focused = context.memory(|memory| memory.focused());
    if let (true, Some(id)) = (escape, focused) {
        context.memory_mut(|memory| memory.surrender_focus(id));
    }
}

/// Handles the key presses since the last frame. The switcher's keys do nothing while a modal is open.
pub fn pressed(context: &Context, situation: &Situation<'_>, is_modal: bool) -> Vec<KeyResult> {
    let is_desk = are_the_desks(context);
    if !is_desk && !is_modal {
        give_back(context);
    }
    let mut pressed = Vec::new();
    let mut take = |event: &Event| {
        let Event::Key { key, pressed: true, repeat, modifiers, .. } = event else { return false };
        let acts = |scope| match scope {
            KeyScope::Everywhere => true,
            KeyScope::Desk => is_desk,
            KeyScope::Switcher => is_desk && !is_modal && !repeat,
        };
        let Some(command) = command(*key, *modifiers, acts) else { return false };
        pressed.push(match command.now(situation) {
            Ok(_) if command.press == Press::Held => KeyResult::Hold(command, *key),
            Ok(action) => KeyResult::Ask(action),
            Err(why) => {
                why.action.map_or(KeyResult::Refuse(why.reason), |ask| KeyResult::Ask(*ask))
            }
        });
        true
    };
    context.input_mut(|input| input.events.retain(|event| !take(event)));
    pressed
}

/// The command of a key press. Of several, the one with the most modifiers: Ctrl+Shift+S is not Ctrl+S.
fn command(
    key: Key,
    held: Modifiers,
    acts: impl Fn(KeyScope) -> bool,
) -> Option<&'static DeskCommand> {
    let shortcuts =
        commands::all().flat_map(|command| command.keys.iter().map(move |keys| (command, keys)));
    let fitting = shortcuts.filter(|(_, keys)| keys.is(key, held) && acts(keys.scope));
    let modifiers = |keys: &Shortcut| {
        let Modifiers { alt, shift, command, .. } = keys.modifiers;
        usize::from(alt) + usize::from(shift) + usize::from(command)
    };
    fitting.max_by_key(|(_, keys)| modifiers(keys)).map(|(command, _)| command)
}
