//! The thread that waits for disks, so that the window never does: jobs in, what became of them out.
//! Jobs are done one after the other, in their order.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use show::{Fault, SecretName, Show};

use crate::secrets::{Kept, Secrets, SecretsError};
use crate::settings::{self, Settings};
use crate::store::{self, LoadError, SaveError};
use crate::{complete, threads};

/// How many jobs may wait; who asks for more is told that it is too much. As many answers may wait to
/// be taken: then the thread waits, and the jobs with it.
pub const WAITING: usize = 64;
/// How long the end may wait for what is still to be saved; a disk that hangs is left behind.
const ENDING: Duration = Duration::from_secs(2);

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
    KeepKey(SecretName, Key),
}

/// A stream key on its way to where it is kept; it shows itself to nobody.
#[derive(Clone)]
pub struct Key(pub String);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// What became of a job.
#[derive(Debug)]
pub enum Done {
    /// The show of this file.
    Opened(PathBuf, Result<Box<Opened>, OpenError>),
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
pub struct Opened {
    /// Ready to run: without faults, its paths absolute.
    pub show: Show,
    /// Whether the stream keys it names could be looked up; those that were found are known.
    pub keys: Result<(), SecretsError>,
}

/// Why a show was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
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

/// What a disk does not do.
#[derive(Debug, thiserror::Error)]
#[error("{}: {what}: {error}", .path.display())]
pub struct DiskError {
    /// Where.
    pub path: PathBuf,
    /// What, in the operator's words.
    pub what: &'static str,
    /// The system's reason.
    pub error: io::Error,
}

/// Where things are kept.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The file of the desk's settings; without one they are not kept, which is no error.
    pub settings: Option<PathBuf>,
    /// Stream keys.
    pub secrets: Arc<Secrets>,
}

/// The thread, and the two queues to and from it. Dropping it waits for what is still to be done, at
/// most two seconds.
pub struct Disk {
    jobs: Option<Sender<Job>>,
    done: Option<Receiver<Done>>,
    thread: Option<JoinHandle<()>>,
}

impl Disk {
    /// Starts it.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(places: Places) -> io::Result<Self> {
        let (jobs, to_do) = bounded(WAITING);
        let (tell, done) = bounded(WAITING);
        let thread = threads::spawn("disk", move || {
            for job in to_do {
                // Nobody listens any more; what is to be saved is saved all the same.
                let _unheard = tell.send(perform(job, &places));
            }
        })?;
        Ok(Self { jobs: Some(jobs), done: Some(done), thread: Some(thread) })
    }

    /// Asks for something; false if too much waits already, and then it will not be done.
    #[must_use]
    pub fn ask(&self, job: Job) -> bool {
        self.jobs.as_ref().is_some_and(|jobs| jobs.try_send(job).is_ok())
    }

    /// What was done since the last call, without waiting.
    pub fn done(&self) -> impl Iterator<Item = Done> {
        self.done.iter().flat_map(Receiver::try_iter)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.done = None;
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            threads::join_within(thread, ENDING);
        }
    }
}

fn perform(job: Job, places: &Places) -> Done {
    let Places { settings, secrets } = places;
    match job {
        Job::Open(path) => {
            let opened = open(&path).map(|show| {
                let keys = secrets.load(&show);
                Box::new(Opened { show, keys })
            });
            Done::Opened(path, opened)
        }
        Job::Save(show, path) => {
            let saved = save(&show, &path);
            Done::Saved(show, path, saved)
        }
        Job::List(typed) => {
            let listed = complete::entries(&typed);
            Done::Listed(typed, listed)
        }
        Job::Keep(kept) => Done::Kept(settings.as_deref().map_or(Ok(()), |path| keep(&kept, path))),
        Job::KeepKey(name, Key(key)) => {
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
/// [`OpenError`], with the path.
pub fn open(path: &Path) -> Result<Show, OpenError> {
    let show = store::load(path)?;
    let faults = show.check();
    if !faults.is_empty() {
        return Err(OpenError::Faulty { path: path.to_owned(), faults });
    }
    Ok(store::anchored(show, &folder_of(path)))
}

/// Saves a show as it runs: what lies beside the file is named from its folder. Waits for the disk.
///
/// # Errors
/// [`SaveError`]; then the file is what it was.
pub fn save(show: &Show, path: &Path) -> Result<(), SaveError> {
    store::save(&store::relative(show.clone(), &folder_of(path)), path)
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
