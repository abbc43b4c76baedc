//! The settings of a source. Each change is made at once, and is seen and heard wherever the source is.

use std::ops::RangeInclusive;

use egui::{Button, RichText, Role, Slider, Ui, WidgetInfo, vec2};
use show::{
    ChromaKey, ColourMatrix, ColourRange, Crop, Deinterlace, Edit, Pace, PictureSettings, Rotation,
    SoundChannels, Source, SourceId, SourceKind, SourceSettings,
};

use crate::action::{Action, OpenDialog};
use crate::dialog::settings_picture::{PictureUse, SettingsPicture};
use crate::dialog::state::DialogState;
use crate::panel::Panel;
use crate::preview_look::PreviewRequest;
use crate::source_delay;
use crate::theme;
use crate::translations::Translations;
use crate::widgets::form::{FieldFaults, Form};
use crate::widgets::section::explain;

/// For how many frames what was asked is shown although the show is still another.
const PATIENCE: u64 = 50;
/// How wide a slider is, without its number.
const SLIDER: f32 = 150.0;
/// How wide the rows of a page are, and how large what chooses one is.
const ROWS: f32 = 416.0;
const PAGE: egui::Vec2 = vec2(124.0, 28.0);

/// A page of the dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    Picture,
    Colour,
    Key,
    Timing,
    Decoding,
}

const PAGES: [(Page, &str); 5] = [
    (Page::Picture, "set-picture"),
    (Page::Colour, "set-colour"),
    (Page::Key, "set-key"),
    (Page::Timing, "set-timing"),
    (Page::Decoding, "set-decoding"),
];

/// The dialog.
pub struct SourceSettingsDialog {
    id: SourceId,
    /// Its source's name.
    name: String,
    page: Page,
    /// What was asked and is not in the show yet, and since which frame.
    asked: Option<(SourceSettings, u64)>,
    /// What is keyed when the key is switched on again.
    key: ChromaKey,
    /// Its source's picture.
    picture: SettingsPicture,
}

impl SourceSettingsDialog {
    /// For this source.
    pub fn new(source: &Source) -> Self {
        let key = source.settings.picture.key.unwrap_or_default();
        let name = source.name.clone();
        Self {
            id: source.id,
            name,
            page: Page::Picture,
            asked: None,
            key,
            picture: SettingsPicture::default(),
        }
    }

    /// The picture that it wants to see.
    pub fn preview(&self) -> Option<&PreviewRequest> {
        self.picture.request()
    }

    /// Its title.
    pub fn title(&self, words: &Translations) -> String {
        words.with("source-settings-of", "name", self.name.as_str())
    }

    /// The number of the page it shows.
    pub fn page(&self) -> usize {
        self.page as usize
    }

    /// Draws it.
    pub fn fill(&mut self, ui: &mut Ui, panel: &mut Panel<'_>) -> DialogState {
        let show = &panel.look.snapshot.show;
        let Some(source) = show.source(self.id) else { return DialogState::Closed };
        self.name.clone_from(&source.name);
        let next = panel.look.frame.0;
        let is_there = |(asked, frame): &(SourceSettings, u64)| {
            *asked == source.settings || next > frame + PATIENCE
        };
        self.asked = self.asked.take().filter(|asked| !is_there(asked));
        let before = self.asked.as_ref().map_or(source.settings, |(asked, _)| *asked);
        let (mut now, none) = (before, FieldFaults::default());
        let form = Form::new(panel.words, &none);
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| self.pages(ui, source, panel));
            ui.vertical(|ui| {
                ui.set_width(ROWS);
                match self.page {
                    Page::Picture => picture_rows(ui, &form, &mut now.picture),
                    Page::Colour => colour_rows(ui, &form, source, &mut now.picture),
                    Page::Key => self.key_rows(ui, &form, &mut now.picture),
                    Page::Timing => timing_rows(ui, &form, source, &mut now, panel),
                    Page::Decoding => decoding_rows(ui, &form, source, &mut now, panel),
                }
            });
            let shown = match self.page {
                Page::Picture => PictureUse::Crop,
                Page::Key => PictureUse::Key,
                _ => PictureUse::Seen,
            };
            let picture = (source, &mut now.picture);
            ui.vertical(|ui| self.picture.draw(ui, picture, shown, panel));
        });
        if now != before {
            let edit = Edit::Settings(self.id, now);
            // What cannot be is not asked.
            if FieldFaults::of(show, std::slice::from_ref(&edit)).is_empty() {
                panel.actions.push(Action::Adjust(Box::new(edit)));
                self.asked = Some((now, next));
            }
        }
        DialogState::Open
    }

    /// What chooses a page, and the way to the source's name and address.
    fn pages(&mut self, ui: &mut Ui, source: &Source, panel: &mut Panel<'_>) {
        ui.set_width(128.0);
        let words = panel.words;
        for (page, key) in PAGES.into_iter().filter(|(page, _)| has_page(source, *page)) {
            let label = Button::selectable(self.page == page, words.get(key));
            if ui.add(label.min_size(PAGE)).clicked() && self.page != page {
                self.page = page;
                self.picture.stop();
            }
        }
        let label = RichText::new(words.get("set-origin")).size(theme::DETAIL);
        let button = ui.add(Button::new(label).min_size(PAGE));
        if button.on_hover_text(words.get("set-origin-tip")).clicked() {
            panel.actions.push(Action::Open(OpenDialog::Edit(self.id.into())));
        }
    }

    fn key_rows(&mut self, ui: &mut Ui, form: &Form<'_>, picture: &mut PictureSettings) {
        let mut is_on = picture.key.is_some();
        form.check(ui, "set-key-on", &mut is_on);
        if let Some(key) = picture.key {
            self.key = key;
        }
        picture.key = is_on.then_some(self.key);
        if !is_on {
            self.picture.stop();
        }
        let Some(key) = &mut picture.key else {
            explain(ui, &form.words.get("set-key-why"));
            return;
        };
        let default = ChromaKey::default();
        form.colour(ui, "set-key-colour", &mut key.colour);
        // How opaque it is does not count.
        key.colour.a = 255;
        self.picture.eyedropper_row(ui, form, key);
        let rows = [
            ("set-similarity", &mut key.similarity, default.similarity),
            ("set-smoothness", &mut key.smoothness, default.smoothness),
            ("set-spill", &mut key.spill, default.spill),
        ];
        for (name, value, default) in rows {
            percent(ui, form, name, (value, default), 0.0..=100.0);
        }
    }
}

/// Whether a page has anything that can be set for this source.
fn has_page(source: &Source, page: Page) -> bool {
    let nature = source.kind.nature();
    match page {
        Page::Picture | Page::Colour | Page::Key => true,
        Page::Timing => nature.pace != Pace::Composed,
        // What is generated or captured is not decoded.
        Page::Decoding => matches!(nature.pace, Pace::Pulled | Pace::Pushed { .. }),
    }
}

fn picture_rows(ui: &mut Ui, form: &Form<'_>, picture: &mut PictureSettings) {
    let turns = [
        (Rotation::None, "0°"),
        (Rotation::Right, "90°"),
        (Rotation::Half, "180°"),
        (Rotation::Left, "270°"),
    ];
    let turns = turns.map(|(turn, name)| (turn, name.to_owned()));
    form.choice(ui, "set-rotation", &mut picture.rotation, &turns);
    form.check(ui, "set-mirror", &mut picture.mirror);
    form.check(ui, "set-flip", &mut picture.flip);
    let before = picture.crop;
    let Crop { left, top, right, bottom } = &mut picture.crop;
    // What is left is at least a hundredth.
    let sides = [
        ("set-crop-left", left, before.right),
        ("set-crop-right", right, before.left),
        ("set-crop-top", top, before.bottom),
        ("set-crop-bottom", bottom, before.top),
    ];
    for (name, value, other) in sides {
        percent(ui, form, name, (value, 0.0), 0.0..=(99.0 - other * 100.0).max(0.0));
    }
}

fn colour_rows(ui: &mut Ui, form: &Form<'_>, source: &Source, picture: &mut PictureSettings) {
    let PictureSettings { brightness, contrast, saturation, gamma, range, matrix, .. } = picture;
    percent(ui, form, "set-brightness", (brightness, 0.0), -100.0..=100.0);
    percent(ui, form, "set-contrast", (contrast, 1.0), 0.0..=200.0);
    percent(ui, form, "set-saturation", (saturation, 1.0), 0.0..=300.0);
    slider(ui, form, "set-gamma", (gamma, 1.0), (0.25..=4.0, ""));
    // A still is R'G'B', which has neither.
    if matches!(source.kind, SourceKind::Still { .. }) {
        return;
    }
    let automatic = form.words.get("set-automatic");
    let ranges = [
        (None, automatic.clone()),
        (Some(ColourRange::Limited), form.words.get("set-range-limited")),
        (Some(ColourRange::Full), form.words.get("set-range-full")),
    ];
    form.choice(ui, "set-range", range, &ranges);
    let matrices = [
        (None, automatic),
        (Some(ColourMatrix::Bt601), "BT.601".to_owned()),
        (Some(ColourMatrix::Bt709), "BT.709".to_owned()),
    ];
    form.choice(ui, "set-matrix", matrix, &matrices);
}

fn timing_rows(
    ui: &mut Ui,
    form: &Form<'_>,
    source: &Source,
    now: &mut SourceSettings,
    panel: &Panel<'_>,
) {
    millis(ui, form, "set-picture-delay", &mut now.picture_delay_millis);
    let known = panel.look.sources.get(&source.id);
    match known.and_then(|known| source_delay::message(known, form.words)) {
        Some((said, _)) => explain(ui, &said),
        None => explain(ui, &form.words.get("set-picture-delay-why")),
    }
    if !source.has_audio() {
        return;
    }
    millis(ui, form, "set-sound-delay", &mut now.sound_delay_millis);
    let channels = [
        (SoundChannels::Stereo, "set-channels-stereo"),
        (SoundChannels::Left, "set-channels-left"),
        (SoundChannels::Right, "set-channels-right"),
        (SoundChannels::Mono, "set-channels-mono"),
        (SoundChannels::Swapped, "set-channels-swapped"),
    ];
    let channels = channels.map(|(channels, key)| (channels, form.words.get(key)));
    form.choice(ui, "set-channels", &mut now.channels, &channels);
}

fn decoding_rows(
    ui: &mut Ui,
    form: &Form<'_>,
    source: &Source,
    now: &mut SourceSettings,
    panel: &Panel<'_>,
) {
    if matches!(source.kind.nature().pace, Pace::Pushed { .. }) {
        form.check(ui, "set-rests", &mut now.decoding.rests);
        explain(ui, &form.words.get("set-rests-why"));
    }
    let fields = [
        (Deinterlace::Auto, "set-automatic"),
        (Deinterlace::Off, "set-fields-off"),
        (Deinterlace::Always, "set-fields-always"),
    ];
    let fields = fields.map(|(fields, key)| (fields, form.words.get(key)));
    form.choice(ui, "set-fields", &mut now.decoding.deinterlace, &fields);
    let has_hardware = panel.look.has_hardware_decoders;
    let mut uses_hardware = !now.decoding.software;
    ui.add_enabled_ui(has_hardware || now.decoding.software, |ui| {
        form.check(ui, "set-hardware", &mut uses_hardware);
    });
    now.decoding.software = !uses_hardware;
    if !has_hardware {
        explain(ui, &form.words.get("set-no-hardware"));
    }
    explain(ui, &form.words.get("set-decoding-why"));
}

/// A part of a whole, in percent.
fn percent(
    ui: &mut Ui,
    form: &Form<'_>,
    key: &str,
    (part, default): (&mut f64, f64),
    range: RangeInclusive<f64>,
) {
    let (mut shown, before) = (*part * 100.0, *part * 100.0);
    slider(ui, form, key, (&mut shown, default * 100.0), (range, "%"));
    // What was not moved is not rounded.
    if shown != before {
        *part = shown / 100.0;
    }
}

fn millis(ui: &mut Ui, form: &Form<'_>, key: &str, value: &mut u32) {
    let (mut shown, most) = (f64::from(*value), f64::from(SourceSettings::MAX_DELAY_MILLIS));
    slider(ui, form, key, (&mut shown, 0.0), (0.0..=most, "ms"));
    *value = shown.round() as u32;
}

/// A value on its range, with its unit, and a button that puts it back.
fn slider(
    ui: &mut Ui,
    form: &Form<'_>,
    key: &str,
    (value, default): (&mut f64, f64),
    (range, unit): (RangeInclusive<f64>, &str),
) {
    let decimals = if unit.is_empty() { 2 } else { 0 };
    let reset = form.words.with("set-reset", "name", form.words.get(key));
    ui.horizontal(|ui| {
        ui.spacing_mut().slider_width = SLIDER;
        let suffix = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        form.row(ui, key, "", |ui| {
            let slider = Slider::new(value, range).suffix(suffix);
            let slider = match unit {
                // A crop that was dragged lies between two percents.
                "%" => slider.max_decimals(1).custom_formatter(|value, _| tenths(value)),
                _ => slider.fixed_decimals(decimals),
            };
            // What has no unit is a power: its default is in the middle.
            ui.add(slider.logarithmic(unit.is_empty()))
        });
        let is_set = *value != default;
        let button = Button::new("↺").min_size(vec2(theme::TARGET, theme::TARGET));
        let response = ui.add_enabled(is_set, button);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, is_set, &reset));
        if response.clicked() {
            *value = default;
        }
        response.on_hover_text(reset);
    });
}

/// A number with its tenths, if it has any.
fn tenths(value: f64) -> String {
    let tenths = (value * 10.0).round();
    let decimals = usize::from(tenths % 10.0 != 0.0);
    format!("{:.decimals$}", tenths / 10.0)
}
