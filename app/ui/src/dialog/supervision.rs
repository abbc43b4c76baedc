//! When a source is said to bring nothing: a page of the settings.

use egui::Ui;
use show::{Edit, Show, Supervision};

use crate::action::Action;
use crate::panel::Panel;
use crate::widgets::form::{FieldFaults, Form};
use crate::widgets::section::explain;

/// What is chosen, until it is applied.
pub struct SupervisionDraft {
    chosen: Supervision,
    /// The times, also while they are not looked at.
    millis: [u32; 4],
    in_show: Supervision,
}

impl SupervisionDraft {
    pub fn new(show: &Show) -> Self {
        let (of, usual) = (show.supervision, Supervision::default());
        let millis = [
            of.black_millis.or(usual.black_millis),
            of.frozen_millis.or(usual.frozen_millis),
            of.silent_millis.or(usual.silent_millis),
            of.lost_millis.or(usual.lost_millis),
        ];
        Self { chosen: of, millis: millis.map(Option::unwrap_or_default), in_show: of }
    }

    /// Whether something was chosen and not applied.
    pub fn is_work(&self, show: &Show) -> bool {
        self.chosen != show.supervision
    }

    /// Draws the page.
    pub fn draw(&mut self, ui: &mut Ui, panel: &mut Panel<'_>) {
        let (words, show) = (panel.words, &panel.look.snapshot.show);
        if self.in_show != show.supervision {
            *self = Self::new(show);
        }
        let edit = Edit::Supervision(self.chosen);
        let faults = FieldFaults::of(show, std::slice::from_ref(&edit));
        let form = Form::new(words, &faults);
        explain(ui, &words.get("supervision-why"));
        let Supervision { black_millis, frozen_millis, silent_millis, lost_millis, .. } =
            &mut self.chosen;
        let times = [
            ("tell-black", ("black-time", "black time"), black_millis, Supervision::MILLIS),
            ("tell-frozen", ("frozen-time", "frozen time"), frozen_millis, Supervision::MILLIS),
            ("tell-silent", ("silent-time", "silent time"), silent_millis, Supervision::MILLIS),
            ("show-lost", ("lost-time", "lost time"), lost_millis, Supervision::LOST_MILLIS),
        ];
        for ((told, row, time, (least, most)), millis) in times.into_iter().zip(&mut self.millis) {
            let mut is_told = time.is_some();
            if is_told {
                // All of it fits into the smallest window.
                ui.horizontal(|ui| {
                    form.number(ui, row, millis, least..=most, "ms");
                    ui.checkbox(&mut is_told, words.get(told));
                });
            } else {
                form.check(ui, told, &mut is_told);
            }
            *time = is_told.then_some(*millis);
        }
        let (least, most) = Supervision::BLACK_PERCENT;
        let row = ("black-level", "black level");
        form.number(ui, row, &mut self.chosen.black_percent, least..=most, "%");
        let (least, most) = Supervision::SILENT_DB;
        let row = ("silence-level", "silence level");
        form.number(ui, row, &mut self.chosen.silent_db, least..=most, "dB");
        if form.confirm(ui, "apply", self.is_work(show) && faults.is_empty()) {
            panel.actions.push(Action::Edit(vec![Edit::Supervision(self.chosen)]));
        }
    }
}
