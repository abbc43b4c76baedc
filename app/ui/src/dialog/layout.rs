//! A layout: made from a template, its panes filled by dragging sources from their bin.

use egui::{Align2, ComboBox, Rect, RichText, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use show::{Edit, Feed, Item, Layout, LayoutId, Pane, SourceId, Template};

use crate::action::Action;
use crate::dialog::state::DialogState;
use crate::panel::Panel;
use crate::theme;
use crate::thumbnail_sheet::PicturePlace;
use crate::thumbnails::Pictures;
use crate::widgets::card::frame;
use crate::widgets::form::{FieldFaults, Form};
use crate::widgets::space::{Column, Row};
use crate::widgets::text::write;

const TEMPLATES: [(Template, &str); 7] = [
    (Template::Single, "template-single"),
    (Template::SideBySide, "template-side-by-side"),
    (Template::TopAndBottom, "template-top-and-bottom"),
    (Template::Quad, "template-quad"),
    (Template::PictureInPicture, "template-picture-in-picture"),
    (Template::ThreeUp, "template-three-up"),
    (Template::NineUp, "template-nine-up"),
];

/// The dialog.
pub struct LayoutDialog {
    layout: Layout,
    template: Option<Template>,
}

impl LayoutDialog {
    /// For a new layout.
    pub fn add(panel: &Panel<'_>) -> Self {
        let show = &panel.look.snapshot.show;
        let number = (show.layouts.len() + 1).to_string();
        let name = panel.words.with("layout-number", "number", number);
        let template = Template::SideBySide;
        let layout = template.layout(LayoutId(show.free_number()), name, &[]);
        Self { layout, template: Some(template) }
    }

    /// For an existing one: its panes stay where they are.
    pub fn edit(layout: &Layout) -> Self {
        Self { layout: layout.clone(), template: None }
    }

    /// Whether something was entered.
    pub fn has_work(&self, new: &Self) -> bool {
        let all = |dialog: &Self| (dialog.layout.name.clone(), dialog.layout.panes.clone());
        all(self) != all(new)
    }

    /// The key of its title.
    pub fn title(&self) -> &'static str {
        if self.template.is_some() { "new-layout" } else { "edit-layout" }
    }

    /// Draws it.
    pub fn fill(&mut self, ui: &mut Ui, panel: &mut Panel<'_>) -> DialogState {
        let show = &panel.look.snapshot.show;
        let item = Item::Layout(self.layout.clone());
        let is_new = self.template.is_some();
        let edits = vec![if is_new { Edit::Add(item) } else { Edit::Replace(item) }];
        let faults = FieldFaults::of(show, &edits);
        let words = panel.words;
        let mut saved = false;
        ui.horizontal_top(|ui| {
            if is_new {
                ui.vertical(|ui| self.templates(ui, panel));
            }
            ui.vertical(|ui| {
                let form = Form::new(words, &faults);
                form.text(ui, "name", "name", &mut self.layout.name);
                if let Some(fault) = faults.at("layouts") {
                    ui.label(RichText::new(words.fault(fault)).color(theme::ATTENTION));
                }
                let wide = ui.available_width();
                let high = 300.0 - 2.0 * theme::TARGET - 24.0;
                let (area, _) = ui.allocate_exact_size(vec2(wide, high), Sense::hover());
                self.preview(ui, panel.canvas(area), &faults, panel);
                ui.horizontal(|ui| {
                    let key = if is_new { "save-to-pvw" } else { "apply" };
                    saved = form.confirm_here(ui, key, faults.is_empty());
                    let hint = RichText::new(words.get("drag-sources")).size(theme::DETAIL);
                    ui.label(hint.color(theme::QUIET));
                });
            });
        });
        if !saved {
            return DialogState::Open;
        }
        let edit = Action::Edit(edits);
        panel.actions.push(match is_new {
            true => Action::All(vec![edit, Action::LoadLayout(self.layout.id)]),
            false => edit,
        });
        DialogState::Closed
    }

    fn templates(&mut self, ui: &mut Ui, panel: &Panel<'_>) {
        ui.set_width(162.0);
        for (template, key) in TEMPLATES {
            let chosen = self.template == Some(template);
            let (rect, response) = ui.allocate_exact_size(vec2(158.0, 32.0), Sense::click());
            let (fill, line) = match chosen {
                true => (theme::OPTION, theme::OPTION_LINE),
                false => (theme::CONTROL, theme::CONTROL_LINE),
            };
            frame(ui, rect, fill, line);
            let mut row = Row::new(rect, vec2(5.0, 5.0));
            let icon = panel.canvas(row.left(36.0));
            for (place, _) in template.places() {
                let pane = on(icon, place).shrink(0.5);
                let inside = egui::StrokeKind::Inside;
                ui.painter().rect_stroke(pane, 1.0, theme::line(theme::QUIET), inside);
            }
            row.left(6.0);
            let name = panel.words.get(key);
            row.write(ui, &name, (theme::DETAIL, theme::TEXT), 0.0);
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, &name));
            if response.clicked() {
                self.become_template(template);
            }
        }
    }

    /// Another template keeps the sources, in their order.
    fn become_template(&mut self, template: Template) {
        let feeds: Vec<Feed> = self.layout.panes.iter().map(|pane| pane.feed).collect();
        self.layout = template.layout(self.layout.id, self.layout.name.clone(), &feeds);
        self.template = Some(template);
    }

    fn preview(&mut self, ui: &mut Ui, area: Rect, faults: &FieldFaults, panel: &Panel<'_>) {
        let inside = egui::StrokeKind::Inside;
        ui.painter().rect(area, 0.0, theme::WELL, theme::line(theme::RAISED_LINE), inside);
        let mut pictures = Pictures::new(panel.look, area);
        pictures.layout(area, &self.layout);
        ui.painter().add(pictures.shape(PicturePlace::LayoutForm));
        let mut order: Vec<usize> = (0..self.layout.panes.len()).collect();
        order.sort_by_key(|index| self.layout.panes[*index].z);
        for index in order {
            let pane = &mut self.layout.panes[index];
            let rect = on(area, pane.rect).intersect(area);
            let id = ui.scope_id().with(("pane", index));
            let drop = ui.interact(rect, id, Sense::hover());
            let over = drop.dnd_hover_payload::<SourceId>().is_some();
            let fault = faults.at_pane(index);
            let line = match (over, fault) {
                (true, _) => egui::Stroke::new(2.0, theme::OPTION_LINE),
                (_, Some(_)) => theme::line(theme::ATTENTION),
                _ => theme::line(theme::STRONG_LINE),
            };
            ui.painter().rect_stroke(rect, 2.0, line, inside);
            if let Some(source) = drop.dnd_release_payload::<SourceId>() {
                pane.feed = Feed::Source(*source);
            }
            let mut column = Column::new(rect, vec2(5.0, 5.0));
            let builder = UiBuilder::new().max_rect(column.row(24.0).rest());
            // A child of its own: a scope would move what comes after the preview.
            source_of_pane(&mut ui.new_child(builder), index, pane, panel);
            if let Some(fault) = fault {
                let said = panel.words.fault(fault);
                let text = (theme::DETAIL, theme::ATTENTION);
                write(ui, column.rest(), Align2::CENTER_CENTER, &said, text);
                drop.on_hover_text(said);
            }
        }
    }
}

/// Chooses the source of a pane, in a row as wide as the pane.
fn source_of_pane(ui: &mut Ui, index: usize, pane: &mut Pane, panel: &Panel<'_>) {
    let show = &panel.look.snapshot.show;
    let name = |id| show.source(id).map(|source| source.name.as_str());
    let chosen = pane.feed.source().and_then(name).map(str::to_owned);
    let shown = chosen.unwrap_or_else(|| panel.words.get("choose-source"));
    let label = panel.words.with("pane-number", "number", (index + 1).to_string());
    let combo = ComboBox::from_id_salt(("feed", index))
        .width((ui.max_rect().width() - 8.0).clamp(40.0, 150.0))
        .truncate()
        .selected_text(shown)
        .show_ui(ui, |ui| {
            for source in &show.sources {
                ui.selectable_value(&mut pane.feed, Feed::Source(source.id), &source.name);
            }
        });
    combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, &label));
}

/// A place on the canvas, in points.
pub fn on(canvas: Rect, place: show::Rect) -> Rect {
    let at = |x: f64, y: f64| {
        pos2(canvas.left() + x as f32 * canvas.width(), canvas.top() + y as f32 * canvas.height())
    };
    let show::Rect { x, y, w, h } = place;
    Rect::from_min_max(at(x, y), at(x + w, y + h))
}
