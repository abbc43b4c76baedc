//! What a counter of losses shows: by how much it grew in the last seconds.

/// A counter with its latest growth.
#[derive(Clone, Copy, Debug, Default)]
pub struct RecentGrowth {
    count: u64,
    /// When it last grew, and its value before it started to grow.
    grew: Option<(u64, u64)>,
    /// What it was when the operator last reset it.
    reset_at: u64,
}

/// How long the growth of a counter is shown after it last grew, in nanoseconds.
const LATELY: u64 = 10_000_000_000;

impl RecentGrowth {
    /// By how much the counter has grown lately. `now` is in nanoseconds.
    pub fn recent_growth(&mut self, count: u64, now: u64) -> u64 {
        if self.grew.is_some_and(|(at, _)| now > at + LATELY) {
            self.grew = None;
        }
        // An encode that ended took its share along: what the others lost is still shown.
        let fell = self.count.saturating_sub(count);
        self.grew = self.grew.map(|(at, from)| (at, from.saturating_sub(fell)));
        if count > self.count {
            let from = self.grew.map_or(self.count, |(_, from)| from);
            self.grew = Some((now, from));
        }
        self.reset_at = self.reset_at.saturating_sub(fell);
        self.count = count;
        self.grew.map_or(0, |(_, from)| count - from)
    }

    /// How much it has counted since it was reset.
    pub fn since_reset(&self) -> u64 {
        self.count - self.reset_at
    }

    /// The operator has seen it: it begins at 0 again, and nothing of it was lately.
    pub fn reset(&mut self) {
        (self.reset_at, self.grew) = (self.count, None);
    }
}
