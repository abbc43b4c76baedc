//! The names of programs.

use serde::{Deserialize, Serialize};

/// Which program a command is for. A studio gives each of its programs another, from 0 on.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct ProgramId(pub u32);
