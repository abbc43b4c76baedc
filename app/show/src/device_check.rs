//! What is wrong with devices, and with what a source is said to lack.

use crate::faults::Faults;
use crate::{CameraMode, CameraSource, Device, MicrophoneSource, Place, Supervision};

pub fn check_supervision(faults: &mut Faults, of: &Supervision) {
    let (least, most) = Supervision::MILLIS;
    let times = [
        (Place::Show("black time"), of.black_millis),
        (Place::Show("frozen time"), of.frozen_millis),
        (Place::Show("silent time"), of.silent_millis),
    ];
    for (place, time) in times {
        faults.range(place, time.unwrap_or(least), least..=most);
    }
    let (least, most) = Supervision::LOST_MILLIS;
    faults.range(Place::Show("lost time"), of.lost_millis.unwrap_or(least), least..=most);
    let (least, most) = Supervision::BLACK_PERCENT;
    faults.range(Place::Show("black level"), of.black_percent, least..=most);
    let (least, most) = Supervision::SILENT_DB;
    faults.range(Place::Show("silence level"), of.silent_db, least..=most);
}

fn check_device(faults: &mut Faults, device: &Device, place: Place) {
    if !device.is_named() {
        let remedy = "Choose a device, or write its id as `downstage doctor` lists it";
        faults.add(place, "no_device", "the device has no id, or one that is too long", remedy);
    }
}

pub fn check_camera(
    faults: &mut Faults,
    camera: &CameraSource,
    place: impl Fn(&'static str) -> Place,
) {
    check_device(faults, &camera.device, place("device"));
    if let Some(CameraMode { width, height, rate_millihertz }) = camera.mode {
        let sides = 1..=CameraMode::MAX_SIDE;
        faults.range(place("width"), width, sides.clone());
        faults.range(place("height"), height, sides);
        faults.range(place("rate"), rate_millihertz, 1..=CameraMode::MAX_RATE);
    }
    faults.range(place("latency"), camera.latency_millis, 0..=5_000);
}

pub fn check_microphone(
    faults: &mut Faults,
    microphone: &MicrophoneSource,
    place: impl Fn(&'static str) -> Place,
) {
    check_device(faults, &microphone.device, place("device"));
    faults.range(place("channels"), microphone.pair, 1..=MicrophoneSource::MAX_PAIR);
    faults.range(place("latency"), microphone.latency_millis, 0..=5_000);
}
