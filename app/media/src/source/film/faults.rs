//! What is wrong with a film: it is truncated, or one of its streams cannot be decoded.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use gstreamer as gst;

use super::FileOrigin;
use crate::source::decode_shared::{PICTURES, SOUND};
use crate::source::errors::{SourceError, failed_decoder, not_decoded};
use crate::source::file_end;
use crate::stream::Stream;

/// A truncated file is said to be one if it ends this much before the end that its container claims, in
/// nanoseconds.
const CUT_OFF: i64 = 1_000_000_000;
/// For how long nothing may be decoded of a stream while the other one comes, in nanoseconds: a decoder begins late on
/// a busy machine.
const SILENT: u64 = 5_000_000_000;

/// A film fails if nothing has come of it and nothing was read for so long though there is room, in nanoseconds: a disk that sleeps takes ten
/// seconds to turn.
const NOTHING: u64 = 20_000_000_000;

impl FileOrigin {
    /// Fails a film of which nothing comes any more: what is damaged need not come to an end.
    pub(super) fn check_standing(&mut self) -> Option<SourceError> {
        let shared = &self.decode.shared;
        let laps = shared.laps.as_ref()?;
        // A demuxer may read for long to find a place, and hand nothing on.
        let [picture, sound] = Stream::ALL.map(|stream| laps.progress(stream));
        let progress = [picture, sound, shared.reads.load(Ordering::Acquire)];
        let waits = self.lap_is_over || shared.held_up.load(Ordering::Acquire) != 0;
        let stands = self.standing.look(gst::get_timestamp().nseconds(), progress, waits);
        (stands > NOTHING).then(|| SourceError::NothingComes { name: self.name() })
    }

    /// Reports, once, a stream that has no decoder while the other one plays; and leaves out one of which nothing is
    /// decoded however much of it comes.
    pub(super) fn check_streams(&mut self) -> Option<SourceError> {
        let shared = Arc::clone(&self.decode.shared);
        // While it is paused the sinks hold what they have.
        let held = self.first_seek.is_some().then(|| self.decode.prerolled());
        let silent = shared.laps.as_ref()?.undecoded(held);
        let now = gst::get_timestamp().nseconds();
        let silent = silent.filter(|stream| !shared.is_without(*stream));
        let since = self.silent.filter(|(stream, _)| silent == Some(*stream));
        self.silent = silent.map(|stream| since.unwrap_or((stream, now)));
        if let Some((stream, since)) = self.silent
            && now.saturating_sub(since) > SILENT
        {
            let codec = self.decode.codec(stream);
            return Some(self.leave_out(stream, codec));
        }
        if shared.streams.load(Ordering::Acquire) == 0 {
            return None;
        }
        let (stream, codec) = self.missing.pop()?;
        // It was said before, or there is another one of this kind.
        let has_one = shared.streams.load(Ordering::Acquire) & 1 << stream.index() != 0;
        (!has_one && shared.laps.as_ref()?.next() == 0)
            .then(|| not_decoded(self.name(), stream, codec))
    }

    /// An error of a decoder costs its own stream alone, if there is another one. Otherwise the error is handed back,
    /// with the name of what has no decoder.
    pub(super) fn go_on_without(
        &mut self,
        message: &gst::Message,
        error: SourceError,
    ) -> Result<SourceError, SourceError> {
        let name = self.name();
        if let (SourceError::NoDecoder { .. }, Some((_, codec))) = (&error, self.missing.pop()) {
            return Err(SourceError::NoDecoder { name, codec });
        }
        let streams = self.decode.shared.streams.load(Ordering::Acquire);
        let failed = failed_decoder(message).filter(|_| streams == PICTURES | SOUND);
        let (stream, codec) = failed.ok_or(error)?;
        Ok(self.leave_out(stream, codec))
    }

    /// Once all sound tracks are found: opens the file anew if another one is to be played than was decoded, and says
    /// that the one does not exist that is asked for. True if it was opened anew.
    pub(super) fn turn_to_track(&mut self, at: i64) -> bool {
        if std::mem::replace(&mut self.is_track_known, true) {
            return false;
        }
        let tracks = Arc::clone(&self.decode.tracks);
        self.no_track =
            tracks.lacks().map(|place| SourceError::NoTrack { name: self.name(), place });
        if tracks.is_right() {
            return false;
        }
        self.missing.clear();
        self.failed = self.reopen().err();
        self.first_seek = Some(at);
        true
    }

    /// Opens the file anew without a stream, and goes on where it is.
    fn leave_out(&mut self, stream: Stream, codec: String) -> SourceError {
        let shared = Arc::clone(&self.decode.shared);
        shared.without.fetch_or(1 << stream.index(), Ordering::AcqRel);
        let at = shared.link.file.end.load(Ordering::Acquire);
        self.failed = self.reopen().err();
        self.first_seek = Some(at);
        not_decoded(self.name(), stream, codec)
    }

    /// Reports, once, that the file is a truncated copy. It is played as far as it goes.
    pub(super) fn check_cut_off(&mut self) -> Option<SourceError> {
        if std::mem::replace(&mut self.is_checked, true) {
            return None;
        }
        let laps = self.laps()?;
        let claimed = self.claimed_length()?;
        let claimed = laps.part.to.map_or(claimed, |to| to.min(claimed));
        let seen = laps.read();
        let is_short = seen.saturating_add(CUT_OFF) < claimed && laps.has_container();
        let path = &self.path;
        if !is_short || !file_end::is_truncated(path).unwrap_or(false) {
            return None;
        }
        let seconds = |nanos: i64| u64::try_from(nanos / 1_000_000_000).unwrap_or(0);
        let (seen, length) = (seconds(seen), seconds(claimed));
        Some(SourceError::CutOff { name: path.display().to_string(), seen, length })
    }
}
