//! The monitor thread of a window.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::monitors::{self, MonitorLink};
use crate::production::Production;
use crate::threads;

/// The monitor thread; dropped first, and with it.
pub struct Monitoring {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Monitoring {
    pub fn start(
        production: &Production,
        link: &Arc<MonitorLink>,
        context: &eframe::egui::Context,
    ) -> std::io::Result<Self> {
        let (session, studio) = (production.session(), &production.studio);
        let size = session.shared.snapshot.load().show.format.raster.size();
        let (shared, prepared) = (Arc::clone(&session.shared), Arc::clone(&session.prepared));
        let (link, clock) = (Arc::clone(link), studio.clock.clone());
        let stop = Arc::new(AtomicBool::new(false));
        let (of_thread, window) = (Arc::clone(&stop), context.clone());
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
