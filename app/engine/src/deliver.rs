//! Outputs on and off. A running output keeps the settings it was started with: an edit or an undo
//! never reaches air by itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use show::{Edit, ItemId, Output, OutputId, Show};

use crate::{OutputRun, OutputState, Rejection};

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
    /// The number of this start, of all of the program: another start is another run, however the
    /// last one ended, and so is a start with other settings.
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
    /// The last run of each output that said anything, and how it is doing.
    states: BTreeMap<OutputId, (OutputRun, OutputState)>,
}

impl Outputs {
    pub fn deliver(&mut self, deliver: Deliver, show: &Show) -> Result<(), Rejection> {
        let of_show =
            |id: OutputId| show.output(id).cloned().ok_or(Rejection::NotFound(ItemId::Output(id)));
        match deliver {
            Deliver::Start(id) if self.running.contains_key(&id) => Err(Rejection::RunsAlready(id)),
            Deliver::Start(id) => {
                let output = of_show(id)?;
                self.start(output);
                Ok(())
            }
            Deliver::Stop(id) => {
                self.running.remove(&id).ok_or(Rejection::NotRunning(id))?;
                // At once, whatever its thread waits for, or if it has already ended: no state keeps the operator.
                if let Some((_, state)) = self.states.get_mut(&id) {
                    *state = OutputState::Stopped;
                }
                Ok(())
            }
            Deliver::Retry(id) => {
                self.running.get_mut(&id).ok_or(Rejection::NotRunning(id))?.retries += 1;
                Ok(())
            }
            Deliver::Apply(id) => {
                let running = self.running.get(&id).ok_or(Rejection::NotRunning(id))?;
                let output = of_show(id)?;
                if output != running.output {
                    self.start(output);
                }
                Ok(())
            }
        }
    }

    fn start(&mut self, output: Output) {
        let id = output.id;
        self.starts += 1;
        self.running.insert(id, OutputNeed { output, starts: self.starts, retries: 0 });
        let run = OutputRun { start: self.starts, restart: 0 };
        self.states.insert(id, (run, OutputState::Connecting));
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

    /// Takes what a run of an output says, unless it was stopped or there is a later one: it ends when it likes.
    pub fn report(&mut self, id: OutputId, run: OutputRun, state: OutputState) {
        if self.running.contains_key(&id)
            && let Some(last) = self.states.get_mut(&id)
            && run.start == last.0.start
            && run >= last.0
        {
            *last = (run, state);
        }
    }

    /// Forgets the states of outputs that do not run, but for these.
    pub fn keep_states(&mut self, keep: impl Fn(OutputId) -> bool) {
        let running = &self.running;
        self.states.retain(|id, _| running.contains_key(id) || keep(*id));
    }

    pub fn running(&self) -> impl Iterator<Item = OutputNeed> + '_ {
        self.running.values().cloned()
    }

    pub fn states(&self) -> impl Iterator<Item = (OutputId, OutputState)> + '_ {
        self.states.iter().map(|(id, (_, state))| (*id, *state))
    }
}
