//! A copy of a program's state, for whoever reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use show::{OutputId, Show, SourceId};

use crate::switcher::Progress;
use crate::{
    BusItems, FrameIndex, OutputState, Pinned, PrepKey, PrepState, SourceState, StandbyState,
};

/// A copy of the state, for the window and other readers.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The next frame to be planned.
    pub next: FrameIndex,
    /// The document.
    pub show: Arc<Show>,
    /// What is on PGM.
    pub pgm: BusItems,
    /// What is on PVW.
    pub pvw: BusItems,
    /// What is on PGM, as it was pinned.
    pub on_air: Arc<Pinned>,
    /// Whether something stands in for PGM.
    pub standby: StandbyState,
    /// The running transition, if any. It stays the same while it runs: [`Progress::share`] says
    /// how far it is on a frame.
    pub transition: Option<Progress>,
    /// Whether a take waits for its sources.
    pub arming: bool,
    /// The tally of each source.
    pub tally: BTreeMap<SourceId, Tally>,
    /// The state of each open source.
    pub sources: BTreeMap<SourceId, SourceState>,
    /// The films that are paused.
    pub paused: BTreeSet<SourceId>,
    /// Pictures and texts that are ready or have failed.
    pub prepared: BTreeMap<PrepKey, PrepState>,
    /// The state of each output that was ever started.
    pub outputs: BTreeMap<OutputId, OutputState>,
    /// The mixer's live values.
    pub mixer: show::Mixer,
    /// The strips that are soloed on the monitor.
    pub solo: BTreeSet<SourceId>,
    /// Steps that can be undone, and redone.
    pub history: (usize, usize),
}

impl Snapshot {
    /// Whether viewers see nothing: PGM is empty, and nothing stands in for it.
    pub fn shows_nothing(&self) -> bool {
        self.pgm.layout.is_none() && self.standby == StandbyState::Off
    }

    /// The show as it would be saved: with the mixer as it stands. The strip of a source that was
    /// removed stays live, for an undo and while the source is on air, and is not saved.
    pub fn saved_show(&self) -> Show {
        let mut mixer = self.mixer.clone();
        mixer.strips.retain(|strip| self.show.source(strip.source).is_some());
        Show { mixer, ..Show::clone(&self.show) }
    }
}

/// A source's tally: derived, never stored. A source on neither bus has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tally {
    /// On PVW.
    Preview,
    /// On PGM, or on its way to it.
    Program,
}
