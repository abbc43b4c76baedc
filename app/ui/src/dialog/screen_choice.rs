//! What a source shows of this computer's screen.

use egui::{ComboBox, Response, RichText, Role, Ui, WidgetInfo};
use show::{ScreenArea, ScreenSource};

use crate::action::Action;
use crate::look::Look;
use crate::reason::Reason;
use crate::screens_look::{ScreenDialogState, ScreensLook, SharedLook};
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
    /// Whether it is a new one, for which nothing was chosen yet.
    is_new: bool,
    /// The question in the desktop's dialog whose answer it waits for, by its number.
    waits_for: Option<u64>,
    /// Whether it has that answer.
    has_answer: bool,
}

/// The name of what was not chosen yet in the desktop's dialog.
const NOT_CHOSEN: &str = "not-chosen";

impl Default for ScreenChoice {
    fn default() -> Self {
        let area = ScreenArea::Desktop;
        Self { is_new: true, ..Self::of(&ScreenSource { area, cursor: true, rate: None }) }
    }
}

impl ScreenChoice {
    /// As a source has it.
    pub fn of(source: &ScreenSource) -> Self {
        let ScreenSource { area, cursor, rate } = source.clone();
        let title = match &area {
            ScreenArea::Window { title, .. } => title.clone(),
            ScreenArea::Desktop | ScreenArea::Monitor { .. } | ScreenArea::Portal { .. } => None,
        };
        let (rate, is_listed, is_new) = (rate.unwrap_or(0), false, false);
        let (waits_for, has_answer) = (None, false);
        Self { area, title, cursor, rate, is_listed, is_new, waits_for, has_answer }
    }

    /// Whether it is said what is shown.
    pub fn is_chosen(&self) -> bool {
        !matches!(&self.area, ScreenArea::Portal { key } if key == NOT_CHOSEN)
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
        // A Wayland desktop is chosen from in its own dialog, and nothing else is there at first.
        if screens.shared.is_some() && self.is_new && self.area == ScreenArea::Desktop {
            self.area = ScreenArea::Portal { key: NOT_CHOSEN.to_owned() };
        }
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
        if let Some(shared) = &screens.shared {
            self.desktops_dialog(ui, form, (shared, look), actions);
        }
        let chosen = (self.area != before).then(|| name(&self.area, words));
        self.any_title(ui, form);
        self.pointer(ui, form, screens);
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
        // On a Wayland desktop the X server has windows, and nothing else that can be seen.
        let seen = [desktop].into_iter().chain(monitors).filter(|_| screens.shared.is_none());
        let mut all: Vec<_> = seen.chain(windows).collect();
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
                        ScreenArea::Desktop
                        | ScreenArea::Monitor { .. }
                        | ScreenArea::Portal { .. } => None,
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

    /// The way to the desktop's dialog, and what became of it.
    fn desktops_dialog(
        &mut self,
        ui: &mut Ui,
        form: &Form<'_>,
        (shared, look): (&Result<SharedLook, Reason>, &Look),
        actions: &mut Vec<Action>,
    ) {
        let words = form.words;
        let dialog = &look.screen_dialog;
        let is_ours = self.waits_for == Some(dialog.asked);
        let is_open = is_ours && dialog.state == ScreenDialogState::Open;
        let is_ready = shared.is_ok() && !is_open;
        if form.button(ui, ("screen-choose", "screen-choose-tip"), is_ready).clicked() {
            (self.waits_for, self.has_answer) = (Some(dialog.asked + 1), false);
            actions.push(Action::ChooseScreen { key: None, pointer: self.cursor });
        }
        let (said, colour) = match (shared, &dialog.state) {
            (Err(reason), _) => (words.reason(reason), theme::ATTENTION),
            (Ok(_), _) if !is_ours => return,
            (Ok(_), ScreenDialogState::Unused) => return,
            (Ok(_), ScreenDialogState::Open) => (words.get("screen-dialog-open"), theme::TEXT),
            (Ok(_), ScreenDialogState::Chosen { key, is_kept }) => {
                // Once: another may be chosen from the list after that.
                if !std::mem::replace(&mut self.has_answer, true) {
                    self.area = ScreenArea::Portal { key: key.clone() };
                }
                match is_kept {
                    true => return,
                    false => (words.get("screen-not-kept"), theme::ATTENTION),
                }
            }
            (Ok(_), ScreenDialogState::Failed(reason)) => (words.reason(reason), theme::ATTENTION),
        };
        ui.label(RichText::new(said).size(theme::DETAIL).color(colour));
    }

    /// Whether the mouse pointer is shown, where that can be chosen.
    fn pointer(&mut self, ui: &mut Ui, form: &Form<'_>, screens: &ScreensLook) {
        match (&self.area, &screens.shared) {
            (ScreenArea::Portal { .. }, Some(Ok(shared)))
                if shared.pointer_shown != shared.pointer_hidden =>
            {
                self.cursor = shared.pointer_shown;
            }
            _ => _ = form.check(ui, "show-cursor", &mut self.cursor),
        }
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
        ScreenArea::Portal { key } if key == NOT_CHOSEN => words.get("screen-not-chosen"),
        ScreenArea::Portal { .. } => words.get("screen-shared"),
    }
}

/// The same, a window with its program.
fn full_name(area: &ScreenArea, words: &Translations) -> String {
    match area {
        ScreenArea::Window { class, title: Some(title) } => format!("{title} · {class}"),
        ScreenArea::Window { class, title: None } => {
            words.with("screen-any-window", "program", class.clone())
        }
        ScreenArea::Desktop | ScreenArea::Monitor { .. } | ScreenArea::Portal { .. } => {
            name(area, words)
        }
    }
}
