//! Sources as planes of numbers, and their scaling.

use engine::{Frame, PixelFormat, PixelLayout};
use show::Colour;

use super::{Span, Windows, codes, from_codes, from_rgb, is_rgba, plane_size};

/// Straight R'G'B'A, as it was prepared.
#[derive(Clone, Debug)]
pub struct Image {
    /// Width and height in pixels.
    pub size: (usize, usize),
    /// Four bytes a pixel.
    pub rgba: Vec<u8>,
}

/// A source's samples.
pub struct Sampled {
    /// Width and height in pixels.
    pub size: (usize, usize),
    /// The width of a pixel over its height.
    pub aspect: f64,
    pub(super) format: PixelFormat,
    /// Y', Cb, Cr codes (times alpha if there is alpha), and alpha from 0 to 1.
    pub(super) planes: [Vec<f32>; 4],
    /// Whether chroma has half the density.
    pub(super) is_half: bool,
    pub(super) flat: bool,
}

impl Image {
    /// A plane's code times alpha, and alpha; nothing outside.
    pub fn over_nothing(&self, x: i64, y: i64, plane: usize) -> [f32; 2] {
        let (wide, high) = (self.size.0 as i64, self.size.1 as i64);
        if !(0..wide).contains(&x) || !(0..high).contains(&y) {
            return [0.0; 2];
        }
        let pixel = premultiplied(&self.rgba[(y * wide + x) as usize * 4..][..4]);
        [pixel[plane], pixel[3]]
    }

    /// As a picture of its own: without alpha its chroma has half the density.
    pub fn as_picture(&self) -> Sampled {
        let full = Sampled::of_rgba(self.size, self.rgba.chunks_exact(4));
        if self.rgba.chunks_exact(4).any(|pixel| pixel[3] < 255) {
            return full;
        }
        let (wide, high) = self.size;
        let halved = |plane: &[f32]| {
            let (half_wide, half_high) = plane_size(self.size, 1);
            let at = |x: i64, y: i64| {
                let (x, y) = (x.clamp(0, wide as i64 - 1), y.clamp(0, high as i64 - 1));
                plane[(y * wide as i64 + x) as usize]
            };
            let sample = |index: usize| {
                let (x, y) = (index % half_wide * 2, index / half_wide * 2);
                let row = |x: i64, y: i64| at(x - 1, y) + 2.0 * at(x, y) + at(x + 1, y);
                (row(x as i64, y as i64) + row(x as i64, y as i64 + 1)) / 8.0
            };
            (0..half_wide * half_high).map(sample).collect()
        };
        let [y, cb, cr, a] = &full.planes;
        let planes = [y.clone(), halved(cb), halved(cr), a.clone()];
        Sampled { planes, is_half: true, format: PixelFormat::PROGRAMME, ..full }
    }
}

fn premultiplied(pixel: &[u8]) -> [f32; 4] {
    let [r, g, b, a] = [0, 1, 2, 3].map(|index| f32::from(pixel[index]) / 255.0);
    let [y, cb, cr] = from_rgb([r, g, b]);
    [y * a, cb * a, cr * a, a]
}

impl Sampled {
    /// A colour of no size.
    pub fn flat(colour: Colour) -> Self {
        let alpha = f32::from(colour.a) / 255.0;
        let [y, cb, cr] = codes(colour).map(|code| vec![code * alpha]);
        let planes = [y, cb, cr, vec![alpha]];
        let format = PixelFormat::RGBA;
        Self { size: (1, 1), aspect: 1.0, format, planes, is_half: false, flat: true }
    }

    /// Whether it is a colour of no size.
    pub fn is_flat(&self) -> bool {
        self.flat
    }

    fn of_rgba<'a>(size: (usize, usize), pixels: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut planes: [Vec<f32>; 4] = Default::default();
        for pixel in pixels {
            for (plane, value) in planes.iter_mut().zip(premultiplied(pixel)) {
                plane.push(value);
            }
        }
        Self { size, aspect: 1.0, format: PixelFormat::RGBA, planes, is_half: false, flat: false }
    }

    /// A source's picture.
    pub fn of_frame(frame: &Frame) -> Self {
        let size = frame.plane_size(0);
        let row = |plane: usize, row: usize, bytes: usize| {
            let plane = frame.plane(plane);
            plane.data[row * plane.stride..row * plane.stride + bytes].to_vec()
        };
        if is_rgba(frame) {
            let bytes: Vec<u8> = (0..size.1).flat_map(|y| row(0, y, size.0 * 4)).collect();
            let sampled = Self::of_rgba(size, bytes.chunks_exact(4));
            return Self { aspect: frame.pixel_aspect(), ..sampled };
        }
        let (wide, high) = frame.plane_size(1);
        let floats = |bytes: Vec<u8>| bytes.into_iter().map(f32::from).collect::<Vec<f32>>();
        let luma = floats((0..size.1).flat_map(|y| row(0, y, size.0)).collect());
        let chroma = |index: usize| {
            floats(if frame.format().layout == PixelLayout::Nv12 {
                let pairs = (0..high).flat_map(|y| row(1, y, wide * 2));
                pairs.skip(index - 1).step_by(2).collect()
            } else {
                (0..high).flat_map(|y| row(index, y, wide)).collect()
            })
        };
        let alpha = vec![1.0; luma.len()];
        let planes = [luma, chroma(1), chroma(2), alpha];
        let (aspect, format) = (frame.pixel_aspect(), frame.format());
        Self { size, aspect, format, planes, is_half: true, flat: false }
    }

    /// The picture's codes times alpha on a plane of the canvas, and alpha.
    pub fn scaled(
        &self,
        windows: &Windows,
        size: (usize, usize),
        plane: usize,
    ) -> (Vec<f32>, Vec<f32>) {
        if self.flat {
            let all = |value: f32| vec![value; size.0 * size.1];
            return (all(self.planes[plane][0]), all(self.planes[3][0]));
        }
        let place = |component: usize| self.place(component, windows, size, plane > 0);
        if !self.is_half {
            return (place(plane), place(3));
        }
        let alpha = vec![1.0; size.0 * size.1];
        let [y, cb, cr] = [place(0), place(1), place(2)];
        let convert = |index: usize| {
            // A source's codes have 8 bits: what they cannot say is cut off before it is blended.
            from_codes(self.format, [y[index], cb[index], cr[index]])[plane].clamp(0.0, 255.0)
        };
        ((0..y.len()).map(convert).collect(), alpha)
    }

    /// One component on a plane of the canvas.
    fn place(
        &self,
        component: usize,
        windows: &Windows,
        (wide, high): (usize, usize),
        to_chroma: bool,
    ) -> Vec<f32> {
        let is_half = self.is_half && (component == 1 || component == 2);
        let size = if is_half { plane_size(self.size, 1) } else { self.size };
        let in_plane = |(start, length): Span, half: bool| {
            if half { (start / 2.0, length / 2.0) } else { (start, length) }
        };
        let axis = |axis: usize, canvas: usize, source: usize| {
            let to = in_plane(windows.to[axis], to_chroma);
            let from = in_plane(windows.from[axis], is_half);
            let step = from.1 / to.1;
            let site = |half: bool| if half && axis == 0 { 0.25 } else { 0.0 };
            let shift = site(is_half) - site(to_chroma) * step;
            let weigh = |at: usize| weights(at as f64, to, from, source, shift);
            (0..canvas).map(weigh).collect::<Vec<_>>()
        };
        let (across, down) = (axis(0, wide, size.0), axis(1, high, size.1));
        let source = &self.planes[component];
        let narrow = |row: usize| {
            let row = &source[row * size.0..][..size.0];
            let sum = |taps: &Vec<(usize, f32)>| taps.iter().map(|(at, w)| row[*at] * w).sum();
            across.iter().map(sum).collect::<Vec<f32>>()
        };
        let rows: Vec<Vec<f32>> = (0..size.1).map(narrow).collect();
        let sample = |index: usize| {
            let (column, row) = (index % wide, index / wide);
            down[row].iter().map(|(at, weight)| rows[*at][column] * weight).sum()
        };
        (0..wide * high).map(sample).collect()
    }
}

/// Source samples and their shares in a canvas sample; none outside the picture.
fn weights(at: f64, to: Span, from: Span, source: usize, shift: f64) -> Vec<(usize, f32)> {
    let step = from.1 / to.1;
    let (low, high) = (at.max(to.0), (at + 1.0).min(to.0 + to.1));
    if high <= low {
        return Vec::new();
    }
    let source_of = |at: f64| from.0 + (at - to.0) * step + shift;
    let middle = source_of((low + high) / 2.0);
    let (a, b) =
        if step >= 1.0 { (source_of(low), source_of(high)) } else { (middle - 0.5, middle + 0.5) };
    let last = source as i64 - 1;
    let first_seen = (from.0.floor() as i64).clamp(0, last);
    let last_seen = ((from.0 + from.1).ceil() as i64 - 1).clamp(first_seen, last);
    let share = |pixel: i64| (b.min(pixel as f64 + 1.0) - a.max(pixel as f64)).max(0.0) / (b - a);
    (a.floor() as i64..=b.ceil() as i64)
        .map(|pixel| (pixel.clamp(first_seen, last_seen) as usize, share(pixel) as f32))
        .collect()
}
