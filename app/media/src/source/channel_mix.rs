//! How many channels become two.
//!
//! Channels with places are mixed down by them. Channels without places are what a camera or a recorder has written
//! from its inputs, each a microphone of its own: as broadcasters lay out their tracks (EBU R 48), the first is left
//! and the second right, and further ones carry something else (a clean feed, another language) that is not heard.
//! A single one is heard on both sides.

use gstreamer as gst;
use gstreamer::prelude::*;

/// Tells a converter how to mix what comes out of this pad.
pub fn follow(pad: &gst::Pad, convert: &gst::Element) {
    if let Some(caps) = pad.current_caps() {
        set_mix(convert, &caps);
    }
    let convert = convert.downgrade();
    pad.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |_, info| {
        if let Some(gst::EventView::Caps(caps)) = info.event().map(|event| event.view())
            && let Some(convert) = convert.upgrade()
        {
            set_mix(&convert, &caps.caps_owned());
        }
        gst::PadProbeReturn::Ok
    });
}

fn set_mix(convert: &gst::Element, caps: &gst::Caps) {
    let Some(stream) = caps.structure(0) else { return };
    let channels = stream.get::<i32>("channels").unwrap_or(2);
    let mask = stream.get::<gst::Bitmask>("channel-mask").ok();
    let has_places = channels <= 2 || mask.is_some_and(|mask| mask.0 != 0);
    // An empty matrix leaves it to the places.
    let rows = if has_places { 0 } else { 2 };
    let row = |side: i32| {
        gst::Array::new((0..channels).map(|channel| f32::from(u8::from(channel == side))))
    };
    convert.set_property("mix-matrix", gst::Array::new((0..rows).map(row)));
}
