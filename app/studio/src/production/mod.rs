//! The show that is open, and the program that runs it. Another show, or another format, is another
//! program: the new one runs before the old one ends.

pub mod log_format;
pub mod log_writer;
pub mod replay;
pub mod session_log;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;
use compositor::Backend;
use crossbeam_channel::Receiver;
use engine::{Command, CommandKind, FrameIndex, Issuer, ProgramId, Snapshot, Switch};
use show::{Format, Output, OutputId, OutputKind, Show};

use crate::outputs::RunningOutput;
use crate::production::session_log::{Header, LogError, LogPlace, SessionLog};
use crate::program::program_thread::Happening;
use crate::program::session::{Options, Session, Studio};
use crate::threads::{self, Starter};

/// How long the end waits for a program that was replaced before.
const ENDING: Duration = Duration::from_secs(1);

/// A show, its file and its program. Belongs to the window's thread.
pub struct Production {
    /// What all programs share.
    pub studio: Studio,
    session: Session,
    log: SessionLog,
    happenings: Receiver<Happening>,
    /// Where session logs are kept.
    logs: PathBuf,
    /// Which compositor was asked for.
    backend: Option<Backend>,
    path: Option<PathBuf>,
    /// The show as its file has it.
    saved: Arc<Show>,
    /// Whether the state that was compared last differs from the file.
    compared: Option<(Arc<Snapshot>, bool)>,
    /// Programs are more urgent than the window that asks for them.
    starter: Starter,
    /// The ends of the programs before this one.
    ending: Vec<JoinHandle<()>>,
}

/// Commands that land on the first frames.
pub type Opening = Vec<(FrameIndex, Command)>;

impl Production {
    /// Runs a show whose paths are absolute; a new one has no file yet. What the program accepts is
    /// written down in the folder `logs`. It and those after it are composed by `backend`, or by what
    /// suits the machine.
    ///
    /// # Errors
    /// The program does not start.
    pub fn start(
        studio: Studio,
        show: Show,
        (path, logs): (Option<PathBuf>, PathBuf),
        backend: Option<Backend>,
        opening: Opening,
    ) -> anyhow::Result<Self> {
        let saved = Arc::new(show.clone());
        let (session, log, happenings) = begin(&studio, show, &logs, (backend, opening))?;
        let (compared, ending, starter) = (None, Vec::new(), Starter::new()?);
        Ok(Self {
            studio,
            session,
            log,
            happenings,
            logs,
            backend,
            path,
            saved,
            compared,
            starter,
            ending,
        })
    }

    /// The program.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// What happened and was not taken yet.
    pub fn happenings(&self) -> &Receiver<Happening> {
        &self.happenings
    }

    /// Why the session log is not written, once.
    pub fn log_trouble(&self) -> Option<Arc<LogError>> {
        self.log.trouble()
    }

    /// Where the show's file is.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Runs another show in the place of this one. `saved` is the show as its file has it.
    ///
    /// # Errors
    /// The new program does not start; the old one goes on.
    pub fn replace(
        &mut self,
        show: Show,
        saved: Arc<Show>,
        path: Option<PathBuf>,
        opening: Opening,
    ) -> anyhow::Result<()> {
        let (studio, logs, how) = (self.studio.clone(), self.logs.clone(), (self.backend, opening));
        let begun = self.starter.run(move || begin(&studio, show, &logs, how));
        let (session, log, happenings) = begun.context("nothing can be started any more")??;
        let old = std::mem::replace(&mut self.session, session);
        let log = std::mem::replace(&mut self.log, log);
        self.happenings = happenings;
        (self.path, self.saved, self.compared) = (path, saved, None);
        // Sources may take a while to close, and nobody waits for them.
        self.ending.retain(|ending| !ending.is_finished());
        self.ending.extend(threads::spawn("closing", move || drop(end(old, log))));
        Ok(())
    }

    /// Runs the show in another format, with the same on the buses.
    ///
    /// # Errors
    /// The new program does not start; the old one goes on.
    pub fn reformat(&mut self, format: Format) -> anyhow::Result<()> {
        let snapshot = self.session.shared.snapshot.load_full();
        let show = Show { format, ..self.present() };
        let mut opening = Opening::new();
        let mut at = 0;
        for (items, takes) in [(&snapshot.pgm, true), (&snapshot.pvw, false)] {
            let load = match (items.scene, items.layout) {
                (Some(id), _) if show.scene(id).is_some() => Switch::LoadScene(id),
                (_, Some(id)) if show.layout(id).is_some() => Switch::LoadLayout(id),
                _ => continue,
            };
            opening.push(ask(at, load));
            if takes {
                opening.push(ask(at, Switch::Cut));
                // A take waits for its sources, and a load meanwhile would supersede it.
                at = u64::from(format.rate.nominal());
            }
        }
        self.replace(show, Arc::clone(&self.saved), self.path.clone(), opening)
    }

    /// The show as it would be saved.
    pub fn present(&self) -> Show {
        self.session.shared.snapshot.load().saved_show()
    }

    /// Whether the show differs from its file.
    pub fn is_changed(&mut self) -> bool {
        let snapshot = self.session.shared.snapshot.load_full();
        match &self.compared {
            Some((compared, differs)) if Arc::ptr_eq(compared, &snapshot) => *differs,
            _ => {
                let differs = self.present() != *self.saved;
                self.compared = Some((snapshot, differs));
                differs
            }
        }
    }

    /// The file has this show now.
    pub fn was_saved(&mut self, show: Arc<Show>, path: PathBuf) {
        (self.saved, self.path, self.compared) = (show, Some(path), None);
    }

    /// Whether the programs that were replaced have closed everything of theirs.
    pub fn has_closed_others(&self) -> bool {
        self.ending.iter().all(JoinHandle::is_finished)
    }

    /// Ends the program: yields the outputs that ran.
    pub fn finish(self) -> Vec<RunningOutput> {
        let ended = end(self.session, self.log);
        for ending in self.ending {
            threads::join_within(ending, ENDING);
        }
        ended
    }
}

type Begun = (Session, SessionLog, Receiver<Happening>);

fn begin(
    studio: &Studio,
    show: Show,
    logs: &Path,
    (backend, script): (Option<Backend>, Opening),
) -> anyhow::Result<Begun> {
    let before = Arc::new(show.clone());
    let session = Session::start(studio, show, Options { backend, script, ..Options::default() })?;
    let header = Header::new(session.program, before);
    let place = LogPlace::Folder(logs.to_owned());
    let (log, happenings) = SessionLog::start(session.happenings.clone(), place, header)?;
    Ok((session, log, happenings))
}

/// Ends a program, and then its log.
fn end(session: Session, log: SessionLog) -> Vec<RunningOutput> {
    let shared = Arc::clone(&session.shared);
    let ended = session.finish();
    if let Some(trouble) = log.finish(shared.counts.frames.load(Ordering::Acquire)) {
        tracing::warn!("{trouble}");
    }
    ended
}

/// A command of the window's for a frame of the program that is about to start.
fn ask(frame: u64, switch: Switch) -> (FrameIndex, Command) {
    let (program, origin) = (ProgramId::default(), Issuer::Window);
    let kind = CommandKind::Switch(switch);
    (FrameIndex(frame), Command { program, origin, gesture: None, kind })
}

/// What is on the buses at first. The demo begins on air; any other show waits on PVW until it is
/// taken.
pub fn opening(show: &Show, is_demo: bool) -> Opening {
    let mut scenes = show.scenes.iter().map(|scene| scene.id);
    let mut script = Opening::new();
    let mut at = 0;
    if is_demo && let Some(first) = scenes.next() {
        script.push(ask(at, Switch::Take(first)));
        // A take waits for its sources, and a load meanwhile would supersede it.
        at = u64::from(show.format.rate.nominal());
    }
    if let Some(next) = scenes.next() {
        script.push(ask(at, Switch::LoadScene(next)));
    }
    script
}

/// An empty show that can be recorded at once, into this folder.
pub fn new_show((name, recording): (String, String), recordings: &Path) -> Show {
    let format = Format { raster: show::Raster::Hd, rate: show::FrameRate::R25 };
    let mut show = Show::new(name, format);
    let path = recordings.join("programme.mkv").display().to_string();
    let (profile, bus, sei) = Default::default();
    let (id, kind) = (OutputId(1), OutputKind::Record { path });
    show.outputs.push(Output { id, name: recording, kind, profile, bus, sei });
    show
}
