//! The weights of a pane's picture and its border in each canvas sample.

use crate::cache::CacheValue;

/// Start and length.
pub type Span = (f64, f64);

/// A pane's position and outline, in samples of a plane.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shape {
    /// Width and height of the plane.
    pub canvas: (usize, usize),
    /// The pane, across and down.
    pub pane: (Span, Span),
    /// The picture in it, across and down: smaller than the pane where it is letterboxed.
    pub picture: (Span, Span),
    /// Opacity of the picture alone, 0 to 1.
    pub picture_alpha: f64,
    /// Radius of the corners.
    pub corner: f64,
    /// Thickness of the border, inside the pane's edge.
    pub border: f64,
    /// Opacity of the border's colour, 0 to 1.
    pub border_alpha: f64,
    /// Opacity of the pane, 0 to 1.
    pub opacity: f64,
}

/// The weight that hides everything behind.
pub const FULL: u16 = 256;

/// The weights of a pane. Equal rows are kept once.
#[derive(Default)]
pub struct Mask {
    /// First column and row on the plane.
    pub start: (usize, usize),
    /// Columns.
    pub width: usize,
    /// For each row the kind it is of.
    rows: Vec<u32>,
    kinds: Vec<RowKind>,
    picture: Vec<u16>,
    border: Vec<u16>,
    /// Where only the picture is seen: first and end column, first and end row, from the start.
    pub solid: [usize; 4],
}

#[derive(Clone, Copy, Default)]
struct RowKind {
    solid: (usize, usize),
    has_picture: bool,
    has_border: bool,
}

/// The weights of a row.
#[derive(Clone, Copy)]
pub struct MaskRow<'a> {
    /// Shares of the picture, 0 to [`FULL`].
    pub picture: &'a [u16],
    /// Shares of the border; together with the picture's at most [`FULL`].
    pub border: &'a [u16],
    /// First and end column of the longest run of only picture.
    pub solid: (usize, usize),
    /// Whether the picture is seen at all.
    pub has_picture: bool,
    /// Whether the border is seen at all.
    pub has_border: bool,
}

impl Mask {
    /// How many rows.
    pub fn height(&self) -> usize {
        self.rows.len()
    }

    /// For each row the kind it is of.
    pub fn kinds_of_rows(&self) -> &[u32] {
        &self.rows
    }

    /// For each kind of row its cells: the picture's weight, and the border's in the upper half.
    pub fn cells(&self) -> impl Iterator<Item = u32> + '_ {
        let cells = self.picture.iter().zip(&self.border);
        cells.map(|(picture, border)| u32::from(*picture) | u32::from(*border) << 16)
    }

    /// A row, from the start.
    pub fn row(&self, index: usize) -> MaskRow<'_> {
        let kind = self.rows[index] as usize;
        let RowKind { solid, has_picture, has_border } = self.kinds[kind];
        let range = kind * self.width..(kind + 1) * self.width;
        let (picture, border) = (&self.picture[range.clone()], &self.border[range]);
        MaskRow { picture, border, solid, has_picture, has_border }
    }

    /// Adds a row kind, unless it equals the one before; returns its index.
    fn push(&mut self, weights: impl Iterator<Item = (u16, u16)>) -> u32 {
        let (start, width) = (self.picture.len(), self.width);
        for (picture, border) in weights {
            self.picture.push(picture);
            self.border.push(border);
        }
        if start >= width
            && self.picture[start - width..start] == self.picture[start..]
            && self.border[start - width..start] == self.border[start..]
        {
            self.picture.truncate(start);
            self.border.truncate(start);
        } else {
            let (picture, border) = (&self.picture[start..], &self.border[start..]);
            self.kinds.push(RowKind {
                solid: longest_run(picture.iter().map(|weight| *weight == FULL)),
                has_picture: picture.iter().any(|weight| *weight > 0),
                has_border: border.iter().any(|weight| *weight > 0),
            });
        }
        self.kinds.len() as u32 - 1
    }

    /// The rows around the middle that are all the same kind, as far as they are solid.
    fn find_solid(&self) -> [usize; 4] {
        let (from, to) = longest_equal(&self.rows);
        let Some(kind) = self.rows.get(from) else { return [0; 4] };
        let (left, right) = self.kinds[*kind as usize].solid;
        [left, right, from, to]
    }
}

impl CacheValue<Shape> for Mask {
    fn compute(&mut self, shape: &Shape) {
        let ((x, w), (y, h)) = shape.pane;
        let clamp = |at: f64, end: usize| at.clamp(0.0, end as f64) as usize;
        let (wide, high) = shape.canvas;
        let (left, right) = (clamp(x.floor(), wide), clamp((x + w).ceil(), wide));
        let (top, bottom) = (clamp(y.floor(), high), clamp((y + h).ceil(), high));
        self.start = (left, top);
        self.width = right - left;
        self.rows.clear();
        self.kinds.clear();
        self.picture.clear();
        self.border.clear();
        if self.width > 0 {
            let cover = Coverage::new(shape);
            let mut middle = None;
            for row in top..bottom {
                let is_middle = cover.is_middle_row(row as f64);
                let kind = middle
                    .filter(|_| is_middle)
                    .unwrap_or_else(|| self.push(cover.row(row as f64, left..right)));
                if is_middle {
                    middle = Some(kind);
                }
                self.rows.push(kind);
            }
        }
        self.solid = self.find_solid();
    }
}

/// The areas of a pane.
struct Coverage {
    outer: RoundRect,
    inner: RoundRect,
    picture: RoundRect,
    picture_alpha: f64,
    border_alpha: f64,
    opacity: f64,
}

impl Coverage {
    fn new(shape: &Shape) -> Self {
        let Shape { canvas: _, pane, picture, picture_alpha, .. } = *shape;
        let Shape { corner, border, border_alpha, opacity, .. } = *shape;
        let ((x, w), (y, h)) = pane;
        let radius = corner.min(w / 2.0).min(h / 2.0);
        let border = border.min(w / 2.0).min(h / 2.0);
        let inside = ((x + border, w - 2.0 * border), (y + border, h - 2.0 * border));
        Self {
            outer: RoundRect { spans: pane, radius },
            inner: RoundRect { spans: inside, radius: (radius - border).max(0.0) },
            picture: RoundRect { spans: picture, radius: 0.0 },
            picture_alpha,
            border_alpha,
            opacity,
        }
    }

    fn is_middle_row(&self, row: f64) -> bool {
        [&self.outer, &self.inner, &self.picture].iter().all(|round| {
            let (start, length) = round.spans.1;
            row >= start + round.radius && row + 1.0 <= start + length - round.radius
        })
    }

    fn is_middle_column(&self, column: f64) -> bool {
        [&self.outer, &self.inner, &self.picture].iter().all(|round| {
            let (start, length) = round.spans.0;
            column >= start + round.radius && column + 1.0 <= start + length - round.radius
        })
    }

    fn row(&self, row: f64, columns: std::ops::Range<usize>) -> impl Iterator<Item = (u16, u16)> {
        let mut middle = None;
        columns.map(move |column| {
            let is_middle = self.is_middle_column(column as f64);
            let weights =
                middle.filter(|_| is_middle).unwrap_or_else(|| self.weights(column as f64, row));
            if is_middle {
                middle = Some(weights);
            }
            weights
        })
    }

    /// The border is drawn over the picture, then the pane's opacity counts for both.
    fn weights(&self, column: f64, row: f64) -> (u16, u16) {
        let outer = self.outer.cover(column, row, self.outer.spans);
        let inner = self.inner.cover(column, row, self.outer.spans);
        let whole = self.outer.cover(column, row, self.picture.spans);
        let free = self.inner.cover(column, row, self.picture.spans);
        let seen = (free + (whole - free) * (1.0 - self.border_alpha)) * self.picture_alpha;
        let border = (outer - inner).max(0.0) * self.border_alpha;
        let weight = |share: f64| (share * self.opacity * f64::from(FULL)).round() as u16;
        let border = weight(border);
        (weight(seen).min(FULL - border), border)
    }
}

/// A rectangle with round corners.
struct RoundRect {
    spans: (Span, Span),
    radius: f64,
}

impl RoundRect {
    /// Strips of a sample that a corner's arc is measured in: within 0.004 of the true area.
    const STRIPS: u32 = 16;

    /// The area of a sample's square that is inside, and inside a rectangle too.
    fn cover(&self, column: f64, row: f64, clip: (Span, Span)) -> f64 {
        let ((x, w), (y, h)) = self.spans;
        let (across, down) = clip;
        let (column_end, row_end) = (column + 1.0, row + 1.0);
        let (left, right) = (column.max(across.0), column_end.min(across.0 + across.1));
        let (left, right) = (left.max(x), right.min(x + w));
        let (top, bottom) = (row.max(down.0), row_end.min(down.0 + down.1));
        if right <= left {
            return 0.0;
        }
        let height = |inset: f64| (bottom.min(y + h - inset) - top.max(y + inset)).max(0.0);
        let radius = self.radius;
        if left >= x + radius && right <= x + w - radius {
            return (right - left) * height(0.0);
        }
        let strip = (right - left) / f64::from(Self::STRIPS);
        let areas = (0..Self::STRIPS).map(|index| {
            let at = left + strip * (f64::from(index) + 0.5);
            let away = (x + radius - at).max(at - (x + w - radius)).max(0.0);
            height(radius - (radius * radius - away * away).max(0.0).sqrt())
        });
        areas.sum::<f64>() * strip
    }
}

/// First and end of the longest run.
fn longest_run(items: impl Iterator<Item = bool>) -> (usize, usize) {
    let mut best = (0, 0);
    let mut start = 0;
    for (index, item) in items.enumerate() {
        if !item {
            start = index + 1;
        } else if index + 1 - start > best.1 - best.0 {
            best = (start, index + 1);
        }
    }
    best
}

/// First and end of the longest run of equal items.
fn longest_equal(items: &[u32]) -> (usize, usize) {
    let mut best = (0, 0);
    let mut start = 0;
    for index in 0..items.len() {
        if items[index] != items[start] {
            start = index;
        }
        if index + 1 - start > best.1 - best.0 {
            best = (start, index + 1);
        }
    }
    best
}
