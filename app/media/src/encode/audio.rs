//! The pipeline of an encode's sound: stereo samples in, AAC frames out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use show::{EncodeProfile, Format};

use super::error::{EncodeError, start_error};
use super::pipe::{Pipe, app_sink, timed};
use super::units::{Bytes, HeaderParts, Sink, Unit, UnitKind};

/// How much sound may wait in front of an encoder.
const MAX_WAITING: gst::ClockTime = gst::ClockTime::from_mseconds(1_000);

/// An AAC encoder that runs.
pub struct AudioEncode {
    pipe: Pipe,
    source: gst_app::AppSrc,
    /// Samples that were dropped because it did not take them in time.
    lost: AtomicU64,
}

impl AudioEncode {
    /// Starts one, with its look-ahead in samples.
    pub fn start(
        (name, delay): (&'static str, i64),
        profile: EncodeProfile,
        sink: Arc<dyn Sink>,
        headers: Arc<HeaderParts>,
    ) -> Result<Self, EncodeError> {
        let failed = start_error(name);
        let source = audio_source();
        let convert = gst::ElementFactory::make("audioconvert").build().map_err(failed)?;
        let aac = gst::ElementFactory::make(name);
        let aac = aac.property("bitrate", (profile.audio_kbps * 1_000) as i32).build();
        let aac = aac.map_err(failed)?;
        let out = audio_sink(sink, headers, delay);
        let chain = [source.upcast_ref(), &convert, &aac, out.upcast_ref()];
        let pipe = Pipe::start(name, &chain)?;
        Ok(Self { pipe, source, lost: AtomicU64::new(0) })
    }

    /// Encodes interleaved stereo samples, the first being sample `start` of the programme. Beyond
    /// [`MAX_WAITING`] it waits if it may, or else drops the samples: a gap in this encode alone. False if the
    /// encode has failed.
    pub fn push(&self, start: u64, samples: &[f32], may_wait: bool) -> bool {
        if !may_wait && self.source.current_level_time() >= MAX_WAITING {
            if self.lost.fetch_add(samples.len() as u64 / 2, Ordering::Relaxed) == 0 {
                tracing::warn!(
                    "an AAC encoder does not take its sound in time: there is a gap in it"
                );
            }
            return true;
        }
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let mut buffer = gst::Buffer::from_slice(bytes);
        let nanos = |sample: u64| {
            gst::ClockTime::from_nseconds((u128::from(sample) * 1_000_000_000 / 48_000) as u64)
        };
        let marks = buffer.make_mut();
        let end = start + samples.len() as u64 / 2;
        marks.set_pts(nanos(start));
        marks.set_duration(nanos(end) - nanos(start));
        self.source.push_buffer(buffer).is_ok()
    }

    /// How many samples were dropped because it did not take them in time.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Says that no more comes: [`Self::ends`] waits for what is still inside.
    pub fn end(&self) -> bool {
        self.source.end_of_stream().is_ok()
    }

    /// Waits until everything that went in has come out; false if it does not within two seconds.
    pub fn ends(&self) -> bool {
        self.pipe.ends()
    }

    /// Why it failed, if it has.
    pub fn error(&self) -> Option<String> {
        self.pipe.error()
    }
}

fn audio_source() -> gst_app::AppSrc {
    let caps = gst::Caps::builder("audio/x-raw")
        .field("format", "F32LE")
        .field("rate", Format::AUDIO_RATE as i32)
        .field("channels", 2_i32)
        .field("layout", "interleaved")
        .field("channel-mask", gst::Bitmask::new(3))
        .build();
    gst_app::AppSrc::builder()
        .caps(&caps)
        .format(gst::Format::Time)
        .block(true)
        .max_time(MAX_WAITING)
        .max_bytes(0)
        .build()
}

fn audio_sink(sink: Arc<dyn Sink>, headers: Arc<HeaderParts>, delay: i64) -> gst_app::AppSink {
    let caps = gst::Caps::builder("audio/mpeg")
        .field("mpegversion", 4_i32)
        .field("stream-format", "raw")
        .build();
    let early = delay * 1_000_000_000 / i64::from(Format::AUDIO_RATE);
    app_sink(&caps, move |sample| {
        headers.audio(sample);
        let (pts, duration, buffer) = timed(sample)?;
        let data = Bytes::of_buffer(buffer)?;
        sink.unit(Unit { kind: UnitKind::Sound, pts: pts - early, duration, data });
        Some(())
    })
}
