//! The window: gathers what the desk shows, and sends what the operator asks to the program. It holds
//! nothing the program waits for: without it, the programme goes on.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use engine::{
    Command, CommandKind, EventKind, FrameIndex, Gesture, Origin, OutputState, ProgramId, Switch,
};
use show::{OutputId, OutputKind, Show};
use ui::{Action, Desk, Language, Look, Loudness, OutputLook, Status, StripLook, theme};

use crate::ending::Ending;
use crate::monitors::{self, MonitorLink};
use crate::outputs::RunningOutput;
use crate::program::Happening;
use crate::session::{Options, Session, Studio};
use crate::{clock, stats, store, threads};

/// Pictures a second on the monitors of a machine without a GPU; the hand sees the meters move, and
/// PGM is left the rest of the machine.
const MONITOR_RATE: u32 = 13;
/// How often figures are taken, in nanoseconds.
const SECOND: u64 = 1_000_000_000;

/// Whether there is a display for a window.
pub fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Opens a show in a window, and returns when it is closed: the outputs that ran to the end. The demo
/// show begins on air; any other waits on PVW until it is taken. Stream keys are read from `secrets`.
///
/// # Errors
/// The show is wrong, or the machine lacks something.
pub fn run(path: &Path, secrets: &Path, is_demo: bool) -> anyhow::Result<Vec<RunningOutput>> {
    let show = store::load(path)?;
    let faults = show.check();
    if let Some(fault) = faults.first() {
        bail!("{}: {fault} ({} faults in all)", path.display(), faults.len());
    }
    let studio = Studio::default();
    if secrets.exists() {
        studio.secrets.read(secrets)?;
    }
    media::init()?;
    let name = show.name.clone();
    let size = show.format.raster.size();
    let folder = path.parent().map(PathBuf::from).unwrap_or_default();
    let ending = Ending::listen()?;
    let options = Options { folder, script: opening(&show, is_demo), ..Options::default() };
    let session = Rc::new(Session::start(&studio, show, options)?);
    session.shared.watched.store(true, Ordering::Relaxed);
    let (of_window, ending) = (Rc::clone(&session), Rc::new(ending));
    let closes = Rc::clone(&ending);
    // A panic in the window is the end of the window alone.
    let opened = Rc::new(Cell::new(false));
    let (is_open, name) = (Rc::clone(&opened), name.as_str());
    let shown =
        catch_unwind(AssertUnwindSafe(|| open(name, size, of_window, studio, (closes, is_open))));
    session.shared.watched.store(false, Ordering::Relaxed);
    let failed = shown.unwrap_or_else(|_| Err(anyhow!("the window panicked"))).err();
    if let Some(error) = &failed
        && opened.get()
    {
        go_on_without(&session, &ending, error);
    }
    ending.begin();
    let session = Rc::try_unwrap(session).map_err(|_| anyhow!("the window still holds it"))?;
    let outputs = session.finish();
    match failed {
        Some(error) if !opened.get() => Err(error),
        _ => Ok(outputs),
    }
}

/// The programme goes on until it is told to end.
fn go_on_without(session: &Session, ending: &Ending, error: &anyhow::Error) {
    tracing::error!("{error:#}: the programme goes on without a window, and Ctrl-C ends it");
    while !ending.is_asked_for() && !session.is_over() {
        // Nobody wakes this; what happens meanwhile is let go.
        if session.happenings.recv_timeout(Duration::from_millis(50)).is_err() {
            continue;
        }
    }
}

/// Shows the window until it is closed.
fn open(
    name: &str,
    size: (u32, u32),
    session: Rc<Session>,
    studio: Studio,
    (ending, is_open): (Rc<Ending>, Rc<Cell<bool>>),
) -> anyhow::Result<()> {
    let viewport = eframe::egui::ViewportBuilder::default()
        .with_title(format!("{name} — Downstage"))
        .with_app_id("downstage")
        .with_inner_size([1_280.0, 720.0])
        .with_min_inner_size([1_024.0, 600.0]);
    let native = eframe::NativeOptions { viewport, ..Default::default() };
    let link = Arc::new(MonitorLink::new(MONITOR_RATE));
    let shown = eframe::run_native(
        "downstage",
        native,
        Box::new(move |context| {
            prepare(context)?;
            let monitors = Monitoring::start(&session, &studio, size, &link, context)?;
            let desk = Desk::new(Language::English);
            let figures = Figures::default();
            let (gesture, closes) = (0, false);
            let window =
                Window { session, studio, desk, link, monitors, gesture, figures, ending, closes };
            is_open.set(true);
            Ok(Box::new(window))
        }),
    );
    shown.map_err(|error| anyhow!("the window failed: {error}"))
}

/// What is on the buses at first.
fn opening(show: &Show, is_demo: bool) -> Vec<(FrameIndex, Command)> {
    let mut scenes = show.scenes.iter().map(|scene| scene.id);
    let mut script = Vec::new();
    let mut ask = |frame, switch| {
        let (program, origin, kind) = (ProgramId(0), Origin::Window, CommandKind::Switch(switch));
        script.push((FrameIndex(frame), Command { program, origin, gesture: None, kind }));
    };
    let mut at = 0;
    if is_demo && let Some(first) = scenes.next() {
        ask(at, Switch::Take(first));
        // A take waits for its sources, and what is loaded meanwhile would come in its stead.
        at = u64::from(show.format.rate.nominal());
    }
    if let Some(next) = scenes.next() {
        ask(at, Switch::LoadScene(next));
    }
    script
}

/// Letters, colours, and what the monitors need on the GPU.
fn prepare(context: &eframe::CreationContext<'_>) -> anyhow::Result<()> {
    theme::apply(&context.egui_ctx);
    context.egui_ctx.set_fonts(letters());
    let state = context.wgpu_render_state.as_ref().context("there is no wgpu to draw with")?;
    let mut renderer = state.renderer.write();
    Desk::prepare(&state.device, state.target_format, &mut renderer.callback_resources);
    Ok(())
}

/// The letters that are installed: a calm sans serif first, then one that has Chinese, then egui's.
pub fn letters() -> eframe::egui::FontDefinitions {
    let mut fonts = eframe::egui::FontDefinitions::default();
    let mut first = Vec::new();
    let wishes: [&[&str]; 2] =
        [&["Inter", "Noto Sans", "DejaVu Sans"], &["Noto Sans CJK SC", "Noto Sans SC"]];
    for (index, found) in compositor::installed_fonts(&wishes).into_iter().enumerate() {
        let Some((bytes, face)) = found else { continue };
        let name = format!("installed-{index}");
        let mut font = eframe::egui::FontData::from_owned(bytes);
        font.index = face;
        fonts.font_data.insert(name.clone(), Arc::new(font));
        first.push(name);
    }
    let family = fonts.families.entry(eframe::egui::FontFamily::Proportional).or_default();
    family.splice(0..0, first);
    fonts
}

/// The monitor thread; dropped first, and with it.
struct Monitoring {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Monitoring {
    fn start(
        session: &Session,
        studio: &Studio,
        size: (u32, u32),
        link: &Arc<MonitorLink>,
        context: &eframe::CreationContext<'_>,
    ) -> std::io::Result<Self> {
        let (shared, prepared) = (Arc::clone(&session.shared), Arc::clone(&session.prepared));
        let (link, clock) = (Arc::clone(link), studio.clock.clone());
        let stop = Arc::new(AtomicBool::new(false));
        let (of_thread, window) = (Arc::clone(&stop), context.egui_ctx.clone());
        let thread = threads::spawn("monitor", move || {
            // At once would be twice: egui then paints again to settle.
            let wake = || window.request_repaint_after(Duration::from_millis(1));
            monitors::run(&shared, (prepared, size), &clock, &link, &of_thread, &wake);
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Monitoring {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            threads::join_within(thread, Duration::from_secs(1));
        }
    }
}

struct Window {
    session: Rc<Session>,
    studio: Studio,
    desk: Desk,
    link: Arc<MonitorLink>,
    #[expect(dead_code, reason = "held for its end")]
    monitors: Monitoring,
    /// Counts movements of the hand, so that each is one step of undo.
    gesture: u64,
    figures: Figures,
    ending: Rc<Ending>,
    /// It was said that it is to close, whatever goes out.
    closes: bool,
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

/// What is counted from one second to the next.
#[derive(Default)]
struct Figures {
    /// When figures were taken last, and how many frames there were.
    taken: (u64, u64),
    status: Status,
    /// CPU time at the last look, in hundredths of a second.
    ticks: u64,
    outputs: BTreeMap<OutputId, Flow>,
    /// A command found no room.
    refused: bool,
}

/// What an output did in the last second.
#[derive(Clone, Copy, Default)]
struct Flow {
    began: u64,
    bytes: u64,
    kbps: u64,
}

impl Figures {
    fn look(
        &mut self,
        session: &Session,
        studio: &Studio,
        link: &MonitorLink,
        toast: Option<String>,
    ) -> Look {
        let snapshot = session.shared.snapshot.load_full();
        let now = studio.clock.now();
        let outputs = self.outputs(session, &snapshot, now);
        if now >= self.taken.0 + SECOND {
            self.second(session, studio, &outputs, now);
        }
        self.status.clock = wall_clock();
        let meters = session.shared.sound.meters.load();
        let strips = meters.strips.iter();
        let programme = &meters.programme;
        let monitors = link.newest.load();
        let busy = std::mem::take(&mut self.refused);
        let busy = busy.then(|| "the programme is busy: try again".to_owned());
        Look {
            snapshot,
            pvw: monitors.as_ref().map(|monitors| monitors.pvw.clone()),
            pgm: monitors.as_ref().map(|monitors| monitors.pgm.clone()),
            strips: strips.map(|s| StripLook { source: s.source, peak: s.peak }).collect(),
            loudness: Loudness {
                peak: programme.peak,
                true_peak: programme.true_peak[0].max(programme.true_peak[1]),
                short_term: programme.short_term,
                integrated: programme.integrated,
            },
            outputs,
            notes: session.notes.all(),
            toast: toast.or(busy),
            status: self.status.clone(),
        }
    }

    fn outputs(
        &mut self,
        session: &Session,
        snapshot: &engine::Snapshot,
        now: u64,
    ) -> Vec<OutputLook> {
        let running = session.outputs.load();
        let look = |output: &show::Output| {
            let view = running.iter().find(|view| view.output.id == output.id);
            let records = matches!(output.kind, OutputKind::Record { .. });
            let mut look = OutputLook {
                id: output.id,
                name: output.name.clone(),
                records,
                state: snapshot.outputs.get(&output.id).copied(),
                seconds: 0,
                kbps: 0,
                bytes: 0,
                dropped: 0,
                ack_age_millis: 0,
                retry_millis: None,
            };
            let Some(view) = view else {
                // A failure is told until it is started again.
                self.outputs.remove(&output.id);
                return look;
            };
            let flow = self.outputs.entry(output.id).or_default();
            if flow.began == 0 {
                flow.began = now;
            }
            let figures = &view.figures;
            let bytes = if records { &figures.record.bytes } else { &figures.rtmp.sent };
            look.state = Some(figures.state());
            look.seconds = (now - flow.began) / SECOND;
            look.bytes = bytes.load(Ordering::Relaxed);
            look.kbps = flow.kbps;
            look.dropped = view.queue.dropped();
            look.ack_age_millis = figures.rtmp.ack_age_millis.load(Ordering::Relaxed);
            let next = figures.rtmp.next_try.load(Ordering::Relaxed);
            let waits = look.state == Some(OutputState::Reconnecting) && next > now;
            look.retry_millis = waits.then(|| (next - now) / 1_000_000);
            look
        };
        snapshot.show.outputs.iter().map(look).collect()
    }

    fn second(&mut self, session: &Session, studio: &Studio, outputs: &[OutputLook], now: u64) {
        // Whoever looks comes a little late: what was counted is of the time that passed.
        let millis = ((now - self.taken.0) / 1_000_000).max(1);
        for output in outputs {
            if let Some(flow) = self.outputs.get_mut(&output.id) {
                flow.kbps = output.bytes.saturating_sub(flow.bytes) * 8 / millis;
                flow.bytes = output.bytes;
            }
        }
        let line = stats::line(session, &studio.clock);
        let ticks = cpu_ticks();
        let took = ticks.saturating_sub(self.ticks) * 1_000 / millis;
        let made = line.frames.saturating_sub(self.taken.1) * 100_000 / millis;
        let first = self.ticks == 0;
        (self.ticks, self.taken) = (ticks, (now, line.frames));
        self.status = Status {
            rate_hundredths: if first { 0 } else { made },
            late: line.late,
            repeated: line.repeated,
            frame_micros: line.frame_micros,
            encoder: media::encoders::video().unwrap_or("–").to_owned(),
            cpu_percent: if first { 0 } else { took },
            memory_mb: resident_mb(),
            ..Status::default()
        };
    }
}

/// The process's CPU time in hundredths of a second, Linux's tick (proc(5), `/proc/self/stat`, fields
/// 14 and 15); 0 where there is no such file.
fn cpu_ticks() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.filter_map(|field| field.parse::<u64>().ok()).sum()
}

/// Resident memory in megabytes (proc(5), `/proc/self/status`).
fn resident_mb() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) / 1_024
}

/// The local time of day.
fn wall_clock() -> String {
    clock::local_time(i64::try_from(clock::wall_millis()).unwrap_or(0))
}
