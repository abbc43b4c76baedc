//! What the shaders read of a frame: axes and masks as tables, and the values of each draw call.

use crate::axis::{Axis, ONE};
use crate::colour::ColourConversion;
use crate::mask::Mask;

/// Bytes from the values of one draw call to the next: the largest offset alignment there is.
pub const DRAW: usize = 256;

/// The tables and the draw calls of one frame, as words.
#[derive(Default)]
pub struct Tables {
    /// The tables of all draw calls.
    pub words: Vec<u32>,
    /// [`DRAW`] bytes each.
    pub draws: Vec<u32>,
}

/// The axes of a component, as the shader has them.
pub type Axes = [u32; 8];

/// The values of the draw call of a pane.
pub struct PaneDraw<'a> {
    /// The plane's size.
    pub plane: (usize, usize),
    /// The pane's mask on it.
    pub mask: &'a Mask,
    /// The axes of its own component, and of chroma where Y' depends on it.
    pub axes: [Axes; 2],
    /// Codes.
    pub border: [u8; 3],
    /// Codes times alpha and alpha, 0 to 1.
    pub flat: [f32; 4],
    /// To BT.709 limited.
    pub convert: Option<ColourConversion>,
    /// Which plane: 0, or 1 for chroma.
    pub chroma: bool,
}

impl Tables {
    /// Begins a frame.
    pub fn clear(&mut self) {
        self.words.clear();
        self.draws.clear();
    }

    /// Adds the axes of a component.
    pub fn add_axes(&mut self, across: &Axis, down: &Axis) -> Axes {
        let [a, b] = [across, down].map(|axis| {
            let offset = self.words.len() as u32;
            self.words.extend(&axis.first);
            let weights = axis.weights.iter();
            let part = |weight: &i16| (f32::from(*weight) / f32::from(ONE)).to_bits();
            self.words.extend(weights.map(part));
            [offset, axis.start as u32, axis.len() as u32, axis.taps as u32]
        });
        let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a, b);
        [a0, a1, a2, a3, b0, b1, b2, b3]
    }

    /// Adds the draw call of a pane; returns its offset in bytes.
    pub fn add_pane(&mut self, pane: &PaneDraw<'_>) -> u32 {
        let PaneDraw { plane, mask, axes, border, flat, convert, chroma } = pane;
        let rows = self.words.len() as u32;
        self.words.extend(mask.kinds_of_rows());
        let cells = self.words.len() as u32;
        self.words.extend(mask.cells());
        let start = self.draws.len();
        let (x, y) = mask.start;
        let numbers = [x, y, mask.width, mask.height(), plane.0, plane.1].map(|value| value as u32);
        self.draws.extend(numbers);
        self.draws.extend([rows, cells]);
        self.draws.extend(axes.iter().flatten());
        let [y, cb, cr] = border.map(|code| f32::from(code) / 255.0);
        let same = |own: f32, b: f32, r: f32| [own, b, r, 0.0];
        let rows = match convert {
            Some(convert) => {
                let [cb, cr] = convert.chroma.map(|linear| linear.floats());
                [convert.luma.floats(), cb, cr]
            }
            None => [same(1.0, 0.0, 0.0), same(0.0, 1.0, 0.0), same(0.0, 0.0, 1.0)],
        };
        let rows = rows.map(|[own, b, r, offset]| {
            // Where chroma is not sampled luma takes no part of it.
            let mixes = *chroma || convert.is_some_and(|convert| convert.mixes());
            if mixes { [own, b, r, offset] } else { [own, 0.0, 0.0, offset] }
        });
        let floats = [[y, cb, cr, 0.0], *flat, rows[0], rows[1], rows[2]];
        self.draws.extend(floats.iter().flatten().map(|value| value.to_bits()));
        self.pad(start)
    }

    /// Adds the draw call of a graphic; returns its offset in bytes.
    pub fn add_graphic(
        &mut self,
        (x, y): (i64, i64),
        size: (usize, usize),
        plane: (usize, usize),
        opacity: f64,
    ) -> u32 {
        let start = self.draws.len();
        self.draws.extend([x as i32 as u32, y as i32 as u32]);
        self.draws.extend([size.0, size.1, plane.0, plane.1].map(|value| value as u32));
        self.draws.extend([(opacity as f32).to_bits(), 0]);
        self.pad(start)
    }

    fn pad(&mut self, start: usize) -> u32 {
        self.draws.resize(start + DRAW / 4, 0);
        (start * 4) as u32
    }
}
