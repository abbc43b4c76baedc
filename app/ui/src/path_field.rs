//! A path that is typed, pasted, completed or chosen by the desktop's own dialog.

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers, Popup, PopupCloseBehavior, Response, RichText, Ui};

use crate::action::{Action, FilePurpose};
use crate::look::{Chosen, Look};
use crate::reason::Reason;
use crate::theme;
use crate::widgets::form::{Form, line};

/// The most of what begins alike that is offered.
const OFFERED: usize = 8;

/// A path field.
#[derive(Clone, Debug)]
pub struct PathField {
    text: String,
    /// The text that completions were last asked for.
    asked: Option<String>,
    what: FilePurpose,
    /// It has the keyboard focus.
    is_edited: bool,
    /// It gets the keyboard when it is drawn next.
    wants_focus: bool,
    /// Why there is no file chooser, once that was tried.
    no_dialog: Option<Reason>,
}

impl PathField {
    /// An empty field for a file of this kind, or one that has a path.
    pub fn new(what: FilePurpose, path: Option<&Path>) -> Self {
        let text = path.map(|path| path.display().to_string()).unwrap_or_default();
        Self { text, asked: None, what, is_edited: false, wants_focus: false, no_dialog: None }
    }

    /// It gets the keyboard when it is drawn next.
    pub fn focus(&mut self) {
        self.wants_focus = true;
    }

    /// What is in it, as it was typed.
    pub fn text(&self) -> &str {
        self.text.trim()
    }

    /// The path, once there is one.
    pub fn path(&self) -> Option<PathBuf> {
        // A path that was copied elsewhere may come in quotes or as an address.
        let text = self.text().trim_matches(['"', '\'']);
        let text = text.strip_prefix("file://").unwrap_or(text);
        (!text.is_empty() && !text.ends_with('/')).then(|| PathBuf::from(text))
    }

    /// A row of a form; true when the path is another.
    pub fn row(
        &mut self,
        ui: &mut Ui,
        (form, key, field): (&Form<'_>, &str, &str),
        look: &Look,
        actions: &mut Vec<Action>,
    ) -> bool {
        let before = self.text.clone();
        self.listen(look);
        form.row(ui, key, field, |ui| {
            let response = self.edit(ui, look);
            if ui.button(form.words.get("browse")).clicked() {
                actions.push(Action::Browse(self.what));
            }
            response
        });
        if let Some(reason) = &self.no_dialog {
            let said = form.words.with("no-dialog", "reason", form.words.reason(reason));
            ui.label(RichText::new(said).size(theme::DETAIL).color(theme::ATTENTION));
        }
        if self.is_edited && self.asked.as_ref() != Some(&self.text) && !self.text.is_empty() {
            self.asked = Some(self.text.clone());
            actions.push(Action::Complete(self.text.clone()));
        }
        self.text != before
    }

    fn listen(&mut self, look: &Look) {
        match &look.chosen {
            Some((what, Chosen::File(path))) if *what == self.what => {
                self.text = path.display().to_string();
                self.no_dialog = None;
            }
            Some((what, Chosen::NoDialog(reason))) if *what == self.what => {
                self.no_dialog = Some(reason.clone());
            }
            _ => {}
        }
    }

    fn edit(&mut self, ui: &mut Ui, look: &Look) -> Response {
        let paths = look.paths.as_ref().filter(|paths| paths.of == self.text);
        let entries: Vec<String> = paths.map(|paths| paths.entries.clone()).unwrap_or_default();
        let offered: Vec<&String> =
            entries.iter().filter(|entry| **entry != self.text).take(OFFERED).collect();
        let id = ui.next_auto_id().with("path");
        let has_focus = ui.memory(|memory| memory.has_focus(id));
        self.is_edited = has_focus;
        let mut chosen = None;
        // As a shell has it: Tab writes on as far as there is no choice.
        if has_focus
            && !offered.is_empty()
            && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Tab))
        {
            chosen = Some(common(&offered));
        }
        let edit = line(&mut self.text).id(id).lock_focus(!offered.is_empty());
        let response = ui.add(edit);
        if std::mem::take(&mut self.wants_focus) {
            response.request_focus();
        }
        Popup::from_response(&response)
            .open(has_focus && !offered.is_empty())
            .close_behavior(PopupCloseBehavior::IgnoreClicks)
            .width(response.rect.width())
            .show(|ui| {
                ui.set_min_width(response.rect.width());
                for entry in &offered {
                    let name = entry.trim_end_matches('/').rsplit('/').next().unwrap_or(entry);
                    let end = if entry.ends_with('/') { "/" } else { "" };
                    if ui.selectable_label(false, format!("{name}{end}")).clicked() {
                        chosen = Some((*entry).clone());
                    }
                }
            });
        if let Some(text) = chosen {
            self.text = text;
            if let Some(mut state) = egui::text_edit::TextEditState::load(ui, id) {
                let end = egui::text::CCursor::new(self.text.chars().count());
                state.cursor.set_char_range(Some(egui::text::CCursorRange::one(end)));
                state.store(ui, id);
            }
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        response
    }
}

/// The longest common beginning.
fn common(entries: &[&String]) -> String {
    let Some(first) = entries.first() else { return String::new() };
    let shared = |a: &str, b: &str| {
        let pairs = a.char_indices().zip(b.chars());
        pairs.take_while(|((_, a), b)| a == b).map(|((at, a), _)| at + a.len_utf8()).last()
    };
    entries.iter().fold((*first).clone(), |begin, entry| {
        let length = shared(&begin, entry).unwrap_or(0);
        begin[..length].to_owned()
    })
}
