//! Where the panels are: docked beside and behind each other, moved by hand, remembered.

use egui::{Rect, Ui};
use egui_tiles::{Container, Linear, LinearDir, Tile, TileId, Tiles, Tree};
use serde::{Deserialize, Serialize};

/// A panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What is next.
    Pvw,
    /// CUT, AUTO and their kin.
    Switching,
    /// What is on air.
    Pgm,
    /// Destinations and recordings.
    OnAir,
    /// Texts and pictures of both buses.
    Graphics,
    /// What was told.
    Log,
    /// Scenes, to be loaded.
    Scenes,
    /// Layouts, to be loaded.
    Layouts,
    /// Sources, with live pictures.
    Sources,
    /// Faders and meters.
    Mixer,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Pvw,
        Self::Switching,
        Self::Pgm,
        Self::OnAir,
        Self::Graphics,
        Self::Log,
        Self::Scenes,
        Self::Layouts,
        Self::Sources,
        Self::Mixer,
    ];

    /// The key of its name.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Pvw => "pvw",
            Self::Switching => "switching",
            Self::Pgm => "pgm",
            Self::OnAir => "on-air",
            Self::Graphics => "graphics",
            Self::Log => "log",
            Self::Scenes => "scenes",
            Self::Layouts => "layouts",
            Self::Sources => "sources",
            Self::Mixer => "mixer",
        }
    }
}

/// Heights and widths of the desk at first, in points at 100 %.
const MIXER: f32 = 166.0;
const BINS: f32 = 188.0;
/// What the bins and the mixer may be lowered to, for monitors that high: then the column between them has
/// all its rows.
const LEAST_MIXER: f32 = 110.0;
const LEAST_BINS: f32 = 130.0;
const UPPER: f32 = 244.0;
/// The same where even that is too much: CUT and AUTO share a row, and there is still a T-bar.
const LOW_UPPER: f32 = 158.0;
/// Where nothing else helps: no T-bar.
const LEAST_UPPER: f32 = 110.0;
const SWITCHING: f32 = 116.0;
const ON_AIR: f32 = 236.0;
/// What a monitor has around its picture: its name above it, and a little space.
const AROUND: egui::Vec2 = egui::vec2(12.0, 36.0);

/// The panels and their places.
pub struct Arrangement {
    tree: Tree<Part>,
    /// Nobody has moved anything: places follow the window's size.
    is_first: bool,
}

impl Arrangement {
    /// As it is at first.
    pub fn new() -> Self {
        let mut tiles = Tiles::default();
        let mut pane = |part| tiles.insert_pane(part);
        let [pvw, switching, pgm] = [Part::Pvw, Part::Switching, Part::Pgm].map(&mut pane);
        let air = [Part::OnAir, Part::Graphics, Part::Log].map(&mut pane);
        let scenes = [Part::Scenes, Part::Layouts].map(&mut pane);
        let (sources, mixer) = (pane(Part::Sources), pane(Part::Mixer));
        let air = tiles.insert_tab_tile(air.to_vec());
        let scenes = tiles.insert_tab_tile(scenes.to_vec());
        let sources = tiles.insert_tab_tile(vec![sources]);
        let upper = tiles.insert_horizontal_tile(vec![pvw, switching, pgm, air]);
        let bins = tiles.insert_horizontal_tile(vec![scenes, sources]);
        let root = tiles.insert_vertical_tile(vec![upper, bins, mixer]);
        Self { tree: Tree::new(egui::Id::unique("desk"), root, tiles), is_first: true }
    }

    /// As it was kept; nothing if that has not each panel once.
    pub fn read(kept: &str) -> Option<Self> {
        let tree: Tree<Part> = serde_json::from_str(kept).ok()?;
        let is_there = |part: Part| {
            let panes = tree.tiles.tiles().filter(|tile| **tile == Tile::Pane(part));
            panes.count() == 1
        };
        let whole = tree.root().is_some() && Part::ALL.into_iter().all(is_there);
        whole.then_some(Self { tree, is_first: false })
    }

    /// To be kept; nothing while it is as it was at first.
    pub fn written(&self) -> Option<String> {
        if self.is_first { None } else { serde_json::to_string(&self.tree).ok() }
    }

    /// Somebody has moved something.
    pub fn moved(&mut self) {
        self.is_first = false;
    }

    /// Draws the panels.
    pub fn draw(
        &mut self,
        ui: &mut Ui,
        raster: (u32, u32),
        behavior: &mut dyn egui_tiles::Behavior<Part>,
    ) {
        if self.is_first {
            self.fit(ui.max_rect(), raster);
        }
        self.tree.ui(behavior, ui);
    }

    /// Where the bins begin: below the monitors.
    pub fn lower_edge(&self, whole: Rect) -> f32 {
        let places = [Part::Pvw, Part::Pgm, Part::Switching].map(|part| {
            let id = self.tree.tiles.find_pane(&part)?;
            Some(self.tree.tiles.rect(id)?.bottom())
        });
        let lowest = places.into_iter().flatten().fold(whole.top(), f32::max);
        lowest.min(whole.bottom() - 340.0).max(whole.top())
    }

    /// Monitors as high as their pictures can be, then the bins.
    fn fit(&mut self, rect: Rect, (width, height): (u32, u32)) {
        let wide = (rect.width() - ON_AIR - SWITCHING) / 2.0;
        let picture = (wide - AROUND.x) * height as f32 / width as f32;
        let most = rect.height() - LEAST_BINS - LOW_UPPER;
        let mixer = most.clamp(LEAST_MIXER, MIXER);
        let rest = rect.height() - mixer;
        let column = (rest - LEAST_BINS).clamp(LEAST_UPPER, UPPER);
        let upper = (picture + AROUND.y).min(rest - BINS).max(rest * 0.4).max(column);
        let Some(root) = self.tree.root() else { return };
        let mut rows = [upper, rest - upper, mixer].into_iter();
        let children = self.shares(root, LinearDir::Vertical, || rows.next());
        let Some(upper) = children.first() else { return };
        let mut columns = [wide, SWITCHING, wide, ON_AIR].into_iter();
        self.shares(*upper, LinearDir::Horizontal, || columns.next());
    }

    fn shares(
        &mut self,
        id: TileId,
        dir: LinearDir,
        mut next: impl FnMut() -> Option<f32>,
    ) -> Vec<TileId> {
        let Some(Tile::Container(Container::Linear(linear))) = self.tree.tiles.get_mut(id) else {
            return Vec::new();
        };
        let Linear { children, dir: is, .. } = linear;
        if *is != dir {
            return Vec::new();
        }
        let children = children.clone();
        for child in &children {
            if let Some(share) = next() {
                linear.shares.set_share(*child, share);
            }
        }
        children
    }
}
