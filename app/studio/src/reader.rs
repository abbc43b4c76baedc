//! Reading sources at programme time: which picture, and which samples, a frame gets.
//!
//! The times of a file or a test pattern count from its in point: its reader decides at which
//! programme time that lies, its *origin*, and the sound follows. The times of a live source are mapped
//! to the studio's clock by the source itself.

use std::sync::Arc;

use audio::Map;
use engine::{Frame, FrameIndex, Run};
use media::link::{Block, Channel, Item, LiveMap, SourceLink};
use show::{Format, FrameRate, SourceId};

/// Where a source stands: decided by the picture, followed by the sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The source.
    pub source: SourceId,
    /// The take that is played.
    pub take: u32,
    /// Programme time of the source's zero in nanoseconds; nothing while it does not run.
    pub origin: Option<i64>,
    /// Whether it has a picture.
    pub seen: bool,
}

/// A frame of a programme in time.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// Which.
    pub frame: FrameIndex,
    /// The programme's rate.
    pub rate: FrameRate,
    /// When the programme's frame 0 was, on the studio's clock, in nanoseconds.
    pub base: i64,
}

impl Slot {
    fn start(self) -> i64 {
        i64::try_from(self.frame.nanos(self.rate)).unwrap_or(i64::MAX)
    }

    fn period(self) -> i64 {
        Self { frame: self.frame.next(), ..self }.start() - self.start()
    }

    /// A time that was rounded belongs to the frame it was meant for.
    fn slack(self) -> i64 {
        self.period() / 4
    }
}

/// Chooses a source's pictures.
pub struct VideoReader {
    channel: Arc<Channel<Frame>>,
    pushed: Option<Arc<SourceLink>>,
    /// How far a live source's pictures are moved, so that they fall between our frames.
    bias: Option<i64>,
    take: u32,
    origin: Option<i64>,
    shown: Option<Frame>,
    next: Option<Item<Frame>>,
    end: Option<i64>,
    /// How many frames a free source was kept from beginning.
    held_back: u32,
}

/// How many pictures must wait beyond the first for a free source to begin.
const BEGIN_WITH: usize = 2;

/// What a reader found for a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// It is a picture that was not shown before.
    pub new: bool,
    /// The source came to its end on this frame.
    pub ended: bool,
}

impl VideoReader {
    /// Reads from this channel; a live source's link has its map.
    pub fn new(channel: Arc<Channel<Frame>>, pushed: Option<Arc<SourceLink>>) -> Self {
        Self {
            channel,
            pushed,
            bias: None,
            take: 0,
            origin: None,
            shown: None,
            next: None,
            end: None,
            held_back: 0,
        }
    }

    /// The channel it reads from.
    pub fn channel(&self) -> &Arc<Channel<Frame>> {
        &self.channel
    }

    /// The picture to be shown.
    pub fn picture(&self) -> Option<&Frame> {
        self.shown.as_ref()
    }

    /// Where the source stands.
    pub fn standing(&self, source: SourceId) -> Standing {
        let (take, origin, seen) = (self.take, self.origin, self.shown.is_some());
        Standing { source, take, origin, seen }
    }

    /// Moves to a frame. Where what would decide it is not here yet, it is waited for if
    /// `waits`, unless the source is lost: never in real time.
    pub fn advance(&mut self, run: Run, slot: Slot, waits: bool) -> Found {
        match self.pushed.as_ref().map(|link| **link.map.load()) {
            Some(map) => self.advance_live(map, slot),
            None => self.advance_played(run, slot, waits),
        }
    }

    /// A live source keeps its own time, and networks round it to milliseconds: where its pictures
    /// fall on the edge between two of our frames, one would be seen twice and the next not at all, again
    /// and again. So they are moved by up to a frame, once, to fall well inside; and two at once are
    /// taken only when the source is a whole frame ahead.
    fn advance_live(&mut self, map: LiveMap, slot: Slot) -> Found {
        let mut found = Found::default();
        let due = map.source_from_studio(slot.base + slot.start());
        if map.take != self.take {
            (self.take, self.bias) = (map.take, None);
        }
        loop {
            if self.next.is_none() {
                self.next = self.channel.pop();
            }
            let Some(next) = &self.next else { break };
            if next.take < map.take {
                // Of an earlier connection, on another time line.
                self.next = None;
                continue;
            }
            if next.take > map.take || next.pts + self.bias.unwrap_or(0) > due {
                break;
            }
            let bias = *self.bias.get_or_insert(due - slot.period() / 2 - next.pts);
            if found.new && next.pts + bias > due - slot.period() {
                break;
            }
            let what = self.next.take().and_then(|next| next.what);
            found.new |= what.is_some();
            self.shown = what.or_else(|| self.shown.take());
        }
        found
    }

    fn advance_played(&mut self, run: Run, slot: Slot, waits: bool) -> Found {
        self.follow(run, slot.rate);
        let (now, slack) = (slot.start(), slot.slack());
        let mut found = Found::default();
        loop {
            if self.next.is_none() {
                self.next = self.pop(run);
            }
            let Some(next) = &self.next else {
                // What is being cued is waited for before a frame begins: the source hears only behind
                // it that it is to be cued.
                let is_cued = matches!(run, Run::Cued(_));
                if self.end.is_none() && !is_cued && waits && !self.channel.is_dry() {
                    self.channel.wait();
                    continue;
                }
                break;
            };
            if matches!(run, Run::Cued(_)) {
                // A cued file shows its in point.
                found.new = self.shown.is_none() && next.what.is_some();
                self.shown.clone_from(&next.what);
                break;
            }
            if self.origin.is_none() && !self.may_begin(waits) {
                if waits && !self.channel.is_dry() {
                    self.channel.wait();
                    continue;
                }
                break;
            }
            // A free one begins with what comes first; without pictures, now.
            let Some(next) = &self.next else { break };
            let first = if next.what.is_some() { next.pts } else { 0 };
            let origin = *self.origin.get_or_insert(now - first);
            if next.pts > now - origin + slack {
                break;
            }
            match self.next.take() {
                Some(Item { what: Some(frame), .. }) => {
                    (self.shown, found.new) = (Some(frame), true);
                }
                Some(Item { pts, what: None, .. }) => self.end = Some(pts),
                None => {}
            }
        }
        let over = |origin| self.end.is_some_and(|end| now - origin + slack >= end);
        found.ended = self.origin.is_some_and(over);
        if found.ended {
            // Told once; nothing more will come of this take.
            self.end = Some(i64::MAX);
        }
        found
    }

    /// Whether a free source may begin: one whose decoder has only just begun would stop again. What
    /// never has that many pictures begins all the same, after half a second or so.
    fn may_begin(&mut self, waits: bool) -> bool {
        self.held_back += 1;
        let most = if waits { 50 } else { 12 };
        let may = self.channel.waiting() >= BEGIN_WITH || self.held_back > most;
        if may {
            self.held_back = 0;
        }
        may
    }

    fn follow(&mut self, run: Run, rate: FrameRate) {
        let (take, origin) = match run {
            Run::Free => return,
            Run::Cued(take) => (take, None),
            Run::Since(take, start) => (take, i64::try_from(start.nanos(rate)).ok()),
        };
        if take != self.take {
            (self.shown, self.next, self.end) = (None, None, None);
        }
        (self.take, self.origin) = (take, origin);
    }

    /// The next item of the take that is played; a free source decides its takes itself.
    fn pop(&mut self, run: Run) -> Option<Item<Frame>> {
        loop {
            let item = self.channel.pop()?;
            if item.take > self.take && run == Run::Free {
                // It was opened anew, and begins anew.
                (self.take, self.origin, self.end) = (item.take, None, None);
            }
            if item.take == self.take {
                return Some(item);
            }
        }
    }
}

/// Chooses a source's samples.
pub struct AudioReader {
    channel: Arc<Channel<Block>>,
    live: Option<LiveSound>,
    block: Option<(Item<Block>, usize)>,
    missed: u64,
}

impl AudioReader {
    /// Reads from this channel; a live source's link has its map.
    pub fn new(channel: Arc<Channel<Block>>, live: Option<Arc<SourceLink>>) -> Self {
        Self { channel, live: live.map(LiveSound::new), block: None, missed: 0 }
    }

    /// The channel it reads from.
    pub fn channel(&self) -> &Arc<Channel<Block>> {
        &self.channel
    }

    /// Samples that were wanted and not there.
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// Fills `out` (stereo, interleaved) with the samples from `start` of the programme on, which
    /// began at `base` on the studio's clock. False: there is none of it, and `out` may be anything.
    /// What is not here yet is waited for if `waits`, unless the source is lost:
    /// never in real time.
    pub fn read(
        &mut self,
        standing: &Standing,
        (start, base): (u64, i64),
        out: &mut [f32],
        waits: bool,
    ) -> bool {
        if let Some(live) = &mut self.live {
            return live.read(&self.channel, (start, base), out);
        }
        let Some(origin) = standing.origin else {
            // It does not run: what belongs to an earlier take must not fill the queue.
            let _first_of_this_take = self.current(standing.take);
            return false;
        };
        let first = i64::try_from(start).unwrap_or(i64::MAX) - samples(origin);
        let count = out.len() / 2;
        let mut filled = 0;
        let mut any = false;
        while filled < count {
            let Some((item, length)) = self.current(standing.take) else {
                if waits && !self.channel.is_dry() {
                    self.channel.wait();
                    continue;
                }
                break;
            };
            let at = samples(item.pts);
            let wanted = first + filled as i64;
            if at + length as i64 <= wanted {
                self.block = None;
                continue;
            }
            if !any {
                out.fill(0.0);
                any = true;
            }
            if at > wanted {
                // A hole, or the sound begins later: silence up to there.
                filled = count.min(filled + (at - wanted) as usize);
                continue;
            }
            let from = (wanted - at) as usize;
            let part = (length - from).min(count - filled);
            if let Some(what) = &item.what {
                let source = &(**what).as_ref()[2 * from..2 * (from + part)];
                out[2 * filled..2 * (filled + part)].copy_from_slice(source);
            }
            filled += part;
        }
        self.missed += (count - filled) as u64;
        any
    }

    fn current(&mut self, take: u32) -> Option<(&Item<Block>, usize)> {
        while self.block.as_ref().is_none_or(|(item, _)| item.take < take) {
            let item = self.channel.pop()?;
            // The end of a file is an endless block of nothing.
            let length = item.what.as_ref().map_or(i32::MAX as usize, |b| (**b).as_ref().len() / 2);
            self.block = Some((item, length));
        }
        let (item, length) = self.block.as_ref()?;
        (item.take == take).then_some((item, *length))
    }
}

/// The sound of a live source: resampled by its map.
struct LiveSound {
    link: Arc<SourceLink>,
    map: LiveMap,
    writer: audio::FeedWriter,
    reader: audio::FeedReader,
    steer: audio::FeedSteer,
}

/// How much sound may wait to be due: the longest latency, and a second more.
const LIVE_SAMPLES: usize = 6 * Format::AUDIO_RATE as usize;

impl LiveSound {
    fn new(link: Arc<SourceLink>) -> Self {
        let (writer, reader, steer) = audio::feed(LIVE_SAMPLES, Map::shifted(0));
        Self { link, map: LiveMap::default(), writer, reader, steer }
    }

    fn read(
        &mut self,
        channel: &Channel<Block>,
        (start, base): (u64, i64),
        out: &mut [f32],
    ) -> bool {
        let map = **self.link.map.load();
        if map != self.map {
            if map.take != self.map.take {
                // Another time line: nothing of the last one is heard on it.
                *self = Self::new(Arc::clone(&self.link));
            }
            self.map = map;
            let (source, studio) = (samples(map.source), samples(map.studio - base));
            self.steer.set(Map::shifted(studio - source).steered(studio, map.slope_ppm));
        }
        while let Some(item) = channel.pop() {
            let at = u64::try_from(samples(item.pts));
            if let (Some(what), Ok(at), true) = (&item.what, at, item.take == map.take) {
                self.writer.push(at, (**what).as_ref());
            }
        }
        self.reader.read(start, out)
    }
}

/// The sample nearest to a time.
fn samples(nanos: i64) -> i64 {
    let rate = i128::from(Format::AUDIO_RATE);
    let samples = (i128::from(nanos) * rate + 500_000_000).div_euclid(1_000_000_000);
    i64::try_from(samples).unwrap_or(0)
}
