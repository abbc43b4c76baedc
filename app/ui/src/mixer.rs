//! The mixer: a strip for each source that sounds, the programme, the monitor, and what the next take
//! will do.

use std::collections::BTreeMap;

use egui::scroll_area::{DragScroll, ScrollSource};
use egui::{
    Align2, Color32, Id, PopupCloseBehavior, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};
use engine::{Mix, Snapshot, Tally};
use show::{Source, SourceId, Strip, StripMode};

use crate::action::Action;
use crate::look::LoudnessLook;
use crate::panel::Panel;
use crate::panel_kind::PanelKind;
use crate::translations::Translations;
use crate::units::decibels;
use crate::widgets::button::{self, Tone};
use crate::widgets::fader::{MeterReading, StripLayout, title};
use crate::widgets::field::Field;
use crate::widgets::focus::{GRIP, follow_focus, is_dragged_away};
use crate::widgets::overflow::{self, Overflow};
use crate::widgets::space::{Column, Row};
use crate::widgets::text::{readout, write};
use crate::{command_button, monitor_strip, theme};

/// How wide a strip is.
const STRIP: f32 = 85.0;
/// How high the heads of the strips are: the mixer is dragged by them, as a monitor is by its name.
const HEAD: f32 = 26.0;
/// How long a true peak is shown, in seconds, unless a higher one comes.
const SHOWN: f32 = 3.0;
/// What a programme must not exceed, in dBTP, with what two meters may differ by (EBU R128).
const TOO_HIGH: f32 = -0.9;
/// The least room for the readouts beside the strips.
const MIDDLE: f32 = 330.0;

/// The mixer's state between frames: the readings of its meters.
#[derive(Debug, Default)]
pub struct MixerPanel {
    strips: BTreeMap<SourceId, [MeterReading; 2]>,
    programme: [MeterReading; 2],
    monitor: [MeterReading; 2],
    /// The true peak that is shown, in dBTP, and for how long still.
    held: Option<(f32, f32)>,
}

impl MixerPanel {
    /// Draws it; true if it begins to be dragged to another place of the desk.
    pub fn draw(&mut self, ui: &mut Ui, rect: Rect, panel: &mut Panel<'_>) -> bool {
        let look = panel.look;
        // Under all else: a click on a strip's name is still that.
        let head = rect.with_max_y(rect.top() + HEAD);
        let grip = ui.interact(head, Id::unique("mixer grip"), GRIP);
        let move_hint = PanelKind::Mixer.move_hint(panel.words);
        grip.widget_info(|| WidgetInfo::labeled(Role::TitleBar, true, &move_hint));
        let grip = grip.on_hover_cursor(egui::CursorIcon::Grab);
        // As long as it was: what is called stable is a guess of a sixtieth where paints come seldom.
        let seconds = ui.input(|input| input.unstable_dt.min(0.5));
        let mut row = Row::new(rect, vec2(0.0, 0.0));
        follow(&mut self.monitor, look.monitor.peak, seconds);
        monitor_strip::draw(ui, row.right(monitor_strip::WIDE), &self.monitor, panel);
        self.programme(ui, row.right(2.0 * STRIP - 60.0), seconds, panel);
        let sources: Vec<_> =
            look.snapshot.show.sources.iter().filter(|source| source.has_audio()).collect();
        self.strips(ui, &mut row, &sources, seconds, panel);
        let true_peak = self.held.map_or(look.loudness.true_peak, |(peak, _)| peak);
        let has_own_hint = middle(ui, row.rest(), true_peak, panel);
        self.strips.retain(|id, _| look.snapshot.show.source(*id).is_some());
        let grip = if has_own_hint { grip } else { grip.on_hover_text_at_pointer(move_hint) };
        is_dragged_away(ui, &grip)
    }

    /// The strips there is room for; the others are scrolled to, and counted beside them.
    fn strips(
        &mut self,
        ui: &mut Ui,
        row: &mut Row,
        sources: &[&Source],
        seconds: f32,
        panel: &mut Panel<'_>,
    ) {
        let fits = |room: f32| (room / STRIP).max(1.0) as usize;
        let room = row.width() - MIDDLE;
        let is_over = sources.len() > fits(room);
        let side = if is_over { overflow::COUNT.x + theme::STEP } else { 0.0 };
        let before = row.left(side);
        let strips = row.left(sources.len().min(fits(room - 2.0 * side)) as f32 * STRIP);
        let after = row.left(side);
        let builder = egui::UiBuilder::new().max_rect(strips);
        ui.scope_builder(builder, |ui| {
            ui.set_clip_rect(strips.intersect(ui.clip_rect()));
            // The wheel has no other way to go here.
            ui.style_mut().always_scroll_the_only_direction = true;
            let by_hand = ScrollSource { drag: DragScroll::Always, ..ScrollSource::default() };
            let area = egui::ScrollArea::horizontal().id_salt("strips").scroll_source(by_hand);
            let id = Id::unique("strips");
            let area = area.show(ui, |ui| {
                overflow::scroll_on(ui, id);
                let size = vec2(sources.len() as f32 * STRIP, strips.height());
                let (all, _) = ui.allocate_exact_size(size, Sense::hover());
                let mut row = Row::new(all, vec2(0.0, 0.0));
                let places = sources.iter().map(|source| {
                    let place = row.left(STRIP);
                    self.strip(ui, place, source, seconds, panel);
                    place.x_range()
                });
                let places: Vec<_> = places.collect();
                follow_focus(ui);
                places
            });
            let overflow = Overflow::of(area.inner, strips.x_range());
            // Beside the strips, so that it hides no fader.
            ui.set_clip_rect(before.union(after));
            let sides = [before, after].map(|side| side.with_min_y(side.top() + theme::STEP));
            overflow.across(ui, sides, id, panel.words);
        });
    }

    fn strip(
        &mut self,
        ui: &mut Ui,
        place: Rect,
        source: &Source,
        seconds: f32,
        panel: &mut Panel<'_>,
    ) {
        let (look, words) = (panel.look, panel.words);
        let id = source.id;
        let of_show = look.snapshot.mixer.strip(id);
        let peak = look.strips.iter().find(|levels| levels.source == id);
        let readings = self.strips.entry(id).or_default();
        follow(readings, peak.map_or([0.0; 2], |levels| levels.peak), seconds);
        let line = match look.snapshot.tally.get(&id) {
            Some(Tally::Program) => theme::ON_AIR,
            Some(Tally::Preview) => theme::NEXT,
            None => theme::RAISED_LINE,
        };
        let strip = StripLayout::new(place, 7.0);
        title(ui, strip.title, &source.name, line);
        more(ui, strip.title, source, &of_show, words, panel.actions);
        let widget = Id::unique(("strip", id.0));
        if let Some(db) = strip.level(ui, widget, readings, of_show.fader, (&source.name, words)) {
            panel.actions.push(Action::Mix(Mix::Fader(id, db)));
        }
        let solo = look.snapshot.solo.contains(&id);
        let toggles = [
            ("afv", of_show.mode != StripMode::Off, Tone::Option),
            ("mute", of_show.mute, Tone::Attention),
            ("solo", solo, Tone::Attention),
        ];
        for ((key, on, tone), place) in toggles.into_iter().zip(strip.buttons.split::<3>(3.0)) {
            // What it is now, and what a click makes of it.
            let word = match (key, of_show.mode) {
                ("afv", StripMode::On) => "always-on",
                ("afv", StripMode::Off) => "always-off",
                _ => key,
            };
            let (letters, tip) = (words.get(word), words.get(&format!("{word}-tip")));
            let name = format!("{}, {tip}", source.name);
            let response =
                button::toggle(ui, place, widget.with(key), (&letters, &name), (on, tone));
            if response.clicked() {
                panel.actions.push(Action::Mix(pressed(key, &of_show, solo)));
            }
            response.on_hover_text(tip);
        }
    }

    fn programme(&mut self, ui: &mut Ui, place: Rect, seconds: f32, panel: &mut Panel<'_>) {
        let LoudnessLook { peak, true_peak, .. } = panel.look.loudness;
        follow(&mut self.programme, peak, seconds);
        self.held = match self.held {
            Some((peak, left)) if peak > true_peak && left > seconds => {
                Some((peak, left - seconds))
            }
            _ => Some((true_peak, SHOWN)),
        };
        let shown = self.held.map_or(true_peak, |(peak, _)| peak);
        let strip = StripLayout::new(place, 10.0);
        let name = panel.words.get("programme");
        title(ui, strip.title, &name, theme::ON_AIR);
        let lamp = strip.buttons.rest();
        let (fill, text) = match shown > TOO_HIGH {
            true => (theme::ON_AIR_FILL, theme::TEXT),
            false => (theme::WELL, theme::FAINT),
        };
        ui.painter().rect_filled(lamp, theme::PICTURE_RADIUS, fill);
        let said = format!("TP {}", decibels(shown));
        write(ui, lamp, Align2::CENTER_CENTER, &said, (theme::SMALL, text));
        let level = panel.look.snapshot.mixer.programme;
        let id = Id::unique("programme");
        if let Some(db) = strip.level(ui, id, &self.programme, level, (&name, panel.words)) {
            panel.actions.push(Action::Mix(Mix::Programme(db)));
        }
    }
}

fn follow(readings: &mut [MeterReading; 2], peak: [f32; 2], seconds: f32) {
    readings.iter_mut().zip(peak).for_each(|(reading, peak)| reading.follow(peak, seconds));
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

/// Loudness, and what the strips will do at the next take. True if what the pointer is on has a hint of its
/// own.
fn middle(ui: &Ui, rect: Rect, true_peak: f32, panel: &mut Panel<'_>) -> bool {
    let (look, words) = (panel.look, panel.words);
    let mut column = Column::new(rect, vec2(10.0, 6.0));
    let mut line = column.row(26.0);
    let follow = words.get("follow");
    command_button::toggle(ui, line.right(66.0), "sound.follow", &follow, Tone::Option, panel);
    line.right(8.0);
    unsolo(ui, line.right(110.0), panel);
    let LoudnessLook { short_term, integrated, .. } = look.loudness;
    let mut has_own_hint = false;
    for (key, value) in
        [("short-term", short_term), ("integrated", integrated), ("true-peak", true_peak)]
    {
        if line.width() < 118.0 {
            break;
        }
        let value = if value <= -99.0 { "−∞".to_owned() } else { format!("{value:.1}") };
        let (name, place) = (words.get(key), line.left(118.0));
        let style = (name.as_str(), (theme::DETAIL, theme::QUIET));
        readout(ui, place, style, (&value, (theme::READOUT, theme::TEXT)));
        let figure = ui.interact(place, Id::unique(("loudness", key)), Sense::hover());
        has_own_hint |= figure.contains_pointer();
        let said = format!("{name} {value}");
        figure.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
        figure.on_hover_text(words.get(&format!("{key}-tip")));
    }
    column.row(4.0);
    let head = column.row(18.0).rest();
    write(ui, head, Align2::LEFT_CENTER, &words.get("next-take"), (theme::BODY, theme::TEXT));
    for source in look.snapshot.show.sources.iter().filter(|source| source.has_audio()) {
        if column.rest().height() < 16.0 {
            break;
        }
        let mut line = column.row(16.0);
        let strip = look.snapshot.mixer.strip(source.id);
        let (text, colour) = next(&strip, &look.snapshot, words);
        let name = (theme::DETAIL, theme::QUIET);
        let place = line.left(110.0);
        write(ui, place, Align2::LEFT_CENTER, &source.name, name);
        let named = ui.interact(place, Id::unique(("next take", source.id.0)), Sense::hover());
        named.on_hover_text(source.name.as_str());
        write(ui, line.rest(), Align2::LEFT_CENTER, &text, (theme::DETAIL, colour));
    }
    has_own_hint
}

/// What a strip will do when the buses change places.
fn next(strip: &Strip, snapshot: &Snapshot, words: &Translations) -> (String, Color32) {
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

/// How many strips are heard alone, and the end of that; nothing where none is.
fn unsolo(ui: &Ui, place: Rect, panel: &mut Panel<'_>) {
    let solo = &panel.look.snapshot.solo;
    if !solo.is_empty() {
        let label = panel.words.with("solos", "count", solo.len());
        let tone = (Tone::Attention, theme::DETAIL);
        command_button::draw(ui, place, "sound.clear-solo", Some(&label), tone, panel);
    }
}

/// What a click on a strip's name opens: its trim, pan and delay.
fn more(
    ui: &Ui,
    head: Rect,
    source: &Source,
    strip: &Strip,
    words: &Translations,
    actions: &mut Vec<Action>,
) {
    let id = source.id;
    let response = ui.interact(head, Id::unique(("more", id.0)), Sense::click());
    let name = words.with("strip-more", "name", source.name.as_str());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let is_met = response.hovered() || response.has_focus();
    let colour = if is_met { theme::TEXT } else { theme::QUIET };
    write(ui, head.shrink2(vec2(1.0, 0.0)), Align2::RIGHT_TOP, "⋯", (theme::BODY, colour));
    // Said without a click: a strip that is not as it came.
    let is_plain = *strip
        == Strip { fader: strip.fader, mute: strip.mute, mode: strip.mode, ..Strip::new(id) };
    if !is_plain {
        let dot = pos2(head.right() - 3.0, head.bottom() - 8.0);
        ui.painter().circle_filled(dot, 2.5, theme::OPTION_LINE);
    }
    let behaviour = PopupCloseBehavior::CloseOnClickOutside;
    let response = response.on_hover_text(name);
    egui::Popup::menu(&response).close_behavior(behaviour).show(|ui| {
        // A menu has no faces, and these are no commands.
        ui.visuals_mut().widgets.inactive.weak_bg_fill = theme::CONTROL;
        let (mut trim, mut pan, mut delay) = (strip.trim.0, strip.pan, strip.delay_millis);
        let value = egui::DragValue::new(&mut trim).range(-20.0..=20.0).speed(0.1);
        let value = value.custom_formatter(|value, _| format!("{} dB", decibels(value as f32)));
        if strip_field(ui, &words.get("trim"), &source.name, value) {
            actions.push(Action::Mix(Mix::Trim(id, show::Db(trim))));
        }
        let value = egui::DragValue::new(&mut pan).range(-1.0..=1.0).speed(0.01);
        if strip_field(ui, &words.get("pan"), &source.name, value.fixed_decimals(2)) {
            actions.push(Action::Mix(Mix::Pan(id, pan)));
        }
        let most = Strip::MAX_DELAY_MILLIS;
        let value = egui::DragValue::new(&mut delay).range(0..=most).suffix(" ms");
        if strip_field(ui, &words.get("delay"), &source.name, value) {
            actions.push(Action::Mix(Mix::Delay(id, delay)));
        }
    });
}

/// A value of a strip; true if it was changed.
fn strip_field(ui: &mut Ui, name: &str, source: &str, value: egui::DragValue<'_>) -> bool {
    let size = vec2(84.0, theme::TARGET);
    let response = Field::new(name).name_width(54.0).show(ui, |ui| ui.add_sized(size, value));
    let said = format!("{source}, {name}");
    response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, &said));
    response.changed()
}
