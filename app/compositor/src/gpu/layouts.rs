//! Bind group layouts: what shaders/BINDINGS.md says, in code.

use wgpu::{BindGroupLayout, BindGroupLayoutEntry, BindingType, BufferBindingType, ShaderStages};

/// The layouts of all groups.
pub struct Layouts {
    /// Group 0 of `pane` and `graphic`.
    pub frame: BindGroupLayout,
    /// Group 1 of `pane`, `graphic` and `adjust`.
    pub source: BindGroupLayout,
    /// Group 0 of `adjust`.
    pub adjust: BindGroupLayout,
    /// Group 0 of `pack`.
    pub picture: BindGroupLayout,
    /// Group 1 of `pack`.
    pub planes: BindGroupLayout,
}

impl Layouts {
    pub fn new(device: &wgpu::Device) -> Self {
        let group = |entries: &[BindGroupLayoutEntry]| {
            let descriptor = wgpu::BindGroupLayoutDescriptor { label: None, entries };
            device.create_bind_group_layout(&descriptor)
        };
        let drawing = ShaderStages::VERTEX_FRAGMENT;
        let textures = |count: u32, visibility| -> Vec<BindGroupLayoutEntry> {
            (0..count).map(|binding| entry(binding, visibility, texture())).collect()
        };
        Self {
            frame: group(&[
                entry(0, ShaderStages::FRAGMENT, storage(true)),
                entry(1, drawing, uniform(true)),
            ]),
            source: group(&textures(3, ShaderStages::FRAGMENT)),
            adjust: group(&[entry(0, ShaderStages::FRAGMENT, uniform(false))]),
            picture: group(&[
                entry(0, ShaderStages::COMPUTE, storage(false)),
                entry(1, ShaderStages::COMPUTE, uniform(false)),
            ]),
            planes: group(&textures(4, ShaderStages::COMPUTE)),
        }
    }
}

fn entry(binding: u32, visibility: ShaderStages, ty: BindingType) -> BindGroupLayoutEntry {
    BindGroupLayoutEntry { binding, visibility, ty, count: None }
}

fn storage(read_only: bool) -> BindingType {
    let ty = BufferBindingType::Storage { read_only };
    BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None }
}

fn uniform(has_dynamic_offset: bool) -> BindingType {
    let ty = BufferBindingType::Uniform;
    BindingType::Buffer { ty, has_dynamic_offset, min_binding_size: None }
}

fn texture() -> BindingType {
    BindingType::Texture {
        sample_type: wgpu::TextureSampleType::Float { filterable: false },
        view_dimension: wgpu::TextureViewDimension::D2,
        multisampled: false,
    }
}
