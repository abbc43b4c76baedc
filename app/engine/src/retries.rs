//! Sources that the operator asked to be tried again now.

use std::collections::BTreeMap;

use show::{ItemId, SourceId};

use crate::{Rejection, SourceState};

/// How often each source was asked to be tried again.
#[derive(Clone, Debug, Default)]
pub struct Retries(BTreeMap<SourceId, u32>);

impl Retries {
    /// Asks for a source that `exists`, if it is lost.
    pub fn ask(
        &mut self,
        id: SourceId,
        exists: bool,
        state: Option<SourceState>,
    ) -> Result<(), Rejection> {
        match (exists, state) {
            (false, _) => Err(Rejection::NotFound(ItemId::Source(id))),
            (true, Some(SourceState::Lost)) => {
                *self.0.entry(id).or_default() += 1;
                Ok(())
            }
            (true, _) => Err(Rejection::NotLost(id)),
        }
    }

    /// How often it was asked for.
    pub fn of(&self, id: SourceId) -> u32 {
        self.0.get(&id).copied().unwrap_or(0)
    }

    /// Forgets all sources but these.
    pub fn keep(&mut self, keep: impl Fn(SourceId) -> bool) {
        self.0.retain(|id, _| keep(*id));
    }
}
