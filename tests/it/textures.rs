//! PVW in textures of the device that a window is drawn by: what is in them, how long they are left
//! alone, and who draws when that device cannot.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use compositor::{Compositor, Gpu, GpuError, Prepared, TextureCompositor};
use engine::{BusItems, Frame, FrameIndex, FramePool, Picture, Pinned};
use show::{Background, Colour, Layout, LayoutId, Show, SourceId};
use studio::program::view::ProgramView;
use studio::window::pvw::{Pvw, WindowGpu};
use tests::shows::HD25;
use tests::time::{self, PATIENCE};
use ui::Screen;
use wgpu::{Adapter, Device, Limits, Queue, TextureView};

use super::twins;

const SIZE: (u32, u32) = (64, 36);

/// A window's device, opened for this much.
#[derive(Clone)]
pub struct Window {
    adapter: Adapter,
    device: Device,
    queue: Queue,
}

impl Window {
    fn open(required_limits: Limits) -> Self {
        fn ready<T>(future: impl Future<Output = T>) -> T {
            match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(value) => value,
                Poll::Pending => panic!("outside browsers it is ready at once"),
            }
        }
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let adapter = ready(instance.request_adapter(&Default::default())).unwrap();
        let descriptor = wgpu::DeviceDescriptor { required_limits, ..Default::default() };
        let (device, queue) = ready(adapter.request_device(&descriptor)).unwrap();
        Self { adapter, device, queue }
    }

    /// The same device, to compose on.
    pub fn gpu(&self) -> Result<Gpu, GpuError> {
        Gpu::shared(&self.adapter, self.device.clone(), self.queue.clone())
    }

    fn wait(&self) {
        self.device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
    }

    /// The samples of a texture, one after the other, and how many a row has.
    fn read(&self, view: &TextureView) -> (Vec<f32>, usize) {
        let texture = view.texture();
        let bytes = texture.format().block_copy_size(None).unwrap() as usize;
        let row = texture.width() as usize * bytes;
        let stride = row.next_multiple_of(256);
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: (stride * texture.height() as usize) as u64,
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(stride as u32),
            rows_per_image: None,
        };
        let to = wgpu::TexelCopyBufferInfo { buffer: &buffer, layout };
        let mut encoder = self.device.create_command_encoder(&Default::default());
        encoder.copy_texture_to_buffer(texture.as_image_copy(), to, texture.size());
        self.queue.submit([encoder.finish()]);
        buffer.map_async(wgpu::MapMode::Read, .., Result::unwrap);
        self.wait();
        let bytes = buffer.get_mapped_range(..).unwrap();
        let rows = bytes.chunks(stride).flat_map(|bytes| bytes[..row].chunks(2));
        let samples = rows.map(|two| half(u16::from_le_bytes([two[0], two[1]])));
        (samples.collect(), row / 2)
    }
}

/// Work that keeps a GPU busy for as long as it is told to.
pub struct Busy {
    pipeline: wgpu::ComputePipeline,
    buffer: wgpu::Buffer,
    group: wgpu::BindGroup,
    /// How many turns of the loop it does in a millisecond.
    turns_each_milli: f64,
    is_over: Arc<AtomicBool>,
}

impl Busy {
    const SHADER: &str = "
        @group(0) @binding(0) var<storage, read_write> turns: array<u32>;
        @compute @workgroup_size(1) fn spin() {
            var x = turns[1];
            for (var n = 0u; n < turns[0]; n += 1u) { x = x * 1664525u + 1013904223u; }
            turns[1] = x;
        }";

    fn new(window: &Window) -> Self {
        let device = &window.device;
        let source = wgpu::ShaderSource::Wgsl(Self::SHADER.into());
        let module =
            device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: None,
            layout: None,
            module: &module,
            entry_point: Some("spin"),
            compilation_options: Default::default(),
            cache: None,
        });
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: 8,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: buffer.as_entire_binding() }],
        });
        let is_over = Arc::new(AtomicBool::new(true));
        let mut busy = Self { pipeline, buffer, group, turns_each_milli: 0.0, is_over };
        // It is measured once what it takes, after a first time that does not count.
        for turns in [1_000, 3_000_000_u32] {
            let before = time::now();
            busy.submit(window, turns);
            window.wait();
            busy.turns_each_milli = f64::from(turns) / before.elapsed().as_secs_f64() / 1_000.0;
        }
        busy
    }

    fn submit(&self, window: &Window, turns: u32) {
        let bytes = [turns.to_le_bytes(), 1_u32.to_le_bytes()].concat();
        window.queue.write_buffer(&self.buffer, 0, &bytes);
        let mut commands = window.device.create_command_encoder(&Default::default());
        {
            let mut pass = commands.begin_compute_pass(&Default::default());
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &self.group, &[]);
            pass.dispatch_workgroups(1, 1, 1);
        }
        window.queue.submit([commands.finish()]);
    }

    /// Keeps it busy from now on, about so long.
    pub fn begin(&self, window: &Window, length: Duration) {
        let turns = self.turns_each_milli * length.as_secs_f64() * 1_000.0;
        self.is_over.store(false, Ordering::Release);
        self.submit(window, turns.min(4e9) as u32);
        let is_over = Arc::clone(&self.is_over);
        window.queue.on_submitted_work_done(move || is_over.store(true, Ordering::Release));
    }

    /// Whether it is done. Somebody must poll the device for it to be said.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }
}

/// A device of its own, and what keeps it busy.
pub fn busy_window() -> (Window, Busy) {
    let window = Window::open(Limits::default());
    let busy = Busy::new(&window);
    (window, busy)
}

/// A number of half precision (IEEE 754, binary16); no picture has any that is not finite.
fn half(bits: u16) -> f32 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff) / 1_024.0);
    let value = match exponent {
        0 => fraction * 2.0_f32.powi(-14),
        _ => (1.0 + fraction) * 2.0_f32.powi(exponent - 15),
    };
    if bits >> 15 == 1 { -value } else { value }
}

/// One for all: opening costs more than drawing.
fn window() -> (Window, Arc<Gpu>) {
    static WINDOW: OnceLock<(Window, Arc<Gpu>)> = OnceLock::new();
    let open = || {
        let window = Window::open(Limits::default());
        let gpu = Arc::new(window.gpu().unwrap());
        (window, gpu)
    };
    WINDOW.get_or_init(open).clone()
}

/// What is in textures as a picture in memory, so that it can be compared: two of them mixed, too.
struct ReadBack {
    compositor: TextureCompositor,
    size: (u32, u32),
}

impl ReadBack {
    /// The samples of Y', Cb and Cr.
    fn planes(&mut self, bus: &Arc<Pinned>, sources: &[(SourceId, Frame)]) -> [Vec<f32>; 3] {
        let window = window().0;
        window.wait();
        let views = self.compositor.draw(bus, sources).expect("nothing is under way");
        let [luma, chroma] = [0, 1].map(|index| window.read(&views[index]).0);
        let part = |index: usize| chroma.iter().skip(index).step_by(2).copied().collect();
        [luma, part(0), part(1)]
    }
}

impl Compositor for ReadBack {
    fn draw(
        &mut self,
        frame: FrameIndex,
        picture: &Picture,
        sources: &[(SourceId, Frame)],
    ) -> Option<(FrameIndex, Frame)> {
        let planes = match picture {
            Picture::One(bus) => self.planes(bus, sources),
            Picture::Mix { from, to, part, whole } => {
                let share = *part as f32 / *whole as f32;
                let mut both = [from, to].map(|bus| self.planes(bus, sources));
                let [from, to] = &mut both;
                let samples = from.iter_mut().flatten().zip(to.iter().flatten());
                samples.for_each(|(from, to)| *from += (to - *from) * share);
                let [mixed, _] = both;
                mixed
            }
        };
        let mut canvas = FramePool::new(self.size.0, self.size.1, 1).take();
        for (index, samples) in planes.into_iter().enumerate() {
            let wide = self.size.0 as usize / if index == 0 { 1 } else { 2 };
            let (bytes, stride) = canvas.plane_mut(index);
            for (at, sample) in samples.into_iter().enumerate() {
                let code = (sample.clamp(0.0, 1.0) * 255.0).round() as u8;
                bytes[at / wide * stride + at % wide] = code;
            }
        }
        Some((frame, canvas.finish()))
    }

    fn latency(&self) -> u32 {
        0
    }
}

fn read_back(size: (u32, u32), prepared: Arc<Prepared>) -> Box<dyn Compositor> {
    let compositor = TextureCompositor::new(size.0, size.1, prepared, window().1);
    Box::new(ReadBack { compositor, size })
}

#[test]
fn pvw_in_textures_is_drawn_as_the_reference_does() {
    twins::any_plan_is_drawn_as_the_reference_does(read_back, 60);
    assert!(!window().1.is_lost(), "it was the GPU that drew");
}

/// A bus of nothing but this grey.
fn grey(level: u8) -> Arc<Pinned> {
    let mut show = Show::new("Test", HD25);
    let background = Background::Colour { colour: Colour::rgb(level, level, level) };
    let (id, name, panes, audio) = (LayoutId(1), "Grey".to_owned(), Vec::new(), Vec::new());
    show.layouts.push(Layout { id, name, background, panes, audio });
    BusItems { layout: Some(id), ..BusItems::default() }.pin(&show)
}

#[test]
fn textures_that_are_held_are_not_drawn_on() {
    let (window, gpu) = window();
    let mut compositor = TextureCompositor::new(SIZE.0, SIZE.1, Arc::default(), gpu);
    let mut draw = |level: u8| {
        window.wait();
        compositor.draw(&grey(level), &[])
    };
    let held: Vec<_> = (0..4).map(|index| draw(index * 50).unwrap()).collect();
    assert!(draw(250).is_none(), "all are held");
    for (index, views) in held.iter().enumerate() {
        let expected = (16.0 + 219.0 * (index as f32 * 50.0) / 255.0) / 255.0;
        let (samples, _) = window.read(&views[0]);
        assert!(samples.iter().all(|sample| (sample - expected).abs() < 0.6 / 255.0), "{index}");
    }
    drop(held);
    assert!(draw(250).is_some());
}

fn view(frame: u64) -> ProgramView {
    let pgm = FramePool::new(SIZE.0, SIZE.1, 1).take().finish();
    ProgramView { frame: FrameIndex(frame), pgm, pvw: grey(100), pictures: Vec::new() }
}

fn pvw(window: &Window) -> Pvw {
    let Window { adapter, device, queue } = window.clone();
    Pvw::new(SIZE, Arc::default(), Some(&WindowGpu::new(adapter, device, queue)))
}

#[test]
fn pvw_goes_on_when_the_windows_gpu_is_lost() {
    let window = Window::open(Limits::default());
    let mut pvw = pvw(&window);
    assert!(matches!(pvw.draw(&view(0)), Some(Screen::Textures { size: SIZE, .. })));
    window.device.destroy();
    // It is told once what it has under way is finished.
    let planes = || match pvw.draw(&view(1)) {
        Some(Screen::Planes(picture)) => Some(picture),
        _ => None,
    };
    let picture = time::wait_for(PATIENCE, planes).expect("the CPU's");
    assert_eq!(picture.plane(0).data[0], 16 + (219.0_f64 * 100.0 / 255.0).round() as u8);
}

#[test]
fn pvw_is_the_cpus_where_the_windows_gpu_was_opened_for_too_little() {
    // What a window asks of a GPU that has OpenGL alone.
    let window = Window::open(Limits::downlevel_webgl2_defaults());
    let error = window.gpu().err().expect("it has no storage buffers");
    assert!(error.to_string().contains("max_storage_buffers_per_shader_stage: 0 "), "{error}");
    assert!(matches!(pvw(&window).draw(&view(0)), Some(Screen::Planes(_))));
}
