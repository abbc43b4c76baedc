//! Reads what the test pattern says of itself (`media::pattern`) from a decoded picture, or from a
//! pane of one: scaled, encoded and decoded as it may be.

use media::pattern::{self, CELLS};

/// The Y' plane of a picture.
#[derive(Clone, Copy, Debug)]
pub struct Luma<'a> {
    /// Rows of `stride` bytes, from the top.
    pub data: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
}

impl<'a> Luma<'a> {
    /// Of a picture of the engine's.
    pub fn of(frame: &'a engine::Frame) -> Self {
        let (plane, (width, height)) = (frame.plane(0), frame.plane_size(0));
        Self { data: plane.data, stride: plane.stride, width, height }
    }

    /// The mean of the pixels whose middle lies in the area; of the nearest one if there is none.
    pub fn mean(&self, area: Area) -> f64 {
        let span = |start: f64, length: f64, most: usize| {
            let first = (start - 0.5).ceil().max(0.0) as usize;
            let end = ((start + length - 0.5).ceil().max(0.0) as usize).min(most);
            let nearest = ((start + length / 2.0).max(0.0) as usize).min(most - 1);
            if first < end { first..end } else { nearest..nearest + 1 }
        };
        let (rows, columns) = (span(area.y, area.h, self.height), span(area.x, area.w, self.width));
        let count = (rows.len() * columns.len()) as f64;
        let sum: f64 = rows
            .map(|row| &self.data[row * self.stride..][columns.clone()])
            .map(|row| row.iter().map(|value| f64::from(*value)).sum::<f64>())
            .sum();
        sum / count
    }
}

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(missing_docs, reason = "the names are the field's")]
pub struct Area {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Area {
    /// All of a picture.
    pub fn whole(luma: &Luma<'_>) -> Self {
        Self { x: 0.0, y: 0.0, w: luma.width as f64, h: luma.height as f64 }
    }

    /// A pane's rectangle on a canvas of this size.
    pub fn pane(rect: show::Rect, (width, height): (u32, u32)) -> Self {
        let (w, h) = (f64::from(width), f64::from(height));
        Self { x: rect.x * w, y: rect.y * h, w: rect.w * w, h: rect.h * h }
    }

    /// A part of it, as fractions.
    fn part(self, x: f64, y: f64, w: f64, h: f64) -> Self {
        let (x, y) = (self.x + x * self.w, self.y + y * self.h);
        Self { x, y, w: w * self.w, h: h * self.h }
    }
}

/// What the two bars of a pane say: (tag, number) each, none if it is no bar or damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// At the top.
    pub top: Option<(u8, u64)>,
    /// At the bottom.
    pub bottom: Option<(u8, u64)>,
}

impl Reading {
    /// What both bars say, if they say the same: the picture is whole, and of one frame.
    pub fn both(self) -> Option<(u8, u64)> {
        self.top.filter(|_| self.top == self.bottom)
    }
}

/// White and black of a bar are at least so many codes apart, or it is none.
const LEAST_CONTRAST: f64 = 50.0;

/// Reads both bars of a pane.
pub fn read(luma: &Luma<'_>, pane: Area) -> Reading {
    let bar = pattern::BAR_ROWS;
    let (top, bottom) = (pane.part(0.0, 0.0, 1.0, bar), pane.part(0.0, 1.0 - bar, 1.0, bar));
    Reading { top: read_bar(luma, top), bottom: read_bar(luma, bottom) }
}

/// Whether the pane's flash is lit.
pub fn flash(luma: &Luma<'_>, pane: Area) -> bool {
    let (x, y, w, h) = pattern::FLASH;
    luma.mean(pane.part(x, y, w, h).part(0.25, 0.25, 0.5, 0.5)) > 125.0
}

/// The middle of each cell against half way between the darkest and the brightest: neither the
/// level nor the contrast of the pane matters, nor what scaling and coding do to the cells' edges.
fn read_bar(luma: &Luma<'_>, bar: Area) -> Option<(u8, u64)> {
    let cell = 1.0 / CELLS as f64;
    let means: [f64; CELLS] = std::array::from_fn(|index| {
        let cell = bar.part(index as f64 * cell, 0.0, cell, 1.0);
        luma.mean(cell.part(0.25, 0.25, 0.5, 0.5))
    });
    let (dark, bright) = means
        .iter()
        .fold((f64::MAX, f64::MIN), |(low, high), mean| (low.min(*mean), high.max(*mean)));
    if bright - dark < LEAST_CONTRAST {
        return None;
    }
    pattern::read_cells(&means.map(|mean| mean > (dark + bright) / 2.0))
}
