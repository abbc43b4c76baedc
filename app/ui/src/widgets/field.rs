//! A field: a name, a control with its unit, and under it what is wrong with the value.

use egui::{Align, Layout, Response, RichText, Ui, vec2};

use crate::theme;

/// How wide the names of a form's fields are.
pub const NAME: f32 = 104.0;

/// A field that is being drawn.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    name: &'a str,
    unit: &'a str,
    error: Option<&'a str>,
    name_width: f32,
}

impl<'a> Field<'a> {
    /// A field of this name.
    pub fn new(name: &'a str) -> Self {
        Self { name, unit: "", error: None, name_width: NAME }
    }

    /// What the value counts, and its range: written behind the control.
    pub fn unit(self, unit: &'a str) -> Self {
        Self { unit, ..self }
    }

    /// Why the value cannot be used: written under the control.
    pub fn error(self, error: Option<&'a str>) -> Self {
        Self { error, ..self }
    }

    /// Another width for the name, so that the controls of a narrow column stay in line.
    pub fn name_width(self, name_width: f32) -> Self {
        Self { name_width, ..self }
    }

    /// Draws it, with the control that holds the value.
    pub fn show(self, ui: &mut Ui, control: impl FnOnce(&mut Ui) -> Response) -> Response {
        let Self { name, unit, error, name_width } = self;
        let response = ui.horizontal(|ui| {
            let size = vec2(name_width, theme::TARGET);
            let label =
                ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
                    ui.set_min_width(name_width);
                    ui.label(RichText::new(name).color(theme::QUIET))
                });
            let response = control(ui).labelled_by(label.inner.id);
            if !unit.is_empty() {
                ui.label(RichText::new(unit).size(theme::DETAIL).color(theme::FAINT));
            }
            response
        });
        if let Some(error) = error {
            ui.horizontal(|ui| {
                ui.add_space(name_width + theme::STEP);
                ui.label(RichText::new(error).size(theme::DETAIL).color(theme::ATTENTION));
            });
        }
        response.inner
    }
}
