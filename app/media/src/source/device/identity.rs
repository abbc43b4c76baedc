//! Which device is which: pure. A device may be found by several of GStreamer's providers, and has to be known again
//! after it was unplugged, whatever number the system gives it then.

use serde::{Deserialize, Serialize};

use super::error::DeviceKind;

/// Who has found a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Finder {
    /// The kernel's video devices.
    V4l2,
    /// A sound server that speaks PulseAudio's protocol.
    Pulse,
    /// PipeWire.
    PipeWire,
    /// Somebody else.
    Other,
    /// The kernel's sound devices: what a sound server has is not to be had there as well.
    Alsa,
}

impl Finder {
    /// By the name of the type of its devices.
    pub fn of_type(name: &str) -> Self {
        match name {
            "GstV4l2Device" => Self::V4l2,
            "GstPulseDevice" => Self::Pulse,
            "GstPipeWireDevice" => Self::PipeWire,
            "GstAlsaDevice" => Self::Alsa,
            _ => Self::Other,
        }
    }
}

/// A device as it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// By whom.
    pub finder: Finder,
    /// What it is.
    pub kind: DeviceKind,
    /// By which it is known again: see [`id_of`].
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Names that another finder may have for it.
    pub others: Vec<String>,
    /// It is what is heard at an output.
    pub is_monitor: bool,
    /// The system takes it where nothing else is asked for.
    pub is_default: bool,
}

/// The id of a device with these properties: what stays as it is when the device is unplugged, and when the system is
/// started anew. A camera of the kernel's is known by where it is connected, since its number changes.
pub fn id_of(finder: Finder, name: &str, property: impl Fn(&str) -> Option<String>) -> String {
    let first = |names: &[&str]| names.iter().find_map(|name| property(name));
    match finder {
        Finder::V4l2 => {
            let place = first(&["device.bus_path", "v4l2.device.bus_info"]).unwrap_or_default();
            format!("{place}/{name}")
        }
        Finder::Pulse => property("internal-name").unwrap_or_else(|| name.to_owned()),
        Finder::PipeWire | Finder::Other => {
            property("node.name").unwrap_or_else(|| name.to_owned())
        }
        Finder::Alsa => {
            let card = first(&["alsa.id", "alsa.card_name"]).unwrap_or_default();
            format!("{card}/{name}")
        }
    }
}

/// The names that other finders may have for a device with these properties.
pub fn others_of(property: impl Fn(&str) -> Option<String>) -> Vec<String> {
    ["node.name", "internal-name", "device.path", "api.v4l2.path"]
        .iter()
        .filter_map(|name| property(name))
        .collect()
}

/// Which of them somebody can choose from, by their places: each device once, what is heard at an output left out, the
/// system's own choice first.
pub fn fold(all: &[Found]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..all.len()).filter(|at| !all[*at].is_monitor).collect();
    places.sort_by_key(|at| all[*at].finder);
    let mut kept: Vec<usize> = Vec::new();
    for at in places {
        let new = &all[at];
        let of_kind = || kept.iter().map(|at| &all[*at]).filter(|known| known.kind == new.kind);
        let is_same = |known: &Found| {
            known.finder != new.finder && known.others.iter().any(|name| new.others.contains(name))
        };
        let is_served = new.finder == Finder::Alsa
            && of_kind().any(|known| matches!(known.finder, Finder::Pulse | Finder::PipeWire));
        if !of_kind().any(is_same) && !is_served {
            kept.push(at);
        }
    }
    kept.sort_by_key(|at| !all[*at].is_default);
    kept
}

/// Gives each its own id, where several are the same: by the order in which they were found.
pub fn number(all: &mut [Found]) {
    for at in 1..all.len() {
        let (before, rest) = all.split_at_mut(at);
        let this = &mut rest[0];
        let is_same = |one: &&Found| {
            let (finder, kind) = (one.finder == this.finder, one.kind == this.kind);
            finder && kind && one.id.split('#').next() == Some(&this.id)
        };
        let same = before.iter().filter(is_same).count();
        if same > 0 {
            this.id = format!("{}#{}", this.id, same + 1);
        }
    }
}
