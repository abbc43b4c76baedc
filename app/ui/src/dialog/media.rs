//! The dialog of a source: a new one, or another origin for an existing one.

use std::path::Path;

use egui::{RichText, Ui, Vec2, vec2};
use show::{Colour, FileEnd, PlayFile, Show, SourceId, SourceKind, Start, WhenHidden};

use crate::action::{Action, FilePurpose, OpenDialog};
use crate::dialog::device_choice::{CameraChoice, MicrophoneChoice, first_microphone};
use crate::dialog::film_end;
use crate::dialog::list_choice::ListChoice;
use crate::dialog::live_address;
use crate::dialog::media_preview::MediaPreview;
use crate::dialog::new_items::free_uid;
use crate::dialog::pattern_choice::PatternChoice;
use crate::dialog::screen_choice::ScreenChoice;
use crate::dialog::state::DialogState;
use crate::dialog::track_choice;
use crate::film_look::TrackLook;
use crate::look::Look;
use crate::panel::Panel;
use crate::path_field::PathField;
use crate::preview_look::PreviewRequest;
use crate::theme;
use crate::widgets::form::{FieldFaults, Form};

mod edits;

/// Where a source comes from, as the dialog lists it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MediaKind {
    Camera,
    Microphone,
    Live,
    Screen,
    /// The common case.
    #[default]
    File,
    Picture,
    List,
    Colour,
    Pattern,
}

const KINDS: [(MediaKind, &str); 9] = [
    (MediaKind::Camera, "media-camera"),
    (MediaKind::Microphone, "media-microphone"),
    (MediaKind::Live, "media-live"),
    (MediaKind::Screen, "media-screen"),
    (MediaKind::File, "media-file"),
    (MediaKind::Picture, "media-picture"),
    (MediaKind::List, "media-list"),
    (MediaKind::Colour, "media-colour"),
    (MediaKind::Pattern, "media-pattern"),
];

/// How large the button of a kind is.
const KIND: Vec2 = vec2(124.0, 26.0);
/// How wide its rows are.
const ROWS: f32 = 456.0;

/// The dialog.
#[derive(Clone)]
pub struct MediaDialog {
    /// The source that is edited; `None` for a new one.
    of: Option<SourceId>,
    kind: MediaKind,
    /// Its first line of text gets the keyboard.
    wants_focus: bool,
    name: String,
    /// The name it suggests; it follows the origin until another is typed.
    suggested: String,
    uid: String,
    url: String,
    latency_millis: u32,
    camera: CameraChoice,
    microphone: MicrophoneChoice,
    screen: ScreenChoice,
    film: PathField,
    picture: PathField,
    list: ListChoice,
    end: FileEnd,
    on_take: bool,
    hidden: WhenHidden,
    track: Option<u32>,
    in_seconds: f64,
    out_seconds: f64,
    pattern: PatternChoice,
    colour: Colour,
    preview: MediaPreview,
}

impl MediaDialog {
    /// For a new source.
    pub fn add(panel: &Panel<'_>) -> Self {
        let show = &panel.look.snapshot.show;
        let name =
            panel.words.with("source-number", "number", (show.sources.len() + 1).to_string());
        Self {
            of: None,
            kind: MediaKind::default(),
            wants_focus: true,
            suggested: name.clone(),
            name,
            uid: free_uid(show),
            url: String::new(),
            latency_millis: 200,
            camera: CameraChoice::default(),
            microphone: MicrophoneChoice::default(),
            screen: ScreenChoice::default(),
            film: PathField::new(FilePurpose::Media, None),
            picture: PathField::new(FilePurpose::Picture, None),
            list: ListChoice::default(),
            end: FileEnd::Once,
            on_take: true,
            hidden: WhenHidden::default(),
            track: None,
            in_seconds: 0.0,
            out_seconds: 0.0,
            pattern: PatternChoice::default(),
            colour: Colour::rgb(0x1c, 0x3a, 0x5f),
            preview: MediaPreview::default(),
        }
    }

    /// For an existing one.
    pub fn edit(show: &Show, id: SourceId) -> Option<Self> {
        let source = show.source(id)?;
        let path = source.asset().and_then(|id| show.asset(id)).map(|asset| Path::new(&asset.path));
        let mut media = Self {
            of: Some(id),
            kind: MediaKind::Pattern,
            wants_focus: false,
            name: source.name.clone(),
            suggested: String::new(),
            uid: source.uid.clone(),
            url: String::new(),
            latency_millis: 200,
            camera: CameraChoice::default(),
            microphone: MicrophoneChoice::default(),
            screen: ScreenChoice::default(),
            film: PathField::new(FilePurpose::Media, path),
            picture: PathField::new(FilePurpose::Picture, path),
            list: ListChoice::default(),
            end: FileEnd::Once,
            on_take: true,
            hidden: WhenHidden::default(),
            track: None,
            in_seconds: 0.0,
            out_seconds: 0.0,
            pattern: PatternChoice::default(),
            colour: Colour::BLACK,
            preview: MediaPreview::default(),
        };
        match &source.kind {
            SourceKind::TestPattern { tag } => media.pattern = PatternChoice::moving(*tag),
            SourceKind::StandardPattern(pattern) => {
                media.pattern = PatternChoice::standard(*pattern);
            }
            SourceKind::Live { url, latency_millis } => {
                media.kind = MediaKind::Live;
                media.url.clone_from(url);
                media.latency_millis = *latency_millis;
            }
            SourceKind::Camera(camera) => {
                media.kind = MediaKind::Camera;
                media.camera = CameraChoice::of(camera);
            }
            SourceKind::Microphone(microphone) => {
                media.kind = MediaKind::Microphone;
                media.microphone = MicrophoneChoice::of(microphone);
            }
            SourceKind::Screen(screen) => {
                media.kind = MediaKind::Screen;
                media.screen = ScreenChoice::of(screen);
            }
            SourceKind::File(play) => {
                media.kind = MediaKind::File;
                media.end = play.end;
                media.on_take = play.starts() == Start::OnTake;
                media.hidden = play.hidden;
                media.track = play.track;
                media.in_seconds = play.in_millis as f64 / 1_000.0;
                media.out_seconds = play.out_millis.unwrap_or(0) as f64 / 1_000.0;
            }
            SourceKind::List(list) => {
                media.kind = MediaKind::List;
                media.list = ListChoice::of(list, show);
            }
            SourceKind::Still { .. } => media.kind = MediaKind::Picture,
            SourceKind::Colour { colour } => {
                media.kind = MediaKind::Colour;
                media.colour = *colour;
            }
        }
        Some(media)
    }

    /// Which kind of origin it shows.
    pub fn kind(&self) -> MediaKind {
        self.kind
    }

    /// The picture that it wants to see.
    pub fn preview(&self) -> Option<&PreviewRequest> {
        self.preview.request()
    }

    /// Turns to a kind of origin, if it is a new source.
    pub fn turn_to(&mut self, kind: MediaKind) {
        if self.of.is_none() {
            self.kind = kind;
        }
    }

    /// Whether something was entered; to look at another kind is not.
    pub fn has_work(&self, new: &Self, show: &Show) -> bool {
        let all = |media: &Self| (media.of_kind(self.kind).edits(show), media.uid.clone());
        all(self) != all(new)
    }

    fn of_kind(&self, kind: MediaKind) -> Self {
        Self { kind, ..self.clone() }
    }

    /// The key of its title.
    pub fn title(&self) -> &'static str {
        if self.of.is_some() { "edit-media" } else { "add-media" }
    }

    /// Draws it.
    pub fn fill(&mut self, ui: &mut Ui, panel: &mut Panel<'_>) -> DialogState {
        let show = &panel.look.snapshot.show;
        let edits = self.edits(show);
        let mut faults = FieldFaults::of(show, &edits);
        if self.url.is_empty() {
            // An empty URL is not wrong yet.
            faults = faults.without("url");
        }
        if !self.list.has_files() {
            faults = faults.without("files");
        }
        let words = panel.words;
        let form = Form::new(words, &faults);
        // In the frame of a click elsewhere a line of text would lose it again.
        let wants_focus = std::mem::take(&mut self.wants_focus);
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| {
                ui.set_width(128.0);
                // All of them and the way to the source's settings are no higher than a form.
                ui.spacing_mut().item_spacing.y = 2.0;
                for (kind, key) in KINDS {
                    let label = egui::Button::selectable(self.kind == kind, words.get(key));
                    if ui.add(label.min_size(KIND)).clicked() {
                        self.kind = kind;
                        self.wants_focus = true;
                        ui.request_repaint();
                    }
                }
                self.settings_button(ui, panel);
            });
            ui.vertical(|ui| {
                ui.set_width(ROWS);
                self.rows(ui, &form, wants_focus, panel);
            });
            let is_whole = faults.is_empty() && self.has_origin();
            let chosen = (edits.as_slice(), self.of);
            ui.vertical(|ui| self.preview.draw(ui, chosen, is_whole, panel));
        });
        let is_ready = faults.is_empty() && self.has_origin();
        let key = if self.of.is_some() { "apply" } else { "add" };
        if form.confirm(ui, key, is_ready) {
            panel.actions.push(self.asked(edits));
            return DialogState::Closed;
        }
        DialogState::Open
    }

    fn rows(&mut self, ui: &mut Ui, form: &Form<'_>, wants_focus: bool, panel: &mut Panel<'_>) {
        let (look, actions) = (panel.look, &mut *panel.actions);
        match self.kind {
            MediaKind::Camera => {
                let microphone = first_microphone(look).filter(|_| self.of.is_none());
                let name = self.camera.rows(ui, form, (look, microphone), actions);
                name.iter().for_each(|name| self.suggest(name));
            }
            MediaKind::Microphone => {
                let name = self.microphone.rows(ui, form, look, actions);
                name.iter().for_each(|name| self.suggest(name));
            }
            MediaKind::Live => {
                live_address::rows(ui, form, &mut self.url, wants_focus);
                let row = ("latency", "latency");
                form.number(ui, row, &mut self.latency_millis, 0..=5_000, "ms");
            }
            MediaKind::Screen => {
                if let Some(name) = self.screen.rows(ui, form, look, actions) {
                    self.suggest(&name);
                }
            }
            MediaKind::File => {
                if wants_focus {
                    self.film.focus();
                }
                if self.film.row(ui, (form, "path", "path"), look, actions) {
                    self.suggest_from(self.film.text().to_owned());
                    // The tracks of another file are others.
                    self.track = None;
                }
                let play = (&mut self.end, &mut self.on_take);
                film_end::rows(ui, form, play, &look.snapshot.show);
                if !self.on_take {
                    let pause = (WhenHidden::Pause, form.words.get("hidden-pause"));
                    let play_on = (WhenHidden::PlayOn, form.words.get("hidden-play-on"));
                    form.choice(ui, "when-hidden", &mut self.hidden, &[pause, play_on]);
                }
                let tracks = self.tracks(look);
                if !tracks.is_empty() || self.track.is_some() {
                    track_choice::row(ui, form, &mut self.track, tracks);
                }
                let longest = PlayFile::MAX_MILLIS as f64 / 1_000.0;
                form.number(ui, ("in-point", "in point"), &mut self.in_seconds, 0.0..=longest, "s");
                let row = ("out-point", "out point");
                let unit = form.words.get("out-point-unit");
                form.number(ui, row, &mut self.out_seconds, 0.0..=longest, &unit);
            }
            MediaKind::Picture => {
                if wants_focus {
                    self.picture.focus();
                }
                if self.picture.row(ui, (form, "path", "path"), look, actions) {
                    self.suggest_from(self.picture.text().to_owned());
                }
            }
            MediaKind::List => {
                if self.list.rows(ui, form, (look, wants_focus), actions)
                    && let Some(name) = self.list.name()
                {
                    self.suggest(&name);
                }
            }
            MediaKind::Colour => {
                form.colour(ui, "colour", &mut self.colour);
            }
            MediaKind::Pattern => self.pattern.rows(ui, form),
        }
        form.text(ui, "name", "name", &mut self.name);
        form.text(ui, "uid", "uid", &mut self.uid);
    }

    /// The way to what else is set of the source that is edited.
    fn settings_button(&self, ui: &mut Ui, panel: &mut Panel<'_>) {
        let source = self.of.and_then(|id| panel.look.snapshot.show.source(id));
        let Some(source) = source.filter(|source| source.has_settings()) else { return };
        let words = panel.words;
        // In one line beside the kinds.
        let label = RichText::new(words.get("source-settings")).size(theme::DETAIL);
        let button = egui::Button::new(label).min_size(KIND);
        if ui.add(button).on_hover_text(words.get("source-settings-tip")).clicked() {
            panel.actions.push(Action::Open(OpenDialog::SourceSettings(source.id)));
        }
    }

    /// The sound tracks of its file, if they are known: those of the source that is edited, unless it gets another file.
    fn tracks<'a>(&self, look: &'a Look) -> &'a [TrackLook] {
        let show = &look.snapshot.show;
        let source = self.of.and_then(|id| show.source(id));
        let asset = source.and_then(|source| show.asset(source.asset()?));
        let is_same = asset.is_some_and(|asset| asset.path == self.film.text());
        let known = self.of.filter(|_| is_same).and_then(|id| look.tracks.get(&id));
        known.map_or(&[], Vec::as_slice)
    }

    /// A file suggests its name until another is typed.
    fn suggest_from(&mut self, path: String) {
        if let Some(stem) = Path::new(&path).file_stem() {
            self.suggest(&stem.to_string_lossy());
        }
    }

    fn suggest(&mut self, name: &str) {
        if self.name == self.suggested {
            self.suggested = name.chars().take(100).collect();
            self.name.clone_from(&self.suggested);
        }
    }

    /// Whether it is said where it comes from.
    fn has_origin(&self) -> bool {
        match self.kind {
            MediaKind::Camera => self.camera.source().is_some(),
            MediaKind::Microphone => self.microphone.source().is_some(),
            MediaKind::Live => !self.url.trim().is_empty(),
            MediaKind::File => self.film.path().is_some(),
            MediaKind::Picture => self.picture.path().is_some(),
            MediaKind::List => self.list.has_files(),
            MediaKind::Screen | MediaKind::Colour | MediaKind::Pattern => true,
        }
    }
}
