//! The GPU compositor: planes of Y' and of Cb and Cr as targets, packed into an I420 picture that
//! is read back two frames later. The program thread submits and polls, and never waits.

mod adjust;
mod choice;
mod device;
mod layouts;
mod pack;
mod renderer;
mod ring;
mod tables;
mod texture_compositor;
mod textures;

pub use choice::{Backend, choose};
pub use device::{Gpu, GpuError};
pub use texture_compositor::TextureCompositor;

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use engine::{Frame, FrameIndex, Picture};
use show::SourceId;

use crate::inputs::{FrameInputs, MadeOnCpu};
use crate::{Compositor, CpuCompositor, Prepared};
use pack::Packer;
use renderer::Renderer;
use ring::{Pending, Ring};

/// How many frames after its call a picture is returned.
const LATENCY: usize = 2;

/// Draws on a GPU. A frame that misses its deadline is drawn by the CPU; once the GPU is lost the
/// CPU draws every frame, until a GPU that is put into [`GpuCompositor::spare`] takes over on the
/// next one.
pub struct GpuCompositor {
    cpu: CpuCompositor,
    prepared: Arc<Prepared>,
    size: (u32, u32),
    resources: Option<DeviceResources>,
    pending: std::collections::VecDeque<Pending>,
    spare: Arc<ArcSwapOption<Gpu>>,
    drawn_by_cpu: u64,
}

/// The resources of one device.
struct DeviceResources {
    gpu: Arc<Gpu>,
    renderer: Renderer,
    packer: Packer,
    ring: Ring,
}

impl DeviceResources {
    fn new(gpu: Arc<Gpu>, size: (u32, u32)) -> Self {
        let (renderer, packer) = (Renderer::new(&gpu, size), Packer::new(&gpu, size));
        let ring = Ring::new(&gpu, size);
        Self { gpu, renderer, packer, ring }
    }
}

impl GpuCompositor {
    /// A compositor for a canvas of this size in pixels that shows what is prepared.
    pub fn new(width: u32, height: u32, prepared: Arc<Prepared>, gpu: Arc<Gpu>) -> Self {
        let size = (width, height);
        Self {
            cpu: CpuCompositor::new(width, height, Arc::clone(&prepared)),
            prepared,
            size,
            resources: Some(DeviceResources::new(gpu, size)),
            pending: std::collections::VecDeque::with_capacity(Ring::SLOTS + LATENCY),
            spare: Arc::default(),
            drawn_by_cpu: 0,
        }
    }

    /// Whether the CPU draws, because the GPU was lost and none has been put in its place.
    pub fn is_on_cpu(&self) -> bool {
        self.resources.as_ref().is_none_or(|resources| resources.gpu.is_lost())
    }

    /// How many frames the CPU has drawn so far, because the GPU was late, busy or lost.
    pub fn drawn_by_cpu(&self) -> u64 {
        self.drawn_by_cpu
    }

    /// How many frames are in flight: at most [`Compositor::latency`].
    pub fn in_flight(&self) -> usize {
        self.pending.len()
    }

    /// Where another thread puts a GPU that it has opened to replace a lost one.
    pub fn spare(&self) -> Arc<ArcSwapOption<Gpu>> {
        Arc::clone(&self.spare)
    }

    fn draw_on_cpu(&mut self, picture: &Picture, sources: &[(SourceId, Frame)]) -> Option<Frame> {
        self.drawn_by_cpu += 1;
        Some(self.cpu.draw(FrameIndex(0), picture, sources)?.1)
    }

    /// Submits a frame to the GPU; none if it cannot take it.
    fn submit(
        &mut self,
        frame: FrameIndex,
        picture: &Picture,
        sources: &[(SourceId, Frame)],
    ) -> Option<Pending> {
        if self.resources.as_ref().is_none_or(|resources| resources.gpu.is_lost())
            && let Some(gpu) = self.spare.swap(None)
        {
            // What the lost GPU had not finished is drawn by the CPU.
            self.pending.iter_mut().for_each(Pending::mark_lost);
            self.resources = Some(DeviceResources::new(gpu, self.size));
        }
        let DeviceResources { gpu, renderer, packer, ring } =
            self.resources.as_mut().filter(|resources| !resources.gpu.is_lost())?;
        ring.poll(gpu);
        let items = self.prepared.load();
        let inputs = FrameInputs { sources, items: &items };
        if let Picture::One(bus) = picture
            && let Some(whole) = inputs.passthrough(bus, self.size, &MadeOnCpu::default())
        {
            return Some(Pending::Done(frame, whole.clone()));
        }
        if gpu.takes_one_at_a_time && ring.is_busy() {
            return None;
        }
        let slot = ring.free_slot()?;
        let mut commands = renderer.draw(gpu, picture, inputs, &packer.targets());
        packer.pack(gpu, &mut commands, picture, ring.packed());
        ring.submit(gpu, commands, slot);
        Some(Pending::Drawn { frame, slot, picture: picture.clone(), sources: sources.to_vec() })
    }

    /// The picture of the oldest frame.
    fn collect(&mut self) -> Option<(FrameIndex, Frame)> {
        let is_lost = self.is_on_cpu();
        match self.pending.front()? {
            Pending::Done(..) => {}
            Pending::Drawn { slot, .. } if !is_lost => {
                let ring = &mut self.resources.as_mut()?.ring;
                let slot = *slot;
                if !ring.is_ready(slot) {
                    // It missed its deadline: a GPU that is busy or hangs must not stall PGM.
                    ring.abandon(slot);
                } else if let Some(finished) = ring.read(slot) {
                    return Some((self.pending.pop_front()?.frame(), finished));
                } else {
                    ring.release(slot);
                }
            }
            Pending::Drawn { .. } | Pending::Lost { .. } => {}
        }
        match self.pending.pop_front()? {
            Pending::Done(frame, picture) => Some((frame, picture)),
            Pending::Drawn { frame, picture, sources, .. }
            | Pending::Lost { frame, picture, sources } => {
                Some((frame, self.draw_on_cpu(&picture, &sources)?))
            }
        }
    }
}

impl Compositor for GpuCompositor {
    /// When the GPU cannot take another frame, or misses the deadline of one, the CPU draws it:
    /// each call returns a picture, with the same latency, whatever the GPU does.
    fn draw(
        &mut self,
        frame: FrameIndex,
        picture: &Picture,
        sources: &[(SourceId, Frame)],
    ) -> Option<(FrameIndex, Frame)> {
        let pending = match self.submit(frame, picture, sources) {
            Some(pending) => pending,
            None => Pending::Done(frame, self.draw_on_cpu(picture, sources)?),
        };
        self.pending.push_back(pending);
        if self.pending.len() > LATENCY { self.collect() } else { None }
    }

    fn wait(&mut self) {
        if let Some(resources) = &self.resources {
            resources.ring.wait(&resources.gpu);
        }
    }

    fn latency(&self) -> u32 {
        LATENCY as u32
    }
}
