//! One axis of a scaled picture: which source samples make each canvas sample, and how much.

use crate::cache::CacheValue;

/// The weights of one axis. A canvas sample is the mean of the source over its area (shrinking), or
/// the linear interpolation at its middle (growing). Only the part of it inside the picture counts.
#[derive(Clone, Debug, Default)]
pub struct Axis {
    /// First canvas sample.
    pub start: usize,
    /// How many source samples make a canvas sample.
    pub taps: usize,
    /// For each canvas sample the first source sample; all taps are inside the source.
    pub first: Vec<u32>,
    /// For each canvas sample `taps` weights that add up to [`ONE`].
    pub weights: Vec<i16>,
    /// The same in 8 bits, for the first pass: they add up to 256.
    pub coarse: Vec<u16>,
    /// Whether there is a fast path for the weights.
    pub kind: AxisKind,
}

/// Kinds of axis that have fast paths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AxisKind {
    /// Any weights.
    #[default]
    Any,
    /// Each sample is a source sample, in turn.
    Copy,
    /// Each sample is the mean of two source samples, in turn.
    Half,
    /// Half of a row whose samples are sited left of the middle: weights 1/8, 1/2, 3/8.
    HalfSited,
}

/// The sum of the weights of a sample.
pub const ONE: i16 = 1 << 14;

/// The key of an axis; equal keys have equal axes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AxisKey {
    /// Start and length of the picture on the canvas, in canvas samples. The length is above 0.
    pub to: (f64, f64),
    /// Samples of the canvas.
    pub canvas: usize,
    /// Start and length of what it shows, in source samples. The length is above 0.
    pub from: (f64, f64),
    /// Samples of the source.
    pub source: usize,
    /// How far right of their position the source's samples are read: chroma siting.
    pub shift: f64,
}

impl CacheValue<AxisKey> for Axis {
    fn compute(&mut self, key: &AxisKey) {
        let AxisKey { to, canvas, from, source, shift } = *key;
        let step = from.1 / to.1;
        let source_of = |at: f64| from.0 + (at - to.0) * step + shift;
        let start = to.0.floor().clamp(0.0, canvas as f64) as usize;
        let end = (to.0 + to.1).ceil().clamp(start as f64, canvas as f64) as usize;
        // A source that grows is sampled at the pixel's middle, one pixel wide: that is linear
        // interpolation between neighbours. One that shrinks is averaged over the area.
        let span = |pixel: usize| {
            let low = (pixel as f64).max(to.0);
            let high = (pixel as f64 + 1.0).min(to.0 + to.1);
            if step >= 1.0 {
                (source_of(low), source_of(high))
            } else {
                let middle = source_of((low + high) / 2.0);
                (middle - 0.5, middle + 0.5)
            }
        };
        let window = SampleBounds::new(from, source);
        let count = |pixel| window.clamped(span(pixel)).1;
        self.start = start;
        self.taps = (start..end).map(count).max().unwrap_or(1);
        self.first.clear();
        self.weights.clear();
        self.weights.resize((end - start) * self.taps, 0);
        for (pixel, weights) in (start..end).zip(self.weights.chunks_exact_mut(self.taps)) {
            self.first.push(window.weigh(span(pixel), source, weights) as u32);
        }
        self.coarse.clear();
        for weights in self.weights.chunks_exact(self.taps) {
            let mut sum = 0;
            self.coarse.extend(weights.iter().map(|weight| {
                let before = coarse(sum);
                sum += weight;
                coarse(sum) - before
            }));
        }
        self.kind = self.find_kind();
    }
}

/// A sum of weights in 8 bits.
fn coarse(sum: i16) -> u16 {
    (sum as u16 + 32) >> 6
}

impl Axis {
    /// How many canvas samples.
    pub fn len(&self) -> usize {
        self.first.len()
    }

    /// The weights of a canvas sample, counted from [`Self::start`].
    pub fn weights_of(&self, index: usize) -> &[i16] {
        &self.weights[index * self.taps..(index + 1) * self.taps]
    }

    fn find_kind(&self) -> AxisKind {
        let in_turn = |by: u32| self.first.windows(2).all(|pair| pair[1] == pair[0] + by);
        let all = |weights: &[i16]| self.weights.chunks_exact(self.taps).all(|w| w == weights);
        match self.taps {
            1 if in_turn(1) => AxisKind::Copy,
            2 if in_turn(2) && all(&[ONE / 2; 2]) => AxisKind::Half,
            3 if self.is_half_sited() => AxisKind::HalfSited,
            _ => AxisKind::Any,
        }
    }

    /// The first sample may be at the source's left edge, which is repeated outside.
    fn is_half_sited(&self) -> bool {
        let whole = [ONE / 8, ONE / 2, ONE / 8 * 3];
        let edge = [ONE / 8 * 5, ONE / 8 * 3, 0];
        let at_edge = self.first[..1] == [0] && self.weights_of(0) == edge;
        let skip = usize::from(at_edge);
        let rest = &self.first[skip..];
        let weights = self.weights.chunks_exact(3).skip(skip);
        weights.clone().all(|w| w == whole)
            && rest.windows(2).all(|pair| pair[1] == pair[0] + 2)
            && (!at_edge || rest.first().is_none_or(|first| *first == 1))
    }
}

/// The source samples that may be used.
struct SampleBounds {
    low: i64,
    high: i64,
}

impl SampleBounds {
    fn new(from: (f64, f64), source: usize) -> Self {
        let last = source as i64 - 1;
        let low = (from.0.floor() as i64).clamp(0, last);
        let high = ((from.0 + from.1).ceil() as i64 - 1).clamp(low, last);
        Self { low, high }
    }

    /// The samples that `a..b` touches, and how many samples of the source these are: the edge is
    /// repeated outside.
    fn clamped(&self, (a, b): (f64, f64)) -> (std::ops::RangeInclusive<i64>, usize) {
        let low = a.floor() as i64;
        let high = (b.ceil() as i64 - 1).max(low);
        let count = high.clamp(self.low, self.high) - low.clamp(self.low, self.high) + 1;
        (low..=high, count as usize)
    }

    /// Writes the shares of the samples in `a..b`, rounded so that the sum is exact: a flat colour
    /// stays that colour. Returns the first sample.
    fn weigh(&self, (a, b): (f64, f64), source: usize, weights: &mut [i16]) -> usize {
        let (touched, _) = self.clamped((a, b));
        let first = (*touched.start()).clamp(self.low, self.high) as usize;
        let first = first.min(source - weights.len());
        let mut sum = 0.0;
        let mut given = 0;
        for pixel in touched {
            let share = (b.min(pixel as f64 + 1.0) - a.max(pixel as f64)).max(0.0);
            sum += share / (b - a);
            let upto = (sum * f64::from(ONE)).round() as i16;
            weights[pixel.clamp(self.low, self.high) as usize - first] += upto - given;
            given = upto;
        }
        first
    }
}
