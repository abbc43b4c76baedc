//! Takes that wait for what they show, and batches that wait with a take.

use std::sync::Arc;

use show::{FrameRate, Show};

use crate::{BusItems, CommandKind, FrameIndex, Gesture, Pinned, Switch};

/// How long a take waits for what it shows, in milliseconds.
const ARMING_MILLIS: u32 = 500;

/// A take that waits, by itself or with all of its batch.
#[derive(Clone, Debug)]
pub struct Arming {
    /// The take.
    pub switch: Switch,
    /// The batch it is part of: nothing of it is done before it.
    pub batch: Option<Batch>,
    /// The first frame on which it is given up.
    pub until: FrameIndex,
}

/// A batch of commands.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The commands.
    pub kinds: Arc<[CommandKind]>,
    /// The gesture it is part of.
    pub gesture: Option<Gesture>,
    /// What its takes bring to PGM, as it was when the batch was accepted.
    pub coming: Arc<[Arc<Pinned>]>,
}

impl Batch {
    pub fn new(kinds: &[CommandKind], gesture: Option<Gesture>) -> Self {
        Self { kinds: kinds.into(), gesture, coming: Arc::new([]) }
    }
}

impl Arming {
    /// The first frame on which a take that was asked for before frame `n` is given up.
    pub fn until(n: FrameIndex, rate: FrameRate) -> FrameIndex {
        FrameIndex(n.0 + FrameIndex::in_millis(rate, ARMING_MILLIS))
    }

    /// What must be ready although it is on no bus yet: that of a batch. A take by itself waits for
    /// what is on PVW.
    pub fn coming(&self) -> impl Iterator<Item = &Arc<Pinned>> {
        self.batch.iter().flat_map(|batch| batch.coming.iter())
    }

    /// Whether a command asks for what waits already: a key that is pressed again, the T-bar a little
    /// further on.
    pub fn is_repeated_by(&self, kind: &CommandKind, pvw: &BusItems, show: &Show) -> bool {
        let asked = match (kind, &self.batch) {
            (CommandKind::Batch(kinds), Some(batch)) => return **kinds == *batch.kinds,
            (CommandKind::Switch(switch), None) => *switch,
            _ => return false,
        };
        let loaded = match asked {
            Switch::Take(id) => show.scene(id).map(BusItems::of_scene),
            Switch::TakeLayout(id) => Some(pvw.with_layout(id)),
            Switch::Bar(place) => return place > 0 && matches!(self.switch, Switch::Bar(_)),
            _ => return asked == self.switch,
        };
        self.switch == Switch::Cut && loaded.as_ref() == Some(pvw)
    }
}
