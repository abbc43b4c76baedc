//! The map between a source's time and programme time.

/// Millionths of a sample in a sample: positions in source time are kept in these, so that a change
/// of slope moves the sound by less than -120 dB of anything, and 6 years fit an i64.
const MICRO: i128 = 1_000_000;
/// Millionths of a sample in a nanosecond.
const MICROS_A_NANO: i64 = crate::RATE as i64 / 1_000;
/// The unit of a read position: 2^-32 sample.
const Q32: i128 = 1 << 32;

/// An integer affine map between the samples of a source and those of the programme: one point
/// where both are known, and the slope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeMap {
    /// In millionths of a sample.
    source: i64,
    programme: i64,
    slope_ppm: i32,
}

impl TimeMap {
    /// The greatest slope either way, in millionths: 1 %.
    pub const MAX_SLOPE_PPM: i32 = 10_000;

    /// A source as fast as the programme, whose sample s is heard at s + offset.
    pub const fn shifted(offset: i64) -> Self {
        Self { source: 0, programme: offset, slope_ppm: 0 }
    }

    /// A source whose time in nanoseconds is due at this sample of the programme, with a slope as
    /// [`Self::steered`] has it. Its first sample is at its time 0.
    pub fn due(source_nanos: i64, programme: i64, slope_ppm: i32) -> Self {
        let slope_ppm = slope_ppm.clamp(-Self::MAX_SLOPE_PPM, Self::MAX_SLOPE_PPM);
        Self { source: source_nanos.saturating_mul(MICROS_A_NANO), programme, slope_ppm }
    }

    /// The same position at this sample of the programme, another slope from there on: 1,000,000
    /// samples of the source take 1,000,000 + `slope_ppm` of the programme. Clamped to
    /// [`TimeMap::MAX_SLOPE_PPM`].
    pub fn steered(self, programme: i64, slope_ppm: i32) -> Self {
        let (numerator, denominator) = self.source_micros(programme);
        let source = (numerator + denominator / 2).div_euclid(denominator);
        let slope_ppm = slope_ppm.clamp(-Self::MAX_SLOPE_PPM, Self::MAX_SLOPE_PPM);
        Self { source: saturated(source), programme, slope_ppm }
    }

    /// The same map, heard this many samples later; earlier if negative.
    pub fn moved(self, samples: i64) -> Self {
        Self { programme: self.programme.saturating_add(samples), ..self }
    }

    /// The slope in millionths.
    pub fn slope_ppm(self) -> i32 {
        self.slope_ppm
    }

    /// The sample of the programme at which a sample of the source is heard, rounded down.
    pub fn programme_from_source(self, sample: i64) -> i64 {
        let micros = i128::from(sample) * MICRO - i128::from(self.source);
        let way = (micros * (MICRO + i128::from(self.slope_ppm))).div_euclid(MICRO * MICRO);
        saturated(way + i128::from(self.programme))
    }

    /// The position in the source that is heard at a sample of the programme: whole samples, and
    /// 2^-32 of a sample.
    pub fn source_from_programme(self, sample: i64) -> (i64, u32) {
        let (numerator, denominator) = self.source_micros(sample);
        // In two steps, since micros by 2^32 would overflow 128 bits after some months.
        let place = denominator * MICRO;
        let whole = numerator.div_euclid(place);
        let part = numerator.rem_euclid(place) * Q32 / place;
        (saturated(whole), u32::try_from(part).unwrap_or(u32::MAX))
    }

    /// How far ahead of another map's position this one's is at a sample of the programme, in 2^-32
    /// sample.
    pub(crate) fn moved_from(self, other: Self, sample: i64) -> i64 {
        let place = |map: Self| {
            let (whole, part) = map.source_from_programme(sample);
            i128::from(whole) * Q32 + i128::from(part)
        };
        if self == other { 0 } else { saturated(place(self) - place(other)) }
    }

    /// How far the source advances for a sample of the programme, in 2^-32 sample. Exact to 2^-33,
    /// which is negligible over a block; each block starts at its own exact position.
    pub(crate) fn step(self) -> i64 {
        let slope = MICRO + i128::from(self.slope_ppm);
        saturated((Q32 * MICRO + slope / 2) / slope)
    }

    /// The position in the source in millionths of a sample, as a fraction.
    fn source_micros(self, programme: i64) -> (i128, i128) {
        let slope = MICRO + i128::from(self.slope_ppm);
        let way = i128::from(programme) - i128::from(self.programme);
        (i128::from(self.source) * slope + way * MICRO * MICRO, slope)
    }

    pub(crate) fn parts(self) -> (i64, i64, i32) {
        (self.source, self.programme, self.slope_ppm)
    }

    pub(crate) fn from_parts((source, programme, slope_ppm): (i64, i64, i32)) -> Self {
        Self { source, programme, slope_ppm }
    }
}

fn saturated(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}
