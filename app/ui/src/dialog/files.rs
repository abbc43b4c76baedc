//! Another show, and another file for this one.

use egui::Ui;

use crate::action::{Action, FilePurpose, ShowFile};
use crate::dialog::state::DialogState;
use crate::look::FileLook;
use crate::panel::Panel;
use crate::path_field::PathField;
use crate::widgets::form::{FieldFaults, Form};
use crate::widgets::section::{explain, section};

/// Asks which show to open.
pub struct OpenShowDialog {
    path: PathField,
}

impl OpenShowDialog {
    pub fn new() -> Self {
        let mut path = PathField::new(FilePurpose::OpenShow, None);
        path.focus();
        Self { path }
    }

    /// Draws it.
    pub fn fill(&mut self, ui: &mut Ui, panel: &mut Panel<'_>) -> DialogState {
        let none = FieldFaults::default();
        let form = Form::new(panel.words, &none);
        self.path.row(ui, (&form, "path", "path"), panel.look, panel.actions);
        let mut chosen = None;
        let recent = &panel.look.file.recent;
        if !recent.is_empty() {
            section(ui, &panel.words.get("recent"), |ui| {
                for path in recent {
                    if ui.selectable_label(false, path.display().to_string()).clicked() {
                        chosen = Some(path.clone());
                    }
                }
            });
        }
        if form.confirm(ui, "open", self.path.path().is_some()) {
            chosen = self.path.path();
        }
        let Some(path) = chosen else { return DialogState::Open };
        panel.actions.push(Action::File(ShowFile::Open(path)));
        DialogState::Closed
    }
}

/// Asks where to save.
pub struct SaveAsDialog {
    path: PathField,
}

impl SaveAsDialog {
    pub fn new(file: &FileLook) -> Self {
        let mut path = PathField::new(FilePurpose::SaveShow, file.path.as_deref());
        path.focus();
        Self { path }
    }

    /// Draws it.
    pub fn fill(&mut self, ui: &mut Ui, panel: &mut Panel<'_>) -> DialogState {
        let none = FieldFaults::default();
        let form = Form::new(panel.words, &none);
        self.path.row(ui, (&form, "path", "path"), panel.look, panel.actions);
        explain(ui, &panel.words.get("save-why"));
        let path = self.path.path();
        if form.confirm(ui, "save", path.is_some())
            && let Some(mut path) = path
        {
            if path.extension().is_none() {
                path.set_extension("json");
            }
            panel.actions.push(Action::File(ShowFile::SaveAs(path)));
            return DialogState::Closed;
        }
        DialogState::Open
    }
}
