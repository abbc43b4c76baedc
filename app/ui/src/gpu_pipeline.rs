//! The render pipeline of the desk's own shaders: each draws rectangles, as triangle strips.

use egui_wgpu::wgpu;

/// Makes a pipeline of a module's `corner` and `pixel`, with these constants in both.
pub fn pipeline(
    device: &wgpu::Device,
    (module, layout): (&wgpu::ShaderModule, &wgpu::PipelineLayout),
    buffers: &[Option<wgpu::VertexBufferLayout<'_>>],
    constants: &[(&str, f64)],
    target: wgpu::ColorTargetState,
) -> wgpu::RenderPipeline {
    let options = wgpu::PipelineCompilationOptions { constants, ..Default::default() };
    let topology = wgpu::PrimitiveTopology::TriangleStrip;
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: None,
        layout: Some(layout),
        vertex: wgpu::VertexState {
            module,
            entry_point: Some("corner"),
            compilation_options: options.clone(),
            buffers,
        },
        primitive: wgpu::PrimitiveState { topology, ..Default::default() },
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module,
            entry_point: Some("pixel"),
            compilation_options: options,
            targets: &[Some(target)],
        }),
        multiview_mask: None,
        cache: None,
    })
}
