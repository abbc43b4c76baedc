//! What goes out.

use egui::{Align2, Color32, Id, Rect, Role, Sense, Ui, WidgetInfo, vec2};
use engine::OutputState;

use crate::action::{Action, Open};
use crate::control::{self, Tone, cut_bottom, cut_left, cut_top, write};
use crate::look::OutputLook;
use crate::panel::Panel;
use crate::top::{dot, hours};
use crate::words::Words;
use crate::{items, theme};

/// Draws the outputs, and below them what starts and ends all of a kind.
pub fn draw_outputs(ui: &mut Ui, rect: Rect, panel: &mut Panel<'_>) {
    let mut list = rect;
    let mut foot = cut_bottom(&mut list, theme::TARGET + 6.0);
    cut_top(&mut foot, 6.0);
    foot = foot.shrink2(vec2(PAD.x, 0.0));
    control::scrolled(ui, list, "outputs", |ui, wide| outputs(ui, wide, panel));
    let half = (foot.width() - 6.0) / 2.0;
    let live = cut_left(&mut foot, half);
    cut_left(&mut foot, 6.0);
    all_of_a_kind(ui, live, false, panel);
    all_of_a_kind(ui, foot, true, panel);
}

/// Starts all streams or all recordings that do not run; or, where some run, ends those. All but the
/// start of a recording is held: it is seen by others, or cannot be taken back.
fn all_of_a_kind(ui: &Ui, place: Rect, records: bool, panel: &mut Panel<'_>) {
    let Panel { look, words, actions } = panel;
    let of_kind = || look.outputs.iter().filter(|output| output.records == records);
    let ids = |runs: bool| -> Vec<_> {
        of_kind().filter(|output| output.runs() == runs).map(|output| output.id).collect()
    };
    let (running, idle) = (ids(true), ids(false));
    let id = Id::unique(("all outputs", records));
    let (start, stop, none) = match records {
        false => ("all-live", "all-live-stop", "all-live-none"),
        true => ("all-record", "all-record-stop", "all-record-none"),
    };
    if !running.is_empty() {
        let (response, held) = control::hold(ui, place, id.with("stop"), &words.get(stop));
        if held {
            actions.push(Action::StopAll(running));
        }
        response.on_hover_text(words.get("stop-tip"));
    } else if idle.is_empty() {
        let response = control::disabled(ui, place, id, &words.get(start), &words.get(none));
        response.on_hover_text(words.get(none));
    } else if records {
        let tone = (Tone::OnAir, theme::BODY);
        if control::button(ui, place, id.with("start"), &words.get(start), tone).clicked() {
            actions.push(Action::StartAll(idle));
        }
    } else {
        let (response, held) = control::hold(ui, place, id.with("start"), &words.get(start));
        if held {
            actions.push(Action::StartAll(idle));
        }
        response.on_hover_text(words.get("stop-tip"));
    }
}

fn outputs(ui: &mut Ui, wide: f32, panel: &mut Panel<'_>) {
    let look = panel.look;
    if look.outputs.is_empty() {
        ui.label(panel.words.get("no-outputs"));
    }
    for output in &look.outputs {
        let note = look.notes.get(&output.id.into()).map(|note| panel.words.reason(note));
        let lines = details(output, panel.words).len() + usize::from(note.is_some());
        let high = HEAD + LINE * lines as f32 + 3.0 + theme::TARGET + 2.0 * PAD.y;
        let (place, _) = ui.allocate_exact_size(vec2(wide, high), Sense::hover());
        card(ui, place, output, note.as_deref(), panel);
    }
}

/// A card's heights, and what is left free around it.
const HEAD: f32 = 17.0;
const LINE: f32 = 15.0;
const PAD: egui::Vec2 = vec2(8.0, 6.0);

fn card(ui: &Ui, place: Rect, output: &OutputLook, note: Option<&str>, panel: &mut Panel<'_>) {
    let words = panel.words;
    let (key, colour) = state(output);
    let is_wrong = colour == theme::ATTENTION;
    // All of the card; its buttons lie over it.
    let response = ui.interact(place, Id::unique(("output", output.id.0)), Sense::click());
    let edge = match response.hovered() {
        _ if is_wrong => theme::ATTENTION,
        true => theme::STRONG_LINE,
        false => theme::RAISED_LINE,
    };
    let inside = egui::StrokeKind::Inside;
    ui.painter().rect(place, theme::RADIUS, theme::RAISED, theme::line(edge), inside);
    let mut rest = place.shrink2(PAD);
    let mut line = cut_top(&mut rest, HEAD);
    let lamp = cut_left(&mut line, 10.0);
    dot(ui, lamp, colour);
    cut_left(&mut line, 6.0);
    let word = words.get(key);
    let text = if is_wrong { theme::ATTENTION } else { theme::QUIET };
    let state = write(ui, line, Align2::RIGHT_CENTER, &word, (theme::DETAIL, text));
    line.max.x = state.left() - 6.0;
    write(ui, line, Align2::LEFT_CENTER, &output.name, (theme::BODY, theme::TEXT));
    let lines = details(output, words);
    for (left, right) in &lines {
        let mut line = cut_top(&mut rest, LINE);
        let right = write(ui, line, Align2::RIGHT_CENTER, right, (theme::DETAIL, theme::QUIET));
        line.max.x = right.left() - 6.0;
        write(ui, line, Align2::LEFT_CENTER, left, (theme::DETAIL, theme::QUIET));
    }
    if let Some(note) = note {
        let line = cut_top(&mut rest, LINE);
        write(ui, line, Align2::LEFT_CENTER, note, (theme::DETAIL, theme::ATTENTION));
        let response = ui.interact(line, Id::unique(("note", output.id.0)), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Status, true, note));
        response.on_hover_text(note);
    }
    cut_top(&mut rest, 3.0);
    buttons(ui, cut_top(&mut rest, theme::TARGET), output, words, panel.actions);
    let said: Vec<&str> = lines.iter().flat_map(|(left, right)| [&**left, &**right]).collect();
    let said = format!("{}, {word}, {}", output.name, said.join(", "));
    let said = said.trim_end_matches([' ', ',']);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, said));
    if response.clicked() {
        panel.actions.push(Action::Open(Open::Edit(output.id.into())));
    }
    items::menu(ui, &response, output.id.into(), panel);
}

/// The one useful button of a card's state, and the end of what runs.
fn buttons(
    ui: &Ui,
    mut place: Rect,
    output: &OutputLook,
    words: &Words,
    actions: &mut Vec<Action>,
) {
    let id = Id::unique(("output", output.id.0));
    let useful = match output.state {
        Some(OutputState::Reconnecting) => Some(("retry-now", Action::Retry(output.id))),
        Some(OutputState::Failed) => Some(("try-again", Action::Again(output.id))),
        _ => None,
    };
    if let Some((key, action)) = useful {
        let half = (place.width() - 6.0) / 2.0;
        let half = cut_left(&mut place, half);
        cut_left(&mut place, 6.0);
        let tone = (Tone::Strong, theme::BODY);
        let response = control::button(ui, half, id.with(key), &words.get(key), tone);
        if response.clicked() {
            actions.push(action);
        }
        response.on_hover_text(words.get(&format!("{key}-tip")));
    }
    if output.runs() {
        let (response, held) = control::hold(ui, place, id.with("stop"), &words.get("stop"));
        if held {
            actions.push(Action::Stop(output.id));
        }
        response.on_hover_text(words.get("stop-tip"));
    } else if output.records {
        let look = (Tone::OnAir, theme::BODY);
        if control::button(ui, place, id.with("start"), &words.get("record"), look).clicked() {
            actions.push(Action::Start(output.id));
        }
    } else {
        let (response, held) = control::hold(ui, place, id.with("start"), &words.get("go-live"));
        if held {
            actions.push(Action::Start(output.id));
        }
        response.on_hover_text(words.get("stop-tip"));
    }
}

/// The words and the light of an output's state: green is only what its peer acknowledges.
fn state(output: &OutputLook) -> (&'static str, Color32) {
    match output.state {
        None | Some(OutputState::Stopped) => ("state-off", theme::FAINT),
        Some(OutputState::Connecting) => ("state-connecting", theme::ATTENTION),
        Some(OutputState::Live) if output.records => ("state-recording", theme::NEXT),
        Some(OutputState::Live) => ("state-live", theme::NEXT),
        Some(OutputState::Slow) => ("state-slow", theme::ATTENTION),
        Some(OutputState::Stalled) => ("state-stalled", theme::ATTENTION),
        Some(OutputState::Reconnecting) => ("state-reconnecting", theme::ATTENTION),
        Some(OutputState::Failed) => ("state-failed", theme::ATTENTION),
    }
}

/// What a card says in its lines, left and right; nothing of what does not run.
fn details(output: &OutputLook, words: &Words) -> Vec<(String, String)> {
    if !output.runs() || output.state == Some(OutputState::Failed) {
        return Vec::new();
    }
    let dropped = words.with("dropped", "count", output.dropped.to_string());
    let seconds = |millis: u64| millis.div_ceil(1_000).to_string();
    let age = format!("{}.{}", output.ack_age_millis / 1_000, output.ack_age_millis / 100 % 10);
    let kbps = words.with("kbps", "kbps", output.kbps.to_string());
    let time = hours(output.seconds);
    if output.records {
        let left = output.disk_left_seconds.map_or_else(String::new, |left| room(left, words));
        let file = output.file.clone().unwrap_or_default();
        return vec![(format!("{time}  {}", size(output.bytes)), left), (file, dropped)];
    }
    let doing = match (output.retry_millis, output.gives_up_millis) {
        (Some(millis), _) => words.with("retry", "seconds", seconds(millis)),
        (_, Some(millis)) => words.with("gives-up", "seconds", seconds(millis)),
        _ => words.with("acked", "age", age),
    };
    vec![(doing, dropped), (format!("{time}  {kbps}"), output.encoder.clone())]
}

/// Bytes as an operator reads them.
fn size(bytes: u64) -> String {
    match bytes / 1_000_000 {
        megabytes @ 0..1_000 => format!("{megabytes} MB"),
        megabytes => format!("{}.{:02} GB", megabytes / 1_000, megabytes / 10 % 100),
    }
}

/// For how long there is room.
pub fn room(seconds: u64, words: &Words) -> String {
    match seconds / 60 {
        minutes @ 0..120 => words.with("minutes-left", "minutes", minutes.to_string()),
        minutes => words.with("hours-left", "hours", (minutes / 60).to_string()),
    }
}
