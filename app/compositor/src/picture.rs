//! Pictures from files: checked before they are decoded, then scaled.

use std::io::{Cursor, Read};
use std::path::Path;

use engine::Frame;

use image::{DynamicImage, GenericImageView, ImageDecoder, ImageError, ImageFormat, ImageReader};

use crate::axis::{Axis, AxisKey};
use crate::cache::CacheValue;
use crate::drawable::Cutout;
use crate::{Drawable, PrepError};

/// The most bytes of a file.
const MOST_BYTES: u64 = 10_000_000;

/// The most pixels a side.
const MOST_SIDE: u32 = 8_192;

/// The most pixels in all, those of 8K: decoded they take 133 MB for a moment.
const MOST_PIXELS: u64 = 7_680 * 4_320;

/// A picture is kept at most this large a side, twice the largest canvas: more is never seen, and a
/// still of 33 million pixels could not be scaled within a frame.
const KEPT_SIDE: u32 = 3_840;

/// The height of the canvas on which a graphic without a height has its own pixels.
const OWN_PIXELS_LINES: f64 = 1_080.0;

/// Straight R'G'B'A.
struct Pixels {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
}

/// Loads a still, a background or a placeholder at its own size.
pub fn load_picture(path: &Path) -> Result<Drawable, PrepError> {
    let pixels = decode(path)?;
    let scale = f64::from(KEPT_SIDE) / f64::from(pixels.width.max(pixels.height));
    let pixels = if scale < 1.0 { scaled(&pixels, scaled_size(&pixels, scale)) } else { pixels };
    Ok(Drawable::picture(pixels.width, pixels.height, &pixels.rgba))
}

/// Loads a picture that is shown like a film's: no larger than fits into a canvas of this size, on black where it is
/// transparent.
///
/// # Errors
/// [`PrepError`].
pub fn load_slide(path: &Path, (width, height): (u32, u32)) -> Result<Frame, PrepError> {
    let pixels = decode(path)?;
    let fits = |most: u32, side: u32| f64::from(most) / f64::from(side);
    let scale = fits(width, pixels.width).min(fits(height, pixels.height));
    let mut pixels = match scale < 1.0 {
        true => scaled(&pixels, scaled_size(&pixels, scale)),
        false => pixels,
    };
    for [r, g, b, alpha] in pixels.rgba.as_chunks_mut::<4>().0 {
        for value in [r, g, b] {
            *value = ((u32::from(*value) * u32::from(*alpha) + 127) / 255) as u8;
        }
        *alpha = 255;
    }
    let mut cutout = Cutout::default();
    let stride = pixels.width as usize * 4;
    cutout.set(pixels.width as usize, pixels.height as usize, &pixels.rgba, stride);
    Ok(cutout.to_frame())
}

/// Loads a graphic at its size on the canvas.
pub fn load_graphic(
    path: &Path,
    height: Option<f64>,
    canvas: (u32, u32),
) -> Result<Drawable, PrepError> {
    let pixels = decode(path)?;
    let lines = f64::from(canvas.1);
    let scale = match height {
        Some(height) => height * lines / f64::from(pixels.height),
        None => lines / OWN_PIXELS_LINES,
    };
    let size = scaled_size(&pixels, scale);
    check_size(path, size)?;
    let pixels = if size == (pixels.width, pixels.height) { pixels } else { scaled(&pixels, size) };
    Ok(Drawable::graphic(pixels.width, pixels.height, &pixels.rgba))
}

fn scaled_size(pixels: &Pixels, scale: f64) -> (u32, u32) {
    let size = |side: u32| (f64::from(side) * scale).round().max(1.0) as u32;
    (size(pixels.width), size(pixels.height))
}

fn check_size(path: &Path, (width, height): (u32, u32)) -> Result<(), PrepError> {
    let pixels = u64::from(width) * u64::from(height);
    if width.max(height) <= MOST_SIDE && pixels <= MOST_PIXELS && pixels > 0 {
        return Ok(());
    }
    let (path, side, pixels) = (path.to_owned(), MOST_SIDE, MOST_PIXELS);
    Err(PrepError::TooManyPixels { path, width, height, side, pixels })
}

/// Checks the file's size, its first bytes and its header before anything is decoded.
fn decode(path: &Path) -> Result<Pixels, PrepError> {
    let bytes = read(path)?;
    let format = match image::guess_format(&bytes) {
        Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) => format,
        Ok(_) | Err(_) => return Err(PrepError::NotAPicture { path: path.to_owned() }),
    };
    let wrong =
        |error: ImageError| PrepError::Damaged { path: path.to_owned(), why: error.to_string() };
    let mut reader = ImageReader::with_format(Cursor::new(&bytes[..]), format);
    // Both are bounded: the file above, the picture below.
    reader.no_limits();
    let mut decoder = reader.into_decoder().map_err(wrong)?;
    check_size(path, decoder.dimensions())?;
    let orientation = decoder.orientation().map_err(wrong)?;
    let has_end = format != ImageFormat::Jpeg || jpeg_has_end(&bytes);
    let cut_off = || PrepError::CutOff { path: path.to_owned() };
    let image = DynamicImage::from_decoder(decoder);
    let mut image = image.map_err(|error| if has_end { wrong(error) } else { cut_off() })?;
    if !has_end && ends_in_filler(&image) {
        return Err(cut_off());
    }
    image.apply_orientation(orientation);
    let image = image.into_rgba8();
    let (width, height) = image.dimensions();
    Ok(Pixels { width, height, rgba: image.into_raw() })
}

/// Whether a JPG without an end marker lacks part of its picture too: the decoder fills the rows that it has no data for
/// with this grey. Some cameras only leave the marker out, and their pictures are whole.
fn ends_in_filler(image: &DynamicImage) -> bool {
    let last = image.height().saturating_sub(1);
    (0..image.width()).all(|x| image.get_pixel(x, last).0 == [128, 128, 128, 255])
}

fn read(path: &Path) -> Result<Vec<u8>, PrepError> {
    let unreadable = |error: std::io::Error| PrepError::Unreadable {
        path: path.to_owned(),
        error: error.to_string(),
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let mut bytes = Vec::new();
    // A file may grow while it is read, and a pipe has no size.
    let read = file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)? as u64;
    let size = size.max(read);
    if size > MOST_BYTES {
        let (path, limit) = (path.to_owned(), MOST_BYTES);
        return Err(PrepError::TooManyBytes { path, bytes: size, limit });
    }
    Ok(bytes)
}

/// Whether a JPG has its end marker after its first scan began. In a scan FF is followed by 00, so FF D9 is the marker; a preview inside the
/// header has one of its own, which does not count.
fn jpeg_has_end(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some([0xff, marker, high, low]) = bytes.get(at..at + 4) {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        match marker {
            0xff => at += 1,
            0xda => return bytes[at..].windows(2).any(|pair| pair == [0xff, 0xd9]),
            _ => at += 2 + length,
        }
    }
    false
}

/// Area means (shrinking) or linear interpolation (growing), of colours times alpha: a transparent
/// pixel's colour does not bleed into its neighbours.
fn scaled(pixels: &Pixels, (width, height): (u32, u32)) -> Pixels {
    let axis = |to: u32, from: u32| {
        let span = |size: u32| (0.0, f64::from(size));
        let (canvas, source) = (to as usize, from as usize);
        let mut axis = Axis::default();
        axis.compute(&AxisKey { to: span(to), canvas, from: span(from), source, shift: 0.0 });
        axis
    };
    let (across, down) = (axis(width, pixels.width), axis(height, pixels.height));
    let stride = pixels.width as usize * 4;
    let mut sums = vec![[0.0_f32; 4]; pixels.width as usize];
    let mut rgba = Vec::with_capacity(width as usize * height as usize * 4);
    for (row, first) in down.first.iter().enumerate() {
        sums.fill([0.0; 4]);
        for (index, weight) in down.weights_of(row).iter().enumerate() {
            let start = (*first as usize + index) * stride;
            let line = pixels.rgba[start..start + stride].as_chunks::<4>().0;
            for (sum, pixel) in sums.iter_mut().zip(line) {
                add(sum, times_alpha(*pixel), *weight);
            }
        }
        for (column, first) in across.first.iter().enumerate() {
            let mut sum = [0.0; 4];
            for (index, weight) in across.weights_of(column).iter().enumerate() {
                add(&mut sum, sums[*first as usize + index], *weight);
            }
            rgba.extend(straight(sum));
        }
    }
    Pixels { width, height, rgba }
}

fn times_alpha([r, g, b, a]: [u8; 4]) -> [f32; 4] {
    let alpha = f32::from(a);
    let [r, g, b] = [r, g, b].map(|value| f32::from(value) * alpha / 255.0);
    [r, g, b, alpha]
}

fn add(sum: &mut [f32; 4], values: [f32; 4], weight: i16) {
    let weight = f32::from(weight) / f32::from(crate::axis::ONE);
    sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value * weight);
}

/// Straight alpha from colours times alpha, 0 to 255 each.
pub fn straight([r, g, b, a]: [f32; 4]) -> [u8; 4] {
    if a <= 0.0 {
        return [0; 4];
    }
    let [r, g, b] = [r, g, b].map(|value| (value * 255.0 / a).round().min(255.0) as u8);
    [r, g, b, a.round().min(255.0) as u8]
}
