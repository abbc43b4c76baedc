//! Elements that hold something back hand it on at the end of a lap, before the end itself.

use gstreamer as gst;
use gstreamer::prelude::*;

/// Makes this element do so. Converters that need what comes next (`deinterlace`, `audioresample`) hand on what they
/// hold when another segment begins, which is after the end of the lap; they take the same segment again as such.
pub fn hand_on_at(element: &gst::Element) {
    let Some(pad) = element.static_pad("sink") else { return };
    pad.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, |pad, info| {
        let kind = info.event().map(|event| event.type_());
        if kind == Some(gst::EventType::SegmentDone)
            && let Some(segment) = pad.sticky_event::<gst::event::Segment>(0)
        {
            pad.send_event(segment);
        }
        gst::PadProbeReturn::Ok
    });
}
