//! A live stream of FLV on its way to the jitter buffer: what RTMP and HTTP-FLV bring.

use gstreamer as gst;

use super::flv_reader::{FlvCodec, FlvItem, FlvReader, NoFlv};
use super::jitter_buffer::Packet;
use crate::stream::Stream;

/// Turns bytes of FLV into packets for GStreamer's decoders.
#[derive(Default)]
pub struct FlvInput {
    reader: FlvReader,
    /// What each stream is: its codec, and how it is described to a decoder.
    caps: [Option<(FlvCodec, gst::Caps)>; 2],
    items: Vec<FlvItem>,
    /// Codecs that were told to be unknown.
    unknown: Vec<String>,
}

impl FlvInput {
    /// Takes a piece of the stream, and calls `take` with each packet of it.
    ///
    /// # Errors
    /// [`NoFlv`].
    pub fn push(
        &mut self,
        piece: &[u8],
        take: &mut dyn FnMut(Packet<gst::Sample>),
    ) -> Result<(), NoFlv> {
        let mut items = std::mem::take(&mut self.items);
        let read = self.reader.push(piece, &mut items);
        items.drain(..).filter_map(|item| self.packet(item)).for_each(take);
        self.items = items;
        read
    }

    fn packet(&mut self, item: FlvItem) -> Option<Packet<gst::Sample>> {
        match item {
            FlvItem::Setup(codec, setup) => {
                self.caps[stream_of(codec).index()] = Some((codec, caps(codec, Some(setup))));
                None
            }
            FlvItem::Data { codec, dts, composition, keyframe, data } => {
                let stream = stream_of(codec);
                let known = &mut self.caps[stream.index()];
                if codec == FlvCodec::Mp3 && known.as_ref().is_none_or(|(known, _)| *known != codec)
                {
                    // It describes itself.
                    *known = Some((codec, caps(codec, None)));
                }
                // Before its description nothing can be decoded.
                let (_, caps) = known.as_ref().filter(|(known, _)| *known == codec)?;
                let millis = |millis: i64| millis * 1_000_000;
                let dts = millis(i64::from(dts));
                let bytes = data.len();
                let buffer = gst::Buffer::from_mut_slice(data);
                let what = gst::Sample::builder().buffer(&buffer).caps(caps).build();
                let pts = dts + millis(i64::from(composition));
                Some(Packet { stream, dts, pts, keyframe, bytes, what })
            }
            FlvItem::Unknown(name) => {
                if self.unknown.len() < 8 && !self.unknown.contains(&name) {
                    tracing::warn!("a stream in FLV has a codec that is not known: {name}");
                    self.unknown.push(name);
                }
                None
            }
        }
    }
}

fn stream_of(codec: FlvCodec) -> Stream {
    if codec.is_sound() { Stream::Sound } else { Stream::Picture }
}

/// How a stream is described to a decoder.
fn caps(codec: FlvCodec, setup: Option<Vec<u8>>) -> gst::Caps {
    let caps = match codec {
        FlvCodec::H264 => gst::Caps::builder("video/x-h264")
            .field("stream-format", "avc")
            .field("alignment", "au"),
        FlvCodec::H265 => gst::Caps::builder("video/x-h265")
            .field("stream-format", "hvc1")
            .field("alignment", "au"),
        FlvCodec::Av1 => gst::Caps::builder("video/x-av1")
            .field("stream-format", "obu-stream")
            .field("alignment", "tu"),
        FlvCodec::Aac => gst::Caps::builder("audio/mpeg")
            .field("mpegversion", 4_i32)
            .field("framed", true)
            .field("stream-format", "raw"),
        FlvCodec::Mp3 => {
            gst::Caps::builder("audio/mpeg").field("mpegversion", 1_i32).field("layer", 3_i32)
        }
    };
    let caps = match (codec, &setup) {
        (FlvCodec::Aac, Some(setup)) => match aac_format(setup) {
            Some((rate, channels)) => caps.field("rate", rate).field("channels", channels),
            None => caps,
        },
        _ => caps,
    };
    match setup {
        Some(setup) => caps.field("codec_data", gst::Buffer::from_mut_slice(setup)).build(),
        None => caps.build(),
    }
}

/// The rate and the channels in an AAC stream's description (ISO/IEC 14496-3, 1.6.2.1).
fn aac_format(setup: &[u8]) -> Option<(i32, i32)> {
    const RATES: [i32; 13] = [
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025,
        8_000, 7_350,
    ];
    let [first, second, ..] = setup else { return None };
    let rate = RATES.get(usize::from((first & 0x07) << 1 | second >> 7))?;
    let channels = i32::from(second >> 3 & 0x0f);
    // 7 stands for eight; 0 is described elsewhere.
    match channels {
        0 => None,
        7 => Some((*rate, 8)),
        channels => Some((*rate, channels)),
    }
}
