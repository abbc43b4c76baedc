//! The prepare thread: decodes pictures and renders texts before the program thread needs them.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use compositor::{Prepared, Preparer};
use crossbeam_channel::Sender;
use engine::{Prep, PrepKind, PrepState, Report};
use show::{ItemId, Show};

use crate::problems::{Problem, Problems};
use crate::program::program_shared::ProgramShared;
use crate::wakeup::Wakeup;

/// What could not be made ready as it should be, and an item that uses it.
type Blamed = (Prep, ItemId);

/// The link to a prepare thread.
#[derive(Clone, Default)]
pub struct PrepareLink(Arc<Wanted>);

#[derive(Default)]
struct Wanted {
    wanted: ArcSwap<Vec<Prep>>,
    wakeup: Wakeup,
}

impl PrepareLink {
    /// Sets everything that should be prepared; the rest is evicted.
    pub fn want(&self, preps: Vec<Prep>) {
        self.0.wanted.store(Arc::new(preps));
        self.0.wakeup.wake();
    }

    /// Wakes the thread, so that it notices a stop.
    pub fn wake(&self) {
        self.0.wakeup.wake();
    }
}

/// The state of a prepare thread.
pub struct PrepareThread {
    /// What should be prepared.
    pub link: PrepareLink,
    /// The store of prepared graphics.
    pub prepared: Arc<Prepared>,
    /// The folder that relative paths start from.
    pub folder: PathBuf,
    /// The program.
    pub shared: Arc<ProgramShared>,
    /// Reports to the program.
    pub reports: Sender<Report>,
    /// Problems shown to the operator.
    pub problems: Arc<Problems>,
}

impl PrepareThread {
    /// Prepares what is wanted until `stop`.
    pub fn run(self, stop: &AtomicBool) {
        let mut preparer = Preparer::default();
        let mut failed = Vec::new();
        let mut blamed = Vec::new();
        while !stop.load(Ordering::Acquire) {
            let wanted = self.link.0.wanted.load_full();
            let is_wanted = |key| wanted.iter().any(|prep| prep.key == key);
            let gone = failed.extract_if(.., |key| !is_wanted(*key));
            for key in gone.chain(self.prepared.retain(is_wanted)) {
                self.tell(Report::Prep(key, PrepState::Dropped));
            }
            self.absolve(self.mended(&mut blamed), &blamed);
            let missing =
                |prep: &&Prep| !self.prepared.contains(prep.key) && !failed.contains(&prep.key);
            let Some(prep) = wanted.iter().find(missing) else {
                self.link.0.wakeup.wait();
                continue;
            };
            let done = preparer.prepare(prep, &self.folder).map_err(Problem::from);
            let done = done.and_then(|ready| Ok(self.prepared.insert(prep.key, ready)?));
            let state = match &done {
                Ok(()) => PrepState::Ready,
                Err(_) => {
                    failed.push(prep.key);
                    PrepState::Failed
                }
            };
            let is_text = matches!(prep.kind, PrepKind::Text { .. });
            let lack = preparer.font_lack().filter(|_| is_text).cloned();
            let before: Vec<_> = blamed.extract_if(.., |(of, _)| of.key == prep.key).collect();
            if let Some(problem) = done.err().or(lack.map(Problem::from)) {
                let items = self.blame(prep, &problem);
                blamed.extend(items.into_iter().map(|item| (prep.clone(), item)));
            }
            self.absolve(before, &blamed);
            self.tell(Report::Prep(prep.key, state));
        }
    }

    fn tell(&self, report: Report) {
        // The program may have ended.
        let _heard = self.reports.send(report);
    }

    /// Sets the problem on each item of the show that uses this, and returns them.
    fn blame(&self, prep: &Prep, problem: &Problem) -> Vec<ItemId> {
        let snapshot = self.shared.snapshot.load();
        let items = users(prep, &snapshot.show);
        for item in &items {
            self.problems.set(*item, problem.clone());
        }
        items
    }

    /// Takes out the items that do not use any more what was wrong with them.
    fn mended(&self, blamed: &mut Vec<Blamed>) -> Vec<Blamed> {
        if blamed.is_empty() {
            return Vec::new();
        }
        let snapshot = self.shared.snapshot.load();
        let uses = |(prep, item): &Blamed| users(prep, &snapshot.show).contains(item);
        blamed.extract_if(.., |blamed| !uses(blamed)).collect()
    }

    /// Clears the problems of items, but of those that have another.
    fn absolve(&self, over: Vec<Blamed>, blamed: &[Blamed]) {
        for (_, item) in over {
            if !blamed.iter().any(|(_, other)| *other == item) {
                self.problems.clear(item);
            }
        }
    }
}

fn users(prep: &Prep, show: &Show) -> Vec<ItemId> {
    match &prep.kind {
        PrepKind::Text { style, .. } => {
            let uses = |kind: &show::ComponentKind| matches!(kind, show::ComponentKind::Text(other) if other == style);
            let users = show.components.iter().filter(|component| uses(&component.kind));
            users.map(|component| component.id.into()).collect()
        }
        PrepKind::Graphic { path, .. } | PrepKind::Picture { path } => {
            let assets = show.assets.iter().filter(|asset| asset.path == *path);
            assets.flat_map(|asset| show.users(asset.id.into())).collect()
        }
    }
}
