//! A picture that is shown for a while, as one of a list.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use engine::{Frame, FrameIndex};
use media::link::{SourceLink, Timed};
use media::source::{
    OpenError, Opener, Opening, Origin, Poster, PosterError, SourceError, SourceEvent, SourceHost,
};
use show::Format;

/// How many pictures wait for a reader.
const AHEAD: usize = 8;

/// Opens a picture.
pub struct SlideOpener {
    /// The picture.
    pub path: PathBuf,
    /// For how long it is shown, in nanoseconds.
    pub length: i64,
    /// The programme's format: it is no larger than that, and comes on each frame.
    pub format: Format,
}

impl SlideOpener {
    fn load(&self) -> Result<Frame, OpenError> {
        let loaded = compositor::load_slide(&self.path, self.format.raster.size());
        loaded.map_err(|error| {
            let (name, reason) = (self.name(), error.to_string());
            OpenError::Broke(SourceError::Broke { name, reason })
        })
    }
}

impl Opener for SlideOpener {
    fn open(
        &self,
        opening: Opening,
        link: &Arc<SourceLink>,
        host: SourceHost,
    ) -> Result<Box<dyn Origin>, OpenError> {
        let (picture, link, take) = (self.load()?, Arc::clone(link), opening.take);
        // It is silent.
        link.audio.push(Timed { take, pts: 0, what: None });
        link.audio.mark_complete(take);
        let (at, length, format) = (opening.at, self.length, self.format);
        let mut next = FrameIndex(0);
        while i64::try_from(next.nanos(format.rate)).unwrap_or(i64::MAX) < at.min(length) {
            next = next.next();
        }
        Ok(Box::new(Slide { picture, length, format, link, host, take, next, has_ended: false }))
    }

    fn name(&self) -> String {
        self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy().into_owned()
    }

    fn poster(&self, _cancelled: &dyn Fn() -> bool) -> Result<Option<Poster>, PosterError> {
        let (picture, length) = (Some(self.load()?), u64::try_from(self.length).ok());
        Ok(Some(Poster { picture, length, tracks: Vec::new() }))
    }
}

struct Slide {
    picture: Frame,
    length: i64,
    format: Format,
    link: Arc<SourceLink>,
    host: SourceHost,
    take: u32,
    next: FrameIndex,
    has_ended: bool,
}

impl Origin for Slide {
    fn next(&mut self, wait: Duration) -> Option<SourceEvent> {
        let link = &self.link;
        if self.has_ended {
            link.video.rest(wait);
            return None;
        }
        if !link.video.wait_for_room_within(AHEAD, wait) {
            return None;
        }
        let pts = i64::try_from(self.next.nanos(self.format.rate)).unwrap_or(i64::MAX);
        let (take, picture) = (self.take, self.picture.clone());
        self.next = self.next.next();
        if pts < self.length {
            let end = i64::try_from(self.next.nanos(self.format.rate)).unwrap_or(i64::MAX);
            link.file.end.store(end.min(self.length), Ordering::Release);
            link.video.push(Timed { take, pts, what: Some(picture) });
            self.host.tell_arrival();
            return None;
        }
        let pts = self.length;
        link.video.push(Timed { take, pts, what: None });
        link.video.mark_complete(take);
        self.has_ended = true;
        Some(SourceEvent::Ended)
    }

    // A list opens it anew.
    fn cue(&mut self, _take: u32) {}

    fn roll(&mut self) {}
}
