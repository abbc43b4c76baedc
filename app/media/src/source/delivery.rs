//! How decoded pictures and sound get from a sink to the source's readers, each with its time.

use std::cell::Cell;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;

use super::decode_shared::DecodeShared;
use super::laps::Laps;
use crate::link::{Fanout, SourceLink, Timed};
use crate::stream::Stream;

/// Where a stream goes, and how far ahead of its readers it is decoded.
pub struct Route<T> {
    pub stream: Stream,
    pub fanout: fn(&SourceLink) -> &Fanout<T>,
    pub ahead: fn(&DecodeShared) -> usize,
}

/// What a stream's samples become.
pub trait Decode<T>: Send {
    /// Takes a sample of this time, of which nothing before `start` is wanted, and adds what can be delivered by
    /// now to `out`.
    fn take(&mut self, sample: &gst::Sample, time: i64, start: i64, out: &mut Vec<(i64, T)>);

    /// Adds what it still holds to `out`, up to this time.
    fn finish(&mut self, _until: i64, _out: &mut Vec<(i64, T)>) {}

    /// Forgets what it holds.
    fn clear(&mut self) {}
}

/// A stream that passes a sink.
struct Passing<T> {
    route: Route<T>,
    shared: Arc<DecodeShared>,
    decode: Mutex<Box<dyn Decode<T>>>,
    /// Its take: changes with a flush.
    take: AtomicU32,
    /// Which lap of a loop passes.
    lap: AtomicI64,
    /// When the stream was restarted, by GStreamer's clock in nanoseconds; 0 once its first sample came.
    restarted: AtomicU64,
    /// While it holds up the other stream, by which the readers go: the progress of that one, plus one; else 0.
    stuck_at: AtomicU64,
}

/// A sink that delivers each sample with its time; a file's waits until its readers have room.
pub fn sink<T: Clone + Send + Sync + 'static>(
    caps: &gst::Caps,
    shared: &Arc<DecodeShared>,
    route: Route<T>,
    decode: Box<dyn Decode<T>>,
) -> gst_app::AppSink {
    let lap = shared.laps.as_ref().map_or(0, Laps::next);
    let passing = Arc::new(Passing {
        route,
        decode: Mutex::new(decode),
        take: AtomicU32::new(shared.wanted.load(Ordering::Acquire)),
        lap: AtomicI64::new(lap),
        restarted: AtomicU64::new(0),
        stuck_at: AtomicU64::new(0),
        shared: Arc::clone(shared),
    });
    if lap > 0 {
        passing.restart();
    }
    let of_samples = Arc::clone(&passing);
    let callbacks = gst_app::AppSinkCallbacks::builder().new_sample(move |sink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        of_samples.deliver(&sample)
    });
    let sink = gst_app::AppSink::builder()
        .caps(caps)
        .sync(false)
        .max_buffers(1)
        .enable_last_sample(false)
        .callbacks(callbacks.build())
        .build();
    if let Some(pad) = sink.static_pad("sink") {
        let events = gst::PadProbeType::EVENT_FLUSH | gst::PadProbeType::EVENT_DOWNSTREAM;
        pad.add_probe(events, move |_, info| {
            match info.event().map(|event| event.type_()) {
                Some(gst::EventType::Eos) => passing.finish(true),
                Some(gst::EventType::SegmentDone) => passing.finish(false),
                Some(gst::EventType::FlushStop) => passing.flush(),
                _ => {}
            }
            gst::PadProbeReturn::Ok
        });
    }
    sink
}

impl<T: Clone + Send + Sync + 'static> Passing<T> {
    fn restart(&self) {
        self.restarted.store(gst::get_timestamp().nseconds(), Ordering::Release);
    }

    /// How long the first sample took to come after the last restart; once per restart.
    fn take_gap(&self) -> Option<u64> {
        let restarted = self.restarted.swap(0, Ordering::AcqRel);
        (restarted > 0).then(|| gst::get_timestamp().nseconds().saturating_sub(restarted))
    }

    fn decode(&self) -> MutexGuard<'_, Box<dyn Decode<T>>> {
        // Every change leaves it consistent, so a poisoned lock is still good.
        self.decode.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deliver(&self, sample: &gst::Sample) -> Result<gst::FlowSuccess, gst::FlowError> {
        let shared = &self.shared;
        if let (Some(gap), Stream::Picture) = (self.take_gap(), self.route.stream) {
            shared.ahead.record_gap(gap);
        }
        let take = self.take.load(Ordering::Acquire);
        let place = match &shared.laps {
            Some(laps) => self.place_in_film(sample, laps)?,
            None => place_of_live(sample),
        };
        let Some(Place { time, start, end }) = place else { return Ok(gst::FlowSuccess::Ok) };
        shared.link.file.end.fetch_max(end, Ordering::AcqRel);
        shared.host.tell_arrival();
        let mut items = Vec::new();
        self.decode().take(sample, time, start, &mut items);
        for (pts, what) in items {
            if shared.waits() && !self.wait_for_room(take, end) {
                return Err(gst::FlowError::Flushing);
            }
            (self.route.fanout)(&shared.link).push(Timed { take, pts, what: Some(what) });
        }
        Ok(gst::FlowSuccess::Ok)
    }

    /// Waits until a reader has room; false if the take is over. Outside real time readers of the other stream
    /// wait for what the demuxer can only bring once this one goes on: then they are told not to. That it is so is
    /// seen by nothing of the other stream coming for a while: it may as well be decoded slowly.
    fn wait_for_room(&self, take: u32, end: i64) -> bool {
        let shared = &self.shared;
        let other = self.route.stream.other();
        let progress = || shared.laps.as_ref().map_or(0, |laps| laps.progress(other)) + 1;
        let since = Cell::new((progress(), gst::get_timestamp().nseconds()));
        let cancelled = || {
            let (now, progress) = (gst::get_timestamp().nseconds(), progress());
            if progress != since.get().0 {
                since.set((progress, now));
            }
            let is_stuck = self.stuck_at.load(Ordering::Acquire) == progress;
            if is_stuck || now.saturating_sub(since.get().1) >= STUCK {
                let stuck_at = if self.mark_other_quiet(end) { progress } else { 0 };
                self.stuck_at.store(stuck_at, Ordering::Release);
            }
            shared.closing.load(Ordering::Acquire) != 0
                || shared.wanted.load(Ordering::Acquire) != take
        };
        let (fanout, stream) = ((self.route.fanout)(&shared.link), 1 << self.route.stream.index());
        shared.held_up.fetch_or(stream, Ordering::AcqRel);
        let has_room = fanout.wait_for_room((self.route.ahead)(shared), &cancelled);
        shared.held_up.fetch_and(!stream, Ordering::AcqRel);
        has_room
    }

    fn mark_other_quiet(&self, end: i64) -> bool {
        let Some(laps) = &self.shared.laps else { return false };
        let Some(other) = laps.other_is_behind(self.route.stream) else { return false };
        let from = other.saturating_sub(laps.base()).saturating_add(self.lap_start());
        match self.route.stream {
            Stream::Picture => self.shared.link.audio.mark_quiet(from, end),
            Stream::Sound => self.shared.link.video.mark_quiet(from, end),
        }
        true
    }

    /// When the lap that passes began, in the source's time.
    fn lap_start(&self) -> i64 {
        let length = self.shared.link.file.lap.load(Ordering::Acquire);
        self.lap.load(Ordering::Acquire).saturating_mul(length)
    }

    /// Where a sample belongs in a film's own time, in which each lap goes on counting. `None` for one without a
    /// time, or outside the part that is played; one behind it ends the stream.
    fn place_in_film(
        &self,
        sample: &gst::Sample,
        laps: &Laps,
    ) -> Result<Option<Place>, gst::FlowError> {
        let Some((begins, ends)) = self.times(sample) else { return Ok(None) };
        laps.add_decoded(self.route.stream, begins, ends);
        let base = laps.base();
        let lap = self.lap.load(Ordering::Acquire);
        let (time, end) = (begins.saturating_sub(base), ends.saturating_sub(base));
        let length = self.shared.link.file.lap.load(Ordering::Acquire);
        let out = laps.out().map(|out| out.saturating_sub(base));
        if out.is_some_and(|out| time >= out) {
            return Err(gst::FlowError::Eos);
        }
        let most = out.into_iter().chain((length > 0).then_some(length)).min();
        let start = laps.start(lap);
        let is_before = end <= start && (end > time || time < start);
        if is_before || most.is_some_and(|most| time >= most) {
            return Ok(None);
        }
        let shift = self.lap_start();
        let end = most.map_or(end, |most| end.min(most));
        let [time, start, end] = [time, start, end].map(|time| time.saturating_add(shift));
        Ok(Some(Place { time, start, end }))
    }

    /// When a film's sample begins and ends, by its container's time.
    fn times(&self, sample: &gst::Sample) -> Option<(i64, i64)> {
        let buffer = sample.buffer()?;
        let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
        let begins = i64::try_from(segment.to_stream_time(buffer.pts()?)?.nseconds()).ok()?;
        let lasts = buffer.duration().and_then(|time| i64::try_from(time.nseconds()).ok());
        let lasts = lasts.filter(|lasts| *lasts > 0).unwrap_or_else(|| match self.route.stream {
            Stream::Picture => self.shared.picture.load(Ordering::Acquire),
            Stream::Sound => 0,
        });
        Some((begins, begins.saturating_add(lasts)))
    }

    /// The stream has come to its end, or to that of a lap.
    fn finish(&self, has_ended: bool) {
        let shared = &self.shared;
        let stream = 1 << self.route.stream.index();
        let at_end = shared.at_end.fetch_or(stream, Ordering::AcqRel) | stream;
        let take = self.take.load(Ordering::Acquire);
        let fanout = (self.route.fanout)(&shared.link);
        let looped = shared.laps.as_ref().is_some_and(|laps| laps.part.looped);
        if looped && (!has_ended || at_end == shared.streams.load(Ordering::Acquire)) {
            shared.measure_lap();
        }
        let lap = self.lap.load(Ordering::Acquire) + 1;
        let length = shared.link.file.lap.load(Ordering::Acquire);
        let until = match (&shared.laps, looped) {
            (Some(_), true) if length > 0 => length.saturating_mul(lap),
            // The other stream is still being decoded; the demuxer has come to the end of both.
            (Some(laps), true) => laps.length(shared.picture.load(Ordering::Acquire)),
            _ => i64::MAX,
        };
        let out = shared.laps.as_ref().and_then(|laps| Some(laps.out()? - laps.base()));
        let until = out.map_or(until, |out| until.min(out.saturating_add(self.lap_start())));
        let mut rest = Vec::new();
        self.decode().finish(until, &mut rest);
        for (pts, what) in rest {
            fanout.push(Timed { take, pts, what: Some(what) });
        }
        match looped {
            true => fanout.mark_laps(take, u32::try_from(lap).unwrap_or(u32::MAX)),
            false if has_ended => fanout.mark_complete(take),
            false => {}
        }
        self.stuck_at.store(0, Ordering::Release);
        if !has_ended {
            self.lap.store(lap, Ordering::Release);
            self.restart();
        }
        // Last: who sees that all streams have finished goes by what they have delivered.
        shared.finished.fetch_or(stream, Ordering::AcqRel);
    }

    /// The stream begins anew: it was sought.
    fn flush(&self) {
        let shared = &self.shared;
        let take = shared.wanted.load(Ordering::Acquire);
        let lap = shared.laps.as_ref().map_or(0, Laps::next);
        self.stuck_at.store(0, Ordering::Release);
        self.decode().clear();
        let fanout = (self.route.fanout)(&shared.link);
        fanout.mark_quiet(0, 0);
        fanout.mark_laps(take, u32::try_from(lap).unwrap_or(0));
        self.take.store(take, Ordering::Release);
        self.lap.store(lap, Ordering::Release);
        // At the start of a file there is nothing to decode before the first picture.
        if lap > 0 || shared.laps.as_ref().is_some_and(|laps| laps.part.from > 0) {
            self.restart();
        }
    }
}

/// For how long a stream waits for room before it is held to be stuck, in nanoseconds.
const STUCK: u64 = 500_000_000;

/// Where a sample belongs in its source's time, in nanoseconds.
struct Place {
    time: i64,
    /// Nothing before is wanted.
    start: i64,
    end: i64,
}

fn place_of_live(sample: &gst::Sample) -> Option<Place> {
    let buffer = sample.buffer()?;
    let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
    let time = i64::try_from(segment.to_running_time(buffer.pts()?)?.nseconds()).ok()?;
    let lasts = buffer.duration().map_or(0, gst::ClockTime::nseconds);
    let end = time.saturating_add(i64::try_from(lasts).ok()?);
    Some(Place { time, start: i64::MIN, end })
}
