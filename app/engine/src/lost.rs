//! Sources that are lost for so long that their last picture is not shown any more.

use std::collections::BTreeMap;
use std::sync::Arc;

use show::{FrameRate, SourceId};

use crate::{FrameIndex, SourceState};

/// The lost sources, each with the first frame on which it was.
#[derive(Clone, Debug, Default)]
pub struct LostSources {
    since: BTreeMap<SourceId, FrameIndex>,
    without_signal: Arc<[SourceId]>,
}

impl LostSources {
    /// Follows the states on frame `n`. The last picture of a lost source stays for `held` milliseconds, without which it
    /// stays for ever.
    pub fn follow(
        &mut self,
        sources: &BTreeMap<SourceId, SourceState>,
        (n, rate): (FrameIndex, FrameRate),
        held: Option<u32>,
    ) {
        let is_lost = |id: &SourceId| sources.get(id) == Some(&SourceState::Lost);
        self.since.retain(|id, _| is_lost(id));
        for id in sources.keys().filter(|id| is_lost(id)) {
            self.since.entry(*id).or_insert(n);
        }
        let over = |since: FrameIndex| {
            held.is_some_and(|held| n.0 >= since.0 + FrameIndex::in_millis(rate, held))
        };
        let without = self.since.iter().filter(|(_, since)| over(**since)).map(|(id, _)| *id);
        if !without.clone().eq(self.without_signal.iter().copied()) {
            self.without_signal = without.collect();
        }
    }

    /// Those whose last picture is not shown any more, by id.
    pub fn without_signal(&self) -> Arc<[SourceId]> {
        Arc::clone(&self.without_signal)
    }
}
