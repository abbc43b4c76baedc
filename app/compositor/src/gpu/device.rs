//! The device: opened once, with every pipeline built, so that nothing is built while on air.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use wgpu::{
    Adapter, AdapterInfo, BindGroupLayout, ComputePipeline, Device, DeviceType, ErrorFilter, Queue,
    RenderPipeline, TextureFormat, TextureFormatFeatureFlags,
};

use super::layouts::Layouts;

/// A GPU that is open. Opening takes from tens of milliseconds to seconds: not for a program thread.
pub struct Gpu {
    pub(super) device: Device,
    pub(super) queue: Queue,
    pub(super) layouts: Layouts,
    /// By [`pane_index`].
    pub(super) panes: Vec<RenderPipeline>,
    /// Luma, chroma.
    pub(super) graphics: [RenderPipeline; 2],
    /// By [`adjust_index`].
    pub(super) adjusts: Vec<RenderPipeline>,
    /// One bus, two.
    pub(super) packs: [ComputePipeline; 2],
    pub(super) lost: Arc<AtomicBool>,
    /// Mesa's software GPU of 2022 blocks the submission of a second frame until the first is
    /// drawn.
    pub(super) takes_one_at_a_time: bool,
    name: String,
}

/// Why a GPU cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GpuError {
    /// There is none, or no driver.
    #[error("no GPU that Vulkan can use ({0}). Install its Vulkan driver, or let the CPU compose")]
    NoAdapter(String),
    /// It exists, but cannot be opened.
    #[error("the GPU cannot be opened ({0}). Update its driver, or let the CPU compose")]
    NoDevice(String),
    /// It is a shared device whose limits or formats are not enough for composing.
    #[error("its limits or formats are not enough for composing ({0})")]
    Unfit(String),
}

/// The layout of a source's texels, for a shader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Texels {
    I420,
    Nv12,
    Straight,
    Premultiplied,
    Flat,
}

impl Texels {
    const ALL: [Self; 5] =
        [Self::I420, Self::Nv12, Self::Straight, Self::Premultiplied, Self::Flat];
}

/// A pane pipeline's index.
pub fn pane_index(texels: Texels, chroma: bool, mixes: bool) -> usize {
    texels as usize * 3 + if chroma { 2 } else { usize::from(mixes) }
}

/// What an adjusting pipeline writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdjustTarget {
    /// Y'.
    Luma,
    /// Cb and Cr, at half density.
    Chroma,
    /// All of it, times alpha, and alpha.
    Cutout,
}

/// An adjusting pipeline's index.
pub fn adjust_index(texels: Texels, target: AdjustTarget) -> usize {
    target as usize * 4 + texels as usize
}

impl Gpu {
    /// Opens the best GPU; a software one too if it is all there is.
    pub fn open() -> Result<Self, GpuError> {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = wgpu::Backends::VULKAN;
        let instance = wgpu::Instance::new(descriptor);
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let adapter = poll_once(instance.request_adapter(&options))
            .ok_or_else(|| GpuError::NoAdapter("it does not answer".to_owned()))?
            .map_err(|error| GpuError::NoAdapter(error.to_string()))?;
        Self::from_adapter(&adapter)
    }

    /// A device that its owner opened and goes on using. What is drawn on it can be used by both.
    ///
    /// # Errors
    /// Its limits or formats are not enough for composing.
    pub fn shared(adapter: &Adapter, device: Device, queue: Queue) -> Result<Self, GpuError> {
        let mut lacks = Vec::new();
        wgpu::Limits::default().check_limits_with_fail_fn(
            &device.limits(),
            false,
            |limit, needs, has| lacks.push(format!("{limit}: {has} instead of {needs}")),
        );
        for format in [target(false), target(true)] {
            let flags = adapter.get_texture_format_features(format).flags;
            let needs =
                TextureFormatFeatureFlags::FILTERABLE | TextureFormatFeatureFlags::BLENDABLE;
            if !flags.contains(needs) {
                lacks.push(format!("{format:?}: {flags:?}"));
            }
        }
        if !lacks.is_empty() {
            return Err(GpuError::Unfit(lacks.join(", ")));
        }
        // The owner sets no such callback. Our errors are caught by [`Gpu::catch_errors`]: all
        // others are the owner's.
        let lost = Arc::new(AtomicBool::new(false));
        let mark = Arc::clone(&lost);
        device.set_device_lost_callback(move |_, _| mark.store(true, Ordering::Release));
        let info = adapter.get_info();
        let (gpu, error) =
            with_error_scopes(&device.clone(), || Self::build(device, queue, lost, info));
        error.map_or(Ok(gpu), |error| Err(GpuError::Unfit(error.to_string())))
    }

    fn from_adapter(adapter: &Adapter) -> Result<Self, GpuError> {
        let limits = wgpu::Limits::default().using_resolution(adapter.limits());
        let descriptor = wgpu::DeviceDescriptor { required_limits: limits, ..Default::default() };
        let (device, queue) = poll_once(adapter.request_device(&descriptor))
            .ok_or_else(|| GpuError::NoDevice("it does not answer".to_owned()))?
            .map_err(|error| GpuError::NoDevice(error.to_string()))?;
        let lost = Arc::new(AtomicBool::new(false));
        let mark = Arc::clone(&lost);
        device.set_device_lost_callback(move |_, _| mark.store(true, Ordering::Release));
        // An error here is a bug, ours or the driver's; either way the device is not used again.
        let mark = Arc::clone(&lost);
        device.on_uncaptured_error(Arc::new(move |_| mark.store(true, Ordering::Release)));
        Ok(Self::build(device, queue, lost, adapter.get_info()))
    }

    fn build(device: Device, queue: Queue, lost: Arc<AtomicBool>, info: AdapterInfo) -> Self {
        let layouts = Layouts::new(&device);
        let panes = pane_pipelines(&device, &layouts);
        let graphics = graphic_pipelines(&device, &layouts);
        let adjusts = adjust_pipelines(&device, &layouts);
        let packs = pack_pipelines(&device, &layouts);
        let takes_one_at_a_time = info.device_type == DeviceType::Cpu;
        let name = info.name;
        Self {
            device,
            queue,
            layouts,
            panes,
            graphics,
            adjusts,
            packs,
            lost,
            takes_one_at_a_time,
            name,
        }
    }

    /// Runs `act` on a shared device: an error of ours does not reach its owner, and after one the
    /// device counts as lost.
    pub(super) fn catch_errors<T>(&self, act: impl FnOnce() -> T) -> T {
        let (done, error) = with_error_scopes(&self.device, act);
        if error.is_some() {
            self.mark_lost();
        }
        done
    }

    /// The name of its adapter.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Marks it as lost, as after a reset of the driver.
    pub fn mark_lost(&self) {
        self.lost.store(true, Ordering::Release);
    }

    /// Whether it is lost.
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }
}

/// The kind of the best adapter, without opening it.
pub fn adapter_type() -> Option<DeviceType> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::VULKAN;
    let instance = wgpu::Instance::new(descriptor);
    let adapter = poll_once(instance.request_adapter(&Default::default()))?.ok()?;
    Some(adapter.get_info().device_type)
}

/// The result of a future that is ready at once, as these are outside browsers.
fn poll_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// Runs `act` and returns its error, if any. Only errors of this thread are caught.
fn with_error_scopes<T>(device: &Device, act: impl FnOnce() -> T) -> (T, Option<wgpu::Error>) {
    let filters = [ErrorFilter::Internal, ErrorFilter::OutOfMemory, ErrorFilter::Validation];
    let scopes = filters.map(|filter| device.push_error_scope(filter));
    let done = act();
    let errors = scopes.into_iter().rev().filter_map(|scope| poll_once(scope.pop()).flatten());
    (done, errors.last())
}

fn module(device: &Device, source: &'static str) -> wgpu::ShaderModule {
    let source = wgpu::ShaderSource::Wgsl(source.into());
    device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source })
}

fn target(chroma: bool) -> TextureFormat {
    if chroma { TextureFormat::Rg16Float } else { TextureFormat::R16Float }
}

fn pane_pipelines(device: &Device, layouts: &Layouts) -> Vec<RenderPipeline> {
    let module = module(device, include_str!("../../../../shaders/pane.wgsl"));
    let groups = [&layouts.frame, &layouts.source];
    let build = |texels: Texels, chroma: bool, mixes: bool| {
        let constants = [
            ("LAYOUT", f64::from(texels as u8)),
            ("CHROMA", f64::from(u8::from(chroma))),
            ("MIXES", f64::from(u8::from(mixes))),
        ];
        render_pipeline(device, &module, (groups, "paint"), blended(chroma), &constants)
    };
    let kinds = [(false, false), (false, true), (true, false)];
    Texels::ALL
        .into_iter()
        .flat_map(|texels| kinds.map(|(chroma, mixes)| (texels, chroma, mixes)))
        .map(|(texels, chroma, mixes)| {
            // Only Y'CbCr has a matrix.
            let mixes = mixes && matches!(texels, Texels::I420 | Texels::Nv12);
            build(texels, chroma, mixes)
        })
        .collect()
}

fn adjust_pipelines(device: &Device, layouts: &Layouts) -> Vec<RenderPipeline> {
    let module = module(device, include_str!("../../../../shaders/adjust.wgsl"));
    let targets = [
        (AdjustTarget::Luma, TextureFormat::R8Unorm),
        (AdjustTarget::Chroma, TextureFormat::Rg8Unorm),
        (AdjustTarget::Cutout, TextureFormat::Rgba8Unorm),
    ];
    let all =
        targets.into_iter().flat_map(|target| Texels::ALL[..4].iter().map(move |of| (target, *of)));
    all.map(|((target, format), texels)| {
        // Only Y'CbCr has planes of its own.
        let is_planar = matches!(texels, Texels::I420 | Texels::Nv12);
        let texels =
            if is_planar || target == AdjustTarget::Cutout { texels } else { Texels::I420 };
        let constants = [("LAYOUT", f64::from(texels as u8)), ("TARGET", f64::from(target as u8))];
        let target =
            wgpu::ColorTargetState { format, blend: None, write_mask: wgpu::ColorWrites::ALL };
        render_pipeline(
            device,
            &module,
            ([&layouts.adjust, &layouts.source], "adjust"),
            target,
            &constants,
        )
    })
    .collect()
}

fn graphic_pipelines(device: &Device, layouts: &Layouts) -> [RenderPipeline; 2] {
    let module = module(device, include_str!("../../../../shaders/graphic.wgsl"));
    [false, true].map(|chroma| {
        let constants = [("CHROMA", f64::from(u8::from(chroma)))];
        let groups = [&layouts.frame, &layouts.source];
        render_pipeline(device, &module, (groups, "paint"), blended(chroma), &constants)
    })
}

/// A plane of the canvas, over which panes and graphics are blended.
fn blended(chroma: bool) -> wgpu::ColorTargetState {
    let over = wgpu::BlendComponent {
        src_factor: wgpu::BlendFactor::One,
        dst_factor: wgpu::BlendFactor::OneMinusSrcAlpha,
        operation: wgpu::BlendOperation::Add,
    };
    wgpu::ColorTargetState {
        format: target(chroma),
        blend: Some(wgpu::BlendState { color: over, alpha: over }),
        write_mask: wgpu::ColorWrites::ALL,
    }
}

fn render_pipeline(
    device: &Device,
    module: &wgpu::ShaderModule,
    (groups, entry): ([&BindGroupLayout; 2], &str),
    target: wgpu::ColorTargetState,
    constants: &[(&str, f64)],
) -> RenderPipeline {
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: None,
        bind_group_layouts: &groups.map(Some),
        immediate_size: 0,
    });
    let targets = [Some(target)];
    let options =
        || wgpu::PipelineCompilationOptions { constants, zero_initialize_workgroup_memory: false };
    let topology = wgpu::PrimitiveTopology::TriangleStrip;
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: None,
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module,
            entry_point: Some("corner"),
            compilation_options: options(),
            buffers: &[],
        },
        primitive: wgpu::PrimitiveState { topology, ..Default::default() },
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module,
            entry_point: Some(entry),
            compilation_options: options(),
            targets: &targets,
        }),
        multiview_mask: None,
        cache: None,
    })
}

fn pack_pipelines(device: &Device, layouts: &Layouts) -> [ComputePipeline; 2] {
    let module = module(device, include_str!("../../../../shaders/pack.wgsl"));
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: None,
        bind_group_layouts: &[Some(&layouts.picture), Some(&layouts.planes)],
        immediate_size: 0,
    });
    [0.0, 1.0].map(|mix| {
        device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: None,
            layout: Some(&layout),
            module: &module,
            entry_point: Some("pack"),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: &[("MIX", mix)],
                zero_initialize_workgroup_memory: false,
            },
            cache: None,
        })
    })
}
