//! The devices that are connected to this computer, as a process of our own lists them: see [`super::watch`].
//!
//! There is one catalogue a process. It is asked by the threads of sources and of the dialog alone, and what it waits for
//! is bounded: a server that does not answer holds up the other process.

use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use gstreamer as gst;
use rustix::event::{PollFd, PollFlags, Timespec};

use super::error::{DeviceError, DeviceKind};
pub use super::watch::Connected;
use super::watch::Watch;

/// How long a new process is waited for at a time, and in all, in nanoseconds.
const WAITED: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
const STARTS: u64 = 2_000_000_000;
/// For how long what is listed is believed after something was closed, and while something is not found, in
/// nanoseconds: a provider whose server is gone goes on saying what it last knew, and one that found no server when it
/// was started looks for none.
const BELIEVED: u64 = 400_000_000;
const BELIEVED_WITHOUT: u64 = 2_000_000_000;
/// The longest list, in bytes.
const LONGEST: usize = 4 << 20;

/// The program that lists devices, and its arguments: see [`list_by`].
static PROGRAM: OnceLock<(PathBuf, &'static str)> = OnceLock::new();
static CATALOGUE: Mutex<Option<Catalogue>> = Mutex::new(None);

/// Has devices listed by this program, which is started with this argument and then calls [`super::serve`]. Without one
/// they are listed once, by this process.
pub fn list_by(program: PathBuf, argument: &'static str) {
    // Who set it first has started it already.
    let _set = PROGRAM.set((program, argument));
}

struct Catalogue {
    lister: Option<Lister>,
    listed: Vec<Connected>,
    /// When it was begun, on GStreamer's clock.
    since: u64,
    /// Something that was listed could not be used, or was closed.
    is_doubted: bool,
}

/// The process that lists. Dropping it ends it.
struct Lister {
    child: Child,
    out: ChildStdout,
    read: Vec<u8>,
}

impl Lister {
    fn start() -> io::Result<Option<Self>> {
        let Some((program, argument)) = PROGRAM.get() else { return Ok(None) };
        let mut command = Command::new(program);
        command.arg(argument).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn()?;
        let out = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Some(Self { child, out, read: Vec::new() }))
    }

    /// The newest list that has come within `wait`, if a new one has.
    ///
    /// # Errors
    /// It has ended.
    fn newest(&mut self, wait: Timespec) -> io::Result<Option<Vec<Connected>>> {
        let mut wait = wait;
        loop {
            let mut polled = [PollFd::new(&self.out, PollFlags::IN)];
            if rustix::event::poll(&mut polled, Some(&wait))? == 0 {
                break;
            }
            wait = Timespec { tv_sec: 0, tv_nsec: 0 };
            let mut piece = [0; 16_384];
            match self.out.read(&mut piece)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                _ if self.read.len() > LONGEST => return Err(io::ErrorKind::InvalidData.into()),
                count => self.read.extend_from_slice(&piece[..count]),
            }
        }
        let Some(end) = self.read.iter().rposition(|byte| *byte == b'\n') else { return Ok(None) };
        let whole: Vec<u8> = self.read.drain(..=end).collect();
        let last = whole[..end].rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        Ok(Some(serde_json::from_slice(last)?))
    }
}

impl Drop for Lister {
    fn drop(&mut self) {
        // It has no state to lose.
        let _killed = self.child.kill();
        let _ended = self.child.wait();
    }
}

impl Catalogue {
    fn start() -> Self {
        let lister = Lister::start().ok().flatten();
        let listed = if lister.is_some() { Vec::new() } else { Watch::start().connected() };
        let since = gst::get_timestamp().nseconds();
        let mut this = Self { lister, listed, since, is_doubted: false };
        while this.lister.is_some() && this.age() < STARTS && !this.take_news(WAITED) {}
        this
    }

    fn age(&self) -> u64 {
        gst::get_timestamp().nseconds().saturating_sub(self.since)
    }

    /// Takes what was listed since; true if something was.
    fn take_news(&mut self, wait: Timespec) -> bool {
        match self.lister.as_mut().map(|lister| lister.newest(wait)) {
            Some(Ok(Some(listed))) => {
                self.listed = listed;
                true
            }
            Some(Err(_)) => {
                (self.lister, self.is_doubted) = (None, true);
                false
            }
            Some(Ok(None)) | None => false,
        }
    }

    fn look(&self, kind: DeviceKind, id: &str) -> Option<Connected> {
        let mut all = self.listed.iter();
        all.find(|one| one.found.kind == kind && one.found.id == id).cloned()
    }
}

/// The device of this id, if it is connected. May wait for two seconds.
pub fn find(kind: DeviceKind, id: &str) -> Option<Connected> {
    let mut all = lock();
    let catalogue = all.get_or_insert_with(Catalogue::start);
    catalogue.take_news(Timespec { tv_sec: 0, tv_nsec: 0 });
    let (found, age) = (catalogue.look(kind, id), catalogue.age());
    let is_believed = match (&found, catalogue.is_doubted) {
        (Some(_), false) => true,
        (_, true) => age < BELIEVED,
        (None, false) => age < BELIEVED_WITHOUT,
    };
    if is_believed {
        return found.filter(|_| !catalogue.is_doubted);
    }
    // First the old one ends: both would be asked by the servers at once.
    *all = None;
    all.insert(Catalogue::start()).look(kind, id)
}

/// Whether a device that runs is known to be gone. Never waits.
pub fn is_gone(kind: DeviceKind, id: &str) -> bool {
    let Ok(mut all) = CATALOGUE.try_lock() else { return false };
    all.as_mut().is_some_and(|catalogue| {
        catalogue.take_news(Timespec { tv_sec: 0, tv_nsec: 0 });
        // Of a list that has ended nothing is known.
        !catalogue.is_doubted && catalogue.look(kind, id).is_none()
    })
}

/// What was listed could not be used: it is looked for anew before anything else is found.
pub fn doubt() {
    if let Some(catalogue) = lock().as_mut() {
        catalogue.is_doubted = true;
    }
}

/// All devices that are connected, looked for anew if `is_fresh`. May wait for two seconds.
pub fn all(is_fresh: bool) -> Vec<Connected> {
    let mut all = lock();
    let is_old = all.as_ref().is_some_and(|catalogue| {
        (is_fresh && catalogue.age() >= BELIEVED) || catalogue.lister.is_none()
    });
    if is_old {
        *all = None;
    }
    let catalogue = all.get_or_insert_with(Catalogue::start);
    catalogue.take_news(Timespec { tv_sec: 0, tv_nsec: 0 });
    catalogue.listed.clone()
}

/// Why no device of a kind is listed.
pub fn why_none(kind: DeviceKind) -> DeviceError {
    let (elements, package, none) = match kind {
        DeviceKind::Camera => {
            (["v4l2src", "pipewiresrc"], "gstreamer1.0-pipewire", DeviceError::NoCamera)
        }
        DeviceKind::Microphone => {
            (["pulsesrc", "alsasrc"], "gstreamer1.0-pulseaudio", DeviceError::NoMicrophone)
        }
    };
    let has_any = elements.iter().any(|name| gst::ElementFactory::find(name).is_some());
    if has_any { none } else { DeviceError::NoPlugin(package) }
}

fn lock() -> MutexGuard<'static, Option<Catalogue>> {
    // Every change leaves it consistent, so a poisoned lock is still good.
    CATALOGUE.lock().unwrap_or_else(PoisonError::into_inner)
}
