//! Draws the picture of a source for a dialog, by the compositor of the programme.

use std::sync::Arc;

use compositor::{Compositor, CpuCompositor, Prepared};
use engine::{Frame, FrameIndex, FramePool, Picture};
use show::{Feed, Fit, Pane, PictureSettings, Rect, Source, SourceId, SourceKind};
use ui::PreviewLook;

use crate::window::alone::{SOURCE, Shown, fit};

/// What lies behind a picture that is transparent in parts: squares of so many pixels, in these codes of Y'.
const SQUARE: usize = 10;
const BRIGHT: u8 = 140;
const DARK: u8 = 96;
/// Its id.
const BOARD: SourceId = SourceId(SOURCE.0 + 1);

/// Draws one source after the other.
pub struct PreviewPainter {
    prepared: Arc<Prepared>,
    /// For the picture as it comes, made small; and for what is made of that. The small one costs little to change.
    small: Option<Canvas>,
    made: Option<Canvas>,
    board: Option<Frame>,
}

/// A compositor, and the size of its canvas.
struct Canvas {
    size: (u32, u32),
    compositor: CpuCompositor,
}

impl PreviewPainter {
    /// For pictures, and for these prepared ones.
    pub fn new(prepared: Arc<Prepared>) -> Self {
        Self { prepared, small: None, made: None, board: None }
    }

    /// Its picture with these settings, and the size of what that is a picture of; `None` if it has no size.
    pub fn draw(
        &mut self,
        shown: Shown<'_>,
        settings: &PictureSettings,
    ) -> Option<(Frame, (u32, u32))> {
        let of = shown.size(settings);
        // How its codes are meant is part of how it comes.
        let PictureSettings { range, matrix, .. } = *settings;
        let as_it_comes = PictureSettings { range, matrix, ..PictureSettings::default() };
        let size = fit(shown.size(&as_it_comes), PreviewLook::MOST)?;
        let small = Canvas::of(&mut self.small, size, &self.prepared);
        let (bus, frames) = shown.alone(Rect::FULL, &as_it_comes);
        let picture = Picture::One(Arc::new(bus));
        let (_, small) = small.draw(FrameIndex(0), &picture, &frames)?;
        let rest = PictureSettings { range: None, matrix: None, ..*settings };
        if rest == PictureSettings::default() {
            return Some((small, of));
        }
        let size = fit(of, PreviewLook::MOST)?;
        let (mut bus, mut frames) = Shown::Frame(&small).alone(Rect::FULL, &rest);
        if rest.key.is_some() {
            let board = self.board.take().filter(|board| board.size() == size);
            let board = self.board.insert(board.unwrap_or_else(|| board_of(size)));
            frames.push((BOARD, board.clone()));
            let kind = SourceKind::TestPattern { tag: 0 };
            bus.sources.push(Source::new(BOARD, "", "", kind));
            let below = Pane { fit: Fit::Fill, ..Pane::new(Rect::FULL, Feed::Source(BOARD)) };
            let panes = bus.layout.iter_mut().map(|layout| &mut layout.panes);
            panes.for_each(|panes| panes.insert(0, below.clone()));
        }
        let made = Canvas::of(&mut self.made, size, &self.prepared);
        let (_, made) = made.draw(FrameIndex(0), &Picture::One(Arc::new(bus)), &frames)?;
        Some((made, of))
    }
}

impl Canvas {
    /// The one that is there, if it has this size, or a new one.
    fn of<'a>(
        there: &'a mut Option<Self>,
        size: (u32, u32),
        prepared: &Arc<Prepared>,
    ) -> &'a mut CpuCompositor {
        let kept = there.take().filter(|canvas| canvas.size == size);
        let canvas = kept.unwrap_or_else(|| Self {
            size,
            compositor: CpuCompositor::new(size.0, size.1, Arc::clone(prepared)),
        });
        &mut there.insert(canvas).compositor
    }
}

/// Bright and dark squares in turn.
fn board_of((width, height): (u32, u32)) -> Frame {
    let mut canvas = FramePool::new(width, height, 1).take();
    let (luma, stride) = canvas.plane_mut(0);
    for (row, line) in luma.chunks_mut(stride).enumerate() {
        for (column, code) in line.iter_mut().enumerate() {
            let is_bright = (row / SQUARE + column / SQUARE).is_multiple_of(2);
            *code = if is_bright { BRIGHT } else { DARK };
        }
    }
    for plane in 1..3 {
        canvas.plane_mut(plane).0.fill(128);
    }
    canvas.finish()
}
