//! The desktop's file dialog. It is shown by a process of its own: the library that talks to the bus
//! ends its process when the bus goes away, and that must not end the programme.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::storage::portal::{self, NoPortal};
use crate::threads;

/// What a file is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FileKind {
    /// A show to open.
    OpenShow,
    /// A show to save.
    SaveShow,
    /// A video or audio file.
    Media,
    /// A picture.
    Picture,
    /// A recording to write.
    Recording,
    /// Several films, sounds and pictures.
    Several,
    /// A folder.
    Folder,
}

impl FileKind {
    fn is_saved(self) -> bool {
        matches!(self, Self::SaveShow | Self::Recording)
    }

    /// The name and extensions of the files to offer; `None` offers all. The names need no translation.
    fn filter(self) -> Option<(&'static str, &'static [&'static str])> {
        match self {
            Self::OpenShow | Self::SaveShow => Some(("JSON", &["json"])),
            Self::Picture => Some(("PNG, JPEG, WebP", &["png", "jpg", "jpeg", "webp"])),
            Self::Recording => Some(("Matroska", &["mkv"])),
            // GStreamer plays more formats than could be listed.
            Self::Media | Self::Several | Self::Folder => None,
        }
    }

    fn argument(self) -> OsString {
        let value = clap::ValueEnum::to_possible_value(&self);
        value.map(|value| value.get_name().into()).unwrap_or_default()
    }
}

/// The result of a dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileChoice {
    /// These files were chosen; one but for [`FileKind::Several`].
    Chosen(FileKind, Vec<PathBuf>),
    /// The dialog was closed.
    Cancelled(FileKind),
    /// There was no dialog, for this reason.
    NoPortal(FileKind, NoPortal),
}

/// Shows file dialogs, one at a time. Dropping it closes an open dialog.
pub struct FileDialog {
    bus: Option<String>,
    results: Sender<FileChoice>,
    done: Receiver<FileChoice>,
    open: Arc<Open>,
}

/// The state of the open dialog.
#[derive(Default)]
struct Open {
    is_open: AtomicBool,
    child: Mutex<Option<Child>>,
}

impl Default for FileDialog {
    fn default() -> Self {
        Self::on(None)
    }
}

impl FileDialog {
    /// Uses the portal on the bus of this address, or on the session bus.
    pub fn on(bus: Option<String>) -> Self {
        // There is one dialog at a time, and one result.
        let (results, done) = bounded(1);
        Self { bus, results, done, open: Arc::default() }
    }

    /// Shows a dialog with a title in the operator's language, starting at `start`, a folder or a file.
    /// Returns at once; false if a dialog is open already, or its result was not taken yet.
    #[must_use]
    pub fn show(&self, what: FileKind, title: &str, start: Option<&Path>) -> bool {
        if !self.done.is_empty() || self.open.is_open.swap(true, Ordering::AcqRel) {
            return false;
        }
        let (bus, results, open) = (self.bus.clone(), self.results.clone(), Arc::clone(&self.open));
        let (title, start) = (title.to_owned(), start.map(Path::to_owned));
        let thread = threads::spawn("browse", move || {
            let found = portal::check(bus.as_deref());
            let chosen = found.and_then(|()| dialog(what, &title, start.as_deref(), &open));
            open.is_open.store(false, Ordering::Release);
            // There is room: no other dialog opens before this result was taken.
            let _sent = results.try_send(match chosen {
                Ok(paths) if paths.is_empty() => FileChoice::Cancelled(what),
                Ok(paths) => FileChoice::Chosen(what, paths),
                Err(reason) => FileChoice::NoPortal(what, reason),
            });
        });
        if thread.is_err() {
            self.open.is_open.store(false, Ordering::Release);
        }
        thread.is_ok()
    }

    /// Whether a dialog is open, or about to be.
    pub fn is_open(&self) -> bool {
        self.open.is_open.load(Ordering::Acquire)
    }

    /// The result of the last dialog, once; never waits.
    pub fn done(&self) -> Option<FileChoice> {
        self.done.try_recv().ok()
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

/// Shows the dialog in another process, and waits for that to end.
fn dialog(
    what: FileKind,
    title: &str,
    start: Option<&Path>,
    open: &Open,
) -> Result<Vec<PathBuf>, NoPortal> {
    let failed = |error: io::Error| NoPortal::Failed(error.to_string());
    let mut command = Command::new(this_program().map_err(failed)?);
    command.arg("choose").arg(what.argument()).arg("--").arg(title).args(start);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    *lock(&open.child) = Some(child);
    let (mut chosen, mut errors) = (Vec::new(), String::new());
    let read = out.map_or(Ok(0), |mut out| out.read_to_end(&mut chosen));
    let read = read.and_then(|_| err.map_or(Ok(0), |mut err| err.read_to_string(&mut errors)));
    let child = lock(&open.child).take();
    let status = child.map(|mut child| child.wait()).transpose().map_err(failed)?;
    read.map_err(failed)?;
    match status {
        Some(status) if status.success() => Ok(paths_of(&chosen)),
        _ => Err(NoPortal::Failed(errors.lines().next().unwrap_or("it ended").to_owned())),
    }
}

fn lock(child: &Mutex<Option<Child>>) -> MutexGuard<'_, Option<Child>> {
    // The value is consistent whatever panicked.
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The program that runs, to be started once more.
///
/// # Errors
/// The system does not say.
pub fn this_program() -> io::Result<PathBuf> {
    // This name works even if another version was installed over the file meanwhile.
    let running = Path::new("/proc/self/exe");
    if running.exists() { Ok(running.to_owned()) } else { std::env::current_exe() }
}

/// The paths that the other process wrote, each behind a zero but for the first.
fn paths_of(bytes: &[u8]) -> Vec<PathBuf> {
    let path = |bytes: &[u8]| {
        #[cfg(unix)]
        let path = <OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes.to_vec());
        #[cfg(not(unix))]
        let path = OsString::from(String::from_utf8_lossy(bytes).into_owned());
        PathBuf::from(path)
    };
    bytes.split(|byte| *byte == 0).filter(|bytes| !bytes.is_empty()).map(path).collect()
}

/// The main function of the other process: shows the dialog, and writes the chosen paths, if any, to
/// `out`. False if there was no dialog; the reason is on `err`.
pub(crate) fn choose(
    what: FileKind,
    title: String,
    start: Option<PathBuf>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<bool> {
    // The library reports failures to the log only, and returns as if the dialog had been cancelled.
    let is_logging = log::set_logger(&COMPLAINTS).is_ok();
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
    let chosen = match what {
        FileKind::Several => dialog.pick_files(),
        FileKind::Folder => dialog.pick_folder().map(|path| vec![path]),
        _ if what.is_saved() => dialog.save_file().map(|path| vec![path]),
        _ => dialog.pick_file().map(|path| vec![path]),
    };
    if let Some(paths) = chosen {
        let paths: Vec<&[u8]> =
            paths.iter().map(|path| path.as_os_str().as_encoded_bytes()).collect();
        out.write_all(&paths.join(&0))?;
        out.flush()?;
        return Ok(true);
    }
    let complaint = COMPLAINTS.first.lock().unwrap_or_else(PoisonError::into_inner).take();
    match complaint.filter(|_| is_logging) {
        Some(complaint) => writeln!(err, "{complaint}").map(|()| false),
        None => Ok(true),
    }
}

/// A logger that stores the first error of the dialog's library.
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
