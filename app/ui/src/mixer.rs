//! The mixer: a strip for each source that sounds, the programme, and what the next take will do.

use std::collections::BTreeMap;

use egui::{Align2, Color32, Id, Key, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use engine::{Mix, Snapshot, Tally};
use show::{Db, SourceId, Strip, StripMode};

use crate::action::Action;
use crate::control::{self, Tone, cut_bottom, cut_left, cut_right, cut_top, write};
use crate::look::{Look, Loudness};
use crate::panel::Panel;
use crate::theme;
use crate::words::Words;

/// How wide a strip is.
const STRIP: f32 = 85.0;
/// What a fader's way ends at: below is off.
const LOWEST: f32 = -60.0;
/// What a meter's scale ends at.
const METER_LOWEST: f32 = -60.0;
/// How fast a meter falls, in dB a second: 20 dB in 1.7 s (IEC 60268-10, type I).
const FALL: f32 = 11.8;
/// How long a peak is held, in seconds.
const HELD: f32 = 1.5;
/// How long a true peak is shown, in seconds, unless a higher one comes.
const SHOWN: f32 = 3.0;
/// What a programme must not exceed, in dBTP, with what two meters may differ by (EBU R128).
const TOO_HIGH: f32 = -0.9;

/// What the mixer keeps between frames: where the meters' needles are.
#[derive(Debug, Default)]
pub struct Mixer {
    strips: BTreeMap<SourceId, [Needle; 2]>,
    programme: [Needle; 2],
    /// The true peak that is shown, in dBTP, and for how long still.
    held: Option<(f32, f32)>,
}

#[derive(Clone, Copy, Debug)]
struct Needle {
    level: f32,
    peak: f32,
    since: f32,
}

impl Default for Needle {
    fn default() -> Self {
        Self { level: METER_LOWEST, peak: METER_LOWEST, since: 0.0 }
    }
}

impl Needle {
    fn follow(&mut self, amplitude: f32, seconds: f32) {
        let now = (20.0 * amplitude.max(1e-6).log10()).max(METER_LOWEST);
        self.level = now.max(self.level - FALL * seconds);
        self.since += seconds;
        if now >= self.peak || self.since > HELD {
            (self.peak, self.since) = (now.max(self.level), 0.0);
        }
    }
}

impl Mixer {
    /// Draws it.
    pub fn draw(&mut self, ui: &mut Ui, rect: Rect, panel: &mut Panel<'_>) {
        let Panel { look, words, actions } = panel;
        let seconds = ui.input(|input| input.stable_dt.min(0.5));
        let mut rest = rect;
        self.programme(ui, cut_right(&mut rest, 2.0 * STRIP - 60.0), look, words, seconds, actions);
        let sources: Vec<_> =
            look.snapshot.show.sources.iter().filter(|source| source.has_audio()).collect();
        // The middle needs its room for what the next take does.
        let most = ((rest.width() - 330.0) / STRIP).max(1.0) as usize;
        let strips = cut_left(&mut rest, sources.len().min(most) as f32 * STRIP);
        let builder = egui::UiBuilder::new().max_rect(strips);
        ui.scope_builder(builder, |ui| {
            ui.set_clip_rect(strips.intersect(ui.clip_rect()));
            egui::ScrollArea::horizontal().id_salt("strips").show(ui, |ui| {
                let size = vec2(sources.len() as f32 * STRIP, strips.height());
                let (all, _) = ui.allocate_exact_size(size, Sense::hover());
                for (index, source) in sources.iter().enumerate() {
                    let min = pos2(all.left() + index as f32 * STRIP, all.top());
                    let place = Rect::from_min_size(min, vec2(STRIP, all.height()));
                    self.strip(ui, place, source, look, words, seconds, actions);
                }
            });
        });
        let true_peak = self.held.map_or(look.loudness.true_peak, |(peak, _)| peak);
        middle(ui, rest, look, (words, true_peak), actions);
        self.strips.retain(|id, _| look.snapshot.show.source(*id).is_some());
    }

    #[expect(clippy::too_many_arguments, reason = "what every panel has, and the strip")]
    fn strip(
        &mut self,
        ui: &mut Ui,
        place: Rect,
        source: &show::Source,
        look: &Look,
        words: &Words,
        seconds: f32,
        actions: &mut Vec<Action>,
    ) {
        let id = source.id;
        let strip = look.snapshot.mixer.strip(id);
        let peak = look.strips.iter().find(|levels| levels.source == id);
        let peak = peak.map_or([0.0; 2], |levels| levels.peak);
        let needles = self.strips.entry(id).or_default();
        needles.iter_mut().zip(peak).for_each(|(needle, peak)| needle.follow(peak, seconds));
        let mut rect = place.shrink2(vec2(7.0, 4.0));
        let line = match look.snapshot.tally.get(&id) {
            Some(Tally::Program) => theme::ON_AIR,
            Some(Tally::Preview) => theme::NEXT,
            None => theme::RAISED_LINE,
        };
        title(ui, cut_top(&mut rect, 22.0), &source.name, line);
        let mut keys = cut_bottom(&mut rect, 20.0);
        cut_bottom(&mut rect, 5.0);
        let of = Id::unique(("strip", id.0));
        let value = cut_bottom(&mut rect, 20.0);
        if let Some(db) = number(ui, value, of.with("value"), strip.fader, &source.name) {
            actions.push(Action::Mix(Mix::Fader(id, db)));
        }
        if let Some(db) = meters_and_fader(ui, rect, of, needles, strip.fader, &source.name) {
            actions.push(Action::Mix(Mix::Fader(id, db)));
        }
        let wide = (keys.width() - 2.0 * 3.0) / 3.0;
        let solo = look.snapshot.solo.contains(&id);
        for (key, on, tone) in [
            ("afv", strip.mode != StripMode::Off, Tone::Option),
            ("mute", strip.mute, Tone::OnAir),
            ("solo", solo, Tone::Attention),
        ] {
            let place = cut_left(&mut keys, wide);
            cut_left(&mut keys, 3.0);
            let letters = match (key, strip.mode) {
                ("afv", StripMode::On) => words.get("always-on"),
                _ => words.get(key),
            };
            let tip = words.get(&format!("{key}-tip"));
            let name = format!("{}, {tip}", source.name);
            let response = control::toggle(ui, place, of.with(key), (&letters, &name), (on, tone));
            if response.clicked() {
                actions.push(Action::Mix(pressed(key, &strip, solo)));
            }
            response.on_hover_text(tip);
        }
    }

    fn programme(
        &mut self,
        ui: &mut Ui,
        place: Rect,
        look: &Look,
        words: &Words,
        seconds: f32,
        actions: &mut Vec<Action>,
    ) {
        let Loudness { peak, true_peak, .. } = look.loudness;
        let needles = self.programme.iter_mut().zip(peak);
        needles.for_each(|(needle, peak)| needle.follow(peak, seconds));
        self.held = match self.held {
            Some((peak, left)) if peak > true_peak && left > seconds => {
                Some((peak, left - seconds))
            }
            _ => Some((true_peak, SHOWN)),
        };
        let shown = self.held.map_or(true_peak, |(peak, _)| peak);
        let mut rect = place.shrink2(vec2(10.0, 4.0));
        let name = words.get("programme");
        title(ui, cut_top(&mut rect, 22.0), &name, theme::ON_AIR);
        let lamp = cut_bottom(&mut rect, 20.0);
        cut_bottom(&mut rect, 5.0);
        let (fill, text) = match shown > TOO_HIGH {
            true => (theme::ON_AIR_FILL, theme::TEXT),
            false => (theme::WELL, theme::FAINT),
        };
        ui.painter().rect_filled(lamp, theme::PICTURE_RADIUS, fill);
        let said = format!("TP {}", decibels(shown));
        write(ui, lamp, Align2::CENTER_CENTER, &said, (theme::SMALL, text));
        let id = Id::unique("programme");
        let fader = look.snapshot.mixer.programme;
        let value = cut_bottom(&mut rect, 20.0);
        let typed = number(ui, value, id.with("value"), fader, &name);
        let moved = meters_and_fader(ui, rect, id, &self.programme, fader, &name);
        if let Some(db) = typed.or(moved) {
            actions.push(Action::Mix(Mix::Programme(db)));
        }
    }
}

fn pressed(key: &str, strip: &Strip, solo: bool) -> Mix {
    let id = strip.source;
    match key {
        "mute" => Mix::Mute(id, !strip.mute),
        "solo" => Mix::Solo(id, !solo),
        // With its picture, always, never, and round again.
        _ => Mix::Mode(
            id,
            match strip.mode {
                StripMode::Afv => StripMode::On,
                StripMode::On => StripMode::Off,
                StripMode::Off => StripMode::Afv,
            },
        ),
    }
}

fn title(ui: &Ui, rect: Rect, name: &str, line: Color32) {
    write(ui, rect, Align2::LEFT_TOP, name, (theme::DETAIL, theme::TEXT));
    let y = rect.bottom() - 3.0;
    let ends = [pos2(rect.left(), y), pos2(rect.right(), y)];
    ui.painter().line_segment(ends, egui::Stroke::new(2.0, line));
}

fn decibels(db: f32) -> String {
    if db <= -99.0 { "−∞".to_owned() } else { format!("{db:+.1}") }
}

/// The number under a fader: dragged, or typed after a click.
fn number(ui: &mut Ui, rect: Rect, id: Id, db: Db, name: &str) -> Option<Db> {
    let mut value = db.0;
    let drag = egui::DragValue::new(&mut value)
        .range(Db::OFF.0..=Db::MAX.0)
        .speed(0.1)
        .custom_formatter(|value, _| format!("{} dB", decibels(value as f32)))
        .custom_parser(|text| text.trim_end_matches("dB").trim().parse().ok());
    let response = ui.push_id(id, |ui| ui.put(rect, drag)).inner;
    let said = format!("{name}, {} dB", decibels(db.0));
    response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, &said));
    (response.changed() && value != db.0).then_some(Db(value))
}

/// Scale, two meters and the fader; yields where the fader was moved to.
fn meters_and_fader(
    ui: &Ui,
    rect: Rect,
    id: Id,
    needles: &[Needle; 2],
    db: Db,
    name: &str,
) -> Option<Db> {
    let mut rect = rect.shrink2(vec2(0.0, 4.0));
    let scale = cut_left(&mut rect, 20.0);
    let meters = cut_left(&mut rect, 24.0);
    for mark in [0.0, -12.0, -24.0, -48.0] {
        let y = level_y(meters, mark);
        let place = Rect::from_center_size(pos2(scale.center().x, y), vec2(20.0, 10.0));
        let text = format!("{mark:.0}");
        write(ui, place, Align2::RIGHT_CENTER, &text, (9.0, theme::FAINT));
    }
    for (index, needle) in needles.iter().enumerate() {
        let left = meters.left() + 4.0 + index as f32 * 10.0;
        let well = Rect::from_min_max(pos2(left, meters.top()), pos2(left + 8.0, meters.bottom()));
        meter(ui, well, needle);
    }
    fader(ui, rect, id, db, name)
}

fn meter(ui: &Ui, well: Rect, needle: &Needle) {
    ui.painter().rect_filled(well, 1.0, theme::WELL);
    // EBU R68: -18 dBFS is the alignment level, -9 dBFS the most that is permitted.
    for (from, to, colour) in [
        (METER_LOWEST, -18.0, theme::NEXT),
        (-18.0, -9.0, theme::ATTENTION),
        (-9.0, 0.0, theme::ON_AIR),
    ] {
        if needle.level > from {
            let top = level_y(well, needle.level.min(to));
            let bar =
                Rect::from_min_max(pos2(well.left(), top), pos2(well.right(), level_y(well, from)));
            ui.painter().rect_filled(bar, 0.0, colour);
        }
    }
    if needle.peak > METER_LOWEST {
        let y = level_y(well, needle.peak);
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

fn fader(ui: &Ui, rect: Rect, id: Id, db: Db, name: &str) -> Option<Db> {
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
    let edge = if response.has_focus() { theme::OPTION_LINE } else { theme::GROUND };
    let stroke = egui::Stroke::new(1.5, edge);
    ui.painter().rect(cap, theme::PICTURE_RADIUS, theme::CAP, stroke, egui::StrokeKind::Outside);
    let ends = [pos2(cap.left() + 2.0, y), pos2(cap.right() - 2.0, y)];
    ui.painter().line_segment(ends, theme::line(theme::STRONG_LINE));
    let said = format!("{name}, {} dB", decibels(db.0));
    response.widget_info(|| WidgetInfo::slider(true, f64::from(db.0), &said));
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

/// Loudness, and what the strips will do at the next take.
fn middle(
    ui: &Ui,
    rect: Rect,
    look: &Look,
    (words, true_peak): (&Words, f32),
    actions: &mut Vec<Action>,
) {
    let mut rect = rect.shrink2(vec2(10.0, 6.0));
    let mut line = cut_top(&mut rect, 26.0);
    let place = cut_right(&mut line, 66.0);
    let (label, tip) = (words.get("follow"), words.get("follow-tip"));
    let on = look.snapshot.mixer.follow;
    let id = Id::unique("follow");
    let response = control::toggle(ui, place, id, (&label, &tip), (on, Tone::Option));
    if response.clicked() {
        actions.push(Action::Mix(Mix::Follow(!on)));
    }
    response.on_hover_text(tip);
    let Loudness { short_term, integrated, .. } = look.loudness;
    for (key, value) in
        [("short-term", short_term), ("integrated", integrated), ("true-peak", true_peak)]
    {
        let mut place = cut_left(&mut line, 118.0);
        let label = words.get(key);
        let label = write(ui, place, Align2::LEFT_CENTER, &label, (theme::DETAIL, theme::QUIET));
        place.min.x = label.right() + 6.0;
        let value = if value <= -99.0 { "−∞".to_owned() } else { format!("{value:.1}") };
        write(ui, place, Align2::LEFT_CENTER, &value, (17.0, theme::TEXT));
    }
    cut_top(&mut rect, 4.0);
    let head = cut_top(&mut rect, 18.0);
    write(ui, head, Align2::LEFT_CENTER, &words.get("next-take"), (theme::BODY, theme::TEXT));
    for source in look.snapshot.show.sources.iter().filter(|source| source.has_audio()) {
        if rect.height() < 16.0 {
            break;
        }
        let mut line = cut_top(&mut rect, 16.0);
        let name = cut_left(&mut line, 110.0);
        let strip = look.snapshot.mixer.strip(source.id);
        let (text, colour) = next(&strip, &look.snapshot, words);
        write(ui, name, Align2::LEFT_CENTER, &source.name, (theme::DETAIL, theme::QUIET));
        write(ui, line, Align2::LEFT_CENTER, &text, (theme::DETAIL, colour));
    }
}

/// What a strip will do when the buses change places.
fn next(strip: &Strip, snapshot: &Snapshot, words: &Words) -> (String, Color32) {
    let shows = |layout: Option<show::LayoutId>| {
        let layout = layout.and_then(|id| snapshot.show.layout(id));
        layout.is_some_and(|layout| layout.sources().any(|id| id == strip.source))
    };
    let (now, then) = (shows(snapshot.pgm.layout), shows(snapshot.pvw.layout));
    let follows = snapshot.mixer.follow && strip.mode == StripMode::Afv && !strip.mute;
    match (follows, now, then) {
        (true, false, true) => (words.with("after-up", "db", decibels(strip.fader.0)), theme::NEXT),
        (true, true, false) => (words.get("after-down"), theme::ATTENTION),
        _ => (words.get("after-same"), theme::FAINT),
    }
}
