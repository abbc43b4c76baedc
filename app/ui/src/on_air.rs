//! What goes out.

use egui::{Align2, Color32, Id, Rect, Role, Sense, Ui, WidgetInfo, vec2};
use engine::OutputState;

use crate::action::Action;
use crate::control::{self, Tone, cut_left, cut_top, write};
use crate::look::{Look, OutputLook};
use crate::panel::Panel;
use crate::theme;
use crate::top::dot;
use crate::words::Words;

/// Draws the outputs.
pub fn draw_outputs(ui: &mut Ui, rect: Rect, panel: &mut Panel<'_>) {
    control::scrolled(ui, rect, "outputs", |ui, wide| {
        outputs(ui, wide, panel.look, panel.words, panel.actions);
    });
}

fn outputs(ui: &mut Ui, wide: f32, look: &Look, words: &Words, actions: &mut Vec<Action>) {
    if look.outputs.is_empty() {
        ui.label(words.get("no-outputs"));
    }
    for output in &look.outputs {
        let note = look.notes.get(&output.id.into());
        let high = if note.is_some() { 98.0 } else { 82.0 };
        let (place, _) = ui.allocate_exact_size(vec2(wide, high), Sense::hover());
        card(ui, place, output, note, words, actions);
    }
}

fn card(
    ui: &Ui,
    place: Rect,
    output: &OutputLook,
    note: Option<&String>,
    words: &Words,
    actions: &mut Vec<Action>,
) {
    let (key, colour) = state(output);
    let is_wrong = colour == theme::ATTENTION;
    let edge = if is_wrong { theme::ATTENTION } else { theme::RAISED_LINE };
    let inside = egui::StrokeKind::Inside;
    ui.painter().rect(place, theme::RADIUS, theme::RAISED, theme::line(edge), inside);
    let mut rest = place.shrink2(vec2(8.0, 6.0));
    let mut line = cut_top(&mut rest, 17.0);
    let lamp = cut_left(&mut line, 10.0);
    dot(ui, lamp, colour);
    cut_left(&mut line, 6.0);
    let word = words.get(key);
    let text = if is_wrong { theme::ATTENTION } else { theme::QUIET };
    let state = write(ui, line, Align2::RIGHT_CENTER, &word, (theme::DETAIL, text));
    line.max.x = state.left() - 6.0;
    write(ui, line, Align2::LEFT_CENTER, &output.name, (theme::BODY, theme::TEXT));
    let line = cut_top(&mut rest, 16.0);
    let (left, right) = details(output, words);
    write(ui, line, Align2::LEFT_CENTER, &left, (theme::DETAIL, theme::QUIET));
    write(ui, line, Align2::RIGHT_CENTER, &right, (theme::DETAIL, theme::QUIET));
    if let Some(note) = note {
        let line = cut_top(&mut rest, 16.0);
        write(ui, line, Align2::LEFT_CENTER, note, (theme::DETAIL, theme::ATTENTION));
        let response = ui.interact(line, Id::unique(("note", output.id.0)), Sense::hover());
        response.on_hover_text(note);
    }
    cut_top(&mut rest, 3.0);
    let place = cut_top(&mut rest, theme::TARGET);
    let id = Id::unique(("output", output.id.0));
    if output.runs() {
        let (response, held) = control::hold(ui, place, id.with("stop"), &words.get("stop"));
        if held {
            actions.push(Action::Stop(output.id));
        }
        response.on_hover_text(words.get("stop-tip"));
    } else {
        let key = if output.records { "record" } else { "go-live" };
        let look = (Tone::OnAir, theme::BODY);
        if control::button(ui, place, id.with("start"), &words.get(key), look).clicked() {
            actions.push(Action::Start(output.id));
        }
    }
    let said = format!("{}, {word}, {left}", output.name);
    let response = ui.interact(lamp, id, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
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

fn details(output: &OutputLook, words: &Words) -> (String, String) {
    if !output.runs() {
        return (String::new(), String::new());
    }
    let dropped = words.with("dropped", "count", output.dropped.to_string());
    if let Some(millis) = output.retry_millis {
        let seconds = millis.div_ceil(1_000).to_string();
        return (words.with("retry", "seconds", seconds), dropped);
    }
    if output.records {
        let size = (output.bytes / 1_000_000).to_string();
        return (words.with("megabytes", "size", size), dropped);
    }
    let age = format!("{}.{}", output.ack_age_millis / 1_000, output.ack_age_millis / 100 % 10);
    let kbps = words.with("kbps", "kbps", output.kbps.to_string());
    (format!("{kbps}, {}", words.with("acked", "age", age)), dropped)
}
