//! The thread that keeps a [`Journal`](recovery::Journal) of the program that runs, so that a crash loses
//! nothing. It looks at the program's snapshot; the program does not know of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use engine::{Snapshot, StandbyState};
use show::Show;

use crate::clock;
use crate::program::program_shared::ProgramShared;
use crate::program::stage::OutputView;
use crate::storage::disk_error::DiskError;
use crate::storage::recovery::{self, LeftBehind, Recovery, VERSION};
use crate::threads;

/// How often the program is looked at: a settled change is written within a second, and a drag at the most as
/// often as this.
const LOOK: Duration = Duration::from_millis(400);
/// How long the end waits for the thread; a disk that hangs is left behind.
const ENDING: Duration = Duration::from_millis(500);

/// What the journal is of.
#[derive(Clone)]
pub struct Followed {
    /// The program.
    pub shared: Arc<ProgramShared>,
    /// Its outputs.
    pub outputs: Arc<ArcSwap<Vec<Arc<OutputView>>>>,
    /// The show's file.
    pub path: Option<PathBuf>,
    /// The show as it is in its file.
    pub saved: Arc<Show>,
    /// Whether it is worth a question only once something was changed or put out: the demo.
    pub is_demo: bool,
}

/// What becomes of the journal at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtEnd {
    /// The operator has answered for what is not saved: nothing is left.
    Remove,
    /// Nobody was asked: what is not saved is offered at the next start.
    KeepUnsaved,
}

/// The thread. Dropped instead of ended, it leaves the journal.
pub struct JournalThread {
    followed: Arc<ArcSwap<Followed>>,
    taken_over: Sender<LeftBehind>,
    end: Sender<AtEnd>,
    thread: JoinHandle<()>,
    failure: Arc<ArcSwapOption<DiskError>>,
}

impl JournalThread {
    /// Keeps a journal in this folder, or beside the show.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(folder: PathBuf, followed: Followed) -> std::io::Result<Self> {
        let (end, ended) = bounded(1);
        let (taken_over, discarded) = bounded(1);
        let followed = Arc::new(ArcSwap::from_pointee(followed));
        let failure: Arc<ArcSwapOption<DiskError>> = Arc::default();
        let (of_thread, of_failure) = (Arc::clone(&followed), Arc::clone(&failure));
        let thread = threads::spawn("journal", move || {
            run(&folder, &of_thread, (&ended, &discarded), &of_failure);
        })?;
        Ok(Self { followed, taken_over, end, thread, failure })
    }

    /// From now on the journal is of this.
    pub fn follow(&self, followed: Followed) {
        self.followed.store(Arc::new(followed));
    }

    /// The program that is followed goes on from this: it is removed as soon as the journal has taken over.
    pub fn take_over(&self, left: LeftBehind) {
        // If the disk hangs there is no room, and it is offered again at the next start.
        let _sent = self.taken_over.try_send(left);
    }

    /// Takes the error of the last write, if it failed: told once until a write succeeds.
    pub fn take_error(&self) -> Option<Arc<DiskError>> {
        self.failure.swap(None)
    }

    /// Ends the journal; waits for at most half a second. The program must still run.
    pub fn finish(self, at_end: AtEnd) {
        // There is room for it.
        let _sent = self.end.try_send(at_end);
        threads::join_within(self.thread, ENDING);
    }
}

fn run(
    folder: &Path,
    followed: &ArcSwap<Followed>,
    (end, discarded): (&Receiver<AtEnd>, &Receiver<LeftBehind>),
    failure: &ArcSwapOption<DiskError>,
) {
    let what = "what a crash would lose cannot be kept there";
    let failed = |error| Some(Arc::new(DiskError { path: folder.to_owned(), what, error }));
    let mut journal = match recovery::Journal::create(folder) {
        Ok(journal) => journal,
        Err(error) => return failure.store(failed(error)),
    };
    let mut writer = Writer::default();
    let mut is_told = false;
    let mut outdated: Vec<LeftBehind> = Vec::new();
    loop {
        let at_end = match end.recv_timeout(LOOK) {
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return,
            Ok(at_end) => Some(at_end),
        };
        // Before what is followed is looked at: it is removed for that, and not for what was followed before.
        outdated.extend(discarded.try_iter());
        let followed = followed.load_full();
        match writer.write(&mut journal, &followed) {
            Ok(()) => {
                is_told = false;
                outdated.drain(..).filter_map(|left| left.discard().err()).for_each(|error| {
                    tracing::warn!("the journal that was taken over cannot be removed: {error}");
                });
            }
            Err(error) if !is_told => {
                is_told = true;
                failure.store(failed(error));
            }
            Err(_) => {}
        }
        match at_end {
            None => {}
            Some(AtEnd::KeepUnsaved) if writer.is_unsaved() => return,
            Some(_) => {
                if let Err(error) = journal.remove() {
                    tracing::warn!("the journal cannot be removed: {error}");
                }
                return;
            }
        }
    }
}

/// Writes what has changed since the last time.
#[derive(Default)]
struct Writer {
    seen: Option<(Arc<Snapshot>, Arc<Followed>)>,
    written: Option<Recovery>,
}

impl Writer {
    fn write(
        &mut self,
        journal: &mut recovery::Journal,
        followed: &Arc<Followed>,
    ) -> std::io::Result<()> {
        let snapshot = followed.shared.snapshot.load_full();
        let outputs = followed.outputs.load_full();
        let is_seen = self
            .seen
            .as_ref()
            .is_some_and(|(seen, of)| Arc::ptr_eq(seen, &snapshot) && Arc::ptr_eq(of, followed));
        // A recording begins a new file without a change of the snapshot.
        if is_seen && outputs.is_empty() {
            return Ok(());
        }
        let recovery = recovery(&snapshot, followed, &outputs);
        let now = Some(recovery).filter(|recovery| {
            !followed.is_demo || recovery.is_changed || !recovery.outputs.is_empty()
        });
        if now != self.written {
            match &now {
                Some(recovery) => {
                    let wall_millis = clock::wall_millis();
                    journal.write(&Recovery { wall_millis, ..recovery.clone() })?;
                }
                None => journal.clear()?,
            }
            self.written = now;
        }
        self.seen = Some((snapshot, Arc::clone(followed)));
        Ok(())
    }

    fn is_unsaved(&self) -> bool {
        self.written.as_ref().is_some_and(|written| written.is_changed)
    }
}

/// The state of a program, without the time.
fn recovery(snapshot: &Snapshot, followed: &Followed, outputs: &[Arc<OutputView>]) -> Recovery {
    let show = snapshot.saved_show();
    let needs = followed.shared.needs.load();
    let runs = |id| needs.outputs.iter().any(|need| need.output.id == id);
    let outputs = outputs.iter().filter(|view| runs(view.output.id));
    // Of a recording in several files only the last is unfinished.
    let recordings = outputs.filter_map(|view| view.figures.record.paths().pop()).collect();
    Recovery {
        downstage_recovery: VERSION,
        wall_millis: 0,
        path: followed.path.clone(),
        is_changed: show != *followed.saved,
        show,
        pgm: snapshot.pgm.clone(),
        pvw: snapshot.pvw.clone(),
        standby: snapshot.standby == StandbyState::ByHand,
        outputs: needs.outputs.iter().map(|need| need.output.id).collect(),
        recordings,
        saved: followed.path.is_some().then(|| recovery::fingerprint_of(&followed.saved)),
    }
}
