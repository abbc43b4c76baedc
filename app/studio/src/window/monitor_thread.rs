//! The monitor thread: draws PVW and thumbnails from what the program publishes, and measures PGM, at its own rate, and
//! never holds the program up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::clock::Clock;
use crate::program::program_shared::ProgramShared;
use crate::window::monitor_link::{MonitorLink, Monitors};
use crate::window::pgm_measures::PgmMeter;
use crate::window::pvw::Pvw;
use crate::window::thumbnails::ThumbnailMaker;

/// Draws until `stop`; `wake` is called after each new picture.
pub fn run(
    shared: &ProgramShared,
    mut pvw: Pvw,
    clock: &Clock,
    link: &MonitorLink,
    stop: &AtomicBool,
    wake: &dyn Fn(),
) {
    let mut due = clock.now();
    let mut last = None;
    let mut thumbnails = ThumbnailMaker::default();
    let mut meter = PgmMeter::default();
    while !stop.load(Ordering::Acquire) {
        let period = 1_000_000_000 / u64::from(link.rate.load(Ordering::Relaxed).max(1));
        // No catching up: a picture that is late is skipped.
        due = (due + period).max(clock.now());
        clock.wait_until(due);
        let Some(view) = shared.view.load_full() else { continue };
        if last == Some(view.frame) {
            continue;
        }
        last = Some(view.frame);
        if let Some(all) = thumbnails.update(&view, &link.posters.load(), clock.now()) {
            link.thumbnails.store(all);
        }
        let measured = meter.measure(&view);
        let Some(pvw) = pvw.draw(&view) else { continue };
        let (frame, pgm) = (view.frame, view.pgm.clone());
        link.newest.store(Some(Arc::new(Monitors { frame, pvw, pgm, measured })));
        wake();
    }
}
