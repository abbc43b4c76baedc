//! Where a film is in its laps: when it begins by its container's time, and how long a lap of a loop is,
//! whatever its container claims.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use crate::stream::Stream;

/// Sound that begins before the pictures or ends after them by less than this, in nanoseconds, is padding
/// of its coding (an AAC frame and a decoder's delay): a film begins and ends with its pictures.
pub const PADDING: i64 = 100_000_000;

/// The part of a film that is played, in nanoseconds from its beginning.
#[derive(Clone, Copy, Debug)]
pub struct FilmPart {
    /// In point.
    pub from: i64,
    /// Out point; `None` is the film's end.
    pub to: Option<i64>,
    /// Whether it begins again at its end.
    pub looped: bool,
}

/// What is learned of a film's streams while they pass; all in nanoseconds of the container's time.
pub struct Laps {
    /// What is played of it.
    pub part: FilmPart,
    /// Where the film begins.
    zero: AtomicI64,
    /// What came out of the demuxer of each stream, by [`Stream::index`].
    demuxed: [Extent; 2],
    /// When the last picture began that did not say how long it lasts.
    endless: AtomicI64,
    /// How long such a picture lasts, by the times of those that follow each other in the file; `i64::MAX` until two
    /// have come.
    step: AtomicI64,
    /// What was decoded of each stream: for files that need no demuxer.
    decoded: [Extent; 2],
    /// How much of each stream has come out of the demuxer, and of its decoder.
    passed: [AtomicU64; 2],
    /// How far the demuxer is with each stream in this lap.
    positions: [AtomicI64; 2],
    /// Where the demuxer began with each stream, in this lap or behind the last seek.
    begun: [AtomicI64; 2],
    /// Where the sound ends, by its encoder's word; `i64::MAX` if it has none.
    sound_end: AtomicI64,
    /// How long the container claims that the film is, from its beginning; 0 if it does not say.
    claimed: AtomicI64,
    /// By how much its demuxer ends a stream before what is sought.
    late: AtomicI64,
    /// The lap that begins with the next flush, or in the next pipeline.
    next: AtomicI64,
    /// How far behind the in point it begins, once; what comes before is left out.
    start: AtomicI64,
    /// Whether laps cannot be sought: the demuxer refuses, or one stream has ended for good before the other.
    restarts: AtomicBool,
    /// A next lap was sought, and that was refused.
    refused: AtomicBool,
}

impl Laps {
    /// For this part of a film.
    pub fn new(part: FilmPart) -> Self {
        Self {
            part,
            zero: AtomicI64::new(0),
            demuxed: Default::default(),
            endless: AtomicI64::new(i64::MIN),
            step: AtomicI64::new(i64::MAX),
            decoded: Default::default(),
            passed: Default::default(),
            positions: [const { AtomicI64::new(i64::MIN) }; 2],
            begun: [const { AtomicI64::new(i64::MAX) }; 2],
            sound_end: AtomicI64::new(i64::MAX),
            claimed: AtomicI64::new(0),
            late: AtomicI64::new(0),
            next: AtomicI64::new(0),
            start: AtomicI64::new(0),
            restarts: AtomicBool::new(false),
            refused: AtomicBool::new(false),
        }
    }

    /// Sets where the film begins, from the first times of its pictures and its sound. Sound that begins a little
    /// earlier is its encoder's; what else comes first begins the film.
    pub fn set_beginning(&self, picture: Option<i64>, sound: Option<i64>) {
        let zero = match (picture, sound) {
            (Some(picture), Some(sound)) if sound < picture && picture - sound < PADDING => picture,
            (Some(picture), Some(sound)) => picture.min(sound),
            (one, other) => one.or(other).unwrap_or(0),
        };
        self.zero.store(zero, Ordering::Release);
    }

    /// The first time of a stream that came out of the demuxer so far.
    pub fn first_demuxed(&self, stream: Stream) -> Option<i64> {
        self.demuxed[stream.index()].get().map(|(first, _)| first)
    }

    /// Sets where sound alone begins and ends, by its encoder's word.
    pub fn set_sound_ends(&self, begin: i64, end: i64) {
        self.zero.store(begin, Ordering::Release);
        self.sound_end.store(end, Ordering::Release);
    }

    /// Sets how long the container claims that the film is, from its beginning.
    pub fn set_claimed(&self, length: i64) {
        self.claimed.store(length, Ordering::Release);
    }

    /// Sets by how much its demuxer ends a stream before what is sought.
    pub fn set_late(&self, late: i64) {
        self.late.store(late, Ordering::Release);
    }

    /// By how much its demuxer ends a stream before what is sought.
    pub fn late(&self) -> i64 {
        self.late.load(Ordering::Acquire)
    }

    /// Where the film begins.
    pub fn zero(&self) -> i64 {
        self.zero.load(Ordering::Acquire)
    }

    /// Where the part begins that is played.
    pub fn base(&self) -> i64 {
        self.zero().saturating_add(self.part.from)
    }

    /// Where the part must end that is played, if it must before the film's end.
    pub fn out(&self) -> Option<i64> {
        let out = self.part.to.map(|to| self.zero().saturating_add(to));
        let sound = self.sound_end.load(Ordering::Acquire);
        out.or(Some(i64::MAX)).map(|out| out.min(sound)).filter(|out| *out < i64::MAX)
    }

    /// Adds what came out of the demuxer; a picture may not say how long it lasts.
    pub fn add_demuxed(&self, stream: Stream, start: i64, end: i64) {
        self.demuxed[stream.index()].add(start, end);
        self.passed[stream.index()].fetch_add(1, Ordering::AcqRel);
        if start == end {
            self.endless.fetch_max(start, Ordering::AcqRel);
        }
        self.positions[stream.index()].fetch_max(end, Ordering::AcqRel);
        self.begun[stream.index()].fetch_min(start, Ordering::AcqRel);
    }

    /// Adds how far a picture that does not say how long it lasts is from the one that came before it. Pictures are
    /// stored in the order in which they are decoded, in which neighbours may be further apart: the least counts.
    pub fn add_step(&self, step: i64) {
        if step > 0 {
            self.step.fetch_min(step, Ordering::AcqRel);
        }
    }

    /// The demuxer begins anew with this stream.
    pub fn restart_position(&self, stream: Stream) {
        self.begun[stream.index()].store(i64::MAX, Ordering::Release);
        self.positions[stream.index()].store(i64::MIN, Ordering::Release);
    }

    /// Forgets what came of a stream: it was another track than the one that is played. To be called while nothing
    /// comes.
    pub fn forget(&self, stream: Stream) {
        self.demuxed[stream.index()].clear();
        self.restart_position(stream);
    }

    /// Adds what was decoded.
    pub fn add_decoded(&self, stream: Stream, start: i64, end: i64) {
        self.decoded[stream.index()].add(start, end);
        self.passed[stream.index()].fetch_add(1, Ordering::AcqRel);
    }

    /// Changes whenever something of a stream has come out of the demuxer, or of its decoder.
    pub fn progress(&self, stream: Stream) -> u64 {
        self.passed[stream.index()].load(Ordering::Acquire)
    }

    /// Where the demuxer is with the other stream, if that is behind this one: what is due there will not come
    /// before this one goes on.
    pub fn other_is_behind(&self, stream: Stream) -> Option<i64> {
        let position = |stream: Stream| {
            let at = self.positions[stream.index()].load(Ordering::Acquire);
            (at > i64::MIN).then_some(at)
        };
        let other = position(stream.other()).unwrap_or_else(|| self.base());
        (other.saturating_add(BEHIND) < position(stream)?).then_some(other)
    }

    /// The lap that begins with the next flush, or in the next pipeline.
    pub fn next(&self) -> i64 {
        self.next.load(Ordering::Acquire)
    }

    /// Sets which lap begins next, and how far behind the in point.
    pub fn begin(&self, lap: i64, start: i64) {
        self.next.store(lap, Ordering::Release);
        self.start.store(start, Ordering::Release);
    }

    /// How far behind the in point this lap begins.
    pub fn start(&self, lap: i64) -> i64 {
        if lap == self.next() { self.start.load(Ordering::Acquire) } else { 0 }
    }

    /// Each lap has to be begun anew, once the one before has ended.
    pub fn set_restarts(&self) {
        self.restarts.store(true, Ordering::Release);
    }

    /// Laps can be sought: what has come to its end before was sought since.
    pub fn clear_restarts(&self) {
        self.restarts.store(false, Ordering::Release);
    }

    /// Whether each lap has to be begun anew.
    pub fn restarts(&self) -> bool {
        self.restarts.load(Ordering::Acquire)
    }

    /// A next lap cannot be sought.
    pub fn set_refused(&self) {
        self.set_restarts();
        self.refused.store(true, Ordering::Release);
    }

    /// Whether a next lap could not be sought; once per refusal.
    pub fn take_refused(&self) -> bool {
        self.refused.swap(false, Ordering::AcqRel)
    }

    /// Whether its streams came out of a demuxer, so that its container says how long it is.
    pub fn has_container(&self) -> bool {
        self.demuxed.iter().any(|extent| extent.get().is_some())
    }

    /// A stream of which much has come out of the demuxer, and nothing was decoded; while `held`, by what the sinks
    /// hold.
    pub fn undecoded(&self, held: Option<[bool; 2]>) -> Option<Stream> {
        let much = |stream: &Stream| {
            let [begun, at] = [&self.begun, &self.positions]
                .map(|all| all[stream.index()].load(Ordering::Acquire));
            at.saturating_sub(begun) > MUCH
        };
        let is_decoded = |stream: &Stream| match held {
            Some(held) => held[stream.index()],
            None => self.decoded[stream.index()].get().is_some(),
        };
        Stream::ALL
            .into_iter()
            .find(|stream| much(stream) && !is_decoded(stream) && is_decoded(&stream.other()))
    }

    /// Where a stream ends, and where it begins, as far as it came by.
    fn extent(&self, stream: Stream) -> Option<(i64, i64)> {
        let all = [&self.demuxed, &self.decoded].map(|extents| extents[stream.index()].get());
        let both = all.into_iter().flatten();
        both.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    }

    /// The end of the longest stream, from the film's beginning.
    pub fn read(&self) -> i64 {
        let ends = Stream::ALL.into_iter().filter_map(|stream| Some(self.extent(stream)?.1));
        ends.max().map_or(0, |end| end.saturating_sub(self.zero()))
    }

    /// The end of the sound without its encoder's padding: of that the container does not count.
    fn without_padding(&self, sound: i64) -> i64 {
        let claimed = self.claimed.load(Ordering::Acquire);
        let claimed = claimed.saturating_add(self.zero());
        if (claimed..claimed.saturating_add(PADDING)).contains(&sound) { claimed } else { sound }
    }

    /// The length of a lap once the first one has passed: from the in point to the out point or to the end of
    /// the longest stream. Of sound that ends with the pictures its padding does not count. A picture that does not say
    /// how long it lasts lasts as long as most of them do: so long, or as far as they are apart while that is not known
    /// (0), since none is decoded yet.
    pub fn length(&self, picture: i64) -> i64 {
        let base = self.base();
        let step = self.step.load(Ordering::Acquire);
        let picture = if picture == 0 && step < i64::MAX { step } else { picture };
        let last = self.endless.load(Ordering::Acquire);
        if last > i64::MIN {
            self.demuxed[Stream::Picture.index()].add(last, last.saturating_add(picture));
        }
        let (pictures, sound) = (self.extent(Stream::Picture), self.extent(Stream::Sound));
        let ends = |extent: Option<(i64, i64)>| extent.map(|(_, end)| end);
        let end = match (ends(pictures), ends(sound)) {
            (Some(pictures), Some(sound)) if sound - pictures < PADDING => pictures,
            (Some(pictures), None) => pictures,
            (_, sound) => self.without_padding(sound.unwrap_or(0)),
        };
        let end = self.out().map_or(end, |out| out.min(end));
        end.saturating_sub(base).max(0)
    }
}

/// By how much a stream must be behind the other one at the demuxer, in nanoseconds, before it is not waited for.
const BEHIND: i64 = 200_000_000;

/// How much of a stream comes, in nanoseconds, before its decoder must have handed something on.
const MUCH: i64 = 5_000_000_000;

/// Where a stream begins and ends.
struct Extent {
    first: AtomicI64,
    end: AtomicI64,
}

impl Default for Extent {
    fn default() -> Self {
        Self { first: AtomicI64::new(i64::MAX), end: AtomicI64::new(i64::MIN) }
    }
}

impl Extent {
    fn add(&self, start: i64, end: i64) {
        self.first.fetch_min(start, Ordering::AcqRel);
        self.end.fetch_max(end, Ordering::AcqRel);
    }

    fn clear(&self) {
        self.first.store(i64::MAX, Ordering::Release);
        self.end.store(i64::MIN, Ordering::Release);
    }

    fn get(&self) -> Option<(i64, i64)> {
        let (first, end) = (self.first.load(Ordering::Acquire), self.end.load(Ordering::Acquire));
        (first < end).then_some((first, end))
    }
}
