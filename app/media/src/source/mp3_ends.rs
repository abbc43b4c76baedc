//! What an MP3 encoder has put before and behind the sound, by the header that LAME and others write.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// What a decoder puts before the sound, in samples.
const DECODER_DELAY: u64 = 529;

/// Where the sound itself begins and ends in what is decoded of a file, in nanoseconds. `None` if it is no MP3, or does
/// not say. (The frame with the header is not decoded.)
pub fn sound_ends(path: &Path) -> Option<(i64, i64)> {
    let mut file = File::open(path).ok()?;
    let mut head = [0; 10];
    file.read_exact(&mut head).ok()?;
    let start = match head {
        [b'I', b'D', b'3', _, _, flags, size @ ..] => {
            // Seven bits a byte, without this header and the same again at the end, if there is one.
            let size = size.iter().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7f));
            size + if flags & 0x10 == 0 { 10 } else { 20 }
        }
        _ => 0,
    };
    file.seek(SeekFrom::Start(start)).ok()?;
    let mut frame = Vec::new();
    file.take(4_096).read_to_end(&mut frame).ok()?;
    ends_in(&frame)
}

/// The same of the file's first frame.
fn ends_in(frame: &[u8]) -> Option<(i64, i64)> {
    let [0xff, second, third, fourth] = *frame.first_chunk()? else { return None };
    // Layer III alone has such headers.
    if second & 0xe6 != 0xe2 {
        return None;
    }
    let (is_first, is_mono) = (second & 0x18 == 0x18, fourth >> 6 == 3);
    let divided = match second & 0x18 {
        0x18 => 1,
        0x10 => 2,
        0x00 => 4,
        _ => return None,
    };
    let rate: u128 = [44_100, 48_000, 32_000].get(usize::from(third >> 2 & 3))? / divided;
    let side = match (is_first, is_mono) {
        (true, false) => 32,
        (true, true) | (false, false) => 17,
        (false, true) => 9,
    };
    let tag = frame.get(4 + side..)?;
    if !matches!(tag.first_chunk(), Some(b"Xing" | b"Info")) {
        return None;
    }
    let word = |at: usize| Some(u32::from_be_bytes(*tag.get(at..)?.first_chunk()?));
    let flags = word(4)?;
    let frames = u64::from(word(8).filter(|_| flags & 1 != 0)?);
    // How many bytes each of the parts takes that may be there: frames, bytes, places, quality.
    let parts = [(1, 4), (2, 4), (4, 100), (8, 4)];
    let skipped: usize =
        parts.iter().filter(|(flag, _)| flags & flag != 0).map(|(_, bytes)| bytes).sum();
    let [first, middle, last] = *tag.get(8 + skipped + 21..)?.first_chunk()?;
    let delay = u64::from(first) << 4 | u64::from(middle >> 4);
    let padding = u64::from(middle & 0xf) << 8 | u64::from(last);
    let whole = frames * if is_first { 1_152 } else { 576 };
    let begin = delay + DECODER_DELAY;
    let end = (whole + DECODER_DELAY).checked_sub(padding).filter(|end| *end > begin)?.min(whole);
    let nanos = |samples: u64| i64::try_from(u128::from(samples) * 1_000_000_000 / rate).ok();
    Some((nanos(begin)?, nanos(end)?))
}
