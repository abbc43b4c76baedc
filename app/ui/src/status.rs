//! The line at the bottom: quiet until something is wrong, then that alone is amber, with its reason.

use egui::{Align2, Id, Rect, Role, Sense, Ui, WidgetInfo, vec2};

use crate::control::{cut_left, write};
use crate::keys;
use crate::look::{Look, Status};
use crate::on_air::room;
use crate::theme;
use crate::words::Words;

/// A frame may take this part of its time before it is said, in percent.
const SLOW: u64 = 80;
/// The process may take this part of all cores, in percent.
const BUSY: u64 = 85;
/// The system should have at least this to give away, in megabytes.
const LOW_MEMORY: u64 = 300;
/// A recording should have room for at least this long, in seconds.
const LOW_DISK: u64 = 1_800;

/// Something that is shown: its label, its value, how wide it is, and why it is wrong if it is.
struct Item {
    key: &'static str,
    value: String,
    wide: f32,
    wrong: Option<&'static str>,
}

fn item(key: &'static str, value: String, wide: f32, wrong: Option<&'static str>) -> Item {
    Item { key, value, wide, wrong }
}

/// Draws it.
pub fn draw(ui: &Ui, rect: Rect, look: &Look, words: &Words) {
    let format = look.snapshot.show.format;
    let mut left = rect.shrink2(vec2(8.0, 0.0));
    let (width, height) = format.raster.size();
    let format = format!("{width} × {height} · {}", format.rate);
    let place = write(ui, left, Align2::RIGHT_CENTER, &format, (theme::DETAIL, theme::QUIET));
    left.max.x = place.left() - 14.0;
    for Item { key, value, wide, wrong } in fitting(items(look, words), left.width()) {
        let place = cut_left(&mut left, wide);
        let (name, colour) = match wrong {
            Some(_) => (theme::ATTENTION, theme::ATTENTION),
            None => (theme::QUIET, theme::TEXT),
        };
        let label = words.get(key);
        let mut rest = place;
        rest.min.x =
            write(ui, place, Align2::LEFT_CENTER, &label, (theme::DETAIL, name)).right() + 5.0;
        write(ui, rest, Align2::LEFT_CENTER, &value, (theme::DETAIL, colour));
        let response = ui.interact(place, Id::unique(("status", key)), Sense::hover());
        let reason = wrong.map(|key| words.get(key));
        let said = match &reason {
            Some(reason) => format!("{label} {value}: {reason}"),
            None => format!("{label} {value}"),
        };
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
        if let Some(reason) = reason {
            response.on_hover_text(reason);
        }
    }
    let key = if keys::are_the_desks(ui) { "keys-desk" } else { "keys-control" };
    if left.width() > 70.0 {
        write(ui, left, Align2::RIGHT_CENTER, &words.get(key), (theme::DETAIL, theme::QUIET));
    }
}

/// Those that there is room for: what is well makes room for what is wrong, the last first.
fn fitting(mut items: Vec<Item>, room: f32) -> Vec<Item> {
    while items.iter().map(|item| item.wide).sum::<f32>() > room {
        let last_well = items.iter().rposition(|item| item.wrong.is_none());
        let Some(last) = last_well.or(items.len().checked_sub(1)) else { break };
        items.remove(last);
    }
    items
}

fn items(look: &Look, words: &Words) -> Vec<Item> {
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
    let mut items = vec![
        item("fps", hundredths(status.rate_hundredths), 76.0, wrong(is_behind, "fps-why")),
        item("late", status.late.to_string(), 58.0, late),
        item("repeated", status.repeated.to_string(), 78.0, repeated),
        item("frame", frame, 112.0, wrong(is_slow, "frame-why")),
        item("encoder", encoder(status), 160.0, None),
        item("cpu", hundredths(status.cpu_percent), 80.0, wrong(is_busy, "cpu-why")),
        item("memory", format!("{} MB", status.memory_mb), 108.0, wrong(is_low, "memory-why")),
    ];
    if let Some(seconds) = status.disk_silent_seconds {
        let said = words.with("disk-silent", "seconds", seconds.to_string());
        items.push(item("disk", said, 140.0, Some("disk-silent-why")));
    } else if let Some(seconds) = status.disk_left_seconds {
        let is_full = seconds < LOW_DISK;
        items.push(item("disk", room(seconds, words), 100.0, wrong(is_full, "disk-why")));
    }
    items
}

/// What encodes, and what it takes.
fn encoder(status: &Status) -> String {
    match status.encoder.as_str() {
        "" => "–".to_owned(),
        name => format!("{name} {} %", status.encoder_percent),
    }
}
