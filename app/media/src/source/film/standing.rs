//! Sees whether a film stands still.

const SECOND: u64 = 1_000_000_000;

/// For how long nothing has come of a film.
#[derive(Default)]
pub struct Standing {
    /// How much of its pictures and its sound had come, and how often it was read.
    progress: [u64; 3],
    /// When that changed last, or it had something to wait for, by GStreamer's clock in nanoseconds.
    since: u64,
    /// When it was last looked, likewise.
    looked: u64,
}

impl Standing {
    /// Looks now: for how long nothing has come, in nanoseconds. While nobody looked the whole process stood.
    pub fn look(&mut self, now: u64, progress: [u64; 3], waits: bool) -> u64 {
        let stood = now.saturating_sub(self.looked).saturating_sub(SECOND);
        (self.since, self.looked) = (self.since + stood, now);
        if waits || self.progress != progress {
            (self.since, self.progress) = (now, progress);
        }
        now.saturating_sub(self.since)
    }
}
