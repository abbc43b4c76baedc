//! Which compositor draws.

use std::sync::Arc;

use compositor::{Compositor, CpuCompositor, Prepared};

/// The compositors there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// On the CPU, on I420 planes.
    Cpu,
}

impl Backend {
    /// As statistics have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
        }
    }

    /// A compositor for a canvas of this size.
    pub fn start(
        self,
        (width, height): (u32, u32),
        prepared: &Arc<Prepared>,
    ) -> Box<dyn Compositor> {
        match self {
            Self::Cpu => Box::new(CpuCompositor::new(width, height, Arc::clone(prepared))),
        }
    }
}
