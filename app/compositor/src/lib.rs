//! Plans and source pictures in, programme pictures out.
//!
//! The CPU compositor works on I420 planes directly. It draws layouts: background colour, panes with
//! crop, fit, fill, opacity, stacking and sub-pixel places, and the mix of two buses.

mod axis;
mod cpu;

pub use cpu::CpuCompositor;

use engine::{Frame, FrameIndex, Picture};
use show::SourceId;

/// Draws a programme. Owned by its program thread, which it never makes wait.
pub trait Compositor: Send {
    /// Draws the picture of a frame and yields the next one that is finished, in order: this very
    /// frame, or on a GPU the one drawn [`Self::latency`] frames before; none until there is one. A
    /// source that is not among `sources` shows its placeholder.
    fn draw(
        &mut self,
        frame: FrameIndex,
        picture: &Picture,
        sources: &[(SourceId, Frame)],
    ) -> Option<(FrameIndex, Frame)>;

    /// How many frames a picture comes after the call that draws it.
    fn latency(&self) -> u32;
}
