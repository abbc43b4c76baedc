//! What a window is given, which outlives it.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::sync::Arc;

use super::rehearsal::FaultSchedule;
use crate::production::Production;
use crate::shutdown::Shutdown;
use crate::storage::known_files::KnownFiles;

/// The files and folders of a window.
#[derive(Clone, Debug)]
pub struct WindowPlaces {
    /// The show to open.
    pub show: PathBuf,
    /// Whether it is the demo show, which starts on air.
    pub is_demo: bool,
    /// The file of stream keys, where there is no keyring.
    pub secrets: PathBuf,
    /// The folder that new shows record to.
    pub recordings: PathBuf,
    /// The folder of session logs.
    pub logs: PathBuf,
    /// The folder of what a crash leaves behind.
    pub recovery: PathBuf,
    /// The shows that were read and written so far.
    pub known: Arc<KnownFiles>,
}

/// What a window is given, which outlives it.
pub struct Host {
    pub production: RefCell<Production>,
    pub ending: Shutdown,
    pub places: WindowPlaces,
    /// The failures to cause on purpose.
    pub rehearsal: RefCell<FaultSchedule>,
    /// Whether the window was ever open.
    pub is_open: Cell<bool>,
    /// Whether the operator closed it, and has answered for what is not saved.
    pub is_confirmed: Cell<bool>,
}
