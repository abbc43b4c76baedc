//! An open device: its element, the live clock behind it, and the watch over whether it is still there.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use gstreamer as gst;
use gstreamer::prelude::*;
use show::{CameraMode, Device, Format};

use super::catalogue::{self, Connected};
use super::channels::Channels;
use super::error::{DeviceError, DeviceKind, is_held};
use super::level_picture::LevelPicture;
use super::modes;
use super::opening::{self, FORMAT, name_of};
use super::sound_input::SoundShared;
use crate::link::{SourceLink, Timed};
use crate::source::decode::DecodePipeline;
use crate::source::decode_shared::DecodeShared;
use crate::source::errors::{OpenError, SourceError};
use crate::source::host::SourceHost;
use crate::source::live::pipeline::LiveStreams;
use crate::source::live::{JitterBuffer, Latency};
use crate::source::origin::{Origin, SourceEvent};
use crate::stream::Stream;

/// How often the buffer is looked at.
const STEP: Duration = Duration::from_millis(10);
/// How often it is looked whether the device is still there, in nanoseconds.
const LOOKED: i64 = 100_000_000;
/// How often there is another picture of a level, in nanoseconds.
const LEVEL: i64 = 80_000_000;

/// The take a device is opened for, its latency in nanoseconds, and where it delivers to.
pub type Parts<'a> = (u32, i64, &'a Arc<SourceLink>, SourceHost);

/// An open device.
pub struct DeviceCapture {
    /// From the device to the buffer.
    input: DecodePipeline,
    /// Kept alive here alone; the pipeline's callbacks only borrow it.
    streams: Arc<LiveStreams>,
    link: Arc<SourceLink>,
    host: SourceHost,
    kind: DeviceKind,
    device: Device,
    take: u32,
    latency: i64,
    /// When it is looked next whether the device is there.
    looks_at: i64,
    /// What is shown of a microphone.
    level: Option<Level>,
}

/// What is shown of a microphone.
struct Level {
    sound: Arc<SoundShared>,
    picture: LevelPicture,
    /// When the next one is due.
    next: i64,
}

impl DeviceCapture {
    /// Opens a camera, in this mode or in that which fits the programme's format best.
    ///
    /// # Errors
    /// It is not connected, does not offer the mode, or cannot be opened.
    pub fn camera(
        device: &Device,
        (mode, format): (Option<CameraMode>, Format),
        parts: Parts<'_>,
    ) -> Result<Self, OpenError> {
        let connected = find(DeviceKind::Camera, device)?;
        let caps = camera_caps(&connected, device, mode, format)?;
        let this = Self::new(DeviceKind::Camera, device, parts);
        // Its pictures have the time of the system's clock: those of the kernel's cameras that of their exposure.
        this.input.pipeline.use_clock(Some(&gst::SystemClock::obtain()));
        let pad = this.receive(&connected, &[filter(&caps)?])?;
        this.streams.take_as(&this.input.pipeline, &pad, Stream::Picture, Some);
        this.start(&connected)
    }

    /// Opens a microphone, of which these channels are heard.
    ///
    /// # Errors
    /// It is not connected, has not these channels, or cannot be opened.
    pub fn microphone(
        device: &Device,
        channels: Channels,
        parts: Parts<'_>,
    ) -> Result<Self, OpenError> {
        let connected = find(DeviceKind::Microphone, device)?;
        let of = connected.channels;
        if let Some(channel) = channels.lacking(of) {
            let name = name_of(device);
            return Err(DeviceError::NoChannel { name, channel, of }.into());
        }
        let mut this = Self::new(DeviceKind::Microphone, device, parts);
        let ours = gst::Caps::builder("audio/x-raw")
            .field("format", FORMAT)
            .field("layout", "interleaved")
            .build();
        let convert = gst::ElementFactory::make("audioconvert").build().map_err(not_built)?;
        let chain = [filter(&opening::sound_caps(&connected))?, convert, filter(&ours)?];
        let pad = this.receive(&connected, &chain)?;
        let sound = Arc::<SoundShared>::default();
        let of_sink = Arc::clone(&sound);
        let take = move |sample: gst::Sample| of_sink.take(&sample, channels);
        this.streams.take_as(&this.input.pipeline, &pad, Stream::Sound, take);
        this.watch_replacement(&sound);
        let next = this.host.now();
        this.level = Some(Level { sound, picture: LevelPicture::default(), next });
        this.start(&connected)
    }

    fn new(kind: DeviceKind, device: &Device, (take, latency, link, host): Parts<'_>) -> Self {
        let shared = DecodeShared::new(Arc::clone(link), take, host.clone(), None, 0);
        let input = DecodePipeline::empty(name_of(device), Arc::new(shared));
        let buffer = JitterBuffer::new(take, Latency { target: latency, segmented: false });
        let shared = Arc::clone(&input.shared);
        let streams = LiveStreams::new(name_of(device), buffer, host.clone(), shared);
        link.live.restart();
        let looks_at = host.now() + LOOKED;
        let (link, device) = (Arc::clone(link), device.clone());
        Self { input, streams, link, host, kind, device, take, latency, looks_at, level: None }
    }

    /// Adds the element of the device, and these behind it; yields what comes out.
    fn receive(
        &self,
        connected: &Connected,
        chain: &[gst::Element],
    ) -> Result<gst::Pad, OpenError> {
        let source = opening::element(connected).map_err(not_built)?;
        source.set_property("name", "device");
        let pipeline = &self.input.pipeline;
        pipeline.add(&source).map_err(not_built)?;
        pipeline.add_many(chain).map_err(not_built)?;
        gst::Element::link_many(std::iter::once(&source).chain(chain)).map_err(not_built)?;
        let last = chain.last().unwrap_or(&source);
        last.static_pad("src").ok_or(OpenError::Refused)
    }

    /// Sees to it that nothing is heard of the device that a sound server puts in the place of one that is gone. The
    /// server's thread tells that, before anything of the other one comes.
    fn watch_replacement(&self, sound: &Arc<SoundShared>) {
        let Some(source) = self.input.pipeline.by_name("device") else { return };
        if source.find_property("current-device").is_none() {
            return;
        }
        let (sound, id) = (Arc::clone(sound), self.device.id.clone());
        source.connect_notify(Some("current-device"), move |source, _| {
            let now = source.property::<Option<String>>("current-device");
            if now.is_some_and(|now| now != id) {
                sound.is_replaced.store(true, Ordering::Release);
            }
        });
    }

    /// Starts it. May take as long as its server does.
    fn start(self, connected: &Connected) -> Result<Self, OpenError> {
        tracing::debug!("{}: opened as {:?}", name_of(&self.device), connected.found.finder);
        match self.input.start(gst::State::Playing) {
            Ok(()) => Ok(self),
            Err(OpenError::Broke(SourceError::Device(error))) => Err(error.into()),
            Err(error) => Err(error),
        }
    }

    /// Looks at what the pipeline says.
    fn look(&self, wait: Duration) -> Option<SourceEvent> {
        let message = self.input.message(wait)?;
        match message.view() {
            gst::MessageView::Error(error) if is_held(&error.error()) => {
                let held = DeviceError::Held(name_of(&self.device));
                Some(SourceEvent::Broke(held.into()))
            }
            gst::MessageView::Eos(_) => Some(self.gone()),
            _ => {
                let error = self.input.error(&message)?;
                // A server that goes takes its devices along, and says so in its own words.
                Some(match catalogue::is_gone(self.kind, &self.device.id) {
                    true => self.gone(),
                    false => SourceEvent::Broke(error),
                })
            }
        }
    }

    /// Whether it is known to be gone, or to be another.
    fn check(&mut self, now: i64) -> Option<SourceEvent> {
        let is_replaced = |level: &Level| level.sound.is_replaced.load(Ordering::Acquire);
        let is_replaced = self.level.as_ref().is_some_and(is_replaced);
        if !is_replaced && now < self.looks_at {
            return self.streams.decoder_error().map(SourceEvent::Broke);
        }
        self.looks_at = now + LOOKED;
        match catalogue::is_gone(self.kind, &self.device.id) {
            true => Some(self.gone()),
            false if is_replaced => {
                let replaced = DeviceError::Replaced(name_of(&self.device));
                Some(SourceEvent::Broke(replaced.into()))
            }
            false => None,
        }
    }

    fn gone(&self) -> SourceEvent {
        SourceEvent::Broke(DeviceError::NotConnected(name_of(&self.device)).into())
    }

    /// Shows how loud a microphone is, when what came now is heard.
    fn show_level(&mut self, now: i64) {
        let map = **self.link.map.load();
        let Some(level) = self.level.as_mut().filter(|level| now >= level.next) else { return };
        if map.take != self.take {
            return;
        }
        level.next = (level.next + LEVEL).max(now);
        let picture = level.picture.draw(level.sound.take_peaks());
        let pts = map.source_from_studio(now + self.latency);
        self.link.video.push(Timed { take: self.take, pts, what: Some(picture) });
    }
}

impl Origin for DeviceCapture {
    fn next(&mut self, wait: Duration) -> Option<SourceEvent> {
        let steps = wait.as_millis().div_ceil(STEP.as_millis()).max(1);
        (0..steps).find_map(|_| {
            let said = self.look(wait.min(STEP));
            if said.is_some() {
                return said;
            }
            let now = self.host.now();
            let mut events = Vec::new();
            self.streams.pump(now, &mut events);
            self.streams.tell(&events, now);
            self.streams.tell_latency();
            self.show_level(now);
            self.check(now)
        })
    }

    // It never starts on its take.
    fn cue(&mut self, _take: u32) {}

    fn roll(&mut self) {}
}

impl Drop for DeviceCapture {
    fn drop(&mut self) {
        // Why it is closed is not known here: its server may be gone, which still lists it.
        catalogue::doubt();
    }
}

fn find(kind: DeviceKind, device: &Device) -> Result<Connected, DeviceError> {
    let found = catalogue::find(kind, &device.id);
    found.ok_or_else(|| DeviceError::NotConnected(name_of(device)))
}

/// The caps by which a camera is asked for its pictures.
fn camera_caps(
    connected: &Connected,
    device: &Device,
    mode: Option<CameraMode>,
    format: Format,
) -> Result<gst::Caps, DeviceError> {
    let modes = modes::modes(&opening::offered(connected));
    let chosen = match mode {
        Some(mode) => Some(modes::wanted(&modes, mode).ok_or_else(|| {
            let CameraMode { width, height, rate_millihertz } = mode;
            let rate = (f64::from(rate_millihertz) / 1_000.0).to_string();
            DeviceError::NoMode { name: name_of(device), width, height, rate }
        })?),
        None => modes::best(&modes, format),
    };
    // Without a type of media PipeWire's element waits for half a minute, and fails.
    Ok(chosen.map_or_else(|| gst::Caps::new_empty_simple("video/x-raw"), modes::Mode::caps))
}

fn filter(caps: &gst::Caps) -> Result<gst::Element, OpenError> {
    gst::ElementFactory::make("capsfilter").property("caps", caps).build().map_err(not_built)
}

fn not_built(error: gst::glib::BoolError) -> OpenError {
    OpenError::Pipeline(error.message.into_owned())
}
