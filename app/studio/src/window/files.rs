//! The window's own work: opening and saving shows, completing paths, file dialogs, storing stream keys,
//! and the desk's settings.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::{Command, Gesture, Issuer};
use show::{Db, OutputId, Show};
use ui::{
    Action, Chosen, Desk, FileLook, FilePurpose as For, ForeignFile, Language, Look, MonitorChange,
    Notice, Paths, RecoveryChoice, ShowFile, Translations, ViewChange,
};

use super::host::WindowPlaces;
use super::new_shows;
use super::path::shown;
use super::reasons;
use super::recovery::RecoveryOffer;
use crate::production::{self, Production};
use crate::storage::disk::{self, Disk, Done, Job, OpenedShow, SaveOver, SecretKey};
use crate::storage::file_dialog::{FileChoice, FileDialog, FileKind};
use crate::storage::file_manager::FileManager;
use crate::storage::secrets::KeyStorage;
use crate::storage::settings::{MonitorSettings, Settings};
use crate::storage::show_files::SaveError;

/// How long a disk may take before the operator is told that it does not answer, in nanoseconds. Longer
/// than the two seconds that a keyring may take.
const SILENT_AFTER: u64 = 3_000_000_000;

/// Talks to the threads that wait for disks, dialogs and keyrings, so that the window never waits.
pub struct Files {
    disk: Disk,
    dialog: FileDialog,
    folders: FileManager,
    settings: Settings,
    /// The settings as last saved.
    saved_settings: Settings,
    paths: Option<Arc<Paths>>,
    /// Whether the desk showed hints in its last frame.
    hints: bool,
    /// The outputs that ran when another show was requested, which the operator agreed to stop.
    agreed: BTreeSet<OutputId>,
    /// The show at that time: later edits were not confirmed to be discarded.
    left: Option<Arc<Show>>,
    recovery: RecoveryOffer,
    /// A save that is to be asked about, for one frame.
    foreign: Option<ForeignFile>,
    /// The running job of each disk thread, and since when it was seen, on the studio's clock.
    jobs: [Option<(u64, u64)>; 3],
}

/// The results since the last frame.
#[derive(Default)]
pub struct Answers {
    /// Whether another program runs now.
    pub is_replaced: bool,
    chosen: Option<(For, Chosen)>,
}

/// The result of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, or queued.
    Done,
    /// The frame rate of the monitors was changed.
    MonitorRate(u32),
    /// Another program runs now.
    Replaced,
    /// The window should close.
    Close,
}

impl Files {
    /// Starts the disk threads, and looks in the folder `recovery` for what a crash left behind.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub fn start(
        places: disk::DiskPlaces,
        recovery: PathBuf,
        settings: Settings,
    ) -> std::io::Result<Self> {
        let saved_settings = settings.clone();
        let disk = Disk::start(places)?;
        // Nothing waits there yet.
        let _queued = disk.submit(Job::FindLeftBehind(recovery));
        Ok(Self {
            disk,
            dialog: FileDialog::default(),
            folders: FileManager::default(),
            settings,
            saved_settings,
            paths: None,
            hints: false,
            agreed: BTreeSet::new(),
            left: None,
            recovery: RecoveryOffer::default(),
            foreign: None,
            jobs: [None; 3],
        })
    }

    /// The desk's settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The desk's language.
    pub fn language(&self) -> Language {
        let named = Language::ALL.into_iter().find(|l| l.tag() == self.settings.language);
        named.unwrap_or_default()
    }

    /// Takes the results since the last frame; what the operator should know is added to `notices`.
    pub fn take_answers(
        &mut self,
        production: &mut Production,
        notices: &mut Vec<Notice>,
    ) -> Answers {
        let mut answers = Answers::default();
        let done: Vec<Done> = self.disk.done().collect();
        for done in done {
            match done {
                // An output that was started meanwhile must not be stopped without confirmation.
                Done::Opened(_, Ok(_)) if !running(production).is_subset(&self.agreed) => {
                    notices.push(Notice::Error("told-stop-first", String::new()));
                }
                Done::Opened(path, Ok(_)) if self.was_edited_meanwhile(production) => {
                    notices.push(Notice::Error("told-open-late", shown(&path)));
                }
                Done::Opened(path, Ok(opened)) => {
                    let OpenedShow { show, keys } = *opened;
                    if let Err(error) = keys {
                        notices.push(reasons::no_keys(error));
                    }
                    let opening = production::opening(&show, false);
                    let saved = Arc::new(show.clone());
                    match production.replace(show, saved, Some(path.clone()), opening) {
                        Ok(()) => {
                            answers.is_replaced = true;
                            notices.push(Notice::Done("told-opened", shown(&path)));
                            self.settings.add_recent(path);
                        }
                        Err(error) => {
                            notices.push(Notice::Error("told-open-failed", format!("{error:#}")));
                        }
                    }
                }
                Done::LeftBehind(left) => self.recovery.set(left),
                Done::Opened(_, Err(error)) => notices.push(reasons::show_not_opened(error)),
                Done::Saved(show, path, Ok(())) => {
                    notices.push(Notice::Done("told-saved", shown(&path)));
                    self.settings.add_recent(path.clone());
                    production.set_saved(show, path);
                }
                Done::Saved(_, path, Err(SaveError::Foreign { was_ours, .. })) => {
                    let foreign = SaveError::Foreign { path: path.clone(), was_ours };
                    notices.push(reasons::show_not_saved(foreign));
                    self.foreign = Some(ForeignFile { path, was_ours });
                }
                Done::Saved(_, _, Err(error)) => notices.push(reasons::show_not_saved(error)),
                Done::Listed(of, entries) => {
                    let entries = entries.unwrap_or_default();
                    self.paths = Some(Arc::new(Paths { of, entries }));
                }
                Done::Kept(Err(error)) => notices.push(reasons::settings_not_saved(error)),
                Done::KeyKept(_, Ok(kept)) => {
                    let place = match kept {
                        KeyStorage::Keyring => String::new(),
                        KeyStorage::File(path) => shown(&path),
                    };
                    let key =
                        if place.is_empty() { "told-key-in-keyring" } else { "told-key-kept" };
                    notices.push(Notice::Done(key, place));
                }
                Done::KeyKept(_, Err(error)) => notices.push(reasons::no_keys(error)),
                Done::Kept(Ok(())) => {}
            }
        }
        answers.chosen = self.dialog.done().map(chosen);
        notices.extend(self.folders.failed().map(reasons::folder_not_shown));
        answers
    }

    /// Whether the show was edited since another was requested.
    fn was_edited_meanwhile(&self, production: &Production) -> bool {
        let show = &production.session().shared.snapshot.load().show;
        self.left.as_ref().is_some_and(|left| left != show)
    }

    /// For how many seconds a disk has not answered, if that is too long.
    fn disk_silent_seconds(&mut self, now: u64) -> Option<u64> {
        for (seen, running) in self.jobs.iter_mut().zip(self.disk.running_jobs()) {
            *seen = running.map(|job| seen.filter(|(same, _)| *same == job).unwrap_or((job, now)));
        }
        let started = self.jobs.iter().flatten().map(|(_, since)| *since).min()?;
        let waited = now.saturating_sub(started);
        (waited >= SILENT_AFTER).then_some(waited / 1_000_000_000)
    }

    /// Adds the state of files to what the desk shows.
    pub fn fill_look(&mut self, look: &mut Look, production: &mut Production, answers: Answers) {
        look.status.disk_silent_seconds = self.disk_silent_seconds(production.studio.clock.now());
        look.file = FileLook {
            path: production.path().map(Path::to_owned),
            is_changed: production.is_changed(),
            recent: self.settings.recent.clone(),
        };
        look.foreign_file = self.foreign.take();
        look.recovery = self.recovery.look();
        look.paths.clone_from(&self.paths);
        look.chosen = answers.chosen;
    }

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
                return match production.reformat(format) {
                    Ok(()) => {
                        notices.push(Notice::Done("told-format", name));
                        Outcome::Replaced
                    }
                    Err(error) => {
                        notices.push(Notice::Error("told-format-failed", format!("{error:#}")));
                        Outcome::Done
                    }
                };
            }
            Action::KeepKey(name, key) => self.disk.submit(Job::KeepKey(name, SecretKey(key.0))),
            Action::Listen(change) => {
                production.session().shared.sound.monitor.ask(&change);
                self.set_monitor_settings(change);
                true
            }
            Action::ShowInFolder(file) => self.folders.show(&file),
            // An output may have been started since the button was pressed.
            Action::Recover(RecoveryChoice::Restore | RecoveryChoice::GoOnAir)
                if !running(production).is_empty() =>
            {
                notices.push(Notice::Error("told-stop-first", String::new()));
                true
            }
            Action::Recover(choice) => {
                let is_replaced = self.recovery.perform(choice, production, notices);
                return if is_replaced { Outcome::Replaced } else { Outcome::Done };
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
                return match production.replace(show, saved, None, opening) {
                    Ok(()) => Outcome::Replaced,
                    Err(error) => {
                        notices.push(Notice::Error("told-open-failed", format!("{error:#}")));
                        Outcome::Done
                    }
                };
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

    fn set_monitor_settings(&mut self, change: MonitorChange) {
        let monitor = &mut self.settings.monitor;
        match change {
            MonitorChange::Level(level) => monitor.level_db = level.0,
            MonitorChange::Mute(mute) => monitor.muted = mute,
            MonitorChange::Device(device) => monitor.device = device,
            MonitorChange::ListDevices => {}
        }
    }

    /// Applies the settings of the operator's monitor to a new program.
    pub fn apply_monitor_settings(&self, production: &Production) {
        let MonitorSettings { device, level_db, muted } = &self.settings.monitor;
        let monitor = &production.session().shared.sound.monitor;
        monitor.ask(&MonitorChange::Level(Db(*level_db)));
        if let Some(device) = device {
            monitor.ask(&MonitorChange::Device(Some(device.clone())));
        }
        if !muted {
            monitor.ask(&MonitorChange::Mute(false));
        }
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
        };
        self.dialog.show(kind, "Downstage", production.path())
    }

    /// Saves the desk's settings, if they have changed.
    pub fn save_settings(&mut self, desk: &mut Desk) {
        if desk.was_arranged() {
            let written = desk.arrangement();
            self.settings.arrangement =
                written.and_then(|written| serde_json::from_str(&written).ok());
        }
        self.settings.hint_seen |= self.hints && !desk.hints();
        self.hints = desk.hints();
        if self.settings != self.saved_settings
            && self.disk.submit(Job::Keep(self.settings.clone()))
        {
            self.saved_settings = self.settings.clone();
        }
    }
}

fn chosen(picked: FileChoice) -> (For, Chosen) {
    let (what, chosen) = match picked {
        FileChoice::Chosen(what, path) => (what, Chosen::File(path)),
        FileChoice::Cancelled(what) => (what, Chosen::Nothing),
        FileChoice::NoPortal(what, reason) => (what, Chosen::NoDialog(reasons::no_dialog(reason))),
    };
    let what = match what {
        FileKind::OpenShow => For::OpenShow,
        FileKind::SaveShow => For::SaveShow,
        FileKind::Media => For::Media,
        FileKind::Picture => For::Picture,
        FileKind::Recording => For::Recording,
    };
    (what, chosen)
}

/// The outputs that run, or are about to.
fn running(production: &Production) -> BTreeSet<OutputId> {
    production.session().shared.needs.load().outputs.iter().map(|need| need.output.id).collect()
}

/// Sends an action to the program if it is a command; false if too many wait already.
pub fn send(production: &Production, action: &Action, gesture: Option<Gesture>) -> bool {
    let Some(kind) = action.command() else { return true };
    let session = production.session();
    let command = Command { program: session.program, origin: Issuer::Window, gesture, kind };
    session.commands.try_send(command).is_ok()
}
