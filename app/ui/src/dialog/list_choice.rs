//! Which files a list plays, and how.

use std::path::Path;

use egui::{Button, RichText, ScrollArea, Ui, vec2};
use show::file_kind::{self, FileKind};
use show::{
    Asset, AssetId, AssetKind, Edit, FileEnd, Item, PlayList, Show, SourceKind, Start, WhenHidden,
};

use crate::action::{Action, FilePurpose};
use crate::dialog::film_end;
use crate::look::{Chosen, Look};
use crate::path_field::PathField;
use crate::reason::Reason;
use crate::theme;
use crate::widgets::form::Form;

/// How high the list of files is, and how wide.
const LIST: (f32, f32) = (84.0, 396.0);
/// How wide the button of a row is.
const BUTTON: f32 = 26.0;

/// What is chosen.
#[derive(Clone)]
pub struct ListChoice {
    files: Vec<(AssetKind, String)>,
    /// What is typed to be added.
    typed: PathField,
    end: FileEnd,
    on_take: bool,
    hidden: WhenHidden,
    picture_seconds: f64,
    /// Why there is no file chooser, once that was tried.
    no_dialog: Option<Reason>,
    /// The frame on which the last choice of the file chooser was taken.
    taken: Option<u64>,
}

impl Default for ListChoice {
    fn default() -> Self {
        Self {
            files: Vec::new(),
            typed: PathField::new(FilePurpose::OneOfList, None),
            end: FileEnd::Loop,
            on_take: false,
            hidden: WhenHidden::default(),
            picture_seconds: f64::from(PlayList::DEFAULT_PICTURE_MILLIS) / 1_000.0,
            no_dialog: None,
            taken: None,
        }
    }
}

/// A change of the files.
enum Change {
    Up(usize),
    Down(usize),
    Remove(usize),
}

impl ListChoice {
    /// What a list of the show plays.
    pub fn of(list: &PlayList, show: &Show) -> Self {
        let assets = list.assets.iter().filter_map(|id| show.asset(*id));
        Self {
            files: assets.map(|asset| (asset.kind, asset.path.clone())).collect(),
            end: list.end,
            on_take: list.starts() == Start::OnTake,
            hidden: list.hidden,
            picture_seconds: f64::from(list.picture_millis) / 1_000.0,
            ..Self::default()
        }
    }

    /// Whether there is anything to play.
    pub fn has_files(&self) -> bool {
        !self.files.is_empty()
    }

    /// What it suggests to be called: its folder, or its first file.
    pub fn name(&self) -> Option<String> {
        let (_, path) = self.files.first()?;
        let name = Path::new(path.trim_end_matches('/')).file_stem()?;
        Some(name.to_string_lossy().into_owned())
    }

    /// Draws its rows; true when other files come first.
    pub fn rows(
        &mut self,
        ui: &mut Ui,
        form: &Form<'_>,
        (look, wants_focus): (&Look, bool),
        actions: &mut Vec<Action>,
    ) -> bool {
        let before = self.files.first().cloned();
        self.listen(ui, look);
        self.list(ui, form);
        if wants_focus {
            self.typed.focus();
        }
        let words = form.words;
        self.typed.row(ui, (form, "list-add", "files"), look, actions);
        ui.horizontal(|ui| {
            ui.add_space(crate::widgets::field::NAME + theme::STEP);
            let typed = self.typed_file();
            let add = ui.add_enabled(typed.is_some(), Button::new(words.get("list-add-typed")));
            if let Some(file) = typed.filter(|_| add.clicked()) {
                self.files.push(file);
                self.files.truncate(PlayList::MAX);
                self.typed = PathField::new(FilePurpose::OneOfList, None);
            }
            for (key, what) in
                [("list-files", FilePurpose::ListFiles), ("list-folder", FilePurpose::ListFolder)]
            {
                if ui.button(words.get(key)).clicked() {
                    actions.push(Action::Browse(what));
                }
            }
        });
        if let Some(reason) = &self.no_dialog {
            let said = words.with("no-dialog", "reason", words.reason(reason));
            ui.label(RichText::new(said).size(theme::DETAIL).color(theme::ATTENTION));
        }
        let play = (&mut self.end, &mut self.on_take);
        film_end::rows(ui, form, play, &look.snapshot.show);
        if !self.on_take {
            let pause = (WhenHidden::Pause, words.get("hidden-pause"));
            let play_on = (WhenHidden::PlayOn, words.get("hidden-play-on"));
            form.choice(ui, "when-hidden", &mut self.hidden, &[pause, play_on]);
        }
        let (least, most) = PlayList::PICTURE_MILLIS;
        let range = f64::from(least) / 1_000.0..=f64::from(most) / 1_000.0;
        let row = ("list-picture-time", "time of a picture");
        form.number(ui, row, &mut self.picture_seconds, range, "s");
        self.files.first() != before.as_ref()
    }

    /// The files, in their order.
    fn list(&mut self, ui: &mut Ui, form: &Form<'_>) {
        let words = form.words;
        let mut change = None;
        ScrollArea::vertical().max_height(LIST.0).min_scrolled_height(LIST.0).show(ui, |ui| {
            ui.set_width(LIST.1);
            if self.files.is_empty() {
                ui.label(RichText::new(words.get("list-empty")).size(theme::DETAIL));
            }
            let last = self.files.len().saturating_sub(1);
            for (at, (kind, path)) in self.files.iter().enumerate() {
                ui.horizontal(|ui| {
                    let name = shown(*kind, path);
                    let room = LIST.1 - 3.0 * (BUTTON + 8.0) - 16.0;
                    ui.allocate_ui(vec2(room, 20.0), |ui| {
                        ui.set_min_width(room);
                        let label = egui::Label::new(format!("{}. {name}", at + 1)).truncate();
                        ui.add(label).on_hover_text(path);
                    });
                    let mut button = |sign: &str, key: &str, is_on: bool| {
                        let button = Button::new(sign).min_size(vec2(BUTTON, 20.0));
                        let said = words.with(key, "name", name.as_str());
                        let response = ui.add_enabled(is_on, button).on_hover_text(&said);
                        response.widget_info(|| {
                            egui::WidgetInfo::labeled(egui::Role::Button, is_on, &said)
                        });
                        response.clicked()
                    };
                    if button("↑", "list-up", at > 0) {
                        change = Some(Change::Up(at));
                    }
                    if button("↓", "list-down", at < last) {
                        change = Some(Change::Down(at));
                    }
                    if button("×", "list-remove", true) {
                        change = Some(Change::Remove(at));
                    }
                });
            }
        });
        match change {
            Some(Change::Up(at)) => self.files.swap(at, at - 1),
            Some(Change::Down(at)) => self.files.swap(at, at + 1),
            Some(Change::Remove(at)) => _ = self.files.remove(at),
            None => {}
        }
    }

    /// What is typed, as a file of the list.
    fn typed_file(&self) -> Option<(AssetKind, String)> {
        let text = self.typed.text();
        let path = self.typed.path();
        match path {
            Some(path) => Some(file(&path)),
            None => text.ends_with('/').then(|| (AssetKind::Folder, text.to_owned())),
        }
    }

    fn listen(&mut self, ui: &Ui, look: &Look) {
        let frame = ui.cumulative_frame_nr();
        // A frame may be laid out more than once.
        if self.taken == Some(frame) {
            return;
        }
        let chosen = match &look.chosen {
            Some((FilePurpose::ListFiles, Chosen::Files(paths))) => {
                paths.iter().map(|path| file(path)).collect()
            }
            Some((FilePurpose::ListFolder, Chosen::File(path))) => vec![folder(path)],
            Some((FilePurpose::ListFiles | FilePurpose::ListFolder, Chosen::NoDialog(reason))) => {
                self.no_dialog = Some(reason.clone());
                return;
            }
            _ => return,
        };
        self.no_dialog = None;
        self.taken = Some(frame);
        self.files.extend(chosen);
        self.files.truncate(PlayList::MAX);
    }

    /// What is chosen, with the assets that the show has not yet, whose numbers begin here.
    pub fn kind(&self, show: &Show, number: u32, edits: &mut Vec<Edit>) -> SourceKind {
        let mut next = number;
        let mut known: Vec<(AssetKind, &str, AssetId)> = Vec::new();
        let assets = self.files.iter().map(|(kind, path)| {
            let in_show =
                show.assets.iter().find(|asset| asset.path == *path && asset.kind == *kind);
            let new = known.iter().find(|(of, at, _)| of == kind && at == path);
            if let Some(id) = in_show.map(|asset| asset.id).or(new.map(|(.., id)| *id)) {
                return id;
            }
            let id = AssetId(next);
            next += 1;
            known.push((*kind, path, id));
            let asset = Asset { id, path: path.clone(), kind: *kind, hash: None };
            edits.push(Edit::Add(Item::Asset(asset)));
            id
        });
        let assets = assets.collect();
        SourceKind::List(PlayList {
            assets,
            end: self.end,
            picture_millis: (self.picture_seconds * 1_000.0).round() as u32,
            start: Some(if self.on_take { Start::OnTake } else { Start::Free }),
            hidden: self.hidden,
        })
    }

    /// How many assets it may add.
    pub fn most_new(&self) -> u32 {
        u32::try_from(self.files.len()).unwrap_or(u32::MAX)
    }
}

/// A file by the end of its name: a picture, or else what GStreamer plays.
fn file(path: &Path) -> (AssetKind, String) {
    let kind = match file_kind::of(path) {
        Some(FileKind::Picture) => AssetKind::Picture,
        Some(FileKind::Media) | None => AssetKind::Media,
    };
    (kind, path.display().to_string())
}

fn folder(path: &Path) -> (AssetKind, String) {
    let path = path.display().to_string();
    (AssetKind::Folder, if path.ends_with('/') { path } else { format!("{path}/") })
}

/// What a file is called in the list.
fn shown(kind: AssetKind, path: &str) -> String {
    let name = Path::new(path.trim_end_matches('/')).file_name();
    let name = name.map_or(path.into(), |name| name.to_string_lossy());
    if kind == AssetKind::Folder { format!("{name}/") } else { name.into_owned() }
}
