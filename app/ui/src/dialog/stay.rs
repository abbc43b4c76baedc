//! Whether a dialog stays open.

/// What became of a dialog in this frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stay {
    /// It goes on.
    Open,
    /// It is done.
    Closed,
}
