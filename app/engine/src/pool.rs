//! A pool of buffers for pictures that are drawn here: a buffer that nobody else holds is reused.

use std::sync::Arc;

use crossbeam_queue::ArrayQueue;

use crate::frame::{Frame, PixelFormat, Plane, Planes, plane_size};

/// Where the planes of an I420 picture are in one buffer. Strides are multiples of four, as
/// GStreamer lays I420 out by default, so that an encoder takes the buffer as it is.
#[derive(Clone, Copy, Debug)]
struct I420Layout {
    offsets: [usize; 4],
    strides: [usize; 3],
}

impl I420Layout {
    fn new(width: u32, height: u32) -> Self {
        let mut offsets = [0; 4];
        let mut strides = [0; 3];
        for index in 0..3 {
            let (wide, _) = plane_size(width, height, index);
            // Luma rows are rounded up to an even number, chroma follows.
            let (_, chroma_rows) = plane_size(width, height, 1);
            let rows = if index == 0 { chroma_rows * 2 } else { chroma_rows };
            strides[index] = wide.next_multiple_of(4);
            offsets[index + 1] = offsets[index] + strides[index] * rows;
        }
        Self { offsets, strides }
    }
}

/// A pool of buffers of one size. May be shared between threads; takes no lock.
#[derive(Clone, Debug)]
pub struct FramePool {
    width: u32,
    height: u32,
    layout: I420Layout,
    /// The buffers with their handles, so that reusing one allocates nothing. One that nobody else
    /// holds is idle.
    buffers: Arc<ArrayQueue<Arc<Buffer>>>,
}

impl FramePool {
    /// A pool for pictures of this size that keeps up to `keep` buffers (at least one).
    pub fn new(width: u32, height: u32, keep: usize) -> Self {
        let layout = I420Layout::new(width, height);
        Self { width, height, layout, buffers: Arc::new(ArrayQueue::new(keep.max(1))) }
    }

    /// Width and height of its pictures in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// A canvas to draw on; it still holds an earlier picture. Allocates only if no buffer is idle.
    pub fn take(&self) -> Canvas {
        let buffer = self.idle().unwrap_or_else(|| {
            Arc::new(Buffer { bytes: vec![0; self.layout.offsets[3]], layout: self.layout })
        });
        let (width, height, buffers) = (self.width, self.height, Arc::clone(&self.buffers));
        Canvas { width, height, buffer, buffers }
    }

    /// The oldest idle buffer; those still held go to the back of the queue.
    fn idle(&self) -> Option<Arc<Buffer>> {
        for _ in 0..self.buffers.len() {
            let mut buffer = self.buffers.pop()?;
            if Arc::get_mut(&mut buffer).is_some() {
                return Some(buffer);
            }
            // Another thread may have filled its slot: then it is freed with its last handle.
            drop(self.buffers.push(buffer));
        }
        None
    }
}

/// A picture being drawn.
pub struct Canvas {
    width: u32,
    height: u32,
    /// Not shared yet.
    buffer: Arc<Buffer>,
    buffers: Arc<ArrayQueue<Arc<Buffer>>>,
}

impl Canvas {
    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Width and height of a plane in pixels.
    pub fn plane_size(&self, index: usize) -> (usize, usize) {
        plane_size(self.width, self.height, index)
    }

    /// The bytes of plane 0 (Y'), 1 (Cb) or 2 (Cr), and its stride.
    pub fn plane_mut(&mut self, index: usize) -> (&mut [u8], usize) {
        let I420Layout { offsets, strides } = self.buffer.layout;
        let buffer = Arc::make_mut(&mut self.buffer);
        (&mut buffer.bytes[offsets[index]..offsets[index + 1]], strides[index])
    }

    /// The finished picture; no byte is copied. A full pool does not keep the buffer: its bound is
    /// a bound on memory.
    pub fn finish(self) -> Frame {
        drop(self.buffers.push(Arc::clone(&self.buffer)));
        Frame::new(self.width, self.height, PixelFormat::PROGRAMME, self.buffer)
    }
}

#[derive(Clone, Debug)]
struct Buffer {
    bytes: Vec<u8>,
    layout: I420Layout,
}

impl Planes for Buffer {
    fn plane(&self, index: usize) -> Plane<'_> {
        let I420Layout { offsets, strides } = self.layout;
        Plane { data: &self.bytes[offsets[index]..offsets[index + 1]], stride: strides[index] }
    }

    fn whole(&self) -> Option<&[u8]> {
        Some(&self.bytes)
    }
}
