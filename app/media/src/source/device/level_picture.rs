//! The picture of a microphone: how loud it is, so that whoever sees it on a bus or as a thumbnail sees that it lives.

use engine::{Canvas, Frame, FramePool};
use show::Colour;

/// Its size in pixels.
const SIZE: (u32, u32) = (320, 180);
/// How many of its pictures are kept for the next ones.
const KEPT: usize = 8;
/// The quietest that is shown, and from where on it is loud, in dBFS.
const QUIET: f32 = -60.0;
const LOUD: f32 = -9.0;
/// By how much a bar falls from one picture to the next, in dB: a second takes 25.
const FALLS: f32 = 2.0;

const GROUND: Colour = Colour::rgb(0x16, 0x1b, 0x22);
const EMPTY: Colour = Colour::rgb(0x26, 0x2d, 0x37);
const FILLED: Colour = Colour::rgb(0x3f, 0x9f, 0xb5);
const HOT: Colour = Colour::rgb(0xe0, 0xa0, 0x3c);

/// Left and width of each bar, and top and bottom of both, in pixels.
const BARS: [(usize, usize); 2] = [(112, 40), (168, 40)];
const TOP: usize = 22;
const BOTTOM: usize = 158;

/// Draws it.
pub struct LevelPicture {
    pool: FramePool,
    /// What its bars show, in dBFS.
    shown: [f32; 2],
}

impl Default for LevelPicture {
    fn default() -> Self {
        Self { pool: FramePool::new(SIZE.0, SIZE.1, KEPT), shown: [QUIET; 2] }
    }
}

impl LevelPicture {
    /// The next picture, of the highest samples of both sides since the last one.
    pub fn draw(&mut self, peaks: [f32; 2]) -> Frame {
        let mut canvas = self.pool.take();
        let (width, height) = (SIZE.0 as usize, SIZE.1 as usize);
        fill(&mut canvas, (0, 0, width, height), GROUND);
        for ((shown, peak), (left, wide)) in self.shown.iter_mut().zip(peaks).zip(BARS) {
            *shown = (20.0 * peak.max(1e-6).log10()).clamp(QUIET, 0.0).max(*shown - FALLS);
            let at = |level: f32| {
                let part = ((level - QUIET) / -QUIET).clamp(0.0, 1.0);
                // Chroma has half as many rows.
                (BOTTOM - (part * (BOTTOM - TOP) as f32) as usize) & !1
            };
            let (loud, now) = (at(LOUD), at(*shown));
            fill(&mut canvas, (left, TOP, left + wide, BOTTOM), EMPTY);
            fill(&mut canvas, (left, now.max(loud), left + wide, BOTTOM), FILLED);
            fill(&mut canvas, (left, now.min(loud), left + wide, loud), HOT);
        }
        canvas.finish()
    }
}

/// Fills from left and top to right and bottom, in even pixels.
fn fill(canvas: &mut Canvas, (left, top, right, bottom): (usize, usize, usize, usize), of: Colour) {
    for (index, value) in of.to_bt709().into_iter().enumerate() {
        let part = if index == 0 { 1 } else { 2 };
        let (bytes, stride) = canvas.plane_mut(index);
        for row in top / part..bottom / part {
            bytes[row * stride + left / part..row * stride + right / part].fill(value);
        }
    }
}
