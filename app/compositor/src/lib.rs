//! Plans and source pictures in, programme pictures out.
//!
//! The CPU compositor works on I420 planes directly. What takes longer than a frame (decoding
//! pictures, setting texts) is prepared in advance, on another thread, and kept in [`Prepared`].

mod adjust;
mod adjusted;
mod axis;
mod cache;
mod colour;
mod content;
mod cpu;
mod drawable;
mod font_lack;
mod geometry;
mod gpu;
mod grade;
mod graphic;
mod inputs;
mod mask;
mod mix;
mod paint;
mod picture;
mod prep_error;
mod prepare;
mod prepared;
mod region;
mod scale;
mod text;
mod turn;

pub use cpu::CpuCompositor;
pub use drawable::Drawable;
pub use font_lack::FontLack;
pub use gpu::{Backend, Gpu, GpuCompositor, GpuError, TextureCompositor, choose};
pub use picture::load_slide;
pub use prep_error::PrepError;
pub use prepare::Preparer;
pub use prepared::{Prepared, PreparedFull};
pub use text::{FontFile, installed_fonts};

use engine::{Frame, FrameIndex, Picture};
use show::SourceId;

/// Draws a programme. Owned by its program thread, which it never blocks.
pub trait Compositor: Send {
    /// Draws the picture of a frame and returns the next one that is finished, in order: this very
    /// frame, or on a GPU the one drawn [`Self::latency`] frames before; none until there is one. A
    /// source that is not among `sources` shows its placeholder.
    fn draw(
        &mut self,
        frame: FrameIndex,
        picture: &Picture,
        sources: &[(SourceId, Frame)],
    ) -> Option<(FrameIndex, Frame)>;

    /// Waits until all that was drawn is finished. For offline runs, which lose no frame; never for a
    /// program on air.
    fn wait(&mut self) {}

    /// How many frames a picture comes after the call that draws it.
    fn latency(&self) -> u32;
}
