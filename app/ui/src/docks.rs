//! The panels in their places, and what happens when one fails.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use egui::{Align2, FocusDirection, Id, Key, Rect, RichText, Role, Sense, Ui, WidgetInfo, vec2};
use egui_tiles::{EditAction, SimplificationOptions, TabState, Tabs, TileId, Tiles, UiResponse};

use crate::bins::Bins;
use crate::bus_monitor;
use crate::log::Log;
use crate::mixer::MixerPanel;
use crate::monitor::MonitorId;
use crate::overlays::Overlays;
use crate::panel::Panel;
use crate::panel_kind::PanelKind;
use crate::switching::Switching;
use crate::widgets::button::{self, Tone};
use crate::widgets::space::Column;
use crate::widgets::text::write;
use crate::{command_button, graphics, on_air, theme};

/// The panels and their state between frames.
#[derive(Default)]
pub struct Panels {
    switching: Switching,
    bins: Bins,
    mixer: MixerPanel,
    /// What is drawn over the monitors.
    pub overlays: Overlays,
    /// The log.
    pub log: Log,
    /// A monitor that fills the window.
    pub alone: Option<MonitorId>,
    /// What lies behind the tabs, and moves all of them.
    grips: Vec<Id>,
    /// Whether Tab goes backwards.
    goes_back: bool,
    /// Panels that panicked; they stay closed until they are reopened.
    broken: BTreeSet<usize>,
    /// A panel that is to panic, for a test.
    pub rehearsed: Option<PanelKind>,
}

impl Panels {
    /// Before anything is drawn: Tab passes what egui_tiles lets it stop at, the edges between panels and
    /// what lies behind tabs, since keys do nothing there.
    pub fn pass_grips(&mut self, context: &egui::Context) {
        let grips = std::mem::take(&mut self.grips);
        if context.input(|input| input.key_pressed(Key::Tab)) {
            self.goes_back = context.input(|input| input.modifiers.shift);
        }
        let Some(id) = context.memory(|memory| memory.focused()) else { return };
        // As wide as egui_tiles makes an edge to be met by a hand.
        let wide = 2.0 * context.global_style().interaction.resize_grab_radius_side + 0.5;
        let is_edge = || {
            let response = context.read_response(id);
            response
                .is_some_and(|edge| edge.sense.senses_drag() && edge.rect.size().min_elem() <= wide)
        };
        if grips.contains(&id) || is_edge() {
            let back = self.goes_back;
            let way = if back { FocusDirection::Previous } else { FocusDirection::Next };
            context.memory_mut(|memory| memory.move_focus(way));
            context.request_repaint();
        }
    }
}

/// The panels while they are drawn.
pub struct Docks<'a, 'b> {
    pub panels: &'a mut Panels,
    pub panel: &'a mut Panel<'b>,
    /// A panel or an edge between two was moved.
    pub moved: bool,
}

impl Docks<'_, '_> {
    fn part(&mut self, ui: &mut Ui, rect: Rect, part: PanelKind) -> bool {
        let Self { panels, panel, .. } = self;
        if panels.rehearsed.take_if(|rehearsed| *rehearsed == part).is_some() {
            panic!("the panel was asked to panic");
        }
        match part {
            PanelKind::Pvw => return monitor(panels, ui, rect, MonitorId::Pvw, panel),
            PanelKind::Pgm => return monitor(panels, ui, rect, MonitorId::Pgm, panel),
            PanelKind::Switching => panels.switching.draw(ui, rect, panel),
            PanelKind::OnAir => on_air::draw_outputs(ui, rect, panel),
            PanelKind::Graphics => graphics::draw(ui, rect, panel),
            PanelKind::Log => {
                let (log, words) = (&panels.log, panel.words);
                let builder = egui::UiBuilder::new().max_rect(rect.shrink2(vec2(8.0, 6.0)));
                ui.scope_builder(builder, |ui| log.draw(ui, words));
            }
            PanelKind::Scenes => panels.bins.scenes(ui, rect, panel),
            PanelKind::Layouts => panels.bins.layouts(ui, rect, panel),
            PanelKind::Sources => panels.bins.sources(ui, rect, panel),
            PanelKind::Mixer => return panels.mixer.draw(ui, rect, panel),
        }
        false
    }
}

fn monitor(panels: &mut Panels, ui: &Ui, rect: Rect, which: MonitorId, panel: &Panel<'_>) -> bool {
    let touched = bus_monitor::draw(ui, rect, which, &mut panels.overlays, panel);
    if touched.fills {
        panels.alone = Some(which);
    }
    touched.drags
}

impl egui_tiles::Behavior<PanelKind> for Docks<'_, '_> {
    fn pane_ui(&mut self, ui: &mut Ui, _id: TileId, part: &mut PanelKind) -> UiResponse {
        let (rect, index) = (ui.max_rect(), *part as usize);
        if self.panels.broken.contains(&index) {
            if error_card(ui, rect, *part, self.panel) {
                self.panels.broken.remove(&index);
            }
            return UiResponse::None;
        }
        // One that panics becomes a card, and the rest of the desk goes on.
        match catch_unwind(AssertUnwindSafe(|| self.part(ui, rect, *part))) {
            Ok(true) => UiResponse::DragStarted,
            Ok(false) => UiResponse::None,
            Err(_) => {
                self.panels.broken.insert(index);
                UiResponse::None
            }
        }
    }

    fn tab_title_for_pane(&mut self, part: &PanelKind) -> egui::WidgetText {
        self.panel.words.get(part.key()).into()
    }

    fn tab_ui(
        &mut self,
        tiles: &mut Tiles<PanelKind>,
        ui: &mut Ui,
        id: Id,
        tile: TileId,
        state: &TabState,
    ) -> egui::Response {
        // As egui_tiles calls what lies behind the tabs.
        self.panels.grips.push(ui.scope_id().with("background"));
        let name = self.tab_title_for_tile(tiles, tile);
        let name = name.text().to_owned();
        let font = theme::font(theme::BODY);
        let wide = ui.painter().layout_no_wrap(name.clone(), font, theme::TEXT).size().x + 16.0;
        let (_, place) = ui.allocate_space(vec2(wide, ui.available_height()));
        let response = ui.interact(place, id, Sense::click_and_drag());
        let inside = place.shrink2(vec2(0.0, 3.0));
        if state.active {
            ui.painter().rect_filled(inside, theme::RADIUS, theme::CONTROL);
        }
        let colour = if state.active { theme::TEXT } else { theme::QUIET };
        write(ui, place, Align2::CENTER_CENTER, &name, (theme::BODY, colour));
        response.widget_info(|| WidgetInfo::selected(Role::Tab, true, state.active, &name));
        self.on_tab_button(tiles, tile, response)
    }

    fn top_bar_right_ui(
        &mut self,
        tiles: &Tiles<PanelKind>,
        ui: &mut Ui,
        _id: TileId,
        tabs: &Tabs,
        _scroll: &mut f32,
    ) {
        let (id, key) = match tabs.active.and_then(|id| tiles.get_pane(&id)) {
            Some(PanelKind::Scenes) => ("edit.save-scene", "save-scene-short"),
            Some(PanelKind::Layouts) => ("edit.new-layout", "new-layout-short"),
            Some(PanelKind::Sources) => ("edit.add-media", "add-media-short"),
            Some(PanelKind::OnAir) => ("output.add-destination", "add-output-short"),
            _ => return,
        };
        ui.add_space(6.0);
        command_button::link(ui, id, &self.panel.words.get(key), self.panel);
        if let Some(PanelKind::Layouts) = tabs.active.and_then(|id| tiles.get_pane(&id)) {
            let count = self.panel.look.snapshot.show.counted_layouts();
            let said = self.panel.words.with("layouts-count", "count", count);
            ui.label(RichText::new(said).size(theme::DETAIL).color(theme::FAINT));
        }
    }

    fn tab_bar_height(&self, _style: &egui::Style) -> f32 {
        30.0
    }

    fn tab_bar_color(&self, _visuals: &egui::Visuals) -> egui::Color32 {
        // Cleared, not filled.
        egui::Color32::TRANSPARENT
    }

    fn tab_bar_hline_stroke(&self, _visuals: &egui::Visuals) -> egui::Stroke {
        egui::Stroke::NONE
    }

    fn resize_stroke(&self, _style: &egui::Style, state: egui_tiles::ResizeState) -> egui::Stroke {
        match state {
            egui_tiles::ResizeState::Idle => theme::line(theme::GROUND),
            _ => egui::Stroke::new(2.0, theme::OPTION_LINE),
        }
    }

    fn simplification_options(&self) -> SimplificationOptions {
        // A panel that is alone keeps the tab it is moved by.
        SimplificationOptions { prune_single_child_tabs: false, ..Default::default() }
    }

    fn on_edit(&mut self, action: EditAction) {
        self.moved |= matches!(action, EditAction::TileResized | EditAction::TileDropped);
    }
}

/// The card in place of a panel that panicked; true if it is to be reopened.
fn error_card(ui: &mut Ui, rect: Rect, part: PanelKind, panel: &Panel<'_>) -> bool {
    let card = Rect::from_center_size(rect.center(), vec2(rect.width().min(300.0), 70.0));
    let mut column = Column::new(card, vec2(0.0, 0.0));
    let said = panel.words.with("panel-broke", "panel", panel.words.get(part.key()));
    let said = egui::Label::new(RichText::new(said).color(theme::ATTENTION));
    ui.put(column.row(30.0).rest(), said);
    let label = panel.words.get("reopen");
    let place = column.row(theme::TARGET).rest();
    let tone = (Tone::Attention, theme::BODY);
    button::button(ui, place, Id::unique(("broken", part as usize)), &label, tone).clicked()
}
