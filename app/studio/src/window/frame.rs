//! One frame of the window: draws the desk, and carries out the operator's actions.

use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use eframe::egui;
use engine::{EventKind, Gesture};
use show::SourceId;
use ui::{Action, Beginning, Desk, Look, Notice, theme};

use super::files::{self, Files, Outcome};
use super::host::Host;
use super::look_builder::LookBuilder;
use super::monitoring::{self, Monitoring};
use super::reasons;
use super::rehearsal::InjectedFault;
use super::show_picture;
use crate::production::Production;
use crate::program::program_shared::ProgramEvent;
use crate::window::monitor_link::MonitorLink;
use crate::window::pvw::WindowGpu;

/// The window.
pub struct StudioWindow {
    host: Rc<Host>,
    desk: Desk,
    files: Files,
    link: Arc<MonitorLink>,
    monitors: Option<Monitoring>,
    gpu: Option<WindowGpu>,
    /// Counts pointer gestures, so that each is one undo step.
    gesture: u64,
    look_builder: LookBuilder,
    /// Notices for the next frame.
    notices: Vec<Notice>,
    title: String,
    /// Closing was confirmed.
    closes: bool,
    /// The desk has panicked once, and was opened again.
    failed_once: bool,
    /// The desk has panicked twice: the programme goes on without a window.
    broken: Rc<Cell<bool>>,
}

impl StudioWindow {
    /// A window on the production that runs.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub fn new(
        host: Rc<Host>,
        files: Files,
        broken: Rc<Cell<bool>>,
        creation: &eframe::CreationContext<'_>,
    ) -> io::Result<Self> {
        let rate = files.settings().monitor_rate.unwrap_or_else(|| monitoring::rate(creation));
        let desk = Desk::new(beginning(&files, rate, host.places.is_demo));
        desk.size(&creation.egui_ctx);
        let link = Arc::new(MonitorLink::default());
        link.rate.store(rate.max(1), Ordering::Relaxed);
        let mut window = Self {
            host,
            desk,
            files,
            link,
            monitors: None,
            gpu: monitoring::gpu(creation),
            gesture: 0,
            look_builder: LookBuilder::default(),
            notices: Vec::new(),
            title: String::new(),
            closes: false,
            failed_once: false,
            broken,
        };
        let host = Rc::clone(&window.host);
        window.attach(&host.production.borrow(), &creation.egui_ctx)?;
        host.is_open.set(true);
        tracing::info!("the window is open");
        Ok(window)
    }

    /// Shows the program that runs now.
    fn attach(&mut self, production: &Production, context: &egui::Context) -> io::Result<()> {
        // Dropped first: these threads draw the old program.
        self.monitors = None;
        self.link.newest.store(None);
        self.look_builder = std::mem::take(&mut self.look_builder).for_next_program();
        production.session().shared.watched.store(true, Ordering::Relaxed);
        self.files.apply_monitor_settings(production);
        self.monitors =
            Some(Monitoring::start(production, &self.link, self.gpu.as_ref(), context)?);
        Ok(())
    }

    fn frame(&mut self, ui: &mut egui::Ui) {
        let host = Rc::clone(&self.host);
        let mut notices = std::mem::take(&mut self.notices);
        let production = &mut *host.production.borrow_mut();
        self.rehearse(production);
        let answers = self.files.take_answers(production, &mut notices);
        if let Some(path) = answers.saved.clone() {
            let snapshot = production.session().shared.snapshot.load();
            if let Some(picture) = show_picture::of(&self.link, &snapshot) {
                self.files.keep_picture(path, picture);
            }
        }
        if answers.is_replaced {
            notices.extend(self.try_attach(production, ui));
        }
        notices.extend(take_events(production));
        let mut look =
            self.look_builder.look(production.session(), &production.studio, &self.link, notices);
        self.files.fill_look(&mut look, production, answers);
        if ui.input(|input| input.pointer.any_pressed()) {
            self.gesture += 1;
        }
        for action in self.desk.draw(ui, &look) {
            self.perform(action, production);
        }
        if self.link.preview.ask(self.desk.preview())
            && let Some(monitors) = &self.monitors
        {
            monitors.follow_preview();
        }
        self.files.save_settings(&mut self.desk);
        self.set_title(ui, &look);
        self.close(ui, &look);
    }

    /// Fails on purpose, if a rehearsed failure is due.
    fn rehearse(&mut self, production: &Production) {
        let clock = &production.studio.clock;
        match self.host.rehearsal.borrow_mut().next(clock.now()) {
            None => {}
            Some(InjectedFault::Stall(millis)) => {
                tracing::error!("rehearsal: the window stalls for {millis} ms");
                clock.wait_until(clock.now() + millis * 1_000_000);
            }
            Some(InjectedFault::Panic) => panic!("rehearsal: the window panics"),
            Some(InjectedFault::Panel(part)) => self.desk.rehearse(part),
        }
    }

    /// Carries out an action: sends it to the program, or to the part of the window it is for.
    fn perform(&mut self, action: Action, production: &mut Production) {
        let gesture = action.is_drag().then_some(Gesture(self.gesture));
        if action.command().is_some() {
            if !files::send(production, &action, gesture) {
                self.notices.push(Notice::Error("busy", String::new()));
            }
            return;
        }
        if action == Action::ResetLosses {
            self.look_builder.reset_losses();
            return;
        }
        match self.files.perform(action, production, &self.host.places, &mut self.notices) {
            Outcome::Done => {}
            Outcome::MonitorRate(rate) => self.link.rate.store(rate.max(1), Ordering::Relaxed),
            Outcome::Close => {
                self.closes = true;
                self.host.is_confirmed.set(true);
            }
        }
    }

    /// Shows a new program; a failure becomes a notice.
    fn try_attach(&mut self, production: &Production, context: &egui::Context) -> Option<Notice> {
        let error = self.attach(production, context).err()?;
        Some(Notice::Error("told-format-failed", error.to_string()))
    }

    /// Shows the show's name and whether it has unsaved changes in the title.
    fn set_title(&mut self, ui: &egui::Ui, look: &Look) {
        let mark = if look.file.is_changed { "• " } else { "" };
        let title = format!("{mark}{} — Downstage", look.snapshot.show.name);
        if title != self.title {
            ui.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    fn close(&mut self, ui: &egui::Ui, look: &Look) {
        self.closes |= self.host.ending.is_requested();
        let requested = ui.input(|input| input.viewport().close_requested());
        if requested && !self.closes {
            self.closes = self.desk.close(look).is_some();
            self.host.is_confirmed.set(self.closes);
            if !self.closes {
                ui.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            }
        }
        if self.closes {
            ui.send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }
}

impl eframe::App for StudioWindow {
    fn clear_color(&self, _visuals: &egui::Visuals) -> [f32; 4] {
        // As the panels: to paint the whole window again costs a software GPU more than all else.
        theme::PANEL.to_normalized_gamma_f32()
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        if self.broken.get() {
            return;
        }
        if catch_unwind(AssertUnwindSafe(|| self.frame(ui))).is_ok() {
            return;
        }
        if std::mem::replace(&mut self.failed_once, true) {
            self.broken.set(true);
            ui.send_viewport_cmd(egui::ViewportCommand::Close);
            return;
        }
        // The first time it may be the desk's state: it starts over with a new one.
        tracing::error!("the desk failed, and is opened again; the programme goes on");
        let rate = self.link.rate.load(Ordering::Relaxed);
        self.desk = Desk::new(beginning(&self.files, rate, false));
        self.desk.size(ui);
        ui.request_repaint();
    }
}

fn beginning(files: &Files, monitor_rate: u32, is_demo: bool) -> Beginning {
    let settings = files.settings();
    Beginning {
        language: files.language(),
        arrangement: settings.arrangement.as_ref().map(ToString::to_string),
        safe_areas: settings.safe_areas,
        labels: settings.labels,
        scale: settings.scale,
        monitor_rate,
        hint: is_demo && !settings.hint_seen,
        start: is_demo,
    }
}

/// Says that PGM goes back since this film has ended.
fn went_back(production: &Production, film: SourceId) -> Option<Notice> {
    let snapshot = production.session().shared.snapshot.load();
    let name = snapshot.show.source(film)?.name.clone();
    Some(Notice::LogOnly("told-went-back", name))
}

/// What the operator is told of since the last frame: commands that were rejected, what PGM does by itself, and errors
/// of the logs.
fn take_events(production: &Production) -> Vec<Notice> {
    let mut notices = Vec::new();
    if let Some(error) = production.take_journal_error() {
        notices.push(reasons::journal_not_written(&error));
    }
    if let Some(error) = production.take_log_error() {
        notices.push(reasons::log_not_written(&error));
    }
    while let Ok(event) = production.events().try_recv() {
        match event {
            ProgramEvent::Refused(_, rejection) => notices.push(Notice::Rejected(rejection)),
            ProgramEvent::Event(event) => match event.kind {
                EventKind::Rejected(rejection) => notices.push(Notice::Rejected(rejection)),
                EventKind::WentBack(film) => notices.extend(went_back(production, film)),
                _ => {}
            },
            ProgramEvent::Entry(_) => {}
        }
    }
    notices
}
