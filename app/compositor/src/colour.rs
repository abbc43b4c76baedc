//! Colour conversion: every source becomes BT.709, limited range, once, on input.

use engine::{Matrix, PixelFormat, PixelLayout, Range};

/// Converts codes of another format to BT.709 limited range, in 14 fraction bits. It commutes with
/// weighted sums, so it works on samples that are scaled already.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColourConversion {
    /// Y', from Y' alone if the matrix is the same.
    pub luma: Linear,
    /// Cb and Cr, each from both.
    pub chroma: [Linear; 2],
}

/// `value * own + cb * b + cr * r + offset`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linear {
    own: i32,
    b: i32,
    r: i32,
    offset: i32,
}

const BITS: u32 = 14;

impl ColourConversion {
    /// From a Y'CbCr format; none if there is nothing to convert.
    pub fn new(format: PixelFormat) -> Option<Self> {
        let PixelFormat { layout, matrix, range } = format;
        let same = matrix == Matrix::Bt709 && range == Range::Limited;
        if same || layout == PixelLayout::Rgba {
            return None;
        }
        let (luma_span, chroma_span, black) = match range {
            Range::Limited => (219.0, 224.0, 16.0),
            Range::Full => (255.0, 255.0, 0.0),
        };
        // Y', Cb and Cr of unit amplitude, through R'G'B', as Y', Cb and Cr of BT.709.
        let unit = |y: f64, cb: f64, cr: f64| to_709(from_ycbcr(matrix, [y, cb, cr]));
        let (white, blue, red) = (unit(1.0, 0.0, 0.0), unit(0.0, 1.0, 0.0), unit(0.0, 0.0, 1.0));
        let out = [219.0, 224.0, 224.0];
        let linear = |component: usize| {
            let own = white[component] * out[component] / luma_span;
            let b = blue[component] * out[component] / chroma_span;
            let r = red[component] * out[component] / chroma_span;
            let black_out = if component == 0 { 16.0 } else { 128.0 };
            let offset = black_out - own * black - (b + r) * 128.0;
            let fixed = |value: f64| (value * f64::from(1 << BITS)).round() as i32;
            Linear { own: fixed(own), b: fixed(b), r: fixed(r), offset: fixed(offset + 0.5) }
        };
        Some(Self { luma: linear(0), chroma: [linear(1), linear(2)] })
    }

    /// Whether Y' depends on chroma: another matrix.
    pub fn mixes(&self) -> bool {
        self.luma.b != 0 || self.luma.r != 0
    }
}

impl Linear {
    /// The factors, and the offset where codes are 0 to 1.
    pub fn floats(self) -> [f32; 4] {
        let one = (1 << BITS) as f32;
        let Self { own, b, r, offset } = self;
        let [own, b, r] = [own, b, r].map(|value| value as f32 / one);
        [own, b, r, (offset as f32 / one - 0.5) / 255.0]
    }

    /// The code of a component whose own code is `value`.
    pub fn apply(self, value: u8, cb: u8, cr: u8) -> u8 {
        let sum = i32::from(value) * self.own + i32::from(cb) * self.b + i32::from(cr) * self.r;
        ((sum + self.offset) >> BITS).clamp(0, 255) as u8
    }
}

/// Weights of red and blue in Y'.
fn weights(matrix: Matrix) -> (f64, f64) {
    match matrix {
        Matrix::Bt601 => (0.299, 0.114),
        Matrix::Bt709 => (0.2126, 0.0722),
    }
}

fn from_ycbcr(matrix: Matrix, [y, cb, cr]: [f64; 3]) -> [f64; 3] {
    let (kr, kb) = weights(matrix);
    let (r, b) = (y + 2.0 * (1.0 - kr) * cr, y + 2.0 * (1.0 - kb) * cb);
    [r, (y - kr * r - kb * b) / (1.0 - kr - kb), b]
}

fn to_709([r, g, b]: [f64; 3]) -> [f64; 3] {
    let (kr, kb) = weights(Matrix::Bt709);
    let y = kr * r + (1.0 - kr - kb) * g + kb * b;
    [y, (b - y) / (2.0 * (1.0 - kb)), (r - y) / (2.0 * (1.0 - kr))]
}

/// Codes of straight R'G'B', not rounded (Rec. ITU-R BT.709-6, items 3.2 to 3.5).
pub fn straight_codes(rgb: [u8; 3]) -> [f32; 3] {
    let [r, g, b] = rgb.map(|value| f32::from(value) / 255.0);
    let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    [16.0 + 219.0 * y, 128.0 + 224.0 * (b - y) / 1.8556, 128.0 + 224.0 * (r - y) / 1.5748]
}

/// The upper 16 bits of a product.
fn upper(a: u16, b: u16) -> u16 {
    ((u32::from(a) * u32::from(b)) >> 16) as u16
}

/// The code of a component, in 8 fraction bits. Weights are 65,536 * 219 / 255 * (0.2126, 0.7152,
/// 0.0722), and for chroma 65,536 * 224 / 255 over 1.8556 and 1.5748; those of each chroma component
/// add up to 0, so grey stays grey.
fn code<const COMPONENT: usize>([r, g, b]: [u8; 3]) -> u16 {
    let [r, g, b] = [r, g, b].map(|value| u16::from(value) << 8);
    match COMPONENT {
        0 => (16 << 8) + 1 + upper(r, 11_966) + upper(g, 40_254) + upper(b, 4_064),
        1 => (128 << 8) + upper(b, 28_785) - upper(r, 6_596) - upper(g, 22_189),
        _ => (128 << 8) + upper(r, 28_785) - upper(g, 26_145) - upper(b, 2_640),
    }
}

/// Y', Cb, Cr codes times alpha, and alpha, of a row of straight R'G'B'A; true if all is opaque.
/// The components are deinterleaved first, then processed in 16 bits: the compiler vectorises both.
pub fn premultiply_row(rgba: &[u8], planes: [&mut [u8]; 4]) -> bool {
    let [y, cb, cr, a] = planes;
    let part = |out: &mut [u8], bits: u32| {
        for (out, pixel) in out.iter_mut().zip(rgba.as_chunks::<4>().0) {
            *out = (u32::from_le_bytes(*pixel) >> bits) as u8;
        }
    };
    part(y, 0);
    part(cb, 8);
    part(cr, 16);
    part(a, 24);
    let mut all = 255;
    for ((y, cb), (cr, a)) in y.iter_mut().zip(cb).zip(cr.iter_mut().zip(&*a)) {
        let (rgb, alpha) = ([*y, *cb, *cr], u16::from(*a) * 257);
        let times_alpha = |code: u16| ((upper(code, alpha) + 128) >> 8) as u8;
        *y = times_alpha(code::<0>(rgb));
        *cb = times_alpha(code::<1>(rgb));
        *cr = times_alpha(code::<2>(rgb));
        all &= *a;
    }
    all == 255
}
