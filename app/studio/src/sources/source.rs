//! An open source: the state that its thread and its leases share.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use engine::{Run, SourceState};
use media::link::SourceLink;
use show::SourceId;

use super::status::SourceStatus;
use crate::clock::Clock;
use crate::problems::{Problem, Problems};
use crate::threads;

/// How long a source may take to close after it was stopped. One that hangs longer, in a driver or a
/// network, is left behind.
const CLOSING: Duration = Duration::from_secs(1);

/// An open source. Only leases own it: it closes with the last of them.
pub struct OpenSource {
    pub link: Arc<SourceLink>,
    pub control: Arc<Control>,
    /// Whether it is live, so that its link has a map to the studio's clock.
    pub pushed: bool,
    pub clock: Clock,
    pub closing: Arc<Closing>,
    pub thread: Option<JoinHandle<()>>,
}

impl Drop for OpenSource {
    fn drop(&mut self) {
        let now = self.clock.now().max(1);
        self.control.stopped.store(now, Ordering::Release);
        self.link.video.wake();
        self.link.audio.wake();
        if let Some(thread) = self.thread.take() {
            self.closing.add(thread, now);
        }
    }
}

/// Controls a source's thread, and carries its state and problems to its leases.
#[derive(Default)]
pub struct Control {
    pub status: Arc<SourceStatus>,
    /// When it was stopped, on the studio's clock; 0 while it runs.
    stopped: AtomicU64,
    /// How it should run; `None` is [`Run::Free`].
    run: Mutex<Option<Run>>,
    /// Whether nothing shows it.
    idle: AtomicBool,
    /// Whether it is to be opened again at once if it is lost.
    hurries: AtomicBool,
    /// How many of those who lease it show it.
    shown: AtomicU32,
    listeners: Mutex<Listeners>,
}

/// A source's problems, and the listeners to them.
#[derive(Default)]
struct Listeners {
    /// Why it does not play.
    problem: Option<Problem>,
    /// What is wrong although it plays.
    damage: Option<Problem>,
    all: Vec<Listener>,
    next_token: u64,
}

struct Listener {
    token: Token,
    id: SourceId,
    problems: Arc<Problems>,
}

/// Identifies one listener of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token(u64);

impl Listeners {
    fn notify(&self, listener: &Listener) {
        match self.problem.as_ref().or(self.damage.as_ref()) {
            Some(problem) => listener.problems.set(listener.id.into(), problem.clone()),
            None => listener.problems.clear(listener.id.into()),
        }
    }

    fn notify_all(&self) {
        self.all.iter().for_each(|listener| self.notify(listener));
    }
}

impl Control {
    /// Reports a source's state, and why it does not play. Lost without a reason keeps the last one.
    pub fn report(&self, state: SourceState, take: u32, problem: Option<Problem>) {
        if problem.is_some() || state != SourceState::Lost {
            let mut listeners = lock(&self.listeners);
            listeners.problem = problem;
            listeners.notify_all();
        }
        self.status.set(state, take);
    }

    /// Reports what is wrong with a source that plays; `None` clears it.
    pub fn report_damage(&self, damage: Option<Problem>) {
        let mut listeners = lock(&self.listeners);
        if listeners.damage != damage {
            listeners.damage = damage;
            listeners.notify_all();
        }
    }

    /// Adds a listener, and notifies it at once of a current problem.
    pub fn add_listener(&self, id: SourceId, problems: Arc<Problems>) -> Token {
        let mut listeners = lock(&self.listeners);
        let token = Token(listeners.next_token);
        listeners.next_token += 1;
        let listener = Listener { token, id, problems };
        if listeners.problem.is_some() || listeners.damage.is_some() {
            listeners.notify(&listener);
        }
        listeners.all.push(listener);
        token
    }

    /// Removes a listener, and clears the problem it was notified of.
    pub fn remove_listener(&self, token: Token) {
        let mut listeners = lock(&self.listeners);
        if let Some(at) = listeners.all.iter().position(|listener| listener.token == token) {
            let listener = listeners.all.swap_remove(at);
            listener.problems.clear(listener.id.into());
        }
    }

    /// Whether it was stopped.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire) != 0
    }

    /// How it should run.
    pub fn run(&self) -> Run {
        lock(&self.run).unwrap_or(Run::Free)
    }

    /// Whether nothing shows it, so that it holds only what a start needs.
    pub fn is_idle(&self) -> bool {
        self.idle.load(Ordering::Acquire)
    }

    /// Sets whether nothing shows it.
    pub fn set_idle(&self, idle: bool) {
        self.idle.store(idle, Ordering::Release);
    }

    /// Has it opened again at once if it is lost.
    pub fn hurry(&self) {
        self.hurries.store(true, Ordering::Release);
    }

    /// Whether it is to be opened again at once; once each time it is asked for.
    pub fn take_hurry(&self) -> bool {
        self.hurries.swap(false, Ordering::AcqRel)
    }

    /// One more, or one less, of those who lease it shows it.
    pub fn count_shown(&self, is_shown: bool) {
        let _before = match is_shown {
            true => self.shown.fetch_add(1, Ordering::AcqRel),
            false => self.shown.fetch_sub(1, Ordering::AcqRel),
        };
    }

    /// Whether any of those who lease it shows it.
    pub fn is_shown(&self) -> bool {
        self.shown.load(Ordering::Acquire) > 0
    }

    /// Sets how it should run.
    pub fn set_run(&self, run: Run) {
        *lock(&self.run) = Some(run);
    }
}

/// The threads of stopped sources, each with the time of its stop, until they have ended.
#[derive(Default)]
pub struct Closing(Mutex<Vec<(JoinHandle<()>, u64)>>);

impl Closing {
    fn add(&self, thread: JoinHandle<()>, stopped: u64) {
        let mut closing = lock(&self.0);
        closing.push((thread, stopped));
        let (ended, running) = closing.drain(..).partition(|(thread, _)| thread.is_finished());
        *closing = running;
        drop(closing);
        let ended: Vec<(JoinHandle<()>, u64)> = ended;
        ended.into_iter().for_each(|(thread, _)| threads::join_within(thread, Duration::ZERO));
    }

    /// Waits until all have ended; one that hangs is left behind.
    pub fn wait(&self, clock: &Clock) {
        let all = std::mem::take(&mut *lock(&self.0));
        for (thread, stopped) in all {
            let elapsed = Duration::from_nanos(clock.now().saturating_sub(stopped));
            threads::join_within(thread, CLOSING.saturating_sub(elapsed));
        }
    }
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change leaves the value consistent, so a poisoned lock is still good.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
