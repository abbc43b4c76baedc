//! CUT, AUTO, the transition, the T-bar, SYNC and STANDBY: between the monitors, and never moving.

use egui::{Align2, Id, Key, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use engine::{Progress, StandbyState};
use show::{Transition, TransitionKind};

use crate::action::Action;
use crate::keys::KeyOwner;
use crate::look::Look;
use crate::panel::Panel;
use crate::panel_kind::PanelKind;
use crate::translations::Translations;
use crate::waiting::waiting_changes;
use crate::widgets::button::Tone;
use crate::widgets::card::frame;
use crate::widgets::focus::{GRIP, is_dragged_away, keep_arrows};
use crate::widgets::space::Column;
use crate::widgets::text::write;
use crate::{command_button, theme};

/// What is free around the column.
const MARGIN: f32 = 8.0;
/// The T-bar's end.
const WHOLE: u16 = 10_000;
/// What a key moves the T-bar by.
const STEP: u16 = 500;

/// The column's state between frames.
#[derive(Debug, Default)]
pub struct Switching {
    /// Where the T-bar is held.
    bar: u16,
}

impl Switching {
    /// Draws it; true if it begins to be dragged to another place of the desk.
    pub fn draw(&mut self, ui: &mut Ui, rect: Rect, panel: &mut Panel<'_>) -> bool {
        let drags = grip(ui, rect.with_max_y(rect.top() + MARGIN), panel.words);
        let places = ColumnLayout::new(rect.shrink(MARGIN));
        // Their keys are somebody else's now; the mouse is not.
        let is_keyed = panel.keys == KeyOwner::Switcher;
        let strong = (if is_keyed { Tone::Strong } else { Tone::Dim }, theme::LARGE);
        let [cut, auto] = places.switches;
        command_button::draw(ui, cut, "switch.cut", None, strong, panel);
        command_button::draw(ui, auto, "switch.auto", None, strong, panel);
        kind(ui, places.kind, panel);
        length(ui, places.length, panel);
        let [update, sync] = places.copies;
        let count = waiting_changes(&panel.look.snapshot);
        // In half a row there is room for a word.
        let is_short = update.width() < 70.0;
        let face = match (is_short, count) {
            (true, _) => Some(panel.words.get("update-short")),
            (false, 0) => None,
            (false, count) => Some(panel.words.with("update-count", "count", count.to_string())),
        };
        let look = (Tone::Attention, theme::DETAIL);
        command_button::draw(ui, update, "switch.update", face.as_deref(), look, panel);
        let plain = (Tone::Plain, theme::DETAIL);
        let face = is_short.then(|| panel.words.get("sync-short"));
        command_button::draw(ui, sync, "switch.sync", face.as_deref(), plain, panel);
        standby(ui, places.standby, panel);
        if let Some(place) = places.bar {
            let Panel { look, words, actions, .. } = panel;
            self.bar(ui, place, look, words, actions);
        }
        drags
    }

    /// The T-bar: by hand, or where AUTO is.
    fn bar(
        &mut self,
        ui: &Ui,
        rect: Rect,
        look: &Look,
        words: &Translations,
        actions: &mut Vec<Action>,
    ) {
        let response = ui.interact(rect, Id::unique("t-bar"), Sense::click_and_drag());
        frame(ui, rect, theme::RAISED, theme::RAISED_LINE);
        let way = rect.shrink2(vec2(12.0, (rect.height() * 0.2).min(14.0)));
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
            // Where it is held, by this desk or by another controller.
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
        response.on_hover_text(words.get("t-bar-tip"));
    }
}

/// What the column is moved by: above its buttons alone, so that no hand that misses the T-bar moves it.
fn grip(ui: &Ui, place: Rect, words: &Translations) -> bool {
    let grip = ui.interact(place, Id::unique("switching grip"), GRIP);
    let mark = Rect::from_center_size(place.center(), vec2(28.0, 2.0));
    let colour = if grip.hovered() { theme::QUIET } else { theme::CONTROL_LINE };
    ui.painter().rect_filled(mark, 1.0, colour);
    let name = PanelKind::Switching.move_hint(words);
    grip.widget_info(|| WidgetInfo::labeled(Role::TitleBar, true, &name));
    let grip = grip.on_hover_cursor(egui::CursorIcon::Grab);
    is_dragged_away(ui, &grip.on_hover_text(name))
}

/// Where the column has its parts.
struct ColumnLayout {
    /// CUT and AUTO.
    switches: [Rect; 2],
    kind: Rect,
    length: Rect,
    /// `None` where there is no room to grab it.
    bar: Option<Rect>,
    /// Update on air, and SYNC TO PGM.
    copies: [Rect; 2],
    standby: Rect,
}

/// Heights of CUT and AUTO, of the other rows, and of what is between them: as it should be, and as low
/// as it may get.
const ROOMY: [f32; 3] = [35.0, theme::TARGET, 5.0];
const LOW: [f32; 3] = [24.0, 20.0, 3.0];
/// The least height of the T-bar.
const BAR: f32 = 40.0;

/// Of a row that both share, what *Update* takes: its word is longer than SYNC.
const UPDATE_PART: f32 = 0.57;

impl ColumnLayout {
    /// The T-bar shrinks first, then the rows get lower; then CUT and AUTO share one, as kind and length do, and update
    /// and SYNC; last, there is no T-bar.
    fn new(rect: Rect) -> Self {
        let room = rect.height();
        let rows = |[large, plain, gap]: [f32; 3]| 2.0 * large + 5.0 * plain + 7.0 * gap;
        let pairs = |[large, plain, gap]: [f32; 3]| large + 3.0 * plain + 4.0 * gap;
        // As much of the way from low to roomy as there is room for.
        let between = |all: &dyn Fn([f32; 3]) -> f32, room: f32| {
            let part = ((room - all(LOW)) / (all(ROOMY) - all(LOW))).clamp(0.0, 1.0);
            std::array::from_fn(|at| egui::lerp(LOW[at]..=ROOMY[at], part))
        };
        let in_pairs = room < rows(LOW) + BAR;
        let sizes: [f32; 3] = match in_pairs {
            false => between(&rows, room - BAR),
            true if room < pairs(LOW) + BAR => between(&pairs, room),
            true => between(&pairs, room - BAR),
        };
        let [large, plain, gap] = sizes;
        let mut column = Column::new(rect, vec2(0.0, 0.0));
        let mut next = |height: f32| {
            let row = column.row(height);
            column.row(gap);
            row
        };
        let (switches, [kind, length]) = match in_pairs {
            false => {
                let [cut, auto] = [next(large), next(large)];
                ([cut.rest(), auto.rest()], [next(plain).rest(), next(plain).rest()])
            }
            true => (next(large).split(gap), next(plain).split(gap)),
        };
        let mut below = || {
            let row = column.bottom_row(plain);
            column.bottom_row(gap);
            row
        };
        let standby = below().rest();
        let copies = match in_pairs {
            false => {
                let [sync, update] = [below().rest(), below().rest()];
                [update, sync]
            }
            true => {
                let row = below().rest();
                let middle = row.left() + row.width() * UPDATE_PART;
                let update = row.with_max_x(middle - gap / 2.0);
                [update, row.with_min_x(middle + gap / 2.0)]
            }
        };
        let rest = column.rest();
        let bar = (rest.height() + 0.5 >= BAR).then_some(rest);
        Self { switches, kind, length, bar, copies, standby }
    }
}

/// Where the pressed keys move the T-bar; `None` if none was pressed.
fn stepped(ui: &Ui, id: Id, bar: u16) -> Option<u16> {
    keep_arrows(ui, id);
    let (up, down) =
        ui.input(|input| (input.key_pressed(Key::ArrowUp), input.key_pressed(Key::ArrowDown)));
    match (up, down) {
        (true, false) => Some((bar + STEP).min(WHOLE)),
        (false, true) if bar > 0 => Some(bar.saturating_sub(STEP)),
        _ => None,
    }
}

/// STANDBY, or back to PGM while something stands in for it.
fn standby(ui: &Ui, rect: Rect, panel: &mut Panel<'_>) {
    match panel.look.snapshot.standby {
        StandbyState::Off => {
            command_button::draw(
                ui,
                rect,
                "switch.standby",
                None,
                (Tone::Plain, theme::DETAIL),
                panel,
            );
        }
        StandbyState::Automatic | StandbyState::AfterFilm | StandbyState::ByHand => {
            let look = (Tone::OnAir, theme::DETAIL);
            command_button::draw(ui, rect, "switch.standby-off", None, look, panel);
        }
    }
}

/// What AUTO does: a click changes it.
fn kind(ui: &Ui, rect: Rect, panel: &mut Panel<'_>) {
    let key = match panel.look.snapshot.show.transition.kind {
        TransitionKind::Cut => "kind-cut",
        TransitionKind::Mix => "kind-mix",
    };
    let word = panel.words.get(key);
    // In half a row there is room for the word alone.
    let label = if rect.width() < 70.0 { word } else { format!("{word}  ⇄") };
    let look = (Tone::Plain, theme::BODY);
    command_button::draw(ui, rect, "switch.transition", Some(&label), look, panel);
}

/// How long AUTO takes.
fn length(ui: &mut Ui, rect: Rect, panel: &mut Panel<'_>) {
    let (words, transition) = (panel.words, panel.look.snapshot.show.transition);
    frame(ui, rect, theme::RAISED, theme::RAISED_LINE);
    let mut place = rect.shrink2(vec2(8.0, 0.0));
    place.max.x += 6.0;
    let label = place.with_max_x(place.max.x - 44.0);
    let name = words.get("length");
    if label.width() > 30.0 {
        write(ui, label, Align2::LEFT_CENTER, &name, (theme::DETAIL, theme::QUIET));
    }
    place.min.x = label.max.x.max(rect.left() + 1.0);
    ui.spacing_mut().interact_size = place.size();
    let mut frames = transition.frames;
    let said = words.with("length-frames", "frames", "");
    let value = egui::DragValue::new(&mut frames).range(1..=1_000).suffix(said);
    let response = ui.put(place, value);
    response.widget_info(|| {
        WidgetInfo::labeled(Role::SpinButton, true, format!("{name} {}", transition.frames))
    });
    let response = response.on_hover_text(words.get("length-tip"));
    if response.changed() && frames != transition.frames {
        panel.actions.push(Action::Transition(Transition { frames, ..transition }));
    }
}
