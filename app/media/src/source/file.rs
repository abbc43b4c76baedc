//! Films and sounds: pulled by their readers, cued, looped.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gstreamer as gst;
use gstreamer::prelude::*;

use super::clock_time::clock_time;
use super::decode::Decode;
use super::errors::{OpenError, SourceError};
use super::laps;
use super::origin::{Happened, Opener, Origin};
use super::poster::{self, Poster, PosterError};
use super::sinks::{Arrived, DecodeShared};
use super::uri::file_uri;
use crate::link::SourceLink;

/// A file that ends this much before the end its container names has been cut off, in nanoseconds.
const CUT_OFF: u64 = 1_000_000_000;

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
        let from = (Some(nanos(self.from)), self.cue);
        let shared = DecodeShared::new(Arc::clone(link), take, arrived, from);
        let decode = Decode::new(&file_uri(&self.path)?, self.name(), shared)?;
        let state = if self.seeks() { gst::State::Paused } else { gst::State::Playing };
        decode.start(state)?;
        Ok(Box::new(FileOrigin {
            decode,
            opener: self.clone(),
            is_placed: false,
            is_cut_off: false,
            placed_by: None,
            seeking: Arc::default(),
            ended: false,
        }))
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn poster(&self, given_up: &dyn Fn() -> bool) -> Result<Option<Poster>, PosterError> {
        poster::of_file(&self.path, self.from, given_up).map(Some)
    }
}

impl FileOpener {
    /// Whether the file must be sought in before it is played.
    fn seeks(&self) -> bool {
        self.from > 0 || self.to.is_some() || self.again
    }

    /// A seek to the in point: at once, or when what is on its way has passed.
    fn seek(&self, at_once: bool) -> gst::Event {
        let mut flags = gst::SeekFlags::ACCURATE;
        flags.set(gst::SeekFlags::FLUSH, at_once);
        flags.set(gst::SeekFlags::SEGMENT, self.again);
        let (start, stop) = (clock_time(self.from), self.to.map(clock_time));
        let kind = gst::SeekType::Set;
        gst::event::Seek::new(1.0, flags, kind, start, kind, stop)
    }
}

struct FileOrigin {
    decode: Decode,
    opener: FileOpener,
    /// Whether it was sent to the in point once: later prerolls are a cue's own.
    is_placed: bool,
    /// Whether it was told that the file ends too early.
    is_cut_off: bool,
    /// The last seek that sent it to the in point at once: a lap's end from before is none.
    placed_by: Option<gst::Seqnum>,
    /// Held while the pipeline is sent somewhere: a lap never comes behind the cue that ends it.
    seeking: Arc<Mutex<()>>,
    /// It came to its end, which is not told yet.
    ended: bool,
}

impl Origin for FileOrigin {
    /// Loops by itself.
    fn next(&mut self, wait: Duration) -> Option<Happened> {
        let mut wait = wait;
        loop {
            if self.decode.shared.take_finished()
                && let Some(error) = self.cut_off()
            {
                return Some(Happened::Damaged(error));
            }
            if std::mem::take(&mut self.ended) {
                return Some(Happened::Ended);
            }
            let message = self.decode.message(wait)?;
            wait = Duration::ZERO;
            if let Some(error) = self.decode.error(&message) {
                return Some(Happened::Broke(error));
            }
            match message.view() {
                gst::MessageView::AsyncDone(_) if self.opener.seeks() && !self.is_placed => {
                    self.is_placed = true;
                    self.go_to_in_point();
                }
                gst::MessageView::SegmentDone(done) => {
                    self.next_lap(message.seqnum(), time_of(done.get()));
                }
                gst::MessageView::Eos(_) => {
                    self.end();
                    if let Some(error) = self.cut_off() {
                        return Some(Happened::Damaged(error));
                    }
                }
                _ => {}
            }
        }
    }

    fn cue(&mut self, take: u32) {
        let shared = Arc::clone(&self.decode.shared);
        self.ended = false;
        shared.ahead.cue(self.opener.cue);
        shared.end.store(0, Ordering::Release);
        shared.wanted.store(take, Ordering::Release);
        shared.link.video.wake();
        shared.link.audio.wake();
        self.go_to_in_point();
        if shared.streams.load(Ordering::Acquire) != 0 {
            shared.end_what_is_missing();
        }
    }

    // Less is decoded ahead than while it stood.
    fn roll(&mut self) {
        self.decode.shared.ahead.cue(0);
    }
}

impl FileOrigin {
    /// It came to its end, or its container knows no segments and it is to go on.
    fn end(&mut self) {
        let shared = &self.decode.shared;
        if self.opener.again {
            let seen = shared.end.load(Ordering::Acquire);
            self.measure_lap(seen.saturating_add(nanos(self.opener.from)));
            self.go_to_in_point();
        } else {
            shared.end();
            self.ended = true;
        }
    }

    /// That the file ended before the end that its container names, told once: a copy that broke off.
    /// What there is of it is played.
    fn cut_off(&mut self) -> Option<SourceError> {
        let FileOpener { path, from, to, .. } = &self.opener;
        let length = self.decode.pipeline.query_duration::<gst::ClockTime>()?;
        let end = to.map_or(length.nseconds(), |to| to.min(length.nseconds()));
        let seen = self.decode.shared.end.load(Ordering::Acquire);
        let seen = u64::try_from(seen).unwrap_or(0).saturating_add(*from);
        if self.is_cut_off || seen.saturating_add(CUT_OFF) >= end {
            return None;
        }
        self.is_cut_off = true;
        let (seen, length) = (seen / 1_000_000_000, end / 1_000_000_000);
        Some(SourceError::CutOff { name: path.display().to_string(), seen, length })
    }

    /// To the in point, from anywhere; what is on its way is let go.
    fn go_to_in_point(&mut self) {
        let _alone = self.seeking.lock().unwrap_or_else(PoisonError::into_inner);
        let seek = self.opener.seek(true);
        self.placed_by = Some(seek.seqnum());
        // A refusal comes as an error on the bus.
        let _sought = self.decode.pipeline.send_event(seek);
        let _playing = self.decode.pipeline.set_state(gst::State::Playing);
    }

    /// The next lap of a loop, behind what is on its way: the demuxer came to the end of the one before,
    /// at this time of the file. The seek may wait until a reader has made room, and a cued file has
    /// none: the thread that watches the source does not wait with it.
    fn next_lap(&self, ended: gst::Seqnum, end: i64) {
        if self.placed_by.is_some_and(|placed_by| ended < placed_by) {
            return;
        }
        self.measure_lap(end);
        let (shared, opener) = (Arc::clone(&self.decode.shared), self.opener.clone());
        let (take, seeking) = (shared.wanted.load(Ordering::Acquire), Arc::clone(&self.seeking));
        self.decode.pipeline.call_async(move |pipeline| {
            let _alone = seeking.lock().unwrap_or_else(PoisonError::into_inner);
            let wanted = shared.wanted.load(Ordering::Acquire) == take;
            if !wanted || shared.closing.load(Ordering::Acquire) != 0 {
                return;
            }
            // From a sink rather than through the pipeline, whose state could not be changed before
            // this returns: it could neither begin to play nor be closed.
            let sink = pipeline.by_name("video").or_else(|| pipeline.by_name("audio"));
            if let Some(pad) = sink.and_then(|sink| sink.static_pad("sink")) {
                // A refusal comes as an end where a loop was asked for.
                let _sought = pad.push_event(opener.seek(false));
            }
        });
    }

    /// A lap ends, which was read up to this time of the file: how long it was. (The pipeline's own
    /// running time goes on from wherever its demuxer stood, an AAC frame or two from that.)
    fn measure_lap(&self, read: i64) {
        let shared = &self.decode.shared;
        // Only the first lap's end is the end of one lap.
        if shared.lap.load(Ordering::Acquire) != 0 {
            return;
        }
        let container = self.decode.pipeline.query_duration::<gst::ClockTime>();
        let known = laps::LapFacts {
            from: nanos(self.opener.from),
            to: self.opener.to.map(nanos),
            container: container.map(|end| nanos(end.nseconds())),
            read,
            picture: shared.picture.load(Ordering::Acquire),
        };
        shared.lap.store(laps::length(known, &shared.pictures).max(0), Ordering::Release);
    }
}

fn nanos(time: u64) -> i64 {
    i64::try_from(time).unwrap_or(i64::MAX)
}

fn time_of(time: gst::GenericFormattedValue) -> i64 {
    match time {
        gst::GenericFormattedValue::Time(Some(time)) => nanos(time.nseconds()),
        _ => 0,
    }
}
