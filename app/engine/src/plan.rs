//! What a compositor draws on one frame: a pure function of the engine's state.

use std::sync::Arc;

use show::SourceId;

use crate::{FrameIndex, Pinned};

/// The plan of one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct FramePlan {
    /// The frame.
    pub frame: FrameIndex,
    /// The programme.
    pub pgm: Picture,
    /// The preview; drawn only if a monitor shows it.
    pub pvw: Arc<Pinned>,
    /// The sources whose pictures are left out: films on air that have ended, and show nothing after that.
    pub dark: Arc<[SourceId]>,
    /// The sources that are lost for longer than their last picture is held: they show their placeholder, or that there is no
    /// signal.
    pub without_signal: Arc<[SourceId]>,
}

/// The picture of a frame.
#[derive(Clone, Debug, PartialEq)]
pub enum Picture {
    /// One bus.
    One(Arc<Pinned>),
    /// A mix: `part / whole` of `to` over `from`, `0 < part < whole`.
    Mix {
        /// The outgoing bus.
        from: Arc<Pinned>,
        /// The incoming bus.
        to: Arc<Pinned>,
        /// Numerator of the share of `to`.
        part: u32,
        /// Denominator.
        whole: u32,
    },
}
