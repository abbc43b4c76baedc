//! What the streams of a source share.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};

use show::DecodingSettings;

use super::host::SourceHost;
use super::laps::{FilmPart, Laps};
use super::pause::Pause;
use super::read_ahead::ReadAhead;
use crate::link::{SourceLink, Timed};
use crate::stream::Stream;

/// The bits of [`DecodeShared::streams`].
pub const PICTURES: u32 = 1;
/// See [`PICTURES`].
pub const SOUND: u32 = 2;

/// What the callbacks of a pipeline share with the thread that opened it.
pub struct DecodeShared {
    pub link: Arc<SourceLink>,
    /// The current take; whatever still comes for an earlier one is dropped.
    pub wanted: AtomicU32,
    /// Whether the pipeline is being closed.
    pub closing: AtomicU32,
    /// How far pictures are decoded ahead.
    pub ahead: ReadAhead,
    /// Where a film is in its laps; `None` for a live source.
    pub laps: Option<Laps>,
    /// Which streams have reached the end of a lap since [`Self::take_finished`], as in `streams`.
    pub at_end: AtomicU32,
    /// Which of them have delivered all of it.
    pub finished: AtomicU32,
    /// The duration of a picture, in nanoseconds; 0 until it is known.
    pub picture: AtomicI64,
    /// Which streams there are: [`PICTURES`], [`SOUND`]; 0 until they are known.
    pub streams: AtomicU32,
    /// Which streams the source is played without, as in `streams`: they cannot be decoded.
    pub without: AtomicU32,
    /// How often a film's file was read.
    pub reads: AtomicU64,
    /// Which streams wait for their readers to make room, as in `streams`.
    pub held_up: AtomicU32,
    pub host: SourceHost,
    /// How it is decoded.
    pub decoding: DecodingSettings,
    /// The last pause of a live source's sound.
    pub pause: Pause,
}

impl DecodeShared {
    /// For a source that is opened for this take. Of a film this part is played; `cue` is how many pictures it
    /// holds while cued.
    pub fn new(
        link: Arc<SourceLink>,
        take: u32,
        host: SourceHost,
        film: Option<FilmPart>,
        cue: usize,
    ) -> Self {
        link.file.end.store(0, Ordering::Release);
        Self {
            link,
            wanted: AtomicU32::new(take),
            closing: AtomicU32::new(0),
            ahead: ReadAhead::new(cue),
            at_end: AtomicU32::new(0),
            finished: AtomicU32::new(0),
            laps: film.map(Laps::new),
            picture: AtomicI64::new(0),
            streams: AtomicU32::new(0),
            without: AtomicU32::new(0),
            reads: AtomicU64::new(0),
            held_up: AtomicU32::new(0),
            host,
            decoding: DecodingSettings::default(),
            pause: Pause::default(),
        }
    }

    /// The same, decoded like this.
    pub fn decoded_as(self, decoding: DecodingSettings) -> Self {
        Self { decoding, ..self }
    }

    /// Whether it is played without this stream.
    pub fn is_without(&self, stream: Stream) -> bool {
        self.without.load(Ordering::Acquire) & 1 << stream.index() != 0
    }

    /// Whether it waits for its readers: a film does, a live source does not.
    pub fn waits(&self) -> bool {
        self.laps.is_some()
    }

    /// Sets the length of a lap once the first one has passed: only that is the length of one.
    pub fn measure_lap(&self) {
        let Some(laps) = &self.laps else { return };
        let (set, get) = (Ordering::AcqRel, Ordering::Acquire);
        let length = laps.length(self.picture.load(Ordering::Acquire));
        // It may be known from an earlier opening.
        let _known = self.link.file.lap.compare_exchange(0, length, set, get);
    }

    /// Ends the streams that the source does not have, so that no reader waits for them: pictures at a
    /// time that never comes, sound from the start.
    pub fn end_missing_streams(&self) {
        let take = self.wanted.load(Ordering::Acquire);
        let streams = self.streams.load(Ordering::Acquire);
        if streams & PICTURES == 0 {
            self.link.video.push(Timed { take, pts: i64::MAX, what: None });
            self.link.video.mark_complete(take);
        }
        if streams & SOUND == 0 {
            self.link.audio.push(Timed { take, pts: 0, what: None });
            self.link.audio.mark_complete(take);
        }
    }

    /// Whether all streams have delivered the end of a lap; true once per lap.
    pub fn take_finished(&self) -> bool {
        let streams = self.streams.load(Ordering::Acquire);
        let (done, none) = (Ordering::AcqRel, Ordering::Acquire);
        let all = streams != 0 && self.finished.compare_exchange(streams, 0, done, none).is_ok();
        if all {
            self.at_end.fetch_and(!streams, done);
        }
        all
    }

    /// A lap begins: no stream has reached its end.
    pub fn clear_finished(&self) {
        self.at_end.store(0, Ordering::Release);
        self.finished.store(0, Ordering::Release);
    }

    /// Ends both streams: all of a file has been delivered.
    pub fn end(&self) {
        let (take, pts) =
            (self.wanted.load(Ordering::Acquire), self.link.file.end.load(Ordering::Acquire));
        self.link.video.push(Timed { take, pts, what: None });
        self.link.audio.push(Timed { take, pts, what: None });
    }
}
