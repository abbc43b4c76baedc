//! How a live source's clock runs against ours: pure, times are passed in.
//!
//! What arrives comes late by a delay that varies and by one that does not. The least lateness of
//! each window is taken for the one that does not; where it moves, the clocks differ, and the map
//! follows slowly, so that neither picture nor sound jumps.

use crate::live_map::LiveMap;

/// Lateness is judged over this long, in nanoseconds.
const WINDOW: i64 = 4_000_000_000;
/// A move of this much is a jump of the source's time (a splice, a camera whose clock was set), which
/// no slope makes good.
const JUMP: i64 = 1_000_000_000;

/// Follows a live source's clock.
#[derive(Clone, Debug)]
pub struct ClockRecovery {
    take: u32,
    latency: i64,
    map: Option<LiveMap>,
    window: Option<(i64, i64)>,
}

impl ClockRecovery {
    /// A source whose pictures and sound are due `latency` nanoseconds after they arrive.
    pub fn new(latency: i64) -> Self {
        Self { take: 0, latency, map: None, window: None }
    }

    /// The same source, opened for this take: another time line.
    pub fn restarted(&self, take: u32) -> Self {
        Self { take, ..Self::new(self.latency) }
    }

    /// Something of the source's time `source` arrived at `studio`, both in nanoseconds. Yields the
    /// map if it changed.
    pub fn arrived(&mut self, source: i64, studio: i64) -> Option<LiveMap> {
        let lateness = studio - source;
        let Some(map) = self.map else { return self.begin(source, studio) };
        let off = studio + self.latency - map.studio_from_source(source);
        if off.abs() > JUMP + self.latency {
            return self.begin(source, studio);
        }
        let (start, least) = self.window.get_or_insert((source, lateness));
        *least = (*least).min(lateness);
        if source - *start < WINDOW {
            return None;
        }
        let least = *least;
        self.window = None;
        let wanted = map.studio_from_source(source) - source;
        let error = least + self.latency - wanted;
        let ppm = error * 1_000_000 / (4 * WINDOW);
        let ppm = i32::try_from(ppm).unwrap_or(0).clamp(-LiveMap::MAX_PPM, LiveMap::MAX_PPM);
        // Jitter of the network is no drift: a small error is left alone.
        let ppm = if error.abs() < 2_000_000 { 0 } else { ppm };
        if ppm == map.slope_ppm {
            return None;
        }
        let map = map.steered(source, ppm);
        self.map = Some(map);
        Some(map)
    }

    fn begin(&mut self, source: i64, studio: i64) -> Option<LiveMap> {
        self.window = None;
        self.map =
            Some(LiveMap { take: self.take, source, studio: studio + self.latency, slope_ppm: 0 });
        self.map
    }
}
