//! The CPU compositor.

use engine::{Canvas, Frame, FrameIndex, FramePool, Picture, Pinned, PixelFormat};
use show::{Background, Colour, Fit, Pane, SourceId};

use crate::Compositor;
use crate::axis::{Axis, ONE};

/// How many idle canvases are kept: one being drawn, three on their way to the encoder, and a spare.
const IDLE: usize = 5;

/// Draws on the CPU; what is drawn is finished at once.
pub struct CpuCompositor {
    pool: FramePool,
    rows: Vec<u32>,
    line: Vec<u8>,
}

impl CpuCompositor {
    /// A compositor for a canvas of this size in pixels.
    pub fn new(width: u32, height: u32) -> Self {
        let pool = FramePool::new(width, height, IDLE);
        Self { pool, rows: Vec::new(), line: Vec::new() }
    }

    /// One bus that is one untouched full-screen source of the canvas's size goes on as it came.
    fn bus(&mut self, bus: &Pinned, frames: &[(SourceId, Frame)]) -> Frame {
        let mut canvas = self.pool.take();
        let Some(layout) = &bus.layout else {
            fill(&mut canvas, Colour::BLACK);
            return canvas.finish();
        };
        let mut panes: Vec<&Pane> = layout.panes.iter().collect();
        panes.sort_by_key(|pane| pane.z);
        if let [pane] = panes[..]
            && let Some(frame) = pane.feed.source().and_then(|id| picture_of(frames, id))
            && frame.size() == canvas.size()
            && frame.format() == PixelFormat::PROGRAMME
            && bus.graphics.is_empty()
            && is_untouched(pane)
        {
            return frame.clone();
        }
        let background = match layout.background {
            Background::Colour { colour } => colour,
            Background::Picture { .. } => Colour::BLACK,
        };
        fill(&mut canvas, background);
        for pane in panes {
            let source = pane.feed.source().and_then(|id| bus.sources.iter().find(|s| s.id == id));
            let frame = source.and_then(|source| picture_of(frames, source.id));
            match (frame, source.map(|source| &source.kind)) {
                (Some(frame), _) => self.pane(&mut canvas, pane, frame),
                (None, Some(show::SourceKind::Colour { colour })) => {
                    self.flat(&mut canvas, pane, *colour);
                }
                (None, _) => self.flat(&mut canvas, pane, Colour::BLACK),
            }
        }
        canvas.finish()
    }

    fn pane(&mut self, canvas: &mut Canvas, pane: &Pane, frame: &Frame) {
        let (to, from) = windows(pane, canvas.size(), frame.size());
        for index in 0..3 {
            let (wide, high) = canvas.plane_size(index);
            let (source_wide, source_high) = frame.plane_size(index);
            let [x, y, v] = [to.0, to.1, from.1].map(|span| in_plane(span, index));
            let u = sited(in_plane(from.0, index), from.0.1 / to.0.1, index);
            let across = Axis::new(x, wide, u, source_wide);
            let down = Axis::new(y, high, v, source_high);
            let plane = frame.plane(index);
            self.scale(canvas.plane_mut(index), (&across, &down), plane, pane.opacity as f32);
        }
    }

    /// A pane of one colour.
    fn flat(&mut self, canvas: &mut Canvas, pane: &Pane, colour: Colour) {
        let size = canvas.size();
        let to = (
            (pane.rect.x * f64::from(size.0), pane.rect.w * f64::from(size.0)),
            (pane.rect.y * f64::from(size.1), pane.rect.h * f64::from(size.1)),
        );
        for (index, value) in colour.to_bt709().into_iter().enumerate() {
            let (wide, high) = canvas.plane_size(index);
            let across = Axis::new(in_plane(to.0, index), wide, (0.0, 1.0), 1);
            let down = Axis::new(in_plane(to.1, index), high, (0.0, 1.0), 1);
            let plane = engine::Plane { data: &[value], stride: 1 };
            self.scale(canvas.plane_mut(index), (&across, &down), plane, pane.opacity as f32);
        }
    }

    /// Rows first, then columns: shrinking leaves the second pass less to do.
    fn scale(
        &mut self,
        (canvas, stride): (&mut [u8], usize),
        (across, down): (&Axis, &Axis),
        source: engine::Plane<'_>,
        opacity: f32,
    ) {
        let Some(end) = across.taps.iter().map(|taps| taps.first + taps.weights.len()).max() else {
            return;
        };
        self.rows.resize(end, 0);
        self.line.resize(across.taps.len(), 0);
        for (offset, row) in down.taps.iter().enumerate() {
            self.rows.fill(0);
            for (index, weight) in row.weights.iter().enumerate() {
                let start = (row.first + index) * source.stride;
                let pixels = &source.data[start..start + end];
                for (sum, pixel) in self.rows.iter_mut().zip(pixels) {
                    *sum += weight * u32::from(*pixel);
                }
            }
            for (value, taps) in self.line.iter_mut().zip(&across.taps) {
                let pixels = &self.rows[taps.first..taps.first + taps.weights.len()];
                let products = pixels.iter().zip(&taps.weights);
                // 255 * ONE * ONE just fits in 32 bits, with the rounding half.
                let sum: u32 = products.map(|(pixel, weight)| pixel * weight).sum();
                *value = ((sum + ONE * ONE / 2) / (ONE * ONE)) as u8;
            }
            let start = (down.start + offset) * stride + across.start;
            let target = &mut canvas[start..start + across.taps.len()];
            blend(target, &self.line, &across.taps, row.cover * opacity);
        }
    }

    fn mix(&mut self, from: &Frame, to: &Frame, part: u32, whole: u32) -> Frame {
        let mut canvas = self.pool.take();
        let (new, old) = (u64::from(part), u64::from(whole - part.min(whole)));
        // In 16 bits, rounded: k/L is exact to a quarter of a code.
        let new = (new * 65_536 + u64::from(whole) / 2) / (new + old).max(1);
        let (new, old) = (new as u32, 65_536 - new as u32);
        for index in 0..3 {
            let (wide, high) = canvas.plane_size(index);
            let (a, b) = (from.plane(index), to.plane(index));
            let (bytes, stride) = canvas.plane_mut(index);
            for row in 0..high {
                let target = &mut bytes[row * stride..row * stride + wide];
                let a = &a.data[row * a.stride..row * a.stride + wide];
                let b = &b.data[row * b.stride..row * b.stride + wide];
                for ((target, a), b) in target.iter_mut().zip(a).zip(b) {
                    *target = ((u32::from(*a) * old + u32::from(*b) * new + 32_768) >> 16) as u8;
                }
            }
        }
        canvas.finish()
    }
}

impl Compositor for CpuCompositor {
    fn draw(
        &mut self,
        frame: FrameIndex,
        picture: &Picture,
        sources: &[(SourceId, Frame)],
    ) -> Option<(FrameIndex, Frame)> {
        let finished = match picture {
            Picture::One(bus) => self.bus(bus, sources),
            Picture::Mix { from, to, part, whole } => {
                let (from, to) = (self.bus(from, sources), self.bus(to, sources));
                self.mix(&from, &to, *part, *whole)
            }
        };
        Some((frame, finished))
    }

    fn latency(&self) -> u32 {
        0
    }
}

/// A source's picture.
fn picture_of(sources: &[(SourceId, Frame)], id: SourceId) -> Option<&Frame> {
    sources.iter().find(|(other, _)| *other == id).map(|(_, frame)| frame)
}

fn blend(target: &mut [u8], line: &[u8], taps: &[crate::axis::Taps], alpha: f32) {
    let inner = |taps: &crate::axis::Taps| alpha >= 1.0 && taps.cover >= 1.0;
    if taps.iter().all(inner) {
        target.copy_from_slice(line);
        return;
    }
    for ((target, value), taps) in target.iter_mut().zip(line).zip(taps) {
        let (old, new) = (f32::from(*target), f32::from(*value));
        *target = (old + (new - old) * alpha * taps.cover).round() as u8;
    }
}

fn is_untouched(pane: &Pane) -> bool {
    let Pane { rect, feed: _, z: _, fit: _, crop, border, corner, opacity, placeholder: _ } = pane;
    *rect == show::Rect::FULL
        && *crop == show::Crop::NONE
        && border.is_none()
        && *corner == 0.0
        && *opacity >= 1.0
}

fn fill(canvas: &mut Canvas, colour: Colour) {
    for (index, value) in colour.to_bt709().into_iter().enumerate() {
        canvas.plane_mut(index).0.fill(value);
    }
}

type Span = (f64, f64);

/// Where the picture lies on the canvas and which part of the source it shows, in luma pixels, each
/// as (start, length) across and down.
fn windows(pane: &Pane, canvas: (u32, u32), source: (u32, u32)) -> ((Span, Span), (Span, Span)) {
    let [cw, ch, sw, sh] = [canvas.0, canvas.1, source.0, source.1].map(f64::from);
    let rect = pane.rect;
    let (x, y, w, h) = (rect.x * cw, rect.y * ch, rect.w * cw, rect.h * ch);
    let crop = pane.crop;
    let (u, v) = (crop.left * sw, crop.top * sh);
    let (uw, vh) = ((1.0 - crop.left - crop.right) * sw, (1.0 - crop.top - crop.bottom) * sh);
    match pane.fit {
        Fit::Fit => {
            let scale = (w / uw).min(h / vh);
            let (pw, ph) = (uw * scale, vh * scale);
            let to = ((x + (w - pw) / 2.0, pw), (y + (h - ph) / 2.0, ph));
            (to, ((u, uw), (v, vh)))
        }
        Fit::Fill => {
            let scale = (w / uw).max(h / vh);
            let (fw, fh) = (w / scale, h / scale);
            let from = ((u + (uw - fw) / 2.0, fw), (v + (vh - fh) / 2.0, fh));
            (((x, w), (y, h)), from)
        }
    }
}

/// A span of luma pixels in the pixels of a plane: chroma is half as dense.
fn in_plane((start, length): Span, plane: usize) -> Span {
    if plane == 0 { (start, length) } else { (start / 2.0, length / 2.0) }
}

/// A source span across, moved so that chroma samples keep their place on the even luma pixels
/// (Rec. ITU-T H.264, chroma_sample_loc_type 0) when the picture is scaled by `1 / step`: a sample
/// stands a quarter of its pixel left of the middle, in the source and on the canvas. Down, samples
/// stand in the middle and need no move.
fn sited((start, length): Span, step: f64, plane: usize) -> Span {
    if plane == 0 { (start, length) } else { (start + 0.25 * (1.0 - step), length) }
}
