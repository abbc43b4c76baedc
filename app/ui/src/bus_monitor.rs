//! The PVW and PGM panels: a name above a monitor.

use egui::{Align2, Color32, Id, Rect, Role, Sense, Ui, WidgetInfo, vec2};
use engine::StandbyState;

use crate::monitor::{self, MonitorId, Screen};
use crate::overlays::Overlays;
use crate::panel::Panel;
use crate::panel_kind::PanelKind;
use crate::widgets::focus::{GRIP, is_dragged_away};
use crate::widgets::space::{Column, Row};
use crate::widgets::text::write;
use crate::{pgm_health, theme};

/// What a monitor's name takes above it.
const HEAD: f32 = 28.0;

/// What the operator did to a monitor.
pub struct MonitorResponse {
    /// Its name is being dragged: it moves to another place of the desk.
    pub drags: bool,
    /// It is to fill the window, or no longer.
    pub fills: bool,
}

/// Draws one with its name.
pub fn draw(
    ui: &Ui,
    rect: Rect,
    which: MonitorId,
    overlays: &mut Overlays,
    panel: &Panel<'_>,
) -> MonitorResponse {
    let (look, words) = (panel.look, panel.words);
    let (panel_kind, items, colour) = match which {
        MonitorId::Pvw => (PanelKind::Pvw, &look.snapshot.pvw, theme::NEXT),
        MonitorId::Pgm => (PanelKind::Pgm, &look.snapshot.pgm, theme::ON_AIR),
    };
    let tag = panel_kind.key();
    let mut column = Column::new(rect.with_max_y(rect.bottom() - 6.0), vec2(6.0, 0.0));
    let mut head = Row::new(column.row(HEAD).rest(), vec2(2.0, 5.0));
    let grip = ui.interact(head.rest(), Id::unique(("grip", tag)), GRIP);
    let move_hint = panel_kind.move_hint(words);
    grip.widget_info(|| WidgetInfo::labeled(Role::TitleBar, true, &move_hint));
    let mark = head.left(40.0);
    head.left(8.0);
    ui.painter().rect_filled(mark, theme::PICTURE_RADIUS, colour);
    let label = words.get(tag);
    write(ui, mark, Align2::CENTER_CENTER, &label, (theme::DETAIL, theme::GROUND));
    let show = &look.snapshot.show;
    let scene = items.scene.and_then(|id| show.scene(id)).map(|scene| scene.name.as_str());
    let layout = items.layout.and_then(|id| show.layout(id)).map(|l| l.name.as_str());
    let name = scene.or(layout).unwrap_or("");
    if which == MonitorId::Pgm {
        pgm_health::draw(ui, &mut head, panel);
    }
    let standby = show
        .standby_source()
        .filter(|_| which == MonitorId::Pgm && look.snapshot.standby != StandbyState::Off);
    head.write(ui, standby.map_or(name, |source| &source.name), (theme::BODY, theme::TEXT), 8.0);
    if standby.is_some() && !name.is_empty() {
        let said = words.with("standby-over", "name", name);
        head.write(ui, &said, (theme::DETAIL, theme::QUIET), 0.0);
    } else if let (Some(_), Some(layout)) = (scene, layout) {
        let said = words.with("layout-and", "name", layout);
        head.write(ui, &said, (theme::DETAIL, theme::QUIET), 0.0);
    }
    let fills = screen(ui, column.rest(), which, overlays, panel);
    let grip = grip.on_hover_cursor(egui::CursorIcon::Grab);
    MonitorResponse { drags: is_dragged_away(ui, &grip.on_hover_text(move_hint)), fills }
}

/// The picture with its frame; true if it was clicked twice, or chosen by the keyboard.
pub fn screen(
    ui: &Ui,
    rect: Rect,
    which: MonitorId,
    overlays: &mut Overlays,
    panel: &Panel<'_>,
) -> bool {
    let (look, words) = (panel.look, panel.words);
    let place = panel.canvas(rect);
    let (full, empty) = match which {
        MonitorId::Pvw => ("pvw-full", "nothing-next"),
        MonitorId::Pgm => ("pgm-full", "nothing-on-air"),
    };
    let (shown, colour, is_empty): (&Option<Screen>, Color32, bool) = match which {
        MonitorId::Pvw => (&look.pvw, theme::NEXT, look.snapshot.pvw.layout.is_none()),
        MonitorId::Pgm => (&look.pgm, theme::ON_AIR, look.snapshot.shows_nothing()),
    };
    match shown {
        Some(shown) if !is_empty => {
            monitor::draw(ui, place, which, shown);
            overlays.draw(ui, place, which, look, words);
        }
        _ => {
            ui.painter().rect_filled(place, 0.0, theme::WELL);
            write(ui, place, Align2::CENTER_CENTER, &words.get(empty), (theme::BODY, theme::QUIET));
        }
    }
    let stroke = egui::Stroke::new(2.0, colour);
    ui.painter().rect_stroke(place, 0.0, stroke, egui::StrokeKind::Outside);
    let response = ui.interact(place, Id::unique(("monitor", full)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, words.get(full)));
    let by_keys = response.clicked() && !response.clicked_by(egui::PointerButton::Primary);
    response.double_clicked() || by_keys
}
