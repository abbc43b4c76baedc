//! What a bus holds: by name on PVW, pinned on PGM.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use show::{
    Asset, AssetId, Component, ComponentId, Layout, LayoutId, Pace, SceneId, Show, Source, SourceId,
};

use crate::{Prep, PrepKind};

/// The names of what a bus holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusItems {
    /// The scene it was loaded from, if it was.
    pub scene: Option<SceneId>,
    /// The layout; without one the bus is black.
    pub layout: Option<LayoutId>,
    /// The graphics, bottom to top.
    pub components: Vec<ComponentId>,
}

/// What a bus holds, resolved: later edits to the document do not reach it.
#[derive(Clone, Debug, PartialEq)]
pub struct Pinned {
    /// The names it was resolved from.
    pub items: BusItems,
    /// The layout.
    pub layout: Option<Layout>,
    /// The graphics, bottom to top.
    pub graphics: Vec<Graphic>,
    /// The layout's sources, in pane order.
    pub sources: Vec<Source>,
    /// The films of these sources.
    pub films: Vec<Asset>,
    /// The pictures of the layout and its sources: stills, background, placeholders.
    pub pictures: BTreeMap<AssetId, Prep>,
}

/// A component, resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Graphic {
    /// What it is and where.
    pub component: Component,
    /// What is drawn; nothing if its file is not in the show.
    pub prep: Option<Prep>,
}

impl Graphic {
    /// A component as the show has it now.
    pub fn new(component: &Component, show: &Show) -> Self {
        let canvas = show.format.raster.size();
        let prep = Prep::of_component(component, canvas, |id| show.asset(id).cloned());
        Self { component: component.clone(), prep }
    }
}

impl BusItems {
    /// Resolves the names against a show; what is no longer there is left out.
    pub fn pin(&self, show: &Show) -> Arc<Pinned> {
        let layout = self.layout.and_then(|id| show.layout(id)).cloned();
        let components = self.components.iter().filter_map(|id| show.component(*id));
        let graphics = components.map(|component| Graphic::new(component, show)).collect();
        let sources: Vec<Source> = layout
            .iter()
            .flat_map(Layout::sources)
            .filter_map(|id| show.source(id))
            .cloned()
            .collect();
        let mut films = Vec::new();
        let mut stills = Vec::new();
        for asset in sources.iter().filter_map(|source| Some((source, source.asset()?))) {
            match (asset.0.kind.nature().pace, show.asset(asset.1)) {
                (Pace::Composed, _) => stills.push(asset.1),
                (_, Some(film)) => films.push(film.clone()),
                (_, None) => {}
            }
        }
        let pictures = layout.iter().flat_map(Layout::assets).chain(stills);
        let prepared = pictures.filter_map(|id| {
            let path = show.asset(id)?.path.clone();
            Some((id, Prep::new(PrepKind::Picture { path })))
        });
        let pictures = prepared.collect();
        // The names are kept as asked, so that an undo brings back what was there.
        Arc::new(Pinned { items: self.clone(), layout, graphics, sources, films, pictures })
    }
}

impl Pinned {
    /// Black.
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

    /// Everything that must be made ready before this can be drawn whole.
    pub fn preps(&self) -> impl Iterator<Item = &Prep> {
        let graphics = self.graphics.iter().filter_map(|graphic| graphic.prep.as_ref());
        self.pictures.values().chain(graphics)
    }

    /// The film of a source, if it plays one.
    pub fn film(&self, source: &Source) -> Option<&Asset> {
        let id = source.asset()?;
        self.films.iter().find(|film| film.id == id)
    }
}
