//! Asks for confirmation before something is lost: unsaved changes, or outputs that run.

use egui::{Align2, Id, Key, Rect, Role, Ui, WidgetInfo, vec2};
use show::OutputKind;

use crate::action::{Action, OpenDialog, ShowFile};
use crate::look::{ForeignFile, Notice, OutputLook};
use crate::panel::Panel;
use crate::theme;
use crate::widgets::button::{self, Tone};
use crate::widgets::card;
use crate::widgets::space::{Column, Row};
use crate::widgets::text::write;

/// An action that would lose something, and the question that is asked first.
#[derive(Debug)]
pub struct Confirmation {
    action: Action,
    question: Question,
}

/// What the operator answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing yet.
    Pending,
    /// Not to be done.
    Cancelled,
    /// To be done.
    Confirmed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    /// The show has unsaved changes.
    Unsaved,
    /// It is being saved.
    Saving,
    /// Outputs are running.
    OnAir,
    /// A stream is to go live while PGM is empty.
    EmptyPgm,
    /// Another program has written the file that is to be saved; it was the show's before, or not.
    SaveOver(bool),
}

impl Confirmation {
    /// The question to ask before this action; the action itself if nothing would be lost.
    pub fn before(action: Action, panel: &Panel<'_>) -> Result<Action, Self> {
        let (unsaved, runs) = risks(panel);
        match (unsaved, runs) {
            (true, _) => Err(Self { action, question: Question::Unsaved }),
            (_, true) => Err(Self { action, question: Question::OnAir }),
            _ => Ok(action),
        }
    }

    /// The question whether to go live although PGM is empty, if that is what is asked for.
    pub fn of_empty_pgm(action: &Action, panel: &Panel<'_>) -> Option<Self> {
        let started: &[show::OutputId] = match action {
            Action::Start(id) => std::slice::from_ref(id),
            Action::StartAll(ids) => ids,
            _ => &[],
        };
        let snapshot = &panel.look.snapshot;
        let is_stream = |id: &show::OutputId| {
            let output = snapshot.show.output(*id);
            output.is_some_and(|output| matches!(output.kind, OutputKind::Rtmp { .. }))
        };
        let is_empty = snapshot.shows_nothing() && !snapshot.arming;
        let (action, question) = (action.clone(), Question::EmptyPgm);
        (is_empty && started.iter().any(is_stream)).then_some(Self { action, question })
    }

    /// The question whether to save over what another program has written.
    pub fn save_over(file: &ForeignFile) -> Self {
        let action = Action::File(ShowFile::SaveOver(file.path.clone()));
        Self { action, question: Question::SaveOver(file.was_ours) }
    }

    /// Whether the switcher's keys do nothing meanwhile: not while a disk is waited for.
    pub fn is_modal(&self) -> bool {
        self.question != Question::Saving
    }

    /// The action that was asked about.
    pub fn action(self) -> Action {
        self.action
    }

    /// Draws it.
    pub fn draw(&mut self, ui: &mut Ui, whole: Rect, panel: &mut Panel<'_>) -> Answer {
        if self.question == Question::Saving {
            // It goes on once the file is written; after a failure it is asked again.
            if panel.look.notices.iter().any(is_failed_save) {
                self.question = Question::Unsaved;
            } else if !panel.look.file.is_changed {
                return self.go_on(panel);
            }
        }
        let place = Rect::from_center_size(whole.center(), vec2(560.0, 118.0));
        let edge = if self.question == Question::OnAir { theme::ON_AIR } else { theme::ATTENTION };
        let (ui, ground) = &mut card::over_all(ui, place, "ask", edge);
        let (title, detail) = match self.question {
            Question::OnAir => ("close-title", "close-detail"),
            Question::Saving => ("saving-title", "saving-detail"),
            Question::Unsaved => ("unsaved-title", "unsaved-detail"),
            Question::EmptyPgm => ("empty-pgm-title", "empty-pgm-detail"),
            Question::SaveOver(true) => ("save-over-title", "save-over-changed"),
            Question::SaveOver(false) => ("save-over-title", "save-over-exists"),
        };
        let (title, detail) = (panel.words.get(title), panel.words.get(detail));
        ground.widget_info(|| WidgetInfo::labeled(Role::AlertDialog, true, &title));
        let mut column = Column::new(place, vec2(14.0, 14.0));
        let at = Align2::LEFT_CENTER;
        write(ui, column.row(22.0).rest(), at, &title, (theme::LARGE, theme::TEXT));
        write(ui, column.row(20.0).rest(), at, &detail, (theme::DETAIL, theme::QUIET));
        let buttons = column.bottom_row(30.0);
        if ui.input(|input| input.key_pressed(Key::Escape)) {
            return Answer::Cancelled;
        }
        match self.question {
            Question::OnAir => on_air(ui, buttons, panel),
            Question::SaveOver(_) => save_over(ui, buttons, panel),
            Question::EmptyPgm => self.empty_pgm(ui, buttons, panel),
            _ => self.unsaved(ui, buttons, panel),
        }
    }

    fn unsaved(&mut self, ui: &Ui, buttons: Row, panel: &mut Panel<'_>) -> Answer {
        let all = [
            ("unsaved-save", Tone::Strong),
            ("unsaved-discard", Tone::Plain),
            ("unsaved-stay", Tone::Plain),
        ];
        // A disk may take its time, and then there is still a way back.
        let offered = if self.question == Question::Saving { &all[2..] } else { &all[..] };
        match pressed(ui, buttons, offered, panel) {
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

    /// What is on PVW can be cut to on the frame on which the stream starts.
    fn empty_pgm(&mut self, ui: &Ui, buttons: Row, panel: &Panel<'_>) -> Answer {
        let all = [
            ("empty-pgm-cut", Tone::Strong),
            ("empty-pgm-go", Tone::Plain),
            ("unsaved-stay", Tone::Plain),
        ];
        let has_next = panel.look.snapshot.pvw.layout.is_some();
        match pressed(ui, buttons, if has_next { &all } else { &all[1..] }, panel) {
            Some("empty-pgm-cut") => {
                self.action = Action::All(vec![Action::Cut, self.action.clone()]);
                Answer::Confirmed
            }
            Some("empty-pgm-go") => Answer::Confirmed,
            Some(_) => Answer::Cancelled,
            None => Answer::Pending,
        }
    }

    /// Outputs that run are asked about last.
    fn go_on(&mut self, panel: &Panel<'_>) -> Answer {
        if risks(panel).1 {
            self.question = Question::OnAir;
            return Answer::Pending;
        }
        Answer::Confirmed
    }
}

/// Draws buttons from the right; yields the key of the one that is pressed.
fn pressed(
    ui: &Ui,
    mut buttons: Row,
    offered: &[(&'static str, Tone)],
    panel: &Panel<'_>,
) -> Option<&'static str> {
    let mut pressed = None;
    for (key, tone) in offered.iter().copied() {
        let place = buttons.right(130.0);
        buttons.right(8.0);
        let (id, look) = (Id::unique(("question", key)), (tone, theme::BODY));
        if button::button(ui, place, id, &panel.words.get(key), look).clicked() {
            pressed = Some(key);
        }
    }
    pressed
}

fn save_over(ui: &Ui, buttons: Row, panel: &mut Panel<'_>) -> Answer {
    let offered = [
        ("save-over-elsewhere", Tone::Plain),
        ("save-over", Tone::Plain),
        ("unsaved-stay", Tone::Strong),
    ];
    match pressed(ui, buttons, &offered, panel) {
        Some("save-over") => Answer::Confirmed,
        Some("save-over-elsewhere") => {
            panel.actions.push(Action::Open(OpenDialog::SaveAs));
            Answer::Cancelled
        }
        Some(_) => Answer::Cancelled,
        None => Answer::Pending,
    }
}

fn on_air(ui: &Ui, mut buttons: Row, panel: &Panel<'_>) -> Answer {
    let end = buttons.right(210.0);
    buttons.right(8.0);
    let id = Id::unique("close");
    let (stay, look) = (panel.words.get("close-stay"), (Tone::Strong, theme::BODY));
    // Tab reaches first what ends nothing.
    let stays = button::button(ui, buttons.rest(), id.with("stay"), &stay, look).clicked();
    let label = panel.words.get("close-end");
    let held = button::hold(ui, end, id.with("end"), &label, Tone::Stop);
    match (held.is_full, stays) {
        (true, _) => Answer::Confirmed,
        (_, true) => Answer::Cancelled,
        _ => Answer::Pending,
    }
}

/// Whether this is about the save that is waited for, and not about something else that went wrong.
fn is_failed_save(notice: &Notice) -> bool {
    match notice {
        Notice::Failed(reason) => reason.key.starts_with("show-unsaved"),
        Notice::UnsavedShow(..) => true,
        Notice::Error(key, _) => *key == "busy",
        _ => false,
    }
}

/// Whether the show has unsaved changes, and whether outputs are running.
fn risks(panel: &Panel<'_>) -> (bool, bool) {
    (panel.look.file.is_changed, panel.look.outputs.iter().any(OutputLook::runs))
}
