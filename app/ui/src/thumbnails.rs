//! The small pictures of a bin: all of them lie on one sheet and are drawn in one call, by a shader of
//! their own, since what egui draws costs a software GPU several times as much.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Color32, Rect, Shape, pos2, vec2};
use egui_wgpu::{Callback, CallbackResources, CallbackTrait, ScreenDescriptor, wgpu};
use show::{Background, Colour, Fit, ItemId, Layout, Pane};

use crate::look::Look;
use crate::{monitor, strip, theme};

/// A small picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    /// Width and height in pixels, within [`Thumbnail::MOST`].
    pub size: (u32, u32),
    /// Encoded R'G'B' and alpha in turn, which counts for nothing; rows from the top, without gaps.
    pub rgba: Vec<u8>,
    /// Width and height of what it is a picture of.
    pub of: (u32, u32),
    /// How long the file is, in milliseconds, if it is one and says so.
    pub length_millis: Option<u64>,
}

impl Thumbnail {
    /// The most pixels across and down.
    pub const MOST: (u32, u32) = (192, 108);
}

/// Slots of a row of the sheet, and how many rows it has at first.
const COLUMNS: u32 = 10;
const ROWS: u32 = 2;
/// Floats of a cell in the shader: place, part and colour.
const FLOATS: usize = 12;
/// Pictures whose aspect is this near to their place's are stretched into it, rather than leaving a
/// sliver of a pixel at a side.
const NEAR: f32 = 0.03;

/// Something that is drawn.
#[derive(Clone, Debug, PartialEq)]
struct Quad {
    place: Rect,
    /// Whose picture, and which part of it; else a flat colour.
    of: Option<(ItemId, Rect)>,
    colour: Color32,
}

/// What is to be drawn of one bin.
pub struct Pictures {
    area: Rect,
    all: Arc<BTreeMap<ItemId, Arc<Thumbnail>>>,
    quads: Vec<Quad>,
}

impl Pictures {
    /// For a bin that is seen in this rectangle.
    pub fn new(look: &Look, area: Rect) -> Self {
        Self { area, all: Arc::clone(&look.thumbnails), quads: Vec::new() }
    }

    /// What is known of an item's picture.
    pub fn of(&self, item: ItemId) -> Option<&Thumbnail> {
        self.all.get(&item).map(Arc::as_ref)
    }

    /// Shows an item's picture whole in this place; false if there is none.
    pub fn whole(&mut self, place: Rect, item: ItemId) -> bool {
        let Some(thumbnail) = self.all.get(&item) else { return false };
        let (width, height) = thumbnail.of;
        let aspect = width as f32 / height.max(1) as f32;
        let near = (aspect / place.aspect_ratio() - 1.0).abs() < NEAR;
        let place = if near { place } else { monitor::fitted(place, thumbnail.of) };
        self.push(place, Some((item, UNIT)), Color32::WHITE);
        true
    }

    /// Shows a layout on this canvas, bottom to top; yields the panes whose source has no picture, each
    /// with its place.
    pub fn layout<'a>(&mut self, canvas: Rect, layout: &'a Layout) -> Vec<(&'a Pane, Rect)> {
        match layout.background {
            Background::Colour { colour } => self.push(canvas, None, colour_of(colour)),
            Background::Picture { asset, fit } => {
                self.push(canvas, None, Color32::BLACK);
                self.fitted(canvas, canvas, asset.into(), (fit, UNIT), 1.0);
            }
        }
        let mut panes: Vec<_> = layout.panes.iter().collect();
        panes.sort_by_key(|pane| pane.z);
        let mut bare = Vec::new();
        for pane in panes.into_iter().filter(|pane| pane.opacity > 0.0) {
            let show::Rect { x, y, w, h } = pane.rect;
            let at = |x: f64, y: f64| {
                canvas.min + vec2(x as f32 * canvas.width(), y as f32 * canvas.height())
            };
            let place = Rect::from_two_pos(at(x, y), at(x + w, y + h));
            let show::Crop { left, top, right, bottom } = pane.crop;
            let seen = Rect::from_min_max(
                pos2(left as f32, top as f32),
                pos2(1.0 - right as f32, 1.0 - bottom as f32),
            );
            let item = pane.feed.source().map(ItemId::from);
            let drawn = item.is_some_and(|item| {
                self.fitted(place, canvas, item, (pane.fit, seen), pane.opacity as f32)
            });
            if !drawn {
                bare.push((pane, place.intersect(canvas)));
            }
        }
        bare
    }

    /// A part of a picture in a place as `fit` has it, and of that what lies on the canvas.
    fn fitted(
        &mut self,
        place: Rect,
        canvas: Rect,
        item: ItemId,
        (fit, seen): (Fit, Rect),
        opacity: f32,
    ) -> bool {
        let Some(thumbnail) = self.all.get(&item) else { return false };
        let (width, height) = (thumbnail.of.0 as f32, thumbnail.of.1.max(1) as f32);
        let aspect = (seen.width() * width) / (seen.height() * height).max(1e-6);
        // How much wider the picture is than its place.
        let wider = aspect / place.aspect_ratio();
        let (mut place, mut seen) = (place, seen);
        if (wider - 1.0).abs() >= NEAR {
            match (fit, wider > 1.0) {
                (Fit::Fit, true) => place = middle(place, 1.0, 1.0 / wider),
                (Fit::Fit, false) => place = middle(place, wider, 1.0),
                (Fit::Fill, true) => seen = middle(seen, 1.0 / wider, 1.0),
                (Fit::Fill, false) => seen = middle(seen, 1.0, wider),
            }
        }
        let inside = place.intersect(canvas);
        if !inside.is_positive() {
            return true;
        }
        // What is cut off the place is cut off the picture.
        let across = |x: f32| seen.left() + (x - place.left()) / place.width() * seen.width();
        let down = |y: f32| seen.top() + (y - place.top()) / place.height() * seen.height();
        let part = Rect::from_min_max(
            pos2(across(inside.left()), down(inside.top())),
            pos2(across(inside.right()), down(inside.bottom())),
        );
        self.push(inside, Some((item, part)), Color32::from_white_alpha((opacity * 255.0) as u8));
        true
    }

    fn push(&mut self, place: Rect, of: Option<(ItemId, Rect)>, colour: Color32) {
        // What is scrolled away is not even sent.
        if place.intersects(self.area) {
            self.quads.push(Quad { place, of, colour });
        }
    }

    /// All of it as one shape; `bin` tells one bin of the desk from another.
    pub fn shape(self, bin: usize) -> Shape {
        let Self { area, all, quads } = self;
        if quads.is_empty() || !area.is_positive() {
            return Shape::Noop;
        }
        Callback::new_paint_callback(area, Drawn { bin, area, all, quads }).into()
    }
}

const UNIT: Rect = Rect { min: pos2(0.0, 0.0), max: pos2(1.0, 1.0) };

/// A rectangle's middle, of these parts of its width and height.
fn middle(rect: Rect, wide: f32, high: f32) -> Rect {
    Rect::from_center_size(rect.center(), vec2(rect.width() * wide, rect.height() * high))
}

fn colour_of(Colour { r, g, b, .. }: Colour) -> Color32 {
    theme::of_show(r, g, b)
}

/// Makes what thumbnails need on this device; once, before the first is drawn.
pub fn prepare(device: &wgpu::Device, target: wgpu::TextureFormat, at: &mut CallbackResources) {
    at.insert(Sheet::new(device, target));
}

struct Drawn {
    bin: usize,
    area: Rect,
    all: Arc<BTreeMap<ItemId, Arc<Thumbnail>>>,
    quads: Vec<Quad>,
}

impl CallbackTrait for Drawn {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(sheet) = resources.get_mut::<Sheet>() {
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
        let Some(sheet) = resources.get::<Sheet>() else { return };
        let Some(Some((buffer, count))) = sheet.bins.get(self.bin) else { return };
        pass.set_pipeline(&sheet.pipeline);
        pass.set_bind_group(0, &sheet.bindings, &[]);
        pass.set_vertex_buffer(0, buffer.slice(..));
        pass.draw(0..4, 0..*count);
    }
}

/// The sheet with all pictures, and the cells of each bin.
struct Sheet {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
    texture: wgpu::Texture,
    bindings: wgpu::BindGroup,
    rows: u32,
    /// Which slot a picture has, and what is in it, so that it is uploaded once.
    slots: BTreeMap<ItemId, (u32, Arc<Thumbnail>)>,
    /// For each bin its cells and how many there are.
    bins: Vec<Option<(wgpu::Buffer, u32)>>,
}

impl Sheet {
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
        let (slots, bins) = (BTreeMap::new(), Vec::new());
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
    fn write(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, drawn: &Drawn) {
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
            let Drawn { area, .. } = drawn;
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
        if self.bins.len() <= drawn.bin {
            self.bins.resize_with(drawn.bin + 1, || None);
        }
        let bin = &mut self.bins[drawn.bin];
        let fits = |(buffer, _): &(wgpu::Buffer, u32)| buffer.size() >= bytes.len() as u64;
        if !bin.as_ref().is_some_and(fits) {
            let buffer = device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("thumbnails"),
                size: (bytes.len() as u64).next_power_of_two().max(4_096),
                usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            });
            *bin = Some((buffer, 0));
        }
        if let Some((buffer, cells)) = bin {
            queue.write_buffer(buffer, 0, &bytes);
            *cells = count;
        }
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
    strip::pipeline(device, (&module, &layout), &[Some(cells)], &[], target)
}
