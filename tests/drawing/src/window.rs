//! A device as a window has it, and what can be done on it beside composing.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use compositor::{Gpu, GpuError};
use wgpu::{Adapter, Device, Limits, Queue, TextureView};

/// A window's device, opened for this much.
#[derive(Clone)]
pub struct Window {
    /// The GPU it is of.
    pub adapter: Adapter,
    /// The device.
    pub device: Device,
    /// Its only queue.
    pub queue: Queue,
}

/// Outside browsers these futures are ready at once.
fn ready<T>(future: impl Future<Output = T>) -> Result<T, String> {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Ok(value),
        Poll::Pending => Err("it does not answer".to_owned()),
    }
}

impl Window {
    /// Opens the GPU that [`Gpu::open`] opens, with these limits.
    ///
    /// # Errors
    /// There is none, or it cannot be opened.
    pub fn open(required_limits: Limits) -> Result<Self, String> {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = wgpu::Backends::VULKAN;
        let instance = wgpu::Instance::new(descriptor);
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let adapter = ready(instance.request_adapter(&options))?;
        let adapter = adapter.map_err(|error| error.to_string())?;
        let descriptor = wgpu::DeviceDescriptor { required_limits, ..Default::default() };
        let device = ready(adapter.request_device(&descriptor))?;
        let (device, queue) = device.map_err(|error| error.to_string())?;
        Ok(Self { adapter, device, queue })
    }

    /// The same device, to compose on.
    ///
    /// # Errors
    /// It was opened for less than that needs.
    pub fn gpu(&self) -> Result<Arc<Gpu>, GpuError> {
        Gpu::shared(&self.adapter, self.device.clone(), self.queue.clone()).map(Arc::new)
    }

    /// Waits until all that was sent to it is done.
    ///
    /// # Panics
    /// The device is lost.
    pub fn wait(&self) {
        self.device.poll(wgpu::PollType::wait_indefinitely()).expect("a device");
    }

    /// The samples of a texture, one after the other.
    ///
    /// # Panics
    /// The device is lost.
    pub fn read(&self, view: &TextureView) -> Vec<f32> {
        let texture = view.texture();
        let bytes = texture.format().block_copy_size(None).expect("not compressed") as usize;
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
        buffer.map_async(wgpu::MapMode::Read, .., |mapped| mapped.expect("a device"));
        self.wait();
        let bytes = buffer.get_mapped_range(..).expect("it is mapped");
        let rows = bytes.chunks(stride).flat_map(|bytes| bytes[..row].chunks(2));
        rows.map(|two| half(u16::from_le_bytes([two[0], two[1]]))).collect()
    }
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
