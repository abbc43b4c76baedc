//! What an encode yields, and who takes it.

use std::sync::{Arc, OnceLock};

use gstreamer as gst;
use show::{EncodeProfile, Format};

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

    pub(super) fn of_buffer(buffer: gst::Buffer) -> Option<Self> {
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

/// Collects the descriptions of both streams.
pub struct HeaderParts {
    avc: OnceLock<Bytes>,
    aac: OnceLock<Bytes>,
    sent: OnceLock<()>,
    sink: Arc<dyn Sink>,
    format: Format,
    profile: EncodeProfile,
}

impl HeaderParts {
    pub fn new(sink: Arc<dyn Sink>, format: Format, profile: EncodeProfile) -> Self {
        let (avc, aac, sent) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { avc, aac, sent, sink, format, profile }
    }

    /// Reads the pictures' description, if this sample is the first that has it.
    pub fn video(&self, sample: &gst::Sample) {
        self.note(&self.avc, sample);
    }

    /// Reads the sound's description, if this sample is the first that has it.
    pub fn audio(&self, sample: &gst::Sample) {
        self.note(&self.aac, sample);
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
            && self.sent.set(()).is_ok()
        {
            let (avc, aac) = (avc.clone(), aac.clone());
            let (format, profile) = (self.format, self.profile);
            self.sink.headers(Headers { avc, aac, format, profile });
        }
    }
}
