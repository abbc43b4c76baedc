//! One plan with all that it is drawn from, drawn by a compositor and by the reference.

use std::collections::BTreeMap;
use std::sync::Arc;

use compositor::{Compositor, Drawable, Prepared};
use engine::{BusItems, Frame, FrameIndex, Picture, Pinned, PrepKey};
use show::{
    Asset, AssetId, AssetKind, Background, Colour, Component, Format, FrameRate, Layout, LayoutId,
    Pane, PictureSettings, Raster, Show, Source, SourceId, SourceKind,
};

use crate::reference::{Drawn, Image, World};

/// A plan, and everything that is drawn from.
#[derive(Clone, Debug)]
pub struct Case {
    /// Width and height of the canvas in pixels.
    pub size: (u32, u32),
    /// What is to be drawn.
    pub picture: Picture,
    /// The sources' pictures.
    pub sources: Vec<(SourceId, Frame)>,
    /// Graphics and pictures, by name.
    pub images: BTreeMap<PrepKey, Image>,
}

/// Makes a compositor for a canvas of this size.
pub type Make<'a> = &'a dyn Fn((u32, u32), Arc<Prepared>) -> Box<dyn Compositor>;

impl Case {
    fn prepared(&self) -> Arc<Prepared> {
        let prepared = Prepared::default();
        let mut buses = vec![];
        match &self.picture {
            Picture::One(bus) => buses.push(bus),
            Picture::Mix { from, to, .. } => buses.extend([from, to]),
        }
        for bus in buses {
            let graphics: Vec<PrepKey> = bus
                .graphics
                .iter()
                .flat_map(|graphic| &graphic.prep)
                .map(|prep| prep.key)
                .collect();
            for prep in bus.preps() {
                let Some(image) = self.images.get(&prep.key) else { continue };
                let (width, height) = (image.size.0 as u32, image.size.1 as u32);
                let ready = if graphics.contains(&prep.key) {
                    Drawable::graphic(width, height, &image.rgba)
                } else {
                    Drawable::picture(width, height, &image.rgba)
                };
                prepared.insert(prep.key, ready).expect("small pictures");
            }
        }
        Arc::new(prepared)
    }

    /// What a compositor draws, after its latency.
    ///
    /// # Panics
    /// It yields no picture then, or another frame's.
    pub fn drawn(&self, make: Make<'_>) -> Frame {
        let mut compositor = make(self.size, self.prepared());
        let frames = u64::from(compositor.latency()) + 1;
        let drawn = (0..frames).map(|frame| {
            let drawn = compositor.draw(FrameIndex(frame), &self.picture, &self.sources);
            compositor.wait();
            drawn
        });
        let (frame, picture) = drawn.last().flatten().expect("finished after its latency");
        assert_eq!(frame, FrameIndex(0));
        picture
    }

    /// What is right.
    pub fn reference(&self) -> Drawn {
        let size = (self.size.0 as usize, self.size.1 as usize);
        World { size, sources: &self.sources, images: &self.images }.draw(&self.picture)
    }
}

/// Sources 1 to 4 are pictures, 5 is this colour, 6 a still.
pub fn bus_of(
    panes: Vec<Pane>,
    components: Vec<Component>,
    background: Background,
    colour: Colour,
) -> Arc<Pinned> {
    bus_with(panes, components, (background, colour), &[])
}

/// The same, the sources' pictures with these settings.
pub fn bus_with(
    panes: Vec<Pane>,
    components: Vec<Component>,
    (background, colour): (Background, Colour),
    settings: &[PictureSettings],
) -> Arc<Pinned> {
    let mut show = Show::new("Random", Format { raster: Raster::Hd, rate: FrameRate::R25 });
    let asset = |id: u32| {
        let (id, path, kind) = (AssetId(id), format!("{id}"), AssetKind::Picture);
        Asset { id, path, kind, hash: None }
    };
    show.assets = (20..23).map(asset).collect();
    let source = |id: u32, kind| {
        let (id, name, uid) = (SourceId(id), format!("Source {id}"), format!("uid-{id}"));
        Source::new(id, name, uid, kind)
    };
    let pattern = |id| source(id, SourceKind::TestPattern { tag: 0 });
    show.sources = (1..=4).map(pattern).collect();
    show.sources.push(source(5, SourceKind::Colour { colour }));
    show.sources.push(source(6, SourceKind::Still { asset: AssetId(22) }));
    for (source, settings) in show.sources.iter_mut().zip(settings) {
        source.settings.picture = *settings;
    }
    let (id, name, audio) = (LayoutId(7), "Layout".to_owned(), Vec::new());
    show.layouts.push(Layout { id, name, background, panes, audio });
    let names = components.iter().map(|component| component.id).collect();
    show.components = components;
    BusItems { layout: Some(id), components: names, ..BusItems::default() }.pin(&show)
}
