//! The test pattern: a moving picture that shows its frame number, and a click with a flash each
//! second. Everything follows from the frame number, so two of them agree to the last pixel.
//!
//! The number is drawn at the top and at the bottom, each in [`BAR_ROWS`] of the height, as [`CELLS`]
//! cells across the whole width, black for 0 and white for 1: `10`, four bits of tag, twenty of the
//! number, four of check (the nibbles of tag and number, exclusive or), `01`; the highest bit first.

use engine::{Canvas, FrameIndex, FramePool};
use show::{Colour, Format, FrameRate};

/// How many cells a bar has.
pub const CELLS: usize = 32;
/// A bar's height, as a fraction of the picture's.
pub const BAR_ROWS: f64 = 1.0 / 10.0;
/// Numbers wrap after this many frames: nearly five hours at 60 frames a second.
pub const NUMBERS: u64 = 1 << 20;
/// The flash: (left, top, width, height) as fractions of the picture; black except on its frames.
pub const FLASH: (f64, f64, f64, f64) = (0.4, 0.4, 0.2, 0.2);
/// How many frames a flash is white.
pub const FLASH_FRAMES: u64 = 2;
/// How many samples a click lasts: 10 ms.
pub const CLICK_SAMPLES: u64 = 480;
/// The click's amplitude, -6 dBFS.
pub const CLICK_LEVEL: f32 = 0.5;

/// The cells of a bar.
pub fn cells(tag: u8, number: u64) -> [bool; CELLS] {
    let (tag, number) = (u32::from(tag & 15), (number % NUMBERS) as u32);
    let nibbles = (0..5).map(|index| (number >> (4 * index)) & 15);
    let check = nibbles.fold(tag, |check, nibble| check ^ nibble);
    let word = 0b10 << 30 | tag << 26 | number << 6 | check << 2 | 0b01;
    std::array::from_fn(|cell| word >> (CELLS - 1 - cell) & 1 == 1)
}

/// Reads the tag and the number of a bar; `None` if the cells are not a valid bar.
pub fn read_cells(cells: &[bool; CELLS]) -> Option<(u8, u64)> {
    let word = cells.iter().fold(0_u32, |word, cell| word << 1 | u32::from(*cell));
    let (tag, number) = ((word >> 26 & 15) as u8, u64::from(word >> 6 & 0xf_ffff));
    (self::cells(tag, number) == *cells).then_some((tag, number))
}

/// The second that begins on this frame, if one does: that frame flashes and clicks.
pub fn second_on(rate: FrameRate, n: u64) -> Option<u64> {
    let (num, den) = rate.fraction();
    let (num, den) = (u64::from(num), u64::from(den));
    // The first frame at or after second k is the k * num / den th, rounded up.
    let second = n * den / num;
    let first = |second: u64| (second * num).div_ceil(den);
    [second, second + 1].into_iter().find(|second| first(*second) == n)
}

/// Generates a test pattern's pictures and sound.
pub struct Pattern {
    format: Format,
    tag: u8,
    pool: FramePool,
    base: engine::Frame,
}

impl Pattern {
    /// A test pattern in this format; `tag`, 0 to 15, tells several apart.
    pub fn new(format: Format, tag: u8) -> Self {
        let (width, height) = format.raster.size();
        let pool = FramePool::new(width, height, 12);
        let mut base = pool.take();
        draw_base(&mut base, tag);
        Self { format, tag, pool, base: base.finish() }
    }

    /// The picture of frame `n`.
    pub fn picture(&self, n: u64) -> engine::Frame {
        let mut canvas = self.pool.take();
        for index in 0..3 {
            let (bytes, _) = canvas.plane_mut(index);
            bytes.copy_from_slice(self.base.plane(index).data);
        }
        let (width, height) = canvas.size();
        let (w, h) = (f64::from(width), f64::from(height));
        let lit = (0..FLASH_FRAMES).any(|ago| {
            n.checked_sub(ago).is_some_and(|n| second_on(self.format.rate, n).is_some())
        });
        if lit {
            let (x, y, wide, high) = FLASH;
            fill(&mut canvas, (x * w, y * h, wide * w, high * h), Colour::WHITE);
        }
        // A block that jumps on each frame; its position repeats only after 97 frames.
        let at = (n * 7 % 97) as f64 / 97.0;
        fill(&mut canvas, (at * (w - w / 40.0), 0.65 * h, w / 40.0, 0.1 * h), Colour::WHITE);
        let bar = h * BAR_ROWS;
        for (cell, on) in cells(self.tag, n).into_iter().enumerate() {
            let colour = if on { Colour::WHITE } else { Colour::BLACK };
            let (x, wide) = (w * cell as f64 / CELLS as f64, w / CELLS as f64);
            fill(&mut canvas, (x, 0.0, wide, bar), colour);
            fill(&mut canvas, (x, h - bar, wide, bar), colour);
        }
        canvas.finish()
    }

    /// Appends the sound of frame `n` to `out`, interleaved stereo: a click at its first sample if a
    /// second begins on it, else silence.
    pub fn sound(&self, n: u64, out: &mut Vec<f32>) {
        let rate = self.format.rate;
        let (from, to) = (FrameIndex(n).samples(rate), FrameIndex(n + 1).samples(rate));
        let click = second_on(rate, n).is_some();
        for sample in 0..to - from {
            let phase = sample as f32 / Format::AUDIO_RATE as f32 * 1_000.0;
            let wave = (phase * std::f32::consts::TAU).cos() * CLICK_LEVEL;
            let value = if click && sample < CLICK_SAMPLES { wave } else { 0.0 };
            out.extend([value, value]);
        }
    }
}

/// Draws what does not move: eight colour bars and a ramp.
fn draw_base(canvas: &mut Canvas, tag: u8) {
    let (width, height) = canvas.size();
    let (w, h) = (f64::from(width), f64::from(height));
    for bar in 0..8_u8 {
        let on = |bit: u8| if bar & bit == 0 { 191 } else { 0 };
        let colour = Colour::rgb(on(2), on(4), on(1));
        fill(canvas, (w * f64::from(bar) / 8.0, 0.0, w / 8.0 + 1.0, h), colour);
    }
    let steps = 64;
    for step in 0..steps {
        let value = (step * 255 / (steps - 1)) as u8;
        let (x, wide) = (w * f64::from(step) / f64::from(steps), w / f64::from(steps) + 1.0);
        fill(canvas, (x, 0.78 * h, wide, 0.1 * h), Colour::rgb(value, value, value));
    }
    let (x, y, wide, high) = FLASH;
    fill(canvas, (x * w, y * h, wide * w, high * h), Colour::BLACK);
    let shade = 40 + tag * 8;
    fill(canvas, (0.0, 0.65 * h, w, 0.1 * h), Colour::rgb(shade, 60, 120));
}

/// Fills a rectangle given in pixels, clipped to the canvas.
fn fill(canvas: &mut Canvas, (x, y, w, h): (f64, f64, f64, f64), colour: Colour) {
    for (index, value) in colour.to_bt709().into_iter().enumerate() {
        let (wide, high) = canvas.plane_size(index);
        let scale = if index == 0 { 1.0 } else { 0.5 };
        let edge = |place: f64, most: usize| ((place * scale).round() as usize).min(most);
        let (left, right) = (edge(x, wide), edge(x + w, wide));
        let (top, bottom) = (edge(y, high), edge(y + h, high));
        let (bytes, stride) = canvas.plane_mut(index);
        for row in top..bottom {
            bytes[row * stride + left..row * stride + right].fill(value);
        }
    }
}
