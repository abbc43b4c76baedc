//! The rest of a rectangle from which others are subtracted.

/// First and end column, first and end row.
pub type PixelRect = [usize; 4];

/// A set of rectangles that do not overlap.
#[derive(Default)]
pub struct Region {
    rects: Vec<PixelRect>,
    next: Vec<PixelRect>,
}

impl Region {
    /// Starts with one rectangle.
    pub fn reset(&mut self, whole: PixelRect) {
        self.rects.clear();
        self.rects.push(whole);
    }

    /// Subtracts a rectangle.
    pub fn subtract(&mut self, [left, right, top, bottom]: PixelRect) {
        if left >= right || top >= bottom {
            return;
        }
        self.next.clear();
        for [x, x_end, y, y_end] in self.rects.drain(..) {
            let (upper, lower) = (top.clamp(y, y_end), bottom.clamp(y, y_end));
            let (first, last) = (left.clamp(x, x_end), right.clamp(x, x_end));
            let rest = [
                [x, x_end, y, upper],
                [x, x_end, lower, y_end],
                [x, first, upper, lower],
                [last, x_end, upper, lower],
            ];
            self.next.extend(rest.iter().filter(|[x, x_end, y, y_end]| x < x_end && y < y_end));
        }
        std::mem::swap(&mut self.rects, &mut self.next);
    }

    /// The rectangles that are left.
    pub fn rects(&self) -> &[PixelRect] {
        &self.rects
    }
}
