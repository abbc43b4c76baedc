//! A list that scrolls, and tabs.

use egui::{Align2, Id, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::theme;
use crate::translations::Translations;
use crate::widgets::focus::follow_focus;
use crate::widgets::overflow::{self, Overflow};
use crate::widgets::text::write;

/// A list that scrolls where it is too long; `list` gets its width and yields the places of its items, so
/// that those out of sight are counted.
pub fn scrolled(
    ui: &mut Ui,
    rect: Rect,
    salt: &str,
    words: &Translations,
    list: impl FnOnce(&mut Ui, f32) -> Vec<Rect>,
) {
    let rect = rect.shrink2(vec2(8.0, 6.0));
    let builder = egui::UiBuilder::new().max_rect(rect);
    ui.scope_builder(builder, |ui| {
        ui.set_clip_rect(rect.intersect(ui.clip_rect()));
        let id = Id::unique(("list", salt));
        let area = egui::ScrollArea::vertical().id_salt(salt).show(ui, |ui| {
            overflow::scroll_on(ui, id);
            let items = list(ui, rect.width());
            follow_focus(ui);
            items
        });
        let items = area.inner.iter().map(|item| item.y_range());
        let overflow = Overflow::of(items, rect.y_range());
        overflow.down(ui, rect, id, words);
    });
}

/// Tabs in a row from the left of `rect`; yields the one that is chosen.
pub fn tabs(ui: &Ui, rect: Rect, id: Id, names: &[String], chosen: usize) -> usize {
    let mut chosen_now = chosen;
    let mut left = rect.left();
    for (index, name) in names.iter().enumerate() {
        let font = theme::font(theme::BODY);
        let wide = ui.painter().layout_no_wrap(name.clone(), font, theme::TEXT).size().x + 16.0;
        let place = Rect::from_min_size(pos2(left, rect.top()), vec2(wide, rect.height()));
        let response = ui.interact(place, id.with(index), Sense::click());
        let selected = index == chosen;
        if selected {
            ui.painter().rect_filled(place, theme::RADIUS, theme::CONTROL);
        }
        let colour = if selected { theme::TEXT } else { theme::QUIET };
        write(ui, place, Align2::CENTER_CENTER, name, (theme::BODY, colour));
        response.widget_info(|| WidgetInfo::selected(Role::Tab, true, selected, name));
        if response.clicked() {
            chosen_now = index;
        }
        left += wide + theme::STEP;
    }
    chosen_now
}
