//! A form: fields for the values of an item, with what the show would refuse said under each.

use std::cell::Cell;
use std::ops::RangeInclusive;

use egui::{ComboBox, Id, Key, Response, RichText, TextEdit, Ui, Vec2, emath::Numeric, vec2};
use show::{Fault, Place, Show};

use crate::theme;
use crate::translations::Translations;
use crate::widgets::field::{Field, NAME};

/// How wide a form's controls are.
const CONTROL: f32 = 270.0;
/// A form's own button.
const BUTTON: Vec2 = vec2(132.0, 30.0);

/// A form, and what is wrong with what is in it.
pub struct Form<'a> {
    /// The operator's language.
    pub words: &'a Translations,
    /// What is wrong, by the field it is wrong with.
    pub faults: &'a FieldFaults,
    /// Enter was pressed in a line of text.
    entered: Cell<bool>,
}

/// What is wrong with what is in a form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldFaults(Vec<Fault>);

impl FieldFaults {
    /// The faults a show would have after these edits.
    pub fn of(show: &Show, edits: &[show::Edit]) -> Self {
        let mut next = show.clone();
        for edit in edits {
            match next.apply(edit) {
                Ok(made) => next = made,
                Err(show::EditError::Faults(faults)) => return Self(faults),
                // The engine rejects it then, and says why.
                Err(_) => return Self::default(),
            }
        }
        Self::default()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The faults of all fields but this one.
    pub fn without(mut self, field: &str) -> Self {
        self.0.retain(|fault| !matches!(fault.place, Place::Item(_, at) if at == field));
        self
    }

    /// The fault of a field.
    pub fn at(&self, field: &str) -> Option<&Fault> {
        self.0.iter().find(|fault| match fault.place {
            Place::Show(at) | Place::Item(_, at) | Place::Strip(_, at) => at == field,
            Place::Pane(..) => false,
        })
    }

    /// The fault of a pane.
    pub fn at_pane(&self, index: usize) -> Option<&Fault> {
        self.0.iter().find(|fault| matches!(fault.place, Place::Pane(_, at, _) if at == index))
    }
}

impl<'a> Form<'a> {
    /// A form.
    pub fn new(words: &'a Translations, faults: &'a FieldFaults) -> Self {
        Self { words, faults, entered: Cell::new(false) }
    }

    /// The button that does what the form is for, at the bottom of its dialog: see [`Self::confirm_here`].
    pub fn confirm(&self, ui: &mut Ui, key: &str, is_ready: bool) -> bool {
        let room = ui.clip_rect().bottom() - ui.cursor().top() - BUTTON.y - theme::STEP;
        ui.add_space(room.max(theme::STEP));
        self.confirm_here(ui, key, is_ready)
    }

    /// The button that does what the form is for. True a frame after it was pressed, or Enter in a line of
    /// text: what was typed in the same frame is in the fields only then, and dialogs look at them first.
    pub fn confirm_here(&self, ui: &mut Ui, key: &str, is_ready: bool) -> bool {
        let is_pressed = confirm(ui, &self.words.get(key), is_ready) || self.entered.get();
        let (id, pass) = (Id::unique("form confirmed"), ui.cumulative_pass_nr());
        let before: Option<u64> = ui.data(|data| data.get_temp(id));
        if is_pressed {
            ui.data_mut(|data| data.insert_temp(id, pass));
            ui.request_repaint();
        }
        is_ready && before.is_some_and(|before| before + 1 == pass)
    }

    /// A row; `field` is what the document calls it.
    pub fn row(
        &self,
        ui: &mut Ui,
        key: &str,
        field: &str,
        control: impl FnOnce(&mut Ui) -> Response,
    ) -> Response {
        self.unit_row(ui, key, field, "", control)
    }

    fn unit_row(
        &self,
        ui: &mut Ui,
        key: &str,
        field: &str,
        unit: &str,
        control: impl FnOnce(&mut Ui) -> Response,
    ) -> Response {
        let name = self.words.get(key);
        let error = self.faults.at(field).map(|fault| self.words.fault(fault));
        let field = Field::new(&name).unit(unit).error(error.as_deref());
        let response = field.show(ui, control);
        if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
            self.entered.set(true);
        }
        response
    }

    /// A line of text.
    pub fn text(&self, ui: &mut Ui, key: &str, field: &str, text: &mut String) -> Response {
        self.row(ui, key, field, |ui| ui.add(line(text)))
    }

    /// Text that is not shown.
    pub fn hidden(&self, ui: &mut Ui, key: &str, field: &str, text: &mut String) -> Response {
        self.row(ui, key, field, |ui| ui.add(line(text).password(true)))
    }

    /// A number with its range and what it counts, as the show knows them.
    pub fn number<N: Numeric>(
        &self,
        ui: &mut Ui,
        (key, field): (&str, &str),
        value: &mut N,
        range: RangeInclusive<N>,
        unit: &str,
    ) -> Response {
        let said = format!("{}–{} {unit}", range.start().to_f64(), range.end().to_f64());
        self.unit_row(ui, key, field, &said, |ui| {
            let speed = if N::INTEGRAL { 1.0 } else { 0.01 };
            let drag = egui::DragValue::new(value).range(range).speed(speed);
            ui.add_sized(vec2(86.0, theme::TARGET), drag)
        })
    }

    /// One of a few, all in sight.
    pub fn choice<T: Copy + PartialEq>(
        &self,
        ui: &mut Ui,
        key: &str,
        chosen: &mut T,
        all: &[(T, String)],
    ) -> bool {
        let mut changed = false;
        self.row(ui, key, "", |ui| {
            ui.horizontal_wrapped(|ui| {
                for (value, name) in all {
                    if ui.selectable_label(*chosen == *value, name).clicked() {
                        changed |= *chosen != *value;
                        *chosen = *value;
                    }
                }
            })
            .response
        });
        changed
    }

    /// On or off.
    pub fn check(&self, ui: &mut Ui, key: &str, value: &mut bool) -> Response {
        self.check_named(ui, self.words.get(key), value)
    }

    /// On or off, under a name in the operator's language.
    pub fn check_named(&self, ui: &mut Ui, name: String, value: &mut bool) -> Response {
        ui.horizontal(|ui| {
            ui.add_space(NAME + theme::STEP);
            ui.checkbox(value, name)
        })
        .inner
    }

    /// A colour.
    pub fn colour(&self, ui: &mut Ui, key: &str, colour: &mut show::Colour) -> bool {
        let mut rgba = [colour.r, colour.g, colour.b, colour.a];
        let response =
            self.row(ui, key, "", |ui| ui.color_edit_button_srgba_unmultiplied(&mut rgba));
        let [r, g, b, a] = rgba;
        let now = show::Colour { r, g, b, a };
        let changed = response.changed() && now != *colour;
        if changed {
            *colour = now;
        }
        changed
    }
}

/// A line of text in the desk's look.
pub fn line(text: &mut String) -> TextEdit<'_> {
    let edit = TextEdit::singleline(text).desired_width(CONTROL);
    edit.min_size(vec2(0.0, theme::TARGET)).align(egui::Align2::LEFT_CENTER)
}

/// The button that does what a dialog is for.
fn confirm(ui: &mut Ui, label: &str, is_ready: bool) -> bool {
    let text = RichText::new(label).color(if is_ready { theme::TEXT } else { theme::FAINT });
    let button = egui::Button::new(text).min_size(BUTTON).fill(theme::STRONG);
    // In a row, or its words would stand at its left.
    ui.horizontal(|ui| ui.add_enabled(is_ready, button).clicked()).inner
}

/// One of several; yields the response of what is seen of it.
pub fn combo<T: Copy + PartialEq>(
    ui: &mut Ui,
    salt: &str,
    chosen: &mut T,
    all: &[(T, String)],
) -> Response {
    let name = all.iter().find(|(value, _)| value == chosen).map_or("", |(_, name)| name);
    let combo = ComboBox::from_id_salt(salt).selected_text(name).width(150.0);
    let shown = combo.show_ui(ui, |ui| {
        for (value, name) in all {
            ui.selectable_value(chosen, *value, name);
        }
    });
    shown.response
}
