//! The pipeline of an encode's pictures: our pictures in, access units out.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crossbeam_queue::ArrayQueue;
use engine::{Frame, FrameIndex};
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use show::{EncodeProfile, Format};

use super::error::{EncodeError, start_error};
use super::pipe::{Pipe, app_sink, timed};
use super::units::{Bytes, HeaderParts, Sink, Unit, UnitKind};
use crate::{encoders, picture};

/// How many pictures wait for the encoder before [`VideoEncode::push`] does.
const WAITING_PICTURES: u64 = 2;
/// How many times of pictures wait to be read; the oldest goes if there are more.
const WAITING_TIMES: usize = 32;

/// An H.264 encoder that runs, with a number of threads that stays.
pub struct VideoEncode {
    pipe: Pipe,
    source: gst_app::AppSrc,
    encoder: gst::Element,
    threads: u32,
    /// How long each picture took to encode, in nanoseconds.
    times: Arc<ArrayQueue<u64>>,
    /// The time of the last keyframe that came out, in nanoseconds of the programme.
    keyframe: Arc<AtomicI64>,
}

impl VideoEncode {
    /// Starts one. `threads` counts for software alone.
    pub fn start(
        name: &'static str,
        format: Format,
        profile: EncodeProfile,
        threads: u32,
        sink: Arc<dyn Sink>,
        headers: Arc<HeaderParts>,
    ) -> Result<Self, EncodeError> {
        let failed = start_error(name);
        let encoder = encoders::make_video(name, format, &profile, threads).map_err(failed)?;
        let source = video_source(format);
        let parse = gst::ElementFactory::make("h264parse").build().map_err(failed)?;
        let keyframe = Arc::new(AtomicI64::new(i64::MIN));
        let out = video_sink(sink, headers, Arc::clone(&keyframe));
        let times = measured(&encoder);
        let chain = [source.upcast_ref(), &encoder, &parse, out.upcast_ref()];
        let pipe = Pipe::start(name, &chain)?;
        Ok(Self { pipe, source, encoder, threads, times, keyframe })
    }

    /// Encodes the picture of frame `n`. False if the encode has failed.
    pub fn push(&self, n: FrameIndex, format: Format, frame: &Frame, idr: bool) -> bool {
        let rate = format.rate;
        let mut buffer = picture::to_buffer(frame);
        let marks = buffer.make_mut();
        marks.set_pts(gst::ClockTime::from_nseconds(n.nanos(rate)));
        let duration = n.next().nanos(rate) - n.nanos(rate);
        marks.set_duration(gst::ClockTime::from_nseconds(duration));
        if idr {
            // Earlier pictures may still wait: the time identifies the frame.
            let event = gst_video::UpstreamForceKeyUnitEvent::builder().all_headers(true);
            let event = event.running_time(gst::ClockTime::from_nseconds(n.nanos(rate))).build();
            let source = self.encoder.static_pad("src");
            // An encoder that ignores the event keeps its regular keyframes.
            let _asked = source.is_some_and(|pad| pad.send_event(event));
        }
        self.source.push_buffer(buffer).is_ok()
    }

    /// How many threads it was started with.
    pub const fn threads(&self) -> u32 {
        self.threads
    }

    /// How long the next picture took that was not read yet, in nanoseconds.
    pub fn time(&self) -> Option<u64> {
        self.times.pop()
    }

    /// The time of the last keyframe, in nanoseconds of the programme; none has come out yet if `None`.
    pub fn last_keyframe(&self) -> Option<i64> {
        Some(self.keyframe.load(Ordering::Acquire)).filter(|at| *at != i64::MIN)
    }

    /// Waits until everything that went in has come out; false if it does not within two seconds.
    pub fn drain(&self) -> bool {
        self.source.end_of_stream().is_ok() && self.pipe.ends()
    }

    /// Why it failed, if it has.
    pub fn error(&self) -> Option<String> {
        self.pipe.error()
    }
}

/// Measures each picture on its way through the encoder.
fn measured(encoder: &gst::Element) -> Arc<ArrayQueue<u64>> {
    let times = Arc::new(ArrayQueue::new(WAITING_TIMES));
    let began = Arc::new(AtomicU64::new(0));
    if let (Some(sink), Some(source)) = (encoder.static_pad("sink"), encoder.static_pad("src")) {
        let (begins, ends) = (Arc::clone(&began), Arc::clone(&times));
        sink.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
            begins.store(now(), Ordering::Relaxed);
            gst::PadProbeReturn::Ok
        });
        source.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
            let _oldest = ends.force_push(now().saturating_sub(began.load(Ordering::Relaxed)));
            gst::PadProbeReturn::Ok
        });
    }
    times
}

/// GStreamer's own monotonic clock, in nanoseconds.
fn now() -> u64 {
    gst::get_timestamp().nseconds()
}

fn video_source(format: Format) -> gst_app::AppSrc {
    let (width, height) = format.raster.size();
    let (num, den) = format.rate.fraction();
    let caps = gst::Caps::builder("video/x-raw")
        .field("format", "I420")
        .field("width", width as i32)
        .field("height", height as i32)
        .field("framerate", gst::Fraction::new(num as i32, den as i32))
        .field("colorimetry", "bt709")
        .field("chroma-site", "mpeg2")
        .field("pixel-aspect-ratio", gst::Fraction::new(1, 1))
        .field("interlace-mode", "progressive")
        .build();
    gst_app::AppSrc::builder()
        .caps(&caps)
        .format(gst::Format::Time)
        .block(true)
        .max_buffers(WAITING_PICTURES)
        .max_bytes(0)
        .build()
}

fn video_sink(
    sink: Arc<dyn Sink>,
    headers: Arc<HeaderParts>,
    keyframe: Arc<AtomicI64>,
) -> gst_app::AppSink {
    let caps = gst::Caps::builder("video/x-h264")
        .field("stream-format", "avc")
        .field("alignment", "au")
        .build();
    app_sink(&caps, move |sample| {
        headers.video(sample);
        let (pts, duration, buffer) = timed(sample)?;
        let delta = buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
        let kind = if delta { UnitKind::Picture } else { UnitKind::Keyframe };
        if kind == UnitKind::Keyframe {
            keyframe.store(pts, Ordering::Release);
        }
        let data = Bytes::of_buffer(buffer)?;
        sink.unit(Unit { kind, pts, duration, data });
        Some(())
    })
}
