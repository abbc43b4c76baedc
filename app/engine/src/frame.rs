//! Pictures: planes behind a shared handle.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// One plane of a picture.
#[derive(Clone, Copy, Debug)]
pub struct Plane<'a> {
    /// Rows of `stride` bytes, from the top.
    pub data: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
}

/// The memory of a picture: a buffer of a pool, of a decoder or of a test.
pub trait Planes: Send + Sync + Any {
    /// The plane of this index: I420 has 0 (Y'), 1 (Cb), 2 (Cr); NV12 0 and 1; RGBA 0.
    fn plane(&self, index: usize) -> Plane<'_>;

    /// All planes as one contiguous buffer, if they are.
    fn whole(&self) -> Option<&[u8]> {
        None
    }
}

/// How the bytes of a picture encode colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PixelFormat {
    /// Which planes there are.
    pub layout: PixelLayout,
    /// How colours become Y'CbCr; not used by [`PixelLayout::Rgba`].
    pub matrix: Matrix,
    /// Which codes are black and white; RGBA is always full range.
    pub range: Range,
}

impl PixelFormat {
    /// The programme's format: I420, BT.709, limited range.
    pub const PROGRAMME: Self =
        Self { layout: PixelLayout::I420, matrix: Matrix::Bt709, range: Range::Limited };
    /// R'G'B' of BT.709 with straight alpha.
    pub const RGBA: Self =
        Self { layout: PixelLayout::Rgba, matrix: Matrix::Bt709, range: Range::Full };
}

/// The planes of a picture, 8 bits a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PixelLayout {
    /// Y', Cb, Cr; chroma of half the size, rounded up.
    I420,
    /// Y', and Cb Cr interleaved; chroma of half the size, rounded up.
    Nv12,
    /// R' G' B' A interleaved, straight alpha.
    Rgba,
}

/// The weights between R'G'B' and Y'CbCr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the recommendations")]
pub enum Matrix {
    Bt601,
    Bt709,
}

/// Which codes are black and white.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Range {
    /// Y' 16 to 235, chroma 16 to 240.
    Limited,
    /// 0 to 255.
    Full,
}

/// A finished picture. Clones share the bytes.
#[derive(Clone)]
pub struct Frame {
    width: u32,
    height: u32,
    format: PixelFormat,
    pixel_aspect: f64,
    stands_in: bool,
    planes: Arc<dyn Planes>,
}

impl Frame {
    /// A picture of this size over these planes, which are laid out as `format` says.
    pub fn new(width: u32, height: u32, format: PixelFormat, planes: Arc<dyn Planes>) -> Self {
        Self { width, height, format, pixel_aspect: 1.0, stands_in: false, planes }
    }

    /// The same picture, with pixels of this width over height: it is shown so much wider than its pixels
    /// count.
    pub fn with_pixel_aspect(self, pixel_aspect: f64) -> Self {
        Self { pixel_aspect, ..self }
    }

    /// The same bytes, taken to encode colours like this; with the same layout.
    pub fn with_colours(self, matrix: Matrix, range: Range) -> Self {
        let format = PixelFormat { matrix, range, ..self.format };
        Self { format, ..self }
    }

    /// The same picture in place of a source that has none: it is shown where a pane has no placeholder of its own, as it is
    /// whatever the source's settings are.
    #[must_use]
    pub fn standing_in(self) -> Self {
        Self { stands_in: true, ..self }
    }

    /// Whether it is shown in place of a source that has no picture.
    pub fn stands_in(&self) -> bool {
        self.stands_in
    }

    /// The width of a pixel over its height, 1 for square pixels.
    pub fn pixel_aspect(&self) -> f64 {
        self.pixel_aspect
    }

    /// How its bytes encode colours.
    pub fn format(&self) -> PixelFormat {
        self.format
    }

    /// Its memory; the code that allocated it may know its type.
    pub fn planes(&self) -> &dyn Planes {
        &*self.planes
    }

    /// Whether both share the same bytes.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.planes, &other.planes)
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The plane of this index; the layout says which there are.
    pub fn plane(&self, index: usize) -> Plane<'_> {
        self.planes.plane(index)
    }

    /// Width and height of a plane in samples; a CbCr pair of NV12 counts as one.
    pub fn plane_size(&self, index: usize) -> (usize, usize) {
        plane_size(self.width, self.height, index)
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({}x{})", self.width, self.height)
    }
}

/// Width and height in samples of a plane of a picture of this size.
pub fn plane_size(width: u32, height: u32, index: usize) -> (usize, usize) {
    let (width, height) = (width as usize, height as usize);
    if index == 0 { (width, height) } else { (width.div_ceil(2), height.div_ceil(2)) }
}
