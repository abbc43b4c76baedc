//! The definition of every drawing operation, slow and plain: 32-bit floats, no fast way, no caches.
//! Backends of `compositor` are held to it.
//!
//! - Everything is done in codes of BT.709, limited range; a source becomes that once, on its way in.
//! - A picture that shrinks along an axis is the mean of its samples over each canvas sample's area;
//!   one that grows is interpolated linearly at the sample's middle. Outside the part of a source
//!   that is seen its edge is repeated.
//! - A source's pixels are as wide as its pixel aspect says: that much wider it is fitted or fills its pane.
//! - A source's settings make another picture of it first (`reference/adjusted.rs`); what they crop, a pane crops
//!   further.
//! - Chroma samples of half density stand on the even pixels across (chroma_sample_loc_type 0) and in
//!   the middle of two rows down. R'G'B'A sources have chroma in every pixel.
//! - A canvas sample is covered by a pane as far as the area of its square is; a chroma sample's square
//!   is that of its two by two pixels. Borders lie inside the pane's edge, over the picture; then the
//!   pane's opacity counts for both.
//! - Graphics lie at whole pixels. Their chroma is weighted 1/4, 1/2, 1/4 across and 1/2, 1/2 down.
//! - A mix of two buses is the weighted mean of the finished pictures, in whole codes.

use std::collections::BTreeMap;

use engine::{Frame, Graphic, Matrix, Picture, Pinned, PixelLayout, PrepKey, Range};
use show::{AssetId, Background, Colour, Crop, Fit, Pane, Rect, SourceId, SourceKind};

mod adjusted;
mod cover;
mod source;

pub use cover::Cover;
pub use source::{Image, Sampled};

/// What there is to draw, and what with.
pub struct World<'a> {
    /// Width and height of the canvas in pixels.
    pub size: (usize, usize),
    /// Pictures of sources.
    pub sources: &'a [(SourceId, Frame)],
    /// Prepared graphics and pictures, by name.
    pub images: &'a BTreeMap<PrepKey, Image>,
}

/// A finished picture: codes of Y', Cb, Cr.
pub struct Drawn {
    /// Width and height in pixels.
    pub size: (usize, usize),
    /// Rows of codes.
    pub planes: [Vec<f32>; 3],
    /// Samples that lie within two samples of some edge.
    pub edges: [Vec<bool>; 3],
}

/// Start and length.
pub type Span = (f64, f64);

impl World<'_> {
    /// Draws a picture.
    pub fn draw(&self, picture: &Picture) -> Drawn {
        match picture {
            Picture::One(bus) => self.bus(bus),
            Picture::Mix { from, to, part, whole } => {
                let (mut from, mut to) = (self.bus(from), self.bus(to));
                for plane in from.planes.iter_mut().chain(&mut to.planes) {
                    plane.iter_mut().for_each(|code| *code = code.round());
                }
                let share = *part as f32 / *whole as f32;
                for plane in 0..3 {
                    for (a, b) in from.planes[plane].iter_mut().zip(&to.planes[plane]) {
                        *a += (b - *a) * share;
                    }
                    for (a, b) in from.edges[plane].iter_mut().zip(&to.edges[plane]) {
                        *a |= *b;
                    }
                }
                from
            }
        }
    }

    fn bus(&self, bus: &Pinned) -> Drawn {
        let mut drawn = Drawn::new(self.size);
        let Some(layout) = &bus.layout else {
            self.graphics(&mut drawn, bus);
            return drawn;
        };
        match layout.background {
            Background::Colour { colour } => {
                let colour = Colour { a: 255, ..colour };
                let pane = Pane::new(Rect::FULL, show::Feed::Empty);
                self.pane(&mut drawn, &pane, Crop::NONE, &Sampled::flat(colour));
            }
            Background::Picture { asset, fit } => {
                if let Some(source) = self.picture(bus, asset) {
                    let pane = Pane { fit, ..Pane::new(Rect::FULL, show::Feed::Empty) };
                    self.pane(&mut drawn, &pane, Crop::NONE, &source);
                }
            }
        }
        let mut panes: Vec<&Pane> = layout.panes.iter().collect();
        panes.sort_by_key(|pane| pane.z);
        for pane in panes {
            let source = pane.feed.source().and_then(|id| self.source(bus, id));
            match source {
                Some((source, outer)) => {
                    self.pane(&mut drawn, pane, within(outer, pane.crop), &source);
                }
                None => {
                    let picture = pane.placeholder.and_then(|asset| self.picture(bus, asset));
                    let picture = picture.unwrap_or_else(|| Sampled::flat(Colour::BLACK));
                    self.pane(&mut drawn, pane, Crop::NONE, &picture);
                }
            }
        }
        self.graphics(&mut drawn, bus);
        drawn
    }

    fn source(&self, bus: &Pinned, id: SourceId) -> Option<(Sampled, Crop)> {
        let source = bus.sources.iter().find(|source| source.id == id)?;
        let frame = self.sources.iter().find(|(other, _)| *other == id);
        let sampled = match (frame, &source.kind) {
            (Some((_, frame)), _) => Sampled::of_frame(frame),
            (None, SourceKind::Colour { colour }) => Sampled::flat(*colour),
            (None, SourceKind::Still { asset }) => self.picture(bus, *asset)?,
            (None, _) => return None,
        };
        let settings = &source.settings.picture;
        Some((sampled.adjusted(settings), settings.crop))
    }

    fn picture(&self, bus: &Pinned, asset: AssetId) -> Option<Sampled> {
        Some(self.images.get(&bus.pictures.get(&asset)?.key)?.as_picture())
    }

    fn pane(&self, drawn: &mut Drawn, pane: &Pane, crop: Crop, source: &Sampled) {
        let windows = windows(pane, crop, self.size, (source.size, source.aspect));
        let cover = Cover::new(pane, &windows, source.is_flat(), self.size.1);
        let border = pane.border.map_or([0.0; 3], |border| codes(border.colour));
        for (plane, border) in border.into_iter().enumerate() {
            let (wide, high) = plane_size(self.size, plane);
            let (values, alpha) = source.scaled(&windows, (wide, high), plane);
            let weights = cover.plane((wide, high), plane);
            mark_edges(&mut drawn.edges[plane], &weights, (wide, high));
            let samples = drawn.planes[plane].iter_mut().zip(values.iter().zip(&alpha));
            for ((out, (value, alpha)), (picture, edge)) in samples.zip(weights) {
                let rest = 1.0 - picture * alpha - edge;
                *out = *out * rest + value * picture + border * edge;
            }
        }
    }

    fn graphics(&self, drawn: &mut Drawn, bus: &Pinned) {
        for graphic in &bus.graphics {
            let image = graphic.prep.as_ref().and_then(|prep| self.images.get(&prep.key));
            if let Some(image) = image {
                self.graphic(drawn, graphic, image);
            }
        }
    }

    fn graphic(&self, drawn: &mut Drawn, graphic: &Graphic, image: &Image) {
        let place = graphic.component.place;
        let (across, down) = place.anchor.fraction();
        let at = |canvas: usize, size: usize, fraction: f64, offset: f64| {
            ((canvas as f64 - size as f64) * fraction + offset * canvas as f64).round() as i64
        };
        let x = at(self.size.0, image.size.0, across, place.x);
        let y = at(self.size.1, image.size.1, down, place.y);
        let opacity = graphic.component.opacity as f32;
        for plane in 0..3 {
            let (wide, _) = plane_size(self.size, plane);
            for (index, out) in drawn.planes[plane].iter_mut().enumerate() {
                let (column, row) = ((index % wide) as i64, (index / wide) as i64);
                let [value, alpha] = if plane == 0 {
                    image.over_nothing(column - x, row - y, plane)
                } else {
                    let mut sums = [0.0; 2];
                    for (dx, weight) in [(-1, 0.125), (0, 0.25), (1, 0.125)] {
                        for dy in 0..2 {
                            let (u, v) = (column * 2 + dx - x, row * 2 + dy - y);
                            let sample = image.over_nothing(u, v, plane);
                            sums[0] += sample[0] * weight;
                            sums[1] += sample[1] * weight;
                        }
                    }
                    sums
                };
                *out = *out * (1.0 - alpha * opacity) + value * opacity;
            }
        }
    }
}

impl Drawn {
    fn new(size: (usize, usize)) -> Self {
        let plane = |index, value| {
            let (wide, high) = plane_size(size, index);
            vec![value; wide * high]
        };
        let edges = [0, 1, 2].map(|index| vec![false; plane(index, 0.0).len()]);
        Self { size, planes: [plane(0, 16.0), plane(1, 128.0), plane(2, 128.0)], edges }
    }
}

/// Width and height of a plane of an I420 picture.
pub fn plane_size((width, height): (usize, usize), plane: usize) -> (usize, usize) {
    if plane == 0 { (width, height) } else { (width.div_ceil(2), height.div_ceil(2)) }
}

/// Where a pane's picture lies on the canvas and what of the source it shows, in pixels.
pub struct Windows {
    /// The pane, across and down.
    pub pane: [Span; 2],
    /// The picture in it.
    pub to: [Span; 2],
    /// The part of the source.
    pub from: [Span; 2],
}

fn windows(
    pane: &Pane,
    crop: Crop,
    canvas: (usize, usize),
    (source, aspect): ((usize, usize), f64),
) -> Windows {
    let canvas = [canvas.0 as f64, canvas.1 as f64];
    let Rect { x, y, w, h } = pane.rect;
    let place = [(x * canvas[0], w * canvas[0]), (y * canvas[1], h * canvas[1])];
    let part = |size: usize, low: f64, high: f64| {
        let size = size as f64;
        (low * size, (1.0 - low - high) * size)
    };
    let from = [part(source.0, crop.left, crop.right), part(source.1, crop.top, crop.bottom)];
    // How large a pixel becomes if the picture is as wide, and as high, as its pane.
    let pixel = [aspect, 1.0];
    let scales = [0, 1].map(|axis| place[axis].1 / (from[axis].1 * pixel[axis]));
    let middle = |(start, length): Span, part: f64| (start + (length - part) / 2.0, part);
    match pane.fit {
        Fit::Fit => {
            let scale = scales[0].min(scales[1]);
            let to = [0, 1].map(|axis| middle(place[axis], from[axis].1 * pixel[axis] * scale));
            Windows { pane: place, to, from }
        }
        Fit::Fill => {
            let scale = scales[0].max(scales[1]);
            let from = [0, 1].map(|axis| middle(from[axis], place[axis].1 / (pixel[axis] * scale)));
            Windows { pane: place, to: place, from }
        }
    }
}

/// What is left by one crop, cropped by another.
fn within(outer: Crop, inner: Crop) -> Crop {
    let both = |low: f64, high: f64, of: (f64, f64)| {
        let rest = 1.0 - of.0 - of.1;
        (of.0 + low * rest, of.1 + high * rest)
    };
    let (left, right) = both(inner.left, inner.right, (outer.left, outer.right));
    let (top, bottom) = both(inner.top, inner.bottom, (outer.top, outer.bottom));
    Crop { left, top, right, bottom }
}

/// Codes of an opaque colour.
pub fn codes(colour: Colour) -> [f32; 3] {
    let rgb = [colour.r, colour.g, colour.b].map(|value| f32::from(value) / 255.0);
    from_rgb(rgb)
}

/// BT.709 limited codes of R'G'B', 0 to 1.
pub fn from_rgb([r, g, b]: [f32; 3]) -> [f32; 3] {
    let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    [16.0 + 219.0 * y, 128.0 + 224.0 * (b - y) / 1.8556, 128.0 + 224.0 * (r - y) / 1.5748]
}

/// BT.709 limited codes of codes of another format.
pub fn from_codes(frame: engine::PixelFormat, [y, cb, cr]: [f32; 3]) -> [f32; 3] {
    let (y, cb, cr) = match frame.range {
        Range::Limited => ((y - 16.0) / 219.0, (cb - 128.0) / 224.0, (cr - 128.0) / 224.0),
        Range::Full => (y / 255.0, (cb - 128.0) / 255.0, (cr - 128.0) / 255.0),
    };
    let (kr, kb) = match frame.matrix {
        Matrix::Bt601 => (0.299, 0.114),
        Matrix::Bt709 => (0.2126, 0.0722),
    };
    let (r, b) = (y + 2.0 * (1.0 - kr) * cr, y + 2.0 * (1.0 - kb) * cb);
    from_rgb([r, (y - kr * r - kb * b) / (1.0 - kr - kb), b])
}

/// A sample whose weights differ from those of one at most two away is at an edge.
fn mark_edges(edges: &mut [bool], weights: &[(f32, f32)], (wide, high): (usize, usize)) {
    for row in 0..high {
        for column in 0..wide {
            let own = weights[row * wide + column];
            let mut near = (row.saturating_sub(3)..(row + 4).min(high)).flat_map(|y| {
                (column.saturating_sub(3)..(column + 4).min(wide)).map(move |x| y * wide + x)
            });
            edges[row * wide + column] |= near.any(|at| weights[at] != own);
        }
    }
}

/// Whether a frame is laid out as R'G'B'A.
fn is_rgba(frame: &Frame) -> bool {
    frame.format().layout == PixelLayout::Rgba
}
