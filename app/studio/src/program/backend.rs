//! Chooses the compositor, and reopens a lost GPU.

use std::sync::Arc;
use std::thread::JoinHandle;

use arc_swap::ArcSwapOption;
use compositor::{Backend, Compositor, CpuCompositor, Gpu, GpuCompositor, Prepared};

use crate::threads;

/// How many calls of [`GpuRecovery::look`] are between two tries to open a GPU: some seconds.
const LOOKS: u32 = 100;

/// A backend's name in the statistics.
pub const fn name(backend: Backend) -> &'static str {
    match backend {
        Backend::Cpu => "cpu",
        Backend::Gpu => "gpu",
    }
}

/// Makes a compositor for a canvas of this size, and the gpu_recovery of its GPU, if it has one: on the backend
/// `force`, or on the one that suits the machine. Falls back to the CPU if the GPU cannot be opened, unless
/// it is forced.
///
/// # Errors
/// A GPU is forced and cannot be opened.
pub fn start(
    force: Option<Backend>,
    (width, height): (u32, u32),
    prepared: &Arc<Prepared>,
) -> anyhow::Result<(Box<dyn Compositor>, Backend, Option<GpuRecovery>)> {
    if compositor::choose(force) == Backend::Gpu {
        match Gpu::open() {
            Ok(gpu) => {
                let gpu = Arc::new(gpu);
                tracing::info!("composing on {}", gpu.name());
                let drawing =
                    GpuCompositor::new(width, height, Arc::clone(prepared), Arc::clone(&gpu));
                let spare = drawing.spare();
                let gpu_recovery = GpuRecovery { gpu, spare, looks: 0, opening: None };
                return Ok((Box::new(drawing), Backend::Gpu, Some(gpu_recovery)));
            }
            Err(error) if force.is_some() => return Err(error.into()),
            Err(error) => tracing::warn!("{error}: composing on the CPU"),
        }
    }
    let drawing = CpuCompositor::new(width, height, Arc::clone(prepared));
    Ok((Box::new(drawing), Backend::Cpu, None))
}

/// Reopens the GPU when it is lost; meanwhile the CPU draws.
pub struct GpuRecovery {
    gpu: Arc<Gpu>,
    spare: Arc<ArcSwapOption<Gpu>>,
    looks: u32,
    opening: Option<JoinHandle<Option<Gpu>>>,
}

impl GpuRecovery {
    /// Checks the GPU, and reopens it if it is lost: on another thread, since that takes seconds.
    pub fn look(&mut self) {
        if let Some(opening) = self.opening.take_if(|opening| opening.is_finished()) {
            if let Ok(Some(gpu)) = opening.join() {
                self.gpu = Arc::new(gpu);
                self.spare.store(Some(Arc::clone(&self.gpu)));
                tracing::info!("composing on {} again", self.gpu.name());
            }
            return;
        }
        if !self.gpu.is_lost() || self.opening.is_some() {
            return;
        }
        if self.looks == 0 {
            tracing::warn!("the GPU is lost: composing on the CPU");
            self.opening = threads::spawn("gpu", || Gpu::open().ok()).ok();
        }
        self.looks = (self.looks + 1) % LOOKS;
    }
}
