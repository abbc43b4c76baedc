//! What a bus holds: by name on PVW, pinned on PGM.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use show::{Asset, Component, ComponentId, Layout, LayoutId, SceneId, Show, Source};

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
    pub components: Vec<Component>,
    /// The layout's sources, in pane order.
    pub sources: Vec<Source>,
    /// Every file that is needed.
    pub assets: Vec<Asset>,
}

impl BusItems {
    /// Resolves the names against a show; what is no longer there is left out.
    pub fn pin(&self, show: &Show) -> Arc<Pinned> {
        let layout = self.layout.and_then(|id| show.layout(id)).cloned();
        let components: Vec<Component> =
            self.components.iter().filter_map(|id| show.component(*id)).cloned().collect();
        let sources: Vec<Source> = layout
            .iter()
            .flat_map(Layout::sources)
            .filter_map(|id| show.source(id))
            .cloned()
            .collect();
        let mut ids: Vec<_> = layout.iter().flat_map(Layout::assets).collect();
        ids.extend(components.iter().filter_map(Component::asset));
        ids.extend(sources.iter().filter_map(Source::asset));
        ids.sort_unstable();
        ids.dedup();
        let assets = ids.into_iter().filter_map(|id| show.asset(id)).cloned().collect();
        // The names are kept as asked, so that an undo brings back what was there.
        Arc::new(Pinned { items: self.clone(), layout, components, sources, assets })
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
    pub fn shows(&self, source: show::SourceId) -> bool {
        self.sources.iter().any(|other| other.id == source)
    }
}
