//! The inputs of a frame: pictures of sources and prepared images, found by id.

use engine::{Frame, Graphic, Pinned, PixelFormat, PixelLayout};
use show::{AssetId, Colour, Crop, MAX_PANES, Pane, Rect, Source, SourceId, SourceKind};

use crate::Drawable;
use crate::drawable::{Cutout, GraphicBitmap};
use crate::paint::Content;
use crate::prepared::Items;

/// A source's R'G'B'A picture, converted. Kept while the source sends such pictures.
pub struct LiveCutout {
    /// The source it is of.
    pub source: SourceId,
    /// What was converted.
    pub frame: Option<Frame>,
    /// The result.
    pub cutout: Cutout,
}

/// The pictures of sources and the prepared images of a frame.
#[derive(Clone, Copy)]
pub struct FrameInputs<'a> {
    /// Pictures of sources.
    pub sources: &'a [(SourceId, Frame)],
    /// Everything prepared.
    pub items: &'a Items,
}

impl<'a> FrameInputs<'a> {
    /// A source's picture, if it is complete.
    fn frame(self, id: SourceId) -> Option<&'a Frame> {
        let found = self.sources.iter().find(|(other, _)| *other == id);
        found.map(|(_, frame)| frame).filter(|frame| is_complete(frame))
    }

    /// A prepared picture of a bus, and its serial number.
    pub fn picture(self, bus: &Pinned, asset: AssetId) -> Option<(Content<'a>, u64)> {
        let item = self.items.get(&bus.pictures.get(&asset)?.key)?;
        match &item.drawable {
            Drawable::Picture(frame) => Some((Content::Frame(frame), item.serial)),
            Drawable::Cutout(cutout) => Some((Content::Cutout(cutout), item.serial)),
            Drawable::Graphic(_) => None,
        }
    }

    /// A prepared graphic that can be seen, and its serial number.
    pub fn bitmap(self, graphic: &Graphic) -> Option<(&'a GraphicBitmap, u64)> {
        let item = self.items.get(&graphic.prep.as_ref()?.key)?;
        match &item.drawable {
            Drawable::Graphic(bitmap) if graphic.component.opacity > 0.0 => {
                Some((bitmap, item.serial))
            }
            _ => None,
        }
    }

    /// What a pane shows: its source's picture, else its placeholder, else black. A crop applies to
    /// the source alone. With the serial number of a prepared image.
    pub fn content(
        self,
        pane: &Pane,
        bus: &Pinned,
        cutouts: &'a [LiveCutout],
    ) -> (Content<'a>, Crop, Option<u64>) {
        let source = source_of(pane, bus);
        let live = source.and_then(|source| {
            let Some(frame) = self.frame(source.id) else { return self.composed(source, bus) };
            let cutout = cutouts.iter().find(|cutout| cutout.source == source.id);
            let cutout = cutout.filter(|_| frame.format().layout == PixelLayout::Rgba);
            let content =
                cutout.map_or(Content::Frame(frame), |live| Content::Cutout(&live.cutout));
            Some((content, None))
        });
        let placeholder = || self.picture(bus, pane.placeholder?);
        match (live, placeholder()) {
            (Some((content, serial)), _) => (content, pane.crop, serial),
            (None, Some((content, serial))) => (content, Crop::NONE, Some(serial)),
            (None, None) => (Content::Flat(Colour::BLACK), Crop::NONE, None),
        }
    }

    /// What a composed source shows: a flat colour or a still.
    fn composed(self, source: &Source, bus: &Pinned) -> Option<(Content<'a>, Option<u64>)> {
        match source.kind {
            SourceKind::Colour { colour } => Some((Content::Flat(colour), None)),
            SourceKind::Still { asset } => {
                let (content, serial) = self.picture(bus, asset)?;
                Some((content, Some(serial)))
            }
            // Other sources have no picture until they send one.
            _ => None,
        }
    }

    /// The picture that a bus passes through, if its topmost pane is an unchanged full-screen
    /// source and there are no graphics.
    pub fn passthrough(self, bus: &Pinned, canvas: (u32, u32)) -> Option<&'a Frame> {
        let (panes, order) = panes_in_order(bus);
        let top = &panes[*order[..panes.len()].last()?];
        let frame = self.unchanged(top, bus, canvas)?;
        let has_graphics = bus.graphics.iter().any(|graphic| self.bitmap(graphic).is_some());
        (!has_graphics).then_some(frame)
    }

    /// The picture of a pane that covers the canvas with its source's own pixels.
    fn unchanged(self, pane: &Pane, bus: &Pinned, canvas: (u32, u32)) -> Option<&'a Frame> {
        let Pane { rect, feed: _, z: _, fit: _, crop, border, corner, opacity, placeholder: _ } =
            pane;
        let whole = *rect == Rect::FULL
            && *crop == Crop::NONE
            && border.is_none()
            && *corner == 0.0
            && *opacity >= 1.0;
        let source = source_of(pane, bus).filter(|_| whole)?;
        let own = || match self.composed(source, bus)?.0 {
            Content::Frame(frame) => Some(frame),
            Content::Flat(_) | Content::Cutout(_) => None,
        };
        let frame = self.frame(source.id).or_else(own)?;
        let fits = frame.size() == canvas
            && frame.pixel_aspect() == 1.0
            && frame.format() == PixelFormat::PROGRAMME;
        fits.then_some(frame)
    }
}

/// The panes of a bus, at most [`MAX_PANES`], and their order from bottom to top.
pub fn panes_in_order(bus: &Pinned) -> (&[Pane], [usize; MAX_PANES]) {
    let panes = bus.layout.as_ref().map_or(&[][..], |layout| &layout.panes);
    let panes = &panes[..panes.len().min(MAX_PANES)];
    let mut order: [usize; MAX_PANES] = std::array::from_fn(|index| index);
    order[..panes.len()].sort_unstable_by_key(|index| (panes[*index].z, *index));
    (panes, order)
}

fn source_of<'a>(pane: &Pane, bus: &'a Pinned) -> Option<&'a Source> {
    let id = pane.feed.source()?;
    bus.sources.iter().find(|source| source.id == id)
}

/// Whether its planes hold as many bytes as its size and format say: what a source sends is checked
/// before it is read.
pub fn is_complete(frame: &Frame) -> bool {
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
