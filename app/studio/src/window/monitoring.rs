//! Starts and ends a window's threads that draw monitors, posters, and what dialogs see of a source.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use compositor::Backend;
use eframe::egui_wgpu::wgpu;

use crate::production::Production;
use crate::threads;
use crate::wakeup::Wakeup;
use crate::window::monitor_link::MonitorLink;
use crate::window::monitor_thread;
use crate::window::posters::PosterMaker;
use crate::window::previews::Previewer;
use crate::window::pvw::{Pvw, WindowGpu};

/// Pictures per second on the monitors, with a GPU and without one.
const RATE: u32 = 25;
const SOFTWARE_RATE: u32 = 13;

/// The threads, which end when it is dropped.
pub struct Monitoring {
    stop: Arc<AtomicBool>,
    /// Wakes the thread of previews.
    preview: Arc<Wakeup>,
    threads: Vec<JoinHandle<()>>,
}

impl Monitoring {
    pub fn start(
        production: &Production,
        link: &Arc<MonitorLink>,
        gpu: Option<&WindowGpu>,
        context: &eframe::egui::Context,
    ) -> std::io::Result<Self> {
        let (session, studio) = (production.session(), &production.studio);
        let size = session.shared.snapshot.load().show.format.raster.size();
        let (shared, prepared) = (Arc::clone(&session.shared), Arc::clone(&session.prepared));
        let stop = Arc::new(AtomicBool::new(false));
        let (of_painter, to) = (Arc::clone(&stop), Arc::clone(link));
        let (folder, clock) = (session.folder.clone(), studio.clock.clone());
        let painter = PosterMaker::new(Arc::clone(&shared), clock.clone(), folder);
        let painter = threads::spawn("posters", move || painter.run(&to, &of_painter))?;
        let preview = Arc::<Wakeup>::default();
        let (of_previews, to, woken) = (Arc::clone(&stop), Arc::clone(link), Arc::clone(&preview));
        let hub = Arc::clone(&studio.hub);
        let (of_program, folder) = (Arc::clone(&shared), session.folder.clone());
        let previewer = Previewer::new(of_program, hub, clock.clone(), folder);
        let previewer =
            threads::spawn("preview", move || previewer.run(&to.preview, &woken, &of_previews))?;
        let link = Arc::clone(link);
        let (of_thread, window) = (Arc::clone(&stop), context.clone());
        // Drawing PVW costs several times more on a software GPU than on the CPU: so PVW is drawn where the
        // program is composed.
        let gpu = gpu.filter(|_| session.backend == Backend::Gpu).cloned();
        let thread = threads::spawn("monitor", move || {
            // An immediate repaint would paint twice: egui repaints once more to settle.
            let wake = || window.request_repaint_after(Duration::from_millis(1));
            let pvw = Pvw::new(size, prepared, gpu.as_ref());
            monitor_thread::run(&shared, pvw, &clock, &link, &of_thread, &wake);
        })?;
        Ok(Self { stop, preview, threads: vec![thread, painter, previewer] })
    }
}

impl Monitoring {
    /// What a dialog wants to see has changed.
    pub fn follow_preview(&self) {
        self.preview.wake();
    }
}

/// The GPU the window is drawn by.
pub fn gpu(context: &eframe::CreationContext<'_>) -> Option<WindowGpu> {
    let state = context.wgpu_render_state.clone()?;
    Some(WindowGpu::new(state.adapter, state.device, state.queue))
}

/// The default rate of the monitors, by the GPU that draws the window. On a software one the meters still
/// move smoothly enough, and the rest of the machine is left to PGM.
pub fn rate(context: &eframe::CreationContext<'_>) -> u32 {
    let info = context.wgpu_render_state.as_ref().map(|state| state.adapter.get_info());
    let is_software = info.is_none_or(|info| info.device_type == wgpu::DeviceType::Cpu);
    if is_software { SOFTWARE_RATE } else { RATE }
}

impl Drop for Monitoring {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.preview.wake();
        for thread in self.threads.drain(..) {
            threads::join_within(thread, Duration::from_secs(1));
        }
    }
}
