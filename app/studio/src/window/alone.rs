//! A source alone on a canvas, as it is drawn for thumbnails and for dialogs.

use std::collections::BTreeMap;

use engine::{BusItems, Frame, Pinned, Prep};
use show::{
    AssetId, Background, Colour, Crop, Feed, Fit, Layout, LayoutId, Pane, PictureSettings, Rect,
    Source, SourceId, SourceKind,
};

/// What is shown.
#[derive(Clone, Copy)]
pub enum Shown<'a> {
    /// A picture.
    Frame(&'a Frame),
    /// A prepared picture, and its width and height.
    Prepared(&'a Prep, (u32, u32)),
    /// A flat colour.
    Colour(Colour),
}

/// Its id, and that of its picture.
pub const SOURCE: SourceId = SourceId(1);
const ASSET: AssetId = AssetId(1);

impl Shown<'_> {
    /// Its size with these settings, in square pixels.
    pub fn size(&self, settings: &PictureSettings) -> (u32, u32) {
        match self {
            Shown::Frame(frame) => set_size(shown_size(frame), settings),
            Shown::Prepared(_, size) => set_size(*size, settings),
            Shown::Colour(_) => (16, 9),
        }
    }

    /// A bus on which it fills a part of the canvas, with these settings, and the pictures to draw it with.
    pub fn alone(
        &self,
        rect: Rect,
        settings: &PictureSettings,
    ) -> (Pinned, Vec<(SourceId, Frame)>) {
        let pane = Pane { fit: Fit::Fill, ..Pane::new(rect, Feed::Source(SOURCE)) };
        let kind = match self {
            Shown::Colour(colour) => SourceKind::Colour { colour: *colour },
            Shown::Prepared(..) => SourceKind::Still { asset: ASSET },
            Shown::Frame(_) => SourceKind::TestPattern { tag: 0 },
        };
        let mut source = Source::new(SOURCE, "", "", kind);
        source.settings.picture = *settings;
        let pictures = match self {
            Shown::Prepared(prep, _) => BTreeMap::from([(ASSET, (*prep).clone())]),
            _ => BTreeMap::new(),
        };
        let layout = Layout {
            id: LayoutId(1),
            name: String::new(),
            background: Background::default(),
            panes: vec![pane],
            audio: Vec::new(),
        };
        let bus = Pinned {
            items: BusItems::default(),
            layout: Some(layout),
            graphics: Vec::new(),
            sources: vec![source],
            films: Vec::new(),
            pictures,
        };
        let frames = match self {
            Shown::Frame(frame) => vec![(SOURCE, (*frame).clone())],
            _ => Vec::new(),
        };
        (bus, frames)
    }
}

/// The size of a picture as it is shown, with square pixels.
fn shown_size(frame: &Frame) -> (u32, u32) {
    let (width, height) = frame.size();
    ((f64::from(width) * frame.pixel_aspect()).round().max(1.0) as u32, height)
}

/// The size of a picture as these settings turn and crop it.
fn set_size((width, height): (u32, u32), settings: &PictureSettings) -> (u32, u32) {
    let Crop { left, top, right, bottom } = settings.crop;
    let (width, height) =
        if settings.rotation.is_quarter() { (height, width) } else { (width, height) };
    let part = |side: u32, cut: f64| (f64::from(side) * (1.0 - cut)).round().max(1.0) as u32;
    // Without a size it stays without one.
    let part = |side: u32, cut: f64| if side == 0 { 0 } else { part(side, cut) };
    (part(width, left + right), part(height, top + bottom))
}

/// The largest even size of this aspect within `most`; `None` for what has no size.
pub fn fit((width, height): (u32, u32), (most_wide, most_high): (u32, u32)) -> Option<(u32, u32)> {
    if width == 0 || height == 0 {
        return None;
    }
    let even = |value: u32, most: u32| (value.max(2) + 1).min(most) & !1;
    let high = u64::from(height) * u64::from(most_wide) / u64::from(width);
    Some(if high <= u64::from(most_high) {
        (most_wide, even(high as u32, most_high))
    } else {
        let wide = u64::from(width) * u64::from(most_high) / u64::from(height);
        (even(wide as u32, most_wide), most_high)
    })
}
