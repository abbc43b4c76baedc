//! The streams of a source.

/// A stream of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream {
    /// Pictures.
    Picture,
    /// Sound.
    Sound,
}

impl Stream {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Picture, Self::Sound];

    /// Its place in an array of two.
    pub fn index(self) -> usize {
        self as usize
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Picture => Self::Sound,
            Self::Sound => Self::Picture,
        }
    }
}
