//! The source hub: looks up what is open, so that a source which several programs show is decoded once.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};

use engine::{Run, SourceNeed};
use media::link::SourceLink;
use media::source::Opener;
use show::{Format, Pace, SourceKind};

use super::lease::Lease;
use super::origin::FindOpener;
use super::source::{Closing, Control, OpenSource, lock};
use super::watch::Watch;
use crate::clock::Clock;
use crate::problems::Problems;
use crate::threads;

/// What a source is opened as: equal ones are one.
#[derive(Clone, Debug, PartialEq)]
struct SourceKey {
    kind: SourceKind,
    path: Option<PathBuf>,
    /// What is generated is in its programme's format.
    format: Option<Format>,
}

/// All open sources of a studio. Shared by the stages of its programs; never by a program thread.
pub struct SourceHub {
    clock: Clock,
    find: FindOpener,
    open: Mutex<Vec<(SourceKey, Weak<OpenSource>)>>,
    closing: Arc<Closing>,
}

impl SourceHub {
    /// A hub with no source open. What opens a source is what `find` finds.
    pub fn new(clock: Clock, find: FindOpener) -> Self {
        Self { clock, find, open: Mutex::default(), closing: Arc::default() }
    }

    /// Leases a source, which is opened if it is not open yet; nothing if there is nothing to open. What
    /// is wrong with it goes to `problems` under its id; relative paths count from `folder`.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn lease(
        &self,
        need: &SourceNeed,
        format: Format,
        folder: &Path,
        problems: &Arc<Problems>,
    ) -> io::Result<Option<Lease>> {
        let kind = &need.source.kind;
        let path = need.path.as_ref().map(|path| folder.join(path));
        let key = SourceKey {
            kind: kind.clone(),
            path: path.clone(),
            format: (kind.nature().pace == Pace::Generated).then_some(format),
        };
        // Held to the end, so that two programs do not open one source twice. Nothing in here waits.
        let mut open = lock(&self.open);
        open.retain(|(_, source)| source.strong_count() > 0);
        // What waits for its take plays for one lease alone.
        let is_shared = need.run == Run::Free;
        let same = open.iter().find(|(other, _)| is_shared && *other == key);
        if let Some(source) = same.and_then(|(_, source)| source.upgrade()) {
            return Ok(Some(Lease::new(source, need.source.id, problems)));
        }
        let Some(opener) = (self.find)(kind, path, format) else { return Ok(None) };
        let source = Arc::new(self.open(opener, need)?);
        if is_shared {
            open.push((key, Arc::downgrade(&source)));
        }
        Ok(Some(Lease::new(source, need.source.id, problems)))
    }

    fn open(&self, opener: Box<dyn Opener>, need: &SourceNeed) -> io::Result<OpenSource> {
        let (link, control) = (Arc::<SourceLink>::default(), Arc::<Control>::default());
        control.set_run(need.run);
        let pace = need.source.kind.nature().pace;
        let watch =
            Watch::new(opener, pace, Arc::clone(&link), Arc::clone(&control), self.clock.clone());
        let thread = threads::spawn(need.source.id.to_string(), move || watch.run())?;
        Ok(OpenSource {
            link,
            control,
            pushed: matches!(pace, Pace::Pushed { .. }),
            clock: self.clock.clone(),
            closing: Arc::clone(&self.closing),
            thread: Some(thread),
        })
    }

    /// Waits until what nobody holds any more has closed, but for what hangs.
    pub fn wait_for_closed(&self) {
        self.closing.wait(&self.clock);
    }
}
