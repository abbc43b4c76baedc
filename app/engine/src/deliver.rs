//! Outputs on and off. A running output keeps the settings it was started with: an edit or an undo
//! never reaches air by itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use show::{Edit, ItemId, Output, OutputId, Show};

use crate::{OutputState, Rejection};

/// Changes to what is sent and recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deliver {
    /// Starts an output as the document has it.
    Start(OutputId),
    /// Ends an output: a stream is unpublished, a recording closed.
    Stop(OutputId),
    /// Retries an output at once if it is backing off; otherwise it changes nothing.
    Retry(OutputId),
    /// Applies the document's settings to a running output, which restarts if they differ.
    Apply(OutputId),
}

/// An output that should run.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputNeed {
    /// Its settings when it was started or last applied.
    pub output: Output,
    /// The number of this start: another start is another run, however the last one ended.
    pub starts: u32,
    /// How often a retry was commanded.
    pub retries: u32,
}

/// The running outputs, and the states of all.
#[derive(Clone, Debug, Default)]
pub struct Outputs {
    running: BTreeMap<OutputId, OutputNeed>,
    /// Starts of any output so far.
    starts: u32,
    states: BTreeMap<OutputId, OutputState>,
}

impl Outputs {
    pub fn deliver(&mut self, deliver: Deliver, show: &Show) -> Result<(), Rejection> {
        let of_show =
            |id: OutputId| show.output(id).cloned().ok_or(Rejection::NotFound(ItemId::Output(id)));
        match deliver {
            Deliver::Start(id) if self.running.contains_key(&id) => Err(Rejection::RunsAlready(id)),
            Deliver::Start(id) => {
                let output = of_show(id)?;
                self.starts += 1;
                self.running.insert(id, OutputNeed { output, starts: self.starts, retries: 0 });
                self.states.insert(id, OutputState::Connecting);
                Ok(())
            }
            Deliver::Stop(id) => {
                self.running.remove(&id).map(drop).ok_or(Rejection::NotRunning(id))
            }
            Deliver::Retry(id) | Deliver::Apply(id) => {
                let running = self.running.get_mut(&id).ok_or(Rejection::NotRunning(id))?;
                match deliver {
                    Deliver::Retry(_) => running.retries += 1,
                    _ => running.output = of_show(id)?,
                }
                Ok(())
            }
        }
    }

    /// Refuses an edit that would remove a running output.
    pub fn check_edit(&self, edit: &Edit) -> Result<(), Rejection> {
        match edit {
            Edit::Remove(ItemId::Output(id)) if self.running.contains_key(id) => {
                Err(Rejection::OnAir(*id))
            }
            _ => Ok(()),
        }
    }

    pub fn report(&mut self, id: OutputId, state: OutputState) {
        self.states.insert(id, state);
    }

    /// Forgets the states of outputs that do not run, but for these.
    pub fn keep_states(&mut self, keep: impl Fn(OutputId) -> bool) {
        let running = &self.running;
        self.states.retain(|id, _| running.contains_key(id) || keep(*id));
    }

    pub fn running(&self) -> impl Iterator<Item = OutputNeed> + '_ {
        self.running.values().cloned()
    }

    pub fn states(&self) -> &BTreeMap<OutputId, OutputState> {
        &self.states
    }
}
