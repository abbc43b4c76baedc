//! Has `qtdemux` of GStreamer 1.22 read other headers than some MP4 and MOV files have.
//!
//! The length is hidden where it misleads: see [`HiddenLength`]. And MOV files get with sound of the newer kind ("lpcm", QuickTime's sound description version 2: more than 65,535
//! samples a second, and what many recorders write at 48,000) tables that every demuxer reads.
//!
//! Such a file says of each single sample how long it lasts, and of each chunk how many it holds. GStreamer joins the
//! samples of a chunk to one, but its fix of CVE-2024-47598 gives up in the middle of that if chunks are of different
//! lengths, and then reads times from behind its table. So the chunks are joined here, in a copy of the header that is
//! presented behind the end of the file, in place of the file's own (QuickTime File Format, "Sample Atoms").

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;

use super::film_header::HiddenLength;
use super::uri::path_of;

/// A header larger than this is left as it is, in bytes.
const MAX_HEADER: u64 = 64 << 20;
/// More boxes than this at the top of a file are not looked at.
const MAX_BOXES: usize = 4_096;

/// Hides the length of the film that this source element reads.
pub fn hide(source: &gst::Element, length: HiddenLength) {
    let Some(pad) = source.static_pad("src") else { return };
    pad.add_probe(gst::PadProbeType::PULL | gst::PadProbeType::BUFFER, move |_, info| {
        if let Some(buffer) = info.buffer_mut() {
            zero(buffer, (length.at, length.at + length.width));
        }
        gst::PadProbeReturn::Ok
    });
}

/// Makes what was read of these bytes of the file zero.
fn zero(buffer: &mut gst::Buffer, (from, until): (u64, u64)) {
    let (begins, ends) = (buffer.offset(), buffer.offset().saturating_add(buffer.size() as u64));
    if ends <= from || until <= begins {
        return;
    }
    let Ok(mut map) = buffer.make_mut().map_writable() else { return };
    for at in from.max(begins)..until.min(ends) {
        if let Some(byte) = usize::try_from(at - begins).ok().and_then(|at| map.get_mut(at)) {
            *byte = 0;
        }
    }
}

/// A file whose header is replaced.
pub struct RepairedFilm {
    file: File,
    length: u64,
    /// Where the kind of the header's box is, which is read as "free".
    kind_at: u64,
    /// What is behind the end of the file.
    header: Vec<u8>,
    /// What is read next.
    at: u64,
}

/// Reads the file with this URI; `None` if it needs no repair.
pub fn repaired(uri: &str) -> Option<RepairedFilm> {
    let mut file = File::open(path_of(uri)?).ok()?;
    let length = file.metadata().ok()?.len();
    let mut at = 0;
    for _ in 0..MAX_BOXES {
        file.seek(SeekFrom::Start(at)).ok()?;
        let mut start = [0; 16];
        file.read_exact(&mut start).ok()?;
        let (size, kind) = (word(&start, 0)?, start.get(4..8)?);
        let (size, header) = match size {
            0 => (length.checked_sub(at)?, 8),
            1 => (u64::from_be_bytes(*start.get(8..)?.first_chunk()?), 16),
            size => (u64::from(size), 8),
        };
        if kind == b"moov" {
            let inside = size.checked_sub(header).filter(|inside| *inside <= MAX_HEADER)?;
            let mut movie = vec![0; usize::try_from(inside).ok()?];
            file.seek(SeekFrom::Start(at + header)).ok()?;
            file.read_exact(&mut movie).ok()?;
            let header = with_joined_chunks(&movie)?;
            return Some(RepairedFilm { file, length, kind_at: at + 4, header, at: 0 });
        }
        at = at.checked_add(size.max(8)).filter(|at| *at < length)?;
    }
    None
}

impl RepairedFilm {
    /// Makes this source element deliver it; any other is left as it is.
    pub fn serve(self, source: &gst::Element) {
        let Some(source) = source.downcast_ref::<gst_app::AppSrc>() else { return };
        source.set_stream_type(gst_app::AppStreamType::RandomAccess);
        source.set_format(gst::Format::Bytes);
        source.set_size(i64::try_from(self.size()).unwrap_or(-1));
        let reader = Arc::new(Mutex::new(self));
        let sought = Arc::clone(&reader);
        let lock = |film: &Mutex<Self>, go: &mut dyn FnMut(&mut Self)| {
            go(&mut film.lock().unwrap_or_else(PoisonError::into_inner));
        };
        let callbacks = gst_app::AppSrcCallbacks::builder()
            .need_data(move |source, count| {
                lock(&reader, &mut |film| {
                    let bytes = film.read(count as usize);
                    let _flushing = match bytes.is_empty() {
                        true => source.end_of_stream(),
                        false => source.push_buffer(gst::Buffer::from_mut_slice(bytes)),
                    };
                });
            })
            .seek_data(move |_, at| {
                lock(&sought, &mut |film| film.at = at);
                true
            });
        source.set_callbacks(callbacks.build());
    }

    fn size(&self) -> u64 {
        self.length + self.header.len() as u64
    }

    /// Reads on; nothing at the end, and no more than can be read.
    fn read(&mut self, count: usize) -> Vec<u8> {
        let left = usize::try_from(self.size().saturating_sub(self.at)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; count.min(left)];
        let in_file = usize::try_from(self.length.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let (from_file, behind) = bytes.split_at_mut(in_file.min(count.min(left)));
        let whole = self.file.seek(SeekFrom::Start(self.at));
        if whole.and_then(|_| self.file.read_exact(from_file)).is_err() {
            return Vec::new();
        }
        for (kind, at) in b"free".iter().zip(self.kind_at..) {
            let place = at.checked_sub(self.at).and_then(|place| usize::try_from(place).ok());
            if let Some(byte) = place.and_then(|place| from_file.get_mut(place)) {
                *byte = *kind;
            }
        }
        let from = usize::try_from(self.at.saturating_sub(self.length)).unwrap_or(usize::MAX);
        let rest = self.header.get(from..).unwrap_or_default();
        behind.iter_mut().zip(rest).for_each(|(to, byte)| *to = *byte);
        self.at += bytes.len() as u64;
        bytes
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Takes the first box off: its kind, and what is inside.
fn take_box<'a>(bytes: &mut &'a [u8]) -> Option<([u8; 4], &'a [u8])> {
    let size = usize::try_from(word(bytes, 0)?).ok()?;
    let kind = *bytes.get(4..)?.first_chunk()?;
    let inside = bytes.get(8..size)?;
    *bytes = bytes.get(size..)?;
    Some((kind, inside))
}

fn put_box(out: &mut Vec<u8>, kind: [u8; 4], inside: &[u8]) -> Option<()> {
    out.extend(u32::try_from(inside.len() + 8).ok()?.to_be_bytes());
    out.extend(kind);
    out.extend(inside);
    Some(())
}

/// A whole movie box with the chunks of its sound joined; `None` if there are none that must be.
fn with_joined_chunks(movie: &[u8]) -> Option<Vec<u8>> {
    let mut is_changed = false;
    let inside = rebuilt(movie, &[b"trak", b"mdia", b"minf", b"stbl"], &mut |table| {
        let joined = joined(table);
        is_changed |= joined.is_some();
        joined
    })?;
    let mut whole = Vec::with_capacity(inside.len() + 8);
    put_box(&mut whole, *b"moov", &inside)?;
    is_changed.then_some(whole)
}

/// The same boxes, with what is inside of those at the end of the path replaced by what `replace` makes of it.
fn rebuilt(
    mut boxes: &[u8],
    path: &[&[u8; 4]],
    replace: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(boxes.len());
    while let Some((kind, inside)) = take_box(&mut boxes) {
        let replaced = match path {
            [last] if **last == kind => replace(inside),
            [next, rest @ ..] if **next == kind => Some(rebuilt(inside, rest, replace)?),
            _ => None,
        };
        put_box(&mut out, kind, replaced.as_deref().unwrap_or(inside))?;
    }
    // Some writers end a list of boxes by four zeros.
    out.extend(boxes);
    Some(out)
}

/// The tables of one track with each chunk as one sample.
fn joined(table: &[u8]) -> Option<Vec<u8>> {
    let find = |wanted: &[u8; 4]| {
        let mut rest = table;
        std::iter::from_fn(|| take_box(&mut rest)).find(|(kind, _)| kind == wanted)
    };
    let (_, description) = find(b"stsd")?;
    let is_newer = description.get(12..16)? == b"lpcm" && description.get(24..26)? == [0, 2];
    let (_, times) = find(b"stts")?;
    let (_, sizes) = find(b"stsz")?;
    let (size, samples) = (word(sizes, 4)?, word(sizes, 8)?);
    if !is_newer || word(times, 4)? != 1 || size == 0 {
        return None;
    }
    let (_, places) = find(b"stco").or_else(|| find(b"co64"))?;
    let counts = chunks(find(b"stsc")?.1, word(places, 4)?, samples)?;
    let each = word(times, 12)?;
    let mut out = Vec::with_capacity(table.len() + 4 * counts.len());
    let mut rest = table;
    while let Some((kind, inside)) = take_box(&mut rest) {
        let list: Vec<u32> = match &kind {
            b"stts" => {
                let runs: Vec<_> = counts.chunk_by(|one, other| one == other).collect();
                let entries = runs.iter().filter_map(|run| {
                    let count = run.first()?.checked_mul(each)?;
                    Some([u32::try_from(run.len()).ok()?, count])
                });
                let entries: Vec<_> = entries.flatten().collect();
                [0, u32::try_from(runs.len()).ok()?].into_iter().chain(entries).collect()
            }
            b"stsc" => vec![0, 1, 1, 1, 1],
            b"stsz" => {
                let bytes = counts.iter().map(|count| count.saturating_mul(size));
                [0, 0, u32::try_from(counts.len()).ok()?].into_iter().chain(bytes).collect()
            }
            _ => {
                put_box(&mut out, kind, inside)?;
                continue;
            }
        };
        put_box(&mut out, kind, &list.into_iter().flat_map(u32::to_be_bytes).collect::<Vec<_>>())?;
    }
    Some(out)
}

/// How many samples each chunk holds.
fn chunks(table: &[u8], count: u32, samples: u32) -> Option<Vec<u32>> {
    let entries = usize::try_from(word(table, 4)?).ok()?;
    let entry = |at: usize, field: usize| word(table, 8 + 12 * at + 4 * field);
    // (A single entry is read rightly.)
    if entries < 2 || (0..entries).any(|at| entry(at, 2) != Some(1)) {
        return None;
    }
    let (mut counts, mut left) = (Vec::new(), samples);
    for at in 0..entries {
        let until = if at + 1 < entries { entry(at + 1, 0)? } else { count.checked_add(1)? };
        for _ in entry(at, 0)?..until {
            let held = entry(at, 1)?.min(left);
            left -= held;
            counts.push(held);
        }
    }
    (counts.len() == usize::try_from(count).ok()?).then_some(counts)
}
