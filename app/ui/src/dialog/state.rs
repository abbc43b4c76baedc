//! What becomes of a dialog.

/// What becomes of a dialog after a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialogState {
    /// It stays open.
    Open,
    /// It has done what it is for.
    Closed,
    /// It is to be closed without that.
    Left,
    /// It was asked whether its work may be discarded, and it is kept.
    Kept,
}
