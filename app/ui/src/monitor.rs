//! Draws the picture of a monitor, by a shader of its own that costs a software GPU a fifth of egui's.

use std::sync::Arc;

use egui::{PaintCallbackInfo, Rect, Ui, vec2};
use egui_wgpu::{Callback, CallbackResources, CallbackTrait, ScreenDescriptor, wgpu};
use engine::Frame;

use crate::gpu_pipeline;

/// The monitors: each has textures of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MonitorId {
    /// What is next.
    Pvw,
    /// What is on air.
    Pgm,
}

/// Where a picture is drawn: each place has textures of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScreenPlace {
    /// A monitor.
    Monitor(MonitorId),
    /// The dialog that is open.
    Dialog,
}

impl ScreenPlace {
    fn index(self) -> usize {
        match self {
            Self::Monitor(which) => which as usize,
            Self::Dialog => 2,
        }
    }
}

/// What a monitor shows: BT.709, limited range.
#[derive(Clone, Debug)]
pub enum Screen {
    /// I420 planes, to be uploaded.
    Planes(Frame),
    /// What is on the window's own device already.
    Textures {
        /// The canvas's width and height.
        size: (u32, u32),
        /// Y' in red; Cb in red and Cr in green. They can be filtered, and are not drawn on before this is
        /// dropped.
        views: Arc<[wgpu::TextureView; 2]>,
    },
}

impl From<Frame> for Screen {
    fn from(frame: Frame) -> Self {
        Self::Planes(frame)
    }
}

impl Screen {
    fn size(&self) -> (u32, u32) {
        match self {
            Self::Planes(frame) => frame.size(),
            Self::Textures { size, .. } => *size,
        }
    }
}

/// Draws a picture into the largest rectangle of its aspect inside `area`, and yields that.
pub fn draw(ui: &Ui, area: Rect, which: MonitorId, screen: &Screen) -> Rect {
    let place = fitted(area, screen.size());
    draw_at(ui, place, ScreenPlace::Monitor(which), screen);
    place
}

/// Draws a picture over all of `place`.
pub fn draw_at(ui: &Ui, place: Rect, which: ScreenPlace, screen: &Screen) {
    let callback = MonitorPaint { which, screen: screen.clone() };
    ui.painter().add(Callback::new_paint_callback(place, callback));
}

/// The largest rectangle of this aspect in the middle of `area`, on whole points.
pub fn fitted(area: Rect, (width, height): (u32, u32)) -> Rect {
    let (width, height) = (width.max(1) as f32, height.max(1) as f32);
    let scale = (area.width() / width).min(area.height() / height);
    let size = vec2((width * scale).floor(), (height * scale).floor());
    let min = area.min + ((area.size() - size) / 2.0).floor();
    Rect::from_min_size(min, size)
}

/// Makes what monitors need on this device; once, before the first is drawn.
pub fn prepare(device: &wgpu::Device, target: wgpu::TextureFormat, at: &mut CallbackResources) {
    at.insert(Screens::new(device, target));
}

struct MonitorPaint {
    which: ScreenPlace,
    screen: Screen,
}

impl CallbackTrait for MonitorPaint {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(screens) = resources.get_mut::<Screens>() {
            match &self.screen {
                Screen::Planes(frame) => screens.upload(device, queue, self.which, frame),
                Screen::Textures { views, .. } => screens.show(device, self.which, views),
            }
        }
        Vec::new()
    }

    fn paint(
        &self,
        _info: PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        let Some(screens) = resources.get::<Screens>() else { return };
        let (pipeline, bindings) = match &screens.held[self.which.index()] {
            Some(Uploaded::Planes(planes)) => (&screens.planes, &planes.bindings),
            Some(Uploaded::Textures(_, bindings)) => (&screens.textures, bindings),
            None => return,
        };
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, bindings, &[]);
        pass.draw(0..4, 0..1);
    }
}

struct Screens {
    /// For planes, and for textures.
    planes: wgpu::RenderPipeline,
    textures: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
    held: [Option<Uploaded>; 3],
}

/// What is on a monitor.
enum Uploaded {
    Planes(Box<PlaneTextures>),
    Textures(Arc<[wgpu::TextureView; 2]>, wgpu::BindGroup),
}

struct PlaneTextures {
    size: (u32, u32),
    textures: [wgpu::Texture; 3],
    bindings: wgpu::BindGroup,
    /// What is in them, so that it is uploaded once.
    frame: Option<Frame>,
}

impl Screens {
    fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Self {
        let source = wgpu::ShaderSource::Wgsl(include_str!("../../../shaders/monitor.wgsl").into());
        let label = Some("monitor");
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label, source });
        let plane = |binding| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::FRAGMENT,
            ty: wgpu::BindingType::Texture {
                sample_type: wgpu::TextureSampleType::Float { filterable: true },
                view_dimension: wgpu::TextureViewDimension::D2,
                multisampled: false,
            },
            count: None,
        };
        let sampler = wgpu::BindGroupLayoutEntry {
            binding: 3,
            visibility: wgpu::ShaderStages::FRAGMENT,
            ty: wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering),
            count: None,
        };
        let entries = [plane(0), plane(1), plane(2), sampler];
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label,
            entries: &entries,
        });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label,
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let pipeline = |pair| {
            let shader = (&module, &pipeline_layout);
            gpu_pipeline::pipeline(device, shader, &[], &[("PAIR", pair)], target.into())
        };
        let (planes, textures) = (pipeline(0.0), pipeline(1.0));
        let sampler = device.create_sampler(&wgpu::SamplerDescriptor {
            label,
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..Default::default()
        });
        Self { planes, textures, layout, sampler, held: [None, None, None] }
    }

    fn upload(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        which: ScreenPlace,
        frame: &Frame,
    ) {
        let held = self.held[which.index()].take();
        let mut planes = match held {
            Some(Uploaded::Planes(planes)) if planes.size == frame.size() => planes,
            _ => Box::new(self.room(device, frame)),
        };
        if !planes.frame.as_ref().is_some_and(|old| old.is_same(frame)) {
            for (plane, texture) in planes.textures.iter().enumerate() {
                let (width, height) = frame.plane_size(plane);
                let bytes = frame.plane(plane);
                let layout = wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(bytes.stride as u32),
                    rows_per_image: None,
                };
                let extent = extent(width, height);
                queue.write_texture(texture.as_image_copy(), bytes.data, layout, extent);
            }
            planes.frame = Some(frame.clone());
        }
        self.held[which.index()] = Some(Uploaded::Planes(planes));
    }

    fn show(
        &mut self,
        device: &wgpu::Device,
        which: ScreenPlace,
        views: &Arc<[wgpu::TextureView; 2]>,
    ) {
        let held = &mut self.held[which.index()];
        if matches!(held, Some(Uploaded::Textures(old, _)) if Arc::ptr_eq(old, views)) {
            return;
        }
        let [luma, chroma] = &**views;
        // The third is not looked at.
        let bindings = bind(device, &self.layout, &self.sampler, [luma, chroma, chroma]);
        *held = Some(Uploaded::Textures(Arc::clone(views), bindings));
    }

    /// Room for pictures of a size.
    fn room(&self, device: &wgpu::Device, frame: &Frame) -> PlaneTextures {
        let textures = [0, 1, 2].map(|plane| {
            let (width, height) = frame.plane_size(plane);
            device.create_texture(&wgpu::TextureDescriptor {
                label: Some("monitor"),
                size: extent(width, height),
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format: wgpu::TextureFormat::R8Unorm,
                usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
                view_formats: &[],
            })
        });
        let views = textures.each_ref().map(|plane| plane.create_view(&Default::default()));
        let bindings = bind(device, &self.layout, &self.sampler, views.each_ref());
        PlaneTextures { size: frame.size(), textures, bindings, frame: None }
    }
}

fn bind(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    sampler: &wgpu::Sampler,
    views: [&wgpu::TextureView; 3],
) -> wgpu::BindGroup {
    let view = |binding: u32| wgpu::BindGroupEntry {
        binding,
        resource: wgpu::BindingResource::TextureView(views[binding as usize]),
    };
    let sampler =
        wgpu::BindGroupEntry { binding: 3, resource: wgpu::BindingResource::Sampler(sampler) };
    device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("monitor"),
        layout,
        entries: &[view(0), view(1), view(2), sampler],
    })
}

fn extent(width: usize, height: usize) -> wgpu::Extent3d {
    wgpu::Extent3d { width: width as u32, height: height as u32, depth_or_array_layers: 1 }
}
