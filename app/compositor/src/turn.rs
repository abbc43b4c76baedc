//! Turned and mirrored pictures: which samples of the source make which of the result.

use show::PictureSettings;

/// How a picture lies in the one it was made of: its column and row are exchanged, then each counts from the other end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Whether a column of the source is a row.
    pub swaps: bool,
    /// Whether the source's columns count from its right edge.
    pub from_right: bool,
    /// Whether the source's rows count from its lower edge.
    pub from_bottom: bool,
}

impl Turn {
    /// As these settings turn it, and then mirror it.
    pub fn new(settings: &PictureSettings) -> Self {
        use show::Rotation::{Half, Left, None, Right};
        let (from_right, from_bottom) = match settings.rotation {
            None => (false, false),
            Right => (false, true),
            Half => (true, true),
            Left => (true, false),
        };
        let swaps = settings.rotation.is_quarter();
        let (mirror, flip) = (settings.mirror, settings.flip);
        let (across, down) = if swaps { (flip, mirror) } else { (mirror, flip) };
        Self { swaps, from_right: from_right != across, from_bottom: from_bottom != down }
    }

    /// Width and height of the result.
    pub fn size(self, (width, height): (u32, u32)) -> (u32, u32) {
        if self.swaps { (height, width) } else { (width, height) }
    }

    /// The width of its pixels over their height.
    pub fn pixel_aspect(self, aspect: f64) -> f64 {
        if self.swaps { 1.0 / aspect } else { aspect }
    }

    /// Where the chroma samples of a picture of half density are in one of this size in pixels, across and down of the
    /// source. They stand on the even pixels across and in the middle of two rows, before and after.
    pub fn chroma_lines(self, (width, height): (u32, u32)) -> (Line, Line) {
        let [wide, high] = [width, height].map(i64::from);
        let line = |first: i64, backward: bool| Line { first, step: if backward { -4 } else { 4 } };
        // In quarters of a chroma sample: twice those of a pixel.
        let across = match (self.swaps, self.from_right) {
            (false, false) => 0,
            (false, true) => 2 * (wide - 1),
            (true, false) => 1,
            (true, true) => 2 * wide - 3,
        };
        let down = match (self.swaps, self.from_bottom) {
            (false, false) => 0,
            (false, true) => 2 * (high - 2),
            (true, false) => -1,
            (true, true) => 2 * high - 3,
        };
        (line(across, self.from_right), line(down, self.from_bottom))
    }
}

/// Where the samples of an axis are read, in quarters of a sample of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The first.
    pub first: i64,
    /// From one to the next: a sample, forward or backward.
    pub step: i64,
}

impl Line {
    /// The two samples between which one is read, within a source of this length whose edge is repeated, and how far
    /// it is from the first to the second, in quarters.
    pub fn at(self, index: usize, length: usize) -> ([usize; 2], u16) {
        let at = self.first + self.step * index as i64;
        let (low, part) = (at.div_euclid(4), at.rem_euclid(4));
        let inside = |at: i64| at.clamp(0, length as i64 - 1) as usize;
        ([inside(low), inside(low + 1)], part as u16)
    }
}
