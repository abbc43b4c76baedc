//! The monitor thread of a window, and the one that makes its posters.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::monitors::{self, MonitorLink};
use crate::posters::Painter;
use crate::session::{Session, Studio};
use crate::threads;

/// The threads; dropped first, and with it.
pub struct Monitoring {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
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
        let stop = Arc::new(AtomicBool::new(false));
        let (of_painter, to) = (Arc::clone(&stop), Arc::clone(link));
        let (folder, clock) = (session.folder.clone(), studio.clock.clone());
        let painter = Painter::new(Arc::clone(&shared), clock.clone(), folder);
        let painter = threads::spawn("posters", move || painter.run(&to.posters, &of_painter))?;
        let link = Arc::clone(link);
        let (of_thread, window) = (Arc::clone(&stop), context.egui_ctx.clone());
        let thread = threads::spawn("monitor", move || {
            // At once would be twice: egui then paints again to settle.
            let wake = || window.request_repaint_after(Duration::from_millis(1));
            monitors::run(&shared, (prepared, size), &clock, &link, &of_thread, &wake);
        })?;
        Ok(Self { stop, threads: vec![thread, painter] })
    }
}

impl Drop for Monitoring {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        for thread in self.threads.drain(..) {
            threads::join_within(thread, Duration::from_secs(1));
        }
    }
}
