//! Video and audio files: paced by their readers, cued, looped.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::decode_shared::DecodeShared;
use super::errors::OpenError;
use super::film::FileOrigin;
use super::host::SourceHost;
use super::laps::FilmPart;
use super::origin::{Opener, Opening, Origin};
use super::poster::{self, Poster, PosterError};
use crate::link::SourceLink;

/// Opens a video or audio file, from its in point to its out point.
#[derive(Clone, Debug)]
pub struct FileOpener {
    /// The file.
    pub path: PathBuf,
    /// In point in nanoseconds.
    pub from: u64,
    /// Out point in nanoseconds; `None` is the file's end.
    pub to: Option<u64>,
    /// Whether it loops from the out point to the in point.
    pub looped: bool,
    /// The number of the sound track that is played, from 1; `None` is the one that its container marks, else the first.
    pub track: Option<u32>,
    /// How many pictures are decoded ahead while it is cued; 0 for a file that is never cued.
    pub cue: usize,
}

impl Opener for FileOpener {
    fn open(
        &self,
        opening: Opening,
        link: &Arc<SourceLink>,
        host: SourceHost,
    ) -> Result<Box<dyn Origin>, OpenError> {
        let Opening { take, at, lap, idle, decoding } = opening;
        let part = FilmPart { from: nanos(self.from), to: self.to.map(nanos), looped: self.looped };
        link.file.lap.store(lap, Ordering::Release);
        link.silent_track.store(None);
        let shared = DecodeShared::new(Arc::clone(link), take, host, Some(part), self.cue);
        let shared = shared.decoded_as(decoding);
        shared.ahead.set_idle(idle);
        let film = FileOrigin::open(&self.path, self.cue, at, Arc::new(shared), self.track)?;
        Ok(Box::new(film))
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn poster(&self, cancelled: &dyn Fn() -> bool) -> Result<Option<Poster>, PosterError> {
        poster::of_file(&self.path, self.from, cancelled).map(Some)
    }
}

fn nanos(time: u64) -> i64 {
    i64::try_from(time).unwrap_or(i64::MAX)
}
