//! One encode: pictures and blocks of sound in, access units of H.264 and AAC out.

use std::sync::{Arc, OnceLock};

use engine::{Frame, FrameIndex};
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use show::{EncodeProfile, Format};

use crate::{encoders, picture};

/// How many pictures may wait for the encoder; beyond, [`Encoder::video`] blocks.
const WAITING_PICTURES: u64 = 2;
/// Samples in an AAC frame.
pub const AAC_FRAME: u64 = 1_024;

/// Why an encode cannot be started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// No H.264 encoder is installed.
    #[error(
        "there is no H.264 encoder: install gstreamer1.0-plugins-ugly (x264) or \
             gstreamer1.0-plugins-bad (openh264)"
    )]
    NoVideoEncoder,
    /// No AAC encoder is installed.
    #[error("there is no AAC encoder: install gstreamer1.0-libav")]
    NoAudioEncoder,
    /// The encoder failed to start.
    #[error("the encoder {name} did not start: {reason}")]
    Start {
        /// Which.
        name: &'static str,
        /// GStreamer's reason.
        reason: String,
    },
    /// The encoder failed to start, and GStreamer gives no reason.
    #[error("the encoder {0} did not start: it refused to run")]
    Refused(&'static str),
    /// The encoder's thread failed to start.
    #[error("the encoder thread did not start: {0}")]
    NoThread(String),
}

/// A piece of the stream.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Which stream.
    pub kind: UnitKind,
    /// Its timestamp, in nanoseconds from the programme's start. Sound may begin a little before 0.
    pub pts: i64,
    /// Its duration, in nanoseconds.
    pub duration: u64,
    /// H.264 in AVC form, lengths of four bytes; or one raw AAC frame.
    pub data: Bytes,
}

/// The kinds of unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitKind {
    /// A picture that can be decoded without another.
    Keyframe,
    /// Any other picture.
    Picture,
    /// Sound.
    Sound,
}

/// Shared bytes: cloning does not copy them.
#[derive(Clone)]
pub struct Bytes(Arc<dyn AsRef<[u8]> + Send + Sync>);

impl Bytes {
    /// Shares the bytes of a value.
    pub fn new(bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Self {
        Self(Arc::new(bytes))
    }

    fn of_buffer(buffer: gst::Buffer) -> Option<Self> {
        struct Mapped(gst::MappedBuffer<gst::buffer::Readable>);
        impl AsRef<[u8]> for Mapped {
            fn as_ref(&self) -> &[u8] {
                self.0.as_slice()
            }
        }
        buffer.into_mapped_buffer_readable().ok().map(|mapped| Self::new(Mapped(mapped)))
    }
}

impl std::ops::Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

/// The description of a stream, which a receiver needs before the first unit.
#[derive(Clone, Debug)]
pub struct Headers {
    /// `AVCDecoderConfigurationRecord` (ISO/IEC 14496-15, 5.3.3.1).
    pub avc: Bytes,
    /// `AudioSpecificConfig` (ISO/IEC 14496-3, 1.6.2.1).
    pub aac: Bytes,
    /// The programme's format.
    pub format: Format,
    /// The encode's profile.
    pub profile: EncodeProfile,
}

/// Receives what an encode produces, on GStreamer's threads. Must not block.
pub trait Sink: Send + Sync + 'static {
    /// Called with each unit; pictures are in order, and sound is in order.
    fn unit(&self, unit: Unit);
    /// Called once, before or between the first units, when both streams can be described.
    fn headers(&self, headers: Headers);
}

/// A running encode. Its methods block when the encoder is behind: they are for an encode thread.
pub struct Encoder {
    pipeline: gst::Pipeline,
    video: gst_app::AppSrc,
    audio: gst_app::AppSrc,
    format: Format,
    encoder: gst::Element,
}

/// Whether this machine can encode at all.
///
/// # Errors
/// [`EncodeError`]: what is missing and what to install.
pub fn check() -> Result<(), EncodeError> {
    encoders::video().ok_or(EncodeError::NoVideoEncoder)?;
    encoders::audio().ok_or(EncodeError::NoAudioEncoder)?;
    Ok(())
}

impl Encoder {
    /// Starts an encode that hands its units to `sink`.
    ///
    /// # Errors
    /// [`EncodeError`]: what is missing and what to install.
    pub fn start(
        format: Format,
        profile: EncodeProfile,
        sink: Arc<dyn Sink>,
    ) -> Result<Self, EncodeError> {
        let audio = encoders::audio().ok_or(EncodeError::NoAudioEncoder)?;
        Self::start_with(audio, format, profile, sink)
    }

    /// As [`Self::start`], with this AAC encoder and its look-ahead in samples, one of
    /// [`encoders::all_audio`].
    ///
    /// # Errors
    /// [`EncodeError`]: what is missing and what to install.
    pub fn start_with(
        (audio_name, delay): (&'static str, i64),
        format: Format,
        profile: EncodeProfile,
        sink: Arc<dyn Sink>,
    ) -> Result<Self, EncodeError> {
        let name = encoders::video().ok_or(EncodeError::NoVideoEncoder)?;
        let failed = |name| {
            move |reason: gst::glib::BoolError| EncodeError::Start {
                name,
                reason: reason.message.into_owned(),
            }
        };
        let pipeline = gst::Pipeline::new();
        // Buffers are timestamped; the encode is not paced by a clock.
        pipeline.use_clock(None::<&gst::Clock>);
        let headers = Arc::new(HeaderParts::new(Arc::clone(&sink), format, profile));
        let encoder = encoders::make_video(name, format, &profile).map_err(failed(name))?;
        let video = video_source(format);
        let parse = gst::ElementFactory::make("h264parse").build().map_err(failed(name))?;
        let video_out = video_sink(Arc::clone(&sink), Arc::clone(&headers));
        link(&pipeline, &[video.upcast_ref(), &encoder, &parse, video_out.upcast_ref()])
            .map_err(failed(name))?;
        let audio = audio_source();
        let convert = gst::ElementFactory::make("audioconvert").build();
        let convert = convert.map_err(failed(audio_name))?;
        let aac = gst::ElementFactory::make(audio_name);
        let aac = aac.property("bitrate", (profile.audio_kbps * 1_000) as i32).build();
        let aac = aac.map_err(failed(audio_name))?;
        let audio_out = audio_sink(sink, headers, delay);
        link(&pipeline, &[audio.upcast_ref(), &convert, &aac, audio_out.upcast_ref()])
            .map_err(failed(audio_name))?;
        pipeline.set_state(gst::State::Playing).map_err(|_| EncodeError::Refused(name))?;
        Ok(Self { pipeline, video, audio, format, encoder })
    }

    /// Encodes the picture of frame `n`; frames come in order, each once. False if the encode has
    /// failed.
    pub fn video(&self, n: FrameIndex, frame: &Frame, idr: bool) -> bool {
        let rate = self.format.rate;
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
        self.video.push_buffer(buffer).is_ok()
    }

    /// Encodes interleaved stereo samples, the first being sample `start` of the programme. False if
    /// the encode has failed.
    pub fn audio(&self, start: u64, samples: &[f32]) -> bool {
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let mut buffer = gst::Buffer::from_slice(bytes);
        let nanos = |sample: u64| {
            gst::ClockTime::from_nseconds((u128::from(sample) * 1_000_000_000 / 48_000) as u64)
        };
        let marks = buffer.make_mut();
        let end = start + samples.len() as u64 / 2;
        marks.set_pts(nanos(start));
        marks.set_duration(nanos(end) - nanos(start));
        self.audio.push_buffer(buffer).is_ok()
    }

    /// Flushes the encoder: waits until everything has come out, at most two seconds.
    pub fn finish(&self) {
        let ended = self.video.end_of_stream().is_ok() & self.audio.end_of_stream().is_ok();
        if let Some(bus) = self.pipeline.bus().filter(|_| ended) {
            let end = [gst::MessageType::Eos, gst::MessageType::Error];
            let _last = bus.timed_pop_filtered(gst::ClockTime::from_seconds(2), &end);
        }
    }

    /// Why the encode failed, if it has.
    pub fn error(&self) -> Option<String> {
        let message = self.pipeline.bus()?.pop_filtered(&[gst::MessageType::Error])?;
        match message.view() {
            gst::MessageView::Error(error) => Some(error.error().message().to_owned()),
            _ => None,
        }
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // Going to NULL cannot fail in a way that could be handled.
        let _stopped = self.pipeline.set_state(gst::State::Null);
    }
}

fn link(pipeline: &gst::Pipeline, chain: &[&gst::Element]) -> Result<(), gst::glib::BoolError> {
    pipeline.add_many(chain)?;
    gst::Element::link_many(chain)
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
        .max_time(gst::ClockTime::from_mseconds(500))
        .max_bytes(0)
        .build()
}

/// Collects the descriptions of both streams.
struct HeaderParts {
    avc: OnceLock<Bytes>,
    aac: OnceLock<Bytes>,
    told: OnceLock<()>,
    sink: Arc<dyn Sink>,
    format: Format,
    profile: EncodeProfile,
}

impl HeaderParts {
    fn new(sink: Arc<dyn Sink>, format: Format, profile: EncodeProfile) -> Self {
        let (avc, aac, told) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { avc, aac, told, sink, format, profile }
    }

    /// Stores one stream's description; hands the headers to the sink once both are there.
    fn note(&self, part: &OnceLock<Bytes>, sample: &gst::Sample) {
        if part.get().is_some() {
            return;
        }
        let data = sample.caps().and_then(|caps| caps.structure(0));
        let data = data.and_then(|s| s.get::<gst::Buffer>("codec_data").ok());
        if let Some(bytes) = data.and_then(Bytes::of_buffer) {
            part.get_or_init(|| bytes);
        }
        if let (Some(avc), Some(aac)) = (self.avc.get(), self.aac.get())
            && self.told.set(()).is_ok()
        {
            let (avc, aac) = (avc.clone(), aac.clone());
            let (format, profile) = (self.format, self.profile);
            self.sink.headers(Headers { avc, aac, format, profile });
        }
    }
}

fn video_sink(sink: Arc<dyn Sink>, headers: Arc<HeaderParts>) -> gst_app::AppSink {
    let caps = gst::Caps::builder("video/x-h264")
        .field("stream-format", "avc")
        .field("alignment", "au")
        .build();
    app_sink(&caps, move |sample| {
        headers.note(&headers.avc, sample);
        let (pts, duration, buffer) = timed(sample)?;
        let delta = buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
        let kind = if delta { UnitKind::Picture } else { UnitKind::Keyframe };
        let data = Bytes::of_buffer(buffer)?;
        sink.unit(Unit { kind, pts, duration, data });
        Some(())
    })
}

fn audio_sink(sink: Arc<dyn Sink>, headers: Arc<HeaderParts>, delay: i64) -> gst_app::AppSink {
    let caps = gst::Caps::builder("audio/mpeg")
        .field("mpegversion", 4_i32)
        .field("stream-format", "raw")
        .build();
    let early = delay * 1_000_000_000 / i64::from(Format::AUDIO_RATE);
    app_sink(&caps, move |sample| {
        headers.note(&headers.aac, sample);
        let (pts, duration, buffer) = timed(sample)?;
        let data = Bytes::of_buffer(buffer)?;
        sink.unit(Unit { kind: UnitKind::Sound, pts: pts - early, duration, data });
        Some(())
    })
}

/// A sink that passes each sample to `take`; a sample that cannot be read is dropped.
fn app_sink(
    caps: &gst::Caps,
    mut take: impl FnMut(&gst::Sample) -> Option<()> + Send + 'static,
) -> gst_app::AppSink {
    let callbacks = gst_app::AppSinkCallbacks::builder().new_sample(move |sink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        let _taken = take(&sample);
        Ok(gst::FlowSuccess::Ok)
    });
    gst_app::AppSink::builder().caps(caps).sync(false).callbacks(callbacks.build()).build()
}

/// A sample's timestamp in programme time, its duration and its bytes. Encoders offset timestamps (x264
/// by a thousand hours): the segment undoes that.
fn timed(sample: &gst::Sample) -> Option<(i64, u64, gst::Buffer)> {
    let buffer = sample.buffer_owned()?;
    let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
    let pts = segment.to_running_time(buffer.pts()?)?.nseconds();
    let duration = buffer.duration().map_or(0, gst::ClockTime::nseconds);
    Some((i64::try_from(pts).ok()?, duration, buffer))
}
