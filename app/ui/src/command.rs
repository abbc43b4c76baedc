//! The type of a command: an operation of the desk with a name. Menus, the palette, keys, buttons
//! and tooltips all read the same table ([`crate::commands::all`]), and so can whatever else is to control the
//! desk. Nothing here draws.

use egui::{Key, ModifierNames, Modifiers};
use show::Show;

use crate::action::Action;
use crate::language::Language;
use crate::look::Look;
use crate::translations::Translations;

/// A command.
#[derive(Clone, Copy, Debug)]
pub struct DeskCommand {
    /// Its name in programs and settings files. It never changes and is never reused.
    pub id: &'static str,
    /// What it is about.
    pub category: Category,
    /// The key of its label in the desk's words; the key with `-tip` behind it is its hint.
    pub words: &'static str,
    /// The value that is put into the label.
    pub value: Value,
    /// Its default keys.
    pub keys: &'static [Shortcut],
    /// Whether it must be held to confirm it.
    pub press: Press,
    /// Yields the action for this moment, or why there is none.
    pub(crate) ask: fn(&Situation<'_>) -> Result<Action, Unavailable>,
    /// Whether its option is on; `None` for a command without one.
    pub(crate) on: Option<fn(&Situation<'_>) -> bool>,
}

/// The area of a command: menus are made of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// The show's file.
    Show,
    /// The show's items.
    Edit,
    /// PVW, PGM and what is between them.
    Switch,
    /// Streams and recordings.
    Output,
    /// The mixer and the monitor.
    Sound,
    /// Scenes by their numbers; the scene bin is their menu.
    Scene,
    /// Strips by their numbers; the mixer is their menu.
    Strip,
    /// Graphics by their numbers; the graphics panel is their menu.
    Graphic,
    /// How the desk looks.
    View,
    /// What explains the desk.
    Help,
}

impl Category {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 10] = [
        Self::Show,
        Self::Edit,
        Self::Switch,
        Self::Output,
        Self::Sound,
        Self::View,
        Self::Help,
        Self::Scene,
        Self::Strip,
        Self::Graphic,
    ];
}

/// The value in a command's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    None,
    /// This text under this name.
    Text(&'static str, &'static str),
    /// The name of the scene with this index, as `name`.
    Scene(usize),
    /// The same of a source.
    Source(usize),
    /// The same of a graphic.
    Graphic(usize),
}

impl Value {
    /// The name of the item it is the number of, if the show has that many.
    pub fn name(self, show: &Show) -> Option<&str> {
        match self {
            Self::None | Self::Text(..) => None,
            Self::Scene(index) => show.scenes.get(index).map(|scene| scene.name.as_str()),
            Self::Source(index) => show.sources.get(index).map(|source| source.name.as_str()),
            Self::Graphic(index) => show.components.get(index).map(|graphic| graphic.name.as_str()),
        }
    }

    /// Whether it is the number of an item that the show does not have.
    pub fn is_missing(self, show: &Show) -> bool {
        !matches!(self, Self::None | Self::Text(..)) && self.name(show).is_none()
    }
}

/// Whether a command must be confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// No: it is done at once.
    Once,
    /// Yes: viewers see what it does, or it cannot be undone.
    Held,
}

/// A key with its modifiers, and when it triggers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortcut {
    /// Ctrl (Cmd on a Mac), Shift, Alt.
    pub modifiers: Modifiers,
    /// The key.
    pub key: Key,
    /// When it triggers.
    pub scope: KeyScope,
}

/// When a key triggers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyScope {
    /// Wherever the keyboard focus is.
    Everywhere,
    /// While no control has the focus: a text has the same keys for itself.
    Desk,
    /// While no control has the focus, and never on key repeat: each press takes once.
    Switcher,
}

/// Why a command cannot be done now.
#[derive(Clone, Debug, PartialEq)]
pub struct Unavailable {
    /// The key of the reason in the desk's words.
    pub reason: &'static str,
    /// The action all the same, where the engine decides: the desk sees its state some frames late, so
    /// a key press is sent and the engine answers.
    pub action: Option<Box<Action>>,
}

/// How the desk looks: the options of its View menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Views {
    /// Safe areas on PVW.
    pub safe_areas: bool,
    /// Names of sources on PVW.
    pub labels: bool,
    /// Pictures a second on the monitors.
    pub monitor_rate: u32,
    /// Size of everything, in percent.
    pub scale: u32,
}

/// The state that commands depend on.
#[derive(Clone, Copy)]
pub struct Situation<'a> {
    /// The programme.
    pub look: &'a Look,
    /// How the desk looks.
    pub views: Views,
    /// The language of the desk.
    pub language: Language,
}

impl DeskCommand {
    /// The action for this moment.
    ///
    /// # Errors
    /// It cannot be done now; the reason says why.
    pub fn now(&self, situation: &Situation<'_>) -> Result<Action, Unavailable> {
        (self.ask)(situation)
    }

    /// Whether its option is on; `None` if it has none.
    pub fn is_on(&self, situation: &Situation<'_>) -> Option<bool> {
        self.on.map(|on| on(situation))
    }

    /// Whether its option is one of several that exclude each other.
    pub fn is_one_of_many(&self) -> bool {
        self.on.is_some() && matches!(self.value, Value::Text(..))
    }

    /// Its label; `…` at the end means that a dialog follows.
    pub fn label(&self, words: &Translations, look: &Look) -> String {
        match self.value {
            Value::None => words.get(self.words),
            Value::Text(name, value) => words.with(self.words, name, value),
            Value::Scene(index) | Value::Source(index) | Value::Graphic(index) => {
                let number = || {
                    let key = match self.value {
                        Value::Source(_) => "source-number",
                        Value::Graphic(_) => "graphic-number",
                        _ => "scene-number",
                    };
                    words.with(key, "number", (index + 1).to_string())
                };
                let name = self.value.name(&look.snapshot.show).map(str::to_owned);
                words.with(self.words, "name", name.unwrap_or_else(number))
            }
        }
    }

    /// Its label in menus and the palette, which also says whether it must be held.
    pub fn entry(&self, words: &Translations, look: &Look) -> String {
        let label = self.label(words, look);
        match self.press {
            Press::Once => label,
            Press::Held => words.with("hold-entry", "label", label),
        }
    }

    /// Its tooltip: what it does, and its keys.
    pub fn tip(&self, words: &Translations) -> String {
        let tip = words.get(&format!("{}-tip", self.words));
        match self.keys_text(words) {
            keys if keys.is_empty() => tip,
            keys => words.with_two("tip-keys", ("tip", &tip), ("keys", &keys)),
        }
    }

    /// Its keys as text; empty if it has none.
    pub fn keys_text(&self, words: &Translations) -> String {
        self.keys.iter().map(|keys| keys.text(words)).collect::<Vec<_>>().join(", ")
    }
}

impl Shortcut {
    /// A key that triggers wherever the focus is.
    pub const fn everywhere(modifiers: Modifiers, key: Key) -> Self {
        Self { modifiers, key, scope: KeyScope::Everywhere }
    }

    /// A key that triggers while no control has the focus.
    pub const fn desk(modifiers: Modifiers, key: Key) -> Self {
        Self { modifiers, key, scope: KeyScope::Desk }
    }

    /// A key of the switcher.
    pub const fn switcher(modifiers: Modifiers, key: Key) -> Self {
        Self { modifiers, key, scope: KeyScope::Switcher }
    }

    /// Whether this key press matches. Extra modifiers do not count with digits, which need Shift on some
    /// keyboards.
    pub fn is(&self, key: Key, modifiers: Modifiers) -> bool {
        let is_digit = key >= Key::Num0 && key <= Key::Num9;
        let is_plain = self.modifiers.is_none() && !is_digit;
        let fits = if is_plain {
            modifiers.is_none()
        } else {
            modifiers.matches_logically(self.modifiers)
        };
        self.key == key && fits
    }

    /// As text: `Ctrl+K`.
    pub fn text(&self, words: &Translations) -> String {
        match (self.key, self.modifiers.is_none()) {
            (Key::Space, true) => words.get("key-space"),
            (Key::Enter, true) => words.get("key-enter"),
            (key, true) => key.symbol_or_name().to_owned(),
            (key, false) => {
                let names = ModifierNames::NAMES;
                let modifiers = names.format(&self.modifiers, cfg!(target_os = "macos"));
                // egui writes this one out.
                let key = if key == Key::Comma { "," } else { key.symbol_or_name() };
                format!("{modifiers}{}{key}", names.concat)
            }
        }
    }
}

impl Unavailable {
    /// For this reason, without an action.
    pub const fn because(reason: &'static str) -> Self {
        Self { reason, action: None }
    }
}

/// The action of a command, or why there is none.
pub(crate) type CommandResult = Result<Action, Unavailable>;

/// A command without a value, done at once.
pub(crate) const fn command(
    (id, words): (&'static str, &'static str),
    category: Category,
    keys: &'static [Shortcut],
    ask: fn(&Situation<'_>) -> CommandResult,
) -> DeskCommand {
    DeskCommand { id, category, words, value: Value::None, keys, press: Press::Once, ask, on: None }
}
