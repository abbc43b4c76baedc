//! What the operator asks of files, settings, stream keys and the monitor.

use std::path::PathBuf;
use std::sync::Arc;

use ui::{Action, FilePurpose as For, Notice, RecoveryChoice, ShowFile, Translations, ViewChange};

use super::{Files, Outcome, running, send};
use crate::production::{self, Production};
use crate::storage::disk::{Job, SaveOver};
use crate::storage::file_dialog::FileKind;
use crate::window::host::WindowPlaces;
use crate::window::new_shows;
use crate::window::opening_show::Opened;

impl Files {
    /// Carries out an action of the desk that is for the window.
    pub fn perform(
        &mut self,
        action: Action,
        production: &mut Production,
        places: &WindowPlaces,
        notices: &mut Vec<Notice>,
    ) -> Outcome {
        let done = match action {
            Action::File(file) => return self.perform_file(file, production, places, notices),
            Action::Complete(text) => self.disk.submit(Job::List(text)),
            Action::Browse(what) => self.show_dialog(what, production),
            Action::Speak(language) => {
                self.settings.language = language.tag().to_owned();
                true
            }
            Action::View(ViewChange::SafeAreas(on)) => {
                self.settings.safe_areas = on;
                true
            }
            Action::View(ViewChange::Labels(on)) => {
                self.settings.labels = on;
                true
            }
            Action::View(ViewChange::Scale(percent)) => {
                self.settings.scale = Some(percent);
                true
            }
            Action::View(ViewChange::MonitorRate(rate)) => {
                self.settings.monitor_rate = Some(rate);
                return Outcome::MonitorRate(rate);
            }
            // An output may have been started since the button was pressed.
            Action::Format(_) if !running(production).is_empty() => {
                notices.push(Notice::Error("told-stop-first", String::new()));
                true
            }
            Action::Format(format) => {
                let (width, height) = format.raster.size();
                let name = format!("{width} × {height}, {}", format.rate);
                let begun = production.reformat(format);
                self.opening.begin(begun, Opened::Format(name), notices);
                true
            }
            Action::KeepKey(name, change) => self.disk.submit(Job::KeepKey(name, change)),
            Action::ForgetKey(name) => self.disk.submit(Job::ForgetKey(name)),
            Action::Listen(change) => {
                production.session().shared.sound.monitor.ask(&change);
                self.set_monitor_settings(change);
                true
            }
            Action::ListScreens => self.screens.list(),
            Action::ListDevices { fresh } => self.devices.list(fresh),
            Action::ShowInFolder(file) => self.folders.show(&file),
            // An output may have been started since the button was pressed.
            Action::Recover(RecoveryChoice::Restore | RecoveryChoice::GoOnAir)
                if !running(production).is_empty() =>
            {
                notices.push(Notice::Error("told-stop-first", String::new()));
                true
            }
            Action::Recover(choice) => {
                let asked = (&mut self.opening, &mut *notices);
                self.recovery.perform(choice, production, &places.known, asked);
                true
            }
            Action::Close => return Outcome::Close,
            // The rest are commands, or handled by the desk itself.
            _ => true,
        };
        if !done {
            notices.push(Notice::Error("busy", String::new()));
        }
        Outcome::Done
    }

    fn perform_file(
        &mut self,
        file: ShowFile,
        production: &mut Production,
        places: &WindowPlaces,
        notices: &mut Vec<Notice>,
    ) -> Outcome {
        let done = match file {
            ShowFile::New | ShowFile::NewFrom(_) => {
                let template = match file {
                    ShowFile::NewFrom(template) => Some(template),
                    _ => None,
                };
                let words = Translations::new(self.language());
                let show = new_shows::new_show(template, &words, &places.recordings);
                let opening = production::opening(&show, false);
                let saved = Arc::new(show.clone());
                let begun = production.replace(show, saved, None, opening);
                self.opening.begin(begun, Opened::New, notices);
                true
            }
            ShowFile::Open(path) => {
                self.agreed = running(production);
                self.left = Some(Arc::clone(&production.session().shared.snapshot.load().show));
                self.disk.submit(Job::Open(path))
            }
            ShowFile::Save => match production.path() {
                Some(path) => self.save(production, path.to_owned(), SaveOver::OursOnly),
                None => true,
            },
            ShowFile::SaveAs(path) => self.save(production, path, SaveOver::OursOnly),
            ShowFile::SaveOver(path) => self.save(production, path, SaveOver::Any),
        };
        if !done {
            notices.push(Notice::Error("busy", String::new()));
        }
        Outcome::Done
    }

    fn save(&self, production: &Production, path: PathBuf, over: SaveOver) -> bool {
        let mut show = production.current_show();
        // A show without a file yet is named after it.
        if production.path().is_none()
            && let Some(stem) = path.file_stem()
        {
            show.name = stem.to_string_lossy().chars().take(100).collect();
            let rename = Action::Edit(vec![show::Edit::Rename(show.name.clone())]);
            if !send(production, &rename, None) {
                return false;
            }
        }
        self.disk.submit(Job::Save(Arc::new(show), path, over))
    }

    fn show_dialog(&self, what: For, production: &Production) -> bool {
        let kind = match what {
            For::OpenShow => FileKind::OpenShow,
            For::SaveShow => FileKind::SaveShow,
            For::Media => FileKind::Media,
            For::Picture => FileKind::Picture,
            For::Recording => FileKind::Recording,
            For::ListFiles | For::OneOfList => FileKind::Several,
            For::ListFolder => FileKind::Folder,
        };
        self.dialog.show(kind, "Downstage", production.path())
    }
}
