//! The content of a bus: by id on PVW, pinned on PGM.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use show::{
    Asset, AssetId, Component, ComponentId, Layout, LayoutId, Pace, Scene, SceneId, Show, Source,
    SourceId,
};

use crate::needed_file::NeededFile;
use crate::{Prep, PrepKind};

/// The content of a bus, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusItems {
    /// The scene it was loaded from, if any.
    pub scene: Option<SceneId>,
    /// The layout; without one the bus is black.
    pub layout: Option<LayoutId>,
    /// The graphics, bottom to top.
    pub components: Vec<ComponentId>,
}

/// The content of a bus, resolved: later edits to the document do not change it.
#[derive(Clone, Debug, PartialEq)]
pub struct Pinned {
    /// The ids it was resolved from.
    pub items: BusItems,
    /// The layout.
    pub layout: Option<Layout>,
    /// The graphics, bottom to top.
    pub graphics: Vec<Graphic>,
    /// The layout's sources, in pane order.
    pub sources: Vec<Source>,
    /// The files that these sources play.
    pub films: Vec<Asset>,
    /// The pictures of the layout and its sources: stills, background, placeholders.
    pub pictures: BTreeMap<AssetId, Prep>,
}

/// A component, resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Graphic {
    /// What it is and where.
    pub component: Component,
    /// What is drawn; none if its file is not in the show.
    pub prep: Option<Prep>,
}

impl Graphic {
    /// A component in its present state in the show.
    pub fn new(component: &Component, show: &Show) -> Self {
        let canvas = show.format.raster.size();
        let prep = Prep::of_component(component, canvas, |id| show.asset(id).cloned());
        Self { component: component.clone(), prep }
    }
}

impl BusItems {
    /// The content of a scene.
    pub fn of_scene(scene: &Scene) -> Self {
        let Scene { id, layout, components, .. } = scene;
        Self { scene: Some(*id), layout: Some(*layout), components: components.clone() }
    }

    /// The same with another layout: no scene any more.
    #[must_use]
    pub fn with_layout(&self, id: LayoutId) -> Self {
        Self { scene: None, layout: Some(id), components: self.components.clone() }
    }

    /// Resolves the ids against a show; items that no longer exist are left out.
    pub fn pin(&self, show: &Show) -> Arc<Pinned> {
        let layout = self.layout.and_then(|id| show.layout(id)).cloned();
        Arc::new(Pinned::new(self.clone(), layout, show))
    }
}

impl Pinned {
    /// A layout with its sources, and these graphics, as they are in a show; items that no longer exist are left out.
    pub fn new(items: BusItems, layout: Option<Layout>, show: &Show) -> Self {
        let components = items.components.iter().filter_map(|id| show.component(*id));
        let graphics = components.map(|component| Graphic::new(component, show)).collect();
        let sources: Vec<Source> = layout
            .iter()
            .flat_map(Layout::sources)
            .filter_map(|id| show.source(id))
            .cloned()
            .collect();
        let mut films = Vec::new();
        let mut stills = Vec::new();
        for source in &sources {
            match source.kind.nature().pace {
                Pace::Composed => stills.extend(source.assets()),
                _ => films.extend(source.assets().filter_map(|id| show.asset(id)).cloned()),
            }
        }
        let pictures = layout.iter().flat_map(Layout::assets).chain(stills);
        let prepared = pictures.filter_map(|id| {
            let path = show.asset(id)?.path.clone();
            Some((id, Prep::new(PrepKind::Picture { path })))
        });
        let pictures = prepared.collect();
        // The ids are kept unresolved, so that an undo brings deleted items back.
        Self { items, layout, graphics, sources, films, pictures }
    }

    /// An empty bus: black.
    pub fn empty() -> Arc<Self> {
        BusItems::default().pin(&Show::new(
            "",
            show::Format { raster: show::Raster::Hd, rate: show::FrameRate::R25 },
        ))
    }

    /// Whether this source is in the layout.
    pub fn shows(&self, source: SourceId) -> bool {
        self.sources.iter().any(|other| other.id == source)
    }

    /// Everything that must be prepared before the bus can be drawn completely.
    pub fn preps(&self) -> impl Iterator<Item = &Prep> {
        let graphics = self.graphics.iter().filter_map(|graphic| graphic.prep.as_ref());
        self.pictures.values().chain(graphics)
    }

    /// The files that a source plays, in their order.
    pub fn films(&self, source: &Source) -> Vec<NeededFile> {
        NeededFile::all(source, |id| self.films.iter().find(|film| film.id == id))
    }
}
