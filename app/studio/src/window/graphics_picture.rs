//! A small picture of the graphics of a scene, to be laid over its layout: see-through where there is none.

use std::sync::Arc;

use compositor::{Compositor, CpuCompositor, Prepared};
use engine::{BusItems, FrameIndex, Picture, Pinned};
use show::{
    Background, Colour, Component, ComponentKind, Format, Layout, LayoutId, Raster, Scene, Show,
};
use ui::Thumbnail;

use super::thumbnails::rgba;

const BLACK: LayoutId = LayoutId(1);
const WHITE: LayoutId = LayoutId(2);

/// A show of a scene's graphics alone, on the smallest canvas of the show's aspect; `None` if it has none.
pub fn graphics(scene: &Scene, show: &Show) -> Option<Show> {
    let (width, height) = show.format.raster.size();
    let raster = if height > width { Raster::PortraitLd } else { Raster::Ld };
    let mut small = Show::new(String::new(), Format { raster, ..show.format });
    let components = scene.components.iter().filter_map(|id| show.component(*id)).cloned();
    small.components = components.collect();
    let pictures = small.components.iter().filter_map(picture_of);
    small.assets = pictures.filter_map(|id| show.asset(id)).cloned().collect();
    for (id, colour) in [(BLACK, Colour::BLACK), (WHITE, Colour::WHITE)] {
        let (name, panes, audio) = (String::new(), Vec::new(), Vec::new());
        let background = Background::Colour { colour };
        small.layouts.push(Layout { id, name, background, panes, audio });
    }
    (!small.components.is_empty()).then_some(small)
}

fn picture_of(component: &Component) -> Option<show::AssetId> {
    match component.kind {
        ComponentKind::Image { asset, .. } => Some(asset),
        ComponentKind::Text(_) => None,
    }
}

/// The graphics of such a show on black, which is what has to be prepared.
pub fn on_black(graphics: &Show) -> Arc<Pinned> {
    pinned(graphics, BLACK)
}

fn pinned(graphics: &Show, layout: LayoutId) -> Arc<Pinned> {
    let components = graphics.components.iter().map(|component| component.id).collect();
    BusItems { layout: Some(layout), components, ..BusItems::default() }.pin(graphics)
}

/// Draws them once they are prepared. What is the same on black and on white covers all, and what differs as
/// black and white do covers nothing.
pub fn draw(graphics: &Show, prepared: &Arc<Prepared>) -> Option<Thumbnail> {
    let (width, height) = graphics.format.raster.size();
    let mut compositor = CpuCompositor::new(width, height, Arc::clone(prepared));
    let mut on = |layout| {
        let picture = Picture::One(pinned(graphics, layout));
        let (_, drawn) = compositor.draw(FrameIndex(0), &picture, &[])?;
        Some(rgba(&drawn, (width, height)))
    };
    let (black, white) = (on(BLACK)?, on(WHITE)?);
    let (most_wide, most_high) = Thumbnail::MOST;
    let step = width.div_ceil(most_wide).max(height.div_ceil(most_high));
    let size = (width / step, height / step);
    let mut out = Vec::with_capacity((size.0 * size.1 * 4) as usize);
    for row in 0..size.1 {
        for column in 0..size.0 {
            let at = (column * step, row * step);
            let [on_black, on_white] =
                [&black, &white].map(|pixels| mean(pixels, width as usize, at, step));
            out.extend(uncovered(on_black, on_white));
        }
    }
    Some(Thumbnail { size, rgba: out, of: (width, height), length_millis: None })
}

/// The mean colour of a square.
fn mean(pixels: &[u8], width: usize, (x, y): (u32, u32), side: u32) -> [u32; 3] {
    let mut sum = [0; 3];
    for row in y..y + side {
        let at = (row as usize * width + x as usize) * 4;
        for pixel in pixels[at..at + side as usize * 4].as_chunks::<4>().0 {
            sum.iter_mut().zip(pixel).for_each(|(sum, part)| *sum += u32::from(*part));
        }
    }
    sum.map(|sum| sum / (side * side))
}

/// The colour, not multiplied, and the alpha of what looks like this on black and on white.
fn uncovered(on_black: [u32; 3], on_white: [u32; 3]) -> [u8; 4] {
    let seen_through: u32 = on_white.iter().zip(on_black).map(|(w, b)| w.saturating_sub(b)).sum();
    let alpha = 255 - (seen_through / 3).min(255);
    let [r, g, b] = on_black.map(|part| (part * 255 / alpha.max(1)).min(255) as u8);
    [r, g, b, alpha as u8]
}
