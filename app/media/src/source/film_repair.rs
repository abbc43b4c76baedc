//! Has `qtdemux` of GStreamer 1.22 read other headers than some MP4 and MOV files have.
//!
//! The length of a film is hidden where it misleads: see [`HiddenLength`].
//!
//! MOV files with sound of the newer kind get tables that every demuxer reads ("lpcm" in QuickTime's sound description
//! of version 2: more than 65,535 samples a second, and what many recorders write at 48,000). Such a file says of each
//! single sample how long it lasts, and of each chunk how many it holds. GStreamer joins the samples of a chunk to one,
//! but its fix of CVE-2024-47598 gives up in the middle of that if chunks are of different lengths, and then reads times
//! from behind its table. So the chunks are joined here, in a copy of the header that is presented behind the end of the
//! file, in place of the file's own (QuickTime File Format, "Sample Atoms").

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;

use super::film_header::HiddenLength;
use super::mp4_boxes::{BoxReader, Span};

/// A header larger than this is left as it is, in bytes.
const MAX_HEADER: u64 = 64 << 20;
/// Where a track has its tables, inside of the box of the film.
const TABLES: [&[u8; 4]; 4] = [b"trak", b"mdia", b"minf", b"stbl"];

/// Hides the length of the film that this source element reads.
pub fn hide(source: &gst::Element, length: HiddenLength) {
    let Some(pad) = source.static_pad("src") else { return };
    pad.add_probe(gst::PadProbeType::PULL | gst::PadProbeType::BUFFER, move |_, info| {
        let hidden = (length.at, length.at + length.width);
        if let Some(buffer) = info.buffer_mut()
            && touches(buffer, hidden)
            && let begins = buffer.offset()
            && let Ok(mut part) = buffer.make_mut().map_writable()
        {
            zero(&mut part, begins, hidden);
        }
        gst::PadProbeReturn::Ok
    });
}

/// Whether what was read of a file has some of these bytes.
fn touches(buffer: &gst::BufferRef, (from, until): Span) -> bool {
    let (begins, size) = (buffer.offset(), buffer.size() as u64);
    begins < until && begins.saturating_add(size) > from
}

/// Makes these bytes of the file zero in a part of it that begins at `begins`.
fn zero(part: &mut [u8], begins: u64, (from, until): Span) {
    let place = |at: u64| usize::try_from(at.saturating_sub(begins)).unwrap_or(usize::MAX);
    let (from, until) = (place(from), place(until).min(part.len()));
    part.get_mut(from..until).unwrap_or_default().fill(0);
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

/// Reads the file with this URI, of which this length is to be hidden; `None` if its tables need no repair.
pub fn repaired(uri: &str, length: Option<HiddenLength>) -> Option<RepairedFilm> {
    let mut boxes = BoxReader::open(uri)?;
    let movie = boxes.find_box((0, boxes.length), b"moov")?;
    if !has_newer_sound(&mut boxes, movie.inside) {
        return None;
    }
    let mut bytes = boxes.all(movie.inside, MAX_HEADER)?;
    if let Some(HiddenLength { at, width, .. }) = length {
        zero(&mut bytes, movie.inside.0, (at, at + width));
    }
    let header = with_joined_chunks(&bytes)?;
    let BoxReader { file, length, .. } = boxes;
    Some(RepairedFilm { file, length, kind_at: movie.at + 4, header, at: 0 })
}

/// Whether a film has a track with sound of the newer kind.
fn has_newer_sound(boxes: &mut BoxReader, movie: Span) -> bool {
    let (mut from, [track, inside @ ..]) = (movie.0, TABLES);
    while let Some(found) = boxes.find((from, movie.1), track) {
        from = found.1;
        let table = boxes.inside_of(found, &inside);
        let table = table.and_then(|table| boxes.find(table, b"stsd"));
        let start = table.and_then(|table| boxes.bytes::<26>(table));
        if start.is_some_and(|start| is_newer_sound(&start)) {
            return true;
        }
    }
    false
}

/// Whether a table of descriptions begins with one of sound of the newer kind.
fn is_newer_sound(descriptions: &[u8]) -> bool {
    descriptions.get(12..16) == Some(b"lpcm") && descriptions.get(24..26) == Some(&[0, 2])
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
                    let _flushing = match film.read(count as usize) {
                        Ok(bytes) if bytes.is_empty() => source.end_of_stream(),
                        Ok(bytes) => source.push_buffer(gst::Buffer::from_mut_slice(bytes)),
                        Err(error) => {
                            gst::element_error!(source, gst::ResourceError::Read, ["{error}"]);
                            source.end_of_stream()
                        }
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

    /// Reads on, so many bytes at the most; nothing at the end.
    fn read(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let left = usize::try_from(self.size().saturating_sub(self.at)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; count.min(left)];
        let in_file = usize::try_from(self.length.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let (from_file, behind) = bytes.split_at_mut(in_file.min(count.min(left)));
        self.file.seek(SeekFrom::Start(self.at))?;
        self.file.read_exact(from_file)?;
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
        Ok(bytes)
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
    let inside = rebuilt(movie, &TABLES, &mut |table| {
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
    let (_, times) = find(b"stts")?;
    let (_, sizes) = find(b"stsz")?;
    let (size, samples) = (word(sizes, 4)?, word(sizes, 8)?);
    if !is_newer_sound(description) || word(times, 4)? != 1 || size == 0 {
        return None;
    }
    let narrow = find(b"stco").map(|(_, places)| (places, 4));
    let (places, width) = narrow.or_else(|| Some((find(b"co64")?.1, 8)))?;
    let places = (word(places, 4)?, places.len().checked_sub(8)? / width);
    let count = usize::try_from(places.0).ok().filter(|count| *count <= places.1)?;
    let counts = chunks(find(b"stsc")?.1, count, samples)?;
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

/// How many samples each of so many chunks holds.
fn chunks(table: &[u8], count: usize, samples: u32) -> Option<Vec<u32>> {
    let entries = usize::try_from(word(table, 4)?).ok()?;
    let entry = |at: usize, field: usize| word(table, 12_usize.checked_mul(at)? + 8 + 4 * field);
    // (A single entry is read rightly.)
    if entries < 2 {
        return None;
    }
    let (mut counts, mut left) = (Vec::with_capacity(count), samples);
    for at in 0..entries {
        // Chunks are counted from 1.
        let first = usize::try_from(entry(at, 0)?).ok()?;
        let until = match at + 1 < entries {
            true => usize::try_from(entry(at + 1, 0)?).ok()?,
            false => count.checked_add(1)?,
        };
        let (held, is_first) = (entry(at, 1)?, entry(at, 2)? == 1);
        if first != counts.len() + 1 || until <= first || until > count + 1 || !is_first {
            return None;
        }
        for _ in first..until {
            let held = held.min(left);
            left -= held;
            counts.push(held);
        }
    }
    Some(counts)
}
