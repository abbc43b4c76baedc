//! Outputs on and off. One that runs holds the profile it was started with: an edit or an undo never
//! reaches air by itself.

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
    /// Brings an output that runs to what the document has; it starts anew if that differs.
    Apply(OutputId),
}

/// The outputs that run.
#[derive(Clone, Debug, Default)]
pub struct Outputs {
    running: BTreeMap<OutputId, Output>,
    states: BTreeMap<OutputId, OutputState>,
}

impl Outputs {
    pub fn deliver(&mut self, deliver: Deliver, show: &Show) -> Result<(), Rejection> {
        let of_show =
            |id: OutputId| show.output(id).cloned().ok_or(Rejection::NotFound(ItemId::Output(id)));
        match deliver {
            Deliver::Start(id) if self.running.contains_key(&id) => Err(Rejection::RunsAlready(id)),
            Deliver::Start(id) => {
                self.running.insert(id, of_show(id)?);
                self.states.insert(id, OutputState::Connecting);
                Ok(())
            }
            Deliver::Stop(id) | Deliver::Apply(id) if !self.running.contains_key(&id) => {
                Err(Rejection::NotRunning(id))
            }
            Deliver::Stop(id) => {
                self.running.remove(&id);
                Ok(())
            }
            Deliver::Apply(id) => {
                self.running.insert(id, of_show(id)?);
                Ok(())
            }
        }
    }

    /// Whether an edit would take away an output that runs.
    pub fn refuse(&self, edit: &Edit) -> Result<(), Rejection> {
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

    pub fn running(&self) -> impl Iterator<Item = Output> + '_ {
        self.running.values().cloned()
    }

    pub fn states(&self) -> &BTreeMap<OutputId, OutputState> {
        &self.states
    }
}
