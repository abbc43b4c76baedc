//! Gives the pictures that `deinterlace` makes of fields their times. It makes them in order, but with `yadif`
//! the first two are a picture late, the last ones early, and the very last comes three times.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_video as gst_video;

/// More times than this never wait: `deinterlace` holds a few fields. The oldest is let go.
const MAX_WAITING: usize = 16;
/// How long a picture lasts where neither it nor its stream says it, in nanoseconds.
const DEFAULT_PICTURE: u64 = 40_000_000;

/// The times of the fields that are in `deinterlace`.
#[derive(Default)]
struct FieldTimes {
    stream: Option<gst_video::VideoInfo>,
    /// Whether each picture has two fields, whatever its stream says.
    always: bool,
    /// What comes from the next picture on.
    next: Option<gst_video::VideoInfo>,
    /// When each begins, and how long it lasts.
    waiting: VecDeque<(u64, u64)>,
}

/// Corrects the times of what this `deinterlace` makes, with `always` of each picture.
pub fn correct(element: &gst::Element, always: bool) {
    let (Some(sink), Some(source)) = (element.static_pad("sink"), element.static_pad("src")) else {
        return;
    };
    let times = Arc::new(Mutex::new(FieldTimes { always, ..FieldTimes::default() }));
    let of_sink = Arc::clone(&times);
    let kinds = gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM;
    sink.add_probe(kinds, move |_, info| {
        if let Some(gst::EventView::Caps(caps)) = info.event().map(|event| event.view()) {
            lock(&of_sink).next = gst_video::VideoInfo::from_caps(caps.caps()).ok();
        } else if let Some(buffer) = info.buffer() {
            lock(&of_sink).add(buffer);
        }
        gst::PadProbeReturn::Ok
    });
    let kinds = gst::PadProbeType::BUFFER
        | gst::PadProbeType::EVENT_DOWNSTREAM
        | gst::PadProbeType::EVENT_FLUSH;
    source.add_probe(kinds, move |_, info| {
        if let Some(event) = info.event() {
            if matches!(event.type_(), gst::EventType::Segment | gst::EventType::FlushStop) {
                lock(&times).waiting.clear();
            }
            return gst::PadProbeReturn::Ok;
        }
        let mut times = lock(&times);
        if !times.is_interlaced() {
            return gst::PadProbeReturn::Ok;
        }
        let (Some((time, length)), Some(buffer)) = (times.waiting.pop_front(), info.buffer_mut())
        else {
            // (Handled, since the bindings have freed what is dropped, and GStreamer 1.22 would complain of that.)
            return gst::PadProbeReturn::Handled;
        };
        let buffer = buffer.make_mut();
        buffer.set_pts(gst::ClockTime::from_nseconds(time));
        buffer.set_duration(gst::ClockTime::from_nseconds(length));
        gst::PadProbeReturn::Ok
    });
}

/// Only the thread of the stream takes it.
fn lock(times: &Mutex<FieldTimes>) -> MutexGuard<'_, FieldTimes> {
    times.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FieldTimes {
    fn is_interlaced(&self) -> bool {
        self.always || self.stream.as_ref().is_some_and(gst_video::VideoInfo::is_interlaced)
    }

    /// Adds the fields of a picture, or the picture itself where it has none.
    fn add(&mut self, buffer: &gst::BufferRef) {
        if let Some(next) = self.next.take() {
            self.stream = Some(next);
            self.waiting.clear();
        }
        if !self.is_interlaced() {
            return;
        }
        let Some(stream) = self.stream.as_ref() else { return };
        let (num, den) = (stream.fps().numer(), stream.fps().denom());
        let by_rate = u64::try_from(den)
            .ok()
            .and_then(|den| (den * 1_000_000_000).checked_div(u64::try_from(num).ok()?));
        let own = buffer.duration().map(gst::ClockTime::nseconds).filter(|length| *length > 0);
        let length = own.or(by_rate).unwrap_or(DEFAULT_PICTURE);
        let Some(time) = buffer.pts().map(gst::ClockTime::nseconds) else { return };
        let flags = gst_video::VideoBufferFlags::from_bits_truncate(buffer.flags().bits());
        let is_mixed = stream.interlace_mode() == gst_video::VideoInterlaceMode::Mixed;
        let is_whole = is_mixed && !flags.contains(gst_video::VideoBufferFlags::INTERLACED)
            || flags.contains(gst_video::VideoBufferFlags::ONEFIELD);
        if is_whole && !self.always {
            self.waiting.push_back((time, length));
        } else {
            self.waiting.push_back((time, length / 2));
            self.waiting.push_back((time + length / 2, length - length / 2));
        }
        while self.waiting.len() > MAX_WAITING {
            self.waiting.pop_front();
        }
    }
}
