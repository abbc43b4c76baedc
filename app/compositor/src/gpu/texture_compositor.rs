//! Draws a bus into textures of a shared device, which shows them: the picture is neither read back
//! nor uploaded again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use engine::{Frame, Picture, Pinned};
use show::SourceId;
use wgpu::{PollType, TextureUsages, TextureView};

use super::device::Gpu;
use super::renderer::{Renderer, TargetPlanes, target_planes};
use crate::Prepared;
use crate::inputs::FrameInputs;

/// Draws a bus into textures. It waits for nothing, and has one picture in flight at most: a GPU
/// that is slower than its caller skips pictures.
pub struct TextureCompositor {
    gpu: Arc<Gpu>,
    prepared: Arc<Prepared>,
    size: (u32, u32),
    renderer: Renderer,
    /// Those that nobody else holds may be drawn on.
    ring: Vec<Arc<TargetPlanes>>,
    is_in_flight: Arc<AtomicBool>,
}

impl TextureCompositor {
    /// One is handed on, one waits to be shown, one is shown, and one is drawn on meanwhile.
    const RING: usize = 4;

    /// A compositor for a canvas of this size in pixels that shows what is prepared.
    pub fn new(width: u32, height: u32, prepared: Arc<Prepared>, gpu: Arc<Gpu>) -> Self {
        let (size, is_in_flight) = ((width, height), Arc::default());
        let renderer = gpu.catch_errors(|| Renderer::new(&gpu, size));
        Self { gpu, prepared, size, renderer, ring: Vec::with_capacity(Self::RING), is_in_flight }
    }

    /// Whether its GPU is lost: then it draws nothing.
    pub fn is_lost(&self) -> bool {
        self.gpu.is_lost()
    }

    /// Draws a bus, and returns its Y' (`r16float`) and its Cb and Cr (`rg16float`, half the size):
    /// BT.709, limited range, codes of 8 bits as 0 to 1. Work submitted to the device's queue from
    /// now on sees them finished; they are not drawn on again before they are dropped. None if the
    /// picture before is not finished, or if all textures are held.
    pub fn draw(
        &mut self,
        bus: &Arc<Pinned>,
        sources: &[(SourceId, Frame)],
    ) -> Option<Arc<[TextureView; 2]>> {
        let gpu = Arc::clone(&self.gpu);
        gpu.catch_errors(|| self.submit(bus, sources)).filter(|_| !gpu.is_lost())
    }

    fn submit(
        &mut self,
        bus: &Arc<Pinned>,
        sources: &[(SourceId, Frame)],
    ) -> Option<Arc<[TextureView; 2]>> {
        let gpu = &*self.gpu;
        if gpu.device.poll(PollType::Poll).is_err() {
            gpu.mark_lost();
        }
        if gpu.is_lost() || self.is_in_flight.load(Ordering::Acquire) {
            return None;
        }
        let planes = match self.ring.iter().find(|planes| Arc::strong_count(planes) == 1) {
            Some(planes) => Arc::clone(planes),
            None if self.ring.len() < Self::RING => {
                // Their holder may read them back, too.
                let new = Arc::new(target_planes(gpu, self.size, TextureUsages::COPY_SRC));
                self.ring.push(Arc::clone(&new));
                new
            }
            None => return None,
        };
        let items = self.prepared.load();
        let inputs = FrameInputs { sources, items: &items };
        let picture = Picture::One(Arc::clone(bus));
        let commands = self.renderer.draw(gpu, &picture, inputs, &[&planes]);
        self.is_in_flight.store(true, Ordering::Release);
        gpu.queue.submit([commands.finish()]);
        let is_in_flight = Arc::clone(&self.is_in_flight);
        gpu.queue.on_submitted_work_done(move || is_in_flight.store(false, Ordering::Release));
        Some(planes)
    }
}
