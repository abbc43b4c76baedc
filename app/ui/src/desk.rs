//! The whole desk: the top bar, the panels, the status line, and the dialogs over them.

mod actions;

use egui::{Key, Rect, Ui, vec2};
use egui_wgpu::{CallbackResources, wgpu};

use crate::action::Action;
use crate::arrangement::Arrangement;
use crate::automatic_scale::AutomaticScale;
use crate::changes::Changes;
use crate::command::{Situation, Views};
use crate::commands;
use crate::confirm::{Answer, Confirmation};
use crate::dialogs::Dialogs;
use crate::docks::{Docks, Panels};
use crate::key_hold::KeyHold;
use crate::keys::{self, KeyOwner, KeyResult};
use crate::language::Language;
use crate::look::{Look, Notice};
use crate::monitor;
use crate::palette::Palette;
use crate::panel::Panel;
use crate::panel_kind::PanelKind;
use crate::preview_look::PreviewRequest;
use crate::toasts::Toasts;
use crate::translations::Translations;
use crate::undo_report::UndoReport;
use crate::widgets::card::frame;
use crate::widgets::focus::{focus_ring, stay_in_dialog};
use crate::widgets::space::Column;
use crate::widgets::text::write;
use crate::{
    bus_monitor, dropped_files, recovery_card, start_card, status_line, theme, thumbnail_sheet,
    top_bar,
};

/// Heights of the bar and of the line at the bottom, at 100 %, in points.
const TOP: f32 = 36.0;
const STATUS: f32 = 24.0;

/// The desk and its state between frames.
pub struct Desk {
    words: Translations,
    arrangement: Arrangement,
    panels: Panels,
    views: Views,
    automatic_scale: AutomaticScale,
    toasts: Toasts,
    changes: Changes,
    dialogs: Dialogs,
    palette: Option<Palette>,
    ask: Option<Confirmation>,
    /// What a crash left behind was shown before; and whether it is shown now.
    recovery: (bool, bool),
    /// It is offered how to begin; what a crash left behind comes first.
    start: bool,
    /// Why a dialog was not opened: a key of the desk's words.
    refused: Option<&'static str>,
    /// An action that was confirmed and is to be done.
    answered: Option<Action>,
    /// The first keys are explained until something was done.
    hint: bool,
    was_arranged: bool,
    /// Esc was pressed while no control had the keyboard.
    escapes: bool,
    /// Whom the keys are for, as of this frame.
    keys: KeyOwner,
    key_hold: KeyHold,
    undo_report: UndoReport,
    /// A control had the keyboard in the frame before: egui takes it away on Esc before all else.
    was_focused: bool,
    /// A list, a menu or a picker was open in the frame before: Esc closes that first.
    had_popup: bool,
}

/// The settings a desk starts with.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// Its language.
    pub language: Language,
    /// Its panels as [`Desk::arrangement`] wrote them.
    pub arrangement: Option<String>,
    /// Safe areas on the monitors.
    pub safe_areas: bool,
    /// Names of sources on PVW.
    pub labels: bool,
    /// Size of everything, in percent, if one was chosen that is offered; else the screen decides.
    pub scale: Option<u32>,
    /// Pictures a second on the monitors.
    pub monitor_rate: u32,
    /// Whether the first keys are explained.
    pub hint: bool,
    /// Whether it is offered how to begin.
    pub start: bool,
}

impl Beginning {
    /// A new desk in this language.
    pub fn new(language: Language) -> Self {
        let (arrangement, safe_areas, labels, scale) = (None, true, true, None);
        Self {
            language,
            arrangement,
            safe_areas,
            labels,
            scale,
            monitor_rate: 13,
            hint: false,
            start: false,
        }
    }
}

impl Desk {
    /// A desk.
    pub fn new(beginning: Beginning) -> Self {
        let Beginning {
            language,
            arrangement,
            safe_areas,
            labels,
            scale,
            monitor_rate,
            hint,
            start,
        } = beginning;
        let kept = arrangement.as_deref().and_then(Arrangement::read);
        // Another size in the settings file could leave nothing to click at.
        let chosen = scale.filter(|scale| commands::SCALES.contains(scale));
        let scale = chosen.unwrap_or(100);
        let automatic_scale = match chosen {
            Some(_) => AutomaticScale::Done,
            None => AutomaticScale::Waiting,
        };
        Self {
            words: Translations::new(language),
            arrangement: kept.unwrap_or_else(Arrangement::new),
            panels: Panels::default(),
            views: Views { safe_areas, labels, monitor_rate, scale },
            automatic_scale,
            toasts: Toasts::default(),
            changes: Changes::default(),
            dialogs: Dialogs::default(),
            palette: None,
            ask: None,
            recovery: (false, false),
            start,
            refused: None,
            answered: None,
            hint,
            was_arranged: false,
            escapes: false,
            keys: KeyOwner::Switcher,
            key_hold: KeyHold::default(),
            undo_report: UndoReport::default(),
            was_focused: false,
            had_popup: false,
        }
    }

    /// Where the panels are, for the next desk; `None` if none was moved.
    pub fn arrangement(&self) -> Option<String> {
        self.arrangement.written()
    }

    /// Whether panels were moved since this was asked last.
    pub fn was_arranged(&mut self) -> bool {
        std::mem::take(&mut self.was_arranged)
    }

    /// Which picture of a source the dialog that is open wants to see; the answer is [`Look::preview`].
    pub fn preview(&self) -> Option<&PreviewRequest> {
        self.dialogs.preview()
    }

    /// Whether the first keys are still explained.
    pub fn hints(&self) -> bool {
        self.hint
    }

    /// Makes what the monitors need on this device; once, before the first frame.
    pub fn prepare(
        device: &wgpu::Device,
        target: wgpu::TextureFormat,
        resources: &mut CallbackResources,
    ) {
        monitor::prepare(device, target, resources);
        thumbnail_sheet::prepare(device, target, resources);
    }

    /// Has everything drawn in the size the desk begins with; once, before its first frame.
    pub fn size(&self, context: &egui::Context) {
        // egui's own zoom keys would take Ctrl+0 from the tenth scene.
        context.options_mut(|options| options.zoom_with_keyboard = false);
        context.set_zoom_factor(self.views.scale as f32 / 100.0);
    }

    /// Makes this panel panic when it is drawn next, to test that the others go on.
    pub fn rehearse(&mut self, part: PanelKind) {
        self.panels.rehearsed = Some(part);
    }

    /// Draws the desk and yields the actions that are not its own.
    pub fn draw(&mut self, ui: &mut Ui, look: &Look) -> Vec<Action> {
        if let Some(percent) = self.automatic_scale.follow(ui) {
            self.views.scale = percent;
            self.size(ui);
        }
        let words = std::mem::replace(&mut self.words, Translations::none());
        let changes = self.changes.follow(look);
        self.notify(&changes, look, &words);
        self.notify(&look.notices, look, &words);
        if let Some(reason) = self.refused.take() {
            self.notify(&[Notice::Error(reason, String::new())], look, &words);
        }
        let mut actions = Vec::new();
        // Esc goes first to what has the keyboard, then to what is open.
        let has_popup = egui::Popup::is_any_open(ui);
        let had_popup = std::mem::replace(&mut self.had_popup, has_popup) || has_popup;
        let had_control = had_popup || self.was_focused;
        self.escapes = !had_control && ui.input(|input| input.key_pressed(Key::Escape));
        self.was_focused = !keys::are_the_desks(ui);
        let situation = Situation { look, views: self.views, language: words.language() };
        let is_asking = self.ask.as_ref().is_some_and(Confirmation::is_modal);
        if let Some(file) = &look.foreign_file {
            self.ask = Some(Confirmation::save_over(file));
        }
        // It comes up by itself once, and stays in the menu.
        let is_left = look.recovery.is_some();
        self.recovery = (is_left, is_left && (self.recovery.1 || !self.recovery.0));
        let has_card = self.recovery.1 || self.start;
        let is_modal = self.palette.is_some() || is_asking || has_card || self.dialogs.is_open();
        for pressed in keys::pressed(ui, &situation, is_modal) {
            match pressed {
                KeyResult::Ask(action) => actions.push(action),
                KeyResult::Hold(command, key) => self.key_hold.begin(command, key),
                // Nothing went wrong, so it is said quietly.
                KeyResult::Refuse(reason) => {
                    self.notify(&[Notice::Done(reason, String::new())], look, &words);
                }
            }
        }
        self.keys = match (is_modal, keys::are_the_desks(ui)) {
            (true, _) => KeyOwner::Dialog,
            (false, true) => KeyOwner::Switcher,
            (false, false) => KeyOwner::Control,
        };
        let is_free = self.keys == KeyOwner::Switcher;
        actions.extend(self.key_hold.follow(ui, is_free, &situation));
        let undone = self.undo_report.follow(look, &words);
        self.notify(undone.as_slice(), look, &words);
        self.panels.pass_grips(ui);
        let is_over = self.dialogs.is_open() || self.ask.is_some() || has_card;
        if is_over && keys::are_the_desks(ui) {
            ui.memory_mut(|memory| memory.move_focus(egui::FocusDirection::None));
        }
        let whole = ui.max_rect();
        let panel = &mut Panel {
            look,
            words: &words,
            views: self.views,
            keys: self.keys,
            actions: &mut actions,
        };
        if let Some(which) = self.panels.alone {
            let overlays = &mut self.panels.overlays;
            let twice = bus_monitor::screen(ui, whole.shrink(3.0), which, overlays, panel);
            if twice || self.escapes {
                self.panels.alone = None;
            }
        } else {
            self.all(ui, whole, panel);
        }
        if self.dialogs.is_open() {
            stay_in_dialog(ui);
        }
        focus_ring(ui);
        self.words = words;
        self.undo_report.note(&actions, look);
        self.take_own(actions, ui, look)
    }

    fn all(&mut self, ui: &mut Ui, whole: Rect, panel: &mut Panel<'_>) {
        let mut column = Column::new(whole, vec2(0.0, 0.0));
        let bar = column.row(TOP).rest();
        let line = column.bottom_row(STATUS).rest();
        let rest = column.rest();
        for y in [bar.bottom(), line.top()] {
            let ends = [egui::pos2(whole.left(), y), egui::pos2(whole.right(), y)];
            ui.painter().line_segment(ends, theme::line(theme::GROUND));
        }
        top_bar::draw(ui, bar, panel);
        status_line::draw(ui, line, panel);
        let raster = panel.look.snapshot.show.format.raster.size();
        self.panels.overlays.safe_areas[0] = self.views.safe_areas;
        self.panels.overlays.labels[0] = self.views.labels;
        let docks = &mut Docks { panels: &mut self.panels, panel, moved: false };
        let builder = egui::UiBuilder::new().max_rect(rest.shrink2(vec2(0.0, 1.0)));
        let arrangement = &mut self.arrangement;
        ui.scope_builder(builder, |ui| arrangement.draw(ui, raster, docks));
        if docks.moved {
            arrangement.moved();
            self.was_arranged = true;
        }
        let refused = dropped_files::draw(ui, rest, panel);
        self.notify(&refused, panel.look, panel.words);
        self.over(ui, (whole, line), panel);
        self.say_hint(ui, line, panel);
        let asked = self.toasts.draw(ui, line);
        panel.actions.extend(asked);
        self.toasts.draw(ui, line);
        self.key_hold.draw(ui, line, panel.words, &panel.situation());
    }

    /// Draws the dialog, the palette and the confirmation over the panels.
    fn over(&mut self, ui: &mut Ui, (whole, line): (Rect, Rect), panel: &mut Panel<'_>) {
        let top = self.arrangement.lower_edge(whole);
        let inside = whole.with_min_y(top).with_max_y(line.top() - 1.0);
        let had_palette = self.palette.is_some();
        let is_under = had_palette || self.ask.is_some() || self.recovery.1 || self.start;
        self.dialogs.draw(ui, (inside, whole), self.escapes && !is_under, panel);
        if let Some(palette) = &mut self.palette
            && !palette.draw(ui, panel)
        {
            self.palette = None;
        }
        if let Some(left) = &panel.look.recovery
            && self.recovery.1
            && self.ask.is_none()
        {
            self.recovery.1 = recovery_card::draw(ui, whole, left, panel);
        }
        let is_free = !had_palette && self.ask.is_none() && !self.recovery.1;
        if self.start && is_free {
            self.start = start_card::draw(ui, inside, panel);
        }
        let answer = self.ask.as_mut().map_or(Answer::Pending, |ask| ask.draw(ui, whole, panel));
        match answer {
            Answer::Pending => {}
            Answer::Cancelled => self.ask = None,
            Answer::Confirmed => self.answered = self.ask.take().map(Confirmation::action),
        }
    }

    fn notify(&mut self, notices: &[Notice], look: &Look, words: &Translations) {
        for notice in notices {
            let said = words.notice(notice, &look.snapshot.show);
            self.panels.log.add(&look.status.clock, notice, &said);
            let offer = match notice {
                Notice::LogOnly(..) => continue,
                Notice::Recorded(_, file) => {
                    Some((words.get("show-in-folder"), Action::ShowInFolder(file.clone())))
                }
                _ => None,
            };
            self.toasts.show(said, notice.is_wrong(), offer);
        }
    }

    fn say_hint(&mut self, ui: &Ui, line: Rect, panel: &Panel<'_>) {
        if !self.hint || self.dialogs.is_open() || self.start {
            return;
        }
        self.hint = !panel.actions.iter().any(|action| action.command().is_some());
        let centre = egui::pos2(line.center().x, line.top() - 22.0);
        let place = Rect::from_center_size(centre, vec2(line.width().min(620.0), 30.0));
        frame(ui, place, theme::OPTION, theme::OPTION_LINE);
        let said = panel.words.get("hint");
        let at = egui::Align2::CENTER_CENTER;
        write(ui, place.shrink(8.0), at, &said, (theme::BODY, theme::TEXT));
    }
}
