//! Packs the planes of both buses into the bytes of an I420 picture.

use engine::Picture;
use wgpu::{Buffer, BufferUsages, CommandEncoder, TextureUsages, TextureView};

use super::device::Gpu;
use super::renderer::{TargetPlanes, bind_buffers, buffer, target_planes, whole};
use super::ring::plane_words;
use super::textures::bind_textures;
use crate::paint::plane_size;

/// The targets of a picture that is read back, and its packing.
pub struct Packer {
    size: (u32, u32),
    targets: [TargetPlanes; 2],
    values: Buffer,
}

impl Packer {
    pub fn new(gpu: &Gpu, size: (u32, u32)) -> Self {
        let targets = [0, 1].map(|_| target_planes(gpu, size, TextureUsages::empty()));
        Self { size, targets, values: buffer(gpu, 32, BufferUsages::UNIFORM) }
    }

    /// The planes of both buses.
    pub fn targets(&self) -> [&TargetPlanes; 2] {
        self.targets.each_ref()
    }

    /// Adds the commands that pack the drawn picture.
    pub fn pack(
        &self,
        gpu: &Gpu,
        encoder: &mut CommandEncoder,
        picture: &Picture,
        packed: &Buffer,
    ) {
        let share = match picture {
            Picture::One(_) => None,
            Picture::Mix { part, whole, .. } => Some(*part as f32 / (*whole).max(1) as f32),
        };
        let (wide, high) = plane_size(self.size, 0);
        let (half_wide, half_high) = plane_size(self.size, 1);
        let sizes = [wide.div_ceil(4), high, half_wide.div_ceil(4), half_high];
        let share_bits = share.unwrap_or(0.0).to_bits();
        let values: Vec<u8> = sizes
            .map(|value| value as u32)
            .into_iter()
            .chain([share_bits, 0, 0, 0])
            .flat_map(u32::to_le_bytes)
            .collect();
        gpu.queue.write_buffer(&self.values, 0, &values);
        let picture = bind_buffers(gpu, &gpu.layouts.picture, [whole(packed), whole(&self.values)]);
        let other = usize::from(share.is_some());
        let views = [&self.targets[0], &self.targets[other]];
        let views: Vec<TextureView> = views.into_iter().flatten().cloned().collect();
        let planes = bind_textures(gpu, &gpu.layouts.planes, &views);
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&gpu.packs[other]);
        pass.set_bind_group(0, &picture, &[]);
        pass.set_bind_group(1, &planes, &[]);
        let words: usize = plane_words(self.size).iter().sum();
        pass.dispatch_workgroups(words.div_ceil(64) as u32, 1, 1);
    }
}
