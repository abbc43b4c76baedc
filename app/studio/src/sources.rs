//! The source hub: each source is opened once, on a thread of its own, and read by every program that
//! needs it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::Sender;
use engine::{FrameIndex, Report, Run, SourceNeed, SourceState};
use media::link::{Item, SourceLink};
use media::pattern::Pattern;
use media::source::{
    Act, Drift, Happened, OpenError, Opened, Player, Seen, SourceError, Supervisor,
};
use show::{FileEnd, Format, SourceId, SourceKind};

use crate::clock::Clock;
use crate::notes::{Notes, Trouble};
use crate::threads;

/// What the world tells a program.
#[derive(Clone, Copy, Debug)]
pub enum News {
    /// For the engine.
    Report(Report),
    /// A file stands at its in point for this take.
    Cued(SourceId, u32),
}

/// What a source is opened as; equal ones are one.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    kind: SourceKind,
    path: Option<PathBuf>,
    /// A test pattern is in its programme's format; a file that is cued has one program's takes.
    format: Option<Format>,
    program: Option<u32>,
}

/// Who hears of a source, and what it is called there.
struct Listener {
    program: u32,
    source: SourceId,
    news: Sender<News>,
    notes: Arc<Notes>,
}

/// A source that is open.
pub struct Source {
    key: Key,
    /// Its pictures and sound.
    pub link: Arc<SourceLink>,
    /// Whether it is live.
    pub live: bool,
    control: Arc<Control>,
    clock: Clock,
    thread: Option<JoinHandle<()>>,
}

impl Source {
    /// Whether dropping it takes no time: it runs on for others, or its thread has ended, or hangs and
    /// has had its time.
    pub fn is_dropped_at_once(&self) -> bool {
        let ended = self.thread.as_ref().is_none_or(JoinHandle::is_finished);
        ended || !self.control.is_stopped() || self.time_to_close().is_zero()
    }

    fn stop(&self) {
        let (unset, now) = (0, self.clock.now().max(1));
        let (stored, failed) = (Ordering::AcqRel, Ordering::Acquire);
        let _first = self.control.stopped.compare_exchange(unset, now, stored, failed);
        self.link.video.wake();
        self.link.audio.wake();
    }

    fn time_to_close(&self) -> Duration {
        let asked = self.control.stopped.load(Ordering::Acquire);
        CLOSING.saturating_sub(Duration::from_nanos(self.clock.now().saturating_sub(asked)))
    }
}

/// What the hub asks of a source's thread.
#[derive(Default)]
struct Control {
    /// When it was told to end, on the studio's clock; 0 while it runs.
    stopped: AtomicU64,
    /// Told to the source when it changes.
    run: Mutex<Option<Run>>,
    listeners: Mutex<Vec<Listener>>,
    /// What was last reported, for who listens later.
    state: Mutex<Option<SourceState>>,
    /// When something arrived last, on the studio's clock; 0 before anything did.
    arrived: AtomicU64,
    /// When it is opened again, on the studio's clock; 0 while it is open.
    opens_at: AtomicU64,
}

/// What is known of an open source beside its state; times are of the studio's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doing {
    /// Which, as its program calls it.
    pub source: SourceId,
    /// When something arrived last.
    pub arrived: Option<u64>,
    /// When it is opened again, if it is closed.
    pub opens_at: Option<u64>,
}

impl Control {
    fn tell(&self, state: SourceState, trouble: Option<&Trouble>) {
        *lock(&self.state) = Some(state);
        for listener in lock(&self.listeners).iter() {
            let id = listener.source;
            match trouble {
                Some(trouble) => listener.notes.set(id.into(), trouble.clone()),
                None if state != SourceState::Lost => listener.notes.clear(id.into()),
                None => {}
            }
            // A program that is gone hears nothing.
            let _heard = listener.news.send(News::Report(Report::Source(id, state)));
        }
    }

    /// Something is wrong, and it goes on.
    fn complain(&self, error: &SourceError) {
        for listener in lock(&self.listeners).iter() {
            listener.notes.set(listener.source.into(), error.clone());
        }
    }

    fn cued(&self, take: u32) {
        for listener in lock(&self.listeners).iter() {
            let _heard = listener.news.send(News::Cued(listener.source, take));
        }
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire) != 0
    }

    fn run(&self) -> Run {
        lock(&self.run).unwrap_or(Run::Free)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Every change leaves the value whole, so a panic elsewhere takes nothing from it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All open sources of a studio. Shared by the stages of its programs; never by a program thread.
pub struct SourceHub {
    clock: Clock,
    sources: Mutex<Vec<Arc<Source>>>,
}

impl SourceHub {
    /// No source yet.
    pub fn new(clock: Clock) -> Self {
        Self { clock, sources: Mutex::default() }
    }

    /// Opens a source for a program, or shares the one that is open. Its reports go to `news` until
    /// [`Self::release`]; relative paths count from `folder`.
    pub fn acquire(
        &self,
        need: &SourceNeed,
        (program, format): (u32, Format),
        folder: &Path,
        news: &Sender<News>,
        notes: &Arc<Notes>,
    ) -> std::io::Result<Arc<Source>> {
        let cued = need.run != Run::Free;
        let key = Key {
            kind: need.source.kind.clone(),
            path: need.path.as_ref().map(|path| folder.join(path)),
            format: matches!(need.source.kind, SourceKind::TestPattern { .. }).then_some(format),
            program: cued.then_some(program),
        };
        let listener = Listener {
            program,
            source: need.source.id,
            news: news.clone(),
            notes: Arc::clone(notes),
        };
        let mut sources = lock(&self.sources);
        if let Some(source) = sources.iter().find(|source| source.key == key) {
            if let Some(state) = *lock(&source.control.state) {
                let _heard = news.send(News::Report(Report::Source(need.source.id, state)));
            }
            lock(&source.control.listeners).push(listener);
            return Ok(Arc::clone(source));
        }
        let control = Arc::new(Control::default());
        lock(&control.listeners).push(listener);
        *lock(&control.run) = Some(need.run);
        let source = self.open(key, format, need, control)?;
        sources.push(Arc::clone(&source));
        Ok(source)
    }

    /// The open sources of a program. Takes a lock: not for a program thread.
    pub fn doing(&self, program: u32) -> Vec<Doing> {
        let mut all = Vec::new();
        for source in lock(&self.sources).iter() {
            let listeners = lock(&source.control.listeners);
            for listener in listeners.iter().filter(|listener| listener.program == program) {
                let time = |at: &AtomicU64| Some(at.load(Ordering::Acquire)).filter(|at| *at > 0);
                let Control { arrived, opens_at, .. } = &*source.control;
                let (arrived, opens_at) = (time(arrived), time(opens_at));
                all.push(Doing { source: listener.source, arrived, opens_at });
            }
        }
        all
    }

    fn open(
        &self,
        key: Key,
        format: Format,
        need: &SourceNeed,
        control: Arc<Control>,
    ) -> std::io::Result<Arc<Source>> {
        let link = Arc::new(SourceLink::default());
        let live = matches!(key.kind, SourceKind::Live { .. });
        let (thread_link, thread_control) = (Arc::clone(&link), Arc::clone(&control));
        let name = need.source.id.to_string();
        let clock = self.clock.clone();
        let latency = match key.kind {
            SourceKind::Live { latency_millis, .. } => i64::from(latency_millis) * 1_000_000,
            _ => 0,
        };
        let thread = match (&key.kind, opened(&key, format)) {
            (SourceKind::TestPattern { tag }, _) => {
                let pattern = Pattern::new(format, *tag);
                Some(threads::spawn(name, move || {
                    draw(&pattern, format, &thread_link, &thread_control);
                })?)
            }
            (_, Some(opened)) => Some(threads::spawn(name, move || {
                let drift = Arc::new(Mutex::new(Drift::new(latency)));
                Watch { opened, link: thread_link, control: thread_control, clock, drift }.run();
            })?),
            _ => None,
        };
        let clock = self.clock.clone();
        Ok(Arc::new(Source { key, link, live, control, clock, thread }))
    }

    /// Tells a source how it is to run.
    pub fn set_run(source: &Source, run: Run) {
        *lock(&source.control.run) = Some(run);
    }

    /// A program needs the source no more; what nobody needs is told to close.
    pub fn release(&self, source: &Arc<Source>, program: u32, id: SourceId) {
        let mut sources = lock(&self.sources);
        let mut listeners = lock(&source.control.listeners);
        listeners.retain(|listener| listener.program != program || listener.source != id);
        if listeners.is_empty() {
            source.stop();
            sources.retain(|other| !Arc::ptr_eq(other, source));
        }
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            threads::join_within(thread, self.time_to_close());
        }
    }
}

fn opened(key: &Key, format: Format) -> Option<Opened> {
    match (&key.kind, &key.path) {
        (SourceKind::Live { url, .. }, _) => Some(Opened::Live { url: url.clone() }),
        (SourceKind::File(play), path) => {
            let cued = key.program.is_some();
            // Half a second beyond the in point stands decoded while it is cued.
            let cue = if cued { format.rate.nominal().div_ceil(2) as usize + 1 } else { 0 };
            Some(Opened::File {
                path: path.clone().unwrap_or_default(),
                from: play.in_millis * 1_000_000,
                to: play.out_millis.map(|millis| millis * 1_000_000),
                again: play.end == FileEnd::Loop,
                cue,
            })
        }
        _ => None,
    }
}

/// How long a source may take to close, from when it was told to. What hangs longer, in a driver or a
/// network, is left behind.
const CLOSING: Duration = Duration::from_secs(1);

/// How many frames of a test pattern are drawn ahead.
const DRAWN_AHEAD: usize = 4;

fn draw(pattern: &Pattern, format: Format, link: &SourceLink, control: &Control) {
    control.tell(SourceState::Live, None);
    let stopped = || control.is_stopped();
    let mut n = 0;
    while link.video.wait_for_room(DRAWN_AHEAD, &stopped) {
        let pts = i64::try_from(FrameIndex(n).nanos(format.rate)).unwrap_or(i64::MAX);
        let mut sound = Vec::new();
        pattern.sound(n, &mut sound);
        link.audio.push(Item { take: 0, pts, what: Some(Arc::new(sound)) });
        link.video.push(Item { take: 0, pts, what: Some(pattern.picture(n)) });
        n += 1;
    }
}

/// How long a source's thread listens to its pipeline at a time, in milliseconds.
const LISTEN_MILLIS: u64 = 20;

/// A source's thread.
struct Watch {
    opened: Opened,
    link: Arc<SourceLink>,
    control: Arc<Control>,
    clock: Clock,
    drift: Arc<Mutex<Drift>>,
}

impl Watch {
    fn run(self) {
        let live = matches!(self.opened, Opened::Live { .. });
        let mut supervisor = Supervisor::new(live, self.clock.now());
        let mut player: Option<Player> = None;
        let mut opened_for = 0;
        let mut heard = 0;
        let mut cue = Cue::default();
        let mut fault: Option<Trouble> = None;
        while !self.control.is_stopped() {
            let mut seen = match player.as_ref().map(|player| player.happened(LISTEN_MILLIS)) {
                Some(Some(Happened::Ended)) if live => {
                    fault = Some(Trouble::Ended);
                    Seen::Broke
                }
                Some(Some(Happened::Ended)) => Seen::Ended,
                Some(Some(Happened::Broke(error))) => {
                    fault = Some(error.into());
                    Seen::Broke
                }
                Some(None) => Seen::Nothing,
                None => {
                    let wake = self.clock.now() + LISTEN_MILLIS * 1_000_000;
                    self.clock.wait_until(supervisor.opens_at().unwrap_or(wake).min(wake));
                    Seen::Nothing
                }
            };
            let arrived = self.control.arrived.load(Ordering::Acquire);
            if seen == Seen::Nothing && arrived != heard {
                (heard, seen) = (arrived, Seen::Data);
            }
            let now = self.clock.now();
            for act in supervisor.see(seen, now, now / 1_000) {
                match act {
                    Act::Open => {
                        opened_for += 1;
                        match self.open(opened_for) {
                            Ok(opened) => player = Some(opened),
                            Err(error) => {
                                fault = Some(error.into());
                                let acts = supervisor.see(Seen::Broke, now, now / 1_000);
                                debug_assert!(!acts.contains(&Act::Open));
                                self.tell_lost(&mut fault);
                            }
                        }
                    }
                    Act::Close => player = None,
                    Act::Report(SourceState::Lost) => self.tell_lost(&mut fault),
                    Act::Report(SourceState::Live) if self.control.run() != Run::Free => {}
                    Act::Report(state) => self.control.tell(state, None),
                }
            }
            let opens_at = supervisor.opens_at().unwrap_or(0);
            self.control.opens_at.store(opens_at, Ordering::Release);
            if let Some(player) = &player {
                cue.follow(self.control.run(), player, &self.link, &self.control, seen);
                if let Some(error) = player.cut_off() {
                    self.control.complain(error);
                }
            }
        }
    }

    fn tell_lost(&self, fault: &mut Option<Trouble>) {
        self.link.video.run_dry();
        self.link.audio.run_dry();
        // A live source that is lost without an error is one that does not send.
        let silence = || match &self.opened {
            Opened::Live { url } => {
                Some(Trouble::Silent { host: media::source::host_of(url).to_owned() })
            }
            Opened::File { .. } => None,
        };
        let trouble = fault.take().or_else(silence);
        self.control.tell(SourceState::Lost, trouble.as_ref());
    }

    fn open(&self, opened_for: u32) -> Result<Player, OpenError> {
        let (control, clock) = (Arc::clone(&self.control), self.clock.clone());
        let (link, drift) = (Arc::clone(&self.link), Arc::clone(&self.drift));
        let live = matches!(self.opened, Opened::Live { .. });
        if live {
            // Another connection has another time line.
            let mut drift = lock(&drift);
            *drift = drift.anew(opened_for);
        }
        let arrived: media::source::Arrived = Arc::new(move |pts| {
            let now = clock.now();
            control.arrived.store(now, Ordering::Release);
            if live && let Some(map) = lock(&drift).arrived(pts, i64::try_from(now).unwrap_or(0)) {
                link.map.store(Arc::new(map));
            }
        });
        let take = match self.control.run() {
            Run::Free => opened_for,
            Run::Cued(take) | Run::Since(take, _) => take,
        };
        Player::open(self.opened.clone(), take, Arc::clone(&self.link), arrived)
    }
}

/// Keeps a file that starts on its take at its in point.
#[derive(Default)]
struct Cue {
    take: Option<u32>,
    told: bool,
    runs: bool,
    ended: bool,
}

impl Cue {
    fn follow(
        &mut self,
        run: Run,
        player: &Player,
        link: &SourceLink,
        control: &Control,
        seen: Seen,
    ) {
        let (take, runs) = match run {
            Run::Free => return,
            Run::Cued(take) => (take, false),
            Run::Since(take, _) => (take, true),
        };
        self.ended |= seen == Seen::Ended;
        if self.take != Some(take) {
            if self.take.is_some() {
                control.tell(SourceState::Connecting, None);
                player.cue(take);
            }
            *self = Self { take: Some(take), ..Self::default() };
        }
        if runs && !self.runs {
            player.run();
            control.tell(SourceState::Live, None);
        }
        self.runs = runs;
        let ready = self.ended || link.video.fullest() > MIN_CUED.min(media::link::MOST_PICTURES);
        if !runs && !self.told && ready {
            self.told = true;
            control.cued(take);
        }
    }
}

/// Pictures that must wait for a file to count as cued. More are decoded while it stands.
const MIN_CUED: usize = 3;
