//! What the dialog that is open sees of a source: of one of the show what the programme has of it, and a new one is
//! opened for it. Nothing is looked at and nothing is open while no dialog asks.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use compositor::{Prepared, Preparer};
use engine::{Frame, NeededFile, Prep, PrepKind};
use show::{PictureSettings, Source, SourceId, SourceKind};
use ui::{PreviewLook, PreviewOf, PreviewRequest};

use crate::clock::Clock;
use crate::problems::Problem;
use crate::program::program_shared::ProgramShared;
use crate::sources::{MediaFile, SourceHub, origin};
use crate::wakeup::Wakeup;
use crate::window::alone::Shown;
use crate::window::preview_lease::PreviewLease;
use crate::window::preview_painter::PreviewPainter;
use crate::window::reasons;

/// How often the picture is drawn anew.
const INTERVAL: Duration = Duration::from_millis(66);
/// For how long the same must be asked for before it is opened, in nanoseconds: what is typed is not tried at each key.
const SETTLED: u64 = 400_000_000;
/// How long a file may take to deliver its picture, in nanoseconds.
const TIMEOUT: u64 = 8_000_000_000;
/// For how long what is live stays open once no dialog asks for it, in nanoseconds, so that the program can share it if
/// it was added: without a break, and with no port or camera taken. Longer once the program wants it.
const HANDED_OVER: u64 = 600_000_000;
const HANDED_OVER_AT_MOST: u64 = 5_000_000_000;
/// How often it is looked at meanwhile, and how long the thread rests while there is nothing to do.
const HANDING_OVER: Duration = Duration::from_millis(20);
const RESTS: Duration = Duration::from_secs(1);

/// The link between the window and the thread.
#[derive(Default)]
pub struct PreviewLink {
    wanted: ArcSwapOption<PreviewRequest>,
    newest: ArcSwapOption<PreviewLook>,
}

impl PreviewLink {
    /// What is seen of what was asked for.
    pub fn newest(&self) -> Option<Arc<PreviewLook>> {
        self.newest.load_full()
    }

    /// Asks for this, or for nothing; true if that is something else than before.
    pub fn ask(&self, request: Option<&PreviewRequest>) -> bool {
        let is_other = self.wanted.load().as_deref() != request;
        if is_other {
            self.wanted.store(request.map(|request| Arc::new(request.clone())));
        }
        is_other
    }
}

/// A picture that can be drawn.
#[derive(Clone)]
enum Content {
    Frame(Frame),
    Prepared(Prep, (u32, u32)),
}

impl Content {
    fn shown(&self) -> Shown<'_> {
        match self {
            Self::Frame(frame) => Shown::Frame(frame),
            Self::Prepared(prep, size) => Shown::Prepared(prep, *size),
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Frame(one), Self::Frame(other)) => one.is_same(other),
            (Self::Prepared(one, _), Self::Prepared(other, _)) => one.key == other.key,
            _ => false,
        }
    }
}

/// The picture of what is not open, and what it is of.
struct Closed {
    kind: SourceKind,
    files: Vec<NeededFile>,
    content: Option<Content>,
    problem: Option<Problem>,
}

/// What was drawn last.
struct Drawn {
    of: PreviewOf,
    content: Content,
    settings: PictureSettings,
    picture: Option<(Frame, (u32, u32))>,
}

/// The state of the preview thread.
pub struct Previewer {
    shared: Arc<ProgramShared>,
    hub: Arc<SourceHub>,
    clock: Clock,
    folder: PathBuf,
    prepared: Arc<Prepared>,
    preparer: Preparer,
    painter: PreviewPainter,
    /// What is asked for, and since when.
    asked: Option<(PreviewOf, u64)>,
    closed: Option<Closed>,
    opened: Option<Result<PreviewLease, Problem>>,
    /// What was opened for a dialog that has closed, and since when that is.
    leaving: Option<(PreviewLease, Source, u64)>,
    drawn: Option<Drawn>,
}

impl Previewer {
    /// For a program, whose relative paths start from `folder`.
    pub fn new(
        shared: Arc<ProgramShared>,
        hub: Arc<SourceHub>,
        clock: Clock,
        folder: PathBuf,
    ) -> Self {
        let prepared = Arc::new(Prepared::default());
        Self {
            shared,
            hub,
            clock,
            folder,
            preparer: Preparer::default(),
            painter: PreviewPainter::new(Arc::clone(&prepared)),
            prepared,
            asked: None,
            closed: None,
            opened: None,
            leaving: None,
            drawn: None,
        }
    }

    /// Shows what is asked for until `stop`; `wakeup` is woken when that changes.
    pub fn run(mut self, link: &PreviewLink, wakeup: &Wakeup, stop: &AtomicBool) {
        while !stop.load(Ordering::Acquire) {
            let wanted = link.wanted.load_full();
            let now = self.clock.now();
            self.follow(wanted.as_ref().map(|request| &request.of), now);
            self.hand_over(now);
            let Some(request) = wanted else {
                link.newest.store(None);
                wakeup.wait_for(if self.leaving.is_some() { HANDING_OVER } else { RESTS });
                continue;
            };
            let (clock, deadline) = (self.clock.clone(), now + TIMEOUT);
            let is_other = || link.wanted.load().as_deref().is_none_or(|new| new.of != request.of);
            let cancelled = || stop.load(Ordering::Acquire) || clock.now() > deadline || is_other();
            let look = self.look(&request, now, &cancelled);
            link.newest.store(Some(Arc::new(look)));
            wakeup.wait_for(INTERVAL);
        }
        link.newest.store(None);
    }

    /// Takes note of what is asked for from now on, and closes what is not.
    fn follow(&mut self, wanted: Option<&PreviewOf>, now: u64) {
        if self.asked.as_ref().map(|(of, _)| of) == wanted {
            return;
        }
        let before = self.asked.take();
        self.closed = None;
        let _evicted = self.prepared.retain(|_| false);
        let opened = self.opened.take().and_then(Result::ok).filter(PreviewLease::is_pushed);
        if let (Some(lease), Some((PreviewOf::New(source, _), _)), None) = (opened, before, wanted)
        {
            self.leaving = Some((lease, *source, now));
        }
        if let Some(wanted) = wanted {
            self.asked = Some((wanted.clone(), now));
        } else {
            self.drawn = None;
        }
    }

    /// Closes what was opened for a dialog once the program has it, or does not want it.
    fn hand_over(&mut self, now: u64) {
        let Some((lease, source, since)) = &mut self.leaving else { return };
        lease.drain(now);
        let needs = self.shared.needs.load();
        let is_wanted = needs.sources.iter().any(|need| need.source.kind == source.kind);
        let most = if is_wanted { HANDED_OVER_AT_MOST } else { HANDED_OVER };
        if lease.is_shared() || now.saturating_sub(*since) > most {
            self.leaving = None;
        }
    }

    fn look(
        &mut self,
        request: &PreviewRequest,
        now: u64,
        cancelled: &dyn Fn() -> bool,
    ) -> PreviewLook {
        let mut look = PreviewLook {
            request: request.clone(),
            picture: None,
            of: (16, 9),
            state: None,
            reason: None,
            peak: None,
        };
        let content = match &request.of {
            PreviewOf::Source(id) => self.of_show(*id, &mut look, cancelled),
            PreviewOf::New(..) if !self.is_settled(now) => None,
            PreviewOf::New(source, files) if matches!(source.kind, SourceKind::Still { .. }) => {
                self.closed(&source.kind, files, &mut look, cancelled)
            }
            PreviewOf::New(source, files) => self.new_source(source, files, &mut look, now),
        };
        // What is lost keeps its last picture.
        let kept = || self.drawn.as_ref().filter(|drawn| drawn.of == request.of);
        if let Some(content) = content.or_else(|| Some(kept()?.content.clone())) {
            self.draw(request, content, &mut look);
        }
        look
    }

    /// Whether the same has been asked for long enough.
    fn is_settled(&self, now: u64) -> bool {
        self.asked.as_ref().is_some_and(|(_, since)| now >= since + SETTLED)
    }

    /// The picture of a source of the show: the one that the programme has.
    fn of_show(
        &mut self,
        id: SourceId,
        look: &mut PreviewLook,
        cancelled: &dyn Fn() -> bool,
    ) -> Option<Content> {
        let view = self.shared.view.load_full();
        let open = view.as_ref().and_then(|view| view.pictures.iter().find(|(of, _)| *of == id));
        if let Some((_, frame)) = open.filter(|(_, frame)| !frame.stands_in()) {
            self.closed = None;
            return Some(Content::Frame(frame.clone()));
        }
        let show = Arc::clone(&self.shared.snapshot.load().show);
        let source = show.source(id)?;
        let files = NeededFile::all(source, |id| show.asset(id));
        self.closed(&source.kind, &files, look, cancelled)
    }

    /// The picture of what is not open, looked up once.
    fn closed(
        &mut self,
        kind: &SourceKind,
        files: &[NeededFile],
        look: &mut PreviewLook,
        cancelled: &dyn Fn() -> bool,
    ) -> Option<Content> {
        let is_it = |closed: &&Closed| closed.kind == *kind && closed.files == files;
        if self.closed.as_ref().filter(is_it).is_none() {
            // Pictures in full size are not kept.
            let _evicted = self.prepared.retain(|_| false);
            let found = self.find(kind, files, cancelled);
            let (content, problem) = match found {
                Ok(content) => (content, None),
                Err(problem) => (None, Some(problem)),
            };
            let (kind, files) = (kind.clone(), files.to_vec());
            self.closed = Some(Closed { kind, files, content, problem });
        }
        let closed = self.closed.as_ref()?;
        look.reason = closed.problem.as_ref().map(reasons::problem);
        closed.content.clone()
    }

    fn find(
        &mut self,
        kind: &SourceKind,
        files: &[NeededFile],
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Option<Content>, Problem> {
        if let (SourceKind::Still { .. }, Some(file)) = (kind, files.first()) {
            let prep = Prep::new(PrepKind::Picture { path: file.path.clone() });
            let ready = self.preparer.prepare(&prep, &self.folder)?;
            let Some(size) = ready.size() else { return Ok(None) };
            self.prepared.insert(prep.key, ready)?;
            return Ok(Some(Content::Prepared(prep, size)));
        }
        // What is live has pictures only while it is open.
        if kind.nature().pace.is_pushed() {
            return Ok(None);
        }
        let files: Vec<_> = files.iter().map(|file| MediaFile::of(file, &self.folder)).collect();
        let format = self.shared.snapshot.load().show.format;
        let opener = origin::opener(kind, &files, format);
        let poster = opener.map(|opener| opener.poster(cancelled)).transpose()?.flatten();
        Ok(poster.and_then(|poster| poster.picture).map(Content::Frame))
    }

    /// The picture of a source that is opened for the dialog.
    fn new_source(
        &mut self,
        source: &Source,
        files: &[NeededFile],
        look: &mut PreviewLook,
        now: u64,
    ) -> Option<Content> {
        if self.opened.is_none() {
            self.opened = self.open(source, files);
        }
        match self.opened.as_mut()? {
            Ok(lease) => {
                lease.drain(now);
                look.state = lease.state();
                look.reason = lease.problem().as_ref().map(reasons::problem);
                look.peak = lease.take_peak();
                lease.picture().cloned().map(Content::Frame)
            }
            Err(problem) => {
                look.reason = Some(reasons::problem(problem));
                None
            }
        }
    }

    fn open(
        &mut self,
        source: &Source,
        files: &[NeededFile],
    ) -> Option<Result<PreviewLease, Problem>> {
        // The same again, before it was closed; anything else may need what that holds.
        let left = self.leaving.take().filter(|(_, left, _)| left.kind == source.kind);
        if let Some((lease, ..)) = left {
            return Some(Ok(lease));
        }
        let format = self.shared.snapshot.load().show.format;
        let what = (source.clone(), files.to_vec());
        let opened = PreviewLease::open(&self.hub, what, (format, &self.folder));
        opened.map_err(|error| Problem::NoSourceThread(error.to_string())).transpose()
    }

    /// Draws it, unless the same was drawn last.
    fn draw(&mut self, request: &PreviewRequest, content: Content, look: &mut PreviewLook) {
        let is_so = |drawn: &&Drawn| {
            drawn.of == request.of
                && drawn.settings == request.settings
                && drawn.content.is_same(&content)
        };
        if self.drawn.as_ref().filter(is_so).is_none() {
            let picture = self.painter.draw(content.shown(), &request.settings);
            let (of, settings) = (request.of.clone(), request.settings);
            self.drawn = Some(Drawn { of, content, settings, picture });
        }
        let drawn = self.drawn.as_ref().and_then(|drawn| drawn.picture.clone());
        if let Some((picture, of)) = drawn {
            (look.picture, look.of) = (Some(picture), of);
        }
    }
}
