//! The mixer: a strip for each source that sounds, the programme, and what the next take will do.

use std::collections::BTreeMap;

use egui::{Align2, Color32, Id, Rect, Sense, Ui, pos2, vec2};
use engine::{Mix, Snapshot, Tally};
use show::{SourceId, Strip, StripMode};

use crate::action::Action;
use crate::control::{self, Tone, cut_bottom, cut_left, cut_right, cut_top, write};
use crate::fader::{Needle, decibels, meters_and_fader, number, title};
use crate::look::{Look, Loudness};
use crate::panel::Panel;
use crate::words::Words;
use crate::{ears, theme};

/// How wide a strip is.
const STRIP: f32 = 85.0;
/// How high the heads of the strips are: the mixer is dragged by them, as a monitor is by its name.
const HEAD: f32 = 26.0;
/// How long a true peak is shown, in seconds, unless a higher one comes.
const SHOWN: f32 = 3.0;
/// What a programme must not exceed, in dBTP, with what two meters may differ by (EBU R128).
const TOO_HIGH: f32 = -0.9;

/// What the mixer keeps between frames: where the meters' needles are.
#[derive(Debug, Default)]
pub struct Mixer {
    strips: BTreeMap<SourceId, [Needle; 2]>,
    programme: [Needle; 2],
    monitor: [Needle; 2],
    /// The true peak that is shown, in dBTP, and for how long still.
    held: Option<(f32, f32)>,
}

impl Mixer {
    /// Draws it; true if it begins to be dragged to another place of the desk.
    pub fn draw(&mut self, ui: &mut Ui, rect: Rect, panel: &mut Panel<'_>) -> bool {
        let Panel { look, words, actions } = panel;
        // Under all else: a click on a strip's name is still that.
        let head = rect.with_max_y(rect.top() + HEAD);
        let grip = ui.interact(head, Id::unique("mixer grip"), control::GRIP);
        let grip = grip.on_hover_cursor(egui::CursorIcon::Grab);
        // As long as it was: what is called stable is a guess of a sixtieth where paints come seldom.
        let seconds = ui.input(|input| input.unstable_dt.min(0.5));
        let mut rest = rect;
        let ears = cut_right(&mut rest, ears::WIDE);
        let needles = self.monitor.iter_mut().zip(look.monitor.peak);
        needles.for_each(|(needle, peak)| needle.follow(peak, seconds));
        ears::draw(ui, ears, &self.monitor, &mut Panel { look, words, actions });
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
                control::follow_focus(ui);
            });
        });
        let true_peak = self.held.map_or(look.loudness.true_peak, |(peak, _)| peak);
        middle(ui, rest, look, (words, true_peak), actions);
        self.strips.retain(|id, _| look.snapshot.show.source(*id).is_some());
        grip.on_hover_text_at_pointer(words.get("mixer-tip")).drag_started()
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
        let head = cut_top(&mut rect, 22.0);
        title(ui, head, &source.name, line);
        more(ui, head, source, &strip, words, actions);
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
    cut_right(&mut line, 8.0);
    unsolo(ui, cut_right(&mut line, 110.0), look, words, actions);
    let Loudness { short_term, integrated, .. } = look.loudness;
    for (key, value) in
        [("short-term", short_term), ("integrated", integrated), ("true-peak", true_peak)]
    {
        if line.width() < 118.0 {
            break;
        }
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

/// How many strips are heard alone, and their end; nothing where none is.
fn unsolo(ui: &Ui, place: Rect, look: &Look, words: &Words, actions: &mut Vec<Action>) {
    let solo = &look.snapshot.solo;
    if solo.is_empty() {
        return;
    }
    let label = words.with("solos", "count", solo.len());
    let tone = (Tone::Attention, theme::DETAIL);
    let response = control::button(ui, place, Id::unique("solos"), &label, tone);
    if response.clicked() {
        actions.push(Action::Unsolo(solo.iter().copied().collect()));
    }
    response.on_hover_text(words.get("solos-tip"));
}

/// What a click on a strip's name opens: its trim, pan and delay.
fn more(
    ui: &Ui,
    head: Rect,
    source: &show::Source,
    strip: &Strip,
    words: &Words,
    actions: &mut Vec<Action>,
) {
    let id = source.id;
    let response = ui.interact(head, Id::unique(("more", id.0)), Sense::click());
    let name = words.with("strip-more", "name", source.name.as_str());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
    if response.hovered() || response.has_focus() {
        let at = Align2::RIGHT_TOP;
        write(ui, head.shrink2(vec2(1.0, 0.0)), at, "⋯", (theme::DETAIL, theme::TEXT));
    }
    // Said without a click: a strip that is not as it came.
    let is_plain = *strip
        == Strip { fader: strip.fader, mute: strip.mute, mode: strip.mode, ..Strip::new(id) };
    if !is_plain {
        let dot = pos2(head.right() - 3.0, head.bottom() - 8.0);
        ui.painter().circle_filled(dot, 2.5, theme::OPTION_LINE);
    }
    let behaviour = egui::PopupCloseBehavior::CloseOnClickOutside;
    egui::Popup::menu(&response).close_behavior(behaviour).show(|ui| {
        // A menu has no faces, and these are no commands.
        ui.visuals_mut().widgets.inactive.weak_bg_fill = theme::CONTROL;
        let (mut trim, mut pan, mut delay) = (strip.trim.0, strip.pan, strip.delay_millis);
        let value = egui::DragValue::new(&mut trim).range(-20.0..=20.0).speed(0.1);
        let value = value.custom_formatter(|value, _| format!("{} dB", decibels(value as f32)));
        if row(ui, &words.get("trim"), &source.name, value) {
            actions.push(Action::Mix(Mix::Trim(id, show::Db(trim))));
        }
        let value = egui::DragValue::new(&mut pan).range(-1.0..=1.0).speed(0.01);
        if row(ui, &words.get("pan"), &source.name, value.fixed_decimals(2)) {
            actions.push(Action::Mix(Mix::Pan(id, pan)));
        }
        let most = Strip::MAX_DELAY_MILLIS;
        let value = egui::DragValue::new(&mut delay).range(0..=most).suffix(" ms");
        if row(ui, &words.get("delay"), &source.name, value) {
            actions.push(Action::Mix(Mix::Delay(id, delay)));
        }
    });
}

/// A value with its name before it; true if it was changed.
fn row(ui: &mut Ui, label: &str, of: &str, value: egui::DragValue<'_>) -> bool {
    let line = ui.horizontal(|ui| {
        ui.add_sized([54.0, theme::TARGET], egui::Label::new(label));
        ui.add_sized([84.0, theme::TARGET], value)
    });
    let said = format!("{of}, {label}");
    line.inner.widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, &said));
    line.inner.changed()
}
