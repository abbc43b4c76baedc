//! The commands of one frame: what each bus draws, in order, on each plane.

use engine::{Picture, Pinned};
use show::{Background, Colour, Feed, MAX_PANES, Pane, PictureSettings, Rect};
use wgpu::{
    BindGroup, Buffer, BufferUsages, CommandEncoder, TextureFormat, TextureUsages, TextureView,
};

use super::adjust::{AdjustedTextures, Unadjusted};
use super::device::{Gpu, Texels, pane_index};
use super::tables::{Axes, DRAW, PaneDraw, Tables};
use super::textures::{TextureCache, TextureKey, texture, view};
use crate::adjusted::with_colours;
use crate::colour::ColourConversion;
use crate::content::{Content, Shown};
use crate::graphic;
use crate::inputs::{FrameInputs, MadeOnCpu, panes_in_order};
use crate::paint::{Painter, Painting, plane_size};

/// The targets of a bus: Y', and Cb and Cr.
pub type TargetPlanes = [TextureView; 2];

/// New targets, for a canvas of this size.
pub fn target_planes(gpu: &Gpu, size: (u32, u32), usage: TextureUsages) -> TargetPlanes {
    let usage = usage | TextureUsages::RENDER_ATTACHMENT | TextureUsages::TEXTURE_BINDING;
    let plane = |plane: usize, format| {
        let (wide, high) = plane_size(size, plane);
        view(&texture(gpu, format, (wide as u32, high as u32), usage))
    };
    [plane(0, TextureFormat::R16Float), plane(1, TextureFormat::Rg16Float)]
}

/// Builds the draw calls of both buses.
pub struct Renderer {
    size: (u32, u32),
    painter: Painter,
    textures: TextureCache,
    adjusted: AdjustedTextures,
    tables: Tables,
    calls: Vec<DrawCall>,
    backgrounds: [Colour; 2],
    buffers: Buffers,
}

/// A pane to be drawn, the texture of its picture, and what is still to be made of that.
type ReadyPane<'a> = (Painting<'a>, TextureKey, Option<&'a PictureSettings>);

/// A pane's picture on the GPU.
struct SourceTexture {
    texels: Texels,
    source: BindGroup,
    convert: Option<ColourConversion>,
    size: (u32, u32),
}

/// One draw call.
struct DrawCall {
    bus: usize,
    chroma: bool,
    /// The pipeline of a pane, by index; none for a graphic.
    pane: Option<usize>,
    source: BindGroup,
    offset: u32,
}

/// Buffers of tables and draws, as large as was ever needed.
struct Buffers {
    tables: Buffer,
    draws: Buffer,
    bind: BindGroup,
}

impl Renderer {
    pub fn new(gpu: &Gpu, size: (u32, u32)) -> Self {
        Self {
            size,
            painter: Painter::new(),
            textures: TextureCache::new(),
            adjusted: AdjustedTextures::default(),
            tables: Tables::default(),
            calls: Vec::new(),
            backgrounds: [Colour::BLACK; 2],
            buffers: Buffers::new(gpu, 1 << 20, (64 * DRAW) as u64),
        }
    }

    /// The commands that draw a picture, each of its buses on planes of its own.
    pub fn draw(
        &mut self,
        gpu: &Gpu,
        picture: &Picture,
        inputs: FrameInputs<'_>,
        targets: &[&TargetPlanes],
    ) -> CommandEncoder {
        self.textures.begin_frame();
        self.adjusted.begin_frame();
        self.tables.clear();
        self.calls.clear();
        let buses = match picture {
            Picture::One(bus) => {
                self.add_bus(gpu, bus, inputs, 0);
                1
            }
            Picture::Mix { from, to, .. } => {
                self.add_bus(gpu, from, inputs, 0);
                self.add_bus(gpu, to, inputs, 1);
                2
            }
        };
        self.buffers.write(gpu, &self.tables);
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        self.adjusted.render(gpu, &mut encoder);
        for (bus, target) in targets.iter().enumerate().take(buses) {
            self.render(gpu, &mut encoder, bus, target);
        }
        encoder
    }

    fn add_bus(&mut self, gpu: &Gpu, bus: &Pinned, inputs: FrameInputs<'_>, index: usize) {
        self.painter.begin_frame();
        self.backgrounds[index] = Colour::BLACK;
        let (panes, order) = panes_in_order(bus);
        let (mut paintings, nothing) = ([None; MAX_PANES], MadeOnCpu::default());
        for (painting, index) in paintings.iter_mut().zip(&order[..panes.len()]) {
            let pane = &panes[*index];
            let shown = inputs.content(pane, bus, &nothing);
            let key = match (shown.serial, pane.feed) {
                (Some(serial), _) => TextureKey::Picture(serial),
                (None, Feed::Source(id)) => TextureKey::Source(id),
                (None, Feed::Empty) => TextureKey::Black,
            };
            let prepared = self.painter.prepare(self.size, pane, &shown);
            *painting = Some((prepared, key, shown.settings));
        }
        let paintings = &paintings[..panes.len()];
        let covers = |item: &Option<ReadyPane<'_>>| {
            item.as_ref().is_some_and(|(painting, ..)| self.painter.covers(painting, self.size))
        };
        let base = paintings.iter().rposition(covers);
        if base.is_none() {
            self.add_background(gpu, bus, inputs, index);
        }
        for pane in paintings[base.unwrap_or(0)..].iter().flatten() {
            self.add_pane(gpu, pane, index);
        }
        for item in &bus.graphics {
            if let Some((bitmap, serial)) = inputs.bitmap(item) {
                let place =
                    graphic::place(&item.component, self.size, (bitmap.width, bitmap.height));
                let odd = (place.0.rem_euclid(2) + 2 * place.1.rem_euclid(2)) as usize;
                let luma = (bitmap.width, bitmap.height);
                let layer = &bitmap.chroma[odd];
                let chroma = (layer.width, layer.alpha.len() / layer.width.max(1));
                let half = (place.0.div_euclid(2), place.1.div_euclid(2));
                for (plane, at, size) in [(0, place, luma), (1, half, chroma)] {
                    let parity = (plane == 1).then_some(odd);
                    let source = self.textures.graphic(gpu, serial, bitmap, parity);
                    let target = plane_size(self.size, plane);
                    let opacity = item.component.opacity;
                    let offset = self.tables.add_graphic(at, size, target, opacity);
                    let chroma = plane == 1;
                    self.calls.push(DrawCall { bus: index, chroma, pane: None, source, offset });
                }
            }
        }
    }

    fn add_background(&mut self, gpu: &Gpu, bus: &Pinned, inputs: FrameInputs<'_>, index: usize) {
        match bus.layout.as_ref().map(|layout| layout.background) {
            None => {}
            Some(Background::Colour { colour }) => self.backgrounds[index] = colour,
            Some(Background::Picture { asset, fit }) => {
                if let Some((content, serial)) = inputs.picture(bus, asset) {
                    let pane = Pane { fit, ..Pane::new(Rect::FULL, Feed::Empty) };
                    let painting = self.painter.prepare(self.size, &pane, &Shown::plain(content));
                    self.add_pane(gpu, &(painting, TextureKey::Picture(serial), None), index);
                }
            }
        }
    }

    fn add_pane(&mut self, gpu: &Gpu, (painting, key, settings): &ReadyPane<'_>, bus: usize) {
        let SourceTexture { mut texels, source, convert, size } =
            self.source(gpu, painting.content, *key, *settings);
        let flat = match painting.content {
            Content::Flat(colour) => {
                let [y, cb, cr] = colour.to_bt709().map(|code| f32::from(code) / 255.0);
                [y, cb, cr, 1.0]
            }
            Content::Frame(_) | Content::Cutout(_) => [0.0; 4],
        };
        for chroma in [false, true] {
            let plane = usize::from(chroma);
            let mixes = !chroma && convert.is_some_and(|convert| convert.mixes());
            let mut axes = [[0; 8]; 2];
            if texels != Texels::Flat {
                let is_half = matches!(texels, Texels::I420 | Texels::Nv12);
                let own = self.add_axes(painting, plane, size, is_half && chroma);
                let cross = mixes.then(|| self.add_axes(painting, plane, size, true));
                match own {
                    Some(own) => axes = [own, cross.flatten().unwrap_or(own)],
                    // The picture is off the canvas, where its pane is not.
                    None => texels = Texels::Flat,
                }
            }
            let mask = self.painter.masks.at(painting.masks[plane]);
            if mask.width == 0 || mask.height() == 0 {
                continue;
            }
            let target = plane_size(self.size, plane);
            let border = painting.border;
            let draw = PaneDraw { plane: target, mask, axes, border, flat, convert, chroma };
            let offset = self.tables.add_pane(&draw);
            let pane = Some(pane_index(texels, chroma, mixes && texels != Texels::Flat));
            self.calls.push(DrawCall { bus, chroma, pane, source: source.clone(), offset });
        }
    }

    /// A pane's picture on the GPU, as its source's settings have it.
    fn source(
        &mut self,
        gpu: &Gpu,
        content: Content<'_>,
        key: TextureKey,
        settings: Option<&PictureSettings>,
    ) -> SourceTexture {
        let (texels, source, format, size) = match content {
            Content::Flat(_) => (Texels::Flat, self.textures.black(gpu), None, (1, 1)),
            Content::Frame(frame) => {
                let texels = match frame.format().layout {
                    engine::PixelLayout::I420 => Texels::I420,
                    engine::PixelLayout::Nv12 => Texels::Nv12,
                    engine::PixelLayout::Rgba => Texels::Straight,
                };
                let source = self.textures.frame(gpu, key, frame);
                let format = settings
                    .map_or(frame.format(), |settings| with_colours(frame, settings).format());
                (texels, source, Some(format), frame.size())
            }
            Content::Cutout(cutout) => {
                let size = (cutout.width as u32, cutout.height as u32);
                let source = match key {
                    TextureKey::Picture(serial) => self.textures.cutout(gpu, serial, cutout),
                    // Only what is prepared has alpha on its way to a GPU.
                    _ => self.textures.black(gpu),
                };
                (Texels::Premultiplied, source, None, size)
            }
        };
        let adjusts = texels != Texels::Flat;
        let settings = settings.filter(|settings| adjusts && settings.makes_another());
        let Some(settings) = settings else {
            let convert = format.and_then(ColourConversion::new);
            return SourceTexture { texels, source, convert, size };
        };
        let format = format.unwrap_or(engine::PixelFormat::RGBA);
        let frame = if let Content::Frame(frame) = content { Some(frame) } else { None };
        let of = Unadjusted { key, settings, texels, source, format, size, frame };
        let (texels, source, size) = self.adjusted.find(gpu, of);
        let convert = if texels == Texels::Nv12 { ColourConversion::new(format) } else { None };
        SourceTexture { texels, source, convert, size }
    }

    /// Adds the axes of a source's component on a plane of the canvas; none if it lies off the
    /// canvas.
    fn add_axes(
        &mut self,
        painting: &Painting<'_>,
        plane: usize,
        source: (u32, u32),
        is_half: bool,
    ) -> Option<Axes> {
        let density = |half: bool| if half { 0.5 } else { 1.0 };
        let target = (plane_size(self.size, plane), density(plane > 0));
        let source = (plane_size(source, usize::from(is_half)), density(is_half));
        let (across, down) = painting.geometry.axis_keys(target, source);
        let axes = &mut self.painter.axes;
        let (across, down) = (axes.find(&across), axes.find(&down));
        let (across, down) = (axes.at(across), axes.at(down));
        (across.len() > 0 && down.len() > 0).then(|| self.tables.add_axes(across, down))
    }

    fn render(&self, gpu: &Gpu, encoder: &mut CommandEncoder, bus: usize, target: &TargetPlanes) {
        let background = self.backgrounds[bus].to_bt709();
        let [y, cb, cr] = background.map(|code| f64::from(code) / 255.0);
        let clear = |r, g| wgpu::Color { r, g, b: 0.0, a: 1.0 };
        for (plane, clear) in [clear(y, 0.0), clear(cb, cr)].into_iter().enumerate() {
            let ops =
                wgpu::Operations { load: wgpu::LoadOp::Clear(clear), store: wgpu::StoreOp::Store };
            let view = &target[plane];
            let attachment = wgpu::RenderPassColorAttachment {
                view,
                depth_slice: None,
                resolve_target: None,
                ops,
            };
            let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                color_attachments: &[Some(attachment)],
                ..Default::default()
            });
            for step in &self.calls {
                if step.bus != bus || usize::from(step.chroma) != plane {
                    continue;
                }
                pass.set_pipeline(match step.pane {
                    Some(index) => &gpu.panes[index],
                    None => &gpu.graphics[plane],
                });
                pass.set_bind_group(0, &self.buffers.bind, &[step.offset]);
                pass.set_bind_group(1, &step.source, &[]);
                pass.draw(0..4, 0..1);
            }
        }
    }
}

impl Buffers {
    fn new(gpu: &Gpu, tables: u64, draws: u64) -> Self {
        let tables = buffer(gpu, tables, BufferUsages::STORAGE);
        let draws = buffer(gpu, draws, BufferUsages::UNIFORM);
        let one = wgpu::BufferBinding {
            buffer: &draws,
            offset: 0,
            size: std::num::NonZeroU64::new(DRAW as u64),
        };
        let bind = bind_buffers(gpu, &gpu.layouts.frame, [whole(&tables), one]);
        Self { tables, draws, bind }
    }

    fn write(&mut self, gpu: &Gpu, from: &Tables) {
        let bytes = |words: &[u32]| (words.len() * 4) as u64;
        let (tables, draws) = (bytes(&from.words), bytes(&from.draws));
        if tables > self.tables.size() || draws > self.draws.size() {
            let room = |need: u64, have: u64| have.max(need.next_power_of_two());
            let sizes = (room(tables, self.tables.size()), room(draws, self.draws.size()));
            *self = Self::new(gpu, sizes.0, sizes.1);
        }
        for (buffer, words) in [(&self.tables, &from.words), (&self.draws, &from.draws)] {
            if let Some(size) = std::num::NonZeroU64::new(bytes(words))
                && let Some(mut view) = gpu.queue.write_buffer_with(buffer, 0, size)
            {
                for (index, word) in words.iter().enumerate() {
                    view.slice(index * 4..index * 4 + 4).copy_from_slice(&word.to_le_bytes());
                }
            }
        }
    }
}

/// A buffer that can be written to.
pub fn buffer(gpu: &Gpu, size: u64, usage: BufferUsages) -> Buffer {
    let usage = usage | BufferUsages::COPY_DST;
    let descriptor = wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false };
    gpu.device.create_buffer(&descriptor)
}

/// All of a buffer.
pub fn whole(buffer: &Buffer) -> wgpu::BufferBinding<'_> {
    wgpu::BufferBinding { buffer, offset: 0, size: None }
}

/// Two buffers in the order of their bindings.
pub fn bind_buffers(
    gpu: &Gpu,
    layout: &wgpu::BindGroupLayout,
    buffers: [wgpu::BufferBinding<'_>; 2],
) -> BindGroup {
    let [first, second] = buffers.map(wgpu::BindingResource::Buffer);
    gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: None,
        layout,
        entries: &[
            wgpu::BindGroupEntry { binding: 0, resource: first },
            wgpu::BindGroupEntry { binding: 1, resource: second },
        ],
    })
}
