//! What may be asked of an engine: plain data, the same from panel, key, network and test.

use serde::{Deserialize, Serialize};

use crate::program_id::ProgramId;
use crate::{Deliver, Key, Mix, Switch};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Issuer {
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

/// A request, for one program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// The program.
    pub program: ProgramId,
    /// Who asks.
    pub origin: Issuer,
    /// The gesture it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gesture: Option<Gesture>,
    /// What.
    pub kind: CommandKind,
}

/// What is asked for, by area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandKind {
    /// Change the document.
    Edit(EditCommand),
    /// Change what is on the buses.
    Switch(Switch),
    /// Change the graphics of one bus.
    Key(Key),
    /// Change the sound.
    Mix(Mix),
    /// Change what is sent and recorded.
    Deliver(Deliver),
    /// All or nothing, on one frame.
    Batch(Vec<Self>),
}

/// Changes to the document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditCommand {
    /// One change.
    Do(Box<show::Edit>),
    /// Back to before the last gesture.
    Undo,
    /// Forth again.
    Redo,
}
