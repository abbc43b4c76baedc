//! The open show and the program that runs it. Another show, or another format, needs another program:
//! the new one runs before the old one ends.

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

use crate::clock::Clock;
use crate::outputs::RunningOutput;
use crate::production::session_log::{Header, LogError, LogPlace, SessionLog};
use crate::program::program_thread::{ProgramEvent, ProgramShared};
use crate::program::session::{Options, Session, Studio};
use crate::threads::{self, Starter};

/// How long [`Production::finish`] waits for a program that was replaced before.
const ENDING: Duration = Duration::from_secs(1);

/// How long the program before goes on if the new one does not get to its first frame, in nanoseconds.
const MAX_STAGING: u64 = 2_000_000_000;
const STAGING_POLL: u64 = 2_000_000;

/// A show, its file and its program. The window's thread owns it.
pub struct Production {
    /// What all programs share.
    pub studio: Studio,
    session: Session,
    log: SessionLog,
    events: Receiver<ProgramEvent>,
    /// The folder of session logs.
    logs: PathBuf,
    /// The requested compositor, if any.
    backend: Option<Backend>,
    path: Option<PathBuf>,
    /// The show as it is in its file.
    saved: Arc<Show>,
    /// The snapshot that was last compared with the file, and whether it differs.
    compared: Option<(Arc<Snapshot>, bool)>,
    /// Starts programs with normal priority, which the window's thread does not have.
    starter: Starter,
    /// The threads that end the programs before this one.
    ending: Vec<JoinHandle<()>>,
}

/// Commands for the first frames of a program.
pub type Opening = Vec<(FrameIndex, Command)>;

impl Production {
    /// Runs a show whose paths are absolute; a new one has no file yet. Session logs go to the folder
    /// `logs`. This program and the next ones compose on `backend`, or on what suits the machine.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start(
        studio: Studio,
        show: Show,
        (path, logs): (Option<PathBuf>, PathBuf),
        backend: Option<Backend>,
        opening: Opening,
    ) -> anyhow::Result<Self> {
        let saved = Arc::new(show.clone());
        let (session, log, events) = start_program(&studio, show, &logs, (backend, opening))?;
        let (compared, ending, starter) = (None, Vec::new(), Starter::new()?);
        Ok(Self {
            studio,
            session,
            log,
            events,
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

    /// The program's events.
    pub fn events(&self) -> &Receiver<ProgramEvent> {
        &self.events
    }

    /// Takes the error that stopped the session log, if there is one.
    pub fn take_log_error(&self) -> Option<Arc<LogError>> {
        self.log.take_error()
    }

    /// The path of the show's file.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Runs another show in place of this one. `saved` is the show as it is in its file.
    ///
    /// # Errors
    /// The new program cannot be started; the old one goes on.
    pub fn replace(
        &mut self,
        show: Show,
        saved: Arc<Show>,
        path: Option<PathBuf>,
        opening: Opening,
    ) -> anyhow::Result<()> {
        let (studio, logs, how) = (self.studio.clone(), self.logs.clone(), (self.backend, opening));
        let started = self.starter.run(move || start_program(&studio, show, &logs, how));
        let (session, log, events) = started.context("nothing can be started any more")??;
        let old = std::mem::replace(&mut self.session, session);
        let log = std::mem::replace(&mut self.log, log);
        self.events = events;
        (self.path, self.saved, self.compared) = (path, saved, None);
        let (shared, clock) = (Arc::clone(&self.session.shared), self.studio.clock.clone());
        // In the background, since sources may take a while to close.
        self.ending.retain(|ending| !ending.is_finished());
        self.ending.extend(threads::spawn("closing", move || {
            wait_until_staged(&shared, &clock);
            drop(finish_program(old, log));
        }));
        Ok(())
    }

    /// Runs the show in another format, with the same items on the buses.
    ///
    /// # Errors
    /// The new program cannot be started; the old one goes on.
    pub fn reformat(&mut self, format: Format) -> anyhow::Result<()> {
        let snapshot = self.session.shared.snapshot.load_full();
        let show = Show { format, ..self.current_show() };
        let mut opening = Opening::new();
        let mut at = 0;
        for (items, takes) in [(&snapshot.pgm, true), (&snapshot.pvw, false)] {
            let load = match (items.scene, items.layout) {
                (Some(id), _) if show.scene(id).is_some() => Switch::LoadScene(id),
                (_, Some(id)) if show.layout(id).is_some() => Switch::LoadLayout(id),
                _ => continue,
            };
            opening.push(command_at(at, load));
            if takes {
                opening.push(command_at(at, Switch::Cut));
                // The take may wait for its sources, and a load meanwhile would supersede it.
                at = u64::from(format.rate.nominal());
            }
        }
        self.replace(show, Arc::clone(&self.saved), self.path.clone(), opening)
    }

    /// The show as it would be saved now, with the current state of the mixer.
    pub fn current_show(&self) -> Show {
        self.session.shared.snapshot.load().saved_show()
    }

    /// Whether the show differs from its file.
    pub fn is_changed(&mut self) -> bool {
        let snapshot = self.session.shared.snapshot.load_full();
        match &self.compared {
            Some((compared, differs)) if Arc::ptr_eq(compared, &snapshot) => *differs,
            _ => {
                let differs = self.current_show() != *self.saved;
                self.compared = Some((snapshot, differs));
                differs
            }
        }
    }

    /// Records that the file now has this show.
    pub fn set_saved(&mut self, show: Arc<Show>, path: PathBuf) {
        (self.saved, self.path, self.compared) = (show, Some(path), None);
    }

    /// Whether all programs that were replaced have ended.
    pub fn have_replaced_ended(&self) -> bool {
        self.ending.iter().all(JoinHandle::is_finished)
    }

    /// Ends the program and returns its outputs.
    pub fn finish(self) -> Vec<RunningOutput> {
        let ended = finish_program(self.session, self.log);
        for ending in self.ending {
            threads::join_within(ending, ENDING);
        }
        ended
    }
}

type StartedProgram = (Session, SessionLog, Receiver<ProgramEvent>);

fn start_program(
    studio: &Studio,
    show: Show,
    logs: &Path,
    (backend, script): (Option<Backend>, Opening),
) -> anyhow::Result<StartedProgram> {
    let before = Arc::new(show.clone());
    let session = Session::start(studio, show, Options { backend, script, ..Options::default() })?;
    let header = Header::new(session.program, before, true);
    let place = LogPlace::Folder(logs.to_owned());
    let (log, events) = SessionLog::start(session.events.clone(), place, header)?;
    Ok((session, log, events))
}

/// Waits until a program has leases of the sources it begins with: what it shares with the program before it
/// would be closed and opened again otherwise.
fn wait_until_staged(shared: &ProgramShared, clock: &Clock) {
    let until = clock.now() + MAX_STAGING;
    while !shared.is_staged.load(Ordering::Acquire) && clock.now() < until {
        clock.wait_until(clock.now() + STAGING_POLL);
    }
}

/// Ends a program, and then its log.
fn finish_program(session: Session, log: SessionLog) -> Vec<RunningOutput> {
    let shared = Arc::clone(&session.shared);
    let ended = session.finish();
    if let Some(error) = log.finish(shared.counts.frames.load(Ordering::Acquire)) {
        tracing::warn!("{error}");
    }
    ended
}

/// A command of the window for a frame of a program that is about to start.
fn command_at(frame: u64, switch: Switch) -> (FrameIndex, Command) {
    let (program, origin) = (ProgramId::default(), Issuer::Window);
    let kind = CommandKind::Switch(switch);
    (FrameIndex(frame), Command { program, origin, gesture: None, kind })
}

/// The opening commands of a show: the demo starts on air, any other show waits on PVW.
pub fn opening(show: &Show, is_demo: bool) -> Opening {
    let mut scenes = show.scenes.iter().map(|scene| scene.id);
    let mut script = Opening::new();
    let mut at = 0;
    if is_demo && let Some(first) = scenes.next() {
        script.push(command_at(at, Switch::Take(first)));
        // The take may wait for its sources, and a load meanwhile would supersede it.
        at = u64::from(show.format.rate.nominal());
    }
    if let Some(next) = scenes.next() {
        script.push(command_at(at, Switch::LoadScene(next)));
    }
    script
}

/// An empty show with an output that records into this folder.
pub fn new_show((name, recording): (String, String), recordings: &Path) -> Show {
    let format = Format { raster: show::Raster::Hd, rate: show::FrameRate::R25 };
    let mut show = Show::new(name, format);
    let path = recordings.join("programme.mkv").display().to_string();
    let (profile, bus, sei) = Default::default();
    let (id, kind) = (OutputId(1), OutputKind::Record { path });
    show.outputs.push(Output { id, name: recording, kind, profile, bus, sei });
    show
}
