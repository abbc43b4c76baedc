//! Commands to an engine: plain data, the same from panel, key, network and test.

use serde::{Deserialize, Serialize};
use show::SourceId;

use crate::program_id::ProgramId;
use crate::{Deliver, Key, Mix, Play, Switch};

/// Where a command comes from.
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

/// A command to one program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// The program.
    pub program: ProgramId,
    /// Where a command comes from.
    pub origin: Issuer,
    /// The gesture it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gesture: Option<Gesture>,
    /// What to do.
    pub kind: CommandKind,
}

/// Commands, by area.
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
    /// Pause, seek and restart a film.
    Play(Play),
    /// Shows what stands in for PGM, or PGM again.
    Standby(bool),
    /// Tries a lost source again at once, instead of after its wait.
    Reconnect(SourceId),
    /// Several commands on one frame, all or nothing: with a take that has to wait, all of them wait.
    Batch(Vec<Self>),
}

impl CommandKind {
    /// Whether it changes what is on the buses, so that a take that waits is superseded by it. An
    /// update changes what is on PGM already, and no take.
    pub fn switches(&self) -> bool {
        match self {
            Self::Switch(switch) => *switch != Switch::Update,
            Self::Batch(kinds) => kinds.iter().any(Self::switches),
            Self::Edit(_)
            | Self::Key(_)
            | Self::Mix(_)
            | Self::Deliver(_)
            | Self::Play(_)
            | Self::Standby(_)
            | Self::Reconnect(_) => false,
        }
    }
}

/// Changes to the document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditCommand {
    /// Makes one edit.
    Do(Box<show::Edit>),
    /// Undoes the last gesture.
    Undo,
    /// Redoes the last undone gesture.
    Redo,
}
