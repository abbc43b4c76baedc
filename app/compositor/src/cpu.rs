//! The CPU compositor.

use std::sync::Arc;

use engine::{Canvas, Frame, FrameIndex, FramePool, Picture, Pinned, PixelLayout};
use show::{Background, Colour, Feed, Fit, MAX_PANES, Pane, Rect, SourceId};

use crate::content::Shown;
use crate::drawable::Cutout;
use crate::inputs::{FrameInputs, LiveCutout, MadeOnCpu, is_complete, panes_in_order};
use crate::paint::{Painter, Painting};
use crate::region::Region;
use crate::{Compositor, Prepared, graphic, mix};

/// How many canvases are kept: one being drawn, a mix's two, two backgrounds, and those on their
/// way to several encoders.
const KEPT: usize = 12;

/// Draws on the CPU; a picture is finished when [`Compositor::draw`] returns.
pub struct CpuCompositor {
    size: (u32, u32),
    pool: FramePool,
    prepared: Arc<Prepared>,
    painter: Painter,
    region: Region,
    backdrops: Vec<Backdrop>,
    made: MadeOnCpu,
}

/// A background picture, scaled to the canvas. At most [`Backdrop::MOST`] are kept.
struct Backdrop {
    serial: u64,
    fit: Fit,
    frame: Frame,
}

impl Backdrop {
    /// One for each bus of a mix.
    const MOST: usize = 2;
}

impl CpuCompositor {
    /// A compositor for a canvas of this size in pixels that shows what is prepared.
    pub fn new(width: u32, height: u32, prepared: Arc<Prepared>) -> Self {
        Self {
            size: (width, height),
            pool: FramePool::new(width, height, KEPT),
            prepared,
            painter: Painter::new(),
            region: Region::default(),
            backdrops: Vec::with_capacity(Backdrop::MOST),
            made: MadeOnCpu::default(),
        }
    }

    fn draw_bus(&mut self, bus: &Pinned, inputs: FrameInputs<'_>) -> Frame {
        let (panes, order) = panes_in_order(bus);
        for pane in panes {
            if let Some((source, content, serial)) = inputs.own(pane, bus) {
                self.made.adjusted.add(source.id, &source.settings.picture, (content, serial));
            }
        }
        if let Some(frame) = inputs.passthrough(bus, self.size, &self.made) {
            return frame.clone();
        }
        let order = &order[..panes.len()];
        let mut canvas = self.pool.take();
        self.painter.begin_frame();
        let backdrop = self.backdrop(bus, inputs);
        let mut paintings = [None; MAX_PANES];
        for (painting, index) in paintings.iter_mut().zip(order) {
            let pane = &panes[*index];
            let shown = inputs.content(pane, bus, &self.made);
            *painting = Some(self.painter.prepare(self.size, pane, &shown));
        }
        let paintings = &paintings[..order.len()];
        let covers = |painting: &Option<Painting<'_>>| {
            painting.as_ref().is_some_and(|painting| self.painter.covers(painting, self.size))
        };
        let base = paintings.iter().rposition(covers);
        if base.is_none() {
            let backdrop = backdrop.map(|index| &self.backdrops[index].frame);
            draw_background(
                &mut canvas,
                bus,
                backdrop,
                (&self.painter, &mut self.region),
                paintings,
            );
        }
        for painting in paintings[base.unwrap_or(0)..].iter().flatten() {
            self.painter.paint(&mut canvas, painting);
        }
        for graphic in &bus.graphics {
            if let Some((bitmap, _)) = inputs.bitmap(graphic) {
                graphic::draw(&mut canvas, &graphic.component, bitmap);
            }
        }
        canvas.finish()
    }

    /// The index of the background picture of a bus, if it has one that is prepared.
    fn backdrop(&mut self, bus: &Pinned, inputs: FrameInputs<'_>) -> Option<usize> {
        let Some(Background::Picture { asset, fit }) = bus.layout.as_ref().map(|l| l.background)
        else {
            return None;
        };
        let (content, serial) = inputs.picture(bus, asset)?;
        let known = |other: &Backdrop| (other.serial, other.fit) == (serial, fit);
        if let Some(index) = self.backdrops.iter().position(known) {
            return Some(index);
        }
        let mut canvas = self.pool.take();
        fill(&mut canvas, Colour::BLACK);
        let pane = Pane { fit, ..Pane::new(Rect::FULL, Feed::Empty) };
        let painting = self.painter.prepare(self.size, &pane, &Shown::plain(content));
        self.painter.paint(&mut canvas, &painting);
        self.backdrops.truncate(Backdrop::MOST - 1);
        self.backdrops.insert(0, Backdrop { serial, fit, frame: canvas.finish() });
        Some(0)
    }

    /// Converts the new R'G'B'A pictures of sources.
    fn convert_rgba(&mut self, sources: &[(SourceId, Frame)]) {
        let is_rgba = |frame: &Frame| frame.format().layout == PixelLayout::Rgba;
        let there = |id| sources.iter().any(|(other, frame)| *other == id && is_rgba(frame));
        let cutouts = &mut self.made.cutouts;
        cutouts.retain(|cutout| there(cutout.source));
        for (source, frame) in
            sources.iter().filter(|(_, frame)| is_rgba(frame) && is_complete(frame))
        {
            let known = cutouts.iter().position(|cutout| cutout.source == *source);
            let index = known.unwrap_or_else(|| {
                let (source, frame) = (*source, None);
                cutouts.push(LiveCutout { source, frame, cutout: Cutout::default() });
                cutouts.len() - 1
            });
            let live = &mut cutouts[index];
            if !live.frame.as_ref().is_some_and(|old| old.is_same(frame)) {
                let plane = frame.plane(0);
                let (width, height) = frame.plane_size(0);
                live.cutout.set(width, height, plane.data, plane.stride);
                live.cutout.pixel_aspect = frame.pixel_aspect();
                live.frame = Some(frame.clone());
            }
        }
    }
}

impl Compositor for CpuCompositor {
    fn draw(
        &mut self,
        frame: FrameIndex,
        picture: &Picture,
        sources: &[(SourceId, Frame)],
    ) -> Option<(FrameIndex, Frame)> {
        self.convert_rgba(sources);
        self.made.adjusted.begin_frame();
        let prepared = Arc::clone(&self.prepared);
        let items = prepared.load();
        let inputs = FrameInputs { sources, items: &items };
        let finished = match picture {
            Picture::One(bus) => self.draw_bus(bus, inputs),
            Picture::Mix { from, to, part, whole } => {
                let (from, to) = (self.draw_bus(from, inputs), self.draw_bus(to, inputs));
                mix::mix(self.pool.take(), &from, &to, *part, *whole)
            }
        };
        Some((frame, finished))
    }

    fn latency(&self) -> u32 {
        0
    }
}

/// Draws the background where it is not hidden.
fn draw_background(
    canvas: &mut Canvas,
    bus: &Pinned,
    backdrop: Option<&Frame>,
    (painter, region): (&Painter, &mut Region),
    paintings: &[Option<Painting<'_>>],
) {
    let colour = match bus.layout.as_ref().map(|layout| layout.background) {
        Some(Background::Colour { colour }) => colour,
        Some(Background::Picture { .. }) | None => Colour::BLACK,
    };
    for (plane, code) in colour.to_bt709().into_iter().enumerate() {
        let (wide, high) = canvas.plane_size(plane);
        if plane < 2 {
            region.reset([0, wide, 0, high]);
            paintings
                .iter()
                .flatten()
                .for_each(|item| region.subtract(painter.opaque_area(item, plane)));
        }
        let (bytes, stride) = canvas.plane_mut(plane);
        for [left, right, top, bottom] in region.rects() {
            for row in *top..*bottom {
                let target = &mut bytes[row * stride + left..row * stride + right];
                match backdrop.map(|frame| frame.plane(plane)) {
                    Some(plane) => {
                        let start = row * plane.stride;
                        target.copy_from_slice(&plane.data[start + left..start + right]);
                    }
                    None => target.fill(code),
                }
            }
        }
    }
}

fn fill(canvas: &mut Canvas, colour: Colour) {
    for (index, value) in colour.to_bt709().into_iter().enumerate() {
        canvas.plane_mut(index).0.fill(value);
    }
}
