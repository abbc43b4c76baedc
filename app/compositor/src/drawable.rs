//! Prepared images, in the form in which they are drawn.

use engine::{Frame, FramePool};

use crate::colour;

/// A prepared image.
#[derive(Clone)]
pub enum Drawable {
    /// A text or a graphic, drawn at whole pixels.
    Graphic(Box<GraphicBitmap>),
    /// A picture without alpha.
    Picture(Frame),
    /// A picture with alpha.
    Cutout(Cutout),
}

impl Drawable {
    /// A graphic from rows of straight R'G'B'A, four bytes a pixel.
    pub fn graphic(width: u32, height: u32, rgba: &[u8]) -> Self {
        Self::Graphic(Box::new(GraphicBitmap::new(width as usize, height as usize, rgba)))
    }

    /// A picture from rows of straight R'G'B'A, four bytes a pixel.
    pub fn picture(width: u32, height: u32, rgba: &[u8]) -> Self {
        let mut cutout = Cutout::default();
        cutout.set(width as usize, height as usize, rgba, width as usize * 4);
        if cutout.opaque { Self::Picture(cutout.to_frame()) } else { Self::Cutout(cutout) }
    }

    /// Width and height of a picture in pixels; none for a graphic, which is at its canvas's scale.
    pub fn size(&self) -> Option<(u32, u32)> {
        match self {
            Self::Graphic(_) => None,
            Self::Picture(frame) => Some(frame.size()),
            Self::Cutout(cutout) => Some((cutout.width as u32, cutout.height as u32)),
        }
    }

    /// Bytes of its pixels.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Graphic(bitmap) => bitmap.bytes(),
            Self::Picture(frame) => (0..3).map(|index| frame.plane(index).data.len()).sum(),
            Self::Cutout(cutout) => cutout.planes.iter().map(Vec::len).sum(),
        }
    }
}

/// A picture with alpha, to be scaled: full-size Y', Cb, Cr (each code times alpha) and alpha.
#[derive(Clone)]
pub struct Cutout {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// The width of a pixel over its height.
    pub pixel_aspect: f64,
    /// Y', Cb, Cr and alpha.
    pub planes: [Vec<u8>; 4],
    /// Whether alpha is 255 everywhere.
    pub opaque: bool,
}

impl Default for Cutout {
    fn default() -> Self {
        let (width, height, planes) = Default::default();
        Self { width, height, pixel_aspect: 1.0, planes, opaque: false }
    }
}

impl Cutout {
    /// Converts rows of straight R'G'B'A; allocates only if they are larger than any before.
    pub fn set(&mut self, width: usize, height: usize, rgba: &[u8], stride: usize) {
        (self.width, self.height, self.opaque) = (width, height, true);
        for plane in &mut self.planes {
            plane.resize(width * height, 0);
        }
        for row in 0..height {
            let rgba = &rgba[row * stride..row * stride + width * 4];
            let planes = self.planes.each_mut().map(|plane| &mut plane[row * width..][..width]);
            self.opaque &= colour::premultiply_row(rgba, planes);
        }
    }

    /// As I420, chroma on the even pixels.
    pub fn to_frame(&self) -> Frame {
        let (width, height) = (self.width, self.height);
        let mut canvas = FramePool::new(width as u32, height as u32, 1).take();
        for index in 0..3 {
            let (bytes, stride) = canvas.plane_mut(index);
            let plane = &self.planes[index];
            if index == 0 {
                for (row, plane) in plane.chunks_exact(width).enumerate() {
                    bytes[row * stride..row * stride + width].copy_from_slice(plane);
                }
            } else {
                let small = subsampled(plane, (width, height), (0, 0), EdgeMode::Repeat);
                for (row, plane) in small.chunks_exact(width.div_ceil(2)).enumerate() {
                    bytes[row * stride..row * stride + plane.len()].copy_from_slice(plane);
                }
            }
        }
        canvas.finish()
    }
}

/// How a picture continues beyond its edge.
#[derive(Clone, Copy, PartialEq)]
enum EdgeMode {
    /// The edge is repeated.
    Repeat,
    /// It is transparent.
    Empty,
}

/// A full-size plane at chroma's density: weights 1/4, 1/2, 1/4 across around the even canvas pixels
/// and 1/2, 1/2 down, for a picture whose left top pixel is at an even (0) or odd (1) position.
fn subsampled(
    plane: &[u8],
    (width, height): (usize, usize),
    odd: (usize, usize),
    edge: EdgeMode,
) -> Vec<u8> {
    let (wide, high) = subsampled_size((width, height), odd, edge);
    let at = |x: i64, y: i64| {
        let (last_x, last_y) = (width as i64 - 1, height as i64 - 1);
        let inside = (0..=last_x).contains(&x) && (0..=last_y).contains(&y);
        if inside || edge == EdgeMode::Repeat {
            u32::from(plane[(y.clamp(0, last_y) * width as i64 + x.clamp(0, last_x)) as usize])
        } else {
            0
        }
    };
    let mut out = Vec::with_capacity(wide * high);
    for row in 0..high as i64 {
        for column in 0..wide as i64 {
            let (x, y) = (column * 2 - odd.0 as i64, row * 2 - odd.1 as i64);
            let sum = |y: i64| at(x - 1, y) + 2 * at(x, y) + at(x + 1, y);
            out.push(((sum(y) + sum(y + 1) + 4) / 8) as u8);
        }
    }
    out
}

/// An empty edge reaches one chroma sample further where a pixel's share falls into it.
fn subsampled_size(
    (width, height): (usize, usize),
    odd: (usize, usize),
    edge: EdgeMode,
) -> (usize, usize) {
    let spill = usize::from(edge == EdgeMode::Empty);
    ((width + odd.0 + spill).div_ceil(2), (height + odd.1).div_ceil(2))
}

/// A graphic, to be drawn at whole pixels: codes times alpha, with chroma for each of the four ways
/// its left top pixel can lie on the canvas's chroma grid.
#[derive(Clone)]
pub struct GraphicBitmap {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Y' and alpha.
    pub luma: Layer<1>,
    /// Cb, Cr and alpha, by the parity of the position: across plus twice down.
    pub chroma: [Layer<2>; 4],
}

/// Planes with one alpha, and the part of each row that is not transparent.
#[derive(Clone)]
pub struct Layer<const N: usize> {
    /// Samples across.
    pub width: usize,
    /// Codes times alpha.
    pub codes: [Vec<u8>; N],
    /// Alpha.
    pub alpha: Vec<u8>,
    /// First and end of what is not transparent, for each row.
    pub seen: Vec<(u32, u32)>,
}

impl<const N: usize> Layer<N> {
    fn new(width: usize, codes: [Vec<u8>; N], alpha: Vec<u8>) -> Self {
        let seen = |row: &[u8]| {
            let first = row.iter().position(|alpha| *alpha > 0).unwrap_or(0);
            let end = row.iter().rposition(|alpha| *alpha > 0).map_or(0, |last| last + 1);
            (first as u32, end as u32)
        };
        let seen = alpha.chunks_exact(width.max(1)).map(seen).collect();
        Self { width, codes, alpha, seen }
    }

    fn bytes(&self) -> usize {
        self.alpha.len() * (N + 1) + self.seen.len() * size_of::<(u32, u32)>()
    }
}

impl GraphicBitmap {
    fn new(width: usize, height: usize, rgba: &[u8]) -> Self {
        let mut cutout = Cutout::default();
        cutout.set(width, height, rgba, width * 4);
        let [luma, cb, cr, alpha] = cutout.planes;
        let chroma = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|odd| {
            let small = |plane| subsampled(plane, (width, height), odd, EdgeMode::Empty);
            let (wide, _) = subsampled_size((width, height), odd, EdgeMode::Empty);
            Layer::new(wide, [small(&cb), small(&cr)], small(&alpha))
        });
        Self { width, height, luma: Layer::new(width, [luma], alpha), chroma }
    }

    fn bytes(&self) -> usize {
        self.luma.bytes() + self.chroma.iter().map(Layer::bytes).sum::<usize>()
    }
}
