//! Whether a dialog stays open.

/// Whether a dialog stays open after a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialogState {
    /// It stays open.
    Open,
    /// It is closed.
    Closed,
}
