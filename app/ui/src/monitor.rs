//! A monitor: draws a picture's planes by a shader of its own, which costs a software GPU a fifth of
//! what egui's costs.

use egui::{PaintCallbackInfo, Rect, Ui, vec2};
use egui_wgpu::{Callback, CallbackResources, CallbackTrait, ScreenDescriptor, wgpu};
use engine::Frame;

/// Which monitor: each has textures of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// What is next.
    Pvw,
    /// What is on air.
    Pgm,
}

/// Draws a picture into the largest rectangle of its aspect inside `area`, and yields that.
pub fn draw(ui: &Ui, area: Rect, which: Which, frame: &Frame) -> Rect {
    let place = fitted(area, frame.size());
    let callback = Monitor { which, frame: frame.clone() };
    ui.painter().add(Callback::new_paint_callback(place, callback));
    place
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

struct Monitor {
    which: Which,
    frame: Frame,
}

impl CallbackTrait for Monitor {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(screens) = resources.get_mut::<Screens>() {
            screens.upload(device, queue, self);
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
        let Some(screen) = &screens.screens[self.which as usize] else { return };
        pass.set_pipeline(&screens.pipeline);
        pass.set_bind_group(0, &screen.bindings, &[]);
        pass.draw(0..4, 0..1);
    }
}

struct Screens {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
    screens: [Option<Screen>; 2],
}

struct Screen {
    size: (u32, u32),
    planes: [wgpu::Texture; 3],
    bindings: wgpu::BindGroup,
    /// What is on it, so that it is uploaded once.
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
        let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label,
            layout: Some(&pipeline_layout),
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some("corner"),
                compilation_options: Default::default(),
                buffers: &[],
            },
            primitive: wgpu::PrimitiveState {
                topology: wgpu::PrimitiveTopology::TriangleStrip,
                ..Default::default()
            },
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: Some("pixel"),
                compilation_options: Default::default(),
                targets: &[Some(target.into())],
            }),
            multiview_mask: None,
            cache: None,
        });
        let sampler = device.create_sampler(&wgpu::SamplerDescriptor {
            label,
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..Default::default()
        });
        Self { pipeline, layout, sampler, screens: [None, None] }
    }

    fn upload(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, monitor: &Monitor) {
        let Monitor { which, frame } = monitor;
        let size = frame.size();
        let index = *which as usize;
        if self.screens[index].as_ref().is_none_or(|screen| screen.size != size) {
            self.screens[index] = Some(self.screen(device, frame));
        }
        let Some(screen) = &mut self.screens[index] else { return };
        if screen.frame.as_ref().is_some_and(|old| old.is_same(frame)) {
            return;
        }
        for (plane, texture) in screen.planes.iter().enumerate() {
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
        screen.frame = Some(frame.clone());
    }

    fn screen(&self, device: &wgpu::Device, frame: &Frame) -> Screen {
        let planes = [0, 1, 2].map(|plane| {
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
        let views = planes.each_ref().map(|plane| plane.create_view(&Default::default()));
        let view = |binding: u32| wgpu::BindGroupEntry {
            binding,
            resource: wgpu::BindingResource::TextureView(&views[binding as usize]),
        };
        let sampler = wgpu::BindGroupEntry {
            binding: 3,
            resource: wgpu::BindingResource::Sampler(&self.sampler),
        };
        let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("monitor"),
            layout: &self.layout,
            entries: &[view(0), view(1), view(2), sampler],
        });
        Screen { size: frame.size(), planes, bindings, frame: None }
    }
}

fn extent(width: usize, height: usize) -> wgpu::Extent3d {
    wgpu::Extent3d { width: width as u32, height: height as u32, depth_or_array_layers: 1 }
}
