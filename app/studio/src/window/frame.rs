//! One frame of the window: shows the desk, and sends on what was asked.

use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use eframe::egui;
use engine::{EventKind, Gesture};
use ui::{Action, Beginning, Desk, Look, Notice, theme};

use super::files::{self, Files, Outcome};
use super::host::Host;
use super::look_builder::LookBuilder;
use super::monitoring::{self, Monitoring};
use super::reasons;
use super::rehearsal::Mishap;
use crate::production::Production;
use crate::program::program_thread::Happening;
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
    /// Counts movements of the hand, so that each is one step of undo.
    gesture: u64,
    figures: LookBuilder,
    /// What is to be told with the next frame.
    told: Vec<Notice>,
    title: String,
    /// It was said that it is to close, whatever goes out.
    closes: bool,
    /// It has failed once, and was opened again.
    failed_once: bool,
    /// It has failed twice: the programme goes on without it.
    broken: Rc<Cell<bool>>,
}

impl StudioWindow {
    /// A window on what is there.
    ///
    /// # Errors
    /// The system has no thread left.
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
            figures: LookBuilder::default(),
            told: Vec::new(),
            title: String::new(),
            closes: false,
            failed_once: false,
            broken,
        };
        let host = Rc::clone(&window.host);
        window.watch(&host.production.borrow(), &creation.egui_ctx)?;
        host.is_open.set(true);
        tracing::info!("the window is open");
        Ok(window)
    }

    /// Looks at the program that runs now.
    fn watch(&mut self, production: &Production, context: &egui::Context) -> io::Result<()> {
        // Dropped first: it draws what is about to be another program's.
        self.monitors = None;
        self.link.newest.store(None);
        self.figures = LookBuilder::default();
        production.session().shared.watched.store(true, Ordering::Relaxed);
        self.files.listen(production);
        self.monitors =
            Some(Monitoring::start(production, &self.link, self.gpu.as_ref(), context)?);
        Ok(())
    }

    fn frame(&mut self, ui: &mut egui::Ui) {
        let host = Rc::clone(&self.host);
        let mut told = std::mem::take(&mut self.told);
        let production = &mut *host.production.borrow_mut();
        self.rehearse(production);
        let answers = self.files.answers(production, &mut told);
        if answers.is_another {
            told.extend(self.another(production, ui));
        }
        told.extend(refusals(production));
        let mut look =
            self.figures.look(production.session(), &production.studio, &self.link, told);
        self.files.fill(&mut look, production, answers);
        if ui.input(|input| input.pointer.any_pressed()) {
            self.gesture += 1;
        }
        for action in self.desk.draw(ui, &look) {
            self.act(action, production, ui);
        }
        self.files.keep(&mut self.desk);
        self.name(ui, &look);
        self.close(ui, &look);
    }

    /// Goes wrong, if it was asked to now.
    fn rehearse(&mut self, production: &Production) {
        let clock = &production.studio.clock;
        match self.host.rehearsal.borrow_mut().next(clock.now()) {
            None => {}
            Some(Mishap::Stall(millis)) => {
                tracing::error!("the window stands still for {millis} ms, as it was asked to");
                clock.wait_until(clock.now() + millis * 1_000_000);
            }
            Some(Mishap::Panic) => panic!("the window was asked to panic"),
            Some(Mishap::Panel(part)) => self.desk.rehearse(part),
        }
    }

    /// Does what was asked: sends it to the program, or to the part of the window it concerns.
    fn act(&mut self, action: Action, production: &mut Production, ui: &egui::Ui) {
        let gesture = action.is_drag().then_some(Gesture(self.gesture));
        if action.command().is_some() {
            if !files::send(production, &action, gesture) {
                self.told.push(Notice::Error("busy", String::new()));
            }
            return;
        }
        match self.files.wish(action, production, &self.host.places, &mut self.told) {
            Outcome::Done => {}
            Outcome::Rate(rate) => self.link.rate.store(rate.max(1), Ordering::Relaxed),
            Outcome::Another => {
                let told = self.another(production, ui);
                self.told.extend(told);
            }
            Outcome::Close => self.closes = true,
        }
    }

    /// Another program runs: it is looked at from now on.
    fn another(&mut self, production: &Production, context: &egui::Context) -> Option<Notice> {
        let failed = self.watch(production, context).err()?;
        Some(Notice::Error("told-format-failed", failed.to_string()))
    }

    /// The title says which show it is, and whether its file has it.
    fn name(&mut self, ui: &egui::Ui, look: &Look) {
        let mark = if look.file.is_changed { "• " } else { "" };
        let title = format!("{mark}{} — Downstage", look.snapshot.show.name);
        if title != self.title {
            ui.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    fn close(&mut self, ui: &egui::Ui, look: &Look) {
        self.closes |= self.host.ending.is_asked_for();
        let asked = ui.input(|input| input.viewport().close_requested());
        if asked && !self.closes {
            self.closes = self.desk.close(look).is_some();
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
        // Panels are the host: a fill of the whole window costs a software GPU more than all else.
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
        // Once it may be what was open or where things stood: the desk begins again, as at the start.
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
    }
}

/// What was refused since the last frame.
fn refusals(production: &Production) -> Vec<Notice> {
    let mut told = Vec::new();
    if let Some(trouble) = production.log_trouble() {
        told.push(reasons::not_logged(&trouble));
    }
    while let Ok(happening) = production.happenings().try_recv() {
        match happening {
            Happening::Refused(_, rejection) => told.push(Notice::Rejected(rejection)),
            Happening::Event(event) => {
                if let EventKind::Rejected(rejection) = event.kind {
                    told.push(Notice::Rejected(rejection));
                }
            }
            Happening::Entry(_) => {}
        }
    }
    told
}
