//! What a window works with, which is there before the window and after it.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;

use super::rehearsal::Rehearsal;
use crate::production::Production;
use crate::shutdown::Ending;

/// Where a window finds what it needs.
#[derive(Clone, Debug)]
pub struct WindowPlaces {
    /// The show to open.
    pub show: PathBuf,
    /// Whether that is the demo show, which begins on air.
    pub is_demo: bool,
    /// Stream keys, where there is no keyring.
    pub secrets: PathBuf,
    /// Where new shows record to.
    pub recordings: PathBuf,
    /// Where session logs are kept.
    pub logs: PathBuf,
}

/// What a window works with: it is there before the window, and after it.
pub struct Host {
    pub production: RefCell<Production>,
    pub ending: Ending,
    pub places: WindowPlaces,
    /// What is to go wrong on purpose.
    pub rehearsal: RefCell<Rehearsal>,
    /// Whether it was ever painted.
    pub is_open: Cell<bool>,
}
