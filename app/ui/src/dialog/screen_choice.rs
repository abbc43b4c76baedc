//! What a source shows of this computer's screen.

use egui::{ComboBox, Response, RichText, Role, Ui, WidgetInfo};
use show::{ScreenArea, ScreenSource};

use crate::action::Action;
use crate::look::Look;
use crate::screens_look::ScreensLook;
use crate::theme;
use crate::translations::Translations;
use crate::widgets::form::Form;

/// How wide the choice is: as wide as a line of text.
const WIDTH: f32 = 270.0;

/// What is chosen of it in a dialog.
#[derive(Clone, Debug)]
pub struct ScreenChoice {
    area: ScreenArea,
    /// The title of the chosen window, kept while any title will do.
    title: Option<String>,
    cursor: bool,
    /// Pictures a second; 0 for as many as the programme has.
    rate: u32,
    /// Whether it was asked what there is.
    is_listed: bool,
}

impl Default for ScreenChoice {
    fn default() -> Self {
        let area = ScreenArea::Desktop;
        Self::of(&ScreenSource { area, cursor: true, rate: None })
    }
}

impl ScreenChoice {
    /// As a source has it.
    pub fn of(source: &ScreenSource) -> Self {
        let ScreenSource { area, cursor, rate } = source.clone();
        let title = match &area {
            ScreenArea::Window { title, .. } => title.clone(),
            ScreenArea::Desktop | ScreenArea::Monitor { .. } => None,
        };
        Self { area, title, cursor, rate: rate.unwrap_or(0), is_listed: false }
    }

    /// The source that is chosen.
    pub fn source(&self) -> ScreenSource {
        let rate = Some(self.rate).filter(|rate| *rate > 0);
        ScreenSource { area: self.area.clone(), cursor: self.cursor, rate }
    }

    /// The rows of its dialog; a name for the source if another was chosen.
    pub fn rows(
        &mut self,
        ui: &mut Ui,
        form: &Form<'_>,
        look: &Look,
        actions: &mut Vec<Action>,
    ) -> Option<String> {
        let words = form.words;
        let none = ScreensLook::default();
        let known = look.screens.as_deref();
        let screens = known.and_then(|known| known.as_ref().ok()).unwrap_or(&none);
        let before = self.area.clone();
        let list = form.row(ui, "screen-area", "window", |ui| self.list(ui, words, screens));
        // What is open now, whenever somebody looks.
        if !std::mem::replace(&mut self.is_listed, true) || list.clicked() {
            actions.push(Action::ListScreens);
        }
        if let Some(Err(reason)) = known {
            let said = RichText::new(words.reason(reason));
            ui.label(said.size(theme::DETAIL).color(theme::ATTENTION));
        }
        let chosen = (self.area != before).then(|| name(&self.area, words));
        self.any_title(ui, form);
        form.check(ui, "show-cursor", &mut self.cursor);
        let unit = words.get("screen-rate-unit");
        let rates = 0..=ScreenSource::MAX_RATE;
        form.number(ui, ("screen-rate", "rate"), &mut self.rate, rates, &unit);
        chosen
    }

    /// The desktop, each monitor and each window. What is not there stays in the list while it is chosen.
    fn list(&mut self, ui: &mut Ui, words: &Translations, screens: &ScreensLook) -> Response {
        let monitors = screens
            .monitors
            .iter()
            .map(|(name, size)| (ScreenArea::Monitor { name: name.clone() }, Some(*size)));
        let windows = screens.windows.iter().map(|(class, title)| {
            let title = Some(title.clone()).filter(|title| !title.is_empty());
            (ScreenArea::Window { class: class.clone(), title }, None)
        });
        let desktop = (ScreenArea::Desktop, Some(screens.desktop).filter(|size| size.0 > 0));
        let mut all: Vec<_> = [desktop].into_iter().chain(monitors).chain(windows).collect();
        if all.iter().all(|(area, _)| *area != self.area) {
            all.push((self.area.clone(), None));
        }
        let entry = |(area, size): &(ScreenArea, Option<(u32, u32)>)| match size {
            Some((width, height)) => format!("{} · {width} × {height}", name(area, words)),
            None => full_name(area, words),
        };
        let now = all.iter().find(|(area, _)| *area == self.area).map(entry).unwrap_or_default();
        let combo = ComboBox::from_id_salt("screen area").selected_text(&now).width(WIDTH);
        let combo = combo.truncate().show_ui(ui, |ui| {
            for one in &all {
                if ui.selectable_label(one.0 == self.area, entry(one)).clicked() {
                    self.area.clone_from(&one.0);
                    self.title = match &one.0 {
                        ScreenArea::Window { title, .. } => title.clone(),
                        ScreenArea::Desktop | ScreenArea::Monitor { .. } => None,
                    };
                }
            }
        });
        let label = words.get("screen-area");
        combo.response.widget_info(|| WidgetInfo {
            current_text_value: Some(now.clone()),
            ..WidgetInfo::labeled(Role::ComboBox, true, &label)
        });
        combo.response
    }

    /// Whether the title of a window counts, if that is known.
    fn any_title(&mut self, ui: &mut Ui, form: &Form<'_>) {
        let ScreenArea::Window { title, .. } = &mut self.area else { return };
        if self.title.is_some() {
            let mut is_any = title.is_none();
            if form.check(ui, "screen-any-title", &mut is_any).changed() {
                *title = if is_any { None } else { self.title.clone() };
            }
        }
    }
}

/// What it is called on its own.
fn name(area: &ScreenArea, words: &Translations) -> String {
    match area {
        ScreenArea::Desktop => words.get("screen-desktop"),
        ScreenArea::Monitor { name } => words.with("screen-monitor", "name", name.clone()),
        ScreenArea::Window { class, title } => title.as_ref().unwrap_or(class).clone(),
    }
}

/// The same, a window with its program.
fn full_name(area: &ScreenArea, words: &Translations) -> String {
    match area {
        ScreenArea::Window { class, title: Some(title) } => format!("{title} · {class}"),
        ScreenArea::Window { class, title: None } => {
            words.with("screen-any-window", "program", class.clone())
        }
        ScreenArea::Desktop | ScreenArea::Monitor { .. } => name(area, words),
    }
}
