//! Draws graphics at whole pixels.

use engine::Canvas;
use show::Component;

use crate::drawable::{GraphicBitmap, Layer};

/// Draws a graphic where its component is placed.
pub fn draw(canvas: &mut Canvas, component: &Component, bitmap: &GraphicBitmap) {
    let opacity = (component.opacity.clamp(0.0, 1.0) * 256.0).round() as u16;
    if opacity == 0 {
        return;
    }
    let (x, y) = place(component, canvas.size(), (bitmap.width, bitmap.height));
    let odd = (x.rem_euclid(2) + 2 * y.rem_euclid(2)) as usize;
    let layer = &bitmap.luma;
    blend(canvas.plane_size(0), canvas.plane_mut(0), layer, 0, (x, y), opacity);
    let layer = &bitmap.chroma[odd];
    let at = (x.div_euclid(2), y.div_euclid(2));
    blend(canvas.plane_size(1), canvas.plane_mut(1), layer, 0, at, opacity);
    blend(canvas.plane_size(2), canvas.plane_mut(2), layer, 1, at, opacity);
}

/// The pixel of the canvas where a graphic's left top pixel lies.
pub fn place(component: &Component, canvas: (u32, u32), size: (usize, usize)) -> (i64, i64) {
    let (across, down) = component.place.anchor.fraction();
    let at = |canvas: u32, size: usize, fraction: f64, offset: f64| {
        let canvas = f64::from(canvas);
        ((canvas - size as f64) * fraction + offset * canvas).round() as i64
    };
    let x = at(canvas.0, size.0, across, component.place.x);
    let y = at(canvas.1, size.1, down, component.place.y);
    (x, y)
}

/// Blends the visible part of each row of a layer.
fn blend<const N: usize>(
    (wide, high): (usize, usize),
    (bytes, stride): (&mut [u8], usize),
    layer: &Layer<N>,
    plane: usize,
    (x, y): (i64, i64),
    opacity: u16,
) {
    for (row, (first, end)) in layer.seen.iter().enumerate() {
        let line = y + row as i64;
        let first = i64::from(*first).max(-x);
        let end = i64::from(*end).min(wide as i64 - x);
        if first >= end || line < 0 || line >= high as i64 {
            continue;
        }
        let source = row * layer.width;
        let from = source + first as usize..source + end as usize;
        let target = line as usize * stride + (x + first) as usize;
        let target = &mut bytes[target..target + from.len()];
        over(target, &layer.codes[plane][from.clone()], &layer.alpha[from], opacity);
    }
}

/// Codes are already multiplied by alpha. A division by 255 that is exact for all products of two
/// codes.
fn over(target: &mut [u8], codes: &[u8], alpha: &[u8], opacity: u16) {
    let values = target.iter_mut().zip(codes.iter().zip(alpha));
    if opacity == 256 {
        for (target, (code, alpha)) in values {
            let product = u16::from(*target) * u16::from(255 - *alpha) + 128;
            let rest = (product + (product >> 8)) >> 8;
            *target = (u16::from(*code) + rest).min(255) as u8;
        }
    } else {
        for (target, (code, alpha)) in values {
            let code = u16::from(*code) * opacity;
            let alpha = u32::from(*alpha) * u32::from(opacity);
            let rest = u32::from(*target) * (65_280 - alpha) / 255;
            *target = ((u32::from(code) + rest + 128) >> 8).min(255) as u8;
        }
    }
}
