//! One of the sources that a list plays, open.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use engine::Frame;

use super::super::errors::OpenError;
use super::super::host::SourceHost;
use super::super::origin::{Opener, Opening, Origin, SourceEvent};
use crate::link::{AudioBlock, Channel, SourceLink};

/// An open item, read by its list alone.
pub struct Item {
    /// Closed first: its threads write to the link.
    origin: Box<dyn Origin>,
    link: Arc<SourceLink>,
    pictures: Arc<Channel<Frame>>,
    sound: Arc<Channel<AudioBlock>>,
    /// Whether its pictures, and its sound, have ended.
    are_over: [bool; 2],
    has_begun: bool,
    /// What its list's readers were told last that nothing comes of.
    quiet: Option<[(i64, i64); 2]>,
}

impl Item {
    pub fn open(
        opener: &dyn Opener,
        opening: Opening,
        host: &SourceHost,
    ) -> Result<Self, OpenError> {
        let link = Arc::<SourceLink>::default();
        let (pictures, sound) = (link.video.subscribe(), link.audio.subscribe());
        let clock = host.clone();
        // Only what is handed on has arrived.
        let host = SourceHost::new(move || clock.now(), || {});
        let mut origin = opener.open(opening, &link, host)?;
        origin.roll();
        let (are_over, has_begun, quiet) = ([false; 2], false, None);
        Ok(Self { origin, link, pictures, sound, are_over, has_begun, quiet })
    }

    pub fn set_idle(&mut self, idle: bool) {
        self.origin.set_idle(idle);
    }

    /// Waits for its next event, so long at the most.
    pub fn next(&mut self, wait: Duration) -> Option<SourceEvent> {
        self.origin.next(wait)
    }

    /// Its next picture, and when it begins in the item's time.
    pub fn next_picture(&mut self) -> Option<(i64, Frame)> {
        let item = self.pictures.pop()?;
        self.are_over[0] |= item.what.is_none();
        self.has_begun |= item.what.is_some();
        item.what.map(|picture| (item.pts, picture))
    }

    /// Its next sound, likewise.
    pub fn next_block(&mut self) -> Option<(i64, AudioBlock)> {
        let item = self.sound.pop()?;
        self.are_over[1] |= item.what.is_none();
        self.has_begun |= item.what.is_some();
        item.what.map(|block| (item.pts, block))
    }

    /// Whether anything has come of it.
    pub fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// Whether all of it was handed on.
    pub fn is_over(&self) -> bool {
        self.are_over == [true; 2]
    }

    /// Nothing more comes of it.
    pub fn break_off(&mut self) {
        self.are_over = [true; 2];
    }

    /// The end of what has come of it, in its time.
    pub fn end(&self) -> i64 {
        self.link.file.end.load(Ordering::Acquire).max(0)
    }

    /// Says in the list's link what its pictures are.
    pub fn show_in(&self, link: &SourceLink) {
        link.format.store(self.link.format.load_full());
        let bytes = self.link.file.picture_bytes.load(Ordering::Acquire);
        link.file.picture_bytes.store(bytes, Ordering::Release);
    }

    /// Tells who reads the list what does not come any more: what is before this item, which begins at `offset` in the
    /// list's time, all of a stream of it that has ended before the other, and what the other one holds up.
    pub fn mark_quiet(&mut self, link: &SourceLink, offset: i64) {
        let end = offset.saturating_add(self.end());
        let quiet = |is_over: bool, (from, until): (i64, i64)| match is_over {
            // Until the next item begins.
            true => (i64::MIN, i64::MAX),
            false if from < until => {
                (offset.saturating_add(from), offset.saturating_add(until).min(end))
            }
            false if offset > 0 => (i64::MIN, offset),
            false => (0, 0),
        };
        let of = [self.pictures.quiet(), self.sound.quiet()];
        let now = [quiet(self.are_over[0], of[0]), quiet(self.are_over[1], of[1])];
        if self.quiet.is_none_or(|old| old[0] != now[0]) {
            link.video.mark_quiet(now[0].0, now[0].1);
        }
        if self.quiet.is_none_or(|old| old[1] != now[1]) {
            link.audio.mark_quiet(now[1].0, now[1].1);
        }
        self.quiet = Some(now);
    }
}
