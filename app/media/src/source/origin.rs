//! The interface for the kinds of source: an [`Opener`] makes an [`Origin`], and nothing outside this
//! folder knows which kind it is.

use std::sync::Arc;
use std::time::Duration;

use show::DecodingSettings;

use super::errors::{OpenError, SourceError};
use super::host::SourceHost;
use super::poster::{Poster, PosterError};
use crate::link::SourceLink;

/// How a source is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// The take it is opened for.
    pub take: u32,
    /// Where it begins, in nanoseconds of its own time, in which each lap of a loop goes on counting; 0
    /// is a file's in point. What is live ignores it.
    pub at: i64,
    /// The length of a lap of a loop in nanoseconds, if an earlier opening has measured it; else 0.
    pub lap: i64,
    /// Whether nothing shows it yet: see [`Origin::set_idle`].
    pub idle: bool,
    /// How it is decoded. What is not decoded ignores it.
    pub decoding: DecodingSettings,
}

/// Opens one source, as often as it takes.
pub trait Opener: Send + Sync {
    /// Opens it. Pictures and sound go to `link`, and `host` is told of each. May wait for a disk or a network: only the source's own thread calls it.
    ///
    /// # Errors
    /// [`OpenError`] for what fails at once; later failures come from [`Origin::next`].
    fn open(
        &self,
        opening: Opening,
        link: &Arc<SourceLink>,
        host: SourceHost,
    ) -> Result<Box<dyn Origin>, OpenError>;

    /// Its name in errors: a path, or a host alone. Never a whole URL, which may contain a key.
    fn name(&self) -> String;

    /// Whether it waits for somebody to send to this computer: then silence is no fault before the first data.
    fn waits_for_sender(&self) -> bool {
        false
    }

    /// Its picture for a bin, or `None` if it has none while it is closed. It may take long, and checks
    /// `cancelled` now and then.
    ///
    /// # Errors
    /// [`PosterError`].
    fn poster(&self, cancelled: &dyn Fn() -> bool) -> Result<Option<Poster>, PosterError> {
        let _nothing_to_cancel = cancelled;
        Ok(None)
    }
}

/// An open source. The source's thread owns it. Dropping it closes it, which may block on the network.
pub trait Origin: Send {
    /// Waits for the next event, up to `wait`.
    fn next(&mut self, wait: Duration) -> Option<SourceEvent>;

    /// Goes back to its in point and waits there, decoded ahead, for this take. Only called for a source
    /// that starts on its take.
    fn cue(&mut self, take: u32);

    /// Called when the take it was cued for starts, or at once if it is opened for no take.
    fn roll(&mut self);

    /// Sets whether nothing shows it: then a file is decoded no further ahead than a start needs.
    fn set_idle(&mut self, _idle: bool) {}

    /// Sets whether only its key frames are decoded, since nothing shows more than a thumbnail of it. What has to be decoded
    /// since the last one is kept, so that it is up to date as soon as that ends. For live sources that are told so.
    fn set_resting(&mut self, _rests: bool) {}
}

/// An event of an open source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceEvent {
    /// It has delivered everything.
    Ended,
    /// It has failed, and must be opened again.
    Broke(SourceError),
    /// Something is wrong with it, but it plays on.
    Damaged(SourceError),
}
