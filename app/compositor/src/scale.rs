//! Scaling of one row: columns of the source first, then its rows; with fast paths for what occurs
//! most. Written so that the compiler vectorises it: 16-bit sums, no branch inside a loop.

use crate::axis::{Axis, AxisKind};

/// The samples of one component of a source.
#[derive(Clone, Copy)]
pub struct Samples<'a> {
    /// From the first sample of the first row.
    pub data: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
    /// Bytes from one sample to the next: 1, or 2 for interleaved Cb and Cr.
    pub step: usize,
}

impl<'a> Samples<'a> {
    /// All samples of a row.
    pub fn whole(self, row: usize, wide: usize) -> impl Iterator<Item = u8> + 'a {
        self.data[row * self.stride..].iter().step_by(self.step).take(wide).copied()
    }

    /// Samples `low..high` of a row. A last sample of step 2 may lack its partner.
    pub fn row(&self, row: usize, low: usize, high: usize) -> &'a [u8] {
        let start = row * self.stride;
        &self.data[start + low * self.step..start + (high - 1) * self.step + 1]
    }
}

/// Writes row `index` of a scaled picture, counted from `down.start`, into `out`, which has a
/// sample for each of `across`. `sums` is scratch. A picture with alpha is blended by it
/// afterwards, which adds to the error: it needs finer weights.
pub fn row(
    out: &mut [u8],
    sums: &mut Vec<u16>,
    source: Samples<'_>,
    (across, down): (&Axis, &Axis),
    (index, is_fine): (usize, bool),
) {
    let (Some(low), Some(last)) = (across.first.first(), across.first.last()) else { return };
    let (low, high) = (*low as usize, *last as usize + across.taps);
    let top = down.first[index] as usize;
    let of = |offset: usize| source.row(top + offset, low, high);
    match (across.kind, down.kind, source.step) {
        (AxisKind::Copy, AxisKind::Copy, 1) => out.copy_from_slice(of(0)),
        (AxisKind::Copy, AxisKind::Copy, _) => {
            out.iter_mut().zip(of(0).iter().step_by(2)).for_each(|(out, value)| *out = *value);
        }
        (AxisKind::Half, AxisKind::Half, 1) => halve(out, of(0), of(1)),
        (AxisKind::HalfSited, AxisKind::Half, step) => {
            sums.resize(high - low, 0);
            add(sums, of(0), of(1), step);
            halve_sited(out, sums, &across.first);
        }
        (_, _, 1) if is_fine => {
            sums.resize(high - low, 0);
            columns_fine(sums, down.weights_of(index), of);
            rows(out, sums, across, low);
        }
        (_, _, step) => {
            sums.resize(high - low, 0);
            let weights = &down.coarse[index * down.taps..][..down.taps];
            if step == 1 {
                columns::<1>(sums, weights, of);
            } else {
                columns::<2>(sums, weights, of);
            }
            rows(out, sums, across, low);
        }
    }
}

fn halve(out: &mut [u8], above: &[u8], below: &[u8]) {
    // Two samples as one number: SIMD adds its halves without sorting bytes first.
    let both = |pair: &[u8; 2]| {
        let pair = u16::from_le_bytes(*pair);
        (pair & 0xff) + (pair >> 8)
    };
    let pairs = above.as_chunks().0.iter().zip(below.as_chunks().0);
    for (out, (a, b)) in out.iter_mut().zip(pairs) {
        *out = ((both(a) + both(b) + 2) >> 2) as u8;
    }
}

fn add(sums: &mut [u16], above: &[u8], below: &[u8], step: usize) {
    if step == 1 {
        for (sum, (a, b)) in sums.iter_mut().zip(above.iter().zip(below)) {
            *sum = u16::from(*a) + u16::from(*b);
        }
    } else {
        let pairs = above.chunks(2).zip(below.chunks(2));
        for (sum, (a, b)) in sums.iter_mut().zip(pairs) {
            *sum = u16::from(a[0]) + u16::from(b[0]);
        }
    }
}

/// From sums of two rows; the weights are those of [`AxisKind::HalfSited`].
fn halve_sited(out: &mut [u8], sums: &[u16], first: &[u32]) {
    let at_edge = first.len() > 1 && first[1] - first[0] == 1;
    let (out, sums) = if at_edge {
        out[0] = ((sums[0] * 10 + sums[1] * 6 + 16) >> 5) as u8;
        (&mut out[1..], &sums[1..])
    } else {
        (out, sums)
    };
    let (pairs, rights) = (sums.as_chunks().0, sums[2..].chunks(2));
    for (out, ([left, middle], right)) in out.iter_mut().zip(pairs.iter().zip(rights)) {
        *out = ((left + middle * 4 + right[0] * 3 + 8) >> 4) as u8;
    }
}

/// The weighted sums of some rows, in 7 fraction bits.
fn columns<'a, const STEP: usize>(
    sums: &mut [u16],
    weights: &[u16],
    row: impl Fn(usize) -> &'a [u8],
) {
    let wide = |row: &'a [u8]| row.chunks(STEP).map(|value| u16::from(value[0]));
    match *weights {
        [_] => {
            sums.iter_mut().zip(wide(row(0))).for_each(|(sum, value)| *sum = value << 7);
        }
        [a, b] => {
            for (sum, (above, below)) in sums.iter_mut().zip(wide(row(0)).zip(wide(row(1)))) {
                *sum = (above * a + below * b) >> 1;
            }
        }
        [a, b, c] => {
            let values = wide(row(0)).zip(wide(row(1))).zip(wide(row(2)));
            for (sum, ((above, middle), below)) in sums.iter_mut().zip(values) {
                *sum = (above * a + middle * b + below * c) >> 1;
            }
        }
        _ => {
            sums.fill(0);
            for (index, weight) in weights.iter().enumerate() {
                for (sum, value) in sums.iter_mut().zip(wide(row(index))) {
                    *sum += value * weight;
                }
            }
            sums.iter_mut().for_each(|sum| *sum >>= 1);
        }
    }
}

/// The same, with weights of 14 bits instead of 8.
fn columns_fine<'a>(sums: &mut [u16], weights: &[i16], row: impl Fn(usize) -> &'a [u8]) {
    // Each product loses half a unit, in the mean.
    sums.fill(if weights.len() > 1 { weights.len() as u16 / 2 } else { 0 });
    for (index, weight) in weights.iter().enumerate() {
        let weight = *weight as u32;
        for (sum, value) in sums.iter_mut().zip(row(index)) {
            *sum += ((u32::from(*value) * weight) >> 7) as u16;
        }
    }
}

fn rows(out: &mut [u8], sums: &[u16], across: &Axis, low: usize) {
    match across.taps {
        1 => taps::<1>(out, sums, across, low),
        2 => taps::<2>(out, sums, across, low),
        3 => taps::<3>(out, sums, across, low),
        4 => taps::<4>(out, sums, across, low),
        5 => taps::<5>(out, sums, across, low),
        6 => taps::<6>(out, sums, across, low),
        taps => {
            let weights = across.weights.chunks_exact(taps);
            for (out, (first, weights)) in out.iter_mut().zip(across.first.iter().zip(weights)) {
                let sums = &sums[*first as usize - low..][..taps];
                *out = finish(sums.iter().zip(weights).map(weigh).sum());
            }
        }
    }
}

fn taps<const TAPS: usize>(out: &mut [u8], sums: &[u16], across: &Axis, low: usize) {
    let weights = across.weights.as_chunks::<TAPS>().0;
    for (out, (first, weights)) in out.iter_mut().zip(across.first.iter().zip(weights)) {
        let sums = &sums[*first as usize - low..][..TAPS];
        *out = finish(sums.iter().zip(weights).map(weigh).sum());
    }
}

fn weigh((sum, weight): (&u16, &i16)) -> i32 {
    i32::from(*sum as i16) * i32::from(*weight)
}

/// From 7 fraction bits of a sum and 14 of a weight.
fn finish(sum: i32) -> u8 {
    ((sum + (1 << 20)) >> 21) as u8
}
