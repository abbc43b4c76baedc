//! How a film gets to a place, and from one lap of a loop to the next.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use crossbeam_channel::bounded;
use gstreamer as gst;
use gstreamer::prelude::*;

use super::FileOrigin;
use crate::source::clock_time::clock_time;
use crate::source::decode::DecodePipeline;
use crate::source::errors::{OpenError, SourceError};
use crate::source::laps::Laps;
use crate::stream::Stream;

impl FileOrigin {
    /// Goes to the in point, with a flush, as the beginning of this lap.
    pub(super) fn begin_lap(&mut self, lap: i64) {
        let shared = Arc::clone(&self.decode.shared);
        let Some(laps) = &shared.laps else { return };
        laps.begin(lap, 0);
        let _refused_before = laps.take_refused();
        self.lap_is_over = false;
        shared.clear_finished();
        if self.reopens || !self.seek_to(laps.base()) {
            self.failed = self.reopen().err();
        }
    }

    /// Begins the next lap of a loop that cannot be sought. What is decoded ahead lasts meanwhile.
    pub(super) fn restart_lap(&mut self) {
        let shared = Arc::clone(&self.decode.shared);
        let take = shared.wanted.load(Ordering::Acquire);
        if shared.link.file.lap.load(Ordering::Acquire) == 0 {
            // Nothing came: there is nothing to begin again.
            shared.end();
            self.ended = true;
            return;
        }
        let delivered = shared.link.video.laps(take).min(shared.link.audio.laps(take));
        self.begin_lap(i64::from(delivered));
    }

    /// Handles the end of a loop of which not every stream has come to its end.
    pub(super) fn end_odd_lap(&mut self) {
        let shared = &self.decode.shared;
        if shared.finished.load(Ordering::Acquire) != 0 || !self.lap_is_over {
            shared.measure_lap();
            self.restart_lap();
        }
    }

    /// Opens the file anew, to begin with the lap that is next.
    pub(super) fn reopen(&mut self) -> Result<(), SourceError> {
        self.stop();
        let shared = Arc::clone(&self.decode.shared);
        let name = self.name();
        let broke =
            |error: OpenError| SourceError::Broke { name: name.clone(), reason: error.to_string() };
        let is_other = !self.decode.tracks.is_right();
        let tracks = self.decode.tracks.again();
        let fresh = DecodePipeline::new(&self.uri, name.clone(), Arc::clone(&shared), tracks);
        // Closes the one before.
        self.decode = fresh.map_err(broke)?;
        shared.closing.store(0, Ordering::Release);
        if let Some(laps) = &shared.laps {
            Stream::ALL.into_iter().for_each(|stream| laps.restart_position(stream));
            if is_other {
                laps.forget(Stream::Sound);
            }
        }
        self.opened = gst::get_timestamp().nseconds();
        self.silent = None;
        self.first_seek = Some(0);
        self.decode.start(gst::State::Paused).map_err(broke)
    }

    /// Seeks to a time of the container and plays, flushing what is already decoded. False if the demuxer refuses.
    pub(super) fn seek_to(&mut self, to: i64) -> bool {
        let _guard = self.seek_lock.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(laps) = &self.decode.shared.laps else { return false };
        let looped = self.is_looped() && !self.reopens;
        if looped {
            laps.clear_restarts();
        }
        let mut seek = seek(laps, to, Some(looped));
        let mut sought = self.send(&seek);
        if !sought && looped {
            // One that cannot end a lap without ending the stream.
            self.reopens = true;
            seek = self::seek(laps, to, Some(false));
            sought = to > laps.zero() && self.send(&seek);
        }
        if sought {
            self.last_flush = Some(seek.seqnum());
            let _playing = self.decode.pipeline.set_state(gst::State::Playing);
        }
        sought
    }

    /// Seeks to time 0 of the container, with a flush. False if the demuxer refuses.
    pub(super) fn seek_to_zero(&self) -> bool {
        let flags = gst::SeekFlags::ACCURATE | gst::SeekFlags::FLUSH;
        let (set, zero, none) = (gst::SeekType::Set, gst::ClockTime::ZERO, gst::ClockTime::NONE);
        self.send(&gst::event::Seek::new(1.0, flags, set, zero, gst::SeekType::None, none))
    }

    /// Sends a seek to the demuxer, from one of the sinks; false if it is refused. From the pipeline it would come from
    /// each of them, and a demuxer that does not know one again (that of FLV) would begin twice: pictures that its
    /// decoder had in hand the first time were lost.
    fn send(&self, seek: &gst::Event) -> bool {
        let mut sinks =
            ["video", "audio"].into_iter().filter_map(|name| self.decode.pipeline.by_name(name));
        sinks.any(|sink| sink.send_event(seek.clone()))
    }

    /// Starts the next lap of a loop behind what is already decoded, once the demuxer has come to the end
    /// of a lap. The seek may block until a reader makes room, which a cued file's does not: so it is made on
    /// another thread than the one that watches the source.
    pub(super) fn start_next_lap(&mut self) {
        if self.laps().is_none_or(Laps::restarts) {
            return;
        }
        self.lap_is_over = false;
        let shared = Arc::clone(&self.decode.shared);
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
            let Some(laps) = &shared.laps else { return };
            // Sent from a sink: a seek on the pipeline would hold its state lock until it returns, and
            // the pipeline could neither start playing nor be closed.
            let sink = pipeline.by_name("video").or_else(|| pipeline.by_name("audio"));
            if let Some(pad) = sink.and_then(|sink| sink.static_pad("sink"))
                && !pad.push_event(seek(laps, laps.base(), None))
            {
                laps.set_refused();
            }
        });
    }
}

/// A seek to a time of the container, up to the out point. With a flush it says whether the end is that of a lap;
/// without one it is a lap's, and goes behind what is already decoded.
fn seek(laps: &Laps, to: i64, flush: Option<bool>) -> gst::Event {
    let mut flags = gst::SeekFlags::ACCURATE;
    flags.set(gst::SeekFlags::FLUSH, flush.is_some());
    flags.set(gst::SeekFlags::SEGMENT, flush.unwrap_or(true));
    let time = |nanos: i64| clock_time(u64::try_from(nanos).unwrap_or(0));
    let kind = gst::SeekType::Set;
    let out = laps.out().map(|out| time(out.saturating_add(laps.late())));
    gst::event::Seek::new(1.0, flags, kind, time(to), kind, out)
}
