//! The source hub: shares open sources, so that a source which several programs use is decoded once.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, Weak};

use engine::{Run, SourceNeed};
use media::link::SourceLink;
use media::source::{Opener, Opening};
use show::{DecodingSettings, Format, SourceKind};

use super::lease::Lease;
use super::media_file::MediaFile;
use super::origin::FindOpener;
use super::source::{Closing, Control, OpenSource, lock};
use super::watch::SourceThread;
use crate::clock::Clock;
use crate::problems::Problems;
use crate::threads;

/// The identity of an open source: needs with equal keys share one.
#[derive(Clone, Debug, PartialEq)]
struct SourceKey {
    kind: SourceKind,
    files: Vec<MediaFile>,
    decoding: DecodingSettings,
    /// The programme's format, for a source that is opened for it.
    format: Option<Format>,
}

/// All open sources of a studio. Shared by the stages of its programs; never by a program thread.
pub struct SourceHub {
    clock: Clock,
    find_opener: FindOpener,
    open: Mutex<Vec<(SourceKey, Weak<OpenSource>)>>,
    closing: Arc<Closing>,
}

impl SourceHub {
    /// A hub with no source open, whose openers come from `find_opener`.
    pub fn new(clock: Clock, find_opener: FindOpener) -> Self {
        Self { clock, find_opener, open: Mutex::default(), closing: Arc::default() }
    }

    /// Leases a source, which is opened like this if it is not open yet; `None` if its kind needs no
    /// opening. Its problems go to `problems` under its id; relative paths start from `folder`.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub fn lease(
        &self,
        (need, opening): (&SourceNeed, Opening),
        format: Format,
        folder: &Path,
        problems: &Arc<Problems>,
    ) -> io::Result<Option<Lease>> {
        let (kind, decoding) = (&need.source.kind, need.source.settings.decoding);
        let opening = Opening { decoding, ..opening };
        let files = need.files.iter();
        let files: Vec<MediaFile> = files.map(|file| MediaFile::of(file, folder)).collect();
        let key = SourceKey {
            kind: kind.clone(),
            files: files.clone(),
            decoding,
            format: kind.nature().pace.follows_format().then_some(format),
        };
        // Held to the end, so that two programs do not open one source twice. Nothing in here blocks.
        let mut open = lock(&self.open);
        open.retain(|(_, source)| source.strong_count() > 0);
        // A source that starts on its take is never shared; nor is one that was sought, or that nothing shows,
        // since it stands where it was left.
        let is_shared = matches!(need.run, Run::Free | Run::Paused) && need.seek.is_none();
        let mut same = open.iter().filter(|(other, _)| is_shared && *other == key);
        let running = |source: &Arc<OpenSource>| !source.control.is_idle();
        let found = same.find_map(|(_, source)| source.upgrade().filter(running));
        if let Some(source) = found.filter(|_| !opening.idle) {
            return Ok(Some(Lease::new(source, need.source.id, problems)));
        }
        let Some(opener) = (self.find_opener)(kind, &files, format) else { return Ok(None) };
        let source = Arc::new(self.open(opener, (need, opening))?);
        if is_shared {
            open.push((key, Arc::downgrade(&source)));
        }
        Ok(Some(Lease::new(source, need.source.id, problems)))
    }

    fn open(
        &self,
        opener: Box<dyn Opener>,
        (need, opening): (&SourceNeed, Opening),
    ) -> io::Result<OpenSource> {
        let (link, control) = (Arc::<SourceLink>::default(), Arc::<Control>::default());
        control.set_run(need.run);
        control.set_idle(opening.idle);
        let pace = need.source.kind.nature().pace;
        let watch = SourceThread::new(
            (opener, opening),
            pace,
            Arc::clone(&link),
            Arc::clone(&control),
            self.clock.clone(),
        );
        let thread = threads::spawn(need.source.id.to_string(), move || watch.run())?;
        Ok(OpenSource {
            link,
            control,
            pushed: pace.is_pushed(),
            clock: self.clock.clone(),
            closing: Arc::clone(&self.closing),
            thread: Some(thread),
        })
    }

    /// Waits until all sources without a lease have closed; one that hangs is left behind.
    pub fn wait_for_closed(&self) {
        self.closing.wait(&self.clock);
    }
}
