//! Shows a file in the desktop's file manager: selected in its folder if the desktop can do that, else the
//! folder alone.

use std::ffi::OsString;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use zbus::blocking::connection::Builder;

use crate::threads;

/// The file manager on the session bus (freedesktop.org, File Manager D-Bus Interface).
const NAME: &str = "org.freedesktop.FileManager1";
const PLACE: &str = "/org/freedesktop/FileManager1";
/// How long it may take to answer: it may have to be started.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How many answers may wait; further ones are dropped.
const ANSWERS: usize = 4;

/// A folder that could not be shown, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: the folder cannot be shown: {reason}", .folder.display())]
pub struct NotShown {
    /// The folder.
    pub folder: PathBuf,
    /// The system's reason.
    pub reason: String,
}

/// Asks the desktop to show files. Nothing here waits for it.
pub struct FileManager {
    bus: Option<String>,
    opener: OsString,
    failures: Sender<NotShown>,
    failed: Receiver<NotShown>,
}

impl Default for FileManager {
    fn default() -> Self {
        Self::with(None, "xdg-open".into())
    }
}

impl FileManager {
    /// Asks the file manager on the bus of this address, or on the session bus; failing that, `opener`
    /// is run with the folder.
    pub fn with(bus: Option<String>, opener: OsString) -> Self {
        let (failures, failed) = bounded(ANSWERS);
        Self { bus, opener, failures, failed }
    }

    /// Shows a file in its folder. Returns at once; false if no thread can be started.
    #[must_use]
    pub fn show(&self, file: &Path) -> bool {
        let (bus, opener) = (self.bus.clone(), self.opener.clone());
        let (failures, file) = (self.failures.clone(), file.to_owned());
        // It is left behind if the desktop hangs: connecting to a bus has no timeout.
        let thread = threads::spawn("folder", move || {
            let folder = file.parent().map_or_else(|| file.clone(), Path::to_owned);
            if ask_file_manager(bus.as_deref(), &file).is_ok() {
                return;
            }
            if let Err(reason) = run(&opener, &folder) {
                let _sent = failures.try_send(NotShown { folder, reason });
            }
        });
        thread.is_ok()
    }

    /// Takes a failure that was not taken yet.
    pub fn failed(&self) -> Option<NotShown> {
        self.failed.try_recv().ok()
    }
}

fn ask_file_manager(bus: Option<&str>, file: &Path) -> zbus::Result<()> {
    let builder = match bus {
        Some(address) => Builder::address(address)?,
        None => Builder::session()?,
    };
    let connection = builder.method_timeout(TIMEOUT).build()?;
    let asked = (vec![uri(file)], "");
    connection.call_method(Some(NAME), PLACE, Some(NAME), "ShowItems", &asked)?;
    Ok(())
}

/// Runs the desktop's own opener on a folder. It is in a process group of its own, so that no signal to us ends
/// what it starts.
fn run(opener: &OsString, folder: &Path) -> Result<(), String> {
    let mut command = Command::new(opener);
    command.arg(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let name = opener.to_string_lossy();
    let status = command.process_group(0).status();
    match status.map_err(|error| format!("{name}: {error}"))? {
        status if status.success() => Ok(()),
        status => Err(format!("{name}: {status}")),
    }
}

/// A path as a URI (RFC 8089): every byte that is not plain is escaped.
fn uri(path: &Path) -> String {
    let mut uri = "file://".to_owned();
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            let _written = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
