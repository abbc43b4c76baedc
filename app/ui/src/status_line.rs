//! The status line at the bottom: what is wrong is amber, with its reason; the rest is quiet.

use egui::{Id, Rect, Role, Sense, Ui, WidgetInfo, vec2};

use crate::action::Action;
use crate::keys::KeyOwner;
use crate::look::{Look, Status};
use crate::panel::Panel;
use crate::theme;
use crate::translations::Translations;
use crate::units::room;
use crate::widgets::space::Row;
use crate::widgets::text::{READOUT_GAP, readout};

/// A frame may take this part of its time without a warning, in percent.
const SLOW: u64 = 80;
/// The process may take this part of all cores, in percent.
const BUSY: u64 = 85;
/// The system should have at least this to give away, in megabytes.
const LOW_MEMORY: u64 = 300;
/// A recording should have room for at least this long, in seconds.
const LOW_DISK: u64 = 1_800;

/// Between two values, at the least.
const GAP: f32 = 14.0;

/// A value of the status line: its label, its value, how wide it is at the least, and why it is wrong if it is.
struct StatusValue {
    key: &'static str,
    value: String,
    wide: f32,
    wrong: Option<&'static str>,
}

fn status_value(
    key: &'static str,
    value: String,
    wide: f32,
    wrong: Option<&'static str>,
) -> StatusValue {
    StatusValue { key, value, wide, wrong }
}

/// Draws it.
pub fn draw(ui: &Ui, rect: Rect, panel: &mut Panel<'_>) {
    let (look, words) = (panel.look, panel.words);
    let format = look.snapshot.show.format;
    let mut row = Row::new(rect, vec2(8.0, 0.0));
    let (width, height) = format.raster.size();
    let format = format!("{width} × {height} · {} {}", format.rate, words.get("fps"));
    let quiet = (theme::DETAIL, theme::QUIET);
    match look.status.opening {
        true => {
            let (said, whole) = (words.get("opening"), row.rest());
            row.write_right(ui, &said, (theme::DETAIL, theme::ATTENTION), 14.0);
            let place = whole.with_min_x(row.rest().right());
            let response = ui.interact(place, Id::unique("opening"), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
        }
        false => row.write_right(ui, &format, quiet, 14.0),
    }
    let mut items = figures(look, words);
    for item in &mut items {
        // A value that needs more room moves what is beside it: it is never cut off.
        item.wide = item.wide.max(needed(ui, &words.get(item.key), &item.value) + GAP);
    }
    for StatusValue { key, value, wide, wrong } in fitting(items, row.width()) {
        let place = row.left(wide);
        let (name, colour) = match wrong {
            Some(_) => (theme::ATTENTION, theme::ATTENTION),
            None => (theme::QUIET, theme::TEXT),
        };
        let label = words.get(key);
        let name = (label.as_str(), (theme::DETAIL, name));
        readout(ui, place, name, (&value, (theme::DETAIL, colour)));
        let counts_losses = matches!(key, "late" | "repeated") && value != "0";
        let sense = if counts_losses { Sense::click() } else { Sense::hover() };
        let response = ui.interact(place, Id::unique(("status", key)), sense);
        let reset = counts_losses.then(|| words.get("reset-losses-tip"));
        let reason = wrong.map(|key| words.get(key));
        let said = match &reason {
            Some(reason) => format!("{label} {value}: {reason}"),
            None => format!("{label} {value}"),
        };
        let role = if counts_losses { Role::Button } else { Role::Label };
        response.widget_info(|| WidgetInfo::labeled(role, true, &said));
        if response.clicked() {
            panel.actions.push(Action::ResetLosses);
        }
        let what = words.get(&format!("{key}-tip"));
        let hint: Vec<String> = [what].into_iter().chain(reason).chain(reset).collect();
        response.on_hover_text(hint.join("\n"));
    }
    let (key, colour) = match panel.keys {
        KeyOwner::Switcher => ("keys-desk", theme::QUIET),
        KeyOwner::Control => ("keys-control", theme::ATTENTION),
        KeyOwner::Dialog => ("keys-dialog", theme::ATTENTION),
    };
    if row.width() > 70.0 {
        row.write_right(ui, &words.get(key), (theme::DETAIL, colour), 0.0);
    }
}

/// The room that a value takes with its name.
fn needed(ui: &Ui, name: &str, value: &str) -> f32 {
    let wide = |text: &str| {
        let font = theme::font(theme::DETAIL);
        ui.painter().layout_no_wrap(text.to_owned(), font, theme::TEXT).size().x
    };
    wide(name) + READOUT_GAP + wide(value)
}

/// The figures there is room for: those without a fault are left out first, from the right.
fn fitting(mut items: Vec<StatusValue>, room: f32) -> Vec<StatusValue> {
    while items.iter().map(|item| item.wide).sum::<f32>() > room {
        let last_well = items.iter().rposition(|item| item.wrong.is_none());
        let Some(last) = last_well.or(items.len().checked_sub(1)) else { break };
        items.remove(last);
    }
    items
}

fn figures(look: &Look, words: &Translations) -> Vec<StatusValue> {
    let status = &look.status;
    let (num, den) = look.snapshot.show.format.rate.fraction();
    let budget = u64::from(den) * 1_000_000 / u64::from(num);
    let tenths = |micros: u64| format!("{}.{}", micros / 1_000, micros / 100 % 10);
    let hundredths = |value: u64| format!("{}.{:02}", value / 100, value % 100);
    // A frame more or less is where the second was cut.
    let nominal = u64::from(num) * 100 / u64::from(den);
    let is_behind = status.rate_hundredths > 0 && status.rate_hundredths + 200 < nominal;
    let is_slow = status.frame_micros * 100 > budget * SLOW;
    let is_busy = status.cores > 0 && status.cpu_percent > status.cores * BUSY;
    let is_low = status.memory_free_mb.is_some_and(|free| free < LOW_MEMORY);
    let wrong = |is: bool, why: &'static str| is.then_some(why);
    let frame = format!("{} / {} ms", tenths(status.frame_micros), budget / 1_000);
    let late = wrong(status.late_lately > 0, "late-why");
    let repeated = wrong(status.repeated_lately > 0, "repeated-why");
    let queue = status.encode_queue.map(|(most, room)| format!("{most} / {room}"));
    let queue = queue.unwrap_or_else(|| "–".to_owned());
    let is_filling = status.encode_queue.is_some_and(|(most, room)| most * 2 > room);
    let mut items = vec![
        status_value("fps", hundredths(status.rate_hundredths), 76.0, wrong(is_behind, "fps-why")),
        status_value("late", status.late.to_string(), 58.0, late),
        status_value("repeated", status.repeated.to_string(), 78.0, repeated),
        status_value("frame", frame, 112.0, wrong(is_slow, "frame-why")),
        status_value("encoder", encoder(status), 160.0, None),
        status_value("queue", queue, 76.0, wrong(is_filling, "queue-why")),
        status_value("cpu", hundredths(status.cpu_percent), 80.0, wrong(is_busy, "cpu-why")),
        status_value(
            "memory",
            format!("{} MB", status.memory_mb),
            108.0,
            wrong(is_low, "memory-why"),
        ),
    ];
    if let Some(seconds) = status.disk_silent_seconds {
        let said = words.with("disk-silent", "seconds", seconds.to_string());
        items.push(status_value("disk", said, 140.0, Some("disk-silent-why")));
    } else if let Some(seconds) = status.disk_left_seconds {
        let is_full = seconds < LOW_DISK;
        items.push(status_value("disk", room(seconds, words), 100.0, wrong(is_full, "disk-why")));
    }
    items
}

/// The encoder, and the CPU it takes.
fn encoder(status: &Status) -> String {
    match status.encoder.as_str() {
        "" => "–".to_owned(),
        name => format!("{name} {} %", status.encoder_percent),
    }
}
