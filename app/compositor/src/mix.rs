//! The mix of two finished pictures.

use engine::{Canvas, Frame};

/// `part / whole` of `to` over `from`.
pub fn mix(mut canvas: Canvas, from: &Frame, to: &Frame, part: u32, whole: u32) -> Frame {
    let (part, whole) = (u64::from(part), u64::from(whole.max(1)));
    // In 15 bits, so that 16-bit products keep their upper halves: exact to 1/32 of a code.
    let share = ((part * 32_767 + whole / 2) / whole).min(32_767) as i16;
    for index in 0..3 {
        let (wide, high) = canvas.plane_size(index);
        let (a, b) = (from.plane(index), to.plane(index));
        let (bytes, stride) = canvas.plane_mut(index);
        for row in 0..high {
            let target = &mut bytes[row * stride..][..wide];
            let (a, b) = (&a.data[row * a.stride..][..wide], &b.data[row * b.stride..][..wide]);
            for ((target, a), b) in target.iter_mut().zip(a).zip(b) {
                let (a, b) = (i16::from(*a), i16::from(*b));
                let way = (i32::from((b - a) << 6) * i32::from(share)) >> 16;
                *target = (((a << 5) + way as i16 + 16) >> 5) as u8;
            }
        }
    }
    canvas.finish()
}
