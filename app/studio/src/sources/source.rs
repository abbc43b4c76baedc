//! An open source: what its thread and the holders of its leases share.

use std::sync::atomic::{AtomicU64, Ordering};
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

/// How long a source may take to close, from when it was told to. What hangs longer, in a driver or a
/// network, is left behind.
const CLOSING: Duration = Duration::from_secs(1);

/// A source that is open. Only leases own it: it closes when the last of them leaves.
pub struct OpenSource {
    pub link: Arc<SourceLink>,
    pub control: Arc<Control>,
    /// Whether it keeps its own pace, so that its link has a map to the studio's clock.
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

/// What a source's thread is asked to do, and the listeners it tells.
#[derive(Default)]
pub struct Control {
    pub status: Arc<SourceStatus>,
    /// When it was told to end, on the studio's clock; 0 while it runs.
    stopped: AtomicU64,
    /// How it is to run; nothing is by itself.
    run: Mutex<Option<Run>>,
    told: Mutex<Listeners>,
}

/// What is wrong with a source, and its listeners.
#[derive(Default)]
struct Listeners {
    /// Why it does not play.
    trouble: Option<Problem>,
    /// What is wrong although it plays.
    damage: Option<Problem>,
    listeners: Vec<Listener>,
    next_token: u64,
}

struct Listener {
    token: Token,
    id: SourceId,
    problems: Arc<Problems>,
}

/// Tells one listener of a source from all its others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token(u64);

impl Listeners {
    fn tell(&self, listener: &Listener) {
        match self.trouble.as_ref().or(self.damage.as_ref()) {
            Some(trouble) => listener.problems.set(listener.id.into(), trouble.clone()),
            None => listener.problems.clear(listener.id.into()),
        }
    }

    fn tell_all(&self) {
        self.listeners.iter().for_each(|listener| self.tell(listener));
    }
}

impl Control {
    /// A source's present state, with why it does not play. Lost without a reason keeps the last one.
    pub fn tell(&self, state: SourceState, take: u32, trouble: Option<Problem>) {
        if trouble.is_some() || state != SourceState::Lost {
            let mut told = lock(&self.told);
            told.trouble = trouble;
            told.tell_all();
        }
        self.status.set(state, take);
    }

    /// What is wrong with a source that plays, or that nothing is any more.
    pub fn tell_damage(&self, damage: Option<Problem>) {
        let mut told = lock(&self.told);
        if told.damage != damage {
            told.damage = damage;
            told.tell_all();
        }
    }

    /// Adds a listener, which hears at once what is wrong now.
    pub fn listen(&self, id: SourceId, problems: Arc<Problems>) -> Token {
        let mut told = lock(&self.told);
        let token = Token(told.next_token);
        told.next_token += 1;
        let listener = Listener { token, id, problems };
        if told.trouble.is_some() || told.damage.is_some() {
            told.tell(&listener);
        }
        told.listeners.push(listener);
        token
    }

    /// Takes a listener away, and what it was told with it.
    pub fn leave(&self, token: Token) {
        let mut told = lock(&self.told);
        if let Some(at) = told.listeners.iter().position(|listener| listener.token == token) {
            let listener = told.listeners.swap_remove(at);
            listener.problems.clear(listener.id.into());
        }
    }

    /// Whether it was told to end.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire) != 0
    }

    /// How it is to run.
    pub fn run(&self) -> Run {
        lock(&self.run).unwrap_or(Run::Free)
    }

    /// Says how it is to run from now on.
    pub fn set_run(&self, run: Run) {
        *lock(&self.run) = Some(run);
    }
}

/// The threads of sources that nobody holds any more, until they have ended.
#[derive(Default)]
pub struct Closing(Mutex<Vec<(JoinHandle<()>, u64)>>);

impl Closing {
    fn add(&self, thread: JoinHandle<()>, told: u64) {
        let mut closing = lock(&self.0);
        closing.push((thread, told));
        let (ended, running) = closing.drain(..).partition(|(thread, _)| thread.is_finished());
        *closing = running;
        drop(closing);
        let ended: Vec<(JoinHandle<()>, u64)> = ended;
        ended.into_iter().for_each(|(thread, _)| threads::join_within(thread, Duration::ZERO));
    }

    /// Waits until all have ended, but for what hangs.
    pub fn wait(&self, clock: &Clock) {
        let all = std::mem::take(&mut *lock(&self.0));
        for (thread, told) in all {
            let gone = Duration::from_nanos(clock.now().saturating_sub(told));
            threads::join_within(thread, CLOSING.saturating_sub(gone));
        }
    }
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change leaves the value whole, so a panic elsewhere takes nothing from it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
