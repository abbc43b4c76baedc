//! What the window does by itself: shows opened and saved, paths completed, files chosen, keys kept,
//! and what the desk remembers.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::{Command, Gesture, Issuer};
use show::{Db, OutputId, Show};
use ui::{
    Action, Chosen, Desk, FileLook, FilePurpose as For, Language, Look, MonitorChange, Notice,
    Paths, ShowFile, Translations, ViewChange,
};

use super::host::WindowPlaces;
use super::path::shown;
use super::reasons;
use crate::production::{self, Production};
use crate::storage::disk::{self, Disk, Done, Job, OpenedShow, SecretKey};
use crate::storage::file_dialog::{FileDialog, FileKind, Picked};
use crate::storage::secrets::Kept;
use crate::storage::settings::{MonitorSettings, Settings};

/// How long a disk may take before it is said that it does not answer, in nanoseconds. A keyring is waited
/// for as well, for two seconds at most.
const PATIENCE: u64 = 3_000_000_000;

/// What waits for disks, dialogs and keyrings, so that the window never does.
pub struct Files {
    disk: Disk,
    browse: FileDialog,
    settings: Settings,
    /// The settings as they were kept last.
    kept: Settings,
    paths: Option<Arc<Paths>>,
    /// The desk said what to press when it was looked at last.
    hints: bool,
    /// What went out when another show was asked for: that it ends was agreed to.
    agreed: BTreeSet<OutputId>,
    /// The show that was left for it then: what was changed since, nobody was asked about.
    left: Option<Arc<Show>>,
    /// The jobs that the disk was seen at last, and since when, on the studio's clock.
    at_work: [Option<(u64, u64)>; 3],
}

/// What came back since the last frame.
#[derive(Default)]
pub struct Answers {
    /// Another show runs.
    pub is_another: bool,
    chosen: Option<(For, Chosen)>,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, or on its way.
    Done,
    /// The monitors have another rate.
    Rate(u32),
    /// Another program runs.
    Another,
    /// The window is to close.
    Close,
}

impl Files {
    /// Starts what waits.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(places: disk::DiskPlaces, settings: Settings) -> std::io::Result<Self> {
        let kept = settings.clone();
        let disk = Disk::start(places)?;
        Ok(Self {
            disk,
            browse: FileDialog::default(),
            settings,
            kept,
            paths: None,
            hints: false,
            agreed: BTreeSet::new(),
            left: None,
            at_work: [None; 3],
        })
    }

    /// What the desk remembers.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What the desk speaks.
    pub fn language(&self) -> Language {
        let named = Language::ALL.into_iter().find(|l| l.tag() == self.settings.language);
        named.unwrap_or_default()
    }

    /// Takes what came back.
    pub fn answers(&mut self, production: &mut Production, told: &mut Vec<Notice>) -> Answers {
        let mut answers = Answers::default();
        let done: Vec<Done> = self.disk.done().collect();
        for done in done {
            match done {
                // What was started while the disk was waited for, nobody agreed to end.
                Done::Opened(_, Ok(_)) if !running(production).is_subset(&self.agreed) => {
                    told.push(Notice::Error("told-stop-first", String::new()));
                }
                Done::Opened(path, Ok(_)) if self.is_another_than_left(production) => {
                    told.push(Notice::Error("told-open-late", shown(&path)));
                }
                Done::Opened(path, Ok(opened)) => {
                    let OpenedShow { show, keys } = *opened;
                    if let Err(error) = keys {
                        told.push(reasons::no_keys(error));
                    }
                    let opening = production::opening(&show, false);
                    let saved = Arc::new(show.clone());
                    match production.replace(show, saved, Some(path.clone()), opening) {
                        Ok(()) => {
                            answers.is_another = true;
                            told.push(Notice::Done("told-opened", shown(&path)));
                            self.settings.remember(path);
                        }
                        Err(error) => {
                            told.push(Notice::Error("told-open-failed", format!("{error:#}")));
                        }
                    }
                }
                Done::Opened(_, Err(error)) => told.push(reasons::not_opened(error)),
                Done::Saved(show, path, Ok(())) => {
                    told.push(Notice::Done("told-saved", shown(&path)));
                    self.settings.remember(path.clone());
                    production.was_saved(show, path);
                }
                Done::Saved(_, _, Err(error)) => told.push(reasons::not_saved(error)),
                Done::Listed(of, entries) => {
                    let entries = entries.unwrap_or_default();
                    self.paths = Some(Arc::new(Paths { of, entries }));
                }
                Done::Kept(Err(error)) => told.push(reasons::not_kept(error)),
                Done::KeyKept(_, Ok(kept)) => {
                    let place = match kept {
                        Kept::Keyring => String::new(),
                        Kept::File(path) => shown(&path),
                    };
                    let key =
                        if place.is_empty() { "told-key-in-keyring" } else { "told-key-kept" };
                    told.push(Notice::Done(key, place));
                }
                Done::KeyKept(_, Err(error)) => told.push(reasons::no_keys(error)),
                Done::Kept(Ok(())) => {}
            }
        }
        answers.chosen = self.browse.done().map(chosen);
        answers
    }

    /// Whether the show was edited since another was asked for.
    fn is_another_than_left(&self, production: &Production) -> bool {
        let show = &production.session().shared.snapshot.load().show;
        self.left.as_ref().is_some_and(|left| left != show)
    }

    /// For how many seconds a disk has not answered, if that is too long.
    fn disk_is_silent(&mut self, now: u64) -> Option<u64> {
        for (seen, works) in self.at_work.iter_mut().zip(self.disk.at_work()) {
            *seen = works.map(|job| seen.filter(|(same, _)| *same == job).unwrap_or((job, now)));
        }
        let begun = self.at_work.iter().flatten().map(|(_, since)| *since).min()?;
        let waited = now.saturating_sub(begun);
        (waited >= PATIENCE).then_some(waited / 1_000_000_000)
    }

    /// Adds what is known of files to what the desk is shown.
    pub fn fill(&mut self, look: &mut Look, production: &mut Production, answers: Answers) {
        look.status.disk_silent_seconds = self.disk_is_silent(production.studio.clock.now());
        look.file = FileLook {
            path: production.path().map(Path::to_owned),
            is_changed: production.is_changed(),
            recent: self.settings.recent.clone(),
        };
        look.paths.clone_from(&self.paths);
        look.chosen = answers.chosen;
    }

    /// Does what the desk asked of the window.
    pub fn wish(
        &mut self,
        action: Action,
        production: &mut Production,
        places: &WindowPlaces,
        told: &mut Vec<Notice>,
    ) -> Outcome {
        let done = match action {
            Action::File(file) => return self.file(file, production, places, told),
            Action::Complete(text) => self.disk.ask(Job::List(text)),
            Action::Browse(what) => self.ask_for(what, production),
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
                self.settings.scale = percent;
                true
            }
            Action::View(ViewChange::MonitorRate(rate)) => {
                self.settings.monitor_rate = Some(rate);
                return Outcome::Rate(rate);
            }
            // Between the button and here something may have been started.
            Action::Format(_) if !running(production).is_empty() => {
                told.push(Notice::Error("told-stop-first", String::new()));
                true
            }
            Action::Format(format) => {
                let (width, height) = format.raster.size();
                let name = format!("{width} × {height}, {}", format.rate);
                return match production.reformat(format) {
                    Ok(()) => {
                        told.push(Notice::Done("told-format", name));
                        Outcome::Another
                    }
                    Err(error) => {
                        told.push(Notice::Error("told-format-failed", format!("{error:#}")));
                        Outcome::Done
                    }
                };
            }
            Action::KeepKey(name, key) => self.disk.ask(Job::KeepKey(name, SecretKey(key.0))),
            Action::Listen(listen) => {
                production.session().shared.sound.monitor.ask(&listen);
                self.remember(listen);
                true
            }
            Action::Close => return Outcome::Close,
            // The rest are commands, or the desk's own.
            _ => true,
        };
        if !done {
            told.push(Notice::Error("busy", String::new()));
        }
        Outcome::Done
    }

    fn file(
        &mut self,
        file: ShowFile,
        production: &mut Production,
        places: &WindowPlaces,
        told: &mut Vec<Notice>,
    ) -> Outcome {
        let asked = match file {
            ShowFile::New => {
                let words = Translations::new(self.language());
                let names = (words.get("untitled"), words.get("recording-name"));
                let show = production::new_show(names, &places.recordings);
                let saved = Arc::new(show.clone());
                return match production.replace(show, saved, None, Vec::new()) {
                    Ok(()) => Outcome::Another,
                    Err(error) => {
                        told.push(Notice::Error("told-open-failed", format!("{error:#}")));
                        Outcome::Done
                    }
                };
            }
            ShowFile::Open(path) => {
                self.agreed = running(production);
                self.left = Some(Arc::clone(&production.session().shared.snapshot.load().show));
                self.disk.ask(Job::Open(path))
            }
            ShowFile::Save => match production.path() {
                Some(path) => self.save(production, path.to_owned()),
                None => true,
            },
            ShowFile::SaveAs(path) => self.save(production, path),
        };
        if !asked {
            told.push(Notice::Error("busy", String::new()));
        }
        Outcome::Done
    }

    fn remember(&mut self, listen: MonitorChange) {
        let monitor = &mut self.settings.monitor;
        match listen {
            MonitorChange::Level(level) => monitor.level_db = level.0,
            MonitorChange::Mute(mute) => monitor.muted = mute,
            MonitorChange::Device(device) => monitor.device = device,
            MonitorChange::ListDevices => {}
        }
    }

    /// Gives a new program the operator's monitor as it was.
    pub fn listen(&self, production: &Production) {
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

    fn save(&self, production: &Production, path: PathBuf) -> bool {
        let mut show = production.present();
        // A show that has no name yet is called like its file.
        if production.path().is_none()
            && let Some(stem) = path.file_stem()
        {
            show.name = stem.to_string_lossy().chars().take(100).collect();
            let rename = Action::Edit(vec![show::Edit::Rename(show.name.clone())]);
            if !send(production, &rename, None) {
                return false;
            }
        }
        self.disk.ask(Job::Save(Arc::new(show), path))
    }

    fn ask_for(&self, what: For, production: &Production) -> bool {
        let of = match what {
            For::OpenShow => FileKind::OpenShow,
            For::SaveShow => FileKind::SaveShow,
            For::Media => FileKind::Media,
            For::Picture => FileKind::Picture,
            For::Recording => FileKind::Recording,
        };
        self.browse.ask(of, "Downstage", production.path())
    }

    /// Keeps what the desk remembers, if it is another.
    pub fn keep(&mut self, desk: &mut Desk) {
        if desk.was_arranged() {
            let written = desk.arrangement();
            self.settings.arrangement =
                written.and_then(|written| serde_json::from_str(&written).ok());
        }
        self.settings.hint_seen |= self.hints && !desk.hints();
        self.hints = desk.hints();
        if self.settings != self.kept && self.disk.ask(Job::Keep(self.settings.clone())) {
            self.kept = self.settings.clone();
        }
    }
}

fn chosen(browsed: Picked) -> (For, Chosen) {
    let (what, chosen) = match browsed {
        Picked::Chosen(what, path) => (what, Chosen::File(path)),
        Picked::Cancelled(what) => (what, Chosen::Nothing),
        Picked::NoPortal(what, reason) => (what, Chosen::NoDialog(reasons::no_dialog(reason))),
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

/// Sends what is asked to the program; false if too much waits already.
pub fn send(production: &Production, action: &Action, gesture: Option<Gesture>) -> bool {
    let Some(kind) = action.command() else { return true };
    let session = production.session();
    let command = Command { program: session.program, origin: Issuer::Window, gesture, kind };
    session.commands.try_send(command).is_ok()
}
