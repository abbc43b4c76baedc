//! The tree of docked panels: the default one, and saved ones brought up to date.

use std::collections::BTreeSet;

use egui_tiles::{Container, ContainerKind, Linear, LinearDir, Tile, TileId, Tiles, Tree};
use serde::{Deserialize, Serialize};

use crate::panel_kind::PanelKind;

/// The default arrangement.
pub fn first() -> Tree<PanelKind> {
    let mut tiles = Tiles::default();
    let mut pane = |kind| tiles.insert_pane(kind);
    let [pvw, switching, pgm] =
        [PanelKind::Pvw, PanelKind::Switching, PanelKind::Pgm].map(&mut pane);
    let air = [PanelKind::OnAir, PanelKind::Graphics, PanelKind::Log].map(&mut pane);
    let scenes = [PanelKind::Scenes, PanelKind::Layouts].map(&mut pane);
    let (sources, mixer) = (pane(PanelKind::Sources), pane(PanelKind::Mixer));
    let air = tiles.insert_tab_tile(air.to_vec());
    let scenes = tiles.insert_tab_tile(scenes.to_vec());
    let sources = tiles.insert_tab_tile(vec![sources]);
    let upper = tiles.insert_horizontal_tile(vec![pvw, switching, pgm, air]);
    let bins = tiles.insert_horizontal_tile(vec![scenes, sources]);
    let root = tiles.insert_vertical_tile(vec![upper, bins, mixer]);
    Tree::new(egui::Id::unique("desk"), root, tiles)
}

/// Reads a saved tree. Unknown and duplicate panels are removed; missing ones are added at their default
/// place. `None` if no known panel is left.
pub fn restored(saved: &str) -> Option<Tree<PanelKind>> {
    let mut saved: Tree<Saved> = serde_json::from_str(saved).ok()?;
    let reached = reached(&saved)?;
    let mut known = BTreeSet::new();
    let mut surplus = Vec::new();
    for id in &reached {
        match saved.tiles.get_pane(id) {
            Some(Saved::Known(kind)) if known.insert(*kind as usize) => {}
            Some(_) => surplus.push(*id),
            None => {}
        }
    }
    if known.is_empty() {
        return None;
    }
    for id in &reached {
        if let Some(Tile::Container(container)) = saved.tiles.get_mut(*id) {
            container.retain(|child| !surplus.contains(&child));
        }
    }
    // Orphaned tiles would still be found by their panel.
    let all: Vec<TileId> = saved.tiles.tile_ids().collect();
    for id in all.into_iter().filter(|id| surplus.contains(id) || !reached.contains(id)) {
        saved.tiles.remove(id);
    }
    let same = serde_json::to_value(&saved).ok()?;
    let mut tree: Tree<PanelKind> = serde_json::from_value(same).ok()?;
    for kind in PanelKind::ALL {
        if tree.tiles.find_pane(&kind).is_none() {
            add(&mut tree, kind);
        }
    }
    give_tabs(&mut tree);
    Some(tree)
}

/// Gives every panel that has no head of its own a tab, by which it is moved: one that was dropped beside
/// another, rather than among its tabs, has none.
pub fn give_tabs(tree: &mut Tree<PanelKind>) {
    for kind in PanelKind::ALL.into_iter().filter(|kind| !kind.has_head()) {
        let Some(id) = tree.tiles.find_pane(&kind) else { continue };
        let parent = tree.tiles.parent_of(id);
        let around = parent.and_then(|parent| tree.tiles.get_container(parent));
        if around.is_some_and(|around| around.kind() == ContainerKind::Tabs) {
            continue;
        }
        let tabs = tree.tiles.insert_tab_tile(vec![id]);
        put_in_place(tree, parent, id, tabs);
    }
}

/// Puts a new tile where another was, as wide and as high.
fn put_in_place(tree: &mut Tree<PanelKind>, parent: Option<TileId>, old: TileId, new: TileId) {
    match parent.and_then(|parent| tree.tiles.get_mut(parent)) {
        Some(Tile::Container(container)) => _ = container.replace_child(old, new),
        _ => tree.root = Some(new),
    }
}

/// The panels in a tile, in their order.
pub fn panels(tiles: &Tiles<PanelKind>, tile: TileId) -> Vec<PanelKind> {
    match tiles.get(tile) {
        Some(Tile::Pane(kind)) => vec![*kind],
        Some(Tile::Container(container)) => {
            container.children().flat_map(|child| panels(tiles, *child)).collect()
        }
        None => Vec::new(),
    }
}

/// A panel in a saved tree: one of this version, or an unknown one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Saved {
    Known(PanelKind),
    Unknown(serde_json::Value),
}

/// All tiles reachable from the root; `None` if one is reached twice, which is not a tree.
fn reached(tree: &Tree<Saved>) -> Option<Vec<TileId>> {
    let mut reached = Vec::new();
    let mut next = vec![tree.root()?];
    while let Some(id) = next.pop() {
        if reached.contains(&id) {
            return None;
        }
        reached.push(id);
        if let Some(container) = tree.tiles.get_container(id) {
            next.extend(container.children());
        }
    }
    Some(reached)
}

/// Adds a panel next to its nearest neighbour in the default tree, in the same way: as a tab, or in a row
/// or column.
fn add(tree: &mut Tree<PanelKind>, kind: PanelKind) {
    let first = first();
    let pane = first.tiles.find_pane(&kind);
    let mut inner = pane;
    let mut new = None;
    while let Some(id) = inner {
        let parent = first.tiles.parent_of(id);
        let Some(container) = parent.and_then(|parent| first.tiles.get_container(parent)) else {
            return;
        };
        let new = *new.get_or_insert_with(|| {
            let pane = tree.tiles.insert_pane(kind);
            // A panel alone in a tab group is dragged by its tab.
            let is_alone = container.kind() == ContainerKind::Tabs && container.num_children() == 1;
            if is_alone { tree.tiles.insert_tab_tile(vec![pane]) } else { pane }
        });
        if let Some((near, is_after)) = nearest(&first, container, id, tree) {
            match container {
                Container::Linear(linear) => beside(tree, near, new, linear.dir, is_after),
                _ => as_tab(tree, near, new),
            }
            return;
        }
        inner = parent;
    }
}

/// The panel of `tree` nearest to a child of a default container, and whether the child comes after it.
fn nearest(
    first: &Tree<PanelKind>,
    container: &Container,
    child: TileId,
    tree: &Tree<PanelKind>,
) -> Option<(TileId, bool)> {
    let children = container.children_vec();
    let place = children.iter().position(|id| *id == child)?;
    let mut others: Vec<usize> = (0..children.len()).filter(|index| *index != place).collect();
    others.sort_by_key(|index| (index.abs_diff(place), *index));
    others.into_iter().find_map(|index| {
        let mut inside = vec![children[index]];
        while let Some(id) = inside.pop() {
            match first.tiles.get(id)? {
                Tile::Pane(kind) => {
                    if let Some(found) = tree.tiles.find_pane(kind) {
                        return Some((found, index < place));
                    }
                }
                Tile::Container(container) => inside.extend(container.children()),
            }
        }
        None
    })
}

/// Adds a tile as the last tab next to a panel; the open tab stays open.
fn as_tab(tree: &mut Tree<PanelKind>, near: TileId, new: TileId) {
    let parent = tree.tiles.parent_of(near);
    let tabs = parent.and_then(|parent| tree.tiles.get_mut(parent));
    if let Some(Tile::Container(Container::Tabs(tabs))) = tabs {
        tabs.children.push(new);
        return;
    }
    let tabs = tree.tiles.insert_tab_tile(vec![near, new]);
    put_in_place(tree, parent, near, tabs);
}

/// Adds a tile to the nearest row or column around a panel, before or after it; to a new one around
/// everything if there is none.
fn beside(tree: &mut Tree<PanelKind>, near: TileId, new: TileId, dir: LinearDir, is_after: bool) {
    let mut held = near;
    while let Some(parent) = tree.tiles.parent_of(held) {
        if let Some(Tile::Container(Container::Linear(linear))) = tree.tiles.get_mut(parent)
            && linear.dir == dir
        {
            insert(linear, held, new, is_after);
            return;
        }
        held = parent;
    }
    let order = if is_after { vec![held, new] } else { vec![new, held] };
    tree.root = Some(tree.tiles.insert_container(Linear::new(dir, order)));
}

/// Adds a child next to another, with the mean share of the others.
fn insert(linear: &mut Linear, held: TileId, new: TileId, is_after: bool) {
    let count = linear.children.len().max(1) as f32;
    let mean = linear.children.iter().map(|child| linear.shares[*child]).sum::<f32>() / count;
    let index = linear.children.iter().position(|child| *child == held).unwrap_or(0);
    linear.children.insert(index + usize::from(is_after), new);
    linear.shares.set_share(new, mean);
}
