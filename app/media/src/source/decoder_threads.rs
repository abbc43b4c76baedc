//! How many threads a decoder gets: as few as keep pace with its pictures.
//!
//! A second thread decodes a second picture: that is more memory, more work, and one picture more of
//! delay, and only large or quick pictures need it.

use std::thread;

use gstreamer as gst;
use gstreamer::prelude::*;

/// More threads than this hold more pictures than they gain time.
const MAX_THREADS: u64 = 8;
/// Pixels a second that one thread decodes on a slow machine, with room to spare: a third of what was
/// measured of H.264 with 8 Mbit/s (1080p25 on 0.18 of a core). It is 1080p at 48 pictures a second.
const PIXELS_A_SECOND: u64 = 100_000_000;
/// Pictures a second where the stream does not say.
const USUAL_RATE: u64 = 30;

/// How many threads decode pictures of this size at `rate` pictures a second on so many cores. A size or
/// rate of 0 is not known.
pub fn decoder_threads((width, height): (u32, u32), rate: u64, cores: u64) -> u32 {
    let rate = if rate == 0 { USUAL_RATE } else { rate };
    let pixels = (u64::from(width) * u64::from(height)).saturating_mul(rate);
    pixels.div_ceil(PIXELS_A_SECOND).clamp(1, cores.clamp(1, MAX_THREADS)) as u32
}

/// Gives each of libav's decoders of pictures in this bin its threads, once it is known what it decodes.
pub fn set_decoder_threads(decode: &gst::Element) {
    let Some(bin) = decode.downcast_ref::<gst::Bin>() else { return };
    bin.connect_deep_element_added(|_, _, element| {
        let libav = element.factory().is_some_and(|f| f.name().starts_with("avdec_"));
        if !libav || element.find_property("max-threads").is_none() {
            return;
        }
        element.set_property("max-threads", 1_i32);
        let (Some(pad), decoder) = (element.static_pad("sink"), element.downgrade()) else {
            return;
        };
        // It opens its codec when these caps arrive, behind the probe.
        pad.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |_, info| {
            if let Some(gst::EventView::Caps(caps)) = info.event().map(|event| event.view())
                && let Some(decoder) = decoder.upgrade()
            {
                decoder.set_property("max-threads", threads_for(caps.caps()) as i32);
            }
            gst::PadProbeReturn::Ok
        });
    });
}

fn threads_for(caps: &gst::CapsRef) -> u32 {
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let Some(stream) = caps.structure(0) else { return 1 };
    let size = |name| stream.get::<i32>(name).ok().and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    let rate = stream.get::<gst::Fraction>("framerate").ok().and_then(|rate| {
        let (num, den) = (u64::try_from(rate.numer()).ok()?, u64::try_from(rate.denom()).ok()?);
        Some(num.div_ceil(den.max(1)))
    });
    decoder_threads((size("width"), size("height")), rate.unwrap_or(0), cores)
}
