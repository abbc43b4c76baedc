//! Thumbnails: the monitor thread scales each open source's picture about once a second, a few at a time;
//! sources that are not open have their posters.

use std::collections::BTreeMap;
use std::sync::Arc;

use compositor::{Compositor, CpuCompositor, Prepared};
use engine::{Frame, FrameIndex, Picture};
use show::{PictureSettings, Rect, SourceId};
use ui::Thumbnail;

use crate::program::view::ProgramView;
use crate::window::alone::{Shown, fit};
use crate::window::monitor_link::{Posters, Thumbnails};

/// How often each thumbnail is made again, in nanoseconds.
const INTERVAL: u64 = 1_000_000_000;

/// Scales pictures down, with the CPU compositor of the programme.
pub struct Scaler {
    compositor: CpuCompositor,
}

impl Scaler {
    /// A scaler for pictures and for these prepared ones.
    pub fn new(prepared: Arc<Prepared>) -> Self {
        let (width, height) = Thumbnail::MOST;
        Self { compositor: CpuCompositor::new(width, height, prepared) }
    }

    /// Makes a thumbnail; `length` is the file's, in milliseconds. `None` if the picture has no size.
    pub fn draw(&mut self, shown: Shown<'_>, length: Option<u64>) -> Option<Arc<Thumbnail>> {
        self.draw_as(shown, length, &PictureSettings::default())
    }

    /// The same of a source's picture with its settings.
    pub fn draw_as(
        &mut self,
        shown: Shown<'_>,
        length: Option<u64>,
        settings: &PictureSettings,
    ) -> Option<Arc<Thumbnail>> {
        let of = shown.size(settings);
        let size = fit(of, Thumbnail::MOST)?;
        let (width, height) = (f64::from(Thumbnail::MOST.0), f64::from(Thumbnail::MOST.1));
        let rect = Rect::new(0.0, 0.0, f64::from(size.0) / width, f64::from(size.1) / height);
        let (bus, sources) = shown.alone(rect, settings);
        let picture = Picture::One(Arc::new(bus));
        let (_, drawn) = self.compositor.draw(FrameIndex(0), &picture, &sources)?;
        let rgba = rgba(&drawn, size);
        Some(Arc::new(Thumbnail { size, rgba, of, length_millis: length }))
    }
}

/// Converts the upper left part of a picture in the programme's format to RGBA: ITU-R BT.709-6, 3.2 to
/// 3.5, in 16 fractional bits.
pub fn rgba(frame: &Frame, (width, height): (u32, u32)) -> Vec<u8> {
    let [luma, blue, red] = [0, 1, 2].map(|plane| frame.plane(plane));
    let mut out = Vec::with_capacity((width * height * 4) as usize);
    for row in 0..height as usize {
        for column in 0..width as usize {
            let chroma = row / 2 * blue.stride + column / 2;
            let y = (i32::from(luma.data[row * luma.stride + column]) - 16) * 76_309;
            let (cb, cr) = (i32::from(blue.data[chroma]) - 128, i32::from(red.data[chroma]) - 128);
            let code = |value: i32| ((value + 32_768) >> 16).clamp(0, 255) as u8;
            let r = code(y + 117_489 * cr);
            let g = code(y - 13_975 * cb - 34_925 * cr);
            let b = code(y + 138_438 * cb);
            out.extend([r, g, b, 255]);
        }
    }
    out
}

/// The thumbnail of an open source.
struct LiveThumbnail {
    of: Frame,
    settings: PictureSettings,
    drawn: Arc<Thumbnail>,
}

/// Makes the thumbnails of a program. The monitor thread owns it.
pub struct ThumbnailMaker {
    scaler: Scaler,
    /// The thumbnails of open sources, with the frames they show, and their settings.
    live: BTreeMap<SourceId, LiveThumbnail>,
    posters: Arc<Posters>,
    /// The index of the source that was last scaled in turn.
    turn: usize,
    /// When `update` was last called, in nanoseconds.
    since: Option<u64>,
    /// How many thumbnails are due, in billionths.
    due: u64,
}

impl Default for ThumbnailMaker {
    fn default() -> Self {
        Self {
            scaler: Scaler::new(Arc::default()),
            live: BTreeMap::new(),
            posters: Arc::default(),
            turn: 0,
            since: None,
            due: 0,
        }
    }
}

impl ThumbnailMaker {
    /// Makes the thumbnails that are due at `now`, in nanoseconds; returns all of them if one has changed.
    pub fn update(
        &mut self,
        view: &ProgramView,
        posters: &Arc<Posters>,
        now: u64,
    ) -> Option<Arc<Thumbnails>> {
        let mut changed = !Arc::ptr_eq(posters, &self.posters);
        self.posters = Arc::clone(posters);
        let open = |id: &SourceId| view.pictures.iter().any(|(open, _)| open == id);
        let before = self.live.len();
        self.live.retain(|id, _| open(id));
        changed |= self.live.len() != before;
        // Spread over the second, so that no picture of the monitors is late for all of them at once.
        let count = view.pictures.len() as u64;
        let passed = now - self.since.replace(now).unwrap_or(now);
        self.due = (self.due + passed.min(INTERVAL) * count).min(count * INTERVAL);
        while self.due >= INTERVAL {
            self.due -= INTERVAL;
            self.turn = (self.turn + 1) % view.pictures.len();
            changed |= self.draw(&view.pictures[self.turn], view);
        }
        // A source that was just opened does not wait for its turn; one per call.
        let new = view.pictures.iter().find(|(id, _)| !self.live.contains_key(id));
        changed |= new.is_some_and(|new| self.draw(new, view));
        changed.then(|| Arc::new(self.all()))
    }

    fn draw(&mut self, (id, frame): &(SourceId, Frame), view: &ProgramView) -> bool {
        let settings = view.needs.source(*id).map(|need| need.source.settings.picture);
        let settings = settings.unwrap_or_default();
        let same = |old: &LiveThumbnail| old.of.is_same(frame) && old.settings == settings;
        if self.live.get(id).is_some_and(same) {
            return false;
        }
        let length = self.posters.pictures.get(&(*id).into());
        let length = length.and_then(|poster| poster.length_millis);
        let drawn = self.scaler.draw_as(Shown::Frame(frame), length, &settings);
        let Some(drawn) = drawn else { return false };
        self.live.insert(*id, LiveThumbnail { of: frame.clone(), settings, drawn });
        true
    }

    fn all(&self) -> Thumbnails {
        let mut all = self.posters.pictures.clone();
        let live = self.live.iter().map(|(id, live)| ((*id).into(), Arc::clone(&live.drawn)));
        all.extend(live);
        all
    }
}
