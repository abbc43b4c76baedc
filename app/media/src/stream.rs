//! The streams of a source.

use gstreamer as gst;

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

    /// Which of them has these caps.
    pub fn of_caps(caps: &gst::Caps) -> Option<Self> {
        match caps.structure(0)?.name().split('/').next()? {
            "video" | "image" => Some(Self::Picture),
            "audio" => Some(Self::Sound),
            _ => None,
        }
    }

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
