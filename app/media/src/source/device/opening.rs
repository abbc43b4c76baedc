//! How a device is asked for what we want of it.

use gstreamer as gst;
use gstreamer::prelude::*;
use show::Device;

use super::catalogue::Connected;

/// The element that receives from a device.
pub fn element(connected: &Connected) -> Result<gst::Element, gst::glib::BoolError> {
    let element = gst::ElementFactory::make(&connected.factory).build()?;
    let has = |name: &str| element.find_property(name).is_some();
    if let Some((name, value)) = connected.target.as_ref().filter(|(name, _)| has(name)) {
        element.set_property(name, value);
    }
    // Pictures of PipeWire have no time of their own but for the first.
    if has("do-timestamp") {
        element.set_property("do-timestamp", true);
    }
    if has("client-name") {
        element.set_property("client-name", "Downstage");
    }
    // PipeWire's buffers are the server's, which has few.
    if has("always-copy") {
        element.set_property("always-copy", true);
    }
    Ok(element)
}

/// The caps that a device offers.
pub fn offered(connected: &Connected) -> gst::Caps {
    connected.caps.parse().unwrap_or_else(|_| gst::Caps::new_any())
}

/// The caps by which the sound of a device is asked for: samples as we take them if it has these, whatever it has else.
pub fn sound_caps(connected: &Connected) -> gst::Caps {
    let channels = i32::try_from(connected.channels).unwrap_or(2);
    let caps = |is_ours: bool, has_rate: bool| {
        let mut caps = gst::Caps::builder("audio/x-raw")
            .field("layout", "interleaved")
            .field("channels", channels)
            .build();
        let all = caps.make_mut();
        if is_ours {
            all.set("format", FORMAT);
        }
        if has_rate {
            all.set("rate", show::Format::AUDIO_RATE as i32);
        }
        caps
    };
    let offered = offered(connected);
    let all = [(true, true), (true, false), (false, true), (false, false)];
    let mut all = all.into_iter().map(|(is_ours, has_rate)| caps(is_ours, has_rate));
    all.find(|caps| offered.can_intersect(caps)).unwrap_or_else(|| caps(true, true))
}

/// Samples as we take them.
pub const FORMAT: &str = if cfg!(target_endian = "little") { "F32LE" } else { "F32BE" };

/// What a device is called in errors.
pub fn name_of(device: &Device) -> String {
    if device.name.is_empty() { device.id.clone() } else { device.name.clone() }
}
