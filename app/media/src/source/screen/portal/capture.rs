//! An open source that shows what the desktop shares by PipeWire: pictures come when something has changed, and are
//! converted at most once a frame.

use std::sync::Arc;
use std::time::Duration;

use gstreamer as gst;

use super::PortalScreens;
use super::error::PortalError;
use super::session::PortalSession;
use super::stream::Stream;
use crate::link::{SourceLink, Timed};
use crate::live_map::LiveMap;
use crate::picture_format::PictureFormat;
use crate::source::host::SourceHost;
use crate::source::origin::{Origin, SourceEvent};
use crate::source::screen::error::ScreenError;
use crate::source::screen::pictures::{self, Pictures};

/// How often it is looked whether the desktop has ended it, in nanoseconds.
const LOOKED: i64 = 100_000_000;
/// How often the stream is opened anew while its pictures are of another size than it says, in nanoseconds.
const RENEWED: i64 = 1_000_000_000;
/// For how long it is tried so, in nanoseconds.
const MISFITS: i64 = 3_000_000_000;

/// What is shared by the desktop, and is shown.
pub struct PortalCapture {
    /// Closed before its session.
    stream: Stream,
    session: Arc<PortalSession>,
    pictures: Pictures,
    link: Arc<SourceLink>,
    host: SourceHost,
    take: u32,
    /// The least time between two pictures, in nanoseconds.
    period: i64,
    /// When the next picture may be taken.
    due: i64,
    looks_at: i64,
    /// When the stream was opened, and when a picture was as it says.
    renewed: i64,
    fitted: i64,
    size: (u32, u32),
}

impl PortalCapture {
    /// Opens what this key means, with the pointer or without, for this take.
    ///
    /// # Errors
    /// [`ScreenError`].
    pub fn open(
        screens: &PortalScreens,
        (key, pointer): (&str, bool),
        (take, period): (u32, i64),
        link: &Arc<SourceLink>,
        host: SourceHost,
    ) -> Result<Self, ScreenError> {
        if !crate::has_element("pipewiresrc") {
            return Err(PortalError::NoPipeWire.into());
        }
        let session = screens.session(key, pointer)?;
        let stream = Stream::open(&session, &host)?;
        // Its pictures are timed by the studio's clock, and each is due at once.
        link.map.store(Arc::new(LiveMap { take, ..LiveMap::default() }));
        let now = host.now();
        Ok(Self {
            stream,
            session,
            pictures: Pictures::default(),
            link: Arc::clone(link),
            host,
            take,
            period,
            due: now,
            looks_at: now,
            renewed: now,
            fitted: now,
            size: (0, 0),
        })
    }

    /// Takes a picture if there is a new one and it is time for it; else waits for that.
    fn step(&mut self, wait: Duration) -> Result<(), ScreenError> {
        let now = self.host.now();
        self.check(now)?;
        let nanos = |time: Duration| gst::ClockTime::from_nseconds(time.as_nanos() as u64);
        match u64::try_from(self.due - now) {
            Ok(left @ 1..) => Ok(self.stream.rest(nanos(wait.min(Duration::from_nanos(left))))?),
            _ => match self.stream.next(nanos(wait))? {
                Some(sample) => self.show(&sample),
                None => Ok(()),
            },
        }
    }

    /// Whether it goes on.
    fn check(&mut self, now: i64) -> Result<(), PortalError> {
        if now < self.looks_at {
            return Ok(());
        }
        self.looks_at = now + LOOKED;
        self.stream.rest(gst::ClockTime::ZERO)?;
        if self.session.is_closed() {
            return Err(PortalError::Stopped);
        }
        if self.stream.is_silent(now) { Err(PortalError::NoPictures) } else { Ok(()) }
    }

    fn show(&mut self, sample: &gst::Sample) -> Result<(), ScreenError> {
        let now = self.host.now();
        let is_in_step = now - self.due < self.period;
        self.due = if is_in_step { self.due } else { now } + self.period;
        if pictures::layout(sample).is_none() {
            return Ok(self.renew(now)?);
        }
        self.fitted = now;
        let Some(picture) = self.pictures.convert(sample)? else { return Ok(()) };
        let size = picture.size();
        if self.size != size {
            self.size = size;
            let format = PictureFormat { size, rate: (0, 1), has_fields: false, beyond: None };
            self.link.format.store(Some(Arc::new(format)));
        }
        self.link.video.push(Timed { take: self.take, pts: now, what: Some(picture) });
        self.host.tell_arrival();
        Ok(())
    }

    /// Opens the stream anew, which asks nobody: the element of PipeWire 0.3 does not say that another size has come.
    fn renew(&mut self, now: i64) -> Result<(), PortalError> {
        if now - self.fitted >= MISFITS {
            return Err(PortalError::NoPictures);
        }
        if now - self.renewed >= RENEWED {
            self.renewed = now;
            self.stream = Stream::open(&self.session, &self.host)?;
        }
        Ok(())
    }
}

impl Origin for PortalCapture {
    fn next(&mut self, wait: Duration) -> Option<SourceEvent> {
        self.step(wait).err().map(|error| SourceEvent::Broke(error.into()))
    }

    // It never starts on its take.
    fn cue(&mut self, _take: u32) {}

    fn roll(&mut self) {}
}
