//! Asks before something is lost: a show that is not saved, a programme that is on air.

use egui::{Align2, Id, Key, Rect, Sense, Ui, vec2};

use crate::action::{Action, OpenDialog, ShowFile};
use crate::look::{Notice, OutputLook};
use crate::panel::Panel;
use crate::theme;
use crate::widgets::button::{self, Tone};
use crate::widgets::card::frame;
use crate::widgets::focus::tab_begins_here;
use crate::widgets::space::{Column, Row};
use crate::widgets::text::write;

/// A wish that would lose something.
#[derive(Debug)]
pub struct Confirmation {
    wish: Action,
    question: Question,
}

/// What was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing yet.
    Pending,
    /// It is not to be done.
    Cancelled,
    /// It is to be done.
    Confirmed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    /// The show is not saved.
    Unsaved,
    /// It is being saved.
    Saving,
    /// Something goes out.
    OnAir,
}

impl Confirmation {
    /// What is to be asked before this wish; the wish itself if nothing would be lost.
    pub fn before(wish: Action, panel: &Panel<'_>) -> Result<Action, Self> {
        let (unsaved, runs) = risks(panel);
        match (unsaved, runs) {
            (true, _) => Err(Self { wish, question: Question::Unsaved }),
            (_, true) => Err(Self { wish, question: Question::OnAir }),
            _ => Ok(wish),
        }
    }

    /// What was asked about.
    pub fn wish(self) -> Action {
        self.wish
    }

    /// Draws it.
    pub fn draw(&mut self, ui: &mut Ui, whole: Rect, panel: &mut Panel<'_>) -> Answer {
        if self.question == Question::Saving {
            // It goes on when the file is written; a failure is told, and asked again.
            let failed = |told: &Notice| matches!(told, Notice::Error(..) | Notice::Failed(_));
            if panel.look.notices.iter().any(failed) {
                self.question = Question::Unsaved;
            } else if !panel.look.file.is_changed {
                return self.go_on(panel);
            }
            return Answer::Pending;
        }
        let card = Rect::from_center_size(whole.center(), vec2(440.0, 118.0));
        let layer = egui::LayerId::new(egui::Order::Foreground, Id::unique("ask"));
        let builder = egui::UiBuilder::new().max_rect(card).layer_id(layer);
        let ui = &mut ui.new_child(builder);
        // What lies under it must not be met by a hand that aims at the card.
        ui.interact(card, Id::unique("ask card"), Sense::CLICK | Sense::DRAG);
        tab_begins_here(ui);
        let edge = if self.question == Question::OnAir { theme::ON_AIR } else { theme::ATTENTION };
        frame(ui, card, theme::RAISED, edge);
        let (title, detail) = match self.question {
            Question::OnAir => ("close-title", "close-detail"),
            _ => ("unsaved-title", "unsaved-detail"),
        };
        let (title, detail) = (panel.words.get(title), panel.words.get(detail));
        let mut column = Column::new(card, vec2(14.0, 14.0));
        let at = Align2::LEFT_CENTER;
        write(ui, column.row(22.0).rest(), at, &title, (theme::LARGE, theme::TEXT));
        write(ui, column.row(20.0).rest(), at, &detail, (theme::DETAIL, theme::QUIET));
        let buttons = column.bottom_row(30.0);
        if ui.input(|input| input.key_pressed(Key::Escape)) {
            return Answer::Cancelled;
        }
        match self.question {
            Question::OnAir => on_air(ui, buttons, panel),
            _ => self.unsaved(ui, buttons, panel),
        }
    }

    fn unsaved(&mut self, ui: &Ui, mut buttons: Row, panel: &mut Panel<'_>) -> Answer {
        let id = Id::unique("unsaved");
        let mut pressed = None;
        for (key, tone, wide) in [
            ("unsaved-save", Tone::Next, 130.0),
            ("unsaved-discard", Tone::Plain, 130.0),
            ("unsaved-stay", Tone::Strong, 130.0),
        ] {
            let place = buttons.right(wide);
            buttons.right(8.0);
            let look = (tone, theme::BODY);
            if button::button(ui, place, id.with(key), &panel.words.get(key), look).clicked() {
                pressed = Some(key);
            }
        }
        match pressed {
            Some("unsaved-save") if panel.look.file.path.is_some() => {
                panel.actions.push(Action::File(ShowFile::Save));
                self.question = Question::Saving;
                Answer::Pending
            }
            Some("unsaved-save") => {
                panel.actions.push(Action::Open(OpenDialog::SaveAs));
                Answer::Cancelled
            }
            Some("unsaved-discard") => self.go_on(panel),
            Some(_) => Answer::Cancelled,
            None => Answer::Pending,
        }
    }

    /// What is on air is asked last.
    fn go_on(&mut self, panel: &Panel<'_>) -> Answer {
        if risks(panel).1 {
            self.question = Question::OnAir;
            return Answer::Pending;
        }
        Answer::Confirmed
    }
}

fn on_air(ui: &Ui, mut buttons: Row, panel: &Panel<'_>) -> Answer {
    let end = buttons.right(210.0);
    buttons.right(8.0);
    let id = Id::unique("close");
    let (stay, look) = (panel.words.get("close-stay"), (Tone::Strong, theme::BODY));
    // What ends nothing comes first by Tab.
    let stays = button::button(ui, buttons.rest(), id.with("stay"), &stay, look).clicked();
    let (_, held) = button::hold(ui, end, id.with("end"), &panel.words.get("close-end"));
    match (held, stays) {
        (true, _) => Answer::Confirmed,
        (_, true) => Answer::Cancelled,
        _ => Answer::Pending,
    }
}

/// Whether the show is not saved, and whether something goes out.
fn risks(panel: &Panel<'_>) -> (bool, bool) {
    (panel.look.file.is_changed, panel.look.outputs.iter().any(OutputLook::runs))
}
