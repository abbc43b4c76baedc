//! A source's pipeline: opens what it is told, hands decoded pictures and sound on, and says what
//! happened. It decides nothing.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use gstreamer as gst;
use gstreamer::prelude::*;

use super::laps::{self, Extent};
use super::read_ahead::{ReadAhead, read_ahead};
use super::sinks::{Arrived, PICTURES, SOUND, Shared, attach, one_thread_each};
use super::words::{OpenError, SourceError, described};
use crate::link::SourceLink;

/// A file that ends this much before the end its container names has been cut off, in nanoseconds.
const CUT_OFF: u64 = 1_000_000_000;

/// What is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// A file, from its in point to its out point (nanoseconds), once or again and again.
    File {
        /// The file.
        path: PathBuf,
        /// In point.
        from: u64,
        /// Out point.
        to: Option<u64>,
        /// Whether it goes on from the in point.
        again: bool,
        /// How many pictures are decoded ahead while it is cued.
        cue: usize,
    },
    /// A live URL.
    Live {
        /// The URL.
        url: String,
    },
}

/// Something a pipeline said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// All of a file has been handed on.
    Ended,
    /// It broke.
    Broke(SourceError),
}

fn streams_of(pipeline: &gst::Pipeline) -> u32 {
    let has = |name: &str, stream| if pipeline.by_name(name).is_some() { stream } else { 0 };
    has("video", PICTURES) | has("audio", SOUND)
}

/// A pipeline. Dropping it closes it, which may wait for the network: on a source's own thread only.
pub struct Player {
    pipeline: gst::Pipeline,
    shared: Arc<Shared>,
    opened: Opened,
    cut_off: OnceLock<SourceError>,
}

impl Player {
    /// Opens a source for this take. What arrives goes to `link`, and `arrived` hears of it.
    ///
    /// # Errors
    /// [`OpenError`] for what is known at once; the rest comes by [`Self::happened`].
    pub fn open(
        opened: Opened,
        take: u32,
        link: Arc<SourceLink>,
        arrived: Arrived,
    ) -> Result<Self, OpenError> {
        let (uri, cue, from) = match &opened {
            Opened::File { path, cue, from, .. } => {
                (file_uri(path)?, *cue, Some(i64::try_from(*from).unwrap_or(i64::MAX)))
            }
            Opened::Live { url } => (url.clone(), 0, None),
        };
        let shared = Arc::new(Shared {
            link,
            wanted: AtomicU32::new(take),
            closing: AtomicU32::new(0),
            ahead: ReadAhead::new(cue),
            finished: AtomicU32::new(0),
            pictures: Extent::default(),
            lap: AtomicI64::new(0),
            picture: AtomicI64::new(0),
            from,
            end: AtomicI64::new(0),
            placed: AtomicBool::new(false),
            seeking: Mutex::new(()),
            begun: Mutex::new(None),
            streams: AtomicU32::new(0),
            arrived,
            waits: matches!(opened, Opened::File { .. }),
        });
        let failed = |error: gst::glib::BoolError| OpenError::Pipeline(error.message.into_owned());
        let pipeline = gst::Pipeline::new();
        pipeline.use_clock(None::<&gst::Clock>);
        let decode = gst::ElementFactory::make("uridecodebin").property("uri", uri);
        let decode = decode.build().map_err(failed)?;
        pipeline.add(&decode).map_err(failed)?;
        one_thread_each(&decode);
        let (weak, of_pads) = (pipeline.downgrade(), Arc::clone(&shared));
        decode.connect_pad_added(move |_, pad| {
            // A panic here would end the process: what cannot be linked is left out.
            if let Some(pipeline) = weak.upgrade() {
                let _linked = attach(&pipeline, pad, &of_pads);
            }
        });
        let (weak, of_pads) = (pipeline.downgrade(), Arc::clone(&shared));
        decode.connect_no_more_pads(move |_| {
            if let Some(pipeline) = weak.upgrade() {
                of_pads.streams.store(streams_of(&pipeline), Ordering::Release);
                of_pads.end_what_is_missing();
                if of_pads.waits {
                    read_ahead(&pipeline);
                    laps::watch_pictures(&pipeline, &of_pads);
                }
            }
        });
        let player = Self { pipeline, shared, opened, cut_off: OnceLock::new() };
        player.start()?;
        Ok(player)
    }

    fn start(&self) -> Result<(), OpenError> {
        let refused = || match self.happened(0) {
            Some(Happened::Broke(error)) => OpenError::Broke(error),
            _ => OpenError::Refused,
        };
        let state = if self.seeks() { gst::State::Paused } else { gst::State::Playing };
        self.pipeline.set_state(state).map(drop).map_err(|_| refused())
    }

    /// Whether the file must be sought in before it is played.
    fn seeks(&self) -> bool {
        match &self.opened {
            Opened::File { from, to, again, .. } => *from > 0 || to.is_some() || *again,
            Opened::Live { .. } => false,
        }
    }

    /// Waits up to `millis` for something to happen. Loops a file by itself.
    pub fn happened(&self, millis: u64) -> Option<Happened> {
        let bus = self.pipeline.bus()?;
        let mut wait = gst::ClockTime::from_mseconds(millis);
        loop {
            if self.shared.take_finished() {
                self.look_at_end();
            }
            let message = bus.timed_pop(wait)?;
            wait = gst::ClockTime::ZERO;
            match message.view() {
                gst::MessageView::AsyncDone(_) if self.first_preroll() => self.seek(),
                gst::MessageView::SegmentDone(done) => {
                    self.next_lap(message.seqnum(), nanos_of(done.get()));
                }
                gst::MessageView::Eos(_) => {
                    self.look_at_end();
                    if matches!(self.opened, Opened::File { again: true, .. }) {
                        // This container knows no segments.
                        let seen = self.shared.end.load(Ordering::Acquire);
                        self.measure_lap(seen + self.shared.from.unwrap_or(0));
                        self.seek();
                    } else {
                        self.shared.end();
                        return Some(Happened::Ended);
                    }
                }
                gst::MessageView::Error(error) => {
                    return Some(Happened::Broke(described(&error.error(), &self.opened)));
                }
                _ => {}
            }
        }
    }

    /// Whether the file turned out to end before the end that its container names: a copy that broke
    /// off. What there is of it is played.
    pub fn cut_off(&self) -> Option<&SourceError> {
        self.cut_off.get()
    }

    fn look_at_end(&self) {
        let Opened::File { path, from, to, .. } = &self.opened else { return };
        let Some(length) = self.pipeline.query_duration::<gst::ClockTime>() else { return };
        let end = to.map_or(length.nseconds(), |to| to.min(length.nseconds()));
        let seen = u64::try_from(self.shared.end.load(Ordering::Acquire)).unwrap_or(0) + from;
        if seen + CUT_OFF < end {
            let (seen, length) = (seen / 1_000_000_000, end / 1_000_000_000);
            let name = path.display().to_string();
            self.cut_off.get_or_init(|| SourceError::CutOff { name, seen, length });
        }
    }

    fn first_preroll(&self) -> bool {
        self.seeks() && !self.shared.placed.swap(true, Ordering::AcqRel)
    }

    /// To the in point, from anywhere; what is on its way is let go.
    fn seek(&self) {
        let _alone = self.shared.seeking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seek) = seek_event(&self.opened, true) {
            let mut begun = self.shared.begun.lock().unwrap_or_else(PoisonError::into_inner);
            *begun = Some(seek.seqnum());
            drop(begun);
            // A refusal comes as an error on the bus.
            let _sought = self.pipeline.send_event(seek);
        }
        let _playing = self.pipeline.set_state(gst::State::Playing);
    }

    /// The next lap of a loop, behind what is on its way: the demuxer came to the end of the one before,
    /// at this time of the file. The seek may wait until a reader has made room, and a cued file has
    /// none: whoever watches the source does not wait with it.
    fn next_lap(&self, ended: gst::Seqnum, end: i64) {
        let begun = *self.shared.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.is_some_and(|begun| ended < begun) {
            return;
        }
        self.measure_lap(end);
        let (shared, opened) = (Arc::clone(&self.shared), self.opened.clone());
        let take = shared.wanted.load(Ordering::Acquire);
        self.pipeline.call_async(move |pipeline| {
            let _alone = shared.seeking.lock().unwrap_or_else(PoisonError::into_inner);
            let wanted = shared.wanted.load(Ordering::Acquire) == take;
            if !wanted || shared.closing.load(Ordering::Acquire) != 0 {
                return;
            }
            // From a sink rather than through the pipeline, whose state could not be changed before
            // this returns: it could neither begin to play nor be closed.
            let sink = pipeline.by_name("video").or_else(|| pipeline.by_name("audio"));
            let pad = sink.and_then(|sink| sink.static_pad("sink"));
            if let (Some(pad), Some(seek)) = (pad, seek_event(&opened, false)) {
                // A refusal comes as an end where a loop was asked for.
                let _sought = pad.push_event(seek);
            }
        });
    }

    /// A lap ends, which was read up to this time of the file: how long it was. (The pipeline's own
    /// running time goes on from wherever its demuxer stood, an AAC frame or two from that.)
    fn measure_lap(&self, read: i64) {
        let Opened::File { to, .. } = &self.opened else { return };
        // Only the first lap's end is the end of one lap.
        if self.shared.lap.load(Ordering::Acquire) != 0 {
            return;
        }
        let nanos = |time: u64| i64::try_from(time).unwrap_or(i64::MAX);
        let container = self.pipeline.query_duration::<gst::ClockTime>();
        let known = laps::Known {
            from: self.shared.from.unwrap_or(0),
            to: to.map(nanos),
            container: container.map(|end| nanos(end.nseconds())),
            read,
            picture: self.shared.picture.load(Ordering::Acquire),
        };
        self.shared.lap.store(laps::length(known, &self.shared.pictures).max(0), Ordering::Release);
    }

    /// Cues a file anew, for this take.
    pub fn cue(&self, take: u32) {
        let Opened::File { cue, .. } = &self.opened else { return };
        self.shared.ahead.cue(*cue);
        self.shared.end.store(0, Ordering::Release);
        self.shared.wanted.store(take, Ordering::Release);
        self.shared.link.video.wake();
        self.shared.link.audio.wake();
        self.seek();
        if self.shared.streams.load(Ordering::Acquire) != 0 {
            self.shared.end_what_is_missing();
        }
    }

    /// A cued file runs now: less is decoded ahead.
    pub fn run(&self) {
        self.shared.ahead.cue(0);
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.shared.closing.store(1, Ordering::Release);
        self.shared.link.video.wake();
        self.shared.link.audio.wake();
        let _closed = self.pipeline.set_state(gst::State::Null);
    }
}

fn nanos_of(time: gst::GenericFormattedValue) -> i64 {
    match time {
        gst::GenericFormattedValue::Time(Some(time)) => i64::try_from(time.nseconds()).unwrap_or(0),
        _ => 0,
    }
}

/// A wish for the in point; with `flush` at once, else when what is on its way has passed.
fn seek_event(opened: &Opened, flush: bool) -> Option<gst::Event> {
    let Opened::File { from, to, again, .. } = opened else { return None };
    let mut flags = gst::SeekFlags::ACCURATE;
    flags.set(gst::SeekFlags::FLUSH, flush);
    flags.set(gst::SeekFlags::SEGMENT, *again);
    let stop = to.map(gst::ClockTime::from_nseconds);
    let start = gst::ClockTime::from_nseconds(*from);
    let kind = gst::SeekType::Set;
    Some(gst::event::Seek::new(1.0, flags, kind, start, kind, stop))
}

pub fn file_uri(path: &Path) -> Result<String, OpenError> {
    let failed = |reason: String| OpenError::File { path: path.to_owned(), reason };
    let real = path.canonicalize().map_err(|error| failed(error.to_string()))?;
    if !real.is_file() {
        return Err(OpenError::NotAFile(path.to_owned()));
    }
    let uri = gst::glib::filename_to_uri(&real, None);
    uri.map(Into::into).map_err(|error| failed(error.message().to_owned()))
}
