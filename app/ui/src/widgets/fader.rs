//! A fader with its meters and its number.

use egui::{Align2, Color32, Id, Key, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use show::Db;

use crate::theme;
use crate::translations::Translations;
use crate::units::decibels;
use crate::widgets::focus::keep_arrows;
use crate::widgets::space::{Column, Row};
use crate::widgets::text::write;

/// What a fader's way ends at: below is off.
const LOWEST: f32 = -60.0;
/// What a meter's scale ends at.
const METER_LOWEST: f32 = -60.0;
/// How fast a meter falls, in dB a second: 20 dB in 1.7 s (IEC 60268-10, type I).
const FALL: f32 = 11.8;
/// How long a peak is held, in seconds.
const HELD: f32 = 1.5;

/// The reading of a meter.
#[derive(Clone, Copy, Debug)]
pub struct MeterReading {
    level: f32,
    peak: f32,
    since: f32,
}

impl Default for MeterReading {
    fn default() -> Self {
        Self { level: METER_LOWEST, peak: METER_LOWEST, since: 0.0 }
    }
}

impl MeterReading {
    /// Follows a block's greatest sample; `seconds` since the last.
    pub fn follow(&mut self, amplitude: f32, seconds: f32) {
        let now = (20.0 * amplitude.max(1e-6).log10()).max(METER_LOWEST);
        self.level = now.max(self.level - FALL * seconds);
        self.since += seconds;
        if now >= self.peak || self.since > HELD {
            (self.peak, self.since) = (now.max(self.level), 0.0);
        }
    }
}

/// Heights of a strip's title, of its fader's number, and of the buttons at its bottom.
const TITLE: f32 = 22.0;
const NUMBER: f32 = 20.0;
const BUTTONS: f32 = 20.0;

/// Where a strip has its parts.
#[derive(Clone, Copy, Debug)]
pub struct StripLayout {
    /// Its name.
    pub title: Rect,
    /// Its fader with the meters beside it.
    fader: Rect,
    /// The fader's number.
    number: Rect,
    /// Its buttons.
    pub buttons: Row,
}

impl StripLayout {
    /// Parts a strip's place, with so much left free at its sides.
    pub fn new(place: Rect, side: f32) -> Self {
        let mut column = Column::new(place, vec2(side, 4.0));
        let title = column.row(TITLE).rest();
        let buttons = column.bottom_row(BUTTONS);
        column.bottom_row(5.0);
        let number = column.bottom_row(NUMBER).rest();
        Self { title, fader: column.rest(), number, buttons }
    }

    /// Draws fader, meters and number; yields the level it was set to.
    pub fn level(
        &self,
        ui: &mut Ui,
        id: Id,
        readings: &[MeterReading; 2],
        db: Db,
        (name, words): (&str, &Translations),
    ) -> Option<Db> {
        let typed = number(ui, self.number, id.with("value"), db, name);
        typed.or(meters_and_fader(ui, self.fader, id, readings, db, (name, words)))
    }
}

/// The room beside a strip's name, for what opens the rest of it.
const MORE: f32 = 14.0;

/// The name over a strip, with its light.
pub fn title(ui: &Ui, rect: Rect, name: &str, line: Color32) {
    let place = rect.with_max_x(rect.right() - MORE);
    write(ui, place, Align2::LEFT_TOP, name, (theme::DETAIL, theme::TEXT));
    let y = rect.bottom() - 3.0;
    let ends = [pos2(rect.left(), y), pos2(rect.right(), y)];
    ui.painter().line_segment(ends, egui::Stroke::new(2.0, line));
}

/// The number under a fader: dragged, or typed after a click.
fn number(ui: &mut Ui, rect: Rect, id: Id, db: Db, name: &str) -> Option<Db> {
    let mut value = db.0;
    let drag = egui::DragValue::new(&mut value)
        .range(Db::OFF.0..=Db::MAX.0)
        .speed(0.1)
        .custom_formatter(|value, _| format!("{} dB", decibels(value as f32)))
        .custom_parser(|text| text.trim_end_matches("dB").trim().parse().ok());
    let put = |ui: &mut Ui| {
        // As high as its place: the row below it begins right there.
        ui.spacing_mut().interact_size.y = rect.height();
        ui.spacing_mut().button_padding.y = 0.0;
        ui.put(rect, drag)
    };
    let response = ui.push_id(id, put).inner;
    let said = format!("{name}, {} dB", decibels(db.0));
    response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, &said));
    (response.changed() && value != db.0).then_some(Db(value))
}

/// Scale, two meters and the fader; yields where the fader was moved to.
fn meters_and_fader(
    ui: &Ui,
    rect: Rect,
    id: Id,
    readings: &[MeterReading; 2],
    db: Db,
    of: (&str, &Translations),
) -> Option<Db> {
    let mut row = Row::new(rect, vec2(0.0, 4.0));
    let (scale, meters) = (row.left(20.0), row.left(24.0));
    let mut last = f32::NEG_INFINITY;
    for mark in [0.0, -12.0, -24.0, -48.0] {
        let y = level_y(meters, mark);
        // A low mixer has no room for all of them.
        if y - last < 9.0 {
            continue;
        }
        last = y;
        let place = Rect::from_center_size(pos2(scale.center().x, y), vec2(20.0, 10.0));
        let text = format!("{mark:.0}");
        write(ui, place, Align2::RIGHT_CENTER, &text, (9.0, theme::FAINT));
    }
    self::meters(ui, meters.with_min_x(meters.left() + 4.0), readings);
    fader(ui, row.rest(), id, db, of)
}

/// Two meters at the left of a place.
pub fn meters(ui: &Ui, place: Rect, readings: &[MeterReading; 2]) {
    for (index, reading) in readings.iter().enumerate() {
        let left = place.left() + index as f32 * 10.0;
        let well = Rect::from_min_max(pos2(left, place.top()), pos2(left + 8.0, place.bottom()));
        meter(ui, well, reading);
    }
}

fn meter(ui: &Ui, well: Rect, reading: &MeterReading) {
    ui.painter().rect_filled(well, 1.0, theme::WELL);
    // EBU R68: -18 dBFS is the alignment level, -9 dBFS the most that is permitted.
    for (from, to, colour) in [
        (METER_LOWEST, -18.0, theme::NEXT),
        (-18.0, -9.0, theme::ATTENTION),
        (-9.0, 0.0, theme::ON_AIR),
    ] {
        if reading.level > from {
            let top = level_y(well, reading.level.min(to));
            let bar =
                Rect::from_min_max(pos2(well.left(), top), pos2(well.right(), level_y(well, from)));
            ui.painter().rect_filled(bar, 0.0, colour);
        }
    }
    if reading.peak > METER_LOWEST {
        let y = level_y(well, reading.peak);
        let ends = [pos2(well.left(), y), pos2(well.right(), y)];
        ui.painter().line_segment(ends, egui::Stroke::new(2.0, theme::TEXT));
    }
}

fn level_y(rect: Rect, db: f32) -> f32 {
    rect.bottom() - rect.height() * (db.clamp(METER_LOWEST, 0.0) - METER_LOWEST) / -METER_LOWEST
}

/// Where on its way a fader stands, 0 to 1: the upper half is for the levels from -9 dB on.
fn way_of(db: f32) -> f32 {
    let span = Db::MAX.0 - LOWEST;
    ((db.clamp(LOWEST, Db::MAX.0) - LOWEST) / span).powi(2)
}

fn db_of(way: f32) -> Db {
    if way <= 0.0 {
        return Db::OFF;
    }
    let db = LOWEST + (Db::MAX.0 - LOWEST) * way.min(1.0).sqrt();
    // Tenths, as they are shown; and unity is easily met.
    let db = (db * 10.0).round() / 10.0;
    Db(if db.abs() < 0.35 { 0.0 } else { db })
}

fn fader(ui: &Ui, rect: Rect, id: Id, db: Db, (name, words): (&str, &Translations)) -> Option<Db> {
    let response = ui.interact(rect, id.with("fader"), Sense::click_and_drag());
    let way = rect.shrink2(vec2(0.0, 6.0));
    let x = way.center().x;
    ui.painter()
        .line_segment([pos2(x, way.top()), pos2(x, way.bottom())], theme::line(theme::STRONG_LINE));
    let unity = way.bottom() - way_of(0.0) * way.height();
    let ends = [pos2(x - 5.0, unity), pos2(x + 5.0, unity)];
    ui.painter().line_segment(ends, theme::line(theme::STRONG_LINE));
    let y = way.bottom() - way_of(db.0) * way.height();
    let cap = Rect::from_center_size(pos2(x, y), vec2(22.0, 11.0));
    let stroke = egui::Stroke::new(1.5, theme::GROUND);
    ui.painter().rect(cap, theme::PICTURE_RADIUS, theme::CAP, stroke, egui::StrokeKind::Outside);
    let ends = [pos2(cap.left() + 2.0, y), pos2(cap.right() - 2.0, y)];
    ui.painter().line_segment(ends, theme::line(theme::STRONG_LINE));
    let said = format!("{name}, {} dB", decibels(db.0));
    response.widget_info(|| WidgetInfo::slider(true, f64::from(db.0), &said));
    let response = response.on_hover_text(words.get("fader-tip"));
    if response.double_clicked() {
        return (db != Db::UNITY).then_some(Db::UNITY);
    }
    let fine = ui.input(|input| input.modifiers.shift);
    let wanted = if response.dragged() {
        let moved = -response.drag_delta().y / way.height() * if fine { 0.1 } else { 1.0 };
        // What was moved by less than a tenth of a dB is kept, or a slow hand would move nothing.
        let at = id.with("way");
        let from: f32 = ui.data(|data| data.get_temp(at)).unwrap_or_else(|| way_of(db.0));
        let now = (from + moved).clamp(0.0, 1.0);
        ui.data_mut(|data| data.insert_temp(at, now));
        Some(db_of(now))
    } else {
        ui.data_mut(|data| data.remove::<f32>(id.with("way")));
        if response.has_focus() {
            keep_arrows(ui, response.id);
        }
        response.has_focus().then(|| by_keys(ui, db, fine)).flatten()
    };
    wanted.filter(|wanted| *wanted != db)
}

fn by_keys(ui: &Ui, db: Db, fine: bool) -> Option<Db> {
    let step = if fine { 0.1 } else { 1.0 };
    let (up, down, home) = ui.input(|input| {
        (
            input.key_pressed(Key::ArrowUp),
            input.key_pressed(Key::ArrowDown),
            input.key_pressed(Key::Home),
        )
    });
    let to = |value: f32| Some(Db(value.clamp(Db::OFF.0, Db::MAX.0)));
    match (up, down, home) {
        (true, _, _) => to(db.0.max(LOWEST) + step),
        (_, true, _) => {
            if db.0 - step < LOWEST {
                Some(Db::OFF)
            } else {
                to(db.0 - step)
            }
        }
        (_, _, true) => Some(Db::UNITY),
        _ => None,
    }
}
