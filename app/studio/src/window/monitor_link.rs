//! The link to the window from the threads that draw monitors, thumbnails and posters.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use arc_swap::{ArcSwap, ArcSwapOption};
use engine::{Frame, FrameIndex};
use show::{ItemId, OutputId, SourceId};
use ui::{Screen, Thumbnail, TrackLook};

use crate::problems::Problem;
use crate::window::pgm_measures::PgmMeasures;
use crate::window::previews::PreviewLink;

/// Both monitors at one frame.
pub struct Monitors {
    /// The frame.
    pub frame: FrameIndex,
    /// The picture on PVW.
    pub pvw: Screen,
    /// The picture on PGM: the same one that is encoded.
    pub pgm: Frame,
    /// What was measured of it.
    pub measured: PgmMeasures,
}

/// What the monitor threads hand to the window.
#[derive(Default)]
pub struct MonitorLink {
    /// The monitors as last drawn.
    pub newest: ArcSwapOption<Monitors>,
    /// Pictures per second; at least one.
    pub rate: AtomicU32,
    /// Thumbnails of all sources, each updated about once a second.
    pub thumbnails: ArcSwap<Thumbnails>,
    /// Posters of the sources that are not open.
    pub posters: ArcSwap<Posters>,
    /// What the dialog that is open sees of a source.
    pub preview: PreviewLink,
    /// The free disk space of each recording of the show in bytes, if the system reports it.
    pub space: ArcSwap<BTreeMap<OutputId, u64>>,
}

/// The pictures of a bin, by item.
pub type Thumbnails = BTreeMap<ItemId, Arc<Thumbnail>>;

/// The posters, and why some cannot be made.
#[derive(Clone, Debug, Default)]
pub struct Posters {
    /// By source, or by the picture of a layout's background.
    pub pictures: BTreeMap<ItemId, Arc<Thumbnail>>,
    /// The sound tracks of films.
    pub tracks: Arc<BTreeMap<SourceId, Vec<TrackLook>>>,
    /// Problems by source.
    pub faults: BTreeMap<ItemId, Problem>,
}
