//! A GPU that has something else to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::clock;
use crate::window::Window;

/// Work that keeps a GPU busy for as long as it is told to.
pub struct Busy {
    pipeline: wgpu::ComputePipeline,
    group: wgpu::BindGroup,
    /// How many dispatches it does in a [`Self::PIECE`], one after the other.
    dispatches: u32,
    is_over: Arc<AtomicBool>,
}

impl Busy {
    /// Mesa's software GPU ends an invocation's loops after 65,535 turns, whatever they count to.
    const SHADER: &str = "
        @group(0) @binding(0) var<storage, read_write> state: array<u32>;
        @compute @workgroup_size(1) fn spin() {
            var x = state[0];
            for (var n = 0u; n < 60000u; n += 1u) { x = x * 1664525u + 1013904223u; }
            state[0] = x;
        }";

    /// It is kept busy in pieces: a driver takes a GPU that is at one thing for seconds for hung.
    const PIECE: Duration = Duration::from_millis(50);

    /// Finds out how long it takes for what.
    pub fn new(window: &Window) -> Self {
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
            size: 4,
            usage: wgpu::BufferUsages::STORAGE,
            mapped_at_creation: false,
        });
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: buffer.as_entire_binding() }],
        });
        let is_over = Arc::new(AtomicBool::new(true));
        let mut busy = Self { pipeline, group, dispatches: 1, is_over };
        busy.measure(window);
        busy
    }

    /// A GPU that was idle becomes faster as it works: ever more, until it takes as long as a piece.
    fn measure(&mut self, window: &Window) {
        let taken = |busy: &Self| {
            let before = clock::now();
            busy.submit(window, 1);
            window.wait();
            before.elapsed()
        };
        taken(self);
        while taken(self) < Self::PIECE / 2 && self.dispatches < 1 << 20 {
            self.dispatches *= 2;
        }
        // What else runs on this machine makes it take longer, never shorter.
        let least = (0..3).map(|_| taken(self)).min().unwrap_or(Self::PIECE);
        let whole = Self::PIECE.as_secs_f64() / least.as_secs_f64();
        self.dispatches = (f64::from(self.dispatches) * whole).ceil() as u32;
    }

    fn submit(&self, window: &Window, pieces: u32) {
        for _ in 0..pieces {
            let mut commands = window.device.create_command_encoder(&Default::default());
            {
                let mut pass = commands.begin_compute_pass(&Default::default());
                pass.set_pipeline(&self.pipeline);
                pass.set_bind_group(0, &self.group, &[]);
                (0..self.dispatches).for_each(|_| pass.dispatch_workgroups(1, 1, 1));
            }
            window.queue.submit([commands.finish()]);
        }
    }

    /// Keeps it busy from now on, about so long.
    pub fn begin(&self, window: &Window, length: Duration) {
        self.is_over.store(false, Ordering::Release);
        self.submit(window, length.as_millis().div_ceil(Self::PIECE.as_millis()) as u32);
        let is_over = Arc::clone(&self.is_over);
        window.queue.on_submitted_work_done(move || is_over.store(true, Ordering::Release));
    }

    /// Whether it is done. Somebody must poll the device for it to be said.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }
}
