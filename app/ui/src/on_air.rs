//! The outputs: a card for each, and the buttons that start and stop all of a kind.

use egui::{Color32, Id, Rect, Sense, Ui, vec2};
use engine::OutputState;

use crate::action::{Action, OpenDialog};
use crate::look::OutputLook;
use crate::panel::Panel;
use crate::translations::Translations;
use crate::units::{hours, room, seconds, size};
use crate::widgets::button::{self, Tone};
use crate::widgets::card::{self, Card};
use crate::widgets::list;
use crate::widgets::space::{Column, Row};
use crate::{command_button, commands, item_menu, theme};

/// Between buttons that stand beside each other.
const GAP: f32 = 6.0;

/// Draws the cards, and below them what starts and ends all of a kind.
pub fn draw_outputs(ui: &mut Ui, rect: Rect, panel: &mut Panel<'_>) {
    let mut column = Column::new(rect, vec2(0.0, 0.0));
    let foot = column.bottom_row(theme::TARGET + GAP).rest().shrink2(vec2(8.0, 0.0));
    let foot = Row::new(foot.with_min_y(foot.top() + GAP), vec2(0.0, 0.0));
    let words = panel.words;
    list::scrolled(ui, column.rest(), "outputs", words, |ui, wide| outputs(ui, wide, panel));
    for (records, place) in [false, true].into_iter().zip(foot.split::<2>(GAP)) {
        all_of_a_kind(ui, place, records, panel);
    }
}

/// Starts all streams or all recordings; where some run already, ends those.
fn all_of_a_kind(ui: &Ui, place: Rect, records: bool, panel: &mut Panel<'_>) {
    let is_running =
        panel.look.outputs.iter().any(|output| output.records == records && output.runs());
    let (command, face) = match (records, is_running) {
        (false, false) => ("output.go-live", "all-live"),
        (false, true) => ("output.stop-live", "all-live-stop"),
        (true, false) => ("output.record", "all-record"),
        (true, true) => ("output.stop-recording", "all-record-stop"),
    };
    let face = panel.words.get(face);
    let tone = if is_running { Tone::Stop } else { Tone::Start };
    command_button::draw(ui, place, command, Some(&face), (tone, theme::BODY), panel);
}

/// Draws the cards, and yields where they are.
fn outputs(ui: &mut Ui, wide: f32, panel: &mut Panel<'_>) -> Vec<Rect> {
    let look = panel.look;
    if look.outputs.is_empty() {
        ui.label(panel.words.get("no-outputs"));
    }
    look.outputs.iter().map(|output| output_card(ui, wide, output, panel)).collect()
}

fn output_card(ui: &mut Ui, wide: f32, output: &OutputLook, panel: &mut Panel<'_>) -> Rect {
    let words = panel.words;
    let lines = details(output, words);
    let problem = panel.look.problems.get(&output.id.into());
    let note = problem.map(|note| words.reason(note));
    let settings = problem.and_then(|problem| setting(problem.key));
    let high = card::height(lines.len(), 1 + usize::from(settings.is_some()))
        + note.as_ref().map_or(0.0, |note| card::note_height(ui, wide, note));
    let (place, _) = ui.allocate_exact_size(vec2(wide, high), Sense::hover());
    let (key, mut colour) = state(output);
    if note.is_some() && colour == theme::NEXT {
        // It runs on, and something of it is lost.
        colour = theme::ATTENTION;
    }
    let id = Id::unique(("output", output.id.0));
    let mut card = Card::new(ui, place, id, colour == theme::ATTENTION);
    let state = words.get(key);
    card.head(ui, colour, &output.name, &state);
    for (left, right) in &lines {
        match right {
            Right::Detail(right) => card.line(ui, left, right),
            Right::Loss(said) => {
                if card.loss(ui, left, (said, &words.get("reset-losses-tip"))) {
                    panel.actions.push(Action::ResetLosses);
                }
            }
        }
    }
    if let Some(note) = &note {
        card.note(ui, note);
    }
    if let Some(key) = settings {
        let (place, look) = (card.buttons().rest(), (Tone::Strong, theme::BODY));
        let response = button::button(ui, place, id.with(key), &words.get(key), look);
        if response.clicked() {
            panel.actions.push(Action::Open(OpenDialog::Edit(output.id.into())));
        }
        response.on_hover_text(words.get("change-output-why"));
    }
    buttons(ui, card.buttons(), output, words, panel.actions);
    let said: Vec<&str> = lines.iter().flat_map(|(left, right)| [left, right.text()]).collect();
    let said = format!("{}, {state}, {}", output.name, said.join(", "));
    let response = card.finish(said.trim_end_matches([' ', ',']));
    if response.clicked() {
        panel.actions.push(Action::Open(OpenDialog::Edit(output.id.into())));
    }
    item_menu::show(ui, &response, output.id.into(), panel);
    place
}

/// What has to be set for an output that has this problem, if trying again would not help.
fn setting(problem: &str) -> Option<&'static str> {
    match problem {
        "trouble-no-key"
        | "trouble-rtmp-key"
        | "trouble-rtmp-in-use"
        | "trouble-rtmp-closed-on-key" => Some("enter-key"),
        "trouble-rtmp-login" | "trouble-rtmp-wrong-login" => Some("enter-login"),
        "trouble-no-url"
        | "trouble-rtmp-app"
        | "trouble-rtmp-no-app"
        | "trouble-rtmp-no-address"
        | "trouble-rtmp-redirect" => Some("change-url"),
        "trouble-record-open" | "trouble-record-refused" | "trouble-record-waiting" => {
            Some("change-folder")
        }
        _ => None,
    }
}

/// The one useful button of a card's state, and the end of what runs.
fn buttons(
    ui: &Ui,
    row: Row,
    output: &OutputLook,
    words: &Translations,
    actions: &mut Vec<Action>,
) {
    let id = Id::unique(("output", output.id.0));
    let useful = match output.state {
        Some(OutputState::Reconnecting) => Some(("retry-now", Action::Retry(output.id))),
        Some(OutputState::Failed) => Some(("try-again", Action::Again(output.id))),
        _ => None,
    };
    let mut place = row.rest();
    if let Some((key, action)) = useful {
        let [half, rest] = row.split(GAP);
        place = rest;
        let tone = (Tone::Strong, theme::BODY);
        let response = button::button(ui, half, id.with(key), &words.get(key), tone);
        if response.clicked() {
            actions.push(action);
        }
        response.on_hover_text(words.get(&format!("{key}-tip")));
    }
    let (widget, key, action) = match (output.runs(), output.records) {
        (true, _) => ("stop", "stop", Action::Stop(output.id)),
        (false, true) => ("start", "record", Action::Start(output.id)),
        (false, false) => ("start", "go-live", Action::Start(output.id)),
    };
    // Starting a recording alone is not held: no viewer sees it, and the file can be deleted.
    let is_done = if key == "record" {
        let look = (Tone::Start, theme::BODY);
        let response = button::button(ui, place, id.with(widget), &words.get(key), look);
        let all = commands::find("output.record").map(|command| command.keys_text(words));
        response.on_hover_text(words.with("record-tip", "keys", all.unwrap_or_default())).clicked()
    } else {
        let tone = if output.runs() { Tone::Stop } else { Tone::Start };
        let held = button::hold(ui, place, id.with(widget), &words.get(key), tone);
        if held.is_let_go {
            actions.push(Action::Say("hold-why"));
        }
        held.response.on_hover_text(words.get("stop-tip"));
        held.is_full
    };
    if is_done {
        actions.push(action);
    }
}

/// Words and lamp of an output's state: green only while the peer acknowledges and nothing is lost.
fn state(output: &OutputLook) -> (&'static str, Color32) {
    match output.state {
        None | Some(OutputState::Stopped) => ("state-off", theme::FAINT),
        Some(OutputState::Connecting) => ("state-connecting", theme::ATTENTION),
        Some(OutputState::Live) if output.is_losing => ("state-losing", theme::ATTENTION),
        Some(OutputState::Live) if output.records => ("state-recording", theme::NEXT),
        Some(OutputState::Live) => ("state-live", theme::NEXT),
        Some(OutputState::Stalled | OutputState::Reconnecting) if output.records => {
            ("state-not-recording", theme::ATTENTION)
        }
        Some(OutputState::Slow) => ("state-slow", theme::ATTENTION),
        Some(OutputState::Stalled) => ("state-stalled", theme::ATTENTION),
        Some(OutputState::Reconnecting) => ("state-reconnecting", theme::ATTENTION),
        Some(OutputState::Failed) => ("state-failed", theme::ATTENTION),
    }
}

/// What stands at the right end of a card's line.
enum Right {
    Detail(String),
    /// Pictures were lost, and the operator has not reset the count.
    Loss(String),
}

impl Right {
    fn text(&self) -> &str {
        match self {
            Self::Detail(text) | Self::Loss(text) => text,
        }
    }
}

/// What was lost, as short as can be.
fn losses(output: &OutputLook, words: &Translations) -> Right {
    let (dropped, repeated) = (output.dropped.to_string(), output.repeated.to_string());
    match (output.dropped, output.repeated) {
        (0, 0) => Right::Detail(words.with("dropped", "count", dropped)),
        (_, 0) => Right::Loss(words.with("dropped", "count", dropped)),
        (0, _) => Right::Loss(words.with("repeated-count", "count", repeated)),
        _ => Right::Loss(words.with_two(
            "dropped-repeated",
            ("dropped", &dropped),
            ("repeated", &repeated),
        )),
    }
}

/// The lines of a card, left and right; none for an output that does not run.
fn details(output: &OutputLook, words: &Translations) -> Vec<(String, Right)> {
    if !output.runs() || output.state == Some(OutputState::Failed) {
        return Vec::new();
    }
    let losses = losses(output, words);
    let age = format!("{}.{}", output.ack_age_millis / 1_000, output.ack_age_millis / 100 % 10);
    let kbps = words.with("kbps", "kbps", output.kbps.to_string());
    let time = hours(output.seconds);
    if output.records {
        let left = output.disk_left_seconds.map_or_else(String::new, |left| room(left, words));
        let file = output.file.clone().unwrap_or_default();
        let written = format!("{time}  {}", size(output.bytes));
        return vec![(written, Right::Detail(left)), (file, losses)];
    }
    let doing = match (output.retry_millis, output.gives_up_millis) {
        (Some(millis), _) => words.with("retry", "seconds", seconds(millis)),
        (_, Some(millis)) => words.with("gives-up", "seconds", seconds(millis)),
        _ => words.with("acked", "age", age),
    };
    vec![(doing, losses), (format!("{time}  {kbps}"), Right::Detail(output.encoder.clone()))]
}
