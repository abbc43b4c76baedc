//! What is drawn: layouts as programmes have them, with graphics over them, and sources that move.

use std::sync::Arc;

use compositor::{Drawable, Prepared};
use engine::{BusItems, Frame, Pinned, PixelFormat};
use show::{
    Anchor, Asset, AssetId, AssetKind, Background, Border, Colour, Component, ComponentId,
    ComponentKind, Feed, Format, FrameRate, Layout, LayoutId, Pane, Placement, Raster, Rect, Show,
    Source, SourceId, SourceKind, Template,
};

use crate::pictures::picture;

/// A layout to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// Two panes with borders and round corners on a background.
    TwoBox,
    /// Two by two.
    Quad,
    /// Three by three.
    Nine,
}

impl Scene {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::TwoBox, Self::Quad, Self::Nine];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TwoBox => "two-box",
            Self::Quad => "quad",
            Self::Nine => "nine",
        }
    }

    /// How many sources it shows.
    pub const fn sources(self) -> u32 {
        match self {
            Self::TwoBox => 2,
            Self::Quad => 4,
            Self::Nine => 9,
        }
    }

    fn layout(self) -> Layout {
        let feeds: Vec<Feed> = (1..=self.sources()).map(|id| Feed::Source(SourceId(id))).collect();
        let id = LayoutId(1);
        if self != Self::TwoBox {
            let template = if self == Self::Quad { Template::Quad } else { Template::NineUp };
            return template.layout(id, self.name(), &feeds);
        }
        let border = Some(Border { width: 0.006, colour: Colour::WHITE });
        let pane = |(x, feed): (f64, &Feed)| {
            let rect = Rect::new(x, 0.2, 0.45, 0.45);
            Pane { border, corner: 0.02, ..Pane::new(rect, *feed) }
        };
        let panes = [0.04, 0.51].into_iter().zip(&feeds).map(pane).collect();
        let background = Background::Colour { colour: Colour::rgb(20, 40, 80) };
        Layout { id, name: self.name().to_owned(), background, panes, audio: Vec::new() }
    }
}

/// A graphic's asset and place.
const LOGO: (u32, Anchor) = (1, Anchor::TopRight);
const TEXT: (u32, Anchor) = (2, Anchor::Bottom);

/// The layout with its graphics, and these made ready for a canvas of this size.
pub fn bus(scene: Scene, size: (u32, u32)) -> (Arc<Pinned>, Arc<Prepared>) {
    let mut show = Show::new("Bench", Format { raster: Raster::Uhd, rate: FrameRate::R25 });
    show.sources = (1..=scene.sources()).map(source).collect();
    show.layouts.push(scene.layout());
    for (id, anchor) in [LOGO, TEXT] {
        let (asset, path, kind) = (AssetId(id), format!("{id}"), AssetKind::Picture);
        show.assets.push(Asset { id: asset, path, kind, hash: None });
        show.components.push(Component {
            id: ComponentId(id),
            name: format!("Graphic {id}"),
            kind: ComponentKind::Image { asset, height: None },
            place: Placement { anchor, x: 0.0, y: 0.0 },
            opacity: 1.0,
            live: false,
        });
    }
    let components = show.components.iter().map(|component| component.id).collect();
    let layout = Some(LayoutId(1));
    let bus = BusItems { layout, components, ..BusItems::default() }.pin(&show);
    let prepared = Prepared::default();
    for (graphic, ready) in bus.graphics.iter().zip([logo(size.1), text(size)]) {
        let prep = graphic.prep.as_ref().expect("its asset is in the show");
        prepared.insert(prep.key, ready).expect("two graphics");
    }
    (bus, Arc::new(prepared))
}

fn source(id: u32) -> Source {
    let (name, uid) = (format!("Source {id}"), format!("uid-{id}"));
    Source::new(SourceId(id), name, uid, SourceKind::TestPattern { tag: 0 })
}

fn graphic((wide, high): (u32, u32), pixel: impl Fn(u32, u32) -> [u8; 4]) -> Drawable {
    let pixels = (0..wide * high).flat_map(|at| pixel(at % wide, at / wide));
    Drawable::graphic(wide, high, &pixels.collect::<Vec<u8>>())
}

/// A disc with a soft edge, a sixth as high as the canvas.
fn logo(lines: u32) -> Drawable {
    let side = lines / 6;
    let middle = f64::from(side) / 2.0;
    graphic((side, side), |x, y| {
        let away = (f64::from(x) + 0.5 - middle).hypot(f64::from(y) + 0.5 - middle);
        [230, 60, 40, ((middle - away) * 64.0).clamp(0.0, 255.0) as u8]
    })
}

/// White strokes as a line of text has them, nothing between them.
fn text((wide, lines): (u32, u32)) -> Drawable {
    let stroke = (lines / 180).max(1);
    graphic((wide / 2, lines / 18), |x, y| {
        let (across, down) = (x / stroke, y / stroke);
        let is_letter =
            across % 6 < 4 && (across % 6 == 0 || (down + across / 6).is_multiple_of(3));
        let is_edge = x % stroke == 0;
        [255, 255, 255, if is_letter { if is_edge { 128 } else { 255 } } else { 0 }]
    })
}

/// Pictures that sources show in turn: another one on each frame for each, and no two the same at once.
pub struct Moving {
    pictures: Vec<Frame>,
    sources: usize,
}

impl Moving {
    /// For a layout's sources, each of this size.
    pub fn new(scene: Scene, size: (u32, u32)) -> Self {
        let sources = scene.sources() as usize;
        let one = |seed: usize| {
            picture(size, PixelFormat::PROGRAMME, 0, |plane, _, x, y| {
                let slope = (x * 2 + y + seed * 40) / 16 + plane * 50;
                let detail = (x ^ y).wrapping_mul(seed + 3) % 24;
                (16 + (slope + detail) % 200) as u8
            })
        };
        Self { pictures: (0..sources + 3).map(one).collect(), sources }
    }

    /// What the sources show on a frame.
    pub fn at(&self, frame: u64) -> Vec<(SourceId, Frame)> {
        let shown = self.pictures.iter().cycle().skip(frame as usize % self.pictures.len());
        let shown = shown.take(self.sources).zip(1..);
        shown.map(|(picture, id)| (SourceId(id), picture.clone())).collect()
    }
}
