//! The screens and windows of this computer, as the desk lists them.

use crate::reason::Reason;

/// What of this computer's screen can be a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScreensLook {
    /// Width and height of the whole desktop.
    pub desktop: (u32, u32),
    /// The names of its monitors, and their width and height.
    pub monitors: Vec<(String, (u32, u32))>,
    /// The windows of other programs: program and title.
    pub windows: Vec<(String, String)>,
    /// On a Wayland desktop, which has a dialog of its own for its monitors and windows: what can be chosen there, or
    /// why nothing can.
    pub shared: Option<Result<SharedLook, Reason>>,
}

/// What can be chosen in the desktop's dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedLook {
    /// Whether the mouse pointer can be shown.
    pub pointer_shown: bool,
    /// Whether it can be left out.
    pub pointer_hidden: bool,
}

/// The desktop's dialog of screens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScreenDialogLook {
    /// How often it was asked for so far.
    pub asked: u64,
    /// What became of it the last time.
    pub state: ScreenDialogState,
}

/// What became of the desktop's dialog of screens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ScreenDialogState {
    /// It was not asked for yet.
    #[default]
    Unused,
    /// It is open, or about to be.
    Open,
    /// Something was chosen.
    Chosen {
        /// The name by which this computer remembers it.
        key: String,
        /// Whether it does so after Downstage has ended.
        is_kept: bool,
    },
    /// Nothing was chosen, for this reason.
    Failed(Reason),
}
