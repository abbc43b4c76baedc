//! Ids of programs.

use serde::{Deserialize, Serialize};

/// Which program a command is for. A studio numbers its programs from 0.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct ProgramId(pub u32);
