//! Reads from an MP4 or MOV file what `qtdemux` of GStreamer 1.22 does not, or not rightly: matrices that mirror
//! (ISO/IEC 14496-12, 8.2.2 and 8.3.2), whether black and white are the least and the greatest code (12.1.5), and how
//! long the film is for its edits (8.6.6).

use super::mp4_boxes::{BoxReader, Span};
use super::orientation_matrix::{Matrix, Turn};

/// More edits of a track than this are not looked at.
const MAX_EDITS: u64 = 1_024;

/// What the header of a file says of its pictures.
#[derive(Clone, Copy, Debug, Default)]
pub struct FilmHeader {
    /// How they are turned; `None` if its matrices do not turn them.
    pub turn: Option<Turn>,
    /// Whether it says that they are of full range.
    pub is_full_range: bool,
    /// Its length, if that had better not be read; `None` if it can stay where it is.
    pub length: Option<HiddenLength>,
}

/// The length of a film by which `qtdemux` goes where it should not: it ends a track before the film's end by how late
/// its edit begins in it (as AAC does behind its encoder's padding, and what a phone has cut), and leaves out pictures
/// that last less than a fifth of the film. Where 0 is in the file's place of the length it does neither.
#[derive(Clone, Copy, Debug)]
pub struct HiddenLength {
    /// The length, in nanoseconds.
    pub nanos: i64,
    /// When the latest edit of a track begins in it, in nanoseconds.
    pub late: i64,
    /// Where it is in the file.
    pub at: u64,
    /// How many bytes it has.
    pub width: u64,
}

/// Reads the header of the file with this URI. What is no such file says nothing; what is wrong with it, its
/// demuxer says.
pub fn film_header(uri: &str) -> FilmHeader {
    let Some(mut boxes) = BoxReader::open(uri) else { return FilmHeader::default() };
    let pictures = boxes.film().unwrap_or_default();
    FilmHeader { length: boxes.hidden_length(), ..pictures }
}

const IDENTITY: Matrix = Matrix { a: 1.0, b: 0.0, c: 0.0, d: 1.0 };

impl BoxReader {
    fn film(&mut self) -> Option<FilmHeader> {
        let movie = self.find((0, self.length), b"moov")?;
        let whole = match self.find(movie, b"mvhd") {
            Some(header) => self.matrix(header, (36, 48))?,
            None => IDENTITY,
        };
        let mut from = movie.0;
        loop {
            let track = self.find((from, movie.1), b"trak")?;
            from = track.1;
            let Some(media) = self.find(track, b"mdia") else { continue };
            let Some(handler) = self.find(media, b"hdlr") else { continue };
            if self.bytes::<12>(handler)?.ends_with(b"vide") {
                let header = self.find(track, b"tkhd")?;
                let turn = self.matrix(header, (40, 52))?.then(whole).turn();
                let turn = Some(turn).filter(|turn| *turn != Turn::Identity);
                let is_full_range = self.is_full_range(media).unwrap_or(false);
                return Some(FilmHeader { turn, is_full_range, length: None });
            }
        }
    }

    /// The film's length, if it is to be hidden: not if one of several streams of pictures is short, which may be a
    /// preview that is rightly left out, nor if the film is written in fragments.
    fn hidden_length(&mut self) -> Option<HiddenLength> {
        let movie = self.find((0, self.length), b"moov")?;
        let (nanos, (at, width)) = self.length_in(movie, b"mvhd")?;
        let (mut late, mut from, mut pictures, mut is_short) = (0, movie.0, 0, false);
        while let Some(track) = self.find((from, movie.1), b"trak") {
            from = track.1;
            let media = self.find(track, b"mdia")?;
            let handler = self.find(media, b"hdlr")?;
            if self.bytes::<12>(handler)?.ends_with(b"vide") {
                let (lasts, _) = self.length_in(media, b"mdhd")?;
                pictures += 1;
                // Less than a fifth of the film is left out; rounding may bring a little more to that.
                is_short |= lasts < nanos / 4;
            }
            late = late.max(self.latest_edit(track).unwrap_or(0));
        }
        let has_fragments = self.find(movie, b"mvex").is_some();
        let misleads = if is_short { pictures == 1 } else { late > 0 };
        let is_hidden = misleads && nanos > 0 && !has_fragments;
        is_hidden.then_some(HiddenLength { nanos, late, at, width })
    }

    /// The length that a header says, in nanoseconds, and where that is, in bytes.
    fn length_in(&mut self, around: Span, kind: &[u8; 4]) -> Option<(i64, (u64, u64))> {
        let header = self.find(around, kind)?;
        let [is_long, ..] = self.bytes::<4>(header)?.map(|byte| byte == 1);
        let (second, width) = if is_long { (header.0 + 20, 8) } else { (header.0 + 12, 4) };
        let at = second + 4;
        let length = match is_long {
            true => i64::from_be_bytes(self.bytes((at, header.1))?),
            false => i64::from(u32::from_be_bytes(self.bytes((at, header.1))?)),
        };
        let second = u32::from_be_bytes(self.bytes((second, header.1))?);
        let nanos = i128::from(length) * 1_000_000_000 / i128::from(second.max(1));
        Some((i64::try_from(nanos).ok()?, (at, width)))
    }

    /// When the latest edit of a track begins in it, in nanoseconds.
    fn latest_edit(&mut self, track: Span) -> Option<i64> {
        let edits = self.inside_of(track, &[b"edts", b"elst"])?;
        let header = self.inside_of(track, &[b"mdia", b"mdhd"])?;
        let [is_long, ..] = self.bytes::<4>(header)?.map(|byte| byte == 1);
        let second = header.0 + if is_long { 20 } else { 12 };
        let second = u32::from_be_bytes(self.bytes((second, header.1))?);
        let [is_long, ..] = self.bytes::<4>(edits)?.map(|byte| byte == 1);
        let count = u64::from(u32::from_be_bytes(self.bytes((edits.0 + 4, edits.1))?));
        let (size, time) = if is_long { (20, 8) } else { (12, 4) };
        let mut latest = 0;
        for edit in 0..count.min(MAX_EDITS) {
            let at = edits.0 + 8 + edit * size + time;
            let begins = match is_long {
                true => i64::from_be_bytes(self.bytes((at, edits.1))?),
                false => i64::from(i32::from_be_bytes(self.bytes((at, edits.1))?)),
            };
            latest = latest.max(begins);
        }
        let latest = i128::from(latest) * 1_000_000_000 / i128::from(second.max(1));
        i64::try_from(latest).ok()
    }

    /// Whether the colours of a track are of full range.
    fn is_full_range(&mut self, media: Span) -> Option<bool> {
        let table = self.inside_of(media, &[b"minf", b"stbl", b"stsd"])?;
        let entry = self.next(table.0 + 8, table.1)?.inside;
        let colours = self.find((entry.0 + 78, entry.1), b"colr")?;
        let [kind @ .., _, _, _, _, _, _, range] = self.bytes::<11>(colours)?;
        Some(kind == *b"nclx" && range & 0x80 != 0)
    }

    /// The matrix of a header, which is at one of two places by its version.
    fn matrix(&mut self, header: Span, (short, long): (u64, u64)) -> Option<Matrix> {
        let [version] = self.bytes::<1>(header)?;
        let at = header.0 + if version == 0 { short } else { long };
        let bytes = self.bytes::<36>((at, header.1))?;
        let value = |index: usize| {
            let four = bytes.as_chunks::<4>().0.get(index).copied().unwrap_or_default();
            f64::from(i32::from_be_bytes(four)) / 65_536.0
        };
        let matrix = Matrix { a: value(0), b: value(1), c: value(3), d: value(4) };
        let is_damaged = [matrix.a, matrix.b, matrix.c, matrix.d] == [0.0; 4];
        Some(if is_damaged { IDENTITY } else { matrix })
    }
}
