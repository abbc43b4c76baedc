//! The window: gathers what the desk shows, and sends what the operator asks to the program. It holds
//! nothing the program waits for: without it, the programme goes on.

mod figures;
mod frame;
mod letters;
mod watch;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use engine::{Command, CommandKind, FrameIndex, Origin, ProgramId, Switch};
use show::Show;
use ui::{Desk, Language, theme};

use crate::ending::Ending;
use crate::monitors::MonitorLink;
use crate::outputs::RunningOutput;
use crate::session::{Options, Session, Studio};
use crate::store;

use figures::Figures;
use frame::Window;
pub use letters::letters;
use watch::Monitoring;

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
    let link = Arc::new(MonitorLink::default());
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
