//! Why a screen cannot be captured.

use x11rb::errors::{ConnectError, ConnectionError, ReplyError, ReplyOrIdError};
use x11rb::protocol::ErrorKind;

/// Why a screen, or a window on it, cannot be captured.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScreenError {
    /// The X server is not there, has gone, or does not answer.
    #[error(
        "the X server cannot be reached: {0}. Check that a desktop with X11 runs, and DISPLAY."
    )]
    Server(String),
    /// The X server lacks an extension, or has too old a version of it.
    #[error("the X server lacks the extension {0}. Use an X server that has it.")]
    Lacks(&'static str),
    /// Pixels of so many bits are not understood.
    #[error("the screen has {0} bits a pixel. Set it to 24 or 32.")]
    Depth(u8),
    /// What is to be captured is larger than a picture may be.
    #[error(
        "the screen has {width} x {height} pixels, which is too much. Choose one monitor of it."
    )]
    TooLarge {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// The X server is a guest of a Wayland desktop, which it does not see.
    #[error(
        "a Wayland desktop, and its monitors, cannot be captured by way of X11. Choose a window."
    )]
    Wayland,
    /// There is no monitor of this name.
    #[error("there is no monitor {0}. Connect it, or choose another.")]
    NoMonitor(String),
    /// There is no such window now.
    #[error("{0}: no such window is open. Open it, or choose another.")]
    NoWindow(String),
    /// The window is there, and has no picture.
    #[error("{0}: this window is minimised. Restore it.")]
    Minimised(String),
    /// The X server refuses a request.
    #[error("the X server refuses to be captured: {0}.")]
    Refused(String),
    /// Its pictures cannot be converted.
    #[error("its pictures cannot be converted: {0}.")]
    Pictures(String),
}

impl From<ConnectError> for ScreenError {
    fn from(error: ConnectError) -> Self {
        Self::Server(error.to_string())
    }
}

impl From<ConnectionError> for ScreenError {
    fn from(error: ConnectionError) -> Self {
        Self::Server(error.to_string())
    }
}

impl From<ReplyError> for ScreenError {
    fn from(error: ReplyError) -> Self {
        match error {
            ReplyError::ConnectionError(error) => error.into(),
            ReplyError::X11Error(error) => Self::Refused(format!(
                "{} ({:?})",
                error.request_name.unwrap_or("a request"),
                error.error_kind
            )),
        }
    }
}

impl From<ReplyOrIdError> for ScreenError {
    fn from(error: ReplyOrIdError) -> Self {
        match error {
            ReplyOrIdError::IdsExhausted => Self::Refused("it has no ids left".to_owned()),
            ReplyOrIdError::ConnectionError(error) => error.into(),
            ReplyOrIdError::X11Error(error) => ReplyError::X11Error(error).into(),
        }
    }
}

/// The kind of error that the X server answered with; `None` for a connection that failed.
pub fn kind_of(error: &ReplyError) -> Option<ErrorKind> {
    match error {
        ReplyError::ConnectionError(_) => None,
        ReplyError::X11Error(error) => Some(error.error_kind),
    }
}
