//! Runs the program as a user does, and looks at it from outside.

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

pub use rustix::process::Signal;

use crate::time;

/// The folder of what cargo built: the test program lies in its `deps`.
pub fn built() -> PathBuf {
    let test = std::env::current_exe().expect("a program knows where it is");
    test.ancestors().nth(2).expect("tests are built into a folder of a folder").to_owned()
}

/// The program itself: what `DOWNSTAGE` names, or else what lies beside the tests.
///
/// # Panics
/// If it was not built: `cargo test` builds it only with the crate it is in.
pub fn program() -> PathBuf {
    let named = std::env::var_os("DOWNSTAGE").map(PathBuf::from);
    let path = named.unwrap_or_else(|| built().join("downstage"));
    assert!(
        path.exists(),
        "{} is missing: run `cargo build --workspace` first, as packaging/test does",
        path.display()
    );
    path
}

/// The program with a home of its own, where it finds nothing of its user's and keeps all it keeps.
/// GStreamer would look through all its plugins for each new home, which takes half a second: what it found
/// is kept for all.
pub fn at_home(home: &Path) -> Command {
    let mut command = Command::new(program());
    command.current_dir(home).env_remove("DBUS_SESSION_BUS_ADDRESS");
    for folder in ["XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "HOME"] {
        command.env(folder, home);
    }
    command.env("GST_REGISTRY", built().join("test-gst-registry.bin"));
    command
}

/// A running program. Dropping it kills it and all it started.
pub struct Downstage {
    child: Child,
    out: Output,
    err: Output,
}

impl Downstage {
    /// Starts it in a folder.
    pub fn start<A: AsRef<OsStr>>(folder: &Path, arguments: &[A]) -> Self {
        let mut command = Command::new(program());
        command.args(arguments).current_dir(folder);
        Self::run(command)
    }

    /// Starts it as this command says.
    pub fn run(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program can be started");
        let out = Output::of(child.stdout.take().expect("a pipe"));
        let err = Output::of(child.stderr.take().expect("a pipe"));
        Self { child, out, err }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has answered so far.
    pub fn stdout(&self) -> String {
        self.out.text()
    }

    /// What it has said besides so far.
    pub fn stderr(&self) -> String {
        self.err.text()
    }

    /// Sends it a signal; nothing if it has ended.
    pub fn signal(&self, signal: Signal) {
        send(self.pid(), signal);
    }

    /// Waits for its end, at most this long.
    pub fn wait(&mut self, most: Duration) -> Option<ExitStatus> {
        let status = time::wait_for(most, || self.child.try_wait().expect("a child of ours"))?;
        // Then all it said is there to be read.
        self.out.end();
        self.err.end();
        Some(status)
    }

    /// Waits until it has said this on either stream, at most this long.
    pub fn wait_for(&self, words: &str, most: Duration) -> bool {
        let said = || self.stdout().contains(words) || self.stderr().contains(words);
        time::wait_for(most, || said().then_some(())).is_some()
    }

    /// In how many frames the picture before was seen again, as it said last.
    pub fn repeated(&self) -> u64 {
        repeated(&self.stdout())
    }

    /// The CPU time it and all it started have taken so far.
    pub fn cpu(&self) -> Duration {
        let ticks: u64 = tree(self.pid()).into_iter().filter_map(ticks_of).sum();
        Duration::from_millis(ticks * 1_000 / rustix::param::clock_ticks_per_second())
    }

    /// The bytes of memory it and all it started have to themselves, and their share of the rest.
    pub fn pss(&self) -> u64 {
        tree(self.pid()).into_iter().filter_map(pss_of).sum()
    }
}

impl Drop for Downstage {
    fn drop(&mut self) {
        for process in tree(self.pid()) {
            send(process, Signal::KILL);
        }
        // It was killed: nothing more can be done.
        drop(self.child.wait());
    }
}

/// In how many frames the picture before was seen again, by the last line of an answer that says it.
pub fn repeated(answer: &str) -> u64 {
    let count = |line: &str, of: &str| {
        let (before, _) = line.split_once(of)?;
        before.rsplit(' ').next()?.parse::<u64>().ok()
    };
    let last = answer.lines().rev().find(|line| line.contains(" repeated, ")).unwrap_or("");
    // Of the programme's frames, or of a file that was not decoded in time.
    count(last, " repeated, ").unwrap_or(0) + count(last, " starved").unwrap_or(0)
}

/// Sends a signal to a process; nothing if there is none.
pub fn send(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        // A process that has just ended needs no signal.
        let _sent = rustix::process::kill_process(pid, signal);
    }
}

/// Collects what comes from a pipe, on a thread, so that the writer never waits.
struct Output {
    bytes: Arc<Mutex<Vec<u8>>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Output {
    fn of(mut pipe: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let of_thread = Arc::clone(&bytes);
        let collect = move || {
            let mut piece = [0; 4_096];
            while let Ok(count @ 1..) = pipe.read(&mut piece) {
                let mut bytes = of_thread.lock().unwrap_or_else(PoisonError::into_inner);
                bytes.extend_from_slice(&piece[..count]);
            }
        };
        let thread = thread::Builder::new().name("output".to_owned()).spawn(collect);
        Self { bytes, thread: Some(thread.expect("a thread")) }
    }

    fn text(&self) -> String {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn end(&mut self) {
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// A process and all it started, itself first.
fn tree(root: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
        .expect("a system with /proc")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, stat(pid)?.get(1)?.parse().ok()?)))
        .collect();
    let mut found = vec![root];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid));
        at += 1;
    }
    found
}

/// The fields of /proc/PID/stat behind the name, which may hold anything (proc(5)).
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(')')?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

/// User and system time.
fn ticks_of(pid: u32) -> Option<u64> {
    let fields = stat(pid)?;
    let field = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(field(11)? + field(12)?)
}

/// User and system seconds of this process and of all it started, those that have ended among them.
pub fn own_cpu() -> f64 {
    let of = |pid: u32| {
        let fields = stat(pid)?;
        // utime, stime, and both of children that were waited for (proc(5)).
        Some((11..15).filter_map(|at| fields.get(at)?.parse::<u64>().ok()).sum::<u64>())
    };
    let ticks: u64 = tree(std::process::id()).into_iter().filter_map(of).sum();
    ticks as f64 / rustix::param::clock_ticks_per_second() as f64
}

/// User and system seconds of all processes that were started from here and have ended.
pub fn children_cpu() -> f64 {
    let fields = stat(std::process::id()).expect("we are a process");
    let field = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok());
    let ticks = field(13).unwrap_or(0) + field(14).unwrap_or(0);
    ticks as f64 / rustix::param::clock_ticks_per_second() as f64
}

fn pss_of(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = text.lines().find(|line| line.starts_with("Pss:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1_024)
}
