//! All that the menus, the palette and the keys with Ctrl ask: one list for the three.

use egui::{Key, KeyboardShortcut, Modifiers};

use crate::action::{Action, File, Open, View};
use crate::look::Look;
use crate::words::{Language, Words};

/// The menus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    Show,
    Edit,
    Programme,
    View,
    Help,
}

impl Menu {
    /// All, in their order.
    pub const ALL: [Self; 5] = [Self::Show, Self::Edit, Self::Programme, Self::View, Self::Help];

    /// The key of its name.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Show => "menu-show",
            Self::Edit => "menu-edit",
            Self::Programme => "menu-programme",
            Self::View => "menu-view",
            Self::Help => "menu-help",
        }
    }
}

/// One thing that can be asked.
pub struct Entry {
    pub menu: Menu,
    pub label: String,
    pub keys: Option<KeyboardShortcut>,
    pub action: Action,
    /// Whether it can be asked now.
    pub is_ready: bool,
    /// Whether it is on, if it can be.
    pub on: Option<bool>,
}

/// How the desk looks: what of the menus is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Views {
    pub safe_areas: bool,
    pub labels: bool,
    pub monitor_rate: u32,
    pub scale: u32,
}

/// Rates of the monitors that are offered.
const RATES: [u32; 4] = [5, 13, 25, 50];
/// Sizes of everything that are offered, in percent.
pub const SCALES: [u32; 4] = [100, 125, 150, 200];

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

/// Everything, in the order of the menus.
pub fn all(look: &Look, words: &Words, views: Views) -> Vec<Entry> {
    let mut list = List { words, entries: Vec::new() };
    shows(&mut list, look);
    edits(&mut list, look);
    programme(&mut list, look);
    view(&mut list, views);
    list.add(Menu::Help, "keys", Some((Modifiers::NONE, Key::F1)), Action::Open(Open::Keys), true);
    list.entries
}

struct List<'a> {
    words: &'a Words,
    entries: Vec<Entry>,
}

impl List<'_> {
    fn add(
        &mut self,
        menu: Menu,
        key: &str,
        keys: Option<(Modifiers, Key)>,
        action: Action,
        is_ready: bool,
    ) {
        let keys = keys.map(|(modifiers, key)| KeyboardShortcut::new(modifiers, key));
        let label = self.words.get(key);
        self.entries.push(Entry { menu, label, keys, action, is_ready, on: None });
    }

    fn option(&mut self, menu: Menu, label: String, action: Action, on: bool) {
        let on = Some(on);
        self.entries.push(Entry { menu, label, keys: None, action, is_ready: true, on });
    }
}

fn shows(list: &mut List<'_>, look: &Look) {
    let menu = Menu::Show;
    let save = match look.file.path {
        Some(_) => Action::File(File::Save),
        None => Action::Open(Open::SaveAs),
    };
    list.add(menu, "new-show", Some((CTRL, Key::N)), Action::File(File::New), true);
    list.add(menu, "open-show", Some((CTRL, Key::O)), Action::Open(Open::OpenShow), true);
    list.add(menu, "save", Some((CTRL, Key::S)), save, look.file.is_changed);
    list.add(menu, "save-as", Some((CTRL_SHIFT, Key::S)), Action::Open(Open::SaveAs), true);
    list.add(menu, "settings", Some((CTRL, Key::Comma)), Action::Open(Open::Settings), true);
    list.add(menu, "quit", Some((CTRL, Key::Q)), Action::Close, true);
}

fn edits(list: &mut List<'_>, look: &Look) {
    let menu = Menu::Edit;
    let (undo, redo) = look.snapshot.history;
    list.add(menu, "undo", Some((CTRL, Key::Z)), Action::Undo, undo > 0);
    list.add(menu, "redo", Some((CTRL_SHIFT, Key::Z)), Action::Redo, redo > 0);
    list.add(menu, "add-media", Some((CTRL, Key::M)), Action::Open(Open::AddMedia), true);
    list.add(menu, "new-layout", Some((CTRL, Key::L)), Action::Open(Open::NewLayout), true);
    let has_layout = look.snapshot.pvw.layout.is_some();
    list.add(menu, "save-scene", None, Action::Open(Open::SaveScene), has_layout);
    list.add(menu, "add-picture", None, Action::Open(Open::AddPicture), true);
    list.add(menu, "add-text", None, Action::Open(Open::AddText), true);
}

fn programme(list: &mut List<'_>, look: &Look) {
    let menu = Menu::Programme;
    let has_next = look.snapshot.pvw.layout.is_some();
    list.add(menu, "cut", None, Action::Cut, has_next);
    list.add(menu, "auto", None, Action::Auto, has_next);
    list.add(menu, "sync", None, Action::Sync, has_next);
    list.add(menu, "update", None, Action::Update, look.snapshot.pgm.layout.is_some());
}

fn view(list: &mut List<'_>, views: Views) {
    let menu = Menu::View;
    let Views { safe_areas, labels, monitor_rate, scale } = views;
    let (areas, names) = (list.words.get("safe-areas"), list.words.get("source-labels"));
    list.option(menu, areas, Action::View(View::SafeAreas(!safe_areas)), safe_areas);
    list.option(menu, names, Action::View(View::Labels(!labels)), labels);
    for rate in RATES {
        let label = list.words.with("monitor-rate", "rate", rate.to_string());
        list.option(menu, label, Action::View(View::MonitorRate(rate)), rate == monitor_rate);
    }
    for percent in SCALES {
        let label = list.words.with("scale", "percent", percent.to_string());
        list.option(menu, label, Action::View(View::Scale(percent)), percent == scale);
    }
    for language in Language::ALL {
        let on = language == list.words.language();
        list.option(menu, language.name().to_owned(), Action::Speak(language), on);
    }
    list.add(menu, "reset-arrangement", None, Action::View(View::ResetArrangement), true);
    list.add(menu, "palette", Some((CTRL, Key::K)), Action::Open(Open::Palette), true);
}
