//! What a source's settings make of its picture, pixel by pixel, at its own size.
//!
//! - It is turned, then mirrored. Chroma of half density is read where the new samples stand, linearly.
//! - Y' between black and white is `v` from 0 to 1. It becomes `(v - 0.5) * contrast + 0.5 + brightness`, and that, where it
//!   is above 0, to the power of one over gamma: in whole codes of the source, and so are what they become.
//! - Cb and Cr are multiplied by the saturation around the middle, in codes of the source.
//! - What comes of it is in whole codes, times alpha where there is alpha, as any picture is.
//! - With a key, chroma is interpolated linearly in each pixel. Its distance from the key's, in codes of BT.709 as the
//!   picture comes, decides alpha and how much of its saturation is left.

use engine::{Matrix, PixelFormat, PixelLayout, Range};
use show::{ChromaKey, ColourMatrix, ColourRange, PictureSettings, Rotation};

use super::{Sampled, from_codes, from_rgb, plane_size};

impl Sampled {
    /// As these settings have it.
    pub fn adjusted(self, settings: &PictureSettings) -> Self {
        if self.flat {
            return self;
        }
        let format = with_colours(self.format, settings);
        let this = Self { format, ..self };
        let adjusted = match settings.key {
            Some(key) => this.whole().turned(settings).keyed(settings, key),
            None => this.turned(settings).graded(settings),
        };
        if settings.makes_another() { adjusted.in_codes() } else { adjusted }
    }

    /// In whole codes, as any picture is.
    fn in_codes(mut self) -> Self {
        let [y, cb, cr, alpha] = &mut self.planes;
        y.iter_mut().chain(cb).chain(cr).for_each(|code| *code = code.round());
        alpha.iter_mut().for_each(|alpha| *alpha = (*alpha * 255.0).round() / 255.0);
        self
    }

    /// A plane's value at a place counted in its samples, interpolated; its edge is repeated.
    fn at(&self, plane: usize, (x, y): (f64, f64)) -> f32 {
        let is_half = self.is_half && (plane == 1 || plane == 2);
        let (wide, high) = if is_half { plane_size(self.size, 1) } else { self.size };
        let one = |column: f64, row: f64| {
            let column = column.clamp(0.0, wide as f64 - 1.0) as usize;
            let row = row.clamp(0.0, high as f64 - 1.0) as usize;
            f64::from(self.planes[plane][row * wide + column])
        };
        let (left, top) = (x.floor(), y.floor());
        let (u, v) = (x - left, y - top);
        let row = |row: f64| one(left, row) * (1.0 - u) + one(left + 1.0, row) * u;
        (row(top) * (1.0 - v) + row(top + 1.0) * v) as f32
    }

    /// With chroma in each pixel.
    fn whole(self) -> Self {
        if !self.is_half {
            return self;
        }
        let (wide, high) = self.size;
        let spread = |plane: usize| {
            let sample = |index: usize| {
                let (x, y) = ((index % wide) as f64, (index / wide) as f64);
                self.at(plane, (x / 2.0, (y - 0.5) / 2.0))
            };
            (0..wide * high).map(sample).collect()
        };
        let planes = [self.planes[0].clone(), spread(1), spread(2), self.planes[3].clone()];
        Self { planes, is_half: false, ..self }
    }

    /// Turned and mirrored.
    fn turned(self, settings: &PictureSettings) -> Self {
        let (wide, high) = self.size;
        let is_quarter = matches!(settings.rotation, Rotation::Left | Rotation::Right);
        let size = if is_quarter { (high, wide) } else { (wide, high) };
        let last = (size.0 as f64 - 1.0, size.1 as f64 - 1.0);
        // Where a pixel of the result was, in pixels of the source: back through the mirror, then back round.
        let was = |(x, y): (f64, f64)| {
            let x = if settings.mirror { last.0 - x } else { x };
            let y = if settings.flip { last.1 - y } else { y };
            match settings.rotation {
                Rotation::None => (x, y),
                Rotation::Half => (last.0 - x, last.1 - y),
                Rotation::Right => (y, last.0 - x),
                Rotation::Left => (last.1 - y, x),
            }
        };
        let plane = |plane: usize| {
            let is_half = self.is_half && (plane == 1 || plane == 2);
            let (across, down) = if is_half { plane_size(size, 1) } else { size };
            let sample = |index: usize| {
                let (x, y) = ((index % across) as f64, (index / across) as f64);
                if !is_half {
                    return self.at(plane, was((x, y)));
                }
                let (x, y) = was((x * 2.0, y * 2.0 + 0.5));
                self.at(plane, (x / 2.0, (y - 0.5) / 2.0))
            };
            (0..across * down).map(sample).collect::<Vec<f32>>()
        };
        let planes = [0, 1, 2, 3].map(plane);
        let aspect = if is_quarter { 1.0 / self.aspect } else { self.aspect };
        Self { size, aspect, planes, ..self }
    }

    /// With its codes changed, without a key.
    fn graded(mut self, settings: &PictureSettings) -> Self {
        let format = self.format;
        if self.is_half {
            self.planes[0].iter_mut().for_each(|code| *code = luma(settings, format, *code));
            for plane in 1..3 {
                let chroma = |code: f32| {
                    ((code - 128.0) * settings.saturation as f32 + 128.0).clamp(0.0, 255.0)
                };
                self.planes[plane].iter_mut().for_each(|code| *code = chroma(*code));
            }
            return self;
        }
        let is_same = PictureSettings { crop: show::Crop::NONE, ..*settings };
        let is_same =
            PictureSettings { range: None, matrix: None, ..is_same } == PictureSettings::default();
        if is_same {
            return self;
        }
        self.cut(settings, |_| (1.0, 1.0))
    }

    /// With its key transparent; chroma is in each pixel.
    fn keyed(self, settings: &PictureSettings, key: ChromaKey) -> Self {
        let rgb = [key.colour.r, key.colour.g, key.colour.b].map(|part| f32::from(part) / 255.0);
        let [_, kb, kr] = from_rgb(rgb);
        let part = |beyond: f32, over: f64| (beyond / (over as f32).max(1e-5)).clamp(0.0, 1.0);
        self.cut(settings, |[cb, cr]: [f32; 2]| {
            let away = ((cb - kb).powi(2) + (cr - kr).powi(2)).sqrt() / 224.0;
            let beyond = away - key.similarity as f32;
            (part(beyond, key.smoothness), part(beyond, key.spill))
        })
    }

    /// Codes of BT.709 times alpha; `key` says of Cb and Cr of BT.709 how opaque they are, and which part of their
    /// saturation is left.
    fn cut(self, settings: &PictureSettings, key: impl Fn([f32; 2]) -> (f32, f32)) -> Self {
        let is_rgba = self.format.layout == PixelLayout::Rgba;
        let mut planes = self.planes.clone();
        for index in 0..planes[0].len() {
            let [y, cb, cr, a] = [0, 1, 2, 3].map(|plane: usize| self.planes[plane][index]);
            let straight = |code: f32| if a > 0.0 { code / a } else { 0.0 };
            // What has alpha is multiplied by it already.
            let [y, cb, cr] = if is_rgba { [y, cb, cr].map(straight) } else { [y, cb, cr] };
            let as_709 = |codes| if is_rgba { codes } else { from_codes(self.format, codes) };
            let [_, blue, red] = as_709([y, cb, cr]);
            let (alpha, keeps) = key([blue, red]);
            let part = settings.saturation as f32 * keeps;
            let chroma = |code: f32| (code - 128.0) * part + 128.0;
            let codes = [luma(settings, self.format, y), chroma(cb), chroma(cr)];
            let codes = as_709(codes).map(|code| code.clamp(0.0, 255.0));
            let alpha = alpha * a;
            for (plane, code) in codes.into_iter().enumerate() {
                planes[plane][index] = code * alpha;
            }
            planes[3][index] = alpha;
        }
        Self { planes, is_half: false, format: PixelFormat::RGBA, ..self }
    }
}

/// What a code of Y' becomes.
fn luma(settings: &PictureSettings, format: PixelFormat, code: f32) -> f32 {
    let PictureSettings { brightness, contrast, gamma, .. } = *settings;
    if (brightness, contrast, gamma) == (0.0, 1.0, 1.0) {
        return code;
    }
    let (black, white) = match (format.layout, format.range) {
        (PixelLayout::Rgba, _) | (_, Range::Limited) => (16.0, 235.0),
        (_, Range::Full) => (0.0, 255.0),
    };
    let v = (f64::from(code.round()) - black) / (white - black);
    let v = (v - 0.5) * contrast + 0.5 + brightness;
    let v = if v > 0.0 { v.powf(1.0 / gamma) } else { v };
    (black + v * (white - black)).round().clamp(0.0, 255.0) as f32
}

fn with_colours(format: PixelFormat, settings: &PictureSettings) -> PixelFormat {
    if format.layout == PixelLayout::Rgba {
        return format;
    }
    let matrix = match settings.matrix {
        None => format.matrix,
        Some(ColourMatrix::Bt601) => Matrix::Bt601,
        Some(ColourMatrix::Bt709) => Matrix::Bt709,
    };
    let range = match settings.range {
        None => format.range,
        Some(ColourRange::Limited) => Range::Limited,
        Some(ColourRange::Full) => Range::Full,
    };
    PixelFormat { matrix, range, ..format }
}
