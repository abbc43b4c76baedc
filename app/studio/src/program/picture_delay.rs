//! Shows a source's pictures late.

use std::collections::VecDeque;
use std::sync::Arc;

use engine::{Frame, FrameIndex, PixelLayout};
use show::FrameRate;

use crate::sources::ReachedDelay;

/// What the pictures that wait may take of one source: five seconds of 1080 lines at 25 a second, and somewhat more.
const MAX_BYTES: u64 = 512 << 20;
/// How many pictures that are not shown any more are let go on a frame: a shorter delay leaves hundreds, and to free
/// one may take as long as to make it.
const LET_GO: usize = 4;

/// The pictures of a source that wait to be shown. Without a delay it holds nothing.
#[derive(Debug, Default)]
pub struct PictureDelay {
    /// Each picture since the frame on which it would have been shown, the oldest first.
    waiting: VecDeque<(FrameIndex, Frame)>,
    bytes: u64,
    shown: Option<Frame>,
    /// Not shown any more.
    gone: VecDeque<Frame>,
    reached: Arc<ReachedDelay>,
}

impl PictureDelay {
    /// A delay that says here what it cannot reach.
    pub fn new(reached: Arc<ReachedDelay>) -> Self {
        Self { reached, ..Self::default() }
    }

    /// Takes the source's picture on frame `now`, and chooses the one that is shown, which is so many milliseconds
    /// older, or the oldest there is. It never shows nothing where there was a picture.
    pub fn advance(
        &mut self,
        (now, rate): (FrameIndex, FrameRate),
        millis: u32,
        picture: Option<&Frame>,
    ) {
        for _ in 0..LET_GO.min(self.gone.len()) {
            self.gone.pop_front();
        }
        let frames = FrameIndex::in_millis(rate, millis);
        let Some(picture) = picture.filter(|_| frames > 0) else {
            self.clear();
            return;
        };
        let newest = self.waiting.back().map(|(_, newest)| newest).or(self.shown.as_ref());
        if !newest.is_some_and(|newest| newest.is_same(picture)) {
            if self.shown.is_none() {
                self.shown = Some(picture.clone());
            }
            self.bytes += bytes(picture);
            self.waiting.push_back((now, picture.clone()));
        }
        let is_due = |since: FrameIndex| since.0 + frames <= now.0;
        while self.waiting.front().is_some_and(|(since, _)| is_due(*since)) {
            self.show_next();
        }
        let mut reached = None;
        while self.bytes > MAX_BYTES
            && let Some((since, _)) = self.waiting.front()
        {
            let late = FrameIndex(now.0 - since.0).nanos(rate) / 1_000_000;
            reached = Some(u32::try_from(late).unwrap_or(u32::MAX));
            self.show_next();
        }
        self.reached.set(reached);
    }

    /// Forgets what waits: its source begins anew.
    pub fn clear(&mut self) {
        if self.shown.is_none() && self.waiting.is_empty() {
            return;
        }
        self.gone.extend(self.waiting.drain(..).map(|(_, picture)| picture));
        self.gone.extend(self.shown.take());
        self.bytes = 0;
        self.reached.set(None);
    }

    /// The picture that is shown; none without a delay.
    pub fn picture(&self) -> Option<&Frame> {
        self.shown.as_ref()
    }

    fn show_next(&mut self) {
        if let Some((_, next)) = self.waiting.pop_front() {
            self.bytes -= bytes(&next);
            self.gone.extend(self.shown.replace(next));
        }
    }
}

/// What the pixels of a picture take.
fn bytes(picture: &Frame) -> u64 {
    let (width, height) = picture.size();
    let pixels = u64::from(width) * u64::from(height);
    match picture.format().layout {
        PixelLayout::I420 | PixelLayout::Nv12 => pixels * 3 / 2,
        PixelLayout::Rgba => pixels * 4,
    }
}
