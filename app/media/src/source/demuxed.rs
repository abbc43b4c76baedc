//! Observes a file's pictures as they leave its demuxer.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use gstreamer as gst;
use gstreamer::prelude::*;

use super::sinks::DecodeShared;

/// Records where pictures begin and end as they leave the demuxer. To be called once the streams are
/// known.
pub fn watch_pictures(pipeline: &gst::Pipeline, shared: &Arc<DecodeShared>) {
    let mut queues = pipeline.iterate_all_by_element_factory_name("multiqueue");
    while let Ok(Some(queue)) = queues.next() {
        for pad in queue.sink_pads() {
            let caps = pad.current_caps();
            let name = caps.as_ref().and_then(|caps| Some(caps.structure(0)?.name().as_str()));
            if name.is_some_and(|name| name.starts_with("video/")) {
                let shared = Arc::clone(shared);
                pad.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
                    if let Some(buffer) = info.buffer() {
                        record_times(pad, buffer, &shared);
                    }
                    gst::PadProbeReturn::Ok
                });
            }
        }
    }
}

/// Adds a picture's times to the extent; pictures before the in point are outside the segment.
fn record_times(pad: &gst::Pad, buffer: &gst::BufferRef, shared: &DecodeShared) -> Option<()> {
    let segment = pad.sticky_event::<gst::event::Segment>(0)?;
    let segment = segment.segment().downcast_ref::<gst::ClockTime>()?;
    let start = segment.to_stream_time(buffer.pts()?)?.nseconds();
    let length = buffer.duration().map_or(0, gst::ClockTime::nseconds);
    let length = i64::try_from(length).ok().filter(|length| *length > 0);
    let length = length.unwrap_or_else(|| shared.picture.load(Ordering::Acquire));
    let start = i64::try_from(start).ok()?;
    shared.pictures.add(start, start + length);
    Some(())
}
