//! Files chosen by the desktop's own dialog. The dialog is asked for by a process of its own: the
//! library that speaks for it to the bus ends its process when the bus goes away, and nothing may end
//! the programme.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::storage::portal::{self, NoPortal};
use crate::threads;

/// For what a file is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FileKind {
    /// A show, to open it.
    OpenShow,
    /// A show, to save it.
    SaveShow,
    /// A film or sound.
    Media,
    /// A picture.
    Picture,
    /// A recording, to write it.
    Recording,
}

impl FileKind {
    fn is_saved(self) -> bool {
        matches!(self, Self::SaveShow | Self::Recording)
    }

    /// Which files are offered; all where nothing is said. The names need no translation.
    fn filter(self) -> Option<(&'static str, &'static [&'static str])> {
        match self {
            Self::OpenShow | Self::SaveShow => Some(("JSON", &["json"])),
            Self::Picture => Some(("PNG, JPEG", &["png", "jpg", "jpeg"])),
            Self::Recording => Some(("Matroska", &["mkv"])),
            // GStreamer knows more kinds of film than anybody could list.
            Self::Media => None,
        }
    }

    fn word(self) -> OsString {
        let value = clap::ValueEnum::to_possible_value(&self);
        value.map(|value| value.get_name().into()).unwrap_or_default()
    }
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picked {
    /// This file was chosen.
    Chosen(FileKind, PathBuf),
    /// The dialog was closed.
    Cancelled(FileKind),
    /// There was no dialog, and this is why.
    NoPortal(FileKind, NoPortal),
}

/// Asks for files to be chosen, one at a time. Dropping it closes a dialog that is open.
pub struct FileDialog {
    bus: Option<String>,
    tell: Sender<Picked>,
    told: Receiver<Picked>,
    open: Arc<Open>,
}

/// The dialog that is open.
#[derive(Default)]
struct Open {
    is: AtomicBool,
    child: Mutex<Option<Child>>,
}

impl Default for FileDialog {
    fn default() -> Self {
        Self::on(None)
    }
}

impl FileDialog {
    /// By the portal on the bus of this address, or else on the session's.
    pub fn on(bus: Option<String>) -> Self {
        // One dialog at a time has one answer.
        let (tell, told) = bounded(1);
        Self { bus, tell, told, open: Arc::default() }
    }

    /// Lets a file be chosen: `title` is the dialog's, in the operator's language; it begins at
    /// `start`, a folder or a file. Returns at once; false if a dialog is open already, or its answer
    /// was not taken yet.
    #[must_use]
    pub fn ask(&self, what: FileKind, title: &str, start: Option<&Path>) -> bool {
        if !self.told.is_empty() || self.open.is.swap(true, Ordering::AcqRel) {
            return false;
        }
        let (bus, tell, open) = (self.bus.clone(), self.tell.clone(), Arc::clone(&self.open));
        let (title, start) = (title.to_owned(), start.map(Path::to_owned));
        let thread = threads::spawn("browse", move || {
            let found = portal::find(bus.as_deref());
            let chosen = found.and_then(|()| dialog(what, &title, start.as_deref(), &open));
            open.is.store(false, Ordering::Release);
            // There is room for one answer, and nobody asks before it was taken.
            let _unheard = tell.try_send(match chosen {
                Ok(Some(path)) => Picked::Chosen(what, path),
                Ok(None) => Picked::Cancelled(what),
                Err(reason) => Picked::NoPortal(what, reason),
            });
        });
        if thread.is_err() {
            self.open.is.store(false, Ordering::Release);
        }
        thread.is_ok()
    }

    /// Whether a dialog is open, or about to be.
    pub fn is_open(&self) -> bool {
        self.open.is.load(Ordering::Acquire)
    }

    /// What came of it, once it is there; never waits.
    pub fn done(&self) -> Option<Picked> {
        self.told.try_recv().ok()
    }
}

impl Drop for FileDialog {
    fn drop(&mut self) {
        if let Some(child) = lock(&self.open.child).as_mut() {
            // It may have ended by itself.
            let _ended = child.kill();
        }
    }
}

/// Shows the dialog in a process of its own, and waits for its end.
fn dialog(
    what: FileKind,
    title: &str,
    start: Option<&Path>,
    open: &Open,
) -> Result<Option<PathBuf>, NoPortal> {
    let failed = |error: io::Error| NoPortal::Failed(error.to_string());
    let mut command = Command::new(this_program().map_err(failed)?);
    command.arg("choose").arg(what.word()).arg("--").arg(title).args(start);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    *lock(&open.child) = Some(child);
    let (mut chosen, mut said) = (Vec::new(), String::new());
    let read = out.map_or(Ok(0), |mut out| out.read_to_end(&mut chosen));
    let read = read.and_then(|_| err.map_or(Ok(0), |mut err| err.read_to_string(&mut said)));
    let child = lock(&open.child).take();
    let status = child.map(|mut child| child.wait()).transpose().map_err(failed)?;
    read.map_err(failed)?;
    match status {
        Some(status) if status.success() => Ok(path_of(chosen)),
        _ => Err(NoPortal::Failed(said.lines().next().unwrap_or("it ended").to_owned())),
    }
}

fn lock(child: &Mutex<Option<Child>>) -> MutexGuard<'_, Option<Child>> {
    // It is there or not, whatever panicked.
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

fn this_program() -> io::Result<PathBuf> {
    // By this name it is there even if another version was installed over it meanwhile.
    let running = Path::new("/proc/self/exe");
    if running.exists() { Ok(running.to_owned()) } else { std::env::current_exe() }
}

/// A path as the other process wrote it; nothing if it wrote none.
fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    #[cfg(unix)]
    let path = <OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes);
    #[cfg(not(unix))]
    let path = OsString::from(String::from_utf8_lossy(&bytes).into_owned());
    (!path.is_empty()).then(|| PathBuf::from(path))
}

/// The other process: shows the dialog, and writes the path that was chosen, or nothing, to `out`.
/// False if there was no dialog; why is on `err`.
pub(crate) fn choose(
    what: FileKind,
    title: String,
    start: Option<PathBuf>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<bool> {
    // The library says only here that it failed; its answer is that of a dialog that was closed.
    let hears = log::set_logger(&COMPLAINTS).is_ok();
    log::set_max_level(log::LevelFilter::Error);
    let mut dialog = rfd::FileDialog::new().set_title(title);
    if let Some((name, endings)) = what.filter() {
        dialog = dialog.add_filter(name, endings);
    }
    if let Some(start) = start {
        let (folder, name) = match start.is_dir() {
            true => (Some(start.as_path()), None),
            false => (start.parent(), start.file_name()),
        };
        if let Some(folder) = folder {
            dialog = dialog.set_directory(folder);
        }
        if let Some(name) = name.filter(|_| what.is_saved()) {
            dialog = dialog.set_file_name(name.to_string_lossy());
        }
    }
    let chosen = if what.is_saved() { dialog.save_file() } else { dialog.pick_file() };
    if let Some(path) = chosen {
        out.write_all(path.as_os_str().as_encoded_bytes())?;
        out.flush()?;
        return Ok(true);
    }
    let complaint = COMPLAINTS.first.lock().unwrap_or_else(PoisonError::into_inner).take();
    match complaint.filter(|_| hears) {
        Some(complaint) => writeln!(err, "{complaint}").map(|()| false),
        None => Ok(true),
    }
}

/// The first thing the dialog's library complained of.
struct Complaints {
    first: Mutex<Option<String>>,
}

static COMPLAINTS: Complaints = Complaints { first: Mutex::new(None) };

impl log::Log for Complaints {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| record.args().to_string());
    }

    fn flush(&self) {}
}
