//! The open show and the program that runs it. Another show, or another format, needs another program:
//! the new one runs before the old one ends.

pub mod journal;
pub mod log_format;
pub mod log_writer;
pub mod opening;
pub mod replacing;
pub mod replay;
pub mod session_log;

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use compositor::Backend;
use crossbeam_channel::Receiver;
use engine::Snapshot;
use show::{Format, Output, OutputId, OutputKind, Show};

use crate::outputs::RunningOutput;
pub use crate::production::journal::AtEnd;
use crate::production::journal::{Followed, JournalThread};
use crate::production::opening::OnBuses;
pub use crate::production::opening::{Opening, opening};
use crate::production::replacing::{Before, Replacing, StartedProgram};
pub use crate::production::replacing::{NotReplaced, NotReplacedReason};
use crate::production::session_log::{Header, LogError, LogPlace, SessionLog};
use crate::program::program_shared::ProgramEvent;
use crate::program::session::{Options, Session, Studio};
use crate::storage::disk_error::DiskError;
use crate::storage::recovery::{LeftBehind, Recovery};
use crate::threads::{self, Starter};

/// How long after the last one a program that has failed is started anew, in nanoseconds.
const RESTARTS: u64 = 10_000_000_000;
/// How long [`Production::finish`] waits for a program that was replaced before.
const ENDING: Duration = Duration::from_secs(1);

/// A show, its file and its program. The window's thread owns it.
pub struct Production {
    /// What all programs share.
    pub studio: Studio,
    session: Session,
    log: SessionLog,
    events: Receiver<ProgramEvent>,
    /// The folder of session logs.
    logs: PathBuf,
    journal: JournalThread,
    /// The requested compositor, if any.
    backend: Option<Backend>,
    path: Option<PathBuf>,
    /// The show as it is in its file.
    saved: Arc<Show>,
    /// The snapshot that was last compared with the file, and whether it differs.
    compared: Option<(Arc<Snapshot>, bool)>,
    /// Starts programs with normal priority, which the window's thread does not have.
    starter: Starter,
    /// The program that is being started in place of this one.
    replacing: Option<Replacing>,
    /// When a program that had failed was last started anew, on the studio's clock.
    restarted: Option<u64>,
    /// The threads that end the programs before this one.
    ending: Vec<JoinHandle<()>>,
}

impl Production {
    /// Runs a show whose paths are absolute. This program and the next ones compose on `backend`, or on what
    /// suits the machine.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start(
        studio: Studio,
        show: Show,
        places: ProductionPlaces,
        backend: Option<Backend>,
        opening: Opening,
    ) -> anyhow::Result<Self> {
        let ProductionPlaces { path, logs, recovery, is_demo } = places;
        let saved = Arc::new(show.clone());
        let (session, log, events) = start_program(&studio, show, &logs, (backend, opening))?;
        let followed = followed(&session, (&path, &saved), is_demo);
        let journal = JournalThread::start(recovery, followed)?;
        let (compared, ending, starter, replacing) = (None, Vec::new(), Starter::new()?, None);
        Ok(Self {
            studio,
            session,
            log,
            events,
            logs,
            journal,
            backend,
            path,
            saved,
            compared,
            starter,
            replacing,
            restarted: None,
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

    /// Takes the error of the journal, if it cannot be written: each is told once.
    pub fn take_journal_error(&self) -> Option<Arc<DiskError>> {
        self.journal.take_error()
    }

    /// The path of the show's file.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Starts another show, which [`Self::follow`] puts in place of this one once it runs. `saved` is the show as
    /// it is in its file.
    ///
    /// # Errors
    /// Another one is being started.
    pub fn replace(
        &mut self,
        show: Show,
        saved: Arc<Show>,
        path: Option<PathBuf>,
        opening: Opening,
    ) -> Result<(), NotReplaced> {
        self.begin(show, (saved, path, None), opening)
    }

    /// Starts the show in another format, with the same items on the buses.
    ///
    /// # Errors
    /// Another one is being started.
    pub fn reformat(&mut self, format: Format) -> Result<(), NotReplaced> {
        let snapshot = self.session.shared.snapshot.load_full();
        let show = Show { format, ..self.current_show() };
        let opening = opening::going_on(&show, OnBuses::of(&snapshot), &[]);
        self.begin(show, (Arc::clone(&self.saved), self.path.clone(), None), opening)
    }

    /// Starts the show of a journal as it was left, with the same items on the buses and, with `outputs`, what ran
    /// then; `saved` is the show as it is in its file, if that can be read. The journal goes once that of this
    /// program has taken over.
    ///
    /// # Errors
    /// Another one is being started; the journal is given back.
    pub fn recover(
        &mut self,
        left: Box<LeftBehind>,
        saved: Option<Show>,
        outputs: bool,
    ) -> Result<(), NotReplaced> {
        let recovery = left.recovery.clone();
        let started = if outputs { recovery.outputs.as_slice() } else { &[] };
        let Recovery { pgm, pvw, standby, .. } = &recovery;
        let buses = OnBuses { pgm, pvw, standby: *standby };
        let opening = opening::going_on(&recovery.show, buses, started);
        // Of a file that cannot be read nothing is saved.
        let format = recovery.show.format;
        let saved = saved.unwrap_or_else(|| Show::new(String::new(), format));
        self.begin(recovery.show, (Arc::new(saved), recovery.path, Some(left)), opening)
    }

    /// Starts the show anew, as it is on air, if its program has failed; `None` if it has not, or did so a moment
    /// ago already.
    pub fn restart_failed(&mut self) -> Option<Result<(), NotReplaced>> {
        let now = self.studio.clock.now();
        let is_soon = self.restarted.is_some_and(|last| now < last + RESTARTS);
        if !self.session.has_failed() || self.replacing.is_some() || is_soon {
            return None;
        }
        self.restarted = Some(now);
        let snapshot = self.session.shared.snapshot.load_full();
        let needs = self.session.shared.needs.load_full();
        let outputs: Vec<_> = needs.outputs.iter().map(|need| need.output.id).collect();
        let show = self.current_show();
        let opening = opening::going_on(&show, OnBuses::of(&snapshot), &outputs);
        Some(self.begin(show, (Arc::clone(&self.saved), self.path.clone(), None), opening))
    }

    /// Whether a program of it has failed: what was on air then lacks something.
    pub fn has_failed(&self) -> bool {
        self.restarted.is_some() || self.session.has_failed()
    }

    fn begin(
        &mut self,
        show: Show,
        (saved, path, left): (Arc<Show>, Option<PathBuf>, Option<Box<LeftBehind>>),
        opening: Opening,
    ) -> Result<(), NotReplaced> {
        let busy = |left| NotReplaced { reason: NotReplacedReason::Busy, left };
        if self.replacing.is_some() {
            return Err(busy(left));
        }
        let (studio, logs, how) = (self.studio.clone(), self.logs.clone(), (self.backend, opening));
        let started = self.starter.begin(move || start_program(&studio, show, &logs, how));
        let Some(started) = started else { return Err(busy(left)) };
        let before = Before::of(&self.session);
        self.replacing = Some(Replacing { started, saved, path, left, before });
        Ok(())
    }

    /// Whether a program is being started in place of this one, which runs meanwhile.
    pub fn is_replacing(&self) -> bool {
        self.replacing.is_some()
    }

    /// Puts the program that was started in place of the one that runs; `None` while there is none. Does not
    /// wait.
    pub fn follow(&mut self) -> Option<Result<(), NotReplaced>> {
        let started = self.replacing.as_ref()?.result()?;
        let Replacing { saved, path, left, before, .. } = self.replacing.take()?;
        let new = match (started, before.lost_by_replacing(&self.session)) {
            (Err(error), _) => {
                return Some(Err(NotReplaced { reason: NotReplacedReason::Start(error), left }));
            }
            (Ok((session, log, _)), Some(reason)) => {
                self.end_in_background(session, log);
                return Some(Err(NotReplaced { reason, left }));
            }
            (Ok(new), None) => new,
        };
        let (session, log, events) = new;
        let old = std::mem::replace(&mut self.session, session);
        let log = std::mem::replace(&mut self.log, log);
        self.events = events;
        (self.path, self.saved, self.compared) = (path, saved, None);
        self.journal.follow(followed(&self.session, (&self.path, &self.saved), false));
        if let Some(left) = left {
            self.journal.take_over(*left);
        }
        self.end_in_background(old, log);
        Some(Ok(()))
    }

    /// Sources may take a while to close. What two programs share was leased by the new one before it began.
    fn end_in_background(&mut self, session: Session, log: SessionLog) {
        self.ending.retain(|ending| !ending.is_finished());
        let old = Arc::new(Mutex::new(Some((session, log))));
        let of_thread = Arc::clone(&old);
        match threads::spawn("closing", move || finish_once(&of_thread)) {
            Ok(closing) => self.ending.push(closing),
            // The system has no thread left: then it is worth the wait.
            Err(_) => finish_once(&old),
        }
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
        self.journal.follow(followed(&self.session, (&self.path, &self.saved), false));
    }

    /// Whether all programs that were replaced have ended.
    pub fn have_replaced_ended(&self) -> bool {
        self.ending.iter().all(JoinHandle::is_finished)
    }

    /// Ends the program and returns its outputs.
    pub fn finish(self, at_end: AtEnd) -> Vec<RunningOutput> {
        // While it still says what ran.
        self.journal.finish(at_end);
        let ended = finish_program(self.session, self.log);
        for ending in self.ending {
            threads::join_within(ending, ENDING);
        }
        ended
    }
}

/// The files and folders of a production.
#[derive(Clone, Debug)]
pub struct ProductionPlaces {
    /// The show's file; a new one has none yet.
    pub path: Option<PathBuf>,
    /// The folder of session logs.
    pub logs: PathBuf,
    /// The folder of the journal, where the show's own takes none.
    pub recovery: PathBuf,
    /// Whether it is the demo: see [`Followed::is_demo`].
    pub is_demo: bool,
}

fn followed(
    session: &Session,
    (path, saved): (&Option<PathBuf>, &Arc<Show>),
    is_demo: bool,
) -> Followed {
    Followed {
        shared: Arc::clone(&session.shared),
        outputs: Arc::clone(&session.outputs),
        path: path.clone(),
        saved: Arc::clone(saved),
        is_demo,
    }
}

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

/// Ends a program that is to end once.
fn finish_once(old: &Mutex<Option<(Session, SessionLog)>>) {
    let old = old.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some((session, log)) = old {
        drop(finish_program(session, log));
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
