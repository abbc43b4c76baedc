//! Scenes, layouts and sources.

use egui::{Align2, Id, Rangef, Rect, Response, Sense, Shape, Ui, vec2};
use engine::{SourceState, Tally};
use show::{
    Edit, Feed, Item, ItemId, Layout, LayoutId, LiveUrl, SceneId, Source, SourceKind, Template,
};

use crate::action::{Action, OpenDialog};
use crate::film_commands::is_paused;
use crate::film_look::minutes;
use crate::look::{Look, Thumbnail};
use crate::panel::Panel;
use crate::panel_kind::PanelKind;
use crate::signal_line;
use crate::thumbnail_sheet::PicturePlace;
use crate::thumbnails::Pictures;
use crate::translations::Translations;
use crate::widgets::focus::follow_focus;
use crate::widgets::gear::gear;
use crate::widgets::list_item::PictureItem;
use crate::widgets::overflow::{self, Overflow};
use crate::widgets::text::write;
use crate::{
    film_line, item_menu, live_line, overlays, picture_line, source_delay, theme, track_line,
};

/// The bins.
#[derive(Debug, Default)]
pub struct Bins;

/// Width and height of a cell's picture in a bin that is as low as can be.
const PICTURE: egui::Vec2 = vec2(118.0, 66.0);
/// The height of such a bin, and how much larger the pictures of a high one are at the most.
const LOW: f32 = 170.0;
const LARGEST: f32 = 1.75;
/// What a cell takes beside its picture: gaps, and its name.
const BESIDE: egui::Vec2 = vec2(8.0, 26.0);

/// What its name takes of that.
const NAME: f32 = 18.0;

/// Something that can be loaded and taken.
struct Cell<'a> {
    id: Id,
    item: ItemId,
    name: &'a str,
    layout: Option<&'a Layout>,
    light: Option<Tally>,
    number: Option<usize>,
    /// Whether it is dragged to another place in its list.
    moves: bool,
    load: Action,
    take: Action,
}

impl Bins {
    /// Draws the scenes.
    pub fn scenes(&self, ui: &mut Ui, rect: Rect, panel: &mut Panel<'_>) {
        let empty = "no-scenes";
        cells(ui, rect, (PanelKind::Scenes, empty), &scene_cells(panel.look), panel);
    }

    /// Draws the layouts.
    pub fn layouts(&self, ui: &mut Ui, rect: Rect, panel: &mut Panel<'_>) {
        let empty = "no-layouts";
        cells(ui, rect, (PanelKind::Layouts, empty), &layout_cells(panel.look), panel);
    }

    /// Draws the sources.
    pub fn sources(&self, ui: &mut Ui, rect: Rect, panel: &mut Panel<'_>) {
        let rect = rect.shrink2(vec2(8.0, 4.0));
        let look = panel.look;
        let sources = &look.snapshot.show.sources;
        if sources.is_empty() {
            empty(ui, rect, "no-sources", panel.words);
        }
        scroll(
            ui,
            (rect, PanelKind::Sources),
            sources.len(),
            (look, panel.words),
            |ui, index, place, pictures| {
                draw_source(ui, place, &sources[index], panel, pictures);
            },
        );
    }
}

fn cells(
    ui: &mut Ui,
    rect: Rect,
    (bin, key): (PanelKind, &str),
    cells: &[Cell<'_>],
    panel: &mut Panel<'_>,
) {
    let rect = rect.shrink2(vec2(8.0, 4.0));
    if cells.is_empty() {
        empty(ui, rect, key, panel.words);
    }
    let look = panel.look;
    scroll(ui, (rect, bin), cells.len(), (look, panel.words), |ui, index, place, pictures| {
        draw_cell(ui, (place, index), &cells[index], panel, pictures);
    });
}

/// An empty bin says how it is filled.
fn empty(ui: &Ui, rect: Rect, key: &str, words: &Translations) {
    write(ui, rect, Align2::CENTER_CENTER, &words.get(key), (theme::BODY, theme::QUIET));
}

fn scene_cells(look: &Look) -> Vec<Cell<'_>> {
    let snapshot = &look.snapshot;
    let light = |id: SceneId| match id {
        id if snapshot.pgm.scene == Some(id) => Some(Tally::Program),
        id if snapshot.pvw.scene == Some(id) => Some(Tally::Preview),
        _ => None,
    };
    let scenes = snapshot.show.scenes.iter().enumerate();
    let cells = scenes.map(|(index, scene)| Cell {
        id: Id::unique(("scene", scene.id.0)),
        item: scene.id.into(),
        name: &scene.name,
        layout: snapshot.show.layout(scene.layout),
        light: light(scene.id),
        number: (index < 10).then_some((index + 1) % 10),
        moves: true,
        load: Action::LoadScene(scene.id),
        take: Action::TakeScene(scene.id),
    });
    cells.collect()
}

fn layout_cells(look: &Look) -> Vec<Cell<'_>> {
    let snapshot = &look.snapshot;
    let light = |id: LayoutId| match id {
        id if snapshot.pgm.layout == Some(id) => Some(Tally::Program),
        id if snapshot.pvw.layout == Some(id) => Some(Tally::Preview),
        _ => None,
    };
    let cells = snapshot.show.layouts.iter().map(|layout| Cell {
        id: Id::unique(("layout", layout.id.0)),
        item: layout.id.into(),
        name: &layout.name,
        layout: Some(layout),
        light: light(layout.id),
        number: None,
        moves: false,
        load: Action::LoadLayout(layout.id),
        take: Action::TakeLayout(layout.id),
    });
    cells.collect()
}

/// Cells in rows, as many as fit beside each other; scrolled by the wheel where there are more.
fn scroll(
    ui: &mut Ui,
    (rect, bin): (Rect, PanelKind),
    count: usize,
    (look, words): (&Look, &Translations),
    mut draw: impl FnMut(&Ui, usize, Rect, &mut Pictures),
) {
    let picture = (PICTURE * (rect.height() / LOW).clamp(1.0, LARGEST)).floor();
    let cell = picture + BESIDE;
    let columns = ((rect.width() + BESIDE.x) / cell.x).max(1.0) as usize;
    let builder = egui::UiBuilder::new().max_rect(rect);
    ui.scope_builder(builder, |ui| {
        ui.set_clip_rect(rect.intersect(ui.clip_rect()));
        let id = Id::unique(("bin", bin));
        let area = egui::ScrollArea::vertical().id_salt(bin).show(ui, |ui| {
            overflow::scroll_on(ui, id);
            let rows = count.div_ceil(columns);
            let size = vec2(rect.width(), rows as f32 * cell.y);
            let (all, _) = ui.allocate_exact_size(size, Sense::hover());
            // Pictures lie under all that is drawn on them.
            let under = ui.painter().add(Shape::Noop);
            let mut pictures = Pictures::new(look, rect.intersect(ui.clip_rect()));
            let mut places = Vec::with_capacity(count);
            for index in 0..count {
                let (row, column) = ((index / columns) as f32, (index % columns) as f32);
                let min = all.min + vec2(column * cell.x, row * cell.y);
                draw(ui, index, Rect::from_min_size(min, picture), &mut pictures);
                places.push(Rangef::new(min.y, min.y + picture.y + NAME));
            }
            ui.painter().set(under, pictures.shape(PicturePlace::Bin(bin)));
            follow_focus(ui);
            places
        });
        Overflow::of(area.inner, rect.y_range()).down(ui, rect, id, words);
    });
}

fn draw_cell(
    ui: &Ui,
    (place, index): (Rect, usize),
    cell: &Cell<'_>,
    panel: &mut Panel<'_>,
    pictures: &mut Pictures,
) {
    if let Some(layout) = cell.layout {
        plan(ui, place, layout, panel, pictures);
        // The graphics of a scene lie over it.
        pictures.whole(panel.canvas(place), cell.item);
    }
    let item = PictureItem {
        id: cell.id,
        place,
        sense: if cell.moves { Sense::click_and_drag() } else { Sense::click() },
        name: cell.name,
        detail: "",
        tally: cell.light,
        number: cell.number,
        message: None,
        has_picture: true,
    };
    let response = item.show(ui, panel.words);
    let shift = ui.input(|input| input.modifiers.shift);
    if response.double_clicked() || (response.clicked() && shift) {
        panel.actions.push(cell.take.clone());
    } else if response.clicked() {
        panel.actions.push(cell.load.clone());
    }
    if cell.moves {
        reorder(ui, &response, (cell.item, index), panel);
    }
    item_menu::show(ui, &response, cell.item, panel);
}

/// An item that is dragged in its list takes the place of the one it is let go on; its key follows its place.
fn reorder(ui: &Ui, response: &Response, (item, index): (ItemId, usize), panel: &mut Panel<'_>) {
    response.dnd_set_drag_payload(MovedItem { item, from: index });
    let over = response.dnd_hover_payload::<MovedItem>();
    if let Some(over) = over.filter(|over| over.from != index) {
        let edge = if over.from < index { response.rect.right() } else { response.rect.left() };
        let stroke = egui::Stroke::new(3.0, theme::OPTION_LINE);
        ui.painter().vline(edge, response.rect.y_range(), stroke);
    }
    if let Some(moved) = response.dnd_release_payload::<MovedItem>()
        && moved.from != index
    {
        panel.actions.push(Action::Edit(vec![Edit::Move(moved.item, index)]));
    }
}

/// An item that is being dragged to another place in its list.
struct MovedItem {
    item: ItemId,
    from: usize,
}

/// The layout with its pictures; a pane without one says whose it is.
fn plan(ui: &Ui, place: Rect, layout: &Layout, panel: &Panel<'_>, pictures: &mut Pictures) {
    for (pane, rect) in pictures.layout(panel.canvas(place), layout) {
        let inside = egui::StrokeKind::Inside;
        let edge = theme::line(theme::STRONG_LINE);
        ui.painter().rect_stroke(rect, 2.0, edge, inside);
        let source = pane.feed.source().and_then(|id| panel.look.snapshot.show.source(id));
        if let Some(source) = source {
            let text = (theme::SMALL, theme::QUIET);
            // Below the cell's number, wherever that is.
            write(ui, rect.shrink(3.0), Align2::CENTER_BOTTOM, &source.name, text);
        }
    }
}

/// A source: dragged into a layout, or shown alone by a click, as a mixer's input is.
fn draw_source(
    ui: &Ui,
    place: Rect,
    source: &Source,
    panel: &mut Panel<'_>,
    pictures: &mut Pictures,
) {
    let (look, words) = (panel.look, panel.words);
    let note = look.problems.get(&source.id.into()).map(|note| words.reason(note));
    let said = note.clone().map(|note| (note, true)).or_else(|| state(source, look, words));
    let has_picture = pictures.whole(place, source.id.into());
    let film = look.films.get(&source.id).copied();
    let left = film.and_then(|film| film.left_millis()).map(|left| format!("-{}", minutes(left)));
    let live = look.sources.get(&source.id).and_then(|known| known.live);
    let latency = live.map(|live| live_line::latency(live, words));
    let stands_in = look.snapshot.show.standby.is_some_and(|it| it.source == source.id);
    let standby = stands_in.then(|| words.get("standby-mark"));
    let detail = standby
        .or(left)
        .or(latency)
        .unwrap_or_else(|| about(source, pictures.of(source.id.into()), words));
    let item = PictureItem {
        id: Id::unique(("source", source.id.0)),
        place,
        sense: Sense::click_and_drag(),
        name: &source.name,
        detail: &detail,
        tally: look.snapshot.tally.get(&source.id).copied(),
        number: None,
        message: said.as_ref().map(|(text, is_wrong)| (text.as_str(), *is_wrong)),
        has_picture,
    };
    let response = item.show(ui, words);
    let asked = film.and_then(|film| film_line::draw(ui, place, source, film, words));
    panel.actions.extend(asked);
    response.dnd_set_drag_payload(source.id);
    let shift = ui.input(|input| input.modifiers.shift);
    let takes = response.double_clicked() || (response.clicked() && shift);
    if response.clicked() || takes {
        panel.actions.push(alone(source, &look.snapshot.show, takes));
    }
    item_menu::show(ui, &response, source.id.into(), panel);
    settings_gear(ui, place, source, panel);
    let open = look.sources.get(&source.id);
    let picture = open.and_then(|known| known.picture);
    let known = [
        open.and_then(|known| track_line::hint(known, words)),
        Some(words.get("source-tip")),
        picture.map(|picture| picture_line::hint(picture, words)),
        live.map(|live| live_line::hint(live, words)),
    ];
    let tip = || known.into_iter().flatten().collect::<Vec<_>>().join("\n");
    response.on_hover_text(note.unwrap_or_else(tip));
}

/// The gear on a source's picture.
fn settings_gear(ui: &Ui, place: Rect, source: &Source, panel: &mut Panel<'_>) {
    let name = panel.words.with("source-gear", "name", source.name.as_str());
    let gear = gear(ui, place, Id::unique(("source-gear", source.id.0)), &name);
    if gear.clicked() {
        // A flat colour is set where it is made.
        let dialog = match source.has_settings() {
            true => OpenDialog::SourceSettings(source.id),
            false => OpenDialog::Edit(source.id.into()),
        };
        panel.actions.push(Action::Open(dialog));
    }
    gear.on_hover_text(panel.words.get("source-gear-tip"));
}

/// Loads a source full screen on PVW: by the layout that has it so, or by a new one.
fn alone(source: &show::Source, show: &show::Show, takes: bool) -> Action {
    let whole = |layout: &&Layout| match layout.panes.as_slice() {
        [pane] => pane.feed == Feed::Source(source.id) && pane.rect == show::Rect::FULL,
        _ => false,
    };
    if let Some(layout) = show.layouts.iter().find(whole) {
        let id = layout.id;
        return if takes { Action::TakeLayout(id) } else { Action::LoadLayout(id) };
    }
    let id = LayoutId(show.free_number());
    let layout = Template::Single.layout(id, source.name.clone(), &[Feed::Source(source.id)]);
    let made = Action::Edit(vec![Edit::Add(Item::Layout(layout))]);
    let load = if takes { Action::TakeLayout(id) } else { Action::LoadLayout(id) };
    Action::All(vec![made, load])
}

/// What is said of a source that is not simply live, and whether it is wrong.
fn state(source: &Source, look: &Look, words: &Translations) -> Option<(String, bool)> {
    // A source that is not open has no state, whatever it had before.
    let known = look.sources.get(&source.id)?;
    let state = look.snapshot.sources.get(&source.id).copied()?;
    // A film that is only kept ready for a take is not worth a word.
    if state == SourceState::Cued && !look.snapshot.tally.contains_key(&source.id) {
        return None;
    }
    if let Some(trouble) = overlays::source_trouble(source.id, look, words) {
        return Some((trouble, true));
    }
    if is_paused(look, source.id) {
        return Some((words.get("source-paused"), false));
    }
    let is_on_air = look.snapshot.tally.get(&source.id) == Some(&Tally::Program);
    let key = match state {
        SourceState::Cued => "source-cued",
        SourceState::Ended => "source-ended",
        SourceState::Connecting if waits_for_sender(source) => "source-waiting",
        SourceState::Connecting => "source-connecting",
        SourceState::Live => {
            let lack = || Some((signal_line::message(known, words)?, is_on_air));
            let delay = || source_delay::message(known, words);
            let said = track_line::message(known, words);
            let said = said.or_else(|| live_line::message(known, words));
            return said.or_else(lack).or_else(delay);
        }
        SourceState::Stalled | SourceState::Lost => return None,
    };
    Some((words.get(key), state == SourceState::Ended && is_on_air))
}

/// Whether it waits for somebody to send to this computer.
fn waits_for_sender(source: &Source) -> bool {
    match &source.kind {
        SourceKind::Live { url, .. } => LiveUrl::parse(url).is_ok_and(|url| url.waits_for_sender()),
        _ => false,
    }
}

/// What kind of source it is, as short as can be: a length, a number of lines, or a word.
fn about(source: &Source, thumbnail: Option<&Thumbnail>, words: &Translations) -> String {
    let lines = thumbnail.map(|thumbnail| format!("{}p", thumbnail.of.0.min(thumbnail.of.1)));
    match &source.kind {
        SourceKind::File(_) => {
            let length = thumbnail.and_then(|thumbnail| thumbnail.length_millis);
            length.map(|millis| minutes(millis + 500)).or(lines).unwrap_or_default()
        }
        SourceKind::List(list) => words.with("kind-list", "files", list.assets.len().to_string()),
        SourceKind::Camera(_) => lines.unwrap_or_else(|| words.get("kind-camera")),
        SourceKind::Microphone(_) => words.get("kind-microphone"),
        SourceKind::Live { .. } => lines.unwrap_or_else(|| words.get("kind-live")),
        SourceKind::Screen(_) => lines.unwrap_or_else(|| words.get("kind-screen")),
        SourceKind::TestPattern { .. } | SourceKind::StandardPattern(_) => words.get("kind-test"),
        SourceKind::Still { .. } => words.get("kind-still"),
        SourceKind::Colour { .. } => words.get("kind-colour"),
    }
}
