//! The window's own work: opening and saving shows, completing paths, file dialogs, storing stream keys,
//! and the desk's settings.

mod actions;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::{Command, Gesture, Issuer};
use show::{Db, OutputId, Show};
use ui::{
    Action, Chosen, Desk, FileLook, FilePurpose as For, ForeignFile, Language, Look, MonitorChange,
    Notice, Paths, Thumbnail,
};

use super::devices::DeviceLister;
use super::opening_show::{Opened, OpeningShow};
use super::path::shown;
use super::reasons;
use super::recovery::RecoveryOffer;
use super::screens::ScreenLister;
use crate::production::{self, Production};
use crate::storage::disk::{self, Disk, Done, Job, OpenedShow};
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
    screens: ScreenLister,
    devices: DeviceLister,
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
    /// The show that is being opened.
    opening: OpeningShow,
    /// Small pictures of recent shows, by their files.
    pictures: Arc<BTreeMap<PathBuf, Arc<Thumbnail>>>,
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
    /// The file that the show was saved in.
    pub saved: Option<PathBuf>,
    chosen: Option<(For, Chosen)>,
}

/// The result of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, or queued.
    Done,
    /// The frame rate of the monitors was changed.
    MonitorRate(u32),
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
        let _queued = disk.submit(Job::LoadPictures(settings.recent.clone()));
        Ok(Self {
            disk,
            dialog: FileDialog::default(),
            folders: FileManager::default(),
            screens: ScreenLister::default(),
            devices: DeviceLister::default(),
            settings,
            saved_settings,
            paths: None,
            hints: false,
            agreed: BTreeSet::new(),
            left: None,
            recovery: RecoveryOffer::default(),
            opening: OpeningShow::default(),
            pictures: Arc::default(),
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
        let is_replaced = self.follow_opening(production, notices);
        if let Some(begun) = production.restart_failed() {
            self.opening.begin(begun, Opened::Again, notices);
        }
        let mut answers = Answers { is_replaced, ..Answers::default() };
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
                    let begun = production.replace(show, saved, Some(path.clone()), opening);
                    self.opening.begin(begun, Opened::File(path), notices);
                }
                Done::LeftBehind(left, unreadable) => self.recovery.find(left, unreadable),
                Done::Opened(_, Err(error)) => notices.push(reasons::show_not_opened(error)),
                Done::Saved(show, path, Ok(())) => {
                    notices.push(Notice::Done("told-saved", shown(&path)));
                    self.settings.add_recent(path.clone());
                    answers.saved = Some(path.clone());
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
                Done::Pictures(found) => {
                    let found = found.into_iter().map(|(show, picture)| (show, Arc::new(picture)));
                    Arc::make_mut(&mut self.pictures).extend(found);
                }
                Done::PictureKept(Err(error)) => tracing::warn!("{error}"),
                Done::KeyKept(_, Ok(kept)) => {
                    let place = match kept {
                        KeyStorage::Keyring => String::new(),
                        KeyStorage::File(path) => shown(&path),
                    };
                    let key =
                        if place.is_empty() { "told-key-in-keyring" } else { "told-key-kept" };
                    notices.push(Notice::Done(key, place));
                }
                Done::KeyForgotten(_, Ok(())) => {
                    notices.push(Notice::Done("told-key-forgotten", String::new()));
                }
                Done::KeyKept(_, Err(error)) | Done::KeyForgotten(_, Err(error)) => {
                    notices.push(reasons::no_keys(error));
                }
                Done::Kept(Ok(())) | Done::PictureKept(Ok(())) => {}
            }
        }
        answers.chosen = self.dialog.done().map(chosen);
        notices.extend(self.folders.failed().map(reasons::folder_not_shown));
        answers
    }

    /// Takes note of a show that runs now, or could not be opened; true if one does.
    fn follow_opening(&mut self, production: &mut Production, notices: &mut Vec<Notice>) -> bool {
        let Some(result) = production.follow() else { return false };
        let (opened, result) = (self.opening.take(), result);
        let Some(opened) = opened else { return result.is_ok() };
        match result {
            Ok(()) => {
                notices.extend(opened.notice());
                if let Opened::File(path) = opened {
                    self.settings.add_recent(path);
                }
                true
            }
            Err(error) => {
                let (notice, left) = opened.not_opened(error);
                notices.push(notice);
                if let Some((left, saved)) = left {
                    self.recovery.offer(Some((left, saved)));
                }
                false
            }
        }
    }

    /// Keeps the small picture of a show that was saved in this file.
    pub fn keep_picture(&mut self, show: PathBuf, picture: Arc<Thumbnail>) {
        // If the disk is busy the older one stays.
        let _queued = self.disk.submit(Job::KeepPicture(show.clone(), Arc::clone(&picture)));
        let pictures = Arc::make_mut(&mut self.pictures);
        pictures.retain(|other, _| self.settings.recent.contains(other));
        pictures.insert(show, picture);
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
            pictures: Arc::clone(&self.pictures),
        };
        look.foreign_file = self.foreign.take();
        look.status.opening = production.is_replacing();
        look.recovery = self.recovery.look();
        look.paths.clone_from(&self.paths);
        look.screens = self.screens.last();
        (look.cameras, look.microphones) = self.devices.last();
        look.chosen = answers.chosen;
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
        FileChoice::Chosen(FileKind::Several, paths) => (FileKind::Several, Chosen::Files(paths)),
        FileChoice::Chosen(what, paths) => {
            (what, paths.into_iter().next().map_or(Chosen::Nothing, Chosen::File))
        }
        FileChoice::Cancelled(what) => (what, Chosen::Nothing),
        FileChoice::NoPortal(what, reason) => (what, Chosen::NoDialog(reasons::no_dialog(reason))),
    };
    let what = match what {
        FileKind::OpenShow => For::OpenShow,
        FileKind::SaveShow => For::SaveShow,
        FileKind::Media => For::Media,
        FileKind::Picture => For::Picture,
        FileKind::Recording => For::Recording,
        FileKind::Several => For::ListFiles,
        FileKind::Folder => For::ListFolder,
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
