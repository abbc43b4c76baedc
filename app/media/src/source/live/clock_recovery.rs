//! Recovers a live source's clock from arrival times: pure, times are passed in.
//!
//! Everything arrives late by a fixed delay and by jitter. The least lateness of each window is taken
//! for the fixed delay. If that changes from window to window the clocks drift, and the map follows
//! slowly, so that neither picture nor sound jumps.

use crate::live_map::LiveMap;

/// The window over which the least lateness is taken, in nanoseconds.
const WINDOW: i64 = 4_000_000_000;
/// A change by more than this is a jump of the source's timestamps (a splice, a camera whose clock was
/// set), for which the map starts over, in nanoseconds.
const JUMP: i64 = 1_000_000_000;

/// Recovers one live source's clock.
#[derive(Clone, Debug)]
pub struct ClockRecovery {
    take: u32,
    latency: i64,
    map: Option<LiveMap>,
    window: Option<(i64, i64)>,
}

impl ClockRecovery {
    /// For a source whose pictures and sound are due `latency` nanoseconds after they arrive.
    pub fn new(latency: i64) -> Self {
        Self { take: 0, latency, map: None, window: None }
    }

    /// For the same source, opened again for this take, with new timestamps.
    pub fn restarted(&self, take: u32) -> Self {
        Self { take, ..Self::new(self.latency) }
    }

    /// Takes the arrival of an item with timestamp `source` at `studio`, both in nanoseconds. Returns
    /// the map if it changed.
    pub fn observe(&mut self, source: i64, studio: i64) -> Option<LiveMap> {
        let lateness = studio - source;
        let Some(map) = self.map else { return self.start_map(source, studio) };
        let off = studio + self.latency - map.studio_from_source(source);
        if off.abs() > JUMP + self.latency {
            return self.start_map(source, studio);
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
        // Network jitter is not drift: a small error is ignored.
        let ppm = if error.abs() < 2_000_000 { 0 } else { ppm };
        if ppm == map.slope_ppm {
            return None;
        }
        let map = map.steered(source, ppm);
        self.map = Some(map);
        Some(map)
    }

    fn start_map(&mut self, source: i64, studio: i64) -> Option<LiveMap> {
        self.window = None;
        self.map =
            Some(LiveMap { take: self.take, source, studio: studio + self.latency, slope_ppm: 0 });
        self.map
    }
}
