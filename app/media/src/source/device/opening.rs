//! How a device is asked for what we want of it.

use gstreamer as gst;
use gstreamer::glib::Value;
use gstreamer::prelude::*;

use super::catalogue::Connected;
use super::identity::Finder;

/// The most channels that are taken of a device.
const MAX_CHANNELS: i32 = 64;

/// The element that receives from a device.
pub fn element(connected: &Connected) -> Result<gst::Element, gst::glib::BoolError> {
    let element = connected.device.create_element(None)?;
    let has = |name: &str| element.find_property(name).is_some();
    // Pictures of PipeWire have no time of their own but for the first.
    if has("do-timestamp") {
        element.set_property("do-timestamp", true);
    }
    if has("client-name") {
        element.set_property("client-name", "Downstage");
    }
    if connected.found.finder == Finder::PipeWire && has("target-object") && has("path") {
        // By its name: another device may have its number by the time it is opened.
        element.set_property("path", None::<&str>);
        element.set_property("target-object", &connected.found.id);
        // Its buffers are the server's, which has few.
        element.set_property("always-copy", true);
    }
    Ok(element)
}

/// How many channels a device has.
pub fn channels(device: &gst::Device) -> u32 {
    let said = device.properties().and_then(|said| said.get::<String>("audio.channels").ok());
    if let Some(said) = said.and_then(|said| said.parse::<u32>().ok()) {
        return said.clamp(1, MAX_CHANNELS as u32);
    }
    let caps = device.caps();
    let most = |value: &Value| match (value.get::<i32>(), value.get::<gst::IntRange<i32>>()) {
        (Ok(one), _) => Some(one),
        // Whatever is asked for.
        (_, Ok(range)) => Some(2.clamp(range.min(), range.max())),
        _ => None,
    };
    let of = |one: &gst::StructureRef| one.value("channels").ok().and_then(|value| most(value));
    let all = caps.iter().flat_map(|caps| caps.iter().filter_map(of));
    u32::try_from(all.max().unwrap_or(2).clamp(1, MAX_CHANNELS)).unwrap_or(2)
}

/// The caps by which the sound of a device is asked for: samples as we take them if it has these, whatever it has else.
pub fn sound_caps(device: &gst::Device, channels: u32) -> gst::Caps {
    let channels = i32::try_from(channels).unwrap_or(2);
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
    let offered = device.caps().unwrap_or_else(gst::Caps::new_any);
    let all = [(true, true), (true, false), (false, true), (false, false)];
    let mut all = all.into_iter().map(|(is_ours, has_rate)| caps(is_ours, has_rate));
    all.find(|caps| offered.can_intersect(caps)).unwrap_or_else(|| caps(true, true))
}

/// Samples as we take them.
pub const FORMAT: &str = if cfg!(target_endian = "little") { "F32LE" } else { "F32BE" };
