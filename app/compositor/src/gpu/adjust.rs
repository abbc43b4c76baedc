//! Sources' pictures with their settings, on the GPU: made once for each picture that a source sends.

use engine::{Frame, PixelFormat};
use show::PictureSettings;
use wgpu::{BindGroup, BufferUsages, CommandEncoder, TextureFormat, TextureUsages, TextureView};

use super::device::{AdjustTarget, Gpu, Texels, adjust_index};
use super::textures::{TextureKey, bind_textures, texture, view};
use crate::grade::{Grade, ToBt709};
use crate::turn::Turn;

/// For how many frames an adjusted picture is kept that nothing uses: four seconds at 25 a second.
const IDLE_FRAMES: u64 = 100;

/// The adjusted pictures on the GPU. Bounded by what is drawn in [`IDLE_FRAMES`].
#[derive(Default)]
pub struct AdjustedTextures {
    all: Vec<AdjustedTexture>,
    frame: u64,
}

/// A picture before its settings are applied.
pub struct Unadjusted<'a> {
    /// The texture it is in.
    pub key: TextureKey,
    /// What is set.
    pub settings: &'a PictureSettings,
    /// How its texels are laid out.
    pub texels: Texels,
    /// The texture.
    pub source: BindGroup,
    /// What its codes mean.
    pub format: PixelFormat,
    /// Its width and height in pixels.
    pub size: (u32, u32),
    /// The picture that is in the texture, if that changes.
    pub frame: Option<&'a Frame>,
}

struct AdjustedTexture {
    key: TextureKey,
    settings: PictureSettings,
    /// Layout, format and size of what it is made of.
    of: (Texels, PixelFormat, (u32, u32)),
    source: BindGroup,
    values: BindGroup,
    targets: Vec<(AdjustTarget, TextureView)>,
    bind: BindGroup,
    last: Option<Frame>,
    /// Whether it has to be made again on this frame.
    is_stale: bool,
    used: u64,
}

impl AdjustedTextures {
    /// Begins a frame.
    pub fn begin_frame(&mut self) {
        self.frame += 1;
        let frame = self.frame;
        self.all.retain(|adjusted| adjusted.used + IDLE_FRAMES >= frame);
    }

    /// The layout, the bind group and the size of a picture with its settings. It is made by [`Self::render`].
    pub fn find(&mut self, gpu: &Gpu, from: Unadjusted<'_>) -> (Texels, BindGroup, (u32, u32)) {
        let Unadjusted { key, settings, texels, source, format, size, frame } = from;
        let of = (texels, format, size);
        let same = |other: &AdjustedTexture| {
            other.key == key && other.settings == *settings && other.of == of
        };
        let known = self.all.iter().position(same);
        // Other settings of the same picture take the place of those that nothing shows any more.
        let turned = |settings: &PictureSettings| Turn::new(settings).size(size);
        let frame_now = self.frame;
        let left = |other: &AdjustedTexture| {
            let is_left = other.key == key && other.used != frame_now && other.of == of;
            let is_keyed = settings.key.is_some() == other.settings.key.is_some();
            is_left && is_keyed && turned(&other.settings) == turned(settings)
        };
        let left = known.is_none().then(|| self.all.iter().position(left)).flatten();
        if let Some(at) = left {
            let adjusted = &mut self.all[at];
            (adjusted.settings, adjusted.is_stale) = (*settings, true);
            adjusted.values = values(gpu, settings, (format, size));
        }
        let index = known.or(left).unwrap_or_else(|| {
            self.all.push(AdjustedTexture::new(gpu, (key, settings), of, &source));
            self.all.len() - 1
        });
        let adjusted = &mut self.all[index];
        adjusted.used = self.frame;
        let is_other = frame
            .is_some_and(|frame| !adjusted.last.as_ref().is_some_and(|last| last.is_same(frame)));
        if is_other {
            adjusted.last = frame.cloned();
            adjusted.is_stale = true;
        }
        // The textures may be new ones.
        adjusted.source = source;
        let is_planar = adjusted.targets.len() > 1;
        let texels = if is_planar { Texels::Nv12 } else { Texels::Premultiplied };
        (texels, adjusted.bind.clone(), Turn::new(settings).size(size))
    }

    /// Makes those that are used on this frame and are not made yet.
    pub fn render(&mut self, gpu: &Gpu, encoder: &mut CommandEncoder) {
        for adjusted in &mut self.all {
            if adjusted.used != self.frame || !std::mem::take(&mut adjusted.is_stale) {
                continue;
            }
            for (target, view) in &adjusted.targets {
                let attachment = wgpu::RenderPassColorAttachment {
                    view,
                    depth_slice: None,
                    resolve_target: None,
                    ops: wgpu::Operations {
                        load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                        store: wgpu::StoreOp::Store,
                    },
                };
                let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                    color_attachments: &[Some(attachment)],
                    ..Default::default()
                });
                pass.set_pipeline(&gpu.adjusts[adjust_index(adjusted.of.0, *target)]);
                pass.set_bind_group(0, &adjusted.values, &[]);
                pass.set_bind_group(1, &adjusted.source, &[]);
                pass.draw(0..4, 0..1);
            }
        }
    }
}

impl AdjustedTexture {
    fn new(
        gpu: &Gpu,
        (key, settings): (TextureKey, &PictureSettings),
        of: (Texels, PixelFormat, (u32, u32)),
        source: &BindGroup,
    ) -> Self {
        let (texels, format, size) = of;
        let turn = Turn::new(settings);
        let (width, height) = turn.size(size);
        let usage = TextureUsages::TEXTURE_BINDING | TextureUsages::RENDER_ATTACHMENT;
        let plane = |format, size| view(&texture(gpu, format, size, usage));
        let is_planar = matches!(texels, Texels::I420 | Texels::Nv12) && settings.key.is_none();
        let targets = if is_planar {
            let half = (width.div_ceil(2), height.div_ceil(2));
            vec![
                (AdjustTarget::Luma, plane(TextureFormat::R8Unorm, (width, height))),
                (AdjustTarget::Chroma, plane(TextureFormat::Rg8Unorm, half)),
            ]
        } else {
            vec![(AdjustTarget::Cutout, plane(TextureFormat::Rgba8Unorm, (width, height)))]
        };
        let views = [0, 1, 2].map(|at: usize| targets[at.min(targets.len() - 1)].1.clone());
        Self {
            key,
            settings: *settings,
            of,
            source: source.clone(),
            values: values(gpu, settings, (format, size)),
            bind: bind_textures(gpu, &gpu.layouts.source, &views),
            targets,
            last: None,
            is_stale: true,
            used: 0,
        }
    }
}

/// What the shader reads of the settings: its `Adjust`.
fn values(
    gpu: &Gpu,
    settings: &PictureSettings,
    (format, size): (PixelFormat, (u32, u32)),
) -> BindGroup {
    let (turn, grade) = (Turn::new(settings), Grade::new(settings, format));
    let convert = ToBt709::new(format);
    let (across, down) = turn.chroma_lines(size);
    let sides = u32::from(turn.from_right) + 2 * u32::from(turn.from_bottom);
    let key = grade.key;
    let [cb, cr] = key.map_or([0.0; 2], |key| key.chroma);
    let of_key = |part: fn(crate::grade::Key) -> f32| key.map_or(0.0, part);
    let mut words = vec![size.0, size.1, u32::from(turn.swaps), sides];
    let lines = [across.first, across.step, down.first, down.step];
    words.extend(lines.map(|value| value as i32 as u32));
    let ToBt709 { luma, cb: [cb_b, cb_r], cr: [cr_b, cr_r] } = convert;
    let has_key = if key.is_some() { 1.0 } else { 0.0 };
    let floats = [
        [cb, cr, of_key(|key| key.similarity), of_key(|key| key.softness)],
        [of_key(|key| key.spill), has_key, grade.saturation, 0.0],
        luma,
        [cb_b, cb_r, cr_b, cr_r],
    ];
    words.extend(floats.iter().flatten().map(|value: &f32| value.to_bits()));
    for table in [&grade.luma, &grade.chroma] {
        words.extend(table.as_chunks::<4>().0.iter().map(|codes| u32::from_le_bytes(*codes)));
    }
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: bytes.len() as u64,
        usage: BufferUsages::UNIFORM | BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    gpu.queue.write_buffer(&buffer, 0, &bytes);
    gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: None,
        layout: &gpu.layouts.adjust,
        entries: &[wgpu::BindGroupEntry { binding: 0, resource: buffer.as_entire_binding() }],
    })
}
