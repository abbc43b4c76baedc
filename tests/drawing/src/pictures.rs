//! Pictures for tests, in every format a source may have.

use std::sync::Arc;

use engine::{Frame, PixelFormat, PixelLayout, Plane, Planes};

/// Planes in plain memory.
struct Memory {
    planes: Vec<(Vec<u8>, usize)>,
}

impl Planes for Memory {
    fn plane(&self, index: usize) -> Plane<'_> {
        let (data, stride) = &self.planes[index];
        Plane { data, stride: *stride }
    }
}

/// A picture whose byte at (plane, component, column, row) is this function, with rows `pad` bytes
/// longer than they need be.
pub fn picture(
    (width, height): (u32, u32),
    format: PixelFormat,
    pad: usize,
    byte: impl Fn(usize, usize, usize, usize) -> u8,
) -> Frame {
    let components: &[usize] = match format.layout {
        PixelLayout::I420 => &[1, 1, 1],
        PixelLayout::Nv12 => &[1, 2],
        PixelLayout::Rgba => &[4],
    };
    let plane = |(index, count): (usize, &usize)| {
        let (wide, high) = match index {
            0 => (width as usize, height as usize),
            _ => (width.div_ceil(2) as usize, height.div_ceil(2) as usize),
        };
        let stride = wide * count + pad;
        let mut data = vec![0xa5; stride * high];
        for row in 0..high {
            for column in 0..wide {
                for component in 0..*count {
                    let value = byte(index, component, column, row);
                    data[row * stride + column * count + component] = value;
                }
            }
        }
        (data, stride)
    };
    let planes = components.iter().enumerate().map(plane).collect();
    Frame::new(width, height, format, Arc::new(Memory { planes }))
}

/// A number from a few, evenly spread.
pub fn hash(seed: u64, numbers: [u64; 4]) -> u64 {
    numbers.iter().fold(seed, |hash, number| {
        let mixed = (hash ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 29)
    })
}

/// Bytes as in nature: slopes, edges and some noise.
pub fn natural(seed: u64) -> impl Fn(usize, usize, usize, usize) -> u8 {
    move |plane, component, column, row| {
        let of = |numbers: [u64; 4]| hash(seed, numbers);
        let part = (plane * 4 + component) as u64;
        let block = of([part, column as u64 / 17, row as u64 / 13, 1]) % 160;
        let slope = (column * 3 + row * 2) as u64 / 4 % 64;
        let noise = of([part, column as u64, row as u64, 2]) % 24;
        (8 + block + slope / 2 + noise) as u8
    }
}
