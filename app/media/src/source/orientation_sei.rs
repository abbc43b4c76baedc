//! The display orientation message of H.264 and HEVC (ITU-T H.264, D.1.27; H.265, D.2.17), which says how a
//! picture is to be turned.

use gstreamer as gst;

use super::orientation_matrix::Matrix;

/// The payload type of the message.
const DISPLAY_ORIENTATION: usize = 47;

/// How the units of a stream are coded and parted.
#[derive(Clone, Copy, Debug)]
pub struct Coding {
    is_hevc: bool,
    /// Bytes of the length before each unit; `None` where start codes part them.
    length: Option<usize>,
}

impl Coding {
    /// Of a stream of H.264 or HEVC; `None` for any other.
    pub fn of(caps: &gst::CapsRef) -> Option<Self> {
        let stream = caps.structure(0)?;
        let (is_hevc, at) = match stream.name().as_str() {
            "video/x-h264" => (false, 4),
            "video/x-h265" => (true, 21),
            _ => return None,
        };
        let parted = stream.get::<&str>("stream-format").ok()? != "byte-stream";
        let setup = stream.get::<gst::Buffer>("codec_data").ok();
        let setup = setup.and_then(|setup| setup.map_readable().ok()?.get(at).copied());
        let length = parted.then(|| setup.map_or(4, |byte| usize::from(byte & 3) + 1));
        Some(Self { is_hevc, length })
    }

    /// Whether a unit has messages before a picture, and whether it is part of a picture.
    fn kind(self, unit: &[u8]) -> (bool, bool) {
        let first = unit.first().copied().unwrap_or(0);
        match self.is_hevc {
            true => (first >> 1 & 63 == 39, first >> 1 & 63 < 32),
            false => (first & 31 == 6, (1..=5).contains(&(first & 31))),
        }
    }
}

/// The orientation that a coded picture says, if it says one. Nothing is read from its first slice on.
pub fn display_orientation(picture: &[u8], coding: Coding) -> Option<Matrix> {
    let mut rest = picture;
    while let Some(unit) = next_unit(&mut rest, coding.length) {
        let (has_messages, is_picture) = coding.kind(unit);
        if has_messages {
            let header = if coding.is_hevc { 2 } else { 1 };
            if let Some(found) = in_messages(&unescaped(unit.get(header..)?)) {
                return Some(found);
            }
        }
        if is_picture {
            return None;
        }
    }
    None
}

/// Takes the next unit.
fn next_unit<'a>(rest: &mut &'a [u8], length: Option<usize>) -> Option<&'a [u8]> {
    if let Some(bytes) = length {
        let (size, behind) = rest.split_at_checked(bytes)?;
        let size = size.iter().fold(0, |size, byte| size << 8 | usize::from(*byte));
        let (unit, behind) = behind.split_at_checked(size)?;
        *rest = behind;
        return Some(unit);
    }
    let start = |bytes: &[u8]| bytes.windows(3).position(|three| three == [0, 0, 1]);
    let from = &rest[start(rest)? + 3..];
    let end = start(from).unwrap_or(from.len());
    *rest = &from[end..];
    Some(&from[..end])
}

/// Without the bytes that keep start codes from appearing inside. A message is short.
fn unescaped(unit: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(unit.len());
    let mut zeros = 0;
    for byte in unit {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        bytes.push(*byte);
    }
    bytes
}

/// The orientation among the messages of a unit.
fn in_messages(mut bytes: &[u8]) -> Option<Matrix> {
    // The last byte is the end marker.
    while bytes.len() > 2 {
        let (kind, size) = (number(&mut bytes)?, number(&mut bytes)?);
        let (message, behind) = bytes.split_at_checked(size)?;
        if kind == DISPLAY_ORIENTATION {
            return matrix_of(message);
        }
        bytes = behind;
    }
    None
}

/// A number as messages have them: bytes of 255, and one that is less.
fn number(bytes: &mut &[u8]) -> Option<usize> {
    let mut sum = 0;
    loop {
        let (byte, rest) = bytes.split_first()?;
        (*bytes, sum) = (rest, sum + usize::from(*byte));
        if *byte < 255 {
            return Some(sum);
        }
    }
}

/// First it is mirrored, then turned anticlockwise by so many parts of 65,536 of a full turn. A message that
/// takes an earlier one back turns nothing.
fn matrix_of(message: &[u8]) -> Option<Matrix> {
    let bits = message.get(..3)?.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
    let is_set = |bit: u32| bits >> bit & 1 == 1;
    let side = |mirrored: bool| if mirrored { -1.0 } else { 1.0 };
    if is_set(23) {
        return Some(Matrix { a: 1.0, b: 0.0, c: 0.0, d: 1.0 });
    }
    let mirrored = Matrix { a: side(is_set(22)), b: 0.0, c: 0.0, d: side(is_set(21)) };
    let angle = f64::from(bits >> 5 & 0xffff) / 65_536.0 * std::f64::consts::TAU;
    let (sin, cos) = angle.sin_cos();
    Some(mirrored.then(Matrix { a: cos, b: -sin, c: sin, d: cos }))
}
