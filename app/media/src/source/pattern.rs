//! Test patterns as sources: made as fast as their readers take them.

use std::sync::Arc;
use std::time::Duration;

use engine::{Frame, FrameIndex};
use show::{Format, FrameRate, Raster, StandardPattern};

use super::errors::OpenError;
use super::host::SourceHost;
use super::origin::{Opener, Opening, Origin, SourceEvent};
use super::poster::{Poster, PosterError};
use crate::link::{SourceLink, Timed};
use crate::pattern::Pattern;
use crate::pattern_card::Card;

/// How many frames are drawn ahead.
const DRAWN_AHEAD: usize = 4;

/// Opens a test pattern.
#[derive(Clone, Debug)]
pub struct PatternOpener {
    /// The format of the programme that reads it.
    pub format: Format,
    /// What it shows.
    pub picture: TestPicture,
}

/// What a test pattern shows.
#[derive(Clone, Copy, Debug)]
pub enum TestPicture {
    /// The moving pattern of this number, 0 to 15.
    Moving(u8),
    /// A standard pattern, with its tone.
    Standard(StandardPattern),
}

/// What makes the pictures and the sound.
enum Drawn {
    Moving(Pattern),
    Standing(Card),
}

impl TestPicture {
    fn draw(self, format: Format) -> Drawn {
        match self {
            Self::Moving(tag) => Drawn::Moving(Pattern::new(format, tag)),
            Self::Standard(pattern) => Drawn::Standing(Card::new(format, pattern)),
        }
    }
}

impl Drawn {
    fn picture(&self, n: u64) -> Frame {
        match self {
            Self::Moving(pattern) => pattern.picture(n),
            Self::Standing(card) => card.picture(),
        }
    }

    fn sound(&self, n: u64, out: &mut Vec<f32>) {
        match self {
            Self::Moving(pattern) => pattern.sound(n, out),
            Self::Standing(card) => card.sound(n, out),
        }
    }
}

impl Opener for PatternOpener {
    fn open(
        &self,
        opening: Opening,
        link: &Arc<SourceLink>,
        host: SourceHost,
    ) -> Result<Box<dyn Origin>, OpenError> {
        let pattern = self.picture.draw(self.format);
        let (rate, link) = (self.format.rate, Arc::clone(link));
        let (take, next) = (opening.take, frame_at(opening.at, rate));
        Ok(Box::new(PatternOrigin { pattern, rate, link, host, take, next }))
    }

    fn name(&self) -> String {
        match self.picture {
            TestPicture::Moving(tag) => format!("test pattern {tag}"),
            TestPicture::Standard(_) => "standard pattern".to_owned(),
        }
    }

    fn poster(&self, _cancelled: &dyn Fn() -> bool) -> Result<Option<Poster>, PosterError> {
        // A bin shows it small, so the smallest raster of its aspect is enough.
        let format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
        let picture = Some(self.picture.draw(format).picture(0));
        Ok(Some(Poster { picture, length: None, tracks: Vec::new() }))
    }
}

/// The frame that is nearest to a time.
fn frame_at(nanos: i64, rate: FrameRate) -> FrameIndex {
    let (num, den) = rate.fraction();
    let (nanos, unit) = (u128::from(nanos.unsigned_abs()), u128::from(den) * 1_000_000_000);
    let frame = (nanos * u128::from(num) + unit / 2) / unit;
    FrameIndex(u64::try_from(frame).unwrap_or(0))
}

struct PatternOrigin {
    pattern: Drawn,
    rate: FrameRate,
    link: Arc<SourceLink>,
    host: SourceHost,
    take: u32,
    next: FrameIndex,
}

impl Origin for PatternOrigin {
    fn next(&mut self, wait: Duration) -> Option<SourceEvent> {
        if !self.link.video.wait_for_room_within(DRAWN_AHEAD, wait) {
            return None;
        }
        let (n, take) = (self.next, self.take);
        let pts = i64::try_from(n.nanos(self.rate)).unwrap_or(i64::MAX);
        let mut sound = Vec::new();
        self.pattern.sound(n.0, &mut sound);
        // Whether it is heard counts for the standby; its picture is what it was chosen for, black and still as well.
        self.link.signal.hear(pts, &sound);
        self.link.audio.push(Timed { take, pts, what: Some(Arc::new(sound)) });
        self.link.video.push(Timed { take, pts, what: Some(self.pattern.picture(n.0)) });
        self.host.tell_arrival();
        self.next = n.next();
        None
    }

    // It starts when it is opened, never on its take.
    fn cue(&mut self, _take: u32) {}

    fn roll(&mut self) {}
}
