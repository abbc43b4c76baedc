//! SEI messages (Rec. ITU-T H.264, 7.3.2.3 and annex D).

use serde::Serialize;

/// The UUID of Downstage's messages of payload type 5: 7c6d1d0e-3f0a-4a52-9a0e-d0575a6e5e10.
pub const UUID: [u8; 16] = [
    0x7c, 0x6d, 0x1d, 0x0e, 0x3f, 0x0a, 0x4a, 0x52, 0x9a, 0x0e, 0xd0, 0x57, 0x5a, 0x6e, 0x5e, 0x10,
];

/// The version of the layout and volume message, as the service that defined it counts.
pub const VERSION: &str = "1.0.0.20220915";

/// The layout and volume message: the programme's layout and its sources' volumes at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayoutVolume {
    /// The canvas.
    pub canvas: CanvasInfo,
    /// The visible sources, at most nine.
    pub stream: Vec<StreamInfo>,
    /// [`VERSION`].
    pub ver: &'static str,
    /// The wall clock, in milliseconds since 1970.
    pub ts: u64,
}

/// The canvas.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CanvasInfo {
    /// Width in pixels.
    pub w: u32,
    /// Height in pixels.
    pub h: u32,
    /// The layout's background, 0xRRGGBB.
    pub bgnd: u32,
}

/// A visible source.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StreamInfo {
    /// The source's uid.
    pub uid: String,
    /// 0 to 8 by stacking order, or -1 if it is the only visible source.
    pub paneid: i32,
    /// Stacking order, 0 to 99.
    pub zorder: u8,
    /// Left edge, as a fraction of the canvas width. 0 if it is the only source, like y, w and h.
    pub x: f64,
    /// Top edge, as a fraction of the canvas height.
    pub y: f64,
    /// Width, as a fraction of the canvas width.
    pub w: f64,
    /// Height, as a fraction of the canvas height.
    pub h: f64,
    /// 0: camera. 1: screen sharing.
    #[serde(rename = "type")]
    pub kind: u8,
    /// 1 if it has a picture, 0 if not yet.
    pub status: u8,
    /// 1 if it does not contribute to the sound.
    pub muted: u8,
    /// round(255 · min(1, √2 · RMS)) behind the fader, since the last message.
    pub vol: u8,
    /// Voice activity: 150 on voice, then falling to 0 over 500 ms.
    pub vad: u8,
}

/// Builds an SEI NAL unit with one message, without a start code or length.
pub fn nal(payload_type: u8, content: &[u8]) -> Vec<u8> {
    let uuid: &[u8] = if payload_type == 5 { &UUID } else { &[] };
    let mut raw = vec![payload_type];
    let mut size = uuid.len() + content.len();
    while size >= 255 {
        raw.push(255);
        size -= 255;
    }
    raw.push(size as u8);
    raw.extend_from_slice(uuid);
    raw.extend_from_slice(content);
    raw.push(0x80); // rbsp_trailing_bits
    let mut nal = vec![6];
    let mut zeros = 0;
    for byte in raw {
        // Emulation prevention: two zeros and a byte of up to 3 would look like a start code (7.4.1).
        if zeros >= 2 && byte <= 3 {
            nal.push(3);
            zeros = 0;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        nal.push(byte);
    }
    nal
}

/// Inserts an SEI NAL unit before the first slice of an access unit in AVC form (four-byte lengths).
pub fn insert(access_unit: &[u8], nal: &[u8]) -> Vec<u8> {
    let at = nals(access_unit).find(|(_, nal)| matches!(nal.first().map(|b| b & 31), Some(1..=5)));
    let at = at.map_or(0, |(offset, _)| offset);
    let mut out = Vec::with_capacity(access_unit.len() + 4 + nal.len());
    out.extend_from_slice(&access_unit[..at]);
    out.extend_from_slice(&(nal.len() as u32).to_be_bytes());
    out.extend_from_slice(nal);
    out.extend_from_slice(&access_unit[at..]);
    out
}

/// The NAL units of an access unit in AVC form, each with the offset of its length field.
pub fn nals(access_unit: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (length, rest) = access_unit.get(at..)?.split_first_chunk::<4>()?;
        let nal = rest.get(..u32::from_be_bytes(*length) as usize)?;
        let start = at;
        at += 4 + nal.len();
        Some((start, nal))
    })
}
