//! Asks GStreamer's providers what devices are connected.
//!
//! That is done in a process of its own: the provider of PipeWire 0.3 damages memory when it is stopped or when its
//! server goes, goes on saying what it last knew, and its connection is that of the elements that receive.

use std::io::{self, Write, stdin};

use gstreamer as gst;
use gstreamer::prelude::*;
use rustix::event::{PollFd, PollFlags, Timespec};
use serde::{Deserialize, Serialize};

use super::error::DeviceKind;
use super::identity::{self, Finder, Found};

/// How often it is looked whether something was plugged in or out.
const LOOKED: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
/// The most channels that are taken of a device.
const MAX_CHANNELS: i32 = 64;

/// A device that is connected, and how it is opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    /// What it is.
    pub found: Found,
    /// The element that receives from it.
    pub factory: String,
    /// What that is told: the name of a property, and its value.
    pub target: Option<(String, String)>,
    /// The caps that it offers.
    pub caps: String,
    /// How many channels it has.
    pub channels: u32,
}

/// The providers at work.
pub struct Watch(gst::DeviceMonitor);

impl Watch {
    /// Starts them.
    pub fn start() -> Self {
        let monitor = gst::DeviceMonitor::new();
        // Its messages are not read: the providers' own lists say more.
        monitor.bus().set_flushing(true);
        for class in ["Video/Source", "Audio/Source"] {
            monitor.add_filter(Some(class), None);
        }
        // Where no provider can be started nothing is listed.
        let _started = monitor.start();
        Self(monitor)
    }

    /// All that can be chosen from.
    pub fn connected(&self) -> Vec<Connected> {
        let mut devices: Vec<gst::Device> = self.0.devices().into_iter().collect();
        let mut found: Vec<Found> = Vec::new();
        devices.retain(|device| {
            let read = read(device);
            let is_known = read.is_some();
            found.extend(read);
            is_known
        });
        identity::number(&mut found);
        let kept = identity::fold(&found);
        let one = |at: usize| opened_by(devices.get(at)?, found.get(at)?.clone());
        kept.into_iter().filter_map(one).collect()
    }
}

/// Writes what is connected, a line of JSON whenever that changes, until nobody is there any more who reads it.
///
/// # Errors
/// It cannot be written.
pub fn serve(out: &mut dyn Write) -> io::Result<()> {
    let watch = Watch::start();
    let mut told = None;
    loop {
        let now = watch.connected();
        if told.as_ref() != Some(&now) {
            serde_json::to_writer(&mut *out, &now)?;
            writeln!(out)?;
            out.flush()?;
            told = Some(now);
        }
        // Whoever started it holds the other end, and writes nothing.
        let input = stdin();
        let mut polled = [PollFd::new(&input, PollFlags::IN)];
        if rustix::event::poll(&mut polled, Some(&LOOKED))? > 0 {
            return Ok(());
        }
    }
}

/// What is said of a device; `None` if it is neither seen nor heard.
fn read(device: &gst::Device) -> Option<Found> {
    let class = device.device_class();
    let is = |part: &str| class.split('/').any(|one| one == part);
    let kind = match (is("Video"), is("Audio")) {
        _ if !is("Source") => None,
        (true, _) => Some(DeviceKind::Camera),
        (_, true) => Some(DeviceKind::Microphone),
        _ => None,
    }?;
    let finder = Finder::of_type(device.type_().name());
    let said = device.properties();
    let property = |name: &str| {
        if name == "internal-name" {
            let has = device.find_property(name).is_some();
            return has.then(|| device.property::<Option<String>>(name)).flatten();
        }
        said.as_ref()?.get::<String>(name).ok()
    };
    let name = device.display_name().to_string();
    let is_default = said.as_ref().and_then(|said| said.get::<bool>("is-default").ok());
    Some(Found {
        finder,
        kind,
        id: identity::id_of(finder, &name, property),
        others: identity::others_of(property),
        is_monitor: property("device.class").is_some_and(|class| class == "monitor"),
        is_default: is_default.unwrap_or(false),
        name,
    })
}

/// How a device is opened; `None` if nothing receives from it.
fn opened_by(device: &gst::Device, found: Found) -> Option<Connected> {
    let element = device.create_element(None).ok()?;
    let factory = element.factory()?.name().to_string();
    let target = match found.finder {
        // By its name: another device may have its number by the time it is opened.
        Finder::PipeWire => Some(("target-object".to_owned(), found.id.clone())),
        _ => element.find_property("device").and_then(|_| {
            let value = element.property_value("device").get::<Option<String>>().ok()??;
            Some(("device".to_owned(), value))
        }),
    };
    let caps = device.caps().map(|caps| caps.to_string()).unwrap_or_default();
    Some(Connected { found, factory, target, caps, channels: channels(device) })
}

/// How many channels a device has.
fn channels(device: &gst::Device) -> u32 {
    let said = device.properties().and_then(|said| said.get::<String>("audio.channels").ok());
    if let Some(said) = said.and_then(|said| said.parse::<u32>().ok()) {
        return said.clamp(1, MAX_CHANNELS as u32);
    }
    let caps = device.caps();
    let most = |value: &gst::glib::Value| {
        match (value.get::<i32>(), value.get::<gst::IntRange<i32>>()) {
            (Ok(one), _) => Some(one),
            // Whatever is asked for.
            (_, Ok(range)) => Some(2.clamp(range.min(), range.max())),
            _ => None,
        }
    };
    let of = |one: &gst::StructureRef| one.value("channels").ok().and_then(|value| most(value));
    let all = caps.iter().flat_map(|caps| caps.iter().filter_map(of));
    u32::try_from(all.max().unwrap_or(2).clamp(1, MAX_CHANNELS)).unwrap_or(2)
}
