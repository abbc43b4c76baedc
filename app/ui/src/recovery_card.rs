//! Asks what becomes of a show that a crash left behind: shown at the next start, and again from the menu.

use egui::{Align2, Id, Key, Rect, Role, Sense, Ui, WidgetInfo, vec2};

use crate::action::{Action, RecoveryChoice};
use crate::look::RecoveryLook;
use crate::panel::Panel;
use crate::translations::Translations;
use crate::widgets::button::{self, Tone};
use crate::widgets::card;
use crate::widgets::space::{Column, Row};
use crate::widgets::text::{pair, write};
use crate::{theme, units};

/// How many recordings are listed; the others are counted.
const LISTED: usize = 4;
const LINE: f32 = 20.0;
const WIDE: f32 = 620.0;

/// Draws the card over the middle of `whole`; false once it is answered or put off.
pub fn draw(ui: &mut Ui, whole: Rect, left: &RecoveryLook, panel: &mut Panel<'_>) -> bool {
    let lines = lines(left, panel.words);
    let more = left.recordings.len().saturating_sub(LISTED);
    let unread = left.unreadable.len().min(LISTED) + usize::from(!left.unreadable.is_empty());
    let rows = lines.len() + left.recordings.len().min(LISTED) + usize::from(more > 0) + unread;
    let tall = 28.0 + 26.0 + LINE * rows as f32 + 12.0 + 30.0;
    let place = Rect::from_center_size(whole.center(), vec2(WIDE.min(whole.width()), tall));
    let (ui, ground) = &mut card::over_all(ui, place, "recovery", theme::ATTENTION);
    let title = panel.words.get("recovery-title");
    ground.widget_info(|| WidgetInfo::labeled(Role::AlertDialog, true, &title));
    let mut column = Column::new(place, vec2(14.0, 14.0));
    let at = Align2::LEFT_CENTER;
    write(ui, column.row(26.0).rest(), at, &title, (theme::LARGE, theme::TEXT));
    let quiet = (theme::DETAIL, theme::QUIET);
    for line in &lines {
        write(ui, column.row(LINE).rest(), at, line, (theme::BODY, theme::TEXT));
    }
    let file = |column: &mut Column, path: &std::path::Path, size: &str| {
        let (row, path) = (column.row(LINE).rest(), path.display().to_string());
        pair(ui, row, (&path, quiet), (size, quiet));
        let response = ui.interact(row, Id::unique("recovery file").with(&path), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &path));
        response.on_hover_text(path);
    };
    for (path, bytes) in left.recordings.iter().take(LISTED) {
        file(&mut column, path, &units::size(*bytes));
    }
    if more > 0 {
        let more = panel.words.with("recovery-more", "count", more.to_string());
        write(ui, column.row(LINE).rest(), at, &more, quiet);
    }
    if !left.unreadable.is_empty() {
        let said = panel.words.get("recovery-unreadable");
        write(ui, column.row(LINE).rest(), at, &said, (theme::BODY, theme::ATTENTION));
    }
    for path in left.unreadable.iter().take(LISTED) {
        file(&mut column, path, "");
    }
    let buttons = column.bottom_row(30.0);
    match answer(ui, buttons, left, panel.words) {
        Some(Some(choice)) => {
            panel.actions.push(Action::Recover(choice));
            false
        }
        Some(None) => false,
        None => !ui.input(|input| input.key_pressed(Key::Escape)),
    }
}

/// What it was: the show and when, PGM, what ran, and the recordings that were not ended.
fn lines(left: &RecoveryLook, words: &Translations) -> Vec<String> {
    if !left.has_show() {
        return Vec::new();
    }
    let key = if left.is_changed { "recovery-changed" } else { "recovery-saved" };
    let mut lines = vec![words.with_two(key, ("show", &left.show), ("time", &left.time))];
    if left.is_file_changed {
        lines.push(words.get("recovery-file-changed"));
    }
    if let Some(pgm) = &left.pgm {
        lines.push(words.with("recovery-pgm", "name", pgm.as_str()));
    }
    if !left.outputs.is_empty() {
        lines.push(words.with("recovery-ran", "names", left.outputs.join(", ")));
    }
    if !left.recordings.is_empty() {
        lines.push(words.get("recovery-recordings"));
    }
    lines
}

/// The buttons: `Some(None)` puts it off.
fn answer(
    ui: &Ui,
    mut buttons: Row,
    left: &RecoveryLook,
    words: &Translations,
) -> Option<Option<RecoveryChoice>> {
    let id = Id::unique("recovery");
    let mut answer = None;
    let mut plain = |place: Rect, key: &'static str, tone: Tone, choice| {
        let look = (tone, theme::BODY);
        let pressed = button::button(ui, place, id.with(key), &words.get(key), look);
        if pressed.on_hover_text(words.get(&format!("{key}-tip"))).clicked() {
            answer = Some(choice);
        }
    };
    let restore = left.has_show().then(|| {
        let place = buttons.right(130.0);
        buttons.right(8.0);
        place
    });
    let go_on_air = (!left.outputs.is_empty()).then(|| {
        let place = buttons.right(190.0);
        buttons.right(8.0);
        place
    });
    let discard = buttons.left(140.0);
    buttons.left(8.0);
    if let Some(place) = restore {
        plain(place, "recovery-restore", Tone::Strong, Some(RecoveryChoice::Restore));
    }
    plain(buttons.left(80.0), "recovery-later", Tone::Plain, None);
    let held = |place: Rect, key: &'static str, tone: Tone| {
        let held = button::hold(ui, place, id.with(key), &words.get(key), tone);
        held.response.on_hover_text(words.get(&format!("{key}-tip")));
        held.is_full
    };
    if go_on_air.is_some_and(|place| held(place, "recovery-go-on-air", Tone::Start)) {
        answer = Some(Some(RecoveryChoice::GoOnAir));
    }
    if held(discard, "recovery-discard", Tone::Plain) {
        answer = Some(Some(RecoveryChoice::Discard));
    }
    answer
}
