//! What devices there are, for somebody to choose from.

use show::CameraMode;

use super::catalogue;
use super::error::{DeviceError, DeviceKind};
use super::modes;
use super::opening;

/// A camera that is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraOffer {
    /// Its id, as a show has it.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it offers, the largest first; empty if it does not say.
    pub modes: Vec<CameraMode>,
}

/// A microphone that is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MicrophoneOffer {
    /// Its id, as a show has it.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// How many channels it has.
    pub channels: u32,
}

/// The devices that are connected; why there are none of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceOffers {
    /// The cameras.
    pub cameras: Result<Vec<CameraOffer>, DeviceError>,
    /// The microphones.
    pub microphones: Result<Vec<MicrophoneOffer>, DeviceError>,
}

/// Looks what devices are connected, anew if `is_fresh`. May wait for a server.
pub fn offers(is_fresh: bool) -> DeviceOffers {
    let (mut cameras, mut microphones) = (Vec::new(), Vec::new());
    for device in catalogue::all(is_fresh) {
        let (id, name) = (device.found.id.clone(), device.found.name.clone());
        match device.found.kind {
            DeviceKind::Camera => {
                let offered = modes::modes(&opening::offered(&device));
                let mut modes: Vec<_> = offered.iter().filter_map(|mode| mode.chosen()).collect();
                modes.sort_unstable_by(|one, other| other.cmp(one));
                modes.dedup();
                cameras.push(CameraOffer { id, name, modes });
            }
            DeviceKind::Microphone => {
                let channels = device.channels;
                microphones.push(MicrophoneOffer { id, name, channels });
            }
        }
    }
    let cameras = match cameras.is_empty() {
        true => Err(catalogue::why_none(DeviceKind::Camera)),
        false => Ok(cameras),
    };
    let microphones = match microphones.is_empty() {
        true => Err(catalogue::why_none(DeviceKind::Microphone)),
        false => Ok(microphones),
    };
    DeviceOffers { cameras, microphones }
}
