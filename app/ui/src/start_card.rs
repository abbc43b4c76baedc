//! Offers how to begin: over the demo at a start without a show of one's own, and from the menu. It stands over
//! the bins, so that what is on air is seen.

use std::path::Path;
use std::sync::Arc;

use egui::{
    Align2, Color32, ColorImage, Id, Key, Rect, Role, Sense, TextureHandle, TextureOptions, Ui,
    WidgetInfo, pos2, vec2,
};
use show::Template;

use crate::action::{Action, OpenDialog, ShowFile, ShowTemplate};
use crate::look::Thumbnail;
use crate::monitor;
use crate::panel::Panel;
use crate::theme;
use crate::translations::Translations;
use crate::widgets::button::{self, Tone};
use crate::widgets::card::{self, frame};
use crate::widgets::space::{Column, Row};
use crate::widgets::text::{pair, write};

/// The card's size, where there is room for it.
const SIZE: egui::Vec2 = vec2(720.0, 300.0);
/// How many recent shows are offered; the dialog has all of them.
const RECENT: usize = 4;
const LINE: f32 = 28.0;
/// A recent show, with its picture.
const SHOW: f32 = 44.0;

/// Draws the card in the middle of `inside`; false once it is answered or left.
pub fn draw(ui: &mut Ui, inside: Rect, panel: &mut Panel<'_>) -> bool {
    let place = Rect::from_center_size(inside.center(), SIZE.min(inside.size() - vec2(8.0, 8.0)));
    let (ui, ground) = &mut card::over_all(ui, place, "start", theme::OPTION_LINE);
    let title = panel.words.get("start-title");
    ground.widget_info(|| WidgetInfo::labeled(Role::Dialog, true, &title));
    let mut column = Column::new(place, vec2(16.0, 14.0));
    let at = Align2::LEFT_CENTER;
    write(ui, column.row(26.0).rest(), at, &title, (theme::LARGE, theme::TEXT));
    let foot = column.bottom_row(30.0);
    column.bottom_row(10.0);
    let mut halves = Row::new(column.rest(), vec2(0.0, 0.0));
    let new = halves.left((place.width() - 48.0) * 0.55);
    halves.left(16.0);
    let chosen = templates(ui, new, panel.words);
    let opened = recent(ui, halves.rest(), panel);
    let (opens, leaves) = buttons(ui, foot, panel);
    let action = chosen.or(opened).map(Action::File);
    let action = action.or(opens.then_some(Action::Open(OpenDialog::OpenShow)));
    let is_answered = action.is_some();
    panel.actions.extend(action);
    !(is_answered || leaves || ui.input(|input| input.key_pressed(Key::Escape)))
}

/// The heading of one half of the card.
fn heading(ui: &Ui, column: &mut Column, text: &str) {
    let place = column.row(22.0).rest();
    write(ui, place, Align2::LEFT_CENTER, text, (theme::DETAIL, theme::QUIET));
}

/// What a new show can begin with.
fn templates(ui: &Ui, place: Rect, words: &Translations) -> Option<ShowFile> {
    let mut column = Column::new(place, vec2(0.0, 0.0));
    heading(ui, &mut column, &words.get("start-new"));
    let mut chosen = None;
    let all = [
        ("start-empty", None, ShowFile::New),
        (
            "start-two-cameras",
            Some(Template::SideBySide),
            ShowFile::NewFrom(ShowTemplate::TwoCameras),
        ),
        (
            "start-interview",
            Some(Template::PictureInPicture),
            ShowFile::NewFrom(ShowTemplate::Interview),
        ),
    ];
    let high = ((column.rest().height() - 2.0 * 6.0) / 3.0).min(60.0);
    for (key, sketched, file) in all {
        let place = column.row(high).rest();
        column.row(6.0);
        if template(ui, place, (key, sketched), words) {
            chosen = Some(file);
        }
    }
    chosen
}

/// A template: what its pictures look like, its name, and what is in it. True if it was clicked.
fn template(
    ui: &Ui,
    place: Rect,
    (key, sketched): (&str, Option<Template>),
    words: &Translations,
) -> bool {
    let response = ui.interact(place, Id::unique("start").with(key), Sense::click());
    let (fill, line) = match response.hovered() {
        true => (theme::STRONG, theme::STRONG_LINE),
        false => (theme::CONTROL, theme::CONTROL_LINE),
    };
    frame(ui, place, fill, line);
    let mut row = Row::new(place, vec2(8.0, 6.0));
    let high = row.rest().height();
    sketch(ui, row.left(high * 16.0 / 9.0), sketched);
    row.left(10.0);
    let [upper, lower] = {
        let rest = row.rest();
        [rest.with_max_y(rest.center().y), rest.with_min_y(rest.center().y)]
    };
    let (name, detail) = (words.get(key), words.get(&format!("{key}-tip")));
    write(ui, upper, Align2::LEFT_CENTER, &name, (theme::BODY, theme::TEXT));
    write(ui, lower, Align2::LEFT_CENTER, &detail, (theme::DETAIL, theme::QUIET));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    response.on_hover_text(detail).clicked()
}

/// The panes of a layout.
fn sketch(ui: &Ui, place: Rect, template: Option<Template>) {
    ui.painter().rect_filled(place, theme::PICTURE_RADIUS, theme::WELL);
    for (pane, _) in template.into_iter().flat_map(Template::places) {
        let at =
            |x: f64, y: f64| place.min + vec2(x as f32 * place.width(), y as f32 * place.height());
        let pane = Rect::from_two_pos(at(pane.x, pane.y), at(pane.x + pane.w, pane.y + pane.h))
            .shrink(1.0);
        let line = theme::line(theme::QUIET);
        let inside = egui::StrokeKind::Inside;
        ui.painter().rect(pane, 1.0, theme::OPTION, line, inside);
    }
}

/// The shows that were opened before.
fn recent(ui: &Ui, place: Rect, panel: &Panel<'_>) -> Option<ShowFile> {
    let mut column = Column::new(place, vec2(0.0, 0.0));
    heading(ui, &mut column, &panel.words.get("recent"));
    let recent = &panel.look.file.recent;
    if recent.is_empty() {
        let none = panel.words.get("start-no-recent");
        write(ui, column.row(LINE).rest(), Align2::LEFT_CENTER, &none, (theme::BODY, theme::FAINT));
    }
    let mut chosen = None;
    for (index, path) in recent.iter().take(RECENT).enumerate() {
        if column.rest().height() < SHOW {
            break;
        }
        let place = column.row(SHOW).rest();
        let response = ui.interact(place, Id::unique(("start recent", index)), Sense::click());
        if response.hovered() {
            ui.painter().rect_filled(place, theme::RADIUS, theme::CONTROL);
        }
        let text = |part: Option<&std::ffi::OsStr>| {
            part.map(|part| part.to_string_lossy().into_owned()).unwrap_or_default()
        };
        let name = text(path.file_stem());
        let folder = text(path.parent().and_then(Path::file_name));
        let mut row = Row::new(place, vec2(4.0, 4.0));
        let high = row.rest().height();
        picture(ui, row.left(high * 16.0 / 9.0), path, panel.look.file.pictures.get(path));
        row.left(8.0);
        let styles = [(theme::BODY, theme::TEXT), (theme::DETAIL, theme::FAINT)];
        pair(ui, row.rest(), (&name, styles[0]), (&folder, styles[1]));
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        if response.on_hover_text(path.display().to_string()).clicked() {
            chosen = Some(ShowFile::Open(path.clone()));
        }
        let under = pos2(place.left(), place.bottom());
        let ends = [under, pos2(place.right(), place.bottom())];
        ui.painter().line_segment(ends, theme::line(theme::RAISED_LINE));
    }
    chosen
}

/// What a show looked like when it was saved; a plain tile where that is not known.
fn picture(ui: &Ui, place: Rect, show: &Path, picture: Option<&Arc<Thumbnail>>) {
    ui.painter().rect_filled(place, theme::PICTURE_RADIUS, theme::WELL);
    let Some(picture) = picture else { return };
    let (width, height) = picture.size;
    // Uploaded once, and again if it is another one.
    let id = Id::unique("recent picture").with((show, Arc::as_ptr(picture) as usize));
    let known: Option<TextureHandle> = ui.data(|data| data.get_temp(id));
    let texture = known.unwrap_or_else(|| {
        let size = [width as usize, height as usize];
        let image = ColorImage::from_rgba_unmultiplied(size, &picture.rgba);
        let texture = ui.ctx().load_texture("recent", image, TextureOptions::LINEAR);
        ui.data_mut(|data| data.insert_temp(id, texture.clone()));
        texture
    });
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    let shown = monitor::fitted(place, picture.size);
    ui.painter().image(texture.id(), shown, whole, Color32::WHITE);
}

/// The buttons at the bottom: whether another show is to be looked for, and whether the card is left.
fn buttons(ui: &Ui, mut foot: Row, panel: &Panel<'_>) -> (bool, bool) {
    let words = panel.words;
    let id = Id::unique("start");
    let button = |place: Rect, key: &str, tone: Tone| {
        let response =
            button::button(ui, place, id.with(key), &words.get(key), (tone, theme::BODY));
        response.on_hover_text(words.get(&format!("{key}-tip"))).clicked()
    };
    let opens = button(foot.left(150.0), "open-show", Tone::Plain);
    (opens, button(foot.right(190.0), "start-go-on", Tone::Strong))
}
