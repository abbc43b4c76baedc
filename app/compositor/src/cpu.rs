//! The CPU compositor.

use std::sync::Arc;

use engine::{
    Canvas, Frame, FrameIndex, FramePool, Graphic, Picture, Pinned, PixelFormat, PixelLayout,
};
use show::{
    AssetId, Background, Colour, Crop, Feed, Fit, MAX_PANES, Pane, Rect, Source, SourceId,
    SourceKind,
};

use crate::holes::Holes;
use crate::paint::{Content, Painter, Painting};
use crate::prepared::Items;
use crate::ready::{Cutout, Raster};
use crate::{Compositor, Prepared, Ready, graphic, mix};

/// How many idle canvases are kept: one being drawn, three on their way to the encoder, a mix's
/// second, and two backgrounds.
const IDLE: usize = 7;

/// Draws on the CPU; what is drawn is finished at once.
pub struct CpuCompositor {
    size: (u32, u32),
    pool: FramePool,
    prepared: Arc<Prepared>,
    painter: Painter,
    holes: Holes,
    backdrops: Vec<Backdrop>,
    cutouts: Vec<LiveCutout>,
}

/// A background picture as it covers the canvas. At most [`Backdrop::MOST`] are kept.
struct Backdrop {
    serial: u64,
    fit: Fit,
    frame: Frame,
}

impl Backdrop {
    /// Of both buses of a mix.
    const MOST: usize = 2;
}

/// A source's R'G'B'A picture, converted. Kept while the source yields such pictures.
struct LiveCutout {
    source: SourceId,
    frame: Option<Frame>,
    cutout: Cutout,
}

/// A frame's sources and prepared things.
#[derive(Clone, Copy)]
struct World<'a> {
    sources: &'a [(SourceId, Frame)],
    items: &'a Items,
}

impl CpuCompositor {
    /// A compositor for a canvas of this size in pixels that shows what is prepared.
    pub fn new(width: u32, height: u32, prepared: Arc<Prepared>) -> Self {
        Self {
            size: (width, height),
            pool: FramePool::new(width, height, IDLE),
            prepared,
            painter: Painter::new(),
            holes: Holes::default(),
            backdrops: Vec::with_capacity(Backdrop::MOST),
            cutouts: Vec::new(),
        }
    }

    fn bus(&mut self, bus: &Pinned, world: World<'_>) -> Frame {
        let panes = bus.layout.as_ref().map_or(&[][..], |layout| &layout.panes);
        let panes = &panes[..panes.len().min(MAX_PANES)];
        let mut order: [usize; MAX_PANES] = std::array::from_fn(|index| index);
        let order = &mut order[..panes.len()];
        order.sort_unstable_by_key(|index| (panes[*index].z, *index));
        if let Some(frame) =
            order.last().and_then(|top| world.untouched(&panes[*top], bus, self.size))
            && !bus.graphics.iter().any(|graphic| world.raster(graphic).is_some())
        {
            return frame.clone();
        }
        let mut canvas = self.pool.take();
        self.painter.advance();
        let backdrop = self.backdrop(bus, world);
        let mut paintings = [None; MAX_PANES];
        for (painting, index) in paintings.iter_mut().zip(&*order) {
            let pane = &panes[*index];
            let (content, crop) = world.content(pane, bus, &self.cutouts);
            *painting = Some(self.painter.prepare(&canvas, pane, crop, content));
        }
        let paintings = &paintings[..order.len()];
        let covers = |painting: &Option<Painting<'_>>| {
            painting.as_ref().is_some_and(|painting| self.painter.covers(painting, &canvas))
        };
        let base = paintings.iter().rposition(covers);
        if base.is_none() {
            let backdrop = backdrop.map(|index| &self.backdrops[index].frame);
            background(&mut canvas, bus, backdrop, (&self.painter, &mut self.holes), paintings);
        }
        for painting in paintings[base.unwrap_or(0)..].iter().flatten() {
            self.painter.paint(&mut canvas, painting);
        }
        for graphic in &bus.graphics {
            if let Some(raster) = world.raster(graphic) {
                graphic::draw(&mut canvas, &graphic.component, raster);
            }
        }
        canvas.finish()
    }

    /// Where the background picture of a bus is, if it has one that is prepared.
    fn backdrop(&mut self, bus: &Pinned, world: World<'_>) -> Option<usize> {
        let Some(Background::Picture { asset, fit }) = bus.layout.as_ref().map(|l| l.background)
        else {
            return None;
        };
        let (content, serial) = world.picture(bus, asset)?;
        let known = |other: &Backdrop| (other.serial, other.fit) == (serial, fit);
        if let Some(index) = self.backdrops.iter().position(known) {
            return Some(index);
        }
        let mut canvas = self.pool.take();
        fill(&mut canvas, Colour::BLACK);
        let pane = Pane { fit, ..Pane::new(Rect::FULL, Feed::Empty) };
        let painting = self.painter.prepare(&canvas, &pane, Crop::NONE, content);
        self.painter.paint(&mut canvas, &painting);
        self.backdrops.truncate(Backdrop::MOST - 1);
        self.backdrops.insert(0, Backdrop { serial, fit, frame: canvas.finish() });
        Some(0)
    }

    /// Converts the new ones of the pictures that come as R'G'B'A.
    fn convert(&mut self, sources: &[(SourceId, Frame)]) {
        let is_rgba = |frame: &Frame| frame.format().layout == PixelLayout::Rgba;
        let there = |id| sources.iter().any(|(other, frame)| *other == id && is_rgba(frame));
        self.cutouts.retain(|cutout| there(cutout.source));
        for (source, frame) in sources.iter().filter(|(_, frame)| is_rgba(frame) && is_whole(frame))
        {
            let known = self.cutouts.iter().position(|cutout| cutout.source == *source);
            let index = known.unwrap_or_else(|| {
                let (source, frame) = (*source, None);
                self.cutouts.push(LiveCutout { source, frame, cutout: Cutout::default() });
                self.cutouts.len() - 1
            });
            let live = &mut self.cutouts[index];
            if !live.frame.as_ref().is_some_and(|old| old.is_same(frame)) {
                let plane = frame.plane(0);
                let (width, height) = frame.plane_size(0);
                live.cutout.set(width, height, plane.data, plane.stride);
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
        self.convert(sources);
        let prepared = Arc::clone(&self.prepared);
        let items = prepared.load();
        let world = World { sources, items: &items };
        let finished = match picture {
            Picture::One(bus) => self.bus(bus, world),
            Picture::Mix { from, to, part, whole } => {
                let (from, to) = (self.bus(from, world), self.bus(to, world));
                mix::mix(self.pool.take(), &from, &to, *part, *whole)
            }
        };
        Some((frame, finished))
    }

    fn latency(&self) -> u32 {
        0
    }
}

impl<'a> World<'a> {
    /// A source's picture, if it is whole.
    fn frame(self, id: SourceId) -> Option<&'a Frame> {
        let found = self.sources.iter().find(|(other, _)| *other == id);
        found.map(|(_, frame)| frame).filter(|frame| is_whole(frame))
    }

    /// A prepared picture of a bus, and its serial number.
    fn picture(self, bus: &Pinned, asset: AssetId) -> Option<(Content<'a>, u64)> {
        let item = self.items.get(&bus.pictures.get(&asset)?.key)?;
        match &item.ready {
            Ready::Picture(frame) => Some((Content::Frame(frame), item.serial)),
            Ready::Cutout(cutout) => Some((Content::Cutout(cutout), item.serial)),
            Ready::Graphic(_) => None,
        }
    }

    /// A prepared graphic that can be seen.
    fn raster(self, graphic: &Graphic) -> Option<&'a Raster> {
        let item = self.items.get(&graphic.prep.as_ref()?.key)?;
        match &item.ready {
            Ready::Graphic(raster) if graphic.component.opacity > 0.0 => Some(raster),
            _ => None,
        }
    }

    /// What a pane shows: its source's picture, else its placeholder, else black. A crop is of the
    /// source alone.
    fn content(self, pane: &Pane, bus: &Pinned, cutouts: &'a [LiveCutout]) -> (Content<'a>, Crop) {
        let source = source_of(pane, bus);
        let live = source.and_then(|source| {
            let Some(frame) = self.frame(source.id) else { return self.own(source, bus) };
            let cutout = cutouts.iter().find(|cutout| cutout.source == source.id);
            let cutout = cutout.filter(|_| frame.format().layout == PixelLayout::Rgba);
            Some(cutout.map_or(Content::Frame(frame), |live| Content::Cutout(&live.cutout)))
        });
        let placeholder = || Some(self.picture(bus, pane.placeholder?)?.0);
        match live {
            Some(content) => (content, pane.crop),
            None => (placeholder().unwrap_or(Content::Flat(Colour::BLACK)), Crop::NONE),
        }
    }

    /// What a source shows that nobody decodes.
    fn own(self, source: &Source, bus: &Pinned) -> Option<Content<'a>> {
        match source.kind {
            SourceKind::Colour { colour } => Some(Content::Flat(colour)),
            SourceKind::Still { asset } => Some(self.picture(bus, asset)?.0),
            SourceKind::TestPattern { .. } | SourceKind::Live { .. } | SourceKind::File(_) => None,
        }
    }

    /// The picture of a pane that covers the canvas with its source's own pixels.
    fn untouched(self, pane: &Pane, bus: &Pinned, canvas: (u32, u32)) -> Option<&'a Frame> {
        let Pane { rect, feed: _, z: _, fit: _, crop, border, corner, opacity, placeholder: _ } =
            pane;
        let whole = *rect == Rect::FULL
            && *crop == Crop::NONE
            && border.is_none()
            && *corner == 0.0
            && *opacity >= 1.0;
        let source = source_of(pane, bus).filter(|_| whole)?;
        let own = || match self.own(source, bus)? {
            Content::Frame(frame) => Some(frame),
            Content::Flat(_) | Content::Cutout(_) => None,
        };
        let frame = self.frame(source.id).or_else(own)?;
        let fits = frame.size() == canvas && frame.format() == PixelFormat::PROGRAMME;
        fits.then_some(frame)
    }
}

fn source_of<'a>(pane: &Pane, bus: &'a Pinned) -> Option<&'a Source> {
    let id = pane.feed.source()?;
    bus.sources.iter().find(|source| source.id == id)
}

/// Whether its planes hold as many bytes as its size and format say: what a source hands over is
/// looked at before it is read.
fn is_whole(frame: &Frame) -> bool {
    let (count, wide) = match frame.format().layout {
        PixelLayout::I420 => (3, [1, 1, 1]),
        PixelLayout::Nv12 => (2, [1, 2, 1]),
        PixelLayout::Rgba => (1, [4, 1, 1]),
    };
    (0..count).all(|index| {
        let (width, height) = frame.plane_size(index);
        let (row, plane) = (width * wide[index], frame.plane(index));
        row > 0
            && height > 0
            && plane.stride >= row
            && plane.data.len() >= plane.stride * (height - 1) + row
    })
}

/// Draws the background where something of it is seen.
fn background(
    canvas: &mut Canvas,
    bus: &Pinned,
    backdrop: Option<&Frame>,
    (painter, holes): (&Painter, &mut Holes),
    paintings: &[Option<Painting<'_>>],
) {
    let colour = match bus.layout.as_ref().map(|layout| layout.background) {
        Some(Background::Colour { colour }) => colour,
        Some(Background::Picture { .. }) | None => Colour::BLACK,
    };
    for (plane, code) in colour.to_bt709().into_iter().enumerate() {
        let (wide, high) = canvas.plane_size(plane);
        if plane < 2 {
            holes.set([0, wide, 0, high]);
            paintings.iter().flatten().for_each(|item| holes.cut(painter.solid(item, plane)));
        }
        let (bytes, stride) = canvas.plane_mut(plane);
        for [left, right, top, bottom] in holes.blocks() {
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
