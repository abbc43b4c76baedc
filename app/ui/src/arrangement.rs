//! Where the panels are docked. The operator moves them; the arrangement is saved.

use egui::{Rect, Ui};
use egui_tiles::{Container, Linear, LinearDir, Tile, TileId, Tree};

use crate::dock_tree;
use crate::panel_kind::PanelKind;

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
    tree: Tree<PanelKind>,
    /// Nothing was moved yet: places follow the window's size.
    is_first: bool,
}

impl Arrangement {
    /// As it is at first.
    pub fn new() -> Self {
        Self { tree: dock_tree::first(), is_first: true }
    }

    /// A saved arrangement, with every panel of this version in it; `None` if it cannot be read at all.
    pub fn read(saved: &str) -> Option<Self> {
        Some(Self { tree: dock_tree::restored(saved)?, is_first: false })
    }

    /// The arrangement to save; `None` while nothing was moved.
    pub fn written(&self) -> Option<String> {
        if self.is_first { None } else { serde_json::to_string(&self.tree).ok() }
    }

    /// A panel or an edge was moved.
    pub fn moved(&mut self) {
        self.is_first = false;
        dock_tree::give_tabs(&mut self.tree);
    }

    /// Draws the panels.
    pub fn draw(
        &mut self,
        ui: &mut Ui,
        raster: (u32, u32),
        behavior: &mut dyn egui_tiles::Behavior<PanelKind>,
    ) {
        if self.is_first {
            self.fit(ui.max_rect(), raster);
        }
        self.tree.ui(behavior, ui);
    }

    /// Where the bins begin: below the monitors.
    pub fn lower_edge(&self, whole: Rect) -> f32 {
        let places = [PanelKind::Pvw, PanelKind::Pgm, PanelKind::Switching].map(|part| {
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
