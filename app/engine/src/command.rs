//! What may be asked of an engine: plain data, the same from panel, key, network and test.

use serde::{Deserialize, Serialize};
use show::{BusName, ComponentId, EditError, LayoutId, OutputId, SceneId, SourceId};

/// Which program a command is for. A studio gives each of its programs another, from 0 on.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct ProgramId(pub u32);

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The window.
    Window,
    /// The command line.
    CommandLine,
    /// The network.
    Network,
}

/// Commands with the same gesture, one after the other, are one step of undo: a drag, say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Gesture(pub u64);

/// A wish, for one program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// The program.
    pub program: ProgramId,
    /// Who asks.
    pub origin: Origin,
    /// The gesture it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gesture: Option<Gesture>,
    /// What.
    pub kind: CommandKind,
}

/// What is wished, by area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandKind {
    /// Change the document.
    Edit(Edit),
    /// Change what is on the buses.
    Switch(Switch),
    /// Change the graphics of one bus.
    Key(Key),
    /// Change the sound.
    Mix(crate::Mix),
    /// Change what is sent and recorded.
    Deliver(crate::Deliver),
    /// All or nothing, on one frame.
    Batch(Vec<Self>),
}

/// Changes to the document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// One change.
    Do(Box<show::Edit>),
    /// Back to before the last gesture.
    Undo,
    /// Forth again.
    Redo,
}

/// Changes to what is on the buses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Switch {
    /// PVW gets a scene: its layout and its graphics.
    LoadScene(SceneId),
    /// PVW gets a layout and keeps its graphics.
    LoadLayout(LayoutId),
    /// The buses change places on the next frame; completes a transition that runs.
    Cut,
    /// The buses change places with the show's transition.
    Auto,
    /// PGM becomes what PVW is, with the show's transition; PVW stays ("Synchronize to PGM").
    Sync,
    /// The T-bar by hand, in ten-thousandths of its way: 0 is back, 10,000 completes.
    Bar(u16),
    /// PGM's items become those of the present document.
    Update,
    /// PVW gets the scene, and a cut: one command, one frame.
    Take(SceneId),
}

/// Changes to the graphics of one bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The bus.
    pub bus: BusName,
    /// The graphic.
    pub component: ComponentId,
    /// Whether it is to be seen.
    pub on: bool,
}

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
    /// The output runs.
    #[error("{0} runs already")]
    RunsAlready(OutputId),
    /// The output does not run.
    #[error("{0} does not run")]
    NotRunning(OutputId),
    /// The output runs, so it cannot be removed.
    #[error("{0} is on air: stop it first")]
    OnAir(OutputId),
    /// Raster and rate are fixed while a program runs.
    #[error("the format cannot be changed while the programme runs: end it first")]
    FormatFixed,
    /// The T-bar goes from 0 to 10,000.
    #[error("the T-bar goes to 10,000, not to {0}")]
    BarRange(u16),
    /// The graphic is on the bus already.
    #[error("{0} is on this bus already")]
    KeyedAlready(ComponentId),
    /// The graphic is not on the bus.
    #[error("{0} is not on this bus")]
    NotKeyed(ComponentId),
    /// A value no control can stand at.
    #[error("the {0} cannot be set so: see its range")]
    OutOfRange(&'static str),
    /// Nothing to undo.
    #[error("there is nothing to undo")]
    NothingToUndo,
    /// Nothing to redo.
    #[error("there is nothing to redo")]
    NothingToRedo,
    /// A batch inside a batch: nobody needs it, and a stack has an end.
    #[error("a batch cannot hold a batch")]
    NestedBatch,
    /// The document cannot be changed so.
    #[error(transparent)]
    Edit(#[from] EditError),
}

impl Rejection {
    /// A code for programs: never changes once shipped.
    pub fn code(&self) -> &'static str {
        match self {
            Self::WrongProgram { .. } => "wrong_program",
            Self::InTransition => "in_transition",
            Self::PvwEmpty => "pvw_empty",
            Self::NotFound(_) => "not_found",
            Self::NotReady(_) => "not_ready",
            Self::NotPrepared => "not_prepared",
            Self::RunsAlready(_) => "runs_already",
            Self::NotRunning(_) => "not_running",
            Self::OnAir(_) => "on_air",
            Self::FormatFixed => "format_fixed",
            Self::BarRange(_) => "bar_range",
            Self::KeyedAlready(_) => "keyed_already",
            Self::NotKeyed(_) => "not_keyed",
            Self::OutOfRange(_) => "out_of_range",
            Self::NothingToUndo => "nothing_to_undo",
            Self::NothingToRedo => "nothing_to_redo",
            Self::NestedBatch => "nested_batch",
            Self::Edit(error) => error.code(),
        }
    }
}
