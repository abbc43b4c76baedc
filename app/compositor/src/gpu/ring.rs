//! Readback: packed pictures in a ring of buffers that are mapped once the GPU has filled them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use engine::{Frame, FrameIndex, FramePool, Picture};
use show::SourceId;
use wgpu::{Buffer, BufferUsages, CommandEncoder, MapMode, PollType};

use super::device::Gpu;
use crate::paint::plane_size;

/// A frame that was submitted and not yet returned.
pub enum Pending {
    /// It is finished.
    Done(FrameIndex, Frame),
    /// The GPU has it; what it was drawn from is kept in case the GPU is lost.
    Drawn { frame: FrameIndex, slot: usize, picture: Picture, sources: Vec<(SourceId, Frame)> },
    /// The GPU that had it is lost.
    Lost { frame: FrameIndex, picture: Picture, sources: Vec<(SourceId, Frame)> },
}

impl Pending {
    /// Which frame it is.
    pub fn frame(&self) -> FrameIndex {
        match self {
            Self::Done(frame, _) | Self::Drawn { frame, .. } | Self::Lost { frame, .. } => *frame,
        }
    }

    /// Marks its GPU as lost.
    pub fn mark_lost(&mut self) {
        if let Self::Drawn { frame, picture, sources, .. } = self {
            let (picture, sources) = (picture.clone(), std::mem::take(sources));
            *self = Self::Lost { frame: *frame, picture, sources };
        }
    }
}

const FREE: u8 = 0;
const DRAWING: u8 = 1;
const READY: u8 = 2;
const FAILED: u8 = 3;
/// The GPU still writes into it, but its frame was given up.
const ABANDONED: u8 = 4;
/// It was abandoned, and the GPU is done with it.
const RECLAIMABLE: u8 = 5;

/// How many pictures are kept for reuse: those on their way to several encoders and monitors.
const KEPT: usize = 10;

/// The ring of buffers.
pub struct Ring {
    size: (u32, u32),
    pool: FramePool,
    packed: Buffer,
    slots: Vec<(Buffer, Arc<AtomicU8>)>,
}

impl Ring {
    /// Two are in flight at any time; two more before the CPU has to step in.
    pub const SLOTS: usize = 4;

    pub fn new(gpu: &Gpu, size: (u32, u32)) -> Self {
        let bytes = plane_words(size).iter().sum::<usize>() as u64 * 4;
        let buffer = |usage| {
            let mapped_at_creation = false;
            let descriptor =
                wgpu::BufferDescriptor { label: None, size: bytes, usage, mapped_at_creation };
            gpu.device.create_buffer(&descriptor)
        };
        let slot = |_| {
            let usage = BufferUsages::MAP_READ | BufferUsages::COPY_DST;
            (buffer(usage), Arc::new(AtomicU8::new(FREE)))
        };
        Self {
            size,
            pool: FramePool::new(size.0, size.1, KEPT),
            packed: buffer(BufferUsages::STORAGE | BufferUsages::COPY_SRC),
            slots: (0..Self::SLOTS).map(slot).collect(),
        }
    }

    /// Where a picture is packed.
    pub fn packed(&self) -> &Buffer {
        &self.packed
    }

    /// Gives up a frame that is late: its buffer is free once the GPU is done with it.
    pub fn abandon(&self, slot: usize) {
        let state = &self.slots[slot].1;
        if state.compare_exchange(DRAWING, ABANDONED, Ordering::AcqRel, Ordering::Acquire).is_err()
        {
            // It finished just now.
            self.release(slot);
        }
    }

    /// A free buffer.
    pub fn free_slot(&self) -> Option<usize> {
        for slot in 0..self.slots.len() {
            if self.slots[slot].1.load(Ordering::Acquire) == RECLAIMABLE {
                self.release(slot);
            }
        }
        self.slots.iter().position(|(_, state)| state.load(Ordering::Acquire) == FREE)
    }

    /// Whether the GPU is not done with a frame yet.
    pub fn is_busy(&self) -> bool {
        self.slots
            .iter()
            .any(|(_, state)| matches!(state.load(Ordering::Acquire), DRAWING | ABANDONED))
    }

    /// Submits a frame, which is read back into a free buffer.
    pub fn submit(&self, gpu: &Gpu, mut encoder: CommandEncoder, slot: usize) {
        let (buffer, state) = &self.slots[slot];
        encoder.copy_buffer_to_buffer(&self.packed, 0, buffer, 0, buffer.size());
        state.store(DRAWING, Ordering::Release);
        gpu.queue.submit([encoder.finish()]);
        let state = Arc::clone(state);
        buffer.map_async(MapMode::Read, .., move |result| {
            let end = if result.is_ok() { READY } else { FAILED };
            let (before, any) = (Ordering::AcqRel, Ordering::Acquire);
            if state.compare_exchange(DRAWING, end, before, any).is_err() {
                state.store(RECLAIMABLE, Ordering::Release);
            }
        });
    }

    /// Polls the device for finished frames, without waiting.
    pub fn poll(&self, gpu: &Gpu) {
        if gpu.device.poll(PollType::Poll).is_err() {
            gpu.mark_lost();
        }
    }

    /// Waits for everything. A loaded software GPU takes seconds, so a time-out is retried.
    pub fn wait(&self, gpu: &Gpu) {
        for _ in 0..10 {
            let timeout = Some(Duration::from_secs(10));
            if gpu.device.poll(PollType::Wait { submission_index: None, timeout }).is_ok() {
                return;
            }
        }
        gpu.mark_lost();
    }

    /// Whether a buffer's frame is finished, or never will be.
    pub fn is_ready(&self, slot: usize) -> bool {
        matches!(self.slots[slot].1.load(Ordering::Acquire), READY | FAILED)
    }

    /// Copies the picture out of a buffer that is ready; none if it failed.
    pub fn read(&mut self, slot: usize) -> Option<Frame> {
        let (buffer, state) = &self.slots[slot];
        if state.load(Ordering::Acquire) != READY {
            return None;
        }
        let mut canvas = self.pool.take();
        {
            let view = buffer.get_mapped_range(..).ok()?;
            let mut start = 0;
            for (index, words) in plane_words(self.size).into_iter().enumerate() {
                let (bytes, _) = canvas.plane_mut(index);
                let length = words * 4;
                bytes[..length].copy_from_slice(&view[start..start + length]);
                start += length;
            }
        }
        buffer.unmap();
        state.store(FREE, Ordering::Release);
        Some(canvas.finish())
    }

    /// Frees a buffer whose picture could not be read.
    pub fn release(&self, slot: usize) {
        let (buffer, state) = &self.slots[slot];
        buffer.unmap();
        state.store(FREE, Ordering::Release);
    }
}

/// Words of each packed plane: rows of whole words, as a pool's canvas has them.
pub fn plane_words(size: (u32, u32)) -> [usize; 3] {
    [0, 1, 2].map(|plane| {
        let (wide, high) = plane_size(size, plane);
        wide.div_ceil(4) * high
    })
}
