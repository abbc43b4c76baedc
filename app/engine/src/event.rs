//! What happened on a frame, and what was accepted on it.

use serde::{Deserialize, Serialize};

use show::SourceId;

use crate::{BusItems, Command, FrameIndex, Rejection, Report, StandbyState, Switch};

/// Something that happened on a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The frame.
    pub frame: FrameIndex,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// A take has reached PGM: this frame is the first that differs.
    Taken(BusItems),
    /// A transition has landed: this frame is the first of the new picture alone.
    Landed,
    /// The T-bar was pulled back: this frame is the first of the old picture alone.
    Withdrawn,
    /// A take waits for what it shows.
    Arming(Switch),
    /// A command that was accepted, and waited, is not done after all: nothing of it has changed.
    Rejected(Rejection),
    /// This film has ended, and PGM goes back to what was on it before.
    WentBack(SourceId),
    /// Something stands in for PGM from this frame on, or PGM is on air again.
    Standby(StandbyState),
    /// The document changed.
    Edited,
}

/// An accepted input, for the session log: a program that replays the entries, each before the tick
/// of its frame, makes the same plans.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogEntry {
    /// The frame it landed on.
    pub frame: FrameIndex,
    /// The input.
    pub input: LogInput,
}

/// The input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogInput {
    /// A command.
    Command(Box<Command>),
    /// A report.
    Report(Report),
}
