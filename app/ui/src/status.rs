//! The line at the bottom: quiet until something is wrong.

use egui::{Align2, Rect, Ui, vec2};

use crate::control::{cut_left, write};
use crate::keys;
use crate::look::Look;
use crate::theme;
use crate::words::Words;

/// Draws it.
pub fn draw(ui: &Ui, rect: Rect, look: &Look, words: &Words) {
    let status = &look.status;
    let format = look.snapshot.show.format;
    let (num, den) = format.rate.fraction();
    let budget = u64::from(den) * 1_000_000 / u64::from(num);
    let (width, height) = format.raster.size();
    let tenths = |micros: u64| format!("{}.{}", micros / 1_000, micros / 100 % 10);
    let hundredths = |value: u64| format!("{}.{:02}", value / 100, value % 100);
    // A frame more or less is where the second was cut.
    let nominal = u64::from(num) * 100 / u64::from(den);
    let is_behind = status.rate_hundredths > 0 && status.rate_hundredths + 200 < nominal;
    let is_slow = status.frame_micros > budget * 8 / 10;
    let mut left = rect.shrink2(vec2(8.0, 0.0));
    let items = [
        (hundredths(status.rate_hundredths), words.get("fps"), is_behind, 66.0),
        (status.late.to_string(), words.get("late"), status.late > 0, 62.0),
        (status.repeated.to_string(), words.get("repeated"), status.repeated > 0, 84.0),
        (
            format!("{} / {} ms", tenths(status.frame_micros), budget / 1_000),
            words.get("frame"),
            is_slow,
            116.0,
        ),
        (status.encoder.clone(), words.get("encoder"), false, 140.0),
        (hundredths(status.cpu_percent), words.get("cpu"), false, 70.0),
        (format!("{} MB", status.memory_mb), words.get("memory"), false, 110.0),
    ];
    for (value, label, is_wrong, wide) in items {
        let mut place = cut_left(&mut left, wide);
        let (name, colour) = match is_wrong {
            true => (theme::ATTENTION, theme::ATTENTION),
            false => (theme::QUIET, theme::TEXT),
        };
        let label = write(ui, place, Align2::LEFT_CENTER, &label, (theme::DETAIL, name));
        place.min.x = label.right() + 5.0;
        write(ui, place, Align2::LEFT_CENTER, &value, (theme::DETAIL, colour));
    }
    let format = format!("{width} × {height} · {}", format.rate);
    let place = write(ui, left, Align2::RIGHT_CENTER, &format, (theme::DETAIL, theme::QUIET));
    left.max.x = place.left() - 14.0;
    let key = if keys::are_the_desks(ui) { "keys-desk" } else { "keys-control" };
    write(ui, left, Align2::RIGHT_CENTER, &words.get(key), (theme::DETAIL, theme::QUIET));
}
