//! The screens and windows of this computer, as the desk lists them.

/// What of this computer's screen can be a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScreensLook {
    /// Width and height of the whole desktop.
    pub desktop: (u32, u32),
    /// The names of its monitors, and their width and height.
    pub monitors: Vec<(String, (u32, u32))>,
    /// The windows of other programs: program and title.
    pub windows: Vec<(String, String)>,
}
