//! The window: gathers what the desk shows, and sends the operator's commands to the program. The program
//! never waits for it, and the programme goes on without it.

pub mod alone;
mod devices;
mod files;
pub mod films;
mod fonts;
mod frame;
pub mod graphics_picture;
mod host;
mod look_builder;
pub mod monitor_link;
pub mod monitor_thread;
mod monitoring;
pub mod new_shows;
mod opening_show;
pub mod output_looks;
mod path;
pub mod pgm_measures;
pub mod pgm_watch;
pub mod posters;
mod preview_lease;
mod preview_painter;
pub mod previews;
pub mod pvw;
pub mod reasons;
pub mod recent_growth;
mod recovery;
pub mod rehearsal;
mod screens;
mod show_picture;
pub mod source_looks;
pub mod thumbnails;
mod usage;
pub mod x_server;

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, anyhow};
use compositor::Backend;
use ui::{Desk, theme};

use crate::folders;
use crate::outputs::RunningOutput;
use crate::priority::Priority;
use crate::production::{self, AtEnd, Production, ProductionPlaces};
use crate::program::session::Studio;
use crate::program::stats;
use crate::shutdown::Shutdown;
use crate::sources::WarmBudget;
use crate::storage::disk;
use crate::storage::secrets::Secrets;
use crate::storage::settings;
use crate::threads;

use files::Files;
pub use fonts::font_definitions;
use frame::StudioWindow;
use host::Host;
pub use host::WindowPlaces;
use rehearsal::FaultSchedule;

/// The window's icon.
const ICON: &[u8] = include_bytes!("../../../../packaging/icons/128.png");

/// How a production ended.
pub struct Ended {
    /// The last statistics.
    pub last: stats::ProgramStats,
    /// The outputs that ran.
    pub outputs: Vec<RunningOutput>,
    /// A program of it has failed.
    pub has_failed: bool,
}

/// Whether there is a display for a window.
pub fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Opens a show in a window. Returns when the window is closed, with how it ended. Composes on `backend`, or on what
/// suits the machine.
///
/// # Errors
/// The show is wrong, or the machine lacks something.
pub fn run(
    places: WindowPlaces,
    backend: Option<Backend>,
    warm: WarmBudget,
) -> anyhow::Result<Ended> {
    // Before any thread is started; the window's own thread leaves it to the programme's.
    let _priority = Priority::raise();
    let rehearsal = FaultSchedule::from_env()?;
    let path = std::path::absolute(&places.show)?;
    let show = disk::open(&path, &places.known)?;
    let secrets = Secrets::open(places.secrets.clone());
    let studio = Studio::with(secrets).keeping(warm);
    studio.secrets.load(&show)?;
    media::init()?;
    let ending = Shutdown::listen()?;
    let opening = production::opening(&show, places.is_demo);
    let of_production = ProductionPlaces {
        path: Some(path),
        logs: places.logs.clone(),
        recovery: places.recovery.clone(),
        is_demo: places.is_demo,
    };
    let production = Production::start(studio, show, of_production, backend, opening)?;
    let production = RefCell::new(production);
    let (rehearsal, is_open) = (RefCell::new(rehearsal), Cell::new(false));
    let is_confirmed = Cell::new(false);
    let host = Rc::new(Host { production, ending, places, rehearsal, is_open, is_confirmed });
    let of_window = Rc::clone(&host);
    // A panic of the window ends the window alone.
    let shown = catch_unwind(AssertUnwindSafe(|| open(of_window)));
    let failed = shown.unwrap_or_else(|_| Err(anyhow!("the window panicked"))).err();
    let is_open = host.is_open.get();
    if let Some(error) = &failed
        && is_open
    {
        run_without_window(&host.production.borrow(), &host.ending, error);
    }
    host.ending.begin();
    let host = Rc::try_unwrap(host).map_err(|_| anyhow!("the window still holds it"))?;
    let production = host.production.into_inner();
    let mut last = stats::line(production.session(), &production.studio.clock);
    let shared = Arc::clone(&production.session().shared);
    let has_failed = production.has_failed();
    let at_end = if host.is_confirmed.get() { AtEnd::Remove } else { AtEnd::KeepUnsaved };
    let outputs = production.finish(at_end);
    last.count_to_the_end(&shared);
    match failed {
        Some(error) if !is_open => Err(error),
        _ => Ok(Ended { last, outputs, has_failed }),
    }
}

/// Keeps the programme running without a window, until a signal or its end.
fn run_without_window(production: &Production, ending: &Shutdown, error: &anyhow::Error) {
    let session = production.session();
    session.shared.watched.store(false, Ordering::Relaxed);
    let frame = session.shared.counts.frames.load(Ordering::Relaxed);
    tracing::error!(
        "{error:#}: the programme goes on without a window from frame {frame}, and Ctrl-C ends it"
    );
    while !ending.is_requested() && !session.is_over() {
        // Polls for the signal; events are discarded.
        if production.events().recv_timeout(Duration::from_millis(50)).is_err() {
            continue;
        }
    }
}

/// Shows the window until it is closed, or fails for good.
fn open(host: Rc<Host>) -> anyhow::Result<()> {
    let name = host.production.borrow().current_show().name;
    let viewport = eframe::egui::ViewportBuilder::default()
        .with_title(format!("{name} — Downstage"))
        .with_app_id("downstage")
        .with_icon(Arc::new(eframe::icon_data::from_png_bytes(ICON).unwrap_or_default()))
        .with_inner_size([1_280.0, 720.0])
        .with_min_inner_size([1_024.0, 600.0]);
    let native = eframe::NativeOptions { viewport, ..Default::default() };
    threads::lower_priority();
    let broken = Rc::new(Cell::new(false));
    let of_window = Rc::clone(&broken);
    let shown = eframe::run_native(
        "downstage",
        native,
        Box::new(move |context| {
            x_server::survive_exit(context);
            prepare(context)?;
            let settings = settings::path();
            let kept = settings.as_deref().map(settings::load).unwrap_or_default();
            let secrets = Arc::clone(&host.production.borrow().studio.secrets);
            let recovery = host.places.recovery.clone();
            let known = Arc::clone(&host.places.known);
            let pictures = Some(folders::show_pictures());
            let places = disk::DiskPlaces { settings, secrets, pictures, known };
            let files = Files::start(places, recovery, kept)?;
            let window = StudioWindow::new(host, files, of_window, context)?;
            Ok(Box::new(window))
        }),
    );
    match shown {
        Ok(()) if broken.get() => Err(anyhow!("the window panicked twice")),
        shown => shown.map_err(|error| anyhow!("the window failed: {error}")),
    }
}

/// Sets up fonts, colours, and what the monitors need on the GPU.
fn prepare(context: &eframe::CreationContext<'_>) -> anyhow::Result<()> {
    theme::apply(&context.egui_ctx);
    context.egui_ctx.set_fonts(font_definitions());
    let state = context.wgpu_render_state.as_ref().context("there is no wgpu to draw with")?;
    let mut renderer = state.renderer.write();
    Desk::prepare(&state.device, state.target_format, &mut renderer.callback_resources);
    Ok(())
}
