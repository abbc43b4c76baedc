//! A live stream of FLV on its way to the jitter buffer: what RTMP and HTTP-FLV bring.

use gstreamer as gst;

use super::codec_caps::codec_caps;
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
                self.caps[stream_of(codec).index()] = Some((codec, codec_caps(codec, Some(setup))));
                None
            }
            FlvItem::Data { codec, dts, composition, keyframe, data } => {
                let stream = stream_of(codec);
                let known = &mut self.caps[stream.index()];
                if codec == FlvCodec::Mp3 && known.as_ref().is_none_or(|(known, _)| *known != codec)
                {
                    // It describes itself.
                    *known = Some((codec, codec_caps(codec, None)));
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
