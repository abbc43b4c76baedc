//! What goes from the threads that draw monitors, thumbnails and posters to the window.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use arc_swap::{ArcSwap, ArcSwapOption};
use engine::{Frame, FrameIndex};
use show::{ItemId, OutputId};
use ui::{Screen, Thumbnail};

use crate::problems::Problem;

/// Both monitors at one frame.
pub struct Monitors {
    /// The frame.
    pub frame: FrameIndex,
    /// What is next.
    pub pvw: Screen,
    /// What is on air: the very picture that is encoded.
    pub pgm: Frame,
}

/// What the monitor threads hand to the window.
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

/// All that a bin shows, by its item.
pub type Thumbnails = BTreeMap<ItemId, Arc<Thumbnail>>;

/// All posters, and why some cannot be had.
#[derive(Clone, Debug, Default)]
pub struct Posters {
    /// By the source, or by the picture of a layout's background.
    pub pictures: BTreeMap<ItemId, Arc<Thumbnail>>,
    /// By the source: what is wrong.
    pub faults: BTreeMap<ItemId, Problem>,
}
