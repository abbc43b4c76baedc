//! The element that receives from a live URL.

use gstreamer as gst;
use gstreamer::prelude::*;
use show::{LiveProtocol, LiveUrl};

use crate::source::errors::OpenError;

/// How long packets of RTP are waited for that are out of order.
const RTP_ORDER_MILLIS: u32 = 60;
/// What the system may keep of UDP until it is read, in bytes: half a second of 32 Mbit/s.
const UDP_BYTES: i32 = 2 << 20;
/// After how many microseconds without an answer a server of RTSP is given up.
const RTSP_MICROS: u64 = 5_000_000;

/// Makes it; `name` is what the source is called in errors.
pub fn receiver(url: &str, name: &str) -> Result<gst::Element, OpenError> {
    let parsed = LiveUrl::parse(url).ok();
    match parsed {
        Some(of @ LiveUrl { protocol: LiveProtocol::Udp, .. }) => udp(&of).map_err(failed),
        Some(of @ LiveUrl { protocol: LiveProtocol::Rtp, .. }) => rtp(&of).map_err(failed),
        // Stream ids of SRT begin with #, which would begin a fragment.
        Some(LiveUrl { protocol: LiveProtocol::Srt, .. }) => {
            by_url(&url.replace('#', "%23"), name).inspect(set_up_srt)
        }
        Some(LiveUrl { protocol: LiveProtocol::Rtsp, .. }) => {
            by_url(url, name).inspect(|source| set_up_rtsp(source, url))
        }
        _ => by_url(url, name),
    }
}

/// Whether what receives from a URL needs a clock: `srtsrc` sends nothing without one, and what puts packets of RTP in
/// order waits by it. The others would only add the times of arrival, which ours are better for.
pub fn needs_clock(url: &str) -> bool {
    let protocol = LiveUrl::parse(url).map(|of| of.protocol);
    matches!(
        protocol,
        Ok(LiveProtocol::Srt | LiveProtocol::Rtsp | LiveProtocol::Rtp | LiveProtocol::Udp)
    )
}

fn failed(error: gst::glib::BoolError) -> OpenError {
    OpenError::Pipeline(error.message.into_owned())
}

fn by_url(url: &str, name: &str) -> Result<gst::Element, OpenError> {
    let made = gst::Element::make_from_uri(gst::URIType::Src, url, None);
    made.map_err(|error| match error.matches(gst::URIError::UnsupportedProtocol) {
        true => OpenError::Protocol(name.to_owned()),
        false => OpenError::Pipeline(error.message().to_owned()),
    })
}

/// Its own way to call again says nothing, and goes on 90 times a second where a passphrase is wrong; ours waits
/// longer each time. Who is called takes the next caller with a new pipeline.
fn set_up_srt(source: &gst::Element) {
    if source.has_property("auto-reconnect") {
        source.set_property("auto-reconnect", false);
    }
}

/// Its packets come over TCP, which loses none, unless the URL asks for UDP.
fn set_up_rtsp(source: &gst::Element, url: &str) {
    // Our own buffer is behind it: it only has to put packets in order.
    source.set_property("latency", RTP_ORDER_MILLIS);
    // The times of its sender, not those of arrival: ours follows its clock.
    source.set_property_from_str("buffer-mode", "none");
    source.set_property("tcp-timeout", RTSP_MICROS);
    if !url.trim_start().starts_with("rtspu") {
        source.set_property_from_str("protocols", "tcp");
    }
}

/// MPEG-TS in packets of UDP. Its times are those of its sender: none of arrival are added.
fn udp(of: &LiveUrl<'_>) -> Result<gst::Element, gst::glib::BoolError> {
    // IPv4 and IPv6 alike, unless it is one address or a group.
    let address = if of.host.is_empty() { "0.0.0.0" } else { of.host.trim_matches(['[', ']']) };
    let source = gst::ElementFactory::make("udpsrc")
        .property("address", address)
        .property("port", i32::from(of.port.unwrap_or_default()))
        .property("buffer-size", UDP_BYTES)
        .build()?;
    if let Some(interface) = of.value("multicast-iface") {
        source.set_property("multicast-iface", interface);
    }
    Ok(source)
}

/// MPEG-TS in packets of RTP (RFC 2250), put in order.
fn rtp(of: &LiveUrl<'_>) -> Result<gst::Element, gst::glib::BoolError> {
    let caps = gst::Caps::builder("application/x-rtp")
        .field("media", "video")
        .field("clock-rate", 90_000)
        .field("encoding-name", "MP2T")
        .field("payload", 33);
    let source = udp(of)?;
    source.set_property("caps", caps.build());
    let order = gst::ElementFactory::make("rtpjitterbuffer");
    let order = order.property("latency", RTP_ORDER_MILLIS);
    let order = order.property_from_str("mode", "none").build()?;
    let bin = gst::Bin::new();
    bin.add_many([&source, &order])?;
    source.link(&order)?;
    let out = order.static_pad("src").ok_or_else(|| gst::glib::bool_error!("it has no output"))?;
    bin.add_pad(&gst::GhostPad::with_target(&out)?)?;
    Ok(bin.upcast())
}
