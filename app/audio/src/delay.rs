//! The delay of a strip.

use engine::StripPlan;

use crate::RATE;

const PER_MILLI: usize = RATE as usize / 1_000;
/// The most frames that are written before they are read: the room in the line beyond the longest
/// delay.
const CHUNK: usize = 1_024;
const LINE: usize = StripPlan::MAX_DELAY_MILLIS as usize * PER_MILLI + CHUNK;

/// A delay line that takes no memory (3.8 MB) before its first use.
#[derive(Default)]
pub(crate) struct Delay {
    line: Vec<[f32; 2]>,
    /// Where the next frame is written.
    at: usize,
    /// The delay of the last block in frames.
    frames: usize,
}

impl Delay {
    /// Whether the line may still hold sound.
    pub(crate) fn in_use(&self) -> bool {
        !self.line.is_empty()
    }

    /// Delays a block in place. A new delay is cross-faded over the block, so that nothing clicks.
    pub(crate) fn process(&mut self, block: &mut [f32], millis: u32) {
        let frames = millis.min(StripPlan::MAX_DELAY_MILLIS) as usize * PER_MILLI;
        if self.line.is_empty() {
            if frames == 0 {
                return;
            }
            self.line.resize(LINE, [0.0; 2]);
        }
        let from = std::mem::replace(&mut self.frames, frames);
        let block = block.as_chunks_mut::<2>().0;
        let part = if from == frames { 0.0 } else { 1.0 / block.len().max(1) as f32 };
        let mut done = 0;
        for chunk in block.chunks_mut(CHUNK) {
            let (mut old, mut new) = (self.index_behind(from), self.index_behind(frames));
            self.write(chunk);
            for frame in chunk {
                done += 1;
                let heard = self.next(&mut new);
                *frame = if from == frames {
                    heard
                } else {
                    let (left, share) = (self.next(&mut old), done as f32 * part);
                    [0, 1].map(|side| left[side] + (heard[side] - left[side]) * share)
                };
            }
        }
    }

    /// The index of the frame this many frames before the next.
    fn index_behind(&self, frames: usize) -> usize {
        (self.at + LINE - frames) % LINE
    }

    fn write(&mut self, chunk: &[[f32; 2]]) {
        let end = chunk.len().min(LINE - self.at);
        self.line[self.at..self.at + end].copy_from_slice(&chunk[..end]);
        self.line[..chunk.len() - end].copy_from_slice(&chunk[end..]);
        self.at = (self.at + chunk.len()) % LINE;
    }

    fn next(&self, at: &mut usize) -> [f32; 2] {
        let frame = self.line[*at];
        *at = if *at + 1 == LINE { 0 } else { *at + 1 };
        frame
    }
}
