//! The view that a program publishes for the monitors.

use std::sync::Arc;

use engine::{Frame, FrameIndex, Needs, Pinned};
use show::SourceId;

use crate::program::slot::PlayPosition;

/// What a program publishes for the monitors on each frame, while there is a window.
pub struct ProgramView {
    /// The frame.
    pub frame: FrameIndex,
    /// The finished picture of PGM.
    pub pgm: Frame,
    /// What is on PVW.
    pub pvw: Arc<Pinned>,
    /// The pictures of all open sources.
    pub pictures: Vec<(SourceId, Frame)>,
    /// Where they are.
    pub positions: Arc<[PlayPosition]>,
    /// What is open for it, with its settings.
    pub needs: Arc<Needs>,
}
