//! What processes take of the machine, read from outside.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::downstage;
use crate::time;

/// CPU seconds that processes of ours took, and what the rest of the machine did meanwhile.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// User and system seconds of the processes that were measured.
    pub cpu: f64,
    /// Seconds on the wall.
    pub wall: f64,
    /// CPU seconds of all other processes.
    pub other: f64,
}

impl Usage {
    /// Cores that others kept busy.
    pub fn other_cores(&self) -> f64 {
        self.other / self.wall
    }
}

impl std::ops::Add for Usage {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        let (cpu, wall) = (self.cpu + more.cpu, self.wall + more.wall);
        Self { cpu, wall, other: self.other + more.other }
    }
}

/// Runs a command to its end and says what it took, to the hundredth of a second that Linux counts.
///
/// # Panics
/// If it cannot be started, or fails.
pub fn of_command(command: &mut Command) -> Usage {
    let before = (downstage::children_cpu(), busy(), time::now());
    let done = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output();
    let done = done.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let complaint = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {complaint}");
    let cpu = downstage::children_cpu() - before.0;
    since(cpu, before.1, before.2)
}

/// What is taken of the machine from a moment on, by us and by others.
pub struct Taken {
    ours: f64,
    busy: f64,
    began: Instant,
}

impl Taken {
    /// From now on.
    pub fn start() -> Self {
        Self { ours: downstage::own_cpu(), busy: busy(), began: time::now() }
    }

    /// How many cores others took, and which part of the machine all took together.
    pub fn until_now(&self) -> (f64, f64) {
        let (ours, busy) = (downstage::own_cpu() - self.ours, busy() - self.busy);
        let wall = self.began.elapsed().as_secs_f64();
        let cores = std::thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64);
        ((busy - ours).max(0.0) / wall, busy / wall / cores)
    }
}

/// A process that takes all it can get of one core, as others' programs do. Dropping it ends it.
pub struct Spinner(Child);

impl Spinner {
    /// Starts one.
    ///
    /// # Panics
    /// There is no shell.
    pub fn start() -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", "while :; do :; done"]);
        Self(command.spawn().expect("a shell"))
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        // It has no state to lose.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Whether a process that is started from here may raise its priority.
pub fn can_raise_priority() -> bool {
    let asked = Command::new("nice").args(["-n", "-1", "true"]).stderr(Stdio::piped()).output();
    // It runs the command all the same, and complains.
    asked.is_ok_and(|done| done.status.success() && done.stderr.is_empty())
}

/// The same command, for a process that may raise no priority, as most users' may not.
pub fn without_rights(plain: &Command) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--bounding-set=-sys_nice", "--inh-caps=-sys_nice"]);
    command.arg(plain.get_program()).args(plain.get_args());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    if let Some(folder) = plain.get_current_dir() {
        command.current_dir(folder);
    }
    command
}

/// The niceness of each thread of a process (proc(5)), with its name.
pub fn niceness(pid: u32) -> Vec<(String, i32)> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten();
    let thread = |entry: std::io::Result<fs::DirEntry>| {
        let stat = fs::read_to_string(entry.ok()?.path().join("stat")).ok()?;
        // The name may have any character in it; it ends with the last bracket.
        let (before, after) = stat.rsplit_once(')')?;
        let name = before.split_once('(')?.1.to_owned();
        Some((name, after.split_whitespace().nth(16)?.parse().ok()?))
    };
    tasks.filter_map(thread).collect()
}

/// The id of each thread of a process, with its name, in the order of their ids.
pub fn thread_ids(pid: u32) -> Vec<(String, u32)> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten();
    let thread = |entry: std::io::Result<fs::DirEntry>| {
        let task = entry.ok()?;
        let name = fs::read_to_string(task.path().join("comm")).ok()?.trim().to_owned();
        Some((name, task.file_name().to_str()?.parse().ok()?))
    };
    let mut threads: Vec<(String, u32)> = tasks.filter_map(thread).collect();
    threads.sort_by_key(|(_, id)| *id);
    threads
}

/// Keeps the first processor busy, so that a thread that may run on no other, and only when that has nothing else to
/// do, stands still. Dropping it ends that.
pub struct Pinned(Child);

impl Pinned {
    /// Starts it.
    ///
    /// # Panics
    /// util-linux is not installed.
    pub fn start() -> Self {
        let mut command = Command::new("taskset");
        command.args(["1", "sh", "-c", "while :; do :; done"]);
        Self(command.spawn().expect("taskset of util-linux"))
    }

    /// Lets a thread stand still.
    pub fn starve(&self, thread: u32) {
        set(&["taskset", "-p", "1"], thread);
        set(&["chrt", "-i", "-p", "0"], thread);
    }

    /// Lets it go on.
    pub fn release(&self, thread: u32) {
        set(&["chrt", "-o", "-p", "0"], thread);
        set(&["taskset", "-p", "ffffffff"], thread);
    }
}

/// Sets something of a thread, which may have ended.
fn set(command: &[&str], thread: u32) {
    let (program, arguments) = command.split_first().expect("a program");
    let done = Command::new(program).args(arguments).arg(thread.to_string()).output();
    drop(done.expect("util-linux"));
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // It has no state to lose.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// CPU time of a process by the names of its threads, in nanoseconds.
pub type Stages = BTreeMap<Stage, u64>;

/// What a thread of ours does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Stage {
    Decode,
    Compose,
    Mix,
    Encode,
    Rest,
}

impl Stage {
    fn of(thread: &str) -> Self {
        let begins = |names: &[&str]| names.iter().any(|name| thread.starts_with(name));
        if begins(&["multiqueue", "qtdemux", "matroskademux", "typefind", "queue"]) {
            Self::Decode
        } else if thread == "program" {
            Self::Compose
        } else if thread == "audio" {
            Self::Mix
        } else if begins(&["appsrc", "encode-"]) {
            Self::Encode
        } else {
            Self::Rest
        }
    }
}

/// CPU time of each thread of a process so far, in nanoseconds, with its name.
pub fn threads(pid: u32) -> Vec<(String, u64)> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten();
    let thread = |entry: std::io::Result<fs::DirEntry>| {
        let task = entry.ok()?.path();
        let name = fs::read_to_string(task.join("comm")).ok()?.trim().to_owned();
        let schedule = fs::read_to_string(task.join("schedstat")).ok()?;
        Some((name, schedule.split_whitespace().next()?.parse().ok()?))
    };
    tasks.filter_map(thread).collect()
}

/// CPU time of a process so far by what its threads do.
pub fn stages(pid: u32) -> Stages {
    let mut stages = Stages::new();
    for (name, nanos) in threads(pid) {
        *stages.entry(Stage::of(&name)).or_default() += nanos;
    }
    stages
}

/// A measurement of a running process.
pub struct Watch {
    cpu: Duration,
    stages: Stages,
    busy: f64,
    began: Instant,
}

impl Watch {
    /// Begins.
    pub fn start(process: &downstage::Downstage) -> Self {
        let stages = stages(process.pid());
        Self { cpu: process.cpu(), stages, busy: busy(), began: time::now() }
    }

    /// What it took since then; the stages in seconds.
    pub fn end(self, process: &downstage::Downstage) -> (Usage, BTreeMap<Stage, f64>) {
        let cpu = process.cpu() - self.cpu;
        let usage = since(cpu.as_secs_f64(), self.busy, self.began);
        let taken = stages(process.pid()).into_iter().map(|(stage, nanos)| {
            let before = self.stages.get(&stage).copied().unwrap_or(0);
            (stage, nanos.saturating_sub(before) as f64 / 1e9)
        });
        (usage, taken.collect())
    }
}

fn since(cpu: f64, busy_before: f64, began: Instant) -> Usage {
    let wall = began.elapsed().as_secs_f64();
    Usage { cpu, wall, other: (busy() - busy_before - cpu).max(0.0) }
}

/// CPU seconds of the whole machine since it was started, what is stolen from it among them.
fn busy() -> f64 {
    let text = fs::read_to_string("/proc/stat").expect("a system with /proc");
    let line = text.lines().next().unwrap_or_default();
    let ticks: Vec<u64> = line.split_whitespace().skip(1).filter_map(|t| t.parse().ok()).collect();
    // user, nice, system, idle, iowait, irq, softirq, steal (proc(5)).
    let busy: u64 = [0, 1, 2, 5, 6, 7].iter().filter_map(|at| ticks.get(*at)).sum();
    busy as f64 / rustix::param::clock_ticks_per_second() as f64
}
