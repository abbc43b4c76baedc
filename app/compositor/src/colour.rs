//! Colours as codes: every source becomes BT.709, limited range, once, on its way in.

use engine::{Matrix, PixelFormat, PixelLayout, Range};

/// Codes of BT.709 limited range from the codes of another format, in 14 fraction bits. Weighted sums
/// and these commute, so it works on samples that are scaled already.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Convert {
    /// For each code its Y' alone, when chroma has no part in it (same matrix).
    pub luma: Linear,
    /// For each of Cb and Cr its own and the other's factor.
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

impl Convert {
    /// From a Y'CbCr format; nothing if there is nothing to convert.
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
    /// The code of a component whose own code is `value`.
    pub fn of(self, value: u8, cb: u8, cr: u8) -> u8 {
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

/// Y', Cb and Cr codes of a colour, in 16 fraction bits.
fn codes([r, g, b]: [u8; 3]) -> [i32; 3] {
    // 65536 * 219 / 255 * (0.2126, 0.7152, 0.0722), and for chroma 65536 * 224 / 255 over 1.8556 and
    // 1.5748; the weights of each chroma component add up to 0, so grey stays grey.
    let [r, g, b] = [r, g, b].map(i32::from);
    [
        (16 << 16) + 11_966 * r + 40_254 * g + 4_064 * b,
        (128 << 16) - 6_596 * r - 22_189 * g + 28_785 * b,
        (128 << 16) + 28_784 * r - 26_145 * g - 2_639 * b,
    ]
}

/// Y', Cb and Cr codes times alpha, from straight R'G'B'A.
pub fn premultiplied([r, g, b, a]: [u8; 4]) -> [u8; 4] {
    let codes = codes([r, g, b]);
    let [y, cb, cr] = if a == 255 {
        codes.map(|code| ((code + 32_768) >> 16) as u8)
    } else {
        codes.map(|code| {
            let product = (code >> 8) as u32 * u32::from(a);
            ((product + 255 * 128) / (255 * 256)) as u8
        })
    };
    [y, cb, cr, a]
}

/// Y', Cb, Cr codes times alpha, and alpha, of a row of straight R'G'B'A; true if all is opaque.
pub fn premultiply_row(rgba: &[u8], planes: [&mut [u8]; 4]) -> bool {
    let pixels = rgba.as_chunks::<4>().0;
    let opaque = pixels.iter().fold(255, |all, pixel| all & pixel[3]) == 255;
    let [y, cb, cr, a] = planes;
    if opaque {
        // One component at a time, so that the compiler makes SIMD of it.
        let component = |out: &mut [u8], index: usize| {
            for (out, [r, g, b, _]) in out.iter_mut().zip(pixels) {
                *out = ((codes([*r, *g, *b])[index] + 32_768) >> 16) as u8;
            }
        };
        component(y, 0);
        component(cb, 1);
        component(cr, 2);
        a.fill(255);
    } else {
        let outs = y.iter_mut().zip(cb).zip(cr.iter_mut().zip(a));
        for (pixel, ((y, cb), (cr, a))) in pixels.iter().zip(outs) {
            [*y, *cb, *cr, *a] = premultiplied(*pixel);
        }
    }
    opaque
}
