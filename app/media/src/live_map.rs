//! The map from a live source's timestamps to the studio's clock.

/// An affine map from a live source's time to the studio's clock, both in nanoseconds: `source` is due
/// at `studio`, and from there on each of its seconds is `1 + slope_ppm / 1,000,000` of ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveMap {
    /// The take of the source that it belongs to; 0 before the source was first opened.
    pub take: u32,
    /// How often it has jumped since the source was opened; between two jumps it is continuous.
    pub anchor: u32,
    /// A time of the source.
    pub source: i64,
    /// When that is due.
    pub studio: i64,
    /// How much slower the source's clock runs than the studio's, within ±10,000.
    pub slope_ppm: i32,
    /// The duration of the source's pictures, in nanoseconds; 0 while it is not known.
    pub picture: i64,
}

/// What a slope counts.
const MILLION: i128 = 1_000_000;

impl LiveMap {
    /// The steepest slope: 1 %.
    pub const MAX_PPM: i32 = 10_000;

    /// When a source's time is due.
    pub fn studio_from_source(self, source: i64) -> i64 {
        let since = i128::from(source) - i128::from(self.source);
        let scaled = since * (MILLION + i128::from(self.slope_ppm)) / MILLION;
        saturated(i128::from(self.studio) + scaled)
    }

    /// The source's time that is due now.
    pub fn source_from_studio(self, studio: i64) -> i64 {
        let since = i128::from(studio) - i128::from(self.studio);
        let scaled = since * MILLION / (MILLION + i128::from(self.slope_ppm));
        saturated(i128::from(self.source) + scaled)
    }

    /// The map that agrees with this one at this time of the studio, and has another slope from there.
    #[must_use]
    pub fn steered(self, studio: i64, slope_ppm: i32) -> Self {
        let slope_ppm = slope_ppm.clamp(-Self::MAX_PPM, Self::MAX_PPM);
        Self { source: self.source_from_studio(studio), studio, slope_ppm, ..self }
    }

    /// The map by which everything is due so much later, or earlier if that is negative.
    #[must_use]
    pub fn jumped(self, by: i64) -> Self {
        let anchor = self.anchor.wrapping_add(1);
        Self { studio: self.studio.saturating_add(by), anchor, ..self }
    }
}

fn saturated(nanos: i128) -> i64 {
    i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
}
