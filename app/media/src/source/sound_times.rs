//! Gives the blocks of a film's sound times that follow each other, where their container rounds them or has none.

use std::sync::{Arc, Mutex, PoisonError};

use gstreamer as gst;
use gstreamer::prelude::*;

/// By how much the time of a block may be rounded, in nanoseconds.
const ROUNDED: u64 = 20_000_000;

/// A block that lasts this much less than its bytes was clipped, in nanoseconds.
const CLIPPED: u64 = 1_000_000;

/// How a stream's blocks follow each other.
#[derive(Default)]
pub struct SoundTimes {
    /// Samples a second, and the bytes of one sample of all channels.
    format: Option<(u64, u64)>,
    /// What the block before said, and when it ended, in nanoseconds.
    before: Option<(u64, u64)>,
    /// Where the segment begins.
    start: u64,
}

impl SoundTimes {
    /// Watches what comes out of a pad.
    pub fn watch(mut self, pad: &gst::Pad) {
        let known = [
            pad.sticky_event::<gst::event::Caps>(0).map(gst::Event::from),
            pad.sticky_event::<gst::event::Segment>(0).map(gst::Event::from),
        ];
        known.iter().flatten().for_each(|event| self.see(event));
        let this = Arc::new(Mutex::new(self));
        let kinds = gst::PadProbeType::BUFFER
            | gst::PadProbeType::EVENT_DOWNSTREAM
            | gst::PadProbeType::EVENT_FLUSH;
        pad.add_probe(kinds, move |_, info| {
            let mut this = this.lock().unwrap_or_else(PoisonError::into_inner);
            match &mut info.data {
                Some(gst::PadProbeData::Buffer(buffer)) => this.set_time(buffer),
                Some(gst::PadProbeData::Event(event)) => this.see(event),
                _ => {}
            }
            gst::PadProbeReturn::Ok
        });
    }

    fn see(&mut self, event: &gst::Event) {
        match event.view() {
            gst::EventView::Caps(caps) => {
                self.format = caps.caps().structure(0).and_then(rate_and_size);
            }
            gst::EventView::Segment(segment) => {
                let segment = segment.segment().downcast_ref::<gst::ClockTime>();
                let start = segment.and_then(|segment| segment.start());
                self.start = start.map_or(0, gst::ClockTime::nseconds);
            }
            gst::EventView::FlushStop(_) | gst::EventView::SegmentDone(_) => self.before = None,
            _ => {}
        }
    }

    /// A block begins where the one before ends: containers round its time, or do not know it. One that is far from
    /// there begins anew, unless it claims to begin no later than the one before.
    fn set_time(&mut self, buffer: &mut gst::Buffer) {
        let Some((rate, frame)) = self.format.filter(|(rate, frame)| *rate > 0 && *frame > 0)
        else {
            return;
        };
        let whole = buffer.size() as u64 / frame * 1_000_000_000 / rate;
        let lasts = buffer.duration().map_or(whole, gst::ClockTime::nseconds);
        // Of a block that a decoder has clipped the bytes may all be there; else its duration is rounded.
        let lasts = if lasts.abs_diff(whole) < CLIPPED { whole } else { lasts };
        let said = buffer.pts().map(gst::ClockTime::nseconds);
        let begins = match (said, self.before) {
            (Some(said), Some((before, end))) if said > before && said.abs_diff(end) > ROUNDED => {
                said
            }
            (_, Some((_, end))) => end,
            (Some(said), None) => said,
            (None, None) => self.start,
        };
        self.before = Some((said.unwrap_or(begins), begins.saturating_add(lasts)));
        if said != Some(begins) {
            buffer.make_mut().set_pts(gst::ClockTime::from_nseconds(begins));
        }
    }
}

/// Samples a second, and the bytes of one sample of all channels.
fn rate_and_size(stream: &gst::StructureRef) -> Option<(u64, u64)> {
    let number = |name| u64::try_from(stream.get::<i32>(name).ok()?).ok();
    // S16LE, U8, F64BE, and S24_32LE with 24 bits in 32.
    let format = stream.get::<&str>("format").ok()?;
    let bits = format.split(|letter: char| !letter.is_ascii_digit()).rfind(|bits| !bits.is_empty());
    let bytes = bits?.parse::<u64>().ok()?.div_ceil(8);
    Some((number("rate")?, bytes * number("channels")?))
}
