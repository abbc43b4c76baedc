//! The inputs of a frame: pictures of sources and prepared images, found by id.

use engine::{Frame, Graphic, Pinned, PixelFormat, PixelLayout};
use show::{
    AssetId, Colour, Crop, MAX_PANES, Pane, PictureSettings, Rect, Source, SourceId, SourceKind,
};

use crate::Drawable;
use crate::adjusted::{AdjustedPictures, with_colours};
use crate::content::{Content, Shown};
use crate::drawable::{Cutout, GraphicBitmap};
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

/// What the CPU has made of sources' pictures before they are drawn. Nothing of it on a GPU.
#[derive(Default)]
pub struct MadeOnCpu {
    /// R'G'B'A pictures, converted.
    pub cutouts: Vec<LiveCutout>,
    /// Pictures as their sources' settings have them.
    pub adjusted: AdjustedPictures,
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
        self.sent(id).filter(|frame| !frame.stands_in())
    }

    fn sent(self, id: SourceId) -> Option<&'a Frame> {
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

    /// What a pane shows: its source's picture, else its placeholder, else what stands in for the source, else black. A
    /// crop applies to the source alone, as its settings do.
    pub fn content(self, pane: &Pane, bus: &'a Pinned, made: &'a MadeOnCpu) -> Shown<'a> {
        if let Some((source, content, serial)) = self.own(pane, bus) {
            let picture = &source.settings.picture;
            let crop = within(picture.crop, pane.crop);
            if let Some(content) = made.adjusted.find(source.id, picture) {
                return Shown { content, crop, serial, settings: None };
            }
            let is_rgba = matches!(content, Content::Frame(frame) if is_rgba(frame));
            let cutout = made.cutouts.iter().find(|cutout| is_rgba && cutout.source == source.id);
            let content = cutout.map_or(content, |live| Content::Cutout(&live.cutout));
            let is_set = *picture != PictureSettings::default();
            return Shown { content, crop, serial, settings: is_set.then_some(picture) };
        }
        let placeholder = pane.placeholder.and_then(|asset| self.picture(bus, asset));
        match placeholder {
            Some((content, serial)) => Shown { serial: Some(serial), ..Shown::plain(content) },
            None => {
                let stand_in = source_of(pane, bus).and_then(|source| self.sent(source.id));
                let black = Content::Flat(Colour::BLACK);
                Shown::plain(stand_in.map_or(black, Content::Frame))
            }
        }
    }

    /// A pane's source, the picture that it sends or is made of, and the serial number of a prepared one.
    pub fn own(
        self,
        pane: &Pane,
        bus: &'a Pinned,
    ) -> Option<(&'a Source, Content<'a>, Option<u64>)> {
        let source = source_of(pane, bus)?;
        let (content, serial) = match self.frame(source.id) {
            Some(frame) => (Content::Frame(frame), None),
            None => self.composed(source, bus)?,
        };
        Some((source, content, serial))
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
    pub fn passthrough(
        self,
        bus: &'a Pinned,
        canvas: (u32, u32),
        made: &'a MadeOnCpu,
    ) -> Option<&'a Frame> {
        let (panes, order) = panes_in_order(bus);
        let top = &panes[*order[..panes.len()].last()?];
        let frame = self.unchanged(top, bus, canvas, made)?;
        let has_graphics = bus.graphics.iter().any(|graphic| self.bitmap(graphic).is_some());
        (!has_graphics).then_some(frame)
    }

    /// The picture of a pane that covers the canvas with its source's own pixels.
    fn unchanged(
        self,
        pane: &Pane,
        bus: &'a Pinned,
        canvas: (u32, u32),
        made: &'a MadeOnCpu,
    ) -> Option<&'a Frame> {
        let Pane { rect, feed: _, z: _, fit: _, crop: _, border, corner, opacity, placeholder: _ } =
            pane;
        let whole = *rect == Rect::FULL && border.is_none() && *corner == 0.0 && *opacity >= 1.0;
        let _source = self.own(pane, bus).filter(|_| whole)?;
        let shown = self.content(pane, bus, made);
        let Content::Frame(frame) = shown.content else { return None };
        let is_own = shown.crop == Crop::NONE
            && shown.settings.is_none_or(|settings| !settings.makes_another());
        let settings = shown.settings.copied().unwrap_or_default();
        let fits = frame.size() == canvas
            && frame.pixel_aspect() == 1.0
            && with_colours(frame, &settings).format() == PixelFormat::PROGRAMME;
        (is_own && fits).then_some(frame)
    }
}

/// What is left by one crop, cropped by another.
fn within(outer: Crop, inner: Crop) -> Crop {
    if outer == Crop::NONE {
        return inner;
    }
    let (wide, high) = (1.0 - outer.left - outer.right, 1.0 - outer.top - outer.bottom);
    Crop {
        left: outer.left + inner.left * wide,
        top: outer.top + inner.top * high,
        right: outer.right + inner.right * wide,
        bottom: outer.bottom + inner.bottom * high,
    }
}

fn is_rgba(frame: &Frame) -> bool {
    frame.format().layout == PixelLayout::Rgba
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
