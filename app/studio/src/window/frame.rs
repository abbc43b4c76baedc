//! One frame of the window: shows the desk, and sends on what was asked.

use std::rc::Rc;
use std::sync::Arc;

use engine::{Command, EventKind, Gesture, Origin, ProgramId};
use ui::{Action, Desk, OutputLook, theme};

use super::figures::Figures;
use super::watch::Monitoring;
use crate::ending::Ending;
use crate::monitors::MonitorLink;
use crate::program::Happening;
use crate::session::{Session, Studio};

/// The window.
pub struct Window {
    pub session: Rc<Session>,
    pub studio: Studio,
    pub desk: Desk,
    pub link: Arc<MonitorLink>,
    #[expect(dead_code, reason = "held for its end")]
    pub monitors: Monitoring,
    /// Counts movements of the hand, so that each is one step of undo.
    pub gesture: u64,
    pub figures: Figures,
    pub ending: Rc<Ending>,
    /// It was said that it is to close, whatever goes out.
    pub closes: bool,
}

impl eframe::App for Window {
    fn clear_color(&self, _visuals: &eframe::egui::Visuals) -> [f32; 4] {
        // Panels are the ground: a fill of the whole window costs a software GPU more than all else.
        theme::PANEL.to_normalized_gamma_f32()
    }

    fn ui(&mut self, ui: &mut eframe::egui::Ui, _frame: &mut eframe::Frame) {
        let session = &*self.session;
        let toast = toast(session);
        let look = self.figures.look(session, &self.studio, &self.link, toast);
        if ui.input(|input| input.pointer.any_pressed()) {
            self.gesture += 1;
        }
        let runs = look.outputs.iter().any(OutputLook::runs);
        for action in self.desk.draw(ui, &look) {
            self.closes |= action == Action::Close;
            if let Action::Listen(listen) = &action {
                session.shared.sound.ears.ask(listen);
            }
            let gesture = action.is_drag().then_some(Gesture(self.gesture));
            self.figures.refused |= !send(session, &action, gesture);
        }
        self.closes |= self.ending.is_asked_for();
        if self.closes {
            ui.send_viewport_cmd(eframe::egui::ViewportCommand::Close);
        } else if runs && ui.input(|input| input.viewport().close_requested()) {
            ui.send_viewport_cmd(eframe::egui::ViewportCommand::CancelClose);
            self.desk.ask_to_close();
        }
    }
}

/// Sends what is asked; false if too much waits already.
fn send(session: &Session, action: &Action, gesture: Option<Gesture>) -> bool {
    let Some(kind) = action.command() else { return true };
    let (program, origin) = (ProgramId(0), Origin::Window);
    session.commands.try_send(Command { program, origin, gesture, kind }).is_ok()
}

/// What was refused since the last frame: the last of it.
fn toast(session: &Session) -> Option<String> {
    let mut said = None;
    while let Ok(happening) = session.happenings.try_recv() {
        match happening {
            Happening::Refused(_, rejection) => said = Some(rejection.to_string()),
            Happening::Event(event) => {
                if let EventKind::Rejected(rejection) = event.kind {
                    said = Some(rejection.to_string());
                }
            }
            Happening::Entry(_) => {}
        }
    }
    said
}
