//! One axis of a scaled picture: which source pixels make each canvas pixel, and how much.

/// The weights of one axis. A canvas pixel is the mean of the source over its area (shrinking), or
/// the linear interpolation at its middle (growing). Only the part of a pixel inside the pane counts;
/// how large that part is, is its cover.
pub struct Axis {
    /// First canvas pixel.
    pub start: usize,
    /// One for each canvas pixel.
    pub taps: Vec<Taps>,
}

/// What makes one canvas pixel.
pub struct Taps {
    /// First source pixel.
    pub first: usize,
    /// Shares of the source pixels from `first`; they add up to [`ONE`].
    pub weights: Vec<u32>,
    /// How much of the pixel the pane covers, 0 to 1.
    pub cover: f32,
}

/// The sum of the weights of a pixel.
pub const ONE: u32 = 1 << 12;

impl Axis {
    /// The pane lies at `to` (start, length) on a canvas of `canvas` pixels and shows the source at
    /// `from` (start, length) of `source` pixels. Lengths are above 0.
    pub fn new(to: (f64, f64), canvas: usize, from: (f64, f64), source: usize) -> Self {
        let step = from.1 / to.1;
        let source_of = |place: f64| from.0 + (place - to.0) * step;
        let start = to.0.floor().clamp(0.0, canvas as f64) as usize;
        let end = (to.0 + to.1).ceil().clamp(start as f64, canvas as f64) as usize;
        let taps = (start..end).map(|pixel| {
            let low = (pixel as f64).max(to.0);
            let high = (pixel as f64 + 1.0).min(to.0 + to.1);
            // A source that grows is sampled at the pixel's middle, one pixel wide: that is linear
            // interpolation between neighbours. One that shrinks is averaged over the area.
            let (a, b) = if step >= 1.0 {
                (source_of(low), source_of(high))
            } else {
                let middle = source_of((low + high) / 2.0);
                (middle - 0.5, middle + 0.5)
            };
            let (first, weights) = weights(a, b, from, source);
            Taps { first, weights, cover: (high - low).max(0.0) as f32 }
        });
        Self { start, taps: taps.collect() }
    }
}

/// The shares of the source pixels in `a..b`; what lies outside the window repeats its edge.
fn weights(a: f64, b: f64, from: (f64, f64), source: usize) -> (usize, Vec<u32>) {
    let last = source as i64 - 1;
    let low_edge = (from.0.floor() as i64).clamp(0, last);
    let high_edge = ((from.0 + from.1).ceil() as i64 - 1).clamp(low_edge, last);
    let clamp = |pixel: i64| pixel.clamp(low_edge, high_edge);
    let (low, high) = (a.floor() as i64, (b.ceil() as i64 - 1).max(a.floor() as i64));
    let first = clamp(low);
    let mut shares = vec![0.0; (clamp(high) - first + 1) as usize];
    for pixel in low..=high {
        let share = (b.min(pixel as f64 + 1.0) - a.max(pixel as f64)).max(0.0);
        shares[(clamp(pixel) - first) as usize] += share / (b - a);
    }
    // Rounded so that the sum is exact: a flat colour stays that colour.
    let mut sum = 0.0;
    let mut given = 0;
    let whole = shares.iter().map(|share| {
        sum += share;
        let upto = (sum * f64::from(ONE)).round() as u32;
        let weight = upto - given;
        given = upto;
        weight
    });
    (first as usize, whole.collect())
}
