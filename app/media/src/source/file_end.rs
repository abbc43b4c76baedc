//! Whether a file is a truncated copy.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Whether a file lacks its end, by what its container says about its own size in bytes; `None` if it does not
/// say. What it says about its length in time is no sign of that: pictures may stand, and streams end before others.
pub fn is_truncated(path: &Path) -> Option<bool> {
    let mut file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    let mut start = [0; 12];
    file.read_exact(&mut start).ok()?;
    match &start {
        [0x1a, 0x45, 0xdf, 0xa3, ..] => matroska_end(&mut file).map(|end| end > length),
        [b'R', b'I', b'F', b'F', ..] => pieces_fit(&mut file, length, riff_chunk).map(|fit| !fit),
        [_, _, _, _, kind @ .., _, _, _, _] if BOXES.iter().any(|known| kind == *known) => {
            pieces_fit(&mut file, length, mp4_box).map(|fit| !fit)
        }
        _ => None,
    }
}

/// What a file of MP4 or MOV may begin with.
const BOXES: [&[u8]; 7] = [b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"];

/// Whether all pieces of a file lie within its length; `next` reads the size of one at its start.
fn pieces_fit(file: &mut File, length: u64, next: fn(&mut File) -> Option<u64>) -> Option<bool> {
    let mut at = 0;
    // Fewer than 8 bytes are no piece, but padding.
    while at + 8 <= length {
        file.seek(SeekFrom::Start(at)).ok()?;
        match next(file)? {
            0 => return Some(true),
            size => at = at.checked_add(size)?,
        }
    }
    Some(at <= length)
}

/// The size of the box that begins here; 0 for one that goes on to the end.
fn mp4_box(file: &mut File) -> Option<u64> {
    let mut head = [0; 8];
    file.read_exact(&mut head).ok()?;
    let [a, b, c, d, ..] = head;
    match u32::from_be_bytes([a, b, c, d]) {
        0 => Some(0),
        1 => {
            let mut size = [0; 8];
            file.read_exact(&mut size).ok()?;
            Some(u64::from_be_bytes(size)).filter(|size| *size >= 16)
        }
        size => Some(u64::from(size)).filter(|size| *size >= 8),
    }
}

/// The size of the chunk that begins here, padded; 0 for one that goes on to the end.
fn riff_chunk(file: &mut File) -> Option<u64> {
    let mut head = [0; 8];
    file.read_exact(&mut head).ok()?;
    let [.., a, b, c, d] = head;
    match u32::from_le_bytes([a, b, c, d]) {
        // Written by who could not go back to set it.
        0 | u32::MAX => Some(0),
        size => Some(8 + u64::from(size)),
    }
}

/// Where the segment ends that holds all of a Matroska file, if its writer went back to say it.
fn matroska_end(file: &mut File) -> Option<u64> {
    file.seek(SeekFrom::Start(4)).ok()?;
    let head = ebml_size(file)?;
    file.seek(SeekFrom::Current(i64::try_from(head).ok()?)).ok()?;
    let mut id = [0; 4];
    file.read_exact(&mut id).ok()?;
    let size = ebml_size(file).filter(|_| id == [0x18, 0x53, 0x80, 0x67])?;
    file.stream_position().ok()?.checked_add(size)
}

/// A size in EBML: its length is in the zeros it begins with. `None` if it is not known.
fn ebml_size(file: &mut File) -> Option<u64> {
    let mut first = [0];
    file.read_exact(&mut first).ok()?;
    let more = first[0].leading_zeros();
    let mask = 0x7f_u8.checked_shr(more)?;
    let (mut size, mut most) = (u64::from(first[0] & mask), u64::from(mask));
    for _ in 0..more {
        let mut next = [0];
        file.read_exact(&mut next).ok()?;
        size = size << 8 | u64::from(next[0]);
        most = most << 8 | 0xff;
    }
    (size != most).then_some(size)
}
