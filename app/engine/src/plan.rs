//! What a compositor draws on one frame: a pure function of the engine's state.

use std::sync::Arc;

use crate::{FrameIndex, Pinned};

/// One frame.
#[derive(Clone, Debug, PartialEq)]
pub struct FramePlan {
    /// Which.
    pub frame: FrameIndex,
    /// The programme.
    pub pgm: Picture,
    /// The preview; drawn only when somebody looks.
    pub pvw: Arc<Pinned>,
}

/// A picture.
#[derive(Clone, Debug, PartialEq)]
pub enum Picture {
    /// One bus.
    One(Arc<Pinned>),
    /// A mix: `part / whole` of `to` over `from`, `0 < part < whole`.
    Mix {
        /// What is left.
        from: Arc<Pinned>,
        /// What comes.
        to: Arc<Pinned>,
        /// Numerator of the share of `to`.
        part: u32,
        /// Denominator.
        whole: u32,
    },
}
