//! Takes a stream of AAC in ADTS apart: pure.
//!
//! GStreamer's `aacparse` holds bytes back until they are as many as its largest frame had so far. A frame of
//! silence has a few, so silence came a second late, and with it the beginning of what followed.
//!
//! After ISO/IEC 13818-7, 6.2, and 14496-3, 1.A.2.

/// The samples of a frame.
const SAMPLES: i64 = 1_024;
/// The length of a header, and of its checksum if it has one.
const HEADER: usize = 7;
const CHECKSUM: usize = 2;
/// What is not understood is kept up to so many bytes: a frame's length has 13 bits.
const MAX_FRAME: usize = 1 << 13;

/// The rates that a header can name.
pub const RATES: [i32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];

/// A frame without its header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdtsFrame {
    /// When it begins, in nanoseconds; `None` if its stream has no times.
    pub time: Option<i64>,
    /// What a decoder has to know (ISO/IEC 14496-3, 1.6.2.1).
    pub setup: [u8; 2],
    /// The data.
    pub data: Vec<u8>,
}

/// Reads ADTS from pieces of any size.
#[derive(Clone, Debug, Default)]
pub struct AdtsReader {
    held: Vec<u8>,
    /// When the next frame begins.
    next: Option<i64>,
    /// A time that belongs to the first frame that begins so many bytes further on.
    stamp: Option<(usize, i64)>,
}

impl AdtsReader {
    /// Takes the next piece, and adds each frame that is complete to `frames`. `time` is that of the first frame that
    /// begins in the piece, in nanoseconds.
    pub fn push(&mut self, piece: &[u8], time: Option<i64>, frames: &mut Vec<AdtsFrame>) {
        if let Some(time) = time {
            self.stamp = Some((self.held.len(), time));
        }
        self.held.extend_from_slice(piece);
        let held = std::mem::take(&mut self.held);
        let mut at = 0;
        while let Some(rest) = held.get(at..).filter(|rest| rest.len() >= HEADER) {
            let Some(header) = Header::read(rest) else {
                at += 1;
                continue;
            };
            let Some(frame) = rest.get(..header.length) else { break };
            if let Some((from, time)) = self.stamp.filter(|(from, _)| at >= *from) {
                self.next = Some(time);
                self.stamp = self.stamp.filter(|stamp| *stamp != (from, time));
            }
            let (time, setup) = (self.next, header.setup);
            let data = frame.get(header.begins..).unwrap_or_default().to_vec();
            // More than one block in a frame cannot be told apart without decoding them.
            if header.blocks == 1 && !data.is_empty() {
                frames.push(AdtsFrame { time, setup, data });
            }
            let length = SAMPLES * header.blocks * 1_000_000_000 / i64::from(header.rate);
            self.next = self.next.map(|next| next.saturating_add(length));
            at += header.length;
        }
        self.stamp = self.stamp.map(|(from, time)| (from.saturating_sub(at), time));
        self.held = held.get(at..).unwrap_or_default().to_vec();
        debug_assert!(self.held.len() < MAX_FRAME, "a whole frame is never held");
    }
}

struct Header {
    /// The length of the frame with its header.
    length: usize,
    /// Where its data begins.
    begins: usize,
    blocks: i64,
    rate: i32,
    setup: [u8; 2],
}

impl Header {
    /// The header at the beginning of these bytes, and of the next frame's if that is there, too.
    fn read(bytes: &[u8]) -> Option<Self> {
        let this = Self::at(bytes)?;
        match bytes.get(this.length..this.length + 2) {
            Some([first, second]) if !is_sync(*first, *second) => None,
            _ => Some(this),
        }
    }

    fn at(bytes: &[u8]) -> Option<Self> {
        let [first, second, b2, b3, b4, b5, b6, ..] = *bytes else { return None };
        if !is_sync(first, second) {
            return None;
        }
        let length = usize::from(b3 & 3) << 11 | usize::from(b4) << 3 | usize::from(b5 >> 5);
        let begins = if second & 1 == 1 { HEADER } else { HEADER + CHECKSUM };
        let (profile, rate) = (b2 >> 6, b2 >> 2 & 0x0f);
        let channels = (b2 & 1) << 2 | b3 >> 6;
        let setup = [(profile + 1) << 3 | rate >> 1, rate << 7 | channels << 3];
        let rate = *RATES.get(usize::from(rate))?;
        let blocks = i64::from(b6 & 3) + 1;
        (length >= begins).then_some(Self { length, begins, blocks, rate, setup })
    }
}

fn is_sync(first: u8, second: u8) -> bool {
    // Twelve bits of 1, and a layer of 0.
    first == 0xff && second & 0xf6 == 0xf0
}
