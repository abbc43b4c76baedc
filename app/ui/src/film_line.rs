//! The line at the foot of a film's tile: how far the film is, and where it is sought by a click or a drag.

use egui::{Id, Rect, Response, Role, Sense, Ui, WidgetInfo};
use engine::Play;
use show::Source;

use crate::action::Action;
use crate::film_look::{FilmLook, minutes};
use crate::theme;
use crate::translations::Translations;

/// The height of the line, of the same under the pointer, and of where it is clicked.
const LINE: f32 = 2.0;
const THICK: f32 = 5.0;
const REACH: f32 = 9.0;

/// Draws it over the film's picture; yields what was asked for.
pub fn draw(
    ui: &Ui,
    picture: Rect,
    source: &Source,
    film: FilmLook,
    words: &Translations,
) -> Option<Action> {
    let length = film.length_millis.filter(|length| *length > 0)?;
    let place = picture.shrink(2.0);
    let reach = place.with_min_y(place.bottom() - REACH);
    let id = Id::unique(("film-line", source.id.0));
    let response = ui.interact(reach, id, Sense::click_and_drag());
    let sought = pointer_part(&response, reach).map(|part| {
        // A film of a day has 86,400,000 ms, which an f64 holds exactly.
        film.within((part * length as f64) as u64)
    });
    let is_moved = response.dragged() || response.drag_stopped();
    let shown = sought.filter(|_| is_moved).unwrap_or(film.at_millis);
    let high = if response.hovered() || is_moved { THICK } else { LINE };
    let line = place.with_min_y(place.bottom() - high);
    let part = (shown as f64 / length as f64).clamp(0.0, 1.0) as f32;
    ui.painter().rect_filled(line, 0.0, theme::GROUND);
    let done = line.with_max_x(line.left() + line.width() * part);
    ui.painter().rect_filled(done, 0.0, theme::TEXT);
    let said = words.with_two(
        "film-line",
        ("name", source.name.as_str()),
        ("time", minutes(film.at_millis).as_str()),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, &said));
    let asks = response.clicked() || response.drag_stopped();
    if let Some(at) = sought {
        response.on_hover_text_at_pointer(words.with("film-line-tip", "time", minutes(at)));
    }
    sought.filter(|_| asks).map(|at| Action::Play(Play::Seek(source.id, at)))
}

/// Which part of the line is left of the pointer.
fn pointer_part(response: &Response, line: Rect) -> Option<f64> {
    let pointer = response.interact_pointer_pos().or_else(|| response.hover_pos())?;
    Some(f64::from((pointer.x - line.left()) / line.width()).clamp(0.0, 1.0))
}
