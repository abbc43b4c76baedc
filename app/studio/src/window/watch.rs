//! The monitor thread of a window.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::monitors::{self, MonitorLink};
use crate::session::{Session, Studio};
use crate::threads;

/// The monitor thread; dropped first, and with it.
pub struct Monitoring {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Monitoring {
    pub fn start(
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
