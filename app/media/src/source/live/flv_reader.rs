//! Takes a stream of FLV apart: pure. Unlike a file's, a live stream's timestamps are handed on as they are; who
//! reads them decides what a jump or a wrap means.
//!
//! After Adobe's Flash Video File Format Specification 10.1, Annex E, and Enhanced RTMP v1 for codecs that are named
//! by four letters.

use std::mem;

/// The length of the file's header, and of what comes before each tag.
const HEADER: usize = 9;
const TAG_HEADER: usize = 11;
const BACK_POINTER: usize = 4;

/// What a stream is coded with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlvCodec {
    /// H.264, with its lengths in front of its units.
    H264,
    /// H.265, likewise.
    H265,
    /// AV1.
    Av1,
    /// AAC without headers.
    Aac,
    /// MP3.
    Mp3,
}

impl FlvCodec {
    /// Whether it is one of sound.
    pub fn is_sound(self) -> bool {
        matches!(self, Self::Aac | Self::Mp3)
    }
}

/// What a tag holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlvItem {
    /// What a decoder has to know before anything of this codec.
    Setup(FlvCodec, Vec<u8>),
    /// A picture, or a block of sound.
    Data {
        /// Its codec.
        codec: FlvCodec,
        /// When it is decoded, in milliseconds; 32 bits that wrap.
        dts: u32,
        /// How much later it is shown, in milliseconds.
        composition: i32,
        /// Whether it can be decoded without those before it.
        keyframe: bool,
        /// The data.
        data: Vec<u8>,
    },
    /// Something in a codec that is not known here: its number, or its four letters.
    Unknown(String),
}

/// Why a stream is no FLV.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it does not begin as FLV does")]
pub struct NoFlv;

/// Reads FLV from pieces of any size. It holds at most one tag, which has at most 16 MiB.
#[derive(Clone, Debug, Default)]
pub struct FlvReader {
    held: Vec<u8>,
    /// Bytes to be left out before the next tag.
    skip: usize,
    began: bool,
}

impl FlvReader {
    /// Takes the next piece, and adds what is complete to `items`.
    ///
    /// # Errors
    /// [`NoFlv`] at its beginning. Later on what cannot be understood is left out.
    pub fn push(&mut self, piece: &[u8], items: &mut Vec<FlvItem>) -> Result<(), NoFlv> {
        self.held.extend_from_slice(piece);
        let held = mem::take(&mut self.held);
        let mut rest = held.as_slice();
        if !self.began {
            let wrong = rest.iter().zip(b"FLV").any(|(have, want)| have != want);
            if wrong {
                return Err(NoFlv);
            }
            if rest.len() < HEADER {
                self.held = held;
                return Ok(());
            }
            // The header says how long it is.
            let length = u32::from_be_bytes([rest[5], rest[6], rest[7], rest[8]]);
            self.skip =
                usize::try_from(length).unwrap_or(HEADER).clamp(HEADER, 1 << 10) + BACK_POINTER;
            self.began = true;
        }
        loop {
            let skipped = self.skip.min(rest.len());
            rest = &rest[skipped..];
            self.skip -= skipped;
            let Some((header, body)) = rest.split_first_chunk::<TAG_HEADER>() else { break };
            let size =
                usize::from(header[1]) << 16 | usize::from(header[2]) << 8 | usize::from(header[3]);
            let Some(body) = body.get(..size) else { break };
            // Bit 5 says that it is encrypted.
            if header[0] & 0x20 == 0 {
                let dts = u32::from_be_bytes([header[7], header[4], header[5], header[6]]);
                items.extend(item(header[0] & 0x1f, dts, body));
            }
            rest = &rest[TAG_HEADER + size..];
            self.skip = BACK_POINTER;
        }
        self.held = rest.to_vec();
        Ok(())
    }
}

/// What is in the body of a tag; nothing for what is neither picture nor sound.
fn item(kind: u8, dts: u32, body: &[u8]) -> Option<FlvItem> {
    match kind {
        8 => sound(dts, body),
        9 => picture(dts, body),
        _ => None,
    }
}

fn sound(dts: u32, body: &[u8]) -> Option<FlvItem> {
    let (first, rest) = body.split_first()?;
    let data = |codec, data: &[u8]| FlvItem::Data {
        codec,
        dts,
        composition: 0,
        keyframe: true,
        data: data.to_vec(),
    };
    match first >> 4 {
        10 => match rest.split_first()? {
            (0, setup) => Some(FlvItem::Setup(FlvCodec::Aac, setup.to_vec())),
            (_, block) => (!block.is_empty()).then(|| data(FlvCodec::Aac, block)),
        },
        2 | 14 => (!rest.is_empty()).then(|| data(FlvCodec::Mp3, rest)),
        other => Some(FlvItem::Unknown(other.to_string())),
    }
}

fn picture(dts: u32, body: &[u8]) -> Option<FlvItem> {
    let (first, rest) = body.split_first()?;
    if first & 0x80 != 0 {
        return enhanced_picture(*first, dts, rest);
    }
    let codec = match first & 0x0f {
        7 => FlvCodec::H264,
        // Not in the specification, but what many send.
        12 => FlvCodec::H265,
        other => return Some(FlvItem::Unknown(other.to_string())),
    };
    let (kind, rest) = rest.split_first()?;
    let (composition, rest) = rest.split_first_chunk::<3>()?;
    match kind {
        0 => Some(FlvItem::Setup(codec, rest.to_vec())),
        1 => Some(data(codec, dts, signed(*composition), first >> 4, rest)),
        // The end of the sequence.
        _ => None,
    }
}

/// A picture as Enhanced RTMP has it.
fn enhanced_picture(first: u8, dts: u32, body: &[u8]) -> Option<FlvItem> {
    let (letters, rest) = body.split_first_chunk::<4>()?;
    let codec = match letters {
        b"avc1" => FlvCodec::H264,
        b"hvc1" => FlvCodec::H265,
        b"av01" => FlvCodec::Av1,
        other => return Some(FlvItem::Unknown(String::from_utf8_lossy(other).into_owned())),
    };
    let frame = first >> 4 & 0x07;
    match first & 0x0f {
        0 => Some(FlvItem::Setup(codec, rest.to_vec())),
        1 if codec != FlvCodec::Av1 => {
            let (composition, rest) = rest.split_first_chunk::<3>()?;
            Some(data(codec, dts, signed(*composition), frame, rest))
        }
        1 | 3 => Some(data(codec, dts, 0, frame, rest)),
        _ => None,
    }
}

fn data(codec: FlvCodec, dts: u32, composition: i32, frame: u8, data: &[u8]) -> FlvItem {
    FlvItem::Data { codec, dts, composition, keyframe: frame == 1, data: data.to_vec() }
}

/// A number of 24 bits with a sign.
fn signed(bytes: [u8; 3]) -> i32 {
    i32::from_be_bytes([bytes[0], bytes[1], bytes[2], 0]) >> 8
}
