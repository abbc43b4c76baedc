//! The threads that wait for disks, so that the window never does: they take jobs and return results.
//! Each kind of job has its own, which runs them in order: a network drive that hangs while a path is
//! completed, or a show opened, must not hold up a save to another drive.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use show::{Fault, KeyChange, SecretName, Show};
use ui::Thumbnail;

use crate::storage::disk_error::DiskError;
use crate::storage::known_files::KnownFiles;
use crate::storage::path_completion;
use crate::storage::recovery::{self, Found, LeftBehind, UnreadableJournal};
use crate::storage::secrets::{KeyStorage, Secrets, SecretsError};
use crate::storage::settings::{self, Settings};
use crate::storage::show_files::{self, LoadError, SaveError};
use crate::storage::show_pictures;
use crate::threads;

/// How many jobs may wait; one more is refused. As many results may wait to be taken; beyond, the thread
/// waits.
pub const WAITING: usize = 64;
/// How long the shutdown waits for pending saves; a disk that hangs is left behind.
const WRITE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long the shutdown waits for pending reads, whose results are not needed any more.
const READ_TIMEOUT: Duration = Duration::from_millis(100);

/// A job that may wait for a disk.
#[derive(Clone, Debug)]
pub enum Job {
    /// Read a show, check it for faults, make its paths absolute, and load its stream keys.
    Open(PathBuf),
    /// Look for the journal of a program that crashed, in this folder.
    FindLeftBehind(PathBuf),
    /// Save a show, with paths inside its folder made relative. Over a file that another program has written
    /// only if it is asked for.
    Save(Arc<Show>, PathBuf, SaveOver),
    /// List the completions of a path that is being typed.
    List(String),
    /// Save the desk's settings.
    Keep(Settings),
    /// Keep a small picture of the show of this file.
    KeepPicture(PathBuf, Arc<Thumbnail>),
    /// Look for the small pictures of these shows.
    LoadPictures(Vec<PathBuf>),
    /// Store a stream key, or what has changed of it.
    KeepKey(SecretName, KeyChange),
    /// Delete a stream key wherever it is stored.
    ForgetKey(SecretName),
}

/// Whether a save may replace a file that another program has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveOver {
    /// No: it is refused.
    OursOnly,
    /// Yes: the operator has agreed.
    Any,
}

/// The result of a job.
#[derive(Debug)]
pub enum Done {
    /// The show of this file.
    Opened(PathBuf, Result<Box<OpenedShow>, OpenShowError>),
    /// The newest journal that was left behind, if any, and the show as it is in its file, if that can be read;
    /// and the journals that this build cannot read.
    LeftBehind(Option<(Box<LeftBehind>, Option<Box<Show>>)>, Vec<UnreadableJournal>),
    /// The show that was to be saved, and its file.
    Saved(Arc<Show>, PathBuf, Result<(), SaveError>),
    /// What was typed, and its completions.
    Listed(String, Result<Vec<String>, DiskError>),
    /// The desk's settings were saved.
    Kept(Result<(), DiskError>),
    /// The small picture of a show was kept.
    PictureKept(Result<(), DiskError>),
    /// The small pictures of shows that were found.
    Pictures(Vec<(PathBuf, Thumbnail)>),
    /// The stream key of this name was stored, and where.
    KeyKept(SecretName, Result<KeyStorage, SecretsError>),
    /// The stream key of this name is stored nowhere any more.
    KeyForgotten(SecretName, Result<(), SecretsError>),
}

/// A show that was opened.
#[derive(Debug)]
pub struct OpenedShow {
    /// The show, without faults and with absolute paths.
    pub show: Show,
    /// Whether its stream keys could be looked up; those that were found are loaded.
    pub keys: Result<(), SecretsError>,
}

/// Why a show was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenShowError {
    /// It cannot be read, or is not a show.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It has at least one fault.
    #[error("{}: {} ({} in all)", .path.display(), first_fault(.faults), fault_count(.faults))]
    Faulty {
        /// The file.
        path: PathBuf,
        /// All of them.
        faults: Vec<Fault>,
    },
}

fn first_fault(faults: &[Fault]) -> String {
    faults.first().map(Fault::to_string).unwrap_or_default()
}

fn fault_count(faults: &[Fault]) -> String {
    let end = if faults.len() == 1 { "" } else { "s" };
    format!("{} fault{end}", faults.len())
}

/// Where the disk threads store settings and keys.
#[derive(Clone, Debug, Default)]
pub struct DiskPlaces {
    /// The file of the desk's settings; without one they are not saved, which is not an error.
    pub settings: Option<PathBuf>,
    /// The stream keys.
    pub secrets: Arc<Secrets>,
    /// The folder of small pictures of shows; without one they are not kept, which is not an error.
    pub pictures: Option<PathBuf>,
    /// The shows that were read and written so far.
    pub known: Arc<KnownFiles>,
}

/// The disk threads and the queues to and from them. Dropping it waits for pending saves, at most two
/// seconds.
pub struct Disk {
    /// In the order of [`JobKind::ALL`].
    lanes: [WorkQueue; 3],
    done: Option<Receiver<Done>>,
}

/// The kinds of jobs, which do not wait for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum JobKind {
    Write,
    Open,
    List,
}

impl JobKind {
    const ALL: [Self; 3] = [Self::Write, Self::Open, Self::List];

    fn of(job: &Job) -> Self {
        match job {
            Job::Open(_) | Job::FindLeftBehind(_) | Job::LoadPictures(_) => Self::Open,
            Job::List(_) => Self::List,
            Job::Save(..)
            | Job::Keep(_)
            | Job::KeepPicture(..)
            | Job::KeepKey(..)
            | Job::ForgetKey(_) => Self::Write,
        }
    }

    fn thread(self) -> &'static str {
        match self {
            Self::Write => "disk",
            Self::Open => "disk-open",
            Self::List => "disk-list",
        }
    }

    /// How many jobs may wait. Of the paths to complete only the last counts.
    fn capacity(self) -> usize {
        if self == Self::List { 1 } else { WAITING }
    }
}

/// A thread and its queue.
struct WorkQueue {
    kind: JobKind,
    jobs: Option<Sender<Job>>,
    /// The receiving end, to remove a job that is obsolete.
    queue: Receiver<Job>,
    /// Incremented by the thread when a job starts and when it ends; odd while one runs.
    progress: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl WorkQueue {
    fn start(kind: JobKind, results: Sender<Done>, places: DiskPlaces) -> io::Result<Self> {
        let (jobs, queue) = bounded::<Job>(kind.capacity());
        let progress = Arc::new(AtomicU64::new(0));
        let (of_jobs, of_thread) = (queue.clone(), Arc::clone(&progress));
        let thread = threads::spawn(kind.thread(), move || {
            for job in of_jobs {
                of_thread.fetch_add(1, Ordering::Relaxed);
                let done = perform(job, &places);
                of_thread.fetch_add(1, Ordering::Relaxed);
                // During shutdown nothing receives the results, but pending saves are still done.
                let _sent = results.send(done);
            }
        })?;
        Ok(Self { kind, jobs: Some(jobs), queue, progress, thread: Some(thread) })
    }

    fn submit(&self, job: Job) -> bool {
        if self.kind == JobKind::List {
            drop(self.queue.try_recv());
        }
        self.jobs.as_ref().is_some_and(|jobs| jobs.try_send(job).is_ok())
    }
}

impl Disk {
    /// Starts the threads.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub fn start(places: DiskPlaces) -> io::Result<Self> {
        let (results, done) = bounded(WAITING);
        let lane = |kind| WorkQueue::start(kind, results.clone(), places.clone());
        let [write, open, list] = JobKind::ALL.map(lane);
        Ok(Self { lanes: [write?, open?, list?], done: Some(done) })
    }

    /// Queues a job; false if the queue is full, and then it will not be done.
    #[must_use]
    pub fn submit(&self, job: Job) -> bool {
        let kind = JobKind::of(&job);
        let lane = self.lanes.iter().find(|lane| lane.kind == kind);
        lane.is_some_and(|lane| lane.submit(job))
    }

    /// The results since the last call; does not wait.
    pub fn done(&self) -> impl Iterator<Item = Done> {
        self.done.iter().flat_map(Receiver::try_iter)
    }

    /// The running job of each kind, by a number that is unique in its kind: if it stays the same for long,
    /// a disk does not answer.
    pub fn running_jobs(&self) -> [Option<u64>; 3] {
        self.lanes.each_ref().map(|lane| {
            let progress = lane.progress.load(Ordering::Relaxed);
            (progress % 2 == 1).then_some(progress)
        })
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.done = None;
        for lane in &mut self.lanes {
            lane.jobs = None;
        }
        for lane in &mut self.lanes {
            let timeout = if lane.kind == JobKind::Write { WRITE_TIMEOUT } else { READ_TIMEOUT };
            if let Some(thread) = lane.thread.take() {
                threads::join_within(thread, timeout);
            }
        }
    }
}

fn perform(job: Job, places: &DiskPlaces) -> Done {
    let DiskPlaces { settings, secrets, pictures, known } = places;
    match job {
        Job::Open(path) => {
            let opened = open(&path, known).map(|show| {
                let keys = secrets.load(&show);
                Box::new(OpenedShow { show, keys })
            });
            Done::Opened(path, opened)
        }
        Job::FindLeftBehind(folder) => {
            let found = recovery::find(&folder).unwrap_or_else(|error| {
                tracing::warn!("{}: {error}", folder.display());
                Found::default()
            });
            let left = found.left.map(|left| {
                let path = left.recovery.path.as_deref();
                let saved = path.and_then(|path| open(path, known).ok()).map(Box::new);
                (Box::new(left), saved)
            });
            Done::LeftBehind(left, found.unreadable)
        }
        Job::Save(show, path, over) => {
            let saved = match known.is_foreign(&path).filter(|_| over == SaveOver::OursOnly) {
                Some(was_ours) => Err(SaveError::Foreign { path: path.clone(), was_ours }),
                None => save(&show, &path),
            };
            if saved.is_ok() {
                known.note_written(&path);
            }
            Done::Saved(show, path, saved)
        }
        Job::List(typed) => {
            let listed = path_completion::entries(&typed);
            Done::Listed(typed, listed)
        }
        Job::Keep(new) => {
            Done::Kept(settings.as_deref().map_or(Ok(()), |path| save_settings(&new, path)))
        }
        Job::KeepPicture(show, picture) => {
            let keep = |folder: &Path| keep_picture(folder, &show, &picture);
            Done::PictureKept(pictures.as_deref().map_or(Ok(()), keep))
        }
        Job::LoadPictures(shows) => {
            let load = |folder: &Path| show_pictures::load(folder, &shows);
            Done::Pictures(pictures.as_deref().map(load).unwrap_or_default())
        }
        Job::KeepKey(name, change) => {
            let kept = secrets.change(&name, change);
            Done::KeyKept(name, kept)
        }
        Job::ForgetKey(name) => {
            let forgotten = secrets.forget(&name);
            Done::KeyForgotten(name, forgotten)
        }
    }
}

fn keep_picture(folder: &Path, show: &Path, picture: &Thumbnail) -> Result<(), DiskError> {
    show_pictures::keep(folder, show, picture).map_err(|error| DiskError {
        path: folder.to_owned(),
        what: "the small picture of the show cannot be kept",
        error,
    })
}

fn save_settings(settings: &Settings, path: &Path) -> Result<(), DiskError> {
    settings::save(settings, path).map_err(|error| DiskError {
        path: path.to_owned(),
        what: "the desk's settings cannot be saved",
        error,
    })
}

/// Reads a show that is to run: without faults, and with its paths made absolute. Its file is known from then on.
/// Waits for the disk.
///
/// # Errors
/// [`OpenShowError`], with the path.
pub fn open(path: &Path, known: &KnownFiles) -> Result<Show, OpenShowError> {
    let read = known.read(path);
    let bytes = read.map_err(|error| LoadError::Read { path: path.to_owned(), error })?;
    let show = show_files::decode(&bytes, path)?;
    let faults = show.check();
    if !faults.is_empty() {
        return Err(OpenShowError::Faulty { path: path.to_owned(), faults });
    }
    Ok(show_files::absolute(show, &folder_of(path)))
}

/// Saves a running show: paths inside the file's folder are made relative. Waits for the disk.
///
/// # Errors
/// [`SaveError`]; then the file is unchanged.
pub fn save(show: &Show, path: &Path) -> Result<(), SaveError> {
    show_files::save(&show_files::relative(show.clone(), &folder_of(path)), path)
}

/// The folder of a file; absolute, if the system knows the current folder.
fn folder_of(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.parent().map(Path::to_owned).unwrap_or_default()
}

/// The free space, in bytes, on the disk of a file that may not exist yet. Waits for the disk.
///
/// # Errors
/// [`DiskError`]: the system does not report it.
pub fn free_space(path: &Path) -> Result<u64, DiskError> {
    let wrong = |error| DiskError {
        path: path.to_owned(),
        what: "the free space there is not known",
        error,
    };
    let whole = std::path::absolute(path).map_err(wrong)?;
    let existing = whole.ancestors().find(|folder| folder.exists());
    let existing = existing.ok_or_else(|| wrong(io::ErrorKind::NotFound.into()))?;
    available_bytes(existing).map_err(wrong)
}

#[cfg(unix)]
fn available_bytes(folder: &Path) -> io::Result<u64> {
    let system = rustix::fs::statvfs(folder)?;
    Ok(system.f_bavail.saturating_mul(system.f_frsize))
}

#[cfg(not(unix))]
fn available_bytes(_folder: &Path) -> io::Result<u64> {
    Err(io::ErrorKind::Unsupported.into())
}
