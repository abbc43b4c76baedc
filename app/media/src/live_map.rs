//! The map from a live source's timestamps to the studio's clock.

/// An affine map from a live source's time to the studio's clock, both in nanoseconds: `source` is due
/// at `studio`, and from there on each of its seconds is `1 + slope_ppm / 1,000,000` of ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveMap {
    /// The take of the source that it belongs to; 0 before the source was first opened.
    pub take: u32,
    /// A time of the source.
    pub source: i64,
    /// When that is due.
    pub studio: i64,
    /// How much slower the source's clock runs than the studio's, within ±2,000.
    pub slope_ppm: i32,
}

impl LiveMap {
    /// The steepest slope.
    pub const MAX_PPM: i32 = 2_000;

    /// When a source's time is due.
    pub fn studio_from_source(self, source: i64) -> i64 {
        let since = source - self.source;
        self.studio + since + scaled(since, self.slope_ppm)
    }

    /// The source's time that is due now.
    pub fn source_from_studio(self, studio: i64) -> i64 {
        let since = studio - self.studio;
        // To the second order: within 30 microseconds over an hour at the steepest slope.
        let slope = scaled(since, self.slope_ppm);
        self.source + since - slope + scaled(slope, self.slope_ppm)
    }

    /// The map that agrees with this one at this time of the source, and has another slope from there.
    pub fn steered(self, source: i64, slope_ppm: i32) -> Self {
        let slope_ppm = slope_ppm.clamp(-Self::MAX_PPM, Self::MAX_PPM);
        Self { source, studio: self.studio_from_source(source), slope_ppm, ..self }
    }
}

fn scaled(nanos: i64, ppm: i32) -> i64 {
    i64::try_from(i128::from(nanos) * i128::from(ppm) / 1_000_000).unwrap_or(0)
}
