//! Plays the monitor mix on a sound device, which has a clock of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{FromSample, SampleFormat, SizedSample, StreamConfig};
use rtrb::{Consumer, Producer, RingBuffer};
use thiserror::Error;

use crate::RATE;
use crate::drift::DriftController;
use crate::sinc::{self, TAPS};

/// The target fill of the ring between the mixer and the device, in frames: 100 ms, two blocks and
/// a half at 25 frames a second.
const TARGET: u32 = RATE / 10;
/// The size of the ring in frames: it has room for bursts.
const RING: usize = 4 * TARGET as usize;
/// The time-out for opening a device.
const OPEN_TIMEOUT: Option<std::time::Duration> = Some(std::time::Duration::from_secs(2));

/// Why a sound device cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MonitorError {
    /// There is no sound device, or none of that name.
    #[error("there is no such sound device")]
    NoDevice,
    /// Its sample format is not supported.
    #[error("the device's sample format {0} is not supported")]
    Format(String),
    /// The device cannot be opened.
    #[error("the sound device cannot be opened: {0}")]
    Device(String),
}

impl From<cpal::Error> for MonitorError {
    fn from(error: cpal::Error) -> Self {
        Self::Device(error.to_string())
    }
}

/// The names of the output devices. Queries the system: not for the audio thread.
pub fn devices() -> Vec<String> {
    let devices = cpal::default_host().output_devices();
    devices.into_iter().flatten().filter_map(|device| name(&device)).collect()
}

fn name(device: &cpal::Device) -> Option<String> {
    device.id().ok().map(|id| id.to_string())
}

/// An open output device. Closed on drop.
pub struct Monitor {
    ring: Producer<f32>,
    /// Frames that were dropped because the ring was full.
    dropped: u64,
    shared: Arc<MonitorState>,
    _stream: cpal::Stream,
}

/// Set by the device's thread.
#[derive(Default)]
struct MonitorState {
    /// How often the ring ran dry.
    dry: AtomicU64,
    /// Whether the device is gone.
    failed: AtomicBool,
}

impl Monitor {
    /// Opens a device by a name of [`devices`], or the system's default. May take seconds.
    pub fn open(device: Option<&str>) -> Result<Self, MonitorError> {
        let host = cpal::default_host();
        let device = match device {
            None => host.default_output_device(),
            Some(wanted) => host
                .output_devices()?
                .find(|device| name(device).is_some_and(|name| name == wanted)),
        };
        let device = device.ok_or(MonitorError::NoDevice)?;
        let config = device.default_output_config()?;
        let format = config.sample_format();
        let config = StreamConfig::from(config);
        sinc::warm_up();
        let (ring, played) = RingBuffer::new(2 * RING);
        let shared = Arc::new(MonitorState::default());
        let player = Player::new(played, config.sample_rate);
        let start = match format {
            SampleFormat::F32 => start::<f32>,
            SampleFormat::I16 => start::<i16>,
            SampleFormat::I32 => start::<i32>,
            SampleFormat::U8 => start::<u8>,
            other => return Err(MonitorError::Format(other.to_string())),
        };
        let stream = start(&device, config, player, &shared)?;
        Ok(Self { ring, dropped: 0, shared, _stream: stream })
    }

    /// Queues a block of interleaved stereo at 48 kHz for the device. Never blocks; a block that
    /// does not fit is dropped and counted.
    pub fn play(&mut self, block: &[f32]) {
        if self.ring.push_entire_slice(block).is_err() {
            self.dropped += block.len() as u64 / 2;
        }
    }

    /// Frames dropped, and how often the ring ran dry.
    pub fn counts(&self) -> (u64, u64) {
        (self.dropped, self.shared.dry.load(Ordering::Relaxed))
    }

    /// Whether the device has gone: open another.
    pub fn failed(&self) -> bool {
        self.shared.failed.load(Ordering::Relaxed)
    }
}

fn start<T: SizedSample + FromSample<f32>>(
    device: &cpal::Device,
    config: StreamConfig,
    mut player: Player,
    shared: &Arc<MonitorState>,
) -> Result<cpal::Stream, cpal::Error> {
    let channels = usize::from(config.channels);
    let (played, failed) = (Arc::clone(shared), Arc::clone(shared));
    let stream = device.build_output_stream(
        config,
        move |out: &mut [T], _: &cpal::OutputCallbackInfo| player.play(out, channels, &played),
        move |error: cpal::Error| {
            use cpal::ErrorKind::{DeviceChanged, RealtimeDenied, Xrun};
            if !matches!(error.kind(), DeviceChanged | RealtimeDenied | Xrun) {
                failed.failed.store(true, Ordering::Relaxed);
            }
        },
        OPEN_TIMEOUT,
    )?;
    stream.play()?;
    Ok(stream)
}

/// Reads the ring at the device's speed, on the device's thread.
struct Player {
    ring: Consumer<f32>,
    drift: DriftController,
    /// Frames of 48 kHz for a frame of the device.
    ratio: f64,
    /// The last [`TAPS`] frames, each side twice so that they lie in one piece.
    sides: [[f32; 2 * TAPS]; 2],
    at: usize,
    /// The position between two samples, in 2^-32 of a sample.
    part: u64,
    /// Whether the ring has been full enough to start.
    running: bool,
}

impl Player {
    fn new(ring: Consumer<f32>, rate: u32) -> Self {
        Self {
            ring,
            drift: DriftController::new(TARGET),
            ratio: f64::from(RATE) / f64::from(rate.max(1)),
            sides: [[0.0; 2 * TAPS]; 2],
            at: 0,
            part: 0,
            running: false,
        }
    }

    fn play<T: SizedSample + FromSample<f32>>(
        &mut self,
        out: &mut [T],
        channels: usize,
        shared: &MonitorState,
    ) {
        let frames = out.len() / channels.max(1);
        let fill = self.ring.slots() / 2;
        self.running = self.running || fill >= TARGET as usize;
        let silence = T::from_sample(0.0);
        if !self.running {
            out.fill(silence);
            return;
        }
        let wanted = (frames as f64 * self.ratio) as usize;
        let ppm = self.drift.update(fill, wanted);
        let step = (self.ratio * (1.0 + ppm * 1e-6) * 4_294_967_296.0) as u64;
        for frame in out.chunks_mut(channels.max(1)) {
            let sides = self.next(step).unwrap_or_else(|| {
                self.running = false;
                [0.0; 2]
            });
            match frame {
                [only] => *only = T::from_sample((sides[0] + sides[1]) * 0.5),
                [left, right, rest @ ..] => {
                    (*left, *right) = (T::from_sample(sides[0]), T::from_sample(sides[1]));
                    rest.fill(silence);
                }
                [] => {}
            }
        }
        if !self.running {
            shared.dry.fetch_add(1, Ordering::Relaxed);
            self.drift.restart();
        }
    }

    /// The next frame of the device; none when the ring is dry.
    fn next(&mut self, step: u64) -> Option<[f32; 2]> {
        self.part += step;
        while self.part >> 32 > 0 {
            let chunk = self.ring.read_chunk(2).ok();
            let Some(chunk) = chunk else {
                self.part &= 0xffff_ffff;
                return None;
            };
            let (first, second) = chunk.as_slices();
            let frame = first.iter().chain(second);
            for (side, &sample) in self.sides.iter_mut().zip(frame) {
                side[self.at] = sample;
                side[self.at + TAPS] = sample;
            }
            chunk.commit_all();
            self.at = (self.at + 1) % TAPS;
            self.part -= 1 << 32;
        }
        let [left, right] = &self.sides;
        let window = self.at..self.at + TAPS;
        Some(sinc::interpolate(&left[window.clone()], &right[window], self.part as u32))
    }
}
