//! Lets a programme come before other programs on a busy machine, as far as the system allows.
//!
//! Where the process may raise its priority, every thread inherits it. Else RealtimeKit is asked for each of the threads
//! that a frame waits for, as long as it answers: it is what desktops have for this. Not for real-time scheduling, though
//! it has that too: a thread with it that once works for longer than allowed is killed by the system.

use std::collections::BTreeSet;
use std::fs;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use zbus::blocking::connection::Builder;

use crate::threads;

/// The niceness of a programme's threads.
const NICE: i32 = -10;

/// RealtimeKit on the system bus (its README describes the interface).
const NAME: &str = "org.freedesktop.RealtimeKit1";
const PLACE: &str = "/org/freedesktop/RealtimeKit1";
/// How long it may take to answer: it may have to be started.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How often threads that are new are looked for.
const INTERVAL: Duration = Duration::from_secs(1);
/// How many threads it is asked for: it grants 25 to a user, and other programs want some.
const MOST: usize = 16;
/// How many of them may be decoders: an encode that is started later finds places free however many films are open.
const MOST_DECODERS: usize = 8;
/// After so many refusals in a row it is asked no more. One may be of a thread that has just ended.
const REFUSALS: usize = 3;
/// The threads that a frame waits for, the most important first, by the beginnings of their names: our own, GStreamer's
/// encoders and, last, its decoders.
const THREADS: [&str; 6] = ["program", "audio", "encode-", "appsrc", "sound-out", DECODER];
const DECODER: &str = "multiqueue";

/// Asks for the priority of threads that are started later, until it is dropped.
pub struct Priority {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Priority {
    /// Raises the priority of this thread and of those it starts from now on: to be called first. Where that is not
    /// allowed, RealtimeKit is asked, on a thread of its own.
    #[must_use = "no more threads are raised once it is dropped"]
    pub fn raise() -> Self {
        // Only Linux has priorities per thread, and RealtimeKit.
        if cfg!(not(target_os = "linux")) {
            return Self { stop: None, thread: None };
        }
        match rustix::process::setpriority_process(None, NICE) {
            Ok(()) => Self { stop: None, thread: None },
            Err(_) => Self::ask(),
        }
    }

    fn ask() -> Self {
        let (stop, stopped) = bounded(0);
        let thread = threads::spawn("priority", move || {
            if let Err(error) = keep_raising(&stopped) {
                tracing::info!("other programs may come before the programme: {error}");
            }
        });
        // Without the thread everything goes on as well, on a machine that is not busy.
        Self { stop: Some(stop), thread: thread.ok() }
    }
}

impl Drop for Priority {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A bus that hangs is left behind.
            threads::join_within(thread, Duration::from_millis(100));
        }
    }
}

/// Asks for each thread once, until it is stopped or refuses.
fn keep_raising(stopped: &Receiver<()>) -> zbus::Result<()> {
    let connection = Builder::system()?.method_timeout(TIMEOUT).build()?;
    let property = ("org.freedesktop.DBus.Properties", "Get", &(NAME, "MinNiceLevel"));
    let answer =
        connection.call_method(Some(NAME), PLACE, Some(property.0), property.1, property.2)?;
    let least: zbus::zvariant::OwnedValue = answer.body().deserialize()?;
    let nice = NICE.max(i32::try_from(least).unwrap_or(0));
    let (mut asked, mut refusals) = (BTreeSet::new(), 0);
    loop {
        let threads = threads_of_note();
        asked.retain(|asked| threads.contains(asked));
        for (rank, thread) in threads {
            let decoders = asked.iter().filter(|(rank, _)| THREADS[*rank] == DECODER).count();
            let is_full =
                asked.len() >= MOST || THREADS[rank] == DECODER && decoders >= MOST_DECODERS;
            if is_full || !asked.insert((rank, thread)) {
                continue;
            }
            let method = "MakeThreadHighPriority";
            let wish = (thread, nice);
            match connection.call_method(Some(NAME), PLACE, Some(NAME), method, &wish) {
                Ok(_) => refusals = 0,
                Err(error) => {
                    refusals += 1;
                    if refusals >= REFUSALS {
                        return Err(error);
                    }
                }
            }
        }
        if stopped.recv_timeout(INTERVAL) != Err(RecvTimeoutError::Timeout) {
            return Ok(());
        }
    }
}

/// This process's threads that a frame waits for, the most important first: their places in `THREADS`, and their ids.
fn threads_of_note() -> Vec<(usize, u64)> {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().filter_map(Result::ok);
    let rank = |task: fs::DirEntry| {
        let name = fs::read_to_string(task.path().join("comm")).ok()?;
        let rank = THREADS.iter().position(|begins| name.starts_with(begins))?;
        Some((rank, task.file_name().to_str()?.parse::<u64>().ok()?))
    };
    let mut threads: Vec<(usize, u64)> = tasks.filter_map(rank).collect();
    threads.sort_unstable();
    threads
}
