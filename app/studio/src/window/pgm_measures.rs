//! What can be seen of PGM's picture: whether it is black, and since when a source brings nothing new.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::{Frame, FrameIndex};
use show::SourceId;

use crate::program::slot::PlayPosition;
use crate::program::view::ProgramView;

/// Luma up to this is black to the eye: black is 16 of 16 to 235.
const BLACK_LUMA: u8 = 24;
/// Every so many pixels, across and down, one is looked at: 14,400 of 1280x720.
const STEP: usize = 8;

/// What was measured on a frame.
#[derive(Clone, Debug, Default)]
pub struct PgmMeasures {
    /// Since when PGM is black; `None` if it is not.
    pub black_since: Option<FrameIndex>,
    /// Since when each open source shows the same picture.
    pub same_since: BTreeMap<SourceId, FrameIndex>,
    /// Where the open sources are.
    pub positions: Arc<[PlayPosition]>,
}

/// Measures one view after the other. The monitor thread owns it.
#[derive(Default)]
pub struct PgmMeter {
    black_since: Option<FrameIndex>,
    pictures: BTreeMap<SourceId, (Frame, FrameIndex)>,
}

impl PgmMeter {
    /// Measures the next view.
    pub fn measure(&mut self, view: &ProgramView) -> PgmMeasures {
        let frame = view.frame;
        self.black_since = is_black(&view.pgm).then(|| self.black_since.unwrap_or(frame));
        let open = |id: &SourceId| view.pictures.iter().any(|(open, _)| open == id);
        self.pictures.retain(|id, _| open(id));
        for (id, picture) in &view.pictures {
            match self.pictures.get(id) {
                Some((before, _)) if before.is_same(picture) => {}
                _ => _ = self.pictures.insert(*id, (picture.clone(), frame)),
            }
        }
        let same_since = self.pictures.iter().map(|(id, (_, since))| (*id, *since)).collect();
        let positions = Arc::clone(&view.positions);
        PgmMeasures { black_since: self.black_since, same_since, positions }
    }
}

/// Whether a picture of the programme is black wherever it is looked at.
fn is_black(frame: &Frame) -> bool {
    let (plane, (width, height)) = (frame.plane(0), frame.plane_size(0));
    (0..height).step_by(STEP).all(|row| {
        let row = plane.data.get(row * plane.stride..).and_then(|rest| rest.get(..width));
        row.is_none_or(|row| row.iter().step_by(STEP).all(|luma| *luma <= BLACK_LUMA))
    })
}
