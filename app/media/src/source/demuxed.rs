//! Observes a file's streams as they leave its demuxer.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use gstreamer as gst;
use gstreamer::prelude::*;

use super::decode_shared::DecodeShared;
use super::sound_tracks::SoundTracks;
use crate::stream::Stream;

/// Observes the streams of a file from their first packet on: those that pass the queue behind a demuxer, of the sound
/// tracks the one that is decoded.
pub fn watch_streams(decode: &gst::Element, shared: &Arc<DecodeShared>, tracks: &Arc<SoundTracks>) {
    let Some(bin) = decode.downcast_ref::<gst::Bin>() else { return };
    let (shared, tracks) = (Arc::clone(shared), Arc::clone(tracks));
    bin.connect_deep_element_added(move |_, _, element| {
        if element.factory().is_none_or(|factory| factory.name() != "multiqueue") {
            return;
        }
        let (shared, tracks) = (Arc::clone(&shared), Arc::clone(&tracks));
        element.connect_pad_added(move |_, pad| {
            if pad.direction() == gst::PadDirection::Sink {
                watch_stream(pad, &shared, &tracks);
            }
        });
    });
}

fn watch_stream(pad: &gst::Pad, shared: &Arc<DecodeShared>, tracks: &Arc<SoundTracks>) {
    let (shared, tracks) = (Arc::clone(shared), Arc::clone(tracks));
    let is_decoded = OnceLock::new();
    let before = AtomicI64::new(i64::MAX);
    let kinds = gst::PadProbeType::BUFFER
        | gst::PadProbeType::EVENT_DOWNSTREAM
        | gst::PadProbeType::EVENT_FLUSH;
    pad.add_probe(kinds, move |pad, info| {
        // Before the stream begins it is not known which it is.
        let counts =
            pad.stream_id().is_none_or(|_| *is_decoded.get_or_init(|| tracks.is_decoded(pad)));
        match &info.data {
            _ if !counts => {}
            Some(gst::PadProbeData::Buffer(buffer)) => {
                // What has no time is not counted.
                let _counted = record_times(pad, buffer, &shared, &before);
            }
            Some(gst::PadProbeData::Event(event)) if is_gap_before_all(event, &shared) => {
                // (Dropped, GStreamer 1.22 would complain that it has nothing to free: the bindings have freed it.)
                return gst::PadProbeReturn::Handled;
            }
            Some(gst::PadProbeData::Event(event)) => see(pad, event, &shared, &before),
            _ => {}
        }
        gst::PadProbeReturn::Ok
    });
}

/// Whether this event says that there is a gap before anything has come of any stream. A sink would take it for its
/// first sample, and the film be held to begin with the gap.
fn is_gap_before_all(event: &gst::Event, shared: &DecodeShared) -> bool {
    let is_first = shared.laps.as_ref().is_some_and(|laps| !laps.has_container());
    event.type_() == gst::EventType::Gap && is_first
}

fn see(pad: &gst::Pad, event: &gst::Event, shared: &DecodeShared, before: &AtomicI64) {
    let (Some(laps), Some(stream)) = (&shared.laps, stream_of(pad)) else { return };
    match event.type_() {
        gst::EventType::SegmentDone | gst::EventType::FlushStop => {
            before.store(i64::MAX, Ordering::Release);
            laps.restart_position(stream);
        }
        // Nothing passes a pad behind this, unless it is flushed: the next lap has to be begun anew.
        gst::EventType::Eos if laps.part.looped => laps.set_restarts(),
        _ => {}
    }
}

/// Adds a packet's times; what is before the in point is outside the segment. Sound that does not say how long it lasts
/// lasts as long as the packet `before` it.
fn record_times(
    pad: &gst::Pad,
    buffer: &gst::BufferRef,
    shared: &DecodeShared,
    before: &AtomicI64,
) -> Option<()> {
    let stream = stream_of(pad)?;
    let segment = pad.sticky_event::<gst::event::Segment>(0)?;
    let segment = segment.segment().downcast_ref::<gst::ClockTime>()?;
    let nanos = |time: gst::ClockTime| i64::try_from(time.nseconds()).ok();
    let begins = nanos(segment.to_stream_time(buffer.pts()?)?)?;
    let lasts = buffer.duration().and_then(nanos).filter(|lasts| *lasts > 0);
    let laps = shared.laps.as_ref()?;
    let last = before.swap(begins, Ordering::AcqRel);
    let lasts = lasts.unwrap_or_else(|| match stream {
        Stream::Picture => {
            // It may follow what comes after it, and how long it lasts is not known before one is decoded.
            laps.add_step(if last == i64::MAX { 0 } else { begins.abs_diff(last) as i64 });
            0
        }
        Stream::Sound => begins.saturating_sub(last).clamp(0, 1_000_000_000),
    });
    let ends = begins.saturating_add(lasts);
    let stop = segment.stop().and_then(|stop| segment.to_stream_time(stop)).and_then(nanos);
    let ends = stop.map_or(ends, |stop| ends.min(stop));
    laps.add_demuxed(stream, begins, ends);
    Some(())
}

fn stream_of(pad: &gst::Pad) -> Option<Stream> {
    Stream::of_caps(&pad.current_caps()?)
}
