//! Draws PVW for its monitor: on the window's own GPU, so that the result is shown without a copy, or on
//! the CPU.

use std::sync::{Arc, OnceLock};

use compositor::{Compositor, CpuCompositor, Gpu, Prepared, TextureCompositor};
use eframe::egui_wgpu::wgpu::{Adapter, Device, Queue};
use engine::Picture;
use ui::Screen;

use crate::program::view::ProgramView;

/// The GPU that draws a window. Cloning shares it.
#[derive(Clone)]
pub struct WindowGpu {
    adapter: Adapter,
    device: Device,
    queue: Queue,
    open: Arc<OnceLock<Option<Arc<Gpu>>>>,
}

impl WindowGpu {
    /// Wraps the window's GPU.
    pub fn new(adapter: Adapter, device: Device, queue: Queue) -> Self {
        Self { adapter, device, queue, open: Arc::default() }
    }

    /// Sets it up for composing, once; `None` if that fails or it is lost. Takes as long as opening a GPU:
    /// not for the window's thread.
    fn open(&self) -> Option<Arc<Gpu>> {
        let open = || match Gpu::shared(&self.adapter, self.device.clone(), self.queue.clone()) {
            Ok(gpu) => {
                tracing::info!("PVW is drawn by the window's GPU, {}", gpu.name());
                Some(Arc::new(gpu))
            }
            Err(error) => {
                tracing::warn!("the CPU draws PVW, not the window's GPU: {error}");
                None
            }
        };
        self.open.get_or_init(open).clone().filter(|gpu| !gpu.is_lost())
    }
}

/// Draws PVW.
pub struct Pvw {
    cpu: CpuCompositor,
    gpu: Option<TextureCompositor>,
    size: (u32, u32),
    last: Option<Screen>,
}

impl Pvw {
    /// For a canvas of this size in pixels, with these prepared graphics; on the window's GPU, if given.
    pub fn new(size: (u32, u32), prepared: Arc<Prepared>, gpu: Option<&WindowGpu>) -> Self {
        let (width, height) = size;
        let gpu = gpu.and_then(WindowGpu::open);
        let gpu = gpu.map(|gpu| TextureCompositor::new(width, height, Arc::clone(&prepared), gpu));
        Self { cpu: CpuCompositor::new(width, height, prepared), gpu, size, last: None }
    }

    /// Draws PVW. While a GPU is still busy with the picture before, that one is returned again.
    pub fn draw(&mut self, view: &ProgramView) -> Option<Screen> {
        if let Some(gpu) = &mut self.gpu {
            let size = self.size;
            match gpu.draw(&view.pvw, &view.pictures) {
                Some(views) => self.last = Some(Screen::Textures { size, views }),
                None if gpu.is_lost() => {
                    tracing::warn!("the window's GPU is lost: the CPU draws PVW");
                    (self.gpu, self.last) = (None, None);
                }
                None => {}
            }
        }
        if self.gpu.is_none() {
            let picture = Picture::One(Arc::clone(&view.pvw));
            let drawn = self.cpu.draw(view.frame, &picture, &view.pictures);
            self.last = drawn.map(|(_, picture)| picture.into());
        }
        self.last.clone()
    }
}
