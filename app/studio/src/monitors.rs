//! The monitor thread: draws PVW and thumbnails from what the program published, at its own pace, and
//! never holds the program up. It is idle while nobody looks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use arc_swap::{ArcSwap, ArcSwapOption};
use engine::{Frame, FrameIndex, Pinned};
use show::{OutputId, SourceId};
use ui::Screen;

use crate::clock::Clock;
use crate::posters::Posters;
use crate::program::Shared;
use crate::pvw::Pvw;
use crate::thumbnails::{Sheet, Thumbnails};

/// What the program shows of itself once a frame while somebody looks.
pub struct View {
    /// The frame.
    pub frame: FrameIndex,
    /// PGM, finished.
    pub pgm: Frame,
    /// What is on PVW.
    pub pvw: Arc<Pinned>,
    /// The pictures of all open sources.
    pub pictures: Vec<(SourceId, Frame)>,
}

/// Both monitors at one frame.
pub struct Monitors {
    /// The frame.
    pub frame: FrameIndex,
    /// What is next.
    pub pvw: Screen,
    /// What is on air: the very picture that is encoded.
    pub pgm: Frame,
}

/// Between the monitor thread and who looks.
#[derive(Default)]
pub struct MonitorLink {
    /// What was drawn last.
    pub newest: ArcSwapOption<Monitors>,
    /// Pictures a second; at least one.
    pub rate: AtomicU32,
    /// Small pictures of all sources, each new about once a second.
    pub thumbnails: ArcSwap<Thumbnails>,
    /// Of what is not open.
    pub posters: ArcSwap<Posters>,
    /// Bytes that are free where each recording of the show goes, if the system says so.
    pub space: ArcSwap<BTreeMap<OutputId, u64>>,
}

/// Draws until `stop`; `wake` is called after each new picture.
pub fn run(
    shared: &Shared,
    mut pvw: Pvw,
    clock: &Clock,
    link: &MonitorLink,
    stop: &AtomicBool,
    wake: &dyn Fn(),
) {
    let mut due = clock.now();
    let mut last = None;
    let mut sheet = Sheet::default();
    while !stop.load(Ordering::Acquire) {
        let period = 1_000_000_000 / u64::from(link.rate.load(Ordering::Relaxed).max(1));
        // Lateness is not made up for: the next picture is worth more than the one that was missed.
        due = (due + period).max(clock.now());
        clock.wait_until(due);
        let Some(view) = shared.view.load_full() else { continue };
        if last == Some(view.frame) {
            continue;
        }
        last = Some(view.frame);
        if let Some(all) = sheet.follow(&view, &link.posters.load(), clock.now()) {
            link.thumbnails.store(all);
        }
        let Some(pvw) = pvw.draw(&view) else { continue };
        let (frame, pgm) = (view.frame, view.pgm.clone());
        link.newest.store(Some(Arc::new(Monitors { frame, pvw, pgm })));
        wake();
    }
}
