//! The encode threads: each frame number goes into the encoder exactly once, in order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arc_swap::ArcSwap;
use engine::{FrameIndex, Pinned};
use media::hub::{FrameInfo, Level};
use media::sei::{CanvasInfo, StreamInfo};
use show::{Background, Format, MAX_PANES, Pace, SourceId};

use crate::clock::{self, Clock};
use crate::program::slot::PlayPosition;
use crate::program::wiring::{EncodeFrame, EncodeLink};

/// How long an encode that ends goes on with what waits, in nanoseconds. On a machine that is far too slow the rest is
/// left out, and counted: whoever ended it waits.
const LONGEST_DRAIN: u64 = 800_000_000;

/// Tells whoever waits for an encode that its thread is over, however it ends.
struct EndOfEncode<'a>(&'a EncodeLink);

impl Drop for EndOfEncode<'_> {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::Release);
        self.0.room.wake();
    }
}

/// Runs an encode until it is stopped. One that ends with the programme then goes on with what waits; of any other
/// nobody takes anything any more.
pub fn run(
    link: &EncodeLink,
    format: Format,
    clock: &Clock,
    levels: &ArcSwap<BTreeMap<SourceId, Level>>,
) {
    let _end = EndOfEncode(link);
    let mut last: Option<EncodeFrame> = None;
    let mut layout = LayoutInfo::default();
    let mut ending: Option<u64> = None;
    loop {
        let ends = link.stop.load(Ordering::Acquire);
        let end = link.frames.load(Ordering::Acquire);
        if ends && end == 0 {
            return;
        }
        let Some(queued) = link.pictures.pop() else {
            if ends {
                // The last frames of the programme may have been dropped, too.
                if let Some(last) = last {
                    repeat(link, format, (&last, end), &mut layout, levels);
                }
                return;
            }
            link.wakeup.wait();
            continue;
        };
        // Outside real time the program may be waiting for room.
        link.room.wake();
        if ends && queued.due.is_some() {
            let now = clock.now();
            if now - *ending.get_or_insert(now) > LONGEST_DRAIN {
                link.left_out.store(end.saturating_sub(queued.frame.0), Ordering::Relaxed);
                return;
            }
        }
        if let Some(before) = last.take() {
            // Frames that were dropped repeat the one before them: there are no gaps.
            repeat(link, format, (&before, queued.frame.0), &mut layout, levels);
        }
        let period = FrameIndex(1).nanos(format.rate);
        if queued.due.is_some_and(|due| clock.now() > due + period) {
            link.late.fetch_add(1, Ordering::Relaxed);
        }
        encode(link, format, &queued, &mut layout, levels);
        last = Some(queued);
    }
}

/// Encodes a picture again for the frames behind it, up to `end`.
fn repeat(
    link: &EncodeLink,
    format: Format,
    (last, end): (&EncodeFrame, u64),
    layout: &mut LayoutInfo,
    levels: &ArcSwap<BTreeMap<SourceId, Level>>,
) {
    for n in last.frame.0 + 1..end {
        link.repeated.fetch_add(1, Ordering::Relaxed);
        encode(link, format, &EncodeFrame { frame: FrameIndex(n), ..last.clone() }, layout, levels);
    }
}

fn encode(
    link: &EncodeLink,
    format: Format,
    queued: &EncodeFrame,
    layout: &mut LayoutInfo,
    levels: &ArcSwap<BTreeMap<SourceId, Level>>,
) {
    let pts = i64::try_from(queued.frame.nanos(format.rate)).unwrap_or(i64::MAX);
    link.hub.add_frame(FrameInfo {
        pts,
        wall_millis: clock::wall_millis(),
        canvas: layout.of(queued, format),
        streams: Arc::clone(&layout.streams),
        levels: levels.load_full(),
    });
    if queued.due.is_some() {
        link.encoder.adapt(queued.frame);
    }
    // A failed encoder reports it on its bus, which the stage polls.
    let _encoded =
        link.encoder.video(queued.frame, &queued.picture, link.hub.requests_keyframe(pts));
}

/// The layout part of the message, cached for the last bus.
struct LayoutInfo {
    bus: Option<Arc<Pinned>>,
    positions: Arc<[PlayPosition]>,
    canvas: CanvasInfo,
    streams: Arc<[(SourceId, StreamInfo)]>,
}

impl Default for LayoutInfo {
    fn default() -> Self {
        let canvas = CanvasInfo { w: 0, h: 0, bgnd: 0 };
        Self { bus: None, positions: Arc::new([]), canvas, streams: Arc::new([]) }
    }
}

impl LayoutInfo {
    fn of(&mut self, queued: &EncodeFrame, format: Format) -> CanvasInfo {
        let EncodeFrame { bus, positions, .. } = queued;
        let same = Arc::ptr_eq(&self.positions, positions);
        if !same || self.bus.as_ref().is_none_or(|old| !Arc::ptr_eq(old, bus)) {
            (self.canvas, self.streams) = (canvas(bus, format), streams(bus, positions));
            (self.bus, self.positions) = (Some(Arc::clone(bus)), Arc::clone(positions));
        }
        self.canvas
    }
}

fn canvas(bus: &Pinned, format: Format) -> CanvasInfo {
    let (w, h) = format.raster.size();
    let colour = match bus.layout.as_ref().map(|layout| layout.background) {
        Some(Background::Colour { colour }) => colour,
        _ => show::Colour::BLACK,
    };
    let bgnd = u32::from_be_bytes([0, colour.r, colour.g, colour.b]);
    CanvasInfo { w, h, bgnd }
}

/// The visible sources from bottom to top, at most nine.
fn streams(bus: &Pinned, positions: &[PlayPosition]) -> Arc<[(SourceId, StreamInfo)]> {
    let mut panes: Vec<_> = bus.layout.iter().flat_map(|layout| &layout.panes).collect();
    panes.sort_by_key(|pane| pane.z);
    let sources = panes.iter().filter_map(|pane| {
        let id = pane.feed.source()?;
        Some((*pane, bus.sources.iter().find(|source| source.id == id)?))
    });
    let seen: Vec<_> = sources.take(MAX_PANES).collect();
    let alone = seen.len() == 1;
    // A source that the compositor draws by itself always has a picture.
    let is_there = |source: &show::Source| {
        let standing = positions.iter().find(|standing| standing.source == source.id);
        let composed = source.kind.nature().pace == Pace::Composed;
        composed || standing.is_some_and(|standing| standing.seen)
    };
    let infos = seen.iter().enumerate().map(|(index, (pane, source))| {
        let place = |value: f64| if alone { 0.0 } else { (value * 1e7).round() / 1e7 };
        let info = StreamInfo {
            uid: source.uid.clone(),
            paneid: if alone { -1 } else { index as i32 },
            zorder: if alone { 0 } else { pane.z },
            x: place(pane.rect.x),
            y: place(pane.rect.y),
            w: place(pane.rect.w),
            h: place(pane.rect.h),
            kind: 0,
            status: is_there(source).into(),
            muted: 0,
            vol: 0,
            vad: 0,
        };
        (source.id, info)
    });
    infos.collect()
}
