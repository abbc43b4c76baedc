//! CUT, AUTO, the transition, the T-bar and SYNC: between the monitors, and never moving.

use egui::{Align2, Id, Key, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use engine::Progress;
use show::{Transition, TransitionKind};

use crate::action::Action;
use crate::control::{self, Tone, cut_bottom, cut_top, write};
use crate::look::Look;
use crate::panel::Panel;
use crate::theme;
use crate::words::Words;

/// The T-bar's end.
const WHOLE: u16 = 10_000;
/// What a key moves the T-bar by.
const STEP: u16 = 500;

/// What the column keeps between frames.
#[derive(Debug, Default)]
pub struct Switching {
    /// Where the T-bar is held.
    bar: u16,
}

impl Switching {
    /// Draws it.
    pub fn draw(&mut self, ui: &mut Ui, rect: Rect, panel: &mut Panel<'_>) {
        let Panel { look, words, actions } = panel;
        let id = Id::unique("switching");
        let mut rect = rect.shrink(8.0);
        let gap = 5.0;
        for (key, action) in [("cut", Action::Cut), ("auto", Action::Auto)] {
            let place = cut_top(&mut rect, 35.0);
            cut_top(&mut rect, gap);
            let look = (Tone::Strong, theme::LARGE);
            let response = control::button(ui, place, id.with(key), &words.get(key), look);
            if response.clicked() {
                actions.push(action);
            }
            response.on_hover_text(words.get(&format!("{key}-tip")));
        }
        let transition = look.snapshot.show.transition;
        kind(ui, cut_top(&mut rect, theme::TARGET), transition, words, actions);
        cut_top(&mut rect, gap);
        length(ui, cut_top(&mut rect, theme::TARGET), transition, words, actions);
        cut_top(&mut rect, gap);
        for (key, tone, action) in
            [("update", Tone::Plain, Action::Update), ("sync", Tone::Next, Action::Sync)]
        {
            let place = cut_bottom(&mut rect, theme::TARGET);
            cut_bottom(&mut rect, gap);
            let look = (tone, theme::DETAIL);
            let response = control::button(ui, place, id.with(key), &words.get(key), look);
            if response.clicked() {
                actions.push(action);
            }
            response.on_hover_text(words.get(&format!("{key}-tip")));
        }
        self.bar(ui, rect, look, words, actions);
    }

    /// The T-bar: by hand, or where AUTO is.
    fn bar(&mut self, ui: &Ui, rect: Rect, look: &Look, words: &Words, actions: &mut Vec<Action>) {
        if rect.height() < 30.0 {
            return;
        }
        let response = ui.interact(rect, Id::unique("t-bar"), Sense::click_and_drag());
        let inside = egui::StrokeKind::Inside;
        let edge = theme::line(theme::RAISED_LINE);
        ui.painter().rect(rect, theme::RADIUS, theme::RAISED, edge, inside);
        let way = rect.shrink2(vec2(12.0, 14.0));
        let (top, bottom) = (way.top(), way.bottom());
        let x = way.center().x;
        ui.painter().line_segment([pos2(x, top), pos2(x, bottom)], theme::line(theme::STRONG_LINE));
        let by_itself = match look.snapshot.transition {
            Some(progress @ Progress::Frames { .. }) => Some(progress.share(look.frame)),
            _ => None,
        };
        if response.dragged()
            && by_itself.is_none()
            && let Some(at) = response.interact_pointer_pos()
        {
            let part = ((bottom - at.y) / (bottom - top)).clamp(0.0, 1.0);
            let bar = (part * f32::from(WHOLE)) as u16;
            // Once at the end it must be let go: then its end is its beginning.
            if bar != self.bar && self.bar < WHOLE {
                self.bar = bar;
                actions.push(Action::Bar(bar));
            }
        } else if response.has_focus()
            && by_itself.is_none()
            && let Some(bar) = stepped(ui, response.id, self.bar)
        {
            actions.push(Action::Bar(bar));
        } else if !response.dragged() {
            // Where it is held, by whomever.
            self.bar = match look.snapshot.transition {
                Some(Progress::Hand(place)) => place,
                _ => 0,
            };
        }
        let by_hand = (u32::from(self.bar), u32::from(WHOLE));
        let (part, whole) = by_itself.unwrap_or(by_hand);
        let part = part as f32 / whole.max(1) as f32;
        let y = bottom - part * (bottom - top);
        let cap = Rect::from_center_size(pos2(x, y), vec2(way.width(), 12.0));
        ui.painter().rect_filled(cap, theme::PICTURE_RADIUS, theme::CAP);
        let name = words.get("t-bar");
        response.widget_info(|| WidgetInfo::slider(true, f64::from(part), &name));
    }
}

/// Where the T-bar is to be by the keys that were pressed; nothing if none was.
fn stepped(ui: &Ui, id: Id, bar: u16) -> Option<u16> {
    control::keep_arrows(ui, id);
    let (up, down) =
        ui.input(|input| (input.key_pressed(Key::ArrowUp), input.key_pressed(Key::ArrowDown)));
    match (up, down) {
        (true, false) => Some((bar + STEP).min(WHOLE)),
        (false, true) if bar > 0 => Some(bar.saturating_sub(STEP)),
        _ => None,
    }
}

fn kind(ui: &Ui, rect: Rect, transition: Transition, words: &Words, actions: &mut Vec<Action>) {
    let (key, other) = match transition.kind {
        TransitionKind::Cut => ("kind-cut", TransitionKind::Mix),
        TransitionKind::Mix => ("kind-mix", TransitionKind::Cut),
    };
    let label = format!("{}  ⇄", words.get(key));
    let look = (Tone::Plain, theme::BODY);
    let response = control::button(ui, rect, Id::unique("transition"), &label, look);
    if response.clicked() {
        actions.push(Action::Transition(Transition { kind: other, ..transition }));
    }
    response.on_hover_text(words.get("transition"));
}

fn length(
    ui: &mut Ui,
    rect: Rect,
    transition: Transition,
    words: &Words,
    actions: &mut Vec<Action>,
) {
    let inside = egui::StrokeKind::Inside;
    let edge = theme::line(theme::RAISED_LINE);
    ui.painter().rect(rect, theme::RADIUS, theme::RAISED, edge, inside);
    let mut place = rect.shrink2(vec2(8.0, 0.0));
    write(ui, place, Align2::LEFT_CENTER, &words.get("length"), (theme::DETAIL, theme::QUIET));
    place.max.x += 6.0;
    place.min.x = place.max.x - 44.0;
    let mut frames = transition.frames;
    let said = words.with("length-frames", "frames", "");
    let value = egui::DragValue::new(&mut frames).range(1..=1_000).suffix(said);
    let response = ui.put(place, value);
    let name = words.get("length");
    response.widget_info(|| {
        WidgetInfo::labeled(Role::SpinButton, true, format!("{name} {}", transition.frames))
    });
    if response.changed() && frames != transition.frames {
        actions.push(Action::Transition(Transition { frames, ..transition }));
    }
}
