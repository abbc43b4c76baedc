//! The seam for what fills a source: an [`Opener`] makes an [`Origin`], and nothing outside this folder
//! knows which kind it is.

use std::sync::Arc;
use std::time::Duration;

use super::errors::{OpenError, SourceError};
use super::poster::{Poster, PosterError};
use super::sinks::Arrived;
use crate::link::SourceLink;

/// Knows how to open one source, as often as it takes.
pub trait Opener: Send + Sync {
    /// Opens it for this take. Pictures and sound go to `link`, and `arrived` hears the time of each. It
    /// may wait for a disk or a network, so it is called on the source's own thread only.
    ///
    /// # Errors
    /// [`OpenError`] for what is known at once; the rest comes by [`Origin::next`].
    fn open(
        &self,
        take: u32,
        link: &Arc<SourceLink>,
        arrived: Arrived,
    ) -> Result<Box<dyn Origin>, OpenError>;

    /// What an error calls it: a path, or a host alone. Never a whole URL, which may hold a key.
    fn name(&self) -> String;

    /// Its picture for a bin, or nothing if it has none while it is closed. It may take long, so it
    /// looks at `given_up` now and then.
    ///
    /// # Errors
    /// [`PosterError`].
    fn poster(&self, given_up: &dyn Fn() -> bool) -> Result<Option<Poster>, PosterError> {
        let _nothing_to_give_up = given_up;
        Ok(None)
    }
}

/// An open source. It belongs to the source's thread, and dropping it closes it, which may take as long
/// as a network likes.
pub trait Origin: Send {
    /// Waits for the next event, up to `wait`.
    fn next(&mut self, wait: Duration) -> Option<Happened>;

    /// Goes back to its in point and stands there, decoded ahead, for this take. Only what starts on
    /// its take is ever asked to.
    fn cue(&mut self, take: u32);

    /// The take it was cued for runs now.
    fn roll(&mut self);
}

/// What an open source reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// All of it has been handed on.
    Ended,
    /// It can give nothing more until it is opened again.
    Broke(SourceError),
    /// Something is wrong with it, and it plays on.
    Damaged(SourceError),
}
