//! What stands in for PGM: a page of the settings.

use egui::{Role, Ui, WidgetInfo};
use show::{Edit, Show, Standby};

use crate::action::Action;
use crate::panel::Panel;
use crate::widgets::form::{FieldFaults, Form, combo};
use crate::widgets::section::explain;

/// What is chosen, until it is applied.
pub struct StandbyDraft {
    chosen: Option<Standby>,
    /// How long PGM is waited for, also while it comes by hand only.
    after_millis: u32,
    in_show: Option<Standby>,
}

impl StandbyDraft {
    pub fn new(show: &Show) -> Self {
        let after = show.standby.and_then(|standby| standby.after_millis);
        let after_millis = after.unwrap_or(Standby::AFTER_MILLIS);
        Self { chosen: show.standby, after_millis, in_show: show.standby }
    }

    /// Whether something was chosen and not applied.
    pub fn is_work(&self, show: &Show) -> bool {
        self.chosen != show.standby
    }

    /// Draws the page.
    pub fn draw(&mut self, ui: &mut Ui, panel: &mut Panel<'_>) {
        let (words, show) = (panel.words, &panel.look.snapshot.show);
        if self.in_show != show.standby {
            *self = Self::new(show);
        }
        let edit = Edit::Standby(self.chosen);
        let faults = FieldFaults::of(show, std::slice::from_ref(&edit));
        let form = Form::new(words, &faults);
        let mut source = self.chosen.map(|standby| standby.source);
        let none = (None, words.get("standby-none"));
        let fit = show.sources.iter().filter(|source| Standby::accepts(source));
        let all: Vec<_> =
            std::iter::once(none).chain(fit.map(|it| (Some(it.id), it.name.clone()))).collect();
        let name = words.get("standby-source");
        form.row(ui, "standby-source", "standby", |ui| {
            let response = combo(ui, "standby-source", &mut source, &all);
            response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, &name));
            response
        });
        self.chosen = source.map(|source| Standby {
            source,
            ..self.chosen.unwrap_or_else(|| Standby::new(source))
        });
        explain(ui, &words.get("standby-why"));
        if let Some(standby) = &mut self.chosen {
            let mut by_itself = standby.after_millis.is_some();
            form.check(ui, "standby-by-itself", &mut by_itself);
            if by_itself {
                let row = ("standby-after", "standby");
                form.number(ui, row, &mut self.after_millis, 500..=60_000, "ms");
                explain(ui, &words.get("standby-after-why"));
            }
            standby.after_millis = by_itself.then_some(self.after_millis);
            form.check(ui, "standby-graphics", &mut standby.keeps_graphics);
        }
        if form.confirm(ui, "apply", self.is_work(show) && faults.is_empty()) {
            panel.actions.push(Action::Edit(vec![Edit::Standby(self.chosen)]));
        }
    }
}
