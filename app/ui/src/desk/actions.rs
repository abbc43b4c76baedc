//! What the desk does itself of what is asked: it opens dialogs, asks for confirmation, changes its views.

use std::collections::VecDeque;

use egui::Ui;

use super::Desk;
use crate::action::{Action, OpenDialog, RecoveryChoice, ShowFile, ViewChange};
use crate::arrangement::Arrangement;
use crate::automatic_scale::AutomaticScale;
use crate::confirm::Confirmation;
use crate::dialog;
use crate::look::Look;
use crate::palette::Palette;
use crate::panel::Panel;
use crate::translations::Translations;

impl Desk {
    /// The window is to close: asks for confirmation, or yields [`Action::Close`] at once if nothing
    /// would be lost.
    pub fn close(&mut self, look: &Look) -> Option<Action> {
        let mut actions = Vec::new();
        self.ask_first(Action::Close, look, &mut actions);
        actions.pop()
    }

    /// Does the desk's own actions, and yields the rest.
    pub(super) fn take_own(
        &mut self,
        actions: Vec<Action>,
        ui: &mut Ui,
        look: &Look,
    ) -> Vec<Action> {
        let mut others: Vec<Action> = self.answered.take().into_iter().collect();
        let mut pending = VecDeque::from(actions);
        while let Some(action) = pending.pop_front() {
            match action {
                Action::Open(open) => {
                    let mut more = Vec::new();
                    self.open(open, look, &mut more);
                    pending.extend(more);
                }
                Action::Speak(language) => {
                    self.words = Translations::new(language);
                    others.push(action);
                }
                // Whoever let a button go too early looks at it: it must be seen.
                Action::Say(key) => self.toasts.show(self.words.get(key), true, None),
                Action::View(view) => {
                    self.view(view, ui);
                    others.push(action);
                }
                Action::Close
                | Action::File(ShowFile::New | ShowFile::NewFrom(_) | ShowFile::Open(_))
                | Action::Recover(RecoveryChoice::Restore | RecoveryChoice::GoOnAir) => {
                    self.start = false;
                    self.ask_first(action, look, &mut others);
                }
                other => {
                    let panel = Panel {
                        look,
                        words: &self.words,
                        views: self.views,
                        keys: self.keys,
                        actions: &mut Vec::new(),
                    };
                    match Confirmation::of_empty_pgm(&other, &panel) {
                        Some(ask) => _ = self.ask.get_or_insert(ask),
                        None => others.push(other),
                    }
                }
            }
        }
        others
    }

    /// Asks for confirmation if an action would lose something.
    fn ask_first(&mut self, action: Action, look: &Look, others: &mut Vec<Action>) {
        let panel = Panel {
            look,
            words: &self.words,
            views: self.views,
            keys: self.keys,
            actions: &mut Vec::new(),
        };
        if self.dialogs.ask_about_work(&panel) {
            return;
        }
        match Confirmation::before(action, &panel) {
            Ok(action) => others.push(action),
            Err(ask) => _ = self.ask.get_or_insert(ask),
        }
    }

    /// Opens a dialog; `more` gets the actions that come with it.
    fn open(&mut self, open: OpenDialog, look: &Look, more: &mut Vec<Action>) {
        let panel = &mut Panel {
            look,
            words: &self.words,
            views: self.views,
            keys: self.keys,
            actions: more,
        };
        match open {
            OpenDialog::Palette => self.palette = Some(Palette::default()),
            OpenDialog::AddText => dialog::new_text(panel),
            OpenDialog::Recovery => self.recovery.1 = true,
            OpenDialog::Start => self.start = true,
            open => {
                self.start = false;
                if let Err(reason) = self.dialogs.open(open, panel) {
                    self.refused = Some(reason);
                }
            }
        }
    }

    fn view(&mut self, view: ViewChange, ui: &Ui) {
        match view {
            ViewChange::SafeAreas(on) => self.views.safe_areas = on,
            ViewChange::Labels(on) => self.views.labels = on,
            ViewChange::MonitorRate(rate) => self.views.monitor_rate = rate,
            ViewChange::Scale(percent) => {
                self.views.scale = percent;
                self.automatic_scale = AutomaticScale::Done;
                self.size(ui);
            }
            ViewChange::ResetArrangement => {
                self.arrangement = Arrangement::new();
                self.was_arranged = true;
            }
        }
    }
}
