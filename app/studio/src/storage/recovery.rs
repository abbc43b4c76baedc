//! What a program needs to go on after a crash, on disk: one journal for each running program, replaced whole
//! whenever something settled has changed. A lock tells the journal of a living program from one that was
//! left behind. These functions wait for the disk.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use engine::BusItems;
use serde::{Deserialize, Serialize};
use show::{OutputId, Show};

use crate::{clock, fingerprint};

/// The version this build writes and reads.
pub const VERSION: u64 = 1;
/// How many journals that nobody wanted are kept; the oldest go first.
pub const KEPT: usize = 10;
/// A larger file is no journal.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// The state of a program, as it is offered after a crash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovery {
    /// The version, [`VERSION`].
    pub downstage_recovery: u64,
    /// When it was written, in milliseconds since 1970.
    pub wall_millis: u64,
    /// The show's file; a new show has none.
    pub path: Option<PathBuf>,
    /// Whether the show differs from its file.
    pub is_changed: bool,
    /// The show with the mixer as it stands; its paths are absolute.
    pub show: Show,
    /// What is on PGM.
    pub pgm: BusItems,
    /// What is on PVW.
    pub pvw: BusItems,
    /// Whether the operator had put the standby on air; earlier builds had none.
    #[serde(default)]
    pub standby: bool,
    /// The outputs that run.
    pub outputs: Vec<OutputId>,
    /// The files of the recordings that run, oldest first.
    pub recordings: Vec<PathBuf>,
    /// The [`fingerprint_of`] the show as it is in its file; earlier builds did not write it.
    #[serde(default)]
    pub saved: Option<u64>,
}

/// Tells a show from another one, in every build.
pub fn fingerprint_of(show: &Show) -> u64 {
    fingerprint::of(&serde_json::to_vec(show).unwrap_or_default())
}

impl Recovery {
    /// Whether the show's file, which holds this now, was written by another program after the journal.
    pub fn is_file_changed(&self, now: &Show) -> bool {
        self.saved.is_some_and(|saved| saved != fingerprint_of(now))
    }
}

/// The journal of one running program. Its lock lasts as long as the value, or the process.
#[derive(Debug)]
pub struct Journal {
    lock: File,
    lock_path: PathBuf,
    /// The end of all names that belong to it.
    stamp: String,
    /// Where it was last written.
    written: Option<PathBuf>,
}

/// A journal that a program left behind.
#[derive(Debug)]
pub struct LeftBehind {
    /// What it says.
    pub recovery: Recovery,
    /// The recordings that were not ended and are there, with their sizes in bytes.
    pub recordings: Vec<(PathBuf, u64)>,
    journal: PathBuf,
    lock_path: PathBuf,
    /// Held, so that no other program offers it meanwhile.
    _lock: File,
}

/// A journal that this build cannot read: another one has written it, or it is damaged.
#[derive(Debug)]
pub struct UnreadableJournal {
    /// The file.
    pub path: PathBuf,
    lock_path: PathBuf,
    /// Held, so that no other program offers it meanwhile.
    _lock: File,
}

/// What programs have left behind.
#[derive(Debug, Default)]
pub struct Found {
    /// The newest journal.
    pub left: Option<LeftBehind>,
    /// Those that cannot be read.
    pub unreadable: Vec<UnreadableJournal>,
}

impl Journal {
    /// Takes a lock in this folder, which is created if need be. Nothing is written yet.
    ///
    /// # Errors
    /// The system's reason.
    pub fn create(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let stamp = format!("{}-{}", clock::local_stamp(), std::process::id());
        let lock_path = folder.join(format!("{stamp}.lock"));
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(&lock_path)?;
        lock.try_lock()?;
        Ok(Self { lock, lock_path, stamp, written: None })
    }

    /// Writes it beside the show's file, or in the folder of the locks if that takes none or there is no file.
    ///
    /// # Errors
    /// The system's reason, for the last place that was tried.
    pub fn write(&mut self, recovery: &Recovery) -> io::Result<()> {
        let bytes = serde_json::to_vec(recovery)?;
        let own = self.lock_path.with_extension("recovery");
        let beside = recovery.path.as_deref().and_then(|show| self.beside(show));
        let place = match beside {
            Some(place) if replace(&bytes, &place).is_ok() => place,
            _ => {
                replace(&bytes, &own)?;
                own
            }
        };
        if self.written.as_ref() != Some(&place) {
            self.lock.set_len(0)?;
            self.lock.rewind()?;
            self.lock.write_all(place.to_str().unwrap_or_default().as_bytes())?;
            self.lock.sync_data()?;
            // Only now does nothing name the one before.
            if let Some(before) = self.written.replace(place) {
                fs::remove_file(before)?;
            }
        }
        Ok(())
    }

    /// Removes what was written: there is nothing to recover.
    ///
    /// # Errors
    /// The system's reason.
    pub fn clear(&mut self) -> io::Result<()> {
        self.written.take().map_or(Ok(()), fs::remove_file)
    }

    /// Ends it: nothing is left on the disk.
    ///
    /// # Errors
    /// The system's reason.
    pub fn remove(mut self) -> io::Result<()> {
        let cleared = self.clear();
        fs::remove_file(&self.lock_path).and(cleared)
    }

    /// A hidden file in the folder of the show; none where the lock could not name it, since locks are text.
    fn beside(&self, show: &Path) -> Option<PathBuf> {
        let mut name = OsString::from(".");
        name.push(show.file_name()?);
        name.push(format!(".{}.recovery", self.stamp));
        let place = show.with_file_name(name);
        place.to_str().is_some().then_some(place)
    }
}

impl LeftBehind {
    /// Removes it: it was taken over, or is not wanted.
    ///
    /// # Errors
    /// The system's reason.
    pub fn discard(self) -> io::Result<()> {
        remove(&self.journal, &self.lock_path)
    }
}

impl UnreadableJournal {
    /// Removes it: it is not wanted.
    ///
    /// # Errors
    /// The system's reason.
    pub fn discard(self) -> io::Result<()> {
        remove(&self.path, &self.lock_path)
    }
}

fn remove(journal: &Path, lock: &Path) -> io::Result<()> {
    let removed = fs::remove_file(journal);
    // A crash in the middle of a write leaves that, too; mostly there is none.
    let _unfinished = fs::remove_file(unfinished(journal));
    fs::remove_file(lock).and(removed)
}

/// The newest journal in this folder that a program has left behind, if there is one, and those that this build
/// cannot read. Other ones stay for another time, up to [`KEPT`] of them.
///
/// # Errors
/// The folder cannot be read. That it does not exist is none.
pub fn find(folder: &Path) -> io::Result<Found> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::default()),
        entries => entries?,
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let locks = paths.filter(|path| path.extension().is_some_and(|end| end == "lock"));
    let (mut found, mut unreadable) = (Vec::new(), Vec::new());
    for path in locks {
        match left_behind(&path) {
            Some(Ok(left)) => found.push(left),
            Some(Err(journal)) => unreadable.push(journal),
            None => {}
        }
    }
    unreadable.sort_by(|one, other| one.path.cmp(&other.path));
    found.sort_by_key(|one| std::cmp::Reverse(one.recovery.wall_millis));
    for old in found.split_off(found.len().min(KEPT)) {
        if let Err(error) = old.discard() {
            tracing::warn!("an old journal cannot be removed: {error}");
        }
    }
    Ok(Found { left: found.into_iter().next(), unreadable })
}

/// The journal of this lock, unless its program lives.
fn left_behind(lock_path: &Path) -> Option<Result<LeftBehind, UnreadableJournal>> {
    let mut lock = OpenOptions::new().read(true).write(true).open(lock_path).ok()?;
    match lock.try_lock() {
        Err(TryLockError::WouldBlock) => return None,
        // Where locks are not to be had, it is better offered than lost.
        Ok(()) | Err(TryLockError::Error(_)) => {}
    }
    let mut place = String::new();
    lock.read_to_string(&mut place).ok()?;
    let journal = PathBuf::from(place);
    let is_gone = !journal.exists() && journal.parent().is_none_or(Path::exists);
    if journal.as_os_str().is_empty() || is_gone {
        // Its program had nothing to recover. A drive that is away may be there another time.
        let _removed = fs::remove_file(lock_path);
        return None;
    }
    let lock_path = lock_path.to_owned();
    let Some(recovery) = read(&journal) else {
        // On a drive that is away it may be there another time.
        let is_there = journal.exists();
        return is_there.then_some(Err(UnreadableJournal {
            path: journal,
            lock_path,
            _lock: lock,
        }));
    };
    let with_size = |path: &PathBuf| Some((path.clone(), fs::metadata(path).ok()?.len()));
    let recordings = recovery.recordings.iter().filter_map(with_size).collect();
    Some(Ok(LeftBehind { recovery, recordings, journal, lock_path, _lock: lock }))
}

fn read(journal: &Path) -> Option<Recovery> {
    let mut bytes = Vec::new();
    File::open(journal).ok()?.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
    let recovery: Recovery = serde_json::from_slice(&bytes).ok()?;
    let is_whole = recovery.downstage_recovery == VERSION && recovery.show.check().is_empty();
    is_whole.then_some(recovery)
}

/// Replaces a journal atomically. The name of the new file is fixed, so that a crash leaves at most one.
fn replace(bytes: &[u8], journal: &Path) -> io::Result<()> {
    let new = unfinished(journal);
    let mut file = File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    fs::rename(&new, journal)
}

/// The file of a journal that is being written.
fn unfinished(journal: &Path) -> PathBuf {
    journal.with_extension("recovery-new")
}
