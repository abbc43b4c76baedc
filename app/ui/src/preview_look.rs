//! What a dialog sees of a source, apart from the buses.

use engine::{Frame, NeededFile, SourceState};
use show::{PictureSettings, Source, SourceId};

use crate::reason::Reason;

/// What a dialog asks to see. As long as it asks, the source is looked at; nothing is spent when it does not.
#[derive(Clone, Debug, PartialEq)]
pub struct PreviewRequest {
    /// Of which source.
    pub of: PreviewOf,
    /// What is done to its pictures.
    pub settings: PictureSettings,
}

/// Whose picture is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum PreviewOf {
    /// A source of the show: what the programme has of it.
    Source(SourceId),
    /// A source that is not in the show yet, and its files: it is opened for the dialog.
    New(Box<Source>, Vec<NeededFile>),
}

/// What is seen and heard of it.
#[derive(Clone, Debug)]
pub struct PreviewLook {
    /// What was asked for.
    pub request: PreviewRequest,
    /// Its picture in the programme's format, within [`PreviewLook::MOST`]; none before the first.
    pub picture: Option<Frame>,
    /// Width and height of what that is a picture of, as it is shown: in square pixels.
    pub of: (u32, u32),
    /// Its state, if it was opened for the dialog.
    pub state: Option<SourceState>,
    /// What is wrong with it.
    pub reason: Option<Reason>,
    /// The greatest samples since the last time, left and right, as amplitude, if it has sound.
    pub peak: Option<[f32; 2]>,
}

impl PreviewLook {
    /// The most pixels across and down.
    pub const MOST: (u32, u32) = (640, 360);
}
