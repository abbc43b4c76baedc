//! `downstage doctor`: reports what this machine can do, and what is missing.

use std::io::{self, Write};

use media::encoders;
use media::source::device::{self, DeviceOffers};

use crate::program::backend;

/// Prints what is installed and what is missing; true if nothing is missing that a show needs.
pub fn run(out: &mut dyn Write) -> io::Result<bool> {
    if let Err(error) = media::init() {
        writeln!(out, "GStreamer: missing. {error}")?;
        return Ok(false);
    }
    writeln!(out, "GStreamer: {}", media::version())?;
    let mut complete = true;
    let mut check = |out: &mut dyn Write, what: &str, found: Option<&str>, remedy: &str| {
        complete &= found.is_some();
        match found {
            Some(found) => writeln!(out, "{what}: {found}"),
            None => writeln!(out, "{what}: missing. {remedy}"),
        }
    };
    let x264 = "Install gstreamer1.0-plugins-ugly (x264)";
    check(out, "H.264 encoder", encoders::video(), x264)?;
    let libav = "Install gstreamer1.0-libav";
    check(out, "AAC encoder", encoders::audio().map(|(name, _)| name), libav)?;
    for part in media::REQUIREMENTS {
        let found = part.elements.iter().copied().find(|name| media::has_element(name));
        check(out, part.what, found, part.remedy)?;
    }
    list_devices(out)?;
    let devices = audio::devices();
    match devices.as_slice() {
        [] => writeln!(out, "Monitor sound: no device; the programme does not need one")?,
        names => writeln!(out, "Monitor sound: {}", names.join(", "))?,
    }
    writeln!(out, "Compositor: {}", backend::name(compositor::choose(None)))?;
    Ok(complete)
}

/// Prints the cameras and microphones that are connected, each with the id that a show knows it by.
fn list_devices(out: &mut dyn Write) -> io::Result<()> {
    let DeviceOffers { cameras, microphones } = device::offers(true);
    match cameras {
        Ok(cameras) => {
            for camera in cameras {
                let largest = camera.modes.first().map_or_else(String::new, |mode| {
                    let rate = f64::from(mode.rate_millihertz) / 1_000.0;
                    format!(", up to {} x {} at {rate}", mode.width, mode.height)
                });
                writeln!(out, "Camera: {} (id {}{largest})", camera.name, camera.id)?;
            }
        }
        Err(error) => writeln!(out, "Camera: {error}")?,
    }
    match microphones {
        Ok(microphones) => {
            for microphone in microphones {
                let (name, id, channels) = (microphone.name, microphone.id, microphone.channels);
                writeln!(out, "Microphone: {name} (id {id}, {channels} channels)")?;
            }
        }
        Err(error) => writeln!(out, "Microphone: {error}")?,
    }
    Ok(())
}
