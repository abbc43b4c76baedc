//! Films and sounds: pulled by their readers, cued, looped.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::errors::OpenError;
use super::origin::{Happened, Opener, Origin};
use super::pipeline::{Opened, Player};
use super::poster::{self, Poster, PosterError};
use super::sinks::Arrived;
use crate::link::SourceLink;

/// Opens a film or a sound, from its in point to its out point.
#[derive(Clone, Debug)]
pub struct FileOpener {
    /// The file.
    pub path: PathBuf,
    /// In point in nanoseconds.
    pub from: u64,
    /// Out point in nanoseconds; nothing is the file's end.
    pub to: Option<u64>,
    /// Whether it goes on from the in point.
    pub again: bool,
    /// How many pictures are decoded ahead while it is cued; 0 for what is never cued.
    pub cue: usize,
}

impl Opener for FileOpener {
    fn open(
        &self,
        take: u32,
        link: &Arc<SourceLink>,
        arrived: Arrived,
    ) -> Result<Box<dyn Origin>, OpenError> {
        let Self { path, from, to, again, cue } = self.clone();
        let opened = Opened::File { path, from, to, again, cue };
        let player = Player::open(opened, take, Arc::clone(link), arrived)?;
        Ok(Box::new(FileOrigin { player, told_cut_off: false }))
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn poster(&self, given_up: &dyn Fn() -> bool) -> Result<Option<Poster>, PosterError> {
        poster::of_file(&self.path, self.from, given_up).map(Some)
    }
}

struct FileOrigin {
    player: Player,
    /// Whether it was told that the file ends too early.
    told_cut_off: bool,
}

impl Origin for FileOrigin {
    fn next(&mut self, wait: Duration) -> Option<Happened> {
        let happened = self.player.happened(millis(wait));
        if happened.is_none() && !self.told_cut_off {
            let error = self.player.cut_off()?.clone();
            self.told_cut_off = true;
            return Some(Happened::Damaged(error));
        }
        happened
    }

    fn cue(&mut self, take: u32) {
        self.player.cue(take);
    }

    fn roll(&mut self) {
        self.player.run();
    }
}

pub fn millis(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}
