//! Draws small pictures: all of them lie on one texture and each bin is one draw call, by a shader of its
//! own, since what egui draws costs a software GPU several times as much.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Color32, Rect};
use egui_wgpu::{CallbackResources, CallbackTrait, ScreenDescriptor, wgpu};
use show::ItemId;

use crate::gpu_pipeline;
use crate::look::Thumbnail;
use crate::panel_kind::PanelKind;

/// Slots of a row of the sheet, and how many rows it has at first.
const COLUMNS: u32 = 10;
const ROWS: u32 = 2;
/// Floats of a cell in the shader: place, part and colour.
const FLOATS: usize = 12;
/// Something that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Quad {
    /// Where it is, in points.
    pub place: Rect,
    /// Whose picture, and which part of it; else a flat colour.
    pub of: Option<(ItemId, Rect)>,
    /// What it is multiplied by, or filled with.
    pub colour: Color32,
}

/// Makes what thumbnails need on this device; once, before the first is drawn.
pub fn prepare(device: &wgpu::Device, target: wgpu::TextureFormat, at: &mut CallbackResources) {
    at.insert(ThumbnailSheet::new(device, target));
}

/// Where small pictures are drawn: each place has cells of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PicturePlace {
    /// The bin of this panel.
    Bin(PanelKind),
    /// The form of a layout.
    LayoutForm,
}

/// One bin's pictures, to be drawn.
pub struct ThumbnailPaint {
    /// Which it is.
    pub bin: PicturePlace,
    /// Where the bin is.
    pub area: Rect,
    /// The pictures there are.
    pub all: Arc<BTreeMap<ItemId, Arc<Thumbnail>>>,
    /// What is drawn, bottom to top.
    pub quads: Vec<Quad>,
}

impl CallbackTrait for ThumbnailPaint {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(sheet) = resources.get_mut::<ThumbnailSheet>() {
            sheet.follow(device, queue, &self.all);
            sheet.write(device, queue, self);
        }
        Vec::new()
    }

    fn paint(
        &self,
        _info: egui::PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        let Some(sheet) = resources.get::<ThumbnailSheet>() else { return };
        let Some((buffer, count)) = sheet.bins.get(&self.bin) else { return };
        pass.set_pipeline(&sheet.pipeline);
        pass.set_bind_group(0, &sheet.bindings, &[]);
        pass.set_vertex_buffer(0, buffer.slice(..));
        pass.draw(0..4, 0..*count);
    }
}

/// The sheet with all pictures, and the cells of each bin.
struct ThumbnailSheet {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
    texture: wgpu::Texture,
    bindings: wgpu::BindGroup,
    rows: u32,
    /// Which slot a picture has, and what is in it, so that it is uploaded once.
    slots: BTreeMap<ItemId, (u32, Arc<Thumbnail>)>,
    /// For each bin its cells and how many there are.
    bins: BTreeMap<PicturePlace, (wgpu::Buffer, u32)>,
}

impl ThumbnailSheet {
    fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Self {
        let label = Some("thumbnails");
        let visibility = wgpu::ShaderStages::FRAGMENT;
        let entries = [
            wgpu::BindGroupLayoutEntry {
                binding: 0,
                visibility,
                ty: wgpu::BindingType::Texture {
                    sample_type: wgpu::TextureSampleType::Float { filterable: true },
                    view_dimension: wgpu::TextureViewDimension::D2,
                    multisampled: false,
                },
                count: None,
            },
            wgpu::BindGroupLayoutEntry {
                binding: 1,
                visibility,
                ty: wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering),
                count: None,
            },
        ];
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label,
            entries: &entries,
        });
        let sampler = device.create_sampler(&wgpu::SamplerDescriptor {
            label,
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..Default::default()
        });
        let pipeline = pipeline(device, target, &layout);
        let (texture, bindings) = sheet(device, &layout, &sampler, ROWS);
        let (slots, bins) = (BTreeMap::new(), BTreeMap::new());
        Self { pipeline, layout, sampler, texture, bindings, rows: ROWS, slots, bins }
    }

    /// Brings the sheet to these pictures: new ones are uploaded, those that are gone give their place.
    fn follow(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        all: &BTreeMap<ItemId, Arc<Thumbnail>>,
    ) {
        self.slots.retain(|id, _| all.contains_key(id));
        let most = device.limits().max_texture_dimension_2d / Thumbnail::MOST.1;
        let rows = (all.len() as u32).div_ceil(COLUMNS).next_power_of_two().min(most);
        if rows > self.rows {
            (self.texture, self.bindings) = sheet(device, &self.layout, &self.sampler, rows);
            self.rows = rows;
            self.slots.clear();
        }
        for (id, thumbnail) in all {
            let known = self.slots.get(id);
            if known.is_some_and(|(_, there)| Arc::ptr_eq(there, thumbnail)) {
                continue;
            }
            let slot = known.map(|(slot, _)| *slot).or_else(|| self.free());
            // A show has fewer sources than the largest sheet has slots; what is beyond has no picture.
            let Some(slot) = slot else { continue };
            self.upload(queue, slot, thumbnail);
            self.slots.insert(*id, (slot, Arc::clone(thumbnail)));
        }
    }

    fn free(&self) -> Option<u32> {
        let taken = |slot: &u32| self.slots.values().any(|(other, _)| other == slot);
        (0..self.rows * COLUMNS).find(|slot| !taken(slot))
    }

    fn upload(&self, queue: &wgpu::Queue, slot: u32, thumbnail: &Thumbnail) {
        let (width, height) = thumbnail.size;
        let (x, y) = corner(slot);
        let to = wgpu::TexelCopyTextureInfo {
            origin: wgpu::Origin3d { x, y, z: 0 },
            ..self.texture.as_image_copy()
        };
        let from = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(4 * width),
            rows_per_image: None,
        };
        let extent = wgpu::Extent3d { width, height, depth_or_array_layers: 1 };
        queue.write_texture(to, &thumbnail.rgba, from, extent);
    }

    /// Writes the cells of a bin.
    fn write(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, drawn: &ThumbnailPaint) {
        let mut bytes: Vec<u8> = Vec::with_capacity(drawn.quads.len() * FLOATS * 4);
        let mut count = 0;
        for quad in &drawn.quads {
            let part = match quad.of {
                Some((id, part)) => match self.slots.get(&id) {
                    Some((slot, thumbnail)) => self.part(*slot, thumbnail.size, part),
                    None => continue,
                },
                None => [0.0; 4],
            };
            let ThumbnailPaint { area, .. } = drawn;
            let across = |x: f32| (x - area.left()) / area.width();
            let down = |y: f32| (y - area.top()) / area.height();
            let Rect { min, max } = quad.place;
            let place = [across(min.x), down(min.y), across(max.x), down(max.y)];
            let [r, g, b, a] = quad.colour.to_srgba_unmultiplied().map(|c| f32::from(c) / 255.0);
            for float in place.into_iter().chain(part).chain([r, g, b, a]) {
                bytes.extend(float.to_ne_bytes());
            }
            count += 1;
        }
        let (bin, size) = (self.bins.remove(&drawn.bin), bytes.len() as u64);
        let kept = bin.map(|(buffer, _)| buffer).filter(|buffer| buffer.size() >= size);
        let buffer = kept.unwrap_or_else(|| {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("thumbnails"),
                size: size.next_power_of_two().max(4_096),
                usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        });
        queue.write_buffer(&buffer, 0, &bytes);
        self.bins.insert(drawn.bin, (buffer, count));
    }

    /// A part of a slot's picture as a part of the sheet, from the middles of its outermost pixels, so
    /// that nothing of a neighbour is seen.
    fn part(&self, slot: u32, (width, height): (u32, u32), part: Rect) -> [f32; 4] {
        let (x, y) = corner(slot);
        let sheet = (COLUMNS * Thumbnail::MOST.0, self.rows * Thumbnail::MOST.1);
        let at = |from: u32, length: u32, part: f32, whole: u32| {
            let most = length as f32 - 0.5;
            (from as f32 + (part * length as f32).clamp(0.5, most)) / whole as f32
        };
        [
            at(x, width, part.left(), sheet.0),
            at(y, height, part.top(), sheet.1),
            at(x, width, part.right(), sheet.0),
            at(y, height, part.bottom(), sheet.1),
        ]
    }
}

/// The left upper pixel of a slot.
fn corner(slot: u32) -> (u32, u32) {
    (slot % COLUMNS * Thumbnail::MOST.0, slot / COLUMNS * Thumbnail::MOST.1)
}

fn sheet(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    sampler: &wgpu::Sampler,
    rows: u32,
) -> (wgpu::Texture, wgpu::BindGroup) {
    let (width, height) = (COLUMNS * Thumbnail::MOST.0, rows * Thumbnail::MOST.1);
    let label = Some("thumbnails");
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label,
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    let view = texture.create_view(&Default::default());
    let resources =
        [wgpu::BindingResource::TextureView(&view), wgpu::BindingResource::Sampler(sampler)];
    let entries: Vec<_> = (0..)
        .zip(resources)
        .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource })
        .collect();
    let bindings =
        device.create_bind_group(&wgpu::BindGroupDescriptor { label, layout, entries: &entries });
    (texture, bindings)
}

fn pipeline(
    device: &wgpu::Device,
    target: wgpu::TextureFormat,
    layout: &wgpu::BindGroupLayout,
) -> wgpu::RenderPipeline {
    let label = Some("thumbnails");
    let source = wgpu::ShaderSource::Wgsl(include_str!("../../../shaders/thumbnails.wgsl").into());
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label, source });
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label,
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    let attributes = wgpu::vertex_attr_array![0 => Float32x4, 1 => Float32x4, 2 => Float32x4];
    let cells = wgpu::VertexBufferLayout {
        array_stride: 4 * FLOATS as u64,
        step_mode: wgpu::VertexStepMode::Instance,
        attributes: &attributes,
    };
    let blend = Some(wgpu::BlendState::ALPHA_BLENDING);
    let target = wgpu::ColorTargetState { blend, ..target.into() };
    gpu_pipeline::pipeline(device, (&module, &layout), &[Some(cells)], &[], target)
}
