//! An open film: it is cued, begins at its in point, loops, and says what is wrong with it.

mod faults;
mod seeks;
mod standing;

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use gstreamer as gst;
use gstreamer::prelude::*;

use self::standing::Standing;
use super::decode::DecodePipeline;
use super::decode_shared::DecodeShared;
use super::errors::{OpenError, SourceError, missing_decoder};
use super::laps::Laps;
use super::mp3_ends;
use super::origin::{Origin, SourceEvent};
use super::read_ahead::raise_queue_limits;
use super::sound_tracks::SoundTracks;
use super::uri::file_uri;
use crate::stream::Stream;

/// What lies this far from the beginning is reached by decoding, in nanoseconds, where a demuxer only guesses where it
/// is.
const NEAR: i64 = 10_000_000_000;
/// How long closing waits for a seek.
const MAX_SEEK: Duration = Duration::from_secs(1);

/// An open video or audio file.
pub struct FileOrigin {
    decode: DecodePipeline,
    path: PathBuf,
    uri: String,
    /// How many pictures are decoded ahead while it is cued.
    cue: usize,
    /// When its pipeline was opened, by GStreamer's clock in nanoseconds.
    opened: u64,
    /// Until its first preroll: how far behind the in point it begins, in nanoseconds. Later prerolls belong to
    /// cues.
    first_seek: Option<i64>,
    /// Whether it is known when its streams begin.
    is_placed: bool,
    /// Whether its demuxer counts its times as it will after a seek.
    is_counted: bool,
    /// Whether it is opened anew where others are sought, since its demuxer refuses, or only guesses.
    reopens: bool,
    /// Whether all streams have come to the end of a lap.
    lap_is_over: bool,
    /// It was looked whether the file is truncated.
    is_checked: bool,
    /// It could not be opened anew.
    failed: Option<SourceError>,
    /// Whether it is known which sound track is played.
    is_track_known: bool,
    /// The sound track that is asked for does not exist, which is not reported yet.
    no_track: Option<SourceError>,
    /// For how long nothing has come of it.
    standing: Standing,
    /// A stream of which nothing is decoded though much of it comes, and since when, as `opened`.
    silent: Option<(Stream, u64)>,
    /// The streams that have no decoder, and what they are coded in, until that is reported.
    missing: Vec<(Stream, String)>,
    /// The last flushing seek: an end from before it is ignored.
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
            if self.decode.shared.take_finished() {
                self.lap_is_over = true;
                if self.laps().is_some_and(|laps| laps.part.looped && laps.restarts()) {
                    self.restart_lap();
                }
                if let Some(error) = self.check_cut_off() {
                    return Some(SourceEvent::Damaged(error));
                }
            }
            if self.laps().is_some_and(Laps::take_refused) && self.lap_is_over {
                self.restart_lap();
            }
            if let Some(error) = self.failed.take() {
                return Some(SourceEvent::Broke(error));
            }
            if std::mem::take(&mut self.ended) {
                return Some(SourceEvent::Ended);
            }
            if let Some(error) = self.no_track.take() {
                return Some(SourceEvent::Damaged(error));
            }
            if let Some(error) = self.check_streams() {
                return Some(SourceEvent::Damaged(error));
            }
            if let Some(error) = self.check_standing() {
                return Some(SourceEvent::Broke(error));
            }
            let message = self.decode.message(wait)?;
            wait = Duration::ZERO;
            if let Some(error) = self.decode.error(&message) {
                if self.turn_to_track(self.first_seek.unwrap_or(0)) {
                    continue;
                }
                match self.go_on_without(&message, error) {
                    Ok(damage) => return Some(SourceEvent::Damaged(damage)),
                    Err(error) => return Some(SourceEvent::Broke(error)),
                }
            }
            self.missing.extend(missing_decoder(&message));
            match message.view() {
                gst::MessageView::AsyncDone(_) => {
                    if let Some(at) = self.first_seek.take() {
                        self.begin(at);
                    }
                }
                gst::MessageView::SegmentDone(_) | gst::MessageView::Eos(_)
                    if self.last_flush.is_some_and(|flush| message.seqnum() < flush) => {}
                gst::MessageView::SegmentDone(_) => self.start_next_lap(),
                gst::MessageView::Eos(_) if self.is_looped() => self.end_odd_lap(),
                gst::MessageView::Eos(_) => {
                    self.decode.shared.end();
                    (self.ended, self.lap_is_over) = (true, true);
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
        shared.ahead.set_cued(self.cue);
        shared.link.file.end.store(0, Ordering::Release);
        shared.wanted.store(take, Ordering::Release);
        shared.link.video.clear();
        shared.link.audio.clear();
        shared.link.video.wake();
        shared.link.audio.wake();
        match &mut self.first_seek {
            // It cannot seek yet, and is going to.
            Some(first) => *first = 0,
            None => self.begin_lap(0),
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
    fn drop(&mut self) {
        self.stop();
    }
}

impl FileOrigin {
    /// Opens a file that holds so many pictures while it is cued; it begins so long behind its in point. The sound track
    /// of this number is played, if there is one.
    pub fn open(
        path: &Path,
        cue: usize,
        at: i64,
        shared: Arc<DecodeShared>,
        track: Option<u32>,
    ) -> Result<Self, OpenError> {
        let uri = file_uri(path)?;
        let tracks = SoundTracks::new(track);
        let decode = DecodePipeline::new(&uri, path.display().to_string(), shared, tracks)?;
        // It delivers nothing before it is known when its streams begin.
        decode.start(gst::State::Paused)?;
        Ok(Self {
            decode,
            path: path.to_owned(),
            uri,
            cue,
            opened: gst::get_timestamp().nseconds(),
            first_seek: Some(at),
            is_placed: false,
            is_counted: false,
            reopens: false,
            lap_is_over: false,
            is_checked: false,
            failed: None,
            is_track_known: false,
            no_track: None,
            standing: Standing::default(),
            silent: None,
            missing: Vec::new(),
            last_flush: None,
            seek_lock: Arc::default(),
            lap_seek: None,
            ended: false,
        })
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn is_looped(&self) -> bool {
        self.laps().is_some_and(|laps| laps.part.looped)
    }

    fn laps(&self) -> Option<&Laps> {
        self.decode.shared.laps.as_ref()
    }

    /// Waits for a seek that is under way before the pipeline is closed. At the end of its seek a demuxer starts its
    /// task again, even if it was stopped meanwhile; that task would go on in freed memory.
    fn stop(&mut self) {
        self.decode.stop_waiting();
        let done = self.lap_seek.take().map(|seek| seek.recv_timeout(MAX_SEEK));
        if done == Some(Err(RecvTimeoutError::Timeout)) {
            tracing::warn!("{}: a seek does not end", self.path.display());
        }
    }

    /// Makes the first start: so long after the in point, which may be laps of a loop later. A file that would have
    /// ended by then begins at its in point.
    fn begin(&mut self, at: i64) {
        if self.turn_to_track(at) {
            return;
        }
        let shared = Arc::clone(&self.decode.shared);
        let Some(laps) = &shared.laps else { return };
        if self.counts_first() {
            self.first_seek = Some(at);
            return;
        }
        self.place(laps);
        let claimed = laps.part.to.or_else(|| self.claimed_length());
        let claimed = claimed.map_or(0, |end| end.saturating_sub(laps.part.from));
        let measured = shared.link.file.lap.load(Ordering::Acquire);
        let length = if measured > 0 { measured } else { claimed };
        let at = match (length > 0 && at >= length, self.is_looped()) {
            (false, _) => at,
            (true, true) => at % length,
            (true, false) => 0,
        };
        laps.begin(laps.next(), at);
        let guesses = self.decode.guesses_places();
        self.reopens |= guesses;
        laps.set_claimed(self.claimed_length().filter(|_| !guesses).unwrap_or(0));
        let to = laps.part.from.saturating_add(at);
        let seeks = match self.reopens {
            true => to > NEAR,
            false => to > 0 || self.is_looped() || laps.part.to.is_some(),
        };
        if !seeks || !self.seek_to(laps.zero().saturating_add(to)) {
            // What comes before is decoded, and left out.
            let _playing = self.decode.pipeline.set_state(gst::State::Playing);
        }
        if self.is_looped() && self.reopens {
            laps.set_restarts();
            let took = gst::get_timestamp().nseconds().saturating_sub(self.opened);
            shared.ahead.record_gap(took);
        }
    }

    /// Has its demuxer count its times as it will after a seek, where it does so otherwise before one. False if there
    /// is nothing to wait for.
    fn counts_first(&mut self) -> bool {
        let is_counted = self.is_placed || std::mem::replace(&mut self.is_counted, true);
        if is_counted || !self.decode.counts_anew() {
            return false;
        }
        self.seek_to_zero()
    }

    /// Sees when its streams begin, once.
    fn place(&mut self, laps: &Laps) {
        if std::mem::replace(&mut self.is_placed, true) {
            return;
        }
        let [picture, sound] = self.decode.first_times();
        let picture = picture.or_else(|| laps.first_demuxed(Stream::Picture));
        let sound = sound.or_else(|| laps.first_demuxed(Stream::Sound));
        match mp3_ends::sound_ends(&self.path).filter(|_| picture.is_none()) {
            Some((begin, end)) => laps.set_sound_ends(begin, end),
            None => laps.set_beginning(picture, sound),
        }
    }

    /// How long the container claims that the film is, from its beginning, in nanoseconds.
    fn claimed_length(&self) -> Option<i64> {
        let length = self.decode.end()?.saturating_sub(self.laps()?.zero());
        (length > 0).then_some(length)
    }
}
