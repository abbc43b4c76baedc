//! Plans and source pictures in, programme pictures out.
//!
//! The CPU compositor works on I420 planes directly. It draws layouts: background colour, panes with
//! crop, fit, fill, opacity, stacking and sub-pixel places, and the mix of two buses.

mod axis;
mod cpu;

pub use cpu::CpuCompositor;
