//! Why a command is refused.

use show::{ComponentId, EditError, OutputId, SourceId};

use crate::program_id::ProgramId;

/// Why a command was refused: nothing changed. The text is for the operator, the code for programs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The command is for another program.
    #[error("this is program {here}, and the command is for program {asked}", here = .here.0, asked = .asked.0)]
    WrongProgram {
        /// This engine's.
        here: ProgramId,
        /// The command's.
        asked: ProgramId,
    },
    /// A transition runs.
    #[error("a transition is running: wait for it, or CUT to complete it")]
    InTransition,
    /// PVW has no layout.
    #[error("PVW is empty: load a scene or a layout first")]
    PvwEmpty,
    /// There is no such scene, layout or component.
    #[error("{0} does not exist")]
    NotFound(show::ItemId),
    /// A source of PVW was not ready within 500 milliseconds.
    #[error("{0} is not ready to be shown")]
    NotReady(SourceId),
    /// A picture or a text of PVW was not ready within 500 milliseconds.
    #[error("a picture or a text of PVW is not ready to be shown")]
    NotPrepared,
    /// A take that waited for its sources was superseded by a later command.
    #[error("the take that waited for its sources was superseded by a later command")]
    Superseded,
    /// The output runs.
    #[error("{0} is running already")]
    RunsAlready(OutputId),
    /// The output does not run.
    #[error("{0} is not running")]
    NotRunning(OutputId),
    /// The output runs, so it cannot be removed.
    #[error("{0} is on air: stop it first")]
    OnAir(OutputId),
    /// Raster and rate are fixed while a program runs.
    #[error("the format cannot be changed while the programme runs: end it first")]
    FormatFixed,
    /// The T-bar goes from 0 to 10,000.
    #[error("the T-bar position {0} is out of range: it goes from 0 to 10,000")]
    BarRange(u16),
    /// The graphic is on the bus already.
    #[error("{0} is on this bus already")]
    KeyedAlready(ComponentId),
    /// The graphic is not on the bus.
    #[error("{0} is not on this bus")]
    NotKeyed(ComponentId),
    /// The source is no film: it cannot be paused or sought.
    #[error("{0} is no film: it cannot be paused or sought")]
    NoFilm(SourceId),
    /// The film is not open.
    #[error("{0} is not open: take it first")]
    NotOpen(SourceId),
    /// The film starts on its take, and is not on air.
    #[error("{0} starts on its take, and is not on air")]
    WaitsForTake(SourceId),
    /// The source is not lost, so there is nothing to try again.
    #[error("{0} is not lost")]
    NotLost(SourceId),
    /// Nothing is set to stand in for PGM.
    #[error("no standby is set: choose a source for it first")]
    NoStandby,
    /// A value outside its control's range.
    #[error("{0} is out of range")]
    OutOfRange(&'static str),
    /// Nothing to undo.
    #[error("there is nothing to undo")]
    NothingToUndo,
    /// Nothing to redo.
    #[error("there is nothing to redo")]
    NothingToRedo,
    /// A batch inside a batch: not needed, and recursion must be bounded.
    #[error("a batch cannot hold a batch")]
    NestedBatch,
    /// The edit was refused.
    #[error(transparent)]
    Edit(#[from] EditError),
}

impl Rejection {
    /// Whether it passes by itself, so that a take waits for it.
    pub fn is_waited_for(&self) -> bool {
        matches!(self, Self::NotReady(_) | Self::NotPrepared)
    }

    /// A stable code for programs: never changes once shipped.
    pub fn code(&self) -> &'static str {
        match self {
            Self::WrongProgram { .. } => "wrong_program",
            Self::InTransition => "in_transition",
            Self::PvwEmpty => "pvw_empty",
            Self::NotFound(_) => "not_found",
            Self::NotReady(_) => "not_ready",
            Self::NotPrepared => "not_prepared",
            Self::Superseded => "superseded",
            Self::RunsAlready(_) => "runs_already",
            Self::NotRunning(_) => "not_running",
            Self::OnAir(_) => "on_air",
            Self::FormatFixed => "format_fixed",
            Self::BarRange(_) => "bar_range",
            Self::KeyedAlready(_) => "keyed_already",
            Self::NotKeyed(_) => "not_keyed",
            Self::NoFilm(_) => "no_film",
            Self::NotOpen(_) => "not_open",
            Self::WaitsForTake(_) => "waits_for_take",
            Self::NotLost(_) => "not_lost",
            Self::NoStandby => "no_standby",
            Self::OutOfRange(_) => "out_of_range",
            Self::NothingToUndo => "nothing_to_undo",
            Self::NothingToRedo => "nothing_to_redo",
            Self::NestedBatch => "nested_batch",
            Self::Edit(error) => error.code(),
        }
    }
}
