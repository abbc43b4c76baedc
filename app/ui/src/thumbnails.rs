//! The small pictures of a bin, and where each of them lies.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Color32, Rect, Shape, pos2, vec2};
use egui_wgpu::Callback;
use show::{Background, Colour, Fit, ItemId, Layout, Pane};

use crate::look::{Look, Thumbnail};
use crate::thumbnail_sheet::{PicturePlace, Quad, ThumbnailPaint};
use crate::{monitor, theme};

/// Pictures whose aspect is this near to their place's are stretched into it, rather than leaving a
/// sliver of a pixel at a side.
const NEAR: f32 = 0.03;

/// What is to be drawn of one bin.
pub struct Pictures {
    area: Rect,
    all: Arc<BTreeMap<ItemId, Arc<Thumbnail>>>,
    quads: Vec<Quad>,
}

impl Pictures {
    /// For a bin that is seen in this rectangle.
    pub fn new(look: &Look, area: Rect) -> Self {
        Self { area, all: Arc::clone(&look.thumbnails), quads: Vec::new() }
    }

    /// What is known of an item's picture.
    pub fn of(&self, item: ItemId) -> Option<&Thumbnail> {
        self.all.get(&item).map(Arc::as_ref)
    }

    /// Shows an item's picture whole in this place; false if there is none.
    pub fn whole(&mut self, place: Rect, item: ItemId) -> bool {
        let Some(thumbnail) = self.all.get(&item) else { return false };
        let (width, height) = thumbnail.of;
        let aspect = width as f32 / height.max(1) as f32;
        let near = (aspect / place.aspect_ratio() - 1.0).abs() < NEAR;
        let place = if near { place } else { monitor::fitted(place, thumbnail.of) };
        self.push(place, Some((item, UNIT)), Color32::WHITE);
        true
    }

    /// Shows a layout on this canvas, bottom to top; yields the panes whose source has no picture, each
    /// with its place.
    pub fn layout<'a>(&mut self, canvas: Rect, layout: &'a Layout) -> Vec<(&'a Pane, Rect)> {
        match layout.background {
            Background::Colour { colour } => self.push(canvas, None, colour_of(colour)),
            Background::Picture { asset, fit } => {
                self.push(canvas, None, Color32::BLACK);
                self.fitted(canvas, canvas, asset.into(), (fit, UNIT), 1.0);
            }
        }
        let mut panes: Vec<_> = layout.panes.iter().collect();
        panes.sort_by_key(|pane| pane.z);
        let mut bare = Vec::new();
        for pane in panes.into_iter().filter(|pane| pane.opacity > 0.0) {
            let show::Rect { x, y, w, h } = pane.rect;
            let at = |x: f64, y: f64| {
                canvas.min + vec2(x as f32 * canvas.width(), y as f32 * canvas.height())
            };
            let place = Rect::from_two_pos(at(x, y), at(x + w, y + h));
            let show::Crop { left, top, right, bottom } = pane.crop;
            let seen = Rect::from_min_max(
                pos2(left as f32, top as f32),
                pos2(1.0 - right as f32, 1.0 - bottom as f32),
            );
            let item = pane.feed.source().map(ItemId::from);
            let drawn = item.is_some_and(|item| {
                self.fitted(place, canvas, item, (pane.fit, seen), pane.opacity as f32)
            });
            if !drawn {
                bare.push((pane, place.intersect(canvas)));
            }
        }
        bare
    }

    /// A part of a picture in a place as `fit` has it, and of that what lies on the canvas.
    fn fitted(
        &mut self,
        place: Rect,
        canvas: Rect,
        item: ItemId,
        (fit, seen): (Fit, Rect),
        opacity: f32,
    ) -> bool {
        let Some(thumbnail) = self.all.get(&item) else { return false };
        let (width, height) = (thumbnail.of.0 as f32, thumbnail.of.1.max(1) as f32);
        let aspect = (seen.width() * width) / (seen.height() * height).max(1e-6);
        // How much wider the picture is than its place.
        let wider = aspect / place.aspect_ratio();
        let (mut place, mut seen) = (place, seen);
        if (wider - 1.0).abs() >= NEAR {
            match (fit, wider > 1.0) {
                (Fit::Fit, true) => place = middle(place, 1.0, 1.0 / wider),
                (Fit::Fit, false) => place = middle(place, wider, 1.0),
                (Fit::Fill, true) => seen = middle(seen, 1.0 / wider, 1.0),
                (Fit::Fill, false) => seen = middle(seen, 1.0, wider),
            }
        }
        let inside = place.intersect(canvas);
        if !inside.is_positive() {
            return true;
        }
        // What is cut off the place is cut off the picture.
        let across = |x: f32| seen.left() + (x - place.left()) / place.width() * seen.width();
        let down = |y: f32| seen.top() + (y - place.top()) / place.height() * seen.height();
        let part = Rect::from_min_max(
            pos2(across(inside.left()), down(inside.top())),
            pos2(across(inside.right()), down(inside.bottom())),
        );
        self.push(inside, Some((item, part)), Color32::from_white_alpha((opacity * 255.0) as u8));
        true
    }

    fn push(&mut self, place: Rect, of: Option<(ItemId, Rect)>, colour: Color32) {
        // What is scrolled away is not even sent.
        if place.intersects(self.area) {
            self.quads.push(Quad { place, of, colour });
        }
    }

    /// All of it as one shape.
    pub fn shape(self, bin: PicturePlace) -> Shape {
        let Self { area, all, quads } = self;
        if quads.is_empty() || !area.is_positive() {
            return Shape::Noop;
        }
        Callback::new_paint_callback(area, ThumbnailPaint { bin, area, all, quads }).into()
    }
}

const UNIT: Rect = Rect { min: pos2(0.0, 0.0), max: pos2(1.0, 1.0) };

/// A rectangle's middle, of these parts of its width and height.
fn middle(rect: Rect, wide: f32, high: f32) -> Rect {
    Rect::from_center_size(rect.center(), vec2(rect.width() * wide, rect.height() * high))
}

fn colour_of(Colour { r, g, b, .. }: Colour) -> Color32 {
    theme::of_show(r, g, b)
}
