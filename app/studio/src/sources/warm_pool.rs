//! Decides which sources that nothing shows are kept open, so that a take of them waits for nothing: pure.

use show::SourceId;

/// How many sources are kept warm, and how much they may hold. What the buses show is beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarmBudget {
    /// The most sources.
    pub sources: usize,
    /// The most bytes that they may hold together.
    pub bytes: u64,
}

impl WarmBudget {
    /// Nothing is kept warm.
    pub const NONE: Self = Self { sources: 0, bytes: 0 };
}

impl Default for WarmBudget {
    fn default() -> Self {
        Self { sources: 12, bytes: 256 << 20 }
    }
}

/// Remembers which sources were used last, and decides which to keep.
#[derive(Clone, Debug)]
pub struct WarmPool {
    budget: WarmBudget,
    /// What is in use.
    needed: Vec<SourceId>,
    /// What was in use, the last one first.
    recent: Vec<SourceId>,
}

/// How many sources that were used are remembered.
const MAX_RECENT: usize = 256;

impl WarmPool {
    /// A pool in which nothing was used yet.
    pub fn new(budget: WarmBudget) -> Self {
        Self { budget, needed: Vec::new(), recent: Vec::new() }
    }

    /// Notes what is in use from now on.
    pub fn use_only(&mut self, needed: impl IntoIterator<Item = SourceId>) {
        let needed: Vec<SourceId> = needed.into_iter().collect();
        let left: Vec<SourceId> =
            self.needed.iter().copied().filter(|id| !needed.contains(id)).collect();
        self.recent.retain(|id| !left.contains(id) && !needed.contains(id));
        self.recent.splice(0..0, left);
        self.recent.truncate(MAX_RECENT);
        self.needed = needed;
    }

    /// Which of the candidates to keep open: those that were used last, then the others in their order,
    /// each with the bytes that it holds. One that does not fit is left out, and the next is tried.
    pub fn keep(&self, candidates: &[(SourceId, u64)]) -> Vec<SourceId> {
        let find = |id: &SourceId| candidates.iter().find(|(other, _)| other == id);
        let recent = self.recent.iter().filter_map(find);
        let others = candidates.iter().filter(|(id, _)| !self.recent.contains(id));
        let (mut kept, mut left) = (Vec::new(), self.budget.bytes);
        for (id, bytes) in recent.chain(others) {
            if kept.len() < self.budget.sources && *bytes <= left && !kept.contains(id) {
                left -= bytes;
                kept.push(*id);
            }
        }
        kept
    }
}
