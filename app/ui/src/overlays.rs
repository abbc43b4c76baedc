//! Overlays on the monitors: safe areas, source names, and what is wrong on air. None of it is in the
//! programme.

use egui::{Align2, Id, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use engine::{SourceState, Tally};
use show::Layout;

use crate::look::Look;
use crate::monitor::MonitorId;
use crate::theme;
use crate::translations::Translations;
use crate::units::seconds;
use crate::widgets::text::write;

/// Which overlays are drawn, on PVW and on PGM.
#[derive(Clone, Debug)]
pub struct Overlays {
    /// Action-safe and graphics-safe areas.
    pub safe_areas: [bool; 2],
    /// Names of the sources on their panes.
    pub labels: [bool; 2],
    /// When the warning on PGM began, on egui's clock.
    since: Option<f64>,
}

impl Default for Overlays {
    /// On PVW alone: PGM is shown as it is.
    fn default() -> Self {
        Self { safe_areas: [true, false], labels: [true, false], since: None }
    }
}

/// Action is safe within this part of width and height, graphics within that (EBU R 95).
const SAFE: [f32; 2] = [0.93, 0.90];
/// A source that stalls on air blinks twice, then it is steady; in seconds.
const BLINK: f64 = 0.25;
const BLINKS: f64 = 4.0;

impl Overlays {
    /// Draws over the picture of a monitor.
    pub fn draw(
        &mut self,
        ui: &Ui,
        picture: Rect,
        which: MonitorId,
        look: &Look,
        words: &Translations,
    ) {
        let bus = which as usize;
        if self.safe_areas[bus] {
            for part in SAFE {
                let area = Rect::from_center_size(picture.center(), picture.size() * part);
                let line = theme::line(theme::SAFE_AREA);
                ui.painter().rect_stroke(area, 0.0, line, egui::StrokeKind::Middle);
            }
        }
        let snapshot = &look.snapshot;
        let layout = match which {
            MonitorId::Pvw => snapshot.pvw.layout.and_then(|id| snapshot.show.layout(id)),
            MonitorId::Pgm => snapshot.on_air.layout.as_ref(),
        };
        if let Some(layout) = layout.filter(|_| self.labels[bus]) {
            labels(ui, picture, layout, look);
        }
        if which == MonitorId::Pgm {
            self.wrong(ui, picture, look, words);
        }
    }

    /// Warns of a source on air that is stalled or lost.
    fn wrong(&mut self, ui: &Ui, picture: Rect, look: &Look, words: &Translations) {
        let on_air = look.snapshot.tally.iter().filter(|(_, light)| **light == Tally::Program);
        let wrong: Vec<String> = on_air
            .filter_map(|(id, _)| {
                let source = look.snapshot.on_air.sources.iter().find(|source| source.id == *id);
                let source = source.or_else(|| look.snapshot.show.source(*id))?;
                Some(format!("{}: {}", source.name, source_trouble(source.id, look, words)?))
            })
            .collect();
        if wrong.is_empty() {
            self.since = None;
            return;
        }
        let now = ui.input(|input| input.time);
        let passed = now - *self.since.get_or_insert(now);
        let said = wrong.join("  ·  ");
        let band = Rect::from_min_max(pos2(picture.left(), picture.bottom() - 24.0), picture.max);
        let response = ui.interact(band, Id::unique("wrong on air"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Status, true, &said));
        let turn = (passed / BLINK) as u32;
        if passed < BLINK * BLINKS && turn % 2 == 1 {
            return;
        }
        ui.painter().rect_filled(band, 0.0, theme::ATTENTION_GROUND);
        let text = (theme::BODY, theme::ATTENTION);
        write(ui, band.shrink(4.0), Align2::CENTER_CENTER, &said, text);
    }
}

/// What is wrong with an open source that is stalled or lost.
pub fn source_trouble(id: show::SourceId, look: &Look, words: &Translations) -> Option<String> {
    let known = look.sources.get(&id)?;
    let (key, millis, plain) = match look.snapshot.sources.get(&id)? {
        SourceState::Stalled => ("source-silent", known.silent_millis, "source-stalled"),
        SourceState::Lost => ("source-retry", known.retry_millis, "source-lost"),
        _ => return None,
    };
    let said = millis.map(|millis| words.with(key, "seconds", seconds(millis)));
    Some(said.unwrap_or_else(|| words.get(plain)))
}

/// Each source's name in the left lower corner of its pane.
fn labels(ui: &Ui, picture: Rect, layout: &Layout, look: &Look) {
    for pane in layout.panes.iter().filter(|pane| pane.opacity > 0.0) {
        let source = pane.feed.source().and_then(|id| look.snapshot.show.source(id));
        let Some(source) = source else { continue };
        let show::Rect { x, y, w, h } = pane.rect;
        let at = |x: f64, y: f64| {
            picture.min + vec2(x as f32 * picture.width(), y as f32 * picture.height())
        };
        let place = Rect::from_two_pos(at(x, y), at(x + w, y + h)).intersect(picture);
        if place.width() < 30.0 || place.height() < 22.0 {
            continue;
        }
        let font = theme::font(theme::SMALL);
        let wide = ui.painter().layout_no_wrap(source.name.clone(), font, theme::TEXT).size().x;
        let size = vec2((wide + 8.0).min(place.width() - 6.0), 15.0);
        let corner = place.left_bottom() + vec2(3.0, -3.0 - size.y);
        let ground = Rect::from_min_size(corner, size);
        ui.painter().rect_filled(ground, 2.0, theme::GROUND);
        let text = (theme::SMALL, theme::TEXT);
        write(ui, ground.shrink2(vec2(3.0, 0.0)), Align2::CENTER_CENTER, &source.name, text);
    }
}
