//! How many threads an encoder gets: as few as finish each picture with room to spare.
//!
//! More threads cost more: each cuts a slice of its own out of the picture, and slices cannot predict
//! from one another. How long a picture takes depends on the machine, on what is in it and on what else
//! runs, so it is measured.

use show::{EncodeProfile, Format, Preset};

/// More threads than this gain nothing that a live picture needs.
pub const MAX_THREADS: u32 = 8;

/// Nanoseconds in a second.
const SECOND: u64 = 1_000_000_000;
/// So many pictures in a row decide that there must be more threads at once: what waits meanwhile is late.
const LATE_PICTURES: u32 = 3;
/// Pictures that do not count after a change: the first allocates and is a keyframe.
const SETTLING: u32 = 2;
/// Seconds for which half the threads must seem enough before they are tried.
const FIRST_WAIT: u64 = 10;
/// Each time that fewer were not enough, it waits twice as long before the next try, up to this.
const MAX_WAIT: u64 = 640;

/// Decides by how long pictures took. Times are nanoseconds of the wall clock: what the encoder lost to
/// other processes counts, since the picture was as late as that.
#[derive(Clone, Debug)]
pub struct ThreadControl {
    /// Nanoseconds a picture has.
    period: u64,
    /// Pictures in a second.
    second: u32,
    most: u32,
    threads: u32,
    /// Pictures that are still not counted.
    settling: u32,
    /// The last pictures in a row that took nearly all of their period or longer.
    late: u32,
    /// Of the second under way: pictures, and their times together.
    count: u32,
    sum: u64,
    /// Seconds in a row for which half the threads would have been enough.
    spare: u64,
    wait: u64,
    /// Fewer were tried since the last time there were more.
    tried_fewer: bool,
}

impl ThreadControl {
    /// For a machine with so many cores. It begins with what a slow machine needs for that many pixels
    /// a second.
    pub fn new(format: Format, profile: &EncodeProfile, cores: u32) -> Self {
        let (width, height) = format.raster.size();
        let (num, den) = format.rate.fraction();
        let period = SECOND * u64::from(den) / u64::from(num).max(1);
        let most = cores.clamp(1, MAX_THREADS);
        let expected =
            u64::from(width) * u64::from(height) * picoseconds_a_pixel(profile.preset) / 1_000;
        let threads = (expected.div_ceil(period.max(1)) as u32).clamp(1, most);
        let second = format.rate.nominal().max(1);
        let (count, sum, spare) = (0, 0, 0);
        Self {
            period,
            second,
            most,
            threads,
            settling: SETTLING,
            late: 0,
            count,
            sum,
            spare,
            wait: FIRST_WAIT,
            tried_fewer: false,
        }
    }

    /// How many there should be now.
    pub const fn threads(&self) -> u32 {
        self.threads
    }

    /// Counts a picture that took so many nanoseconds to encode; true if [`Self::threads`] changed.
    pub fn picture(&mut self, took: u64) -> bool {
        if self.settling > 0 {
            self.settling -= 1;
            return false;
        }
        self.late = if took * 10 > self.period * 9 { self.late + 1 } else { 0 };
        if self.late >= LATE_PICTURES {
            return self.more();
        }
        (self.count, self.sum) = (self.count + 1, self.sum + took);
        if self.count < self.second {
            return false;
        }
        let mean = self.sum / u64::from(self.count);
        (self.count, self.sum) = (0, 0);
        if mean * 10 > self.period * 7 {
            return self.more();
        }
        // With half as many a picture takes twice as long at the most.
        let fits = self.threads > 1 && mean * 2 * 2 < self.period;
        self.spare = if fits { self.spare + 1 } else { 0 };
        self.spare >= self.wait && self.fewer()
    }

    /// The number of threads could not be changed: it stays at this for another second at the least.
    pub fn stay(&mut self, threads: u32) {
        self.change(threads);
    }

    fn more(&mut self) -> bool {
        let threads = (self.threads * 2).min(self.most);
        if std::mem::take(&mut self.tried_fewer) {
            self.wait = (self.wait * 2).min(MAX_WAIT);
        }
        self.change(threads)
    }

    fn fewer(&mut self) -> bool {
        self.tried_fewer = true;
        self.change(self.threads / 2)
    }

    fn change(&mut self, threads: u32) -> bool {
        (self.count, self.sum, self.spare, self.late) = (0, 0, 0, 0);
        let changed = threads != self.threads;
        if changed {
            (self.threads, self.settling) = (threads, SETTLING);
        }
        changed
    }
}

/// What one thread of x264 takes for a pixel on a slow machine: twice what was measured on two virtual
/// cores, on 1080p with grain (18 ms a picture for `veryfast`).
const fn picoseconds_a_pixel(preset: Preset) -> u64 {
    match preset {
        Preset::Ultrafast => 8_500,
        Preset::Superfast => 13_000,
        Preset::Veryfast => 17_000,
        Preset::Faster => 27_000,
        Preset::Fast => 42_000,
        Preset::Medium => 48_000,
    }
}
