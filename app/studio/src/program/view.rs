//! What a program shows of itself.

use std::sync::Arc;

use engine::{Frame, FrameIndex, Pinned};
use show::SourceId;

/// What the program shows of itself once a frame while somebody looks.
pub struct ProgramView {
    /// The frame.
    pub frame: FrameIndex,
    /// PGM, finished.
    pub pgm: Frame,
    /// What is on PVW.
    pub pvw: Arc<Pinned>,
    /// The pictures of all open sources.
    pub pictures: Vec<(SourceId, Frame)>,
}
