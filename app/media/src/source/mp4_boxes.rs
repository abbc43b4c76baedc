//! Finds the boxes of MP4 and MOV files (ISO/IEC 14496-12, 4.2).

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use super::uri::path_of;

/// More boxes than this are not looked at: a file of so many is damaged.
const MAX_BOXES: usize = 8_192;

/// What a file may begin with.
const FIRST: [&[u8; 4]; 7] = [b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"];

/// First byte, and the one behind the last.
pub type Span = (u64, u64);

/// A box of a file.
pub struct FileBox {
    /// Where it begins: four bytes of its size, then its kind.
    pub at: u64,
    pub kind: [u8; 4],
    pub inside: Span,
}

/// Reads the boxes of a file.
pub struct BoxReader {
    pub file: File,
    /// How many bytes the file has.
    pub length: u64,
    /// How many boxes may still be read.
    left: usize,
}

impl BoxReader {
    /// Opens the file with this URI; `None` if it is no such file.
    pub fn open(uri: &str) -> Option<Self> {
        let file = File::open(path_of(uri)?).ok()?;
        let length = file.metadata().ok()?.len();
        let mut this = Self { file, length, left: MAX_BOXES };
        let first = this.next(0, length)?;
        FIRST.contains(&&first.kind).then_some(this)
    }

    /// The first bytes of a span.
    pub fn bytes<const COUNT: usize>(&mut self, (from, end): Span) -> Option<[u8; COUNT]> {
        let mut bytes = [0; COUNT];
        self.file.seek(SeekFrom::Start(from)).ok()?;
        self.file.read_exact(&mut bytes).ok()?;
        (end.checked_sub(from)? >= COUNT as u64).then_some(bytes)
    }

    /// All of a span, if it has no more bytes than this.
    pub fn all(&mut self, (from, end): Span, most: u64) -> Option<Vec<u8>> {
        let count = end.checked_sub(from).filter(|count| *count <= most)?;
        let mut bytes = vec![0; usize::try_from(count).ok()?];
        self.file.seek(SeekFrom::Start(from)).ok()?;
        self.file.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }

    /// The box that begins at `from`.
    pub fn next(&mut self, from: u64, end: u64) -> Option<FileBox> {
        self.left = self.left.checked_sub(1)?;
        let [s0, s1, s2, s3, kind @ ..] = self.bytes::<8>((from, end))?;
        let (size, header) = match u32::from_be_bytes([s0, s1, s2, s3]) {
            0 => (end - from, 8),
            1 => (u64::from_be_bytes(self.bytes((from + 8, end))?), 16),
            size => (u64::from(size), 8),
        };
        let behind = from.checked_add(size).filter(|_| size >= header)?.min(end);
        Some(FileBox { at: from, kind, inside: (from + header, behind) })
    }

    /// The first box of a kind.
    pub fn find_box(&mut self, (mut from, end): Span, kind: &[u8; 4]) -> Option<FileBox> {
        loop {
            let found = self.next(from, end)?;
            if found.kind == *kind {
                return Some(found);
            }
            from = found.inside.1;
        }
    }

    /// What is inside of the first box of a kind.
    pub fn find(&mut self, span: Span, kind: &[u8; 4]) -> Option<Span> {
        self.find_box(span, kind).map(|found| found.inside)
    }

    /// What is inside of the last of these boxes, each of which is the first of its kind inside of the one before.
    pub fn inside_of(&mut self, span: Span, path: &[&[u8; 4]]) -> Option<Span> {
        path.iter().try_fold(span, |span, kind| self.find(span, kind))
    }
}
