//! The threads that wait for disks, so that the window never does: jobs in, what became of them out.
//! There is one for each kind of job, which does them one after the other: a network drive that hangs
//! while a path is typed, or a show opened, must not hold up a save to another.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use show::{Fault, SecretName, Show};

use crate::storage::disk_error::DiskError;
use crate::storage::path_completion;
use crate::storage::secrets::{Kept, Secrets, SecretsError};
use crate::storage::settings::{self, Settings};
use crate::storage::show_files::{self, LoadError, SaveError};
use crate::threads;

/// How many jobs may wait; one more is refused. As many answers may wait to
/// be taken: then the thread waits, and the jobs with it.
pub const WAITING: usize = 64;
/// How long the end may wait for what is still to be saved; a disk that hangs is left behind.
const ENDING: Duration = Duration::from_secs(2);
/// And how long for what would only be read, which nobody is there for any more.
const READING_ENDS: Duration = Duration::from_millis(100);

/// Something that takes a disk.
#[derive(Clone, Debug)]
pub enum Job {
    /// Read a show, look for faults, make its paths absolute, and learn the stream keys it names.
    Open(PathBuf),
    /// Save a show, naming what lies beside it from its folder.
    Save(Arc<Show>, PathBuf),
    /// What a path that is being typed may go on to.
    List(String),
    /// Keep the desk's settings.
    Keep(Settings),
    /// Keep a stream key.
    KeepKey(SecretName, SecretKey),
}

/// A stream key on its way to where it is kept; it shows itself to nobody.
#[derive(Clone)]
pub struct SecretKey(pub String);

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// What became of a job.
#[derive(Debug)]
pub enum Done {
    /// The show of this file.
    Opened(PathBuf, Result<Box<OpenedShow>, OpenShowError>),
    /// The show as it was given to be saved, and the file.
    Saved(Arc<Show>, PathBuf, Result<(), SaveError>),
    /// What was typed, and what it may go on to.
    Listed(String, Result<Vec<String>, DiskError>),
    /// The desk's settings were kept.
    Kept(Result<(), DiskError>),
    /// The stream key of this name was kept, and where.
    KeyKept(SecretName, Result<Kept, SecretsError>),
}

/// A show that was opened.
#[derive(Debug)]
pub struct OpenedShow {
    /// Ready to run: without faults, its paths absolute.
    pub show: Show,
    /// Whether the stream keys it names could be looked up; those that were found are known.
    pub keys: Result<(), SecretsError>,
}

/// Why a show was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenShowError {
    /// It cannot be read, or is no show.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It has faults; there is at least one.
    #[error("{}: {} ({} in all)", .path.display(), first(.faults), count(.faults))]
    Faulty {
        /// The file.
        path: PathBuf,
        /// All of them.
        faults: Vec<Fault>,
    },
}

fn first(faults: &[Fault]) -> String {
    faults.first().map(Fault::to_string).unwrap_or_default()
}

fn count(faults: &[Fault]) -> String {
    let end = if faults.len() == 1 { "" } else { "s" };
    format!("{} fault{end}", faults.len())
}

/// Where things are kept.
#[derive(Clone, Debug, Default)]
pub struct DiskPlaces {
    /// The file of the desk's settings; without one they are not kept, which is no error.
    pub settings: Option<PathBuf>,
    /// Stream keys.
    pub secrets: Arc<Secrets>,
}

/// The threads, and the queues to and from them. Dropping it waits for what is still to be saved, at most
/// two seconds.
pub struct Disk {
    /// In the order of [`JobKind::ALL`].
    lanes: [Lane; 3],
    done: Option<Receiver<Done>>,
}

/// Kinds of jobs that do not wait for each other.
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
            Job::Open(_) => Self::Open,
            Job::List(_) => Self::List,
            Job::Save(..) | Job::Keep(_) | Job::KeepKey(..) => Self::Write,
        }
    }

    fn thread(self) -> &'static str {
        match self {
            Self::Write => "disk",
            Self::Open => "disk-open",
            Self::List => "disk-list",
        }
    }

    /// How many jobs may wait. Of paths that were typed only the last counts.
    fn waiting(self) -> usize {
        if self == Self::List { 1 } else { WAITING }
    }
}

/// A thread and its queue.
struct Lane {
    work: JobKind,
    jobs: Option<Sender<Job>>,
    /// The queue's other end, to take out what does not count any more.
    queue: Receiver<Job>,
    /// Goes up by one where a job begins, and where it ends; odd while one is done. The thread's own.
    turns: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Lane {
    fn start(work: JobKind, tell: Sender<Done>, places: DiskPlaces) -> io::Result<Self> {
        let (jobs, queue) = bounded::<Job>(work.waiting());
        let turns = Arc::new(AtomicU64::new(0));
        let (to_do, of_thread) = (queue.clone(), Arc::clone(&turns));
        let thread = threads::spawn(work.thread(), move || {
            for job in to_do {
                of_thread.fetch_add(1, Ordering::Relaxed);
                let done = perform(job, &places);
                of_thread.fetch_add(1, Ordering::Relaxed);
                // Nobody listens any more; what is to be saved is saved all the same.
                let _unheard = tell.send(done);
            }
        })?;
        Ok(Self { work, jobs: Some(jobs), queue, turns, thread: Some(thread) })
    }

    fn ask(&self, job: Job) -> bool {
        if self.work == JobKind::List {
            drop(self.queue.try_recv());
        }
        self.jobs.as_ref().is_some_and(|jobs| jobs.try_send(job).is_ok())
    }
}

impl Disk {
    /// Starts them.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(places: DiskPlaces) -> io::Result<Self> {
        let (tell, done) = bounded(WAITING);
        let lane = |work| Lane::start(work, tell.clone(), places.clone());
        let [write, open, list] = JobKind::ALL.map(lane);
        Ok(Self { lanes: [write?, open?, list?], done: Some(done) })
    }

    /// Asks for something; false if too much waits already, and then it will not be done.
    #[must_use]
    pub fn ask(&self, job: Job) -> bool {
        let work = JobKind::of(&job);
        let lane = self.lanes.iter().find(|lane| lane.work == work);
        lane.is_some_and(|lane| lane.ask(job))
    }

    /// What was done since the last call, without waiting.
    pub fn done(&self) -> impl Iterator<Item = Done> {
        self.done.iter().flat_map(Receiver::try_iter)
    }

    /// The jobs that are being done, each by a number that no other of its kind has: a reader that sees the same
    /// for long knows that a disk does not answer.
    pub fn at_work(&self) -> [Option<u64>; 3] {
        self.lanes.each_ref().map(|lane| {
            let turns = lane.turns.load(Ordering::Relaxed);
            (turns % 2 == 1).then_some(turns)
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
            let most = if lane.work == JobKind::Write { ENDING } else { READING_ENDS };
            if let Some(thread) = lane.thread.take() {
                threads::join_within(thread, most);
            }
        }
    }
}

fn perform(job: Job, places: &DiskPlaces) -> Done {
    let DiskPlaces { settings, secrets } = places;
    match job {
        Job::Open(path) => {
            let opened = open(&path).map(|show| {
                let keys = secrets.load(&show);
                Box::new(OpenedShow { show, keys })
            });
            Done::Opened(path, opened)
        }
        Job::Save(show, path) => {
            let saved = save(&show, &path);
            Done::Saved(show, path, saved)
        }
        Job::List(typed) => {
            let listed = path_completion::entries(&typed);
            Done::Listed(typed, listed)
        }
        Job::Keep(kept) => Done::Kept(settings.as_deref().map_or(Ok(()), |path| keep(&kept, path))),
        Job::KeepKey(name, SecretKey(key)) => {
            let kept = secrets.keep(&name, &key);
            Done::KeyKept(name, kept)
        }
    }
}

fn keep(kept: &Settings, path: &Path) -> Result<(), DiskError> {
    settings::save(kept, path).map_err(|error| DiskError {
        path: path.to_owned(),
        what: "the desk's settings cannot be kept",
        error,
    })
}

/// Reads a show as it is to run: without faults, its paths absolute. Waits for the disk.
///
/// # Errors
/// [`OpenShowError`], with the path.
pub fn open(path: &Path) -> Result<Show, OpenShowError> {
    let show = show_files::load(path)?;
    let faults = show.check();
    if !faults.is_empty() {
        return Err(OpenShowError::Faulty { path: path.to_owned(), faults });
    }
    Ok(show_files::anchored(show, &folder_of(path)))
}

/// Saves a show as it runs: what lies beside the file is named from its folder. Waits for the disk.
///
/// # Errors
/// [`SaveError`]; then the file is what it was.
pub fn save(show: &Show, path: &Path) -> Result<(), SaveError> {
    show_files::save(&show_files::relative(show.clone(), &folder_of(path)), path)
}

/// The folder of a file, absolute; `.` if the system does not even know where we are.
fn folder_of(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.parent().map(Path::to_owned).unwrap_or_default()
}

/// The bytes that are free for us where a file is or is to be, by its nearest folder that is there.
/// Waits for the disk.
///
/// # Errors
/// [`DiskError`]: the system does not say.
pub fn space(path: &Path) -> Result<u64, DiskError> {
    let wrong = |error| DiskError {
        path: path.to_owned(),
        what: "it is not known how much is free there",
        error,
    };
    let whole = std::path::absolute(path).map_err(wrong)?;
    let there = whole.ancestors().find(|folder| folder.exists());
    let there = there.ok_or_else(|| wrong(io::ErrorKind::NotFound.into()))?;
    free(there).map_err(wrong)
}

#[cfg(unix)]
fn free(folder: &Path) -> io::Result<u64> {
    let system = rustix::fs::statvfs(folder)?;
    Ok(system.f_bavail.saturating_mul(system.f_frsize))
}

#[cfg(not(unix))]
fn free(_folder: &Path) -> io::Result<u64> {
    Err(io::ErrorKind::Unsupported.into())
}
