//! Sources and prepared images on the GPU: uploaded when they are new, kept while they are used.

use engine::{Frame, PixelLayout};
use show::SourceId;
use wgpu::{BindGroup, Extent3d, Texture, TextureFormat, TextureUsages, TextureView};

use super::device::{Gpu, Texels};
use crate::drawable::{Cutout, GraphicBitmap};

/// What a texture holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextureKey {
    Source(SourceId),
    /// A prepared picture.
    Picture(u64),
    /// A prepared graphic's luma.
    Luma(u64),
    /// A prepared graphic's chroma, by parity.
    Chroma(u64, usize),
    /// One black texel.
    Black,
}

/// The textures on the GPU. One that was not used for [`TextureCache::KEPT`] frames is evicted, so
/// they are bounded by what is drawn.
pub struct TextureCache {
    cached: Vec<CachedTexture>,
    frame: u64,
    scratch: Vec<u8>,
}

struct CachedTexture {
    key: TextureKey,
    size: (u32, u32),
    texels: Texels,
    planes: Vec<Texture>,
    bind: BindGroup,
    last: Option<Frame>,
    used: u64,
}

impl TextureCache {
    /// Four seconds at 25 frames a second: a graphic keyed off and on again is not uploaded twice.
    const KEPT: u64 = 100;

    pub fn new() -> Self {
        Self { cached: Vec::new(), frame: 0, scratch: Vec::new() }
    }

    /// Begins a frame.
    pub fn begin_frame(&mut self) {
        self.frame += 1;
        let oldest = self.frame.saturating_sub(Self::KEPT);
        self.cached.retain(|cached| cached.used >= oldest);
    }

    /// The bind group of one black texel.
    pub fn black(&mut self, gpu: &Gpu) -> BindGroup {
        let cached = self.find(gpu, TextureKey::Black, (1, 1), Texels::Flat, &[]);
        self.cached[cached].bind.clone()
    }

    /// The bind group of a picture, which is uploaded if it changed.
    pub fn frame(&mut self, gpu: &Gpu, key: TextureKey, frame: &Frame) -> BindGroup {
        let (width, height) = frame.size();
        let half = (width.div_ceil(2), height.div_ceil(2));
        let (texels, planes) = match frame.format().layout {
            PixelLayout::I420 => {
                let r8 = TextureFormat::R8Unorm;
                (Texels::I420, vec![(r8, (width, height)), (r8, half), (r8, half)])
            }
            PixelLayout::Nv12 => {
                let planes = [(TextureFormat::R8Unorm, (width, height))];
                let chroma = (TextureFormat::Rg8Unorm, half);
                (Texels::Nv12, planes.into_iter().chain([chroma]).collect())
            }
            PixelLayout::Rgba => {
                (Texels::Straight, vec![(TextureFormat::Rgba8Unorm, (width, height))])
            }
        };
        let index = self.find(gpu, key, (width, height), texels, &planes);
        let cached = &mut self.cached[index];
        if !cached.last.as_ref().is_some_and(|last| last.is_same(frame)) {
            for (plane, texture) in cached.planes.iter().enumerate() {
                let bytes = frame.plane(plane);
                write(gpu, texture, bytes.data, bytes.stride);
            }
            cached.last = Some(frame.clone());
        }
        cached.bind.clone()
    }

    /// The bind group of a prepared picture with alpha.
    pub fn cutout(&mut self, gpu: &Gpu, serial: u64, cutout: &Cutout) -> BindGroup {
        let size = (cutout.width as u32, cutout.height as u32);
        let [y, cb, cr, a] = &cutout.planes;
        let texels = y.iter().zip(cb).zip(cr.iter().zip(a));
        let bytes = texels.flat_map(|((y, cb), (cr, a))| [*y, *cb, *cr, *a]);
        let format = TextureFormat::Rgba8Unorm;
        self.upload_once(
            gpu,
            TextureKey::Picture(serial),
            size,
            (Texels::Premultiplied, format),
            bytes,
        )
    }

    /// The bind group of a graphic's luma, or of its chroma for a position of this parity.
    pub fn graphic(
        &mut self,
        gpu: &Gpu,
        serial: u64,
        bitmap: &GraphicBitmap,
        parity: Option<usize>,
    ) -> BindGroup {
        let size = |width: usize, alpha: &[u8]| (width as u32, (alpha.len() / width) as u32);
        match parity {
            None => {
                let layer = &bitmap.luma;
                let bytes = layer.codes[0].iter().zip(&layer.alpha).flat_map(|(y, a)| [*y, *a]);
                let kind = (Texels::Flat, TextureFormat::Rg8Unorm);
                let size = size(layer.width, &layer.alpha);
                self.upload_once(gpu, TextureKey::Luma(serial), size, kind, bytes)
            }
            Some(parity) => {
                let layer = &bitmap.chroma[parity];
                let [cb, cr] = &layer.codes;
                let texels = cb.iter().zip(cr).zip(&layer.alpha);
                let bytes = texels.flat_map(|((cb, cr), a)| [*cb, *cr, *a, 0]);
                let kind = (Texels::Flat, TextureFormat::Rgba8Unorm);
                let size = size(layer.width, &layer.alpha);
                self.upload_once(gpu, TextureKey::Chroma(serial, parity), size, kind, bytes)
            }
        }
    }

    /// The bind group of a key whose content never changes.
    fn upload_once(
        &mut self,
        gpu: &Gpu,
        key: TextureKey,
        size: (u32, u32),
        (texels, format): (Texels, TextureFormat),
        bytes: impl Iterator<Item = u8>,
    ) -> BindGroup {
        let known = self.cached.iter_mut().find(|cached| cached.key == key);
        if let Some(cached) = known {
            cached.used = self.frame;
            return cached.bind.clone();
        }
        let index = self.find(gpu, key, size, texels, &[(format, size)]);
        self.scratch.clear();
        self.scratch.extend(bytes);
        let stride = self.scratch.len() / size.1.max(1) as usize;
        write(gpu, &self.cached[index].planes[0], &self.scratch, stride);
        self.cached[index].bind.clone()
    }

    fn find(
        &mut self,
        gpu: &Gpu,
        key: TextureKey,
        size: (u32, u32),
        texels: Texels,
        planes: &[(TextureFormat, (u32, u32))],
    ) -> usize {
        let known = self.cached.iter().position(|cached| cached.key == key);
        if let Some(index) = known {
            let cached = &mut self.cached[index];
            if (cached.size, cached.texels) == (size, texels) {
                cached.used = self.frame;
                return index;
            }
            self.cached.swap_remove(index);
        }
        let usage = TextureUsages::TEXTURE_BINDING | TextureUsages::COPY_DST;
        let planes: Vec<Texture> =
            planes.iter().map(|(format, size)| texture(gpu, *format, *size, usage)).collect();
        let black = texture(gpu, TextureFormat::R8Unorm, (1, 1), usage);
        let views = [0, 1, 2].map(|index| view(planes.get(index).unwrap_or(&black)));
        let bind = bind_textures(gpu, &gpu.layouts.source, &views);
        let (last, used) = (None, self.frame);
        self.cached.push(CachedTexture { key, size, texels, planes, bind, last, used });
        self.cached.len() - 1
    }
}

/// A texture of this size.
pub fn texture(
    gpu: &Gpu,
    format: TextureFormat,
    (width, height): (u32, u32),
    usage: TextureUsages,
) -> Texture {
    gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size: Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage,
        view_formats: &[],
    })
}

/// The whole of a texture.
pub fn view(texture: &Texture) -> TextureView {
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

/// Textures in the order of their bindings.
pub fn bind_textures(
    gpu: &Gpu,
    layout: &wgpu::BindGroupLayout,
    views: &[TextureView],
) -> BindGroup {
    let entries: Vec<wgpu::BindGroupEntry<'_>> = views
        .iter()
        .zip(0..)
        .map(|(view, binding)| wgpu::BindGroupEntry {
            binding,
            resource: wgpu::BindingResource::TextureView(view),
        })
        .collect();
    gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: None,
        layout,
        entries: &entries,
    })
}

fn write(gpu: &Gpu, texture: &Texture, bytes: &[u8], stride: usize) {
    let layout = wgpu::TexelCopyBufferLayout {
        offset: 0,
        bytes_per_row: Some(stride as u32),
        rows_per_image: None,
    };
    gpu.queue.write_texture(texture.as_image_copy(), bytes, layout, texture.size());
}
