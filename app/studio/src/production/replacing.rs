//! A program that is being started in place of the one that runs.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Receiver, TryRecvError};
use show::{OutputId, Show};

use crate::production::session_log::SessionLog;
use crate::program::program_shared::ProgramEvent;
use crate::program::session::Session;
use crate::storage::recovery::LeftBehind;

/// A program with its log, and the events that come through that.
pub type StartedProgram = (Session, SessionLog, Receiver<ProgramEvent>);

/// What is known of it, and where it comes from once it runs.
pub struct Replacing {
    /// The program, once it was started.
    pub started: Receiver<anyhow::Result<StartedProgram>>,
    /// The show as it is in its file.
    pub saved: Arc<Show>,
    /// Its file.
    pub path: Option<PathBuf>,
    /// The journal that it goes on from.
    pub left: Option<Box<LeftBehind>>,
    /// The program that runs, as it was when this was asked for.
    pub before: Before,
}

/// What must not have changed when another program takes over, since nobody agreed to lose it.
pub struct Before {
    show: Arc<Show>,
    outputs: BTreeSet<OutputId>,
}

impl Before {
    /// As it is now.
    pub fn of(session: &Session) -> Self {
        let show = Arc::clone(&session.shared.snapshot.load().show);
        Self { show, outputs: running(session) }
    }

    /// Why the program that runs has to go on, if it has.
    pub fn lost_by_replacing(&self, session: &Session) -> Option<NotReplacedReason> {
        if !running(session).is_subset(&self.outputs) {
            return Some(NotReplacedReason::OnAir);
        }
        let is_edited = session.shared.snapshot.load().show != self.show;
        is_edited.then_some(NotReplacedReason::Edited)
    }
}

/// The program that runs goes on.
#[derive(Debug)]
pub struct NotReplaced {
    /// Why.
    pub reason: NotReplacedReason,
    /// The journal that the other one was to go on from.
    pub left: Option<Box<LeftBehind>>,
}

/// Why a program was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum NotReplacedReason {
    /// Another one is being started already.
    #[error("another show is being opened")]
    Busy,
    /// The other one could not be started.
    #[error("{0:#}")]
    Start(anyhow::Error),
    /// The show was edited meanwhile.
    #[error("the show was changed meanwhile")]
    Edited,
    /// An output was started meanwhile.
    #[error("an output was started meanwhile")]
    OnAir,
}

impl Replacing {
    /// The program, if it was started or cannot be.
    pub fn result(&self) -> Option<anyhow::Result<StartedProgram>> {
        match self.started.try_recv() {
            Ok(started) => Some(started),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                Some(Err(anyhow::anyhow!("the program cannot be started: an internal error")))
            }
        }
    }
}

/// The outputs that run, or are about to.
fn running(session: &Session) -> BTreeSet<OutputId> {
    session.shared.needs.load().outputs.iter().map(|need| need.output.id).collect()
}
