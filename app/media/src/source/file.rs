//! Video and audio files: paced by their readers, cued, looped.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use gstreamer as gst;
use gstreamer::prelude::*;

use super::clock_time::clock_time;
use super::decode::DecodePipeline;
use super::errors::{OpenError, SourceError};
use super::host::SourceHost;
use super::laps;
use super::origin::{Opener, Opening, Origin, SourceEvent};
use super::poster::{self, Poster, PosterError};
use super::read_ahead::raise_queue_limits;
use super::sinks::DecodeShared;
use super::uri::file_uri;
use crate::link::SourceLink;

/// A file that ends this much before the end that its container claims is truncated, in nanoseconds.
const CUT_OFF: u64 = 1_000_000_000;

/// How long closing waits for a seek.
const MAX_SEEK: Duration = Duration::from_secs(1);

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
        let Opening { take, at, lap, idle } = opening;
        let from = (Some(nanos(self.from)), self.cue);
        link.file.lap.store(lap, Ordering::Release);
        let shared = DecodeShared::new(Arc::clone(link), take, host, from);
        shared.ahead.set_idle(idle);
        let decode = DecodePipeline::new(&file_uri(&self.path)?, self.name(), shared)?;
        // One that may be cued delivers nothing before its first seek: it could be cued meanwhile.
        let seeks = at > 0 || self.from > 0 || self.to.is_some() || self.looped || self.cue > 0;
        let state = if seeks { gst::State::Paused } else { gst::State::Playing };
        decode.start(state)?;
        Ok(Box::new(FileOrigin {
            decode,
            opener: self.clone(),
            first_seek: seeks.then_some(at),
            cut_off_reported: false,
            last_flush: None,
            seek_lock: Arc::default(),
            lap_seek: None,
            ended: false,
        }))
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn poster(&self, cancelled: &dyn Fn() -> bool) -> Result<Option<Poster>, PosterError> {
        poster::of_file(&self.path, self.from, cancelled).map(Some)
    }
}

impl FileOpener {
    /// A seek to a time of the file: with a flush, or behind what is already decoded.
    fn seek(&self, to: u64, flush: bool) -> gst::Event {
        let mut flags = gst::SeekFlags::ACCURATE;
        flags.set(gst::SeekFlags::FLUSH, flush);
        flags.set(gst::SeekFlags::SEGMENT, self.looped);
        let (start, stop) = (clock_time(to), self.to.map(clock_time));
        let kind = gst::SeekType::Set;
        gst::event::Seek::new(1.0, flags, kind, start, kind, stop)
    }
}

struct FileOrigin {
    decode: DecodePipeline,
    opener: FileOpener,
    /// Until its first preroll, if it begins with a seek: how far behind the in point, in nanoseconds.
    /// Later prerolls belong to cues.
    first_seek: Option<i64>,
    /// It was reported that the file is truncated.
    cut_off_reported: bool,
    /// The last flushing seek: the end of a lap from before it is ignored.
    last_flush: Option<gst::Seqnum>,
    /// Held during a seek, so that the seek of a next lap cannot undo a cue.
    seek_lock: Arc<Mutex<()>>,
    /// The last seek to a next lap; disconnected when it is done.
    lap_seek: Option<Receiver<()>>,
    /// It has ended, which is not reported yet.
    ended: bool,
}

impl Origin for FileOrigin {
    /// Waits for the next event; the laps of a loop are handled inside.
    fn next(&mut self, wait: Duration) -> Option<SourceEvent> {
        let mut wait = wait;
        loop {
            if self.decode.shared.take_finished()
                && let Some(error) = self.check_cut_off()
            {
                return Some(SourceEvent::Damaged(error));
            }
            if std::mem::take(&mut self.ended) {
                return Some(SourceEvent::Ended);
            }
            let message = self.decode.message(wait)?;
            wait = Duration::ZERO;
            if let Some(error) = self.decode.error(&message) {
                return Some(SourceEvent::Broke(error));
            }
            match message.view() {
                gst::MessageView::AsyncDone(_) => {
                    if let Some(at) = self.first_seek.take() {
                        self.begin(at);
                    }
                }
                gst::MessageView::SegmentDone(done) => {
                    self.start_next_lap(message.seqnum(), time_of(done.get()));
                }
                gst::MessageView::Eos(_) => {
                    self.end_or_loop();
                    if let Some(error) = self.check_cut_off() {
                        return Some(SourceEvent::Damaged(error));
                    }
                }
                _ => {}
            }
        }
    }

    fn cue(&mut self, take: u32) {
        let shared = Arc::clone(&self.decode.shared);
        self.ended = false;
        shared.ahead.set_cued(self.opener.cue);
        shared.link.file.end.store(0, Ordering::Release);
        shared.wanted.store(take, Ordering::Release);
        shared.link.video.clear();
        shared.link.audio.clear();
        shared.link.video.wake();
        shared.link.audio.wake();
        match &mut self.first_seek {
            // It cannot seek yet, and is going to.
            Some(first) => *first = 0,
            None => self.seek_to(self.opener.from),
        }
        if shared.streams.load(Ordering::Acquire) != 0 {
            shared.end_missing_streams();
        }
    }

    // A running file is decoded less far ahead than a cued one.
    fn roll(&mut self) {
        self.decode.shared.ahead.set_cued(0);
    }

    fn set_idle(&mut self, idle: bool) {
        let was_idle = self.decode.shared.ahead.is_idle();
        self.decode.shared.ahead.set_idle(idle);
        let streams = self.decode.shared.streams.load(Ordering::Acquire);
        if was_idle && !idle && streams != 0 {
            raise_queue_limits(&self.decode.pipeline);
        }
    }
}

impl Drop for FileOrigin {
    /// Waits for a seek that is under way before the pipeline is stopped. At the end of its seek a demuxer starts
    /// its task again, even if it was stopped meanwhile; that task would go on in freed memory.
    fn drop(&mut self) {
        self.decode.stop_waiting();
        let done = self.lap_seek.take().map(|seek| seek.recv_timeout(MAX_SEEK));
        if done == Some(Err(RecvTimeoutError::Timeout)) {
            tracing::warn!("{}: a seek does not end", self.opener.path.display());
        }
    }
}

impl FileOrigin {
    /// Handles EOS: the end of the file, or of a lap whose demuxer does not support segment seeks.
    fn end_or_loop(&mut self) {
        let shared = &self.decode.shared;
        if self.opener.looped {
            let seen = shared.link.file.end.load(Ordering::Acquire);
            self.measure_lap(seen.saturating_add(nanos(self.opener.from)));
            self.seek_to(self.opener.from);
        } else {
            shared.end();
            self.ended = true;
        }
    }

    /// Reports, once, that the file ended before the end that its container claims: a truncated copy. It
    /// is played as far as it goes.
    fn check_cut_off(&mut self) -> Option<SourceError> {
        let FileOpener { path, from, to, .. } = &self.opener;
        let length = self.decode.pipeline.query_duration::<gst::ClockTime>()?;
        let end = to.map_or(length.nseconds(), |to| to.min(length.nseconds()));
        let seen = self.decode.shared.link.file.end.load(Ordering::Acquire);
        let seen = u64::try_from(seen).unwrap_or(0).saturating_add(*from);
        if self.cut_off_reported || seen.saturating_add(CUT_OFF) >= end {
            return None;
        }
        self.cut_off_reported = true;
        let (seen, length) = (seen / 1_000_000_000, end / 1_000_000_000);
        Some(SourceError::CutOff { name: path.display().to_string(), seen, length })
    }

    /// Seeks to a time of the file and plays, flushing what is already decoded.
    fn seek_to(&mut self, to: u64) {
        let _guard = self.seek_lock.lock().unwrap_or_else(PoisonError::into_inner);
        let seek = self.opener.seek(to, true);
        self.last_flush = Some(seek.seqnum());
        // A failed seek is reported on the bus.
        let _sought = self.decode.pipeline.send_event(seek);
        let _playing = self.decode.pipeline.set_state(gst::State::Playing);
    }

    /// Starts the next lap of a loop behind what is already decoded, once the demuxer has come to the end
    /// of a lap, at this time of the file. The seek may block until a reader makes room, which a cued
    /// file's does not: so it is made on another thread than the one that watches the source.
    fn start_next_lap(&mut self, ended: gst::Seqnum, end: i64) {
        if self.last_flush.is_some_and(|flush| ended < flush) {
            return;
        }
        self.measure_lap(end);
        let (shared, opener) = (Arc::clone(&self.decode.shared), self.opener.clone());
        let take = shared.wanted.load(Ordering::Acquire);
        let seek_lock = Arc::clone(&self.seek_lock);
        let (under_way, done) = bounded(0);
        self.lap_seek = Some(done);
        self.decode.pipeline.call_async(move |pipeline| {
            // Dropped last, when the seek is over.
            let _under_way = under_way;
            let _guard = seek_lock.lock().unwrap_or_else(PoisonError::into_inner);
            let wanted = shared.wanted.load(Ordering::Acquire) == take;
            if !wanted || shared.closing.load(Ordering::Acquire) != 0 {
                return;
            }
            // Sent from a sink: a seek on the pipeline would hold its state lock until it returns, and
            // the pipeline could neither start playing nor be closed.
            let sink = pipeline.by_name("video").or_else(|| pipeline.by_name("audio"));
            if let Some(pad) = sink.and_then(|sink| sink.static_pad("sink")) {
                // A demuxer that refuses it sends EOS at the end of the lap.
                let _sought = pad.push_event(opener.seek(opener.from, false));
            }
        });
    }

    /// Sets the length of a lap when the first one was read up to this time of the file. (The pipeline's
    /// running time is not used: it goes on from the demuxer's position, off by an AAC frame or two.)
    fn measure_lap(&self, read: i64) {
        let shared = &self.decode.shared;
        // Only the end of the first lap is the length of one lap.
        if shared.link.file.lap.load(Ordering::Acquire) != 0 {
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
        let lap = laps::length(known, &shared.pictures).max(0);
        shared.link.file.lap.store(lap, Ordering::Release);
    }

    /// Makes the first seek: to so long after the in point, which may be laps of a loop later. A file that
    /// would have ended by then begins at its in point.
    fn begin(&mut self, at: i64) {
        let end = self
            .opener
            .to
            .or_else(|| Some(self.decode.pipeline.query_duration::<gst::ClockTime>()?.nseconds()));
        let claimed = end.map_or(0, |end| nanos(end.saturating_sub(self.opener.from)));
        let measured = self.decode.shared.link.file.lap.load(Ordering::Acquire);
        let length = if measured > 0 { measured } else { claimed };
        let at = match (length > 0 && at >= length, self.opener.looped) {
            (false, _) => at,
            (true, true) => at % length,
            (true, false) => 0,
        };
        self.seek_to(self.opener.from.saturating_add(u64::try_from(at).unwrap_or(0)));
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
