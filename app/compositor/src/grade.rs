//! What the settings of a source make of a code, for both backends.
//!
//! Y' between black and white is `v` from 0 to 1. It becomes `(v - 0.5) * contrast + 0.5 + brightness`, and that, where
//! it is above 0, to the power of one over gamma: the order in which FFmpeg's filter `eq` documents them. Cb and Cr are
//! multiplied by the saturation around 128. All this is done in the source's own codes, before it becomes BT.709.
//!
//! A chroma key looks at Cb and Cr of BT.709 as they come. With their distance from the key's, alpha is
//! `(distance - similarity) / smoothness` from 0 to 1, and Cb and Cr keep the part `(distance - similarity) / spill`,
//! from 0 to 1, of their saturation, as in OBS Studio's filter of that name; there each is raised to 1.5 besides.

use engine::{PixelFormat, PixelLayout, Range};
use show::{ChromaKey, PictureSettings};

use crate::colour::ColourConversion;

/// The codes of a source that are changed.
pub struct Grade {
    /// What each code of Y' becomes.
    pub luma: [u8; 256],
    /// What each code of Cb and Cr becomes.
    pub chroma: [u8; 256],
    /// What Cb and Cr are multiplied by.
    pub saturation: f32,
    /// What is made transparent.
    pub key: Option<Key>,
}

/// A chroma key, in codes of BT.709.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Key {
    /// The colour's Cb and Cr.
    pub chroma: [f32; 2],
    /// Up to this distance all is transparent.
    pub similarity: f32,
    /// One over the distance in which it becomes opaque.
    pub softness: f32,
    /// One over the distance in which colours come back.
    pub spill: f32,
}

/// Codes from end to end of Cb or Cr.
const CHROMA_SPAN: f64 = 224.0;
/// A distance that is none: a thousandth of a code.
const NO_DISTANCE: f64 = 0.001;

impl Grade {
    /// What these settings make of codes of this format.
    pub fn new(settings: &PictureSettings, format: PixelFormat) -> Self {
        let (black, span) = match (format.layout, format.range) {
            // These are codes of BT.709, limited range, by then.
            (PixelLayout::Rgba, _) | (_, Range::Limited) => (16.0, 219.0),
            (_, Range::Full) => (0.0, 255.0),
        };
        let code = |value: f64| value.round().clamp(0.0, 255.0) as u8;
        let luma = |at: usize| {
            let value = (at as f64 - black) / span;
            let value = (value - 0.5) * settings.contrast + 0.5 + settings.brightness;
            let bent = if value > 0.0 { value.powf(1.0 / settings.gamma) } else { value };
            code(black + span * bent)
        };
        let identity = std::array::from_fn(|at| at as u8);
        let chroma = |at: usize| code(128.0 + (at as f64 - 128.0) * settings.saturation);
        Self {
            luma: if settings.changes_luma() { std::array::from_fn(luma) } else { identity },
            chroma: std::array::from_fn(chroma),
            saturation: settings.saturation as f32,
            key: settings.key.map(Key::new),
        }
    }
}

impl Key {
    fn new(key: ChromaKey) -> Self {
        let [r, g, b] =
            [key.colour.r, key.colour.g, key.colour.b].map(|part| f64::from(part) / 255.0);
        let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        let code = |value: f64| (128.0 + CHROMA_SPAN * value) as f32;
        let inverse = |part: f64| (1.0 / (part * CHROMA_SPAN).max(NO_DISTANCE)) as f32;
        Self {
            chroma: [code((b - y) / 1.8556), code((r - y) / 1.5748)],
            similarity: (key.similarity * CHROMA_SPAN) as f32,
            softness: inverse(key.smoothness),
            spill: inverse(key.spill),
        }
    }

    /// Alpha, and the part of their saturation that Cb and Cr keep.
    pub fn at(self, cb: f32, cr: f32) -> (f32, f32) {
        let (blue, red) = (cb - self.chroma[0], cr - self.chroma[1]);
        let beyond = (blue * blue + red * red).sqrt() - self.similarity;
        let part = |value: f32| {
            let value = if value > 0.0 { value } else { 0.0 };
            if value < 1.0 { value } else { 1.0 }
        };
        (part(beyond * self.softness), part(beyond * self.spill))
    }
}

/// From a source's Y'CbCr to that of BT.709, in codes; Cb and Cr count from 128.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ToBt709 {
    /// Y': of itself, of Cb and of Cr, and what is added.
    pub luma: [f32; 4],
    /// Cb: of Cb and of Cr.
    pub cb: [f32; 2],
    /// Cr: of Cb and of Cr.
    pub cr: [f32; 2],
}

impl ToBt709 {
    /// From this format.
    pub fn new(format: PixelFormat) -> Self {
        let Some(convert) = ColourConversion::new(format) else {
            return Self { luma: [1.0, 0.0, 0.0, 0.0], cb: [1.0, 0.0], cr: [0.0, 1.0] };
        };
        let [own, b, r, offset] = convert.luma.floats();
        let [cb, cr] = convert.chroma.map(|linear| {
            let [_, b, r, _] = linear.floats();
            [b, r]
        });
        Self { luma: [own, b, r, offset * 255.0 + (b + r) * 128.0], cb, cr }
    }

    /// Cb and Cr, from 128.
    pub fn chroma(&self, cb: f32, cr: f32) -> [f32; 2] {
        [self.cb[0] * cb + self.cb[1] * cr, self.cr[0] * cb + self.cr[1] * cr]
    }

    /// Y'.
    pub fn luma(&self, y: f32, cb: f32, cr: f32) -> f32 {
        let [own, b, r, offset] = self.luma;
        y * own + cb * b + cr * r + offset
    }
}
