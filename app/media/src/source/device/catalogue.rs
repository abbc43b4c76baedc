//! The devices that are connected to this computer, as GStreamer's providers find them.
//!
//! There is one catalogue a process, since there is one of each provider a process: whoever starts one anew starts it for
//! all. It is asked by the threads of sources and of the dialog alone; a server that does not answer holds up whoever
//! opens a device, and nobody whose device runs.

use std::sync::{Mutex, PoisonError, TryLockError};

use gstreamer as gst;
use gstreamer::prelude::*;

use super::error::{DeviceError, DeviceKind};
use super::identity::{self, Finder, Found};

/// For how long what the providers say is believed after somebody did not find what it looked for, in nanoseconds: one
/// whose server is gone goes on saying what it last knew.
const BELIEVED: u64 = 400_000_000;

static CATALOGUE: Mutex<Option<Watch>> = Mutex::new(None);

/// The providers at work.
struct Watch {
    monitor: gst::DeviceMonitor,
    /// When they were started, on GStreamer's clock.
    since: u64,
    /// Something that they listed could not be used.
    is_doubted: bool,
}

/// A device that is connected.
pub struct Connected {
    /// As the providers have it.
    pub device: gst::Device,
    /// What it is.
    pub found: Found,
}

impl Watch {
    fn start() -> Self {
        let monitor = gst::DeviceMonitor::new();
        // Its messages are not read: the providers' own lists say more.
        monitor.bus().set_flushing(true);
        for class in ["Video/Source", "Audio/Source"] {
            monitor.add_filter(Some(class), None);
        }
        // Where no provider can be started nothing is listed.
        let _started = monitor.start();
        Self { monitor, since: gst::get_timestamp().nseconds(), is_doubted: false }
    }

    /// All that can be chosen from.
    fn connected(&self) -> Vec<Connected> {
        let mut devices: Vec<gst::Device> = self.monitor.devices().into_iter().collect();
        let mut found: Vec<Found> = Vec::new();
        devices.retain(|device| {
            let read = read(device);
            let is_known = read.is_some();
            found.extend(read);
            is_known
        });
        identity::number(&mut found);
        let kept = identity::fold(&found);
        let one = |at: usize| {
            Some(Connected { device: devices.get(at)?.clone(), found: found.get(at)?.clone() })
        };
        kept.into_iter().filter_map(one).collect()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.monitor.stop();
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

/// The device of this id, if it is connected. May wait for a server.
pub fn find(kind: DeviceKind, id: &str) -> Option<Connected> {
    let look = |watch: &Watch| {
        let mut all = watch.connected().into_iter();
        all.find(|one| one.found.kind == kind && one.found.id == id)
    };
    with(|watch| {
        let now = gst::get_timestamp().nseconds();
        let is_old = now.saturating_sub(watch.since) >= BELIEVED;
        match look(watch) {
            Some(found) if !watch.is_doubted => Some(found),
            _ if is_old => {
                restart(watch);
                look(watch)
            }
            _ => None,
        }
    })
}

/// Whether a device that runs is known to be gone. Never waits.
pub fn is_gone(kind: DeviceKind, id: &str) -> bool {
    let watch = match CATALOGUE.try_lock() {
        Ok(watch) => watch,
        Err(TryLockError::Poisoned(watch)) => watch.into_inner(),
        Err(TryLockError::WouldBlock) => return false,
    };
    watch.as_ref().is_some_and(|watch| {
        let all = watch.connected();
        !all.iter().any(|one| one.found.kind == kind && one.found.id == id)
    })
}

/// What was listed could not be used: it is looked for anew before anything else is found.
pub fn doubt() {
    with(|watch| watch.is_doubted = true);
}

/// All devices that are connected, looked for anew if `is_fresh`. May wait for a server.
pub fn all(is_fresh: bool) -> Vec<Connected> {
    with(|watch| {
        let now = gst::get_timestamp().nseconds();
        if is_fresh && now.saturating_sub(watch.since) >= BELIEVED {
            restart(watch);
        }
        watch.connected()
    })
}

/// Why no device of a kind is listed.
pub fn why_none(kind: DeviceKind) -> DeviceError {
    let (elements, package, none) = match kind {
        DeviceKind::Camera => {
            (["v4l2src", "pipewiresrc"], "gstreamer1.0-pipewire", DeviceError::NoCamera)
        }
        DeviceKind::Microphone => {
            (["pulsesrc", "alsasrc"], "gstreamer1.0-pulseaudio", DeviceError::NoMicrophone)
        }
    };
    let has_any = elements.iter().any(|name| gst::ElementFactory::find(name).is_some());
    if has_any { none } else { DeviceError::NoPlugin(package) }
}

fn restart(watch: &mut Watch) {
    watch.monitor.stop();
    *watch = Watch::start();
}

fn with<T>(act: impl FnOnce(&mut Watch) -> T) -> T {
    // Every change leaves it consistent, so a poisoned lock is still good.
    let mut watch = CATALOGUE.lock().unwrap_or_else(PoisonError::into_inner);
    act(watch.get_or_insert_with(Watch::start))
}
