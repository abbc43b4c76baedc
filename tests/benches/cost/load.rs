//! What a programme loses beside other processes that take what they can get, in turn with GStreamer's
//! compositor.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tests::downstage::{self, Downstage, Signal};
use tests::jobs::{self, Job, Seen};
use tests::{load, peers, time};

use super::{Bench, LAP, SETTLED, command};

/// The argument with which this program runs as a load: milliseconds busy and idle by turns, for ever.
pub const LOAD: &str = "--be-a-load";

/// What runs beside a programme.
struct Load {
    name: &'static str,
    processes: u64,
    /// Milliseconds each is busy and idle, by turns.
    busy: u64,
    idle: u64,
}

const LOADS: [Load; 2] = [
    Load { name: "four by turns", processes: 4, busy: 400, idle: 1_200 },
    Load { name: "two for good", processes: 2, busy: 1_000, idle: 0 },
];

/// Runs as a load: never returns.
pub fn be_a_load(busy: u64, idle: u64) -> ! {
    loop {
        let began = time::now();
        while began.elapsed() < Duration::from_millis(busy) {
            std::hint::spin_loop();
        }
        time::sleep(Duration::from_millis(idle));
    }
}

/// Processes that end when this is dropped.
struct Running(Vec<Child>);

impl Running {
    fn start(load: &Load) -> Self {
        let program = std::env::current_exe().expect("this program has a path");
        let one = |n: u64| {
            let (busy, idle) = (load.busy.to_string(), load.idle.to_string());
            // They do not begin together, nor evenly: what matters is when several are busy at once.
            time::sleep(Duration::from_millis(n * 70));
            Command::new(&program).args([LOAD, &busy, &idle]).spawn().expect("it starts")
        };
        Self((0..load.processes).map(one).collect())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // They have no state to lose.
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// Measures both jobs beside each load: `pairs` runs each of ours, of ours without any right to a priority, and of
/// GStreamer's compositor, in turn.
pub fn measure(bench: &Bench, pairs: usize, seconds: u64) {
    for beside in &LOADS {
        for job in [&jobs::TWO, &jobs::QUAD] {
            let Load { name, processes, busy, idle } = beside;
            println!(
                "\nload, {name}: {processes} processes, {busy} ms busy and {idle} ms idle; {}, {seconds} s a run",
                job.name
            );
            for _ in 0..pairs {
                let seen = run(|| ours(bench, job, seconds, true), beside);
                println!("  downstage: {}", shown(seen));
                if load::can_raise_priority() {
                    let seen = run(|| ours(bench, job, seconds, false), beside);
                    println!("  downstage without rights: {}", shown(seen));
                }
                let seen = run(|| theirs(bench, job, seconds), beside);
                println!("  gst-launch-1.0 compositor: {}", shown(seen));
            }
        }
    }
}

fn run(what: impl FnOnce() -> Seen, load: &Load) -> Seen {
    let _load = Running::start(load);
    what()
}

fn shown(seen: Seen) -> String {
    let Seen { pictures, repeated, skipped, unread, .. } = seen;
    format!("{skipped} pictures lost, {repeated} shown twice, {unread} unread, of {pictures}")
}

fn ours(bench: &Bench, job: &Job, seconds: u64, with_rights: bool) -> Seen {
    let (show, record) = bench.stage(job);
    let length = format!("{}s", SETTLED + seconds);
    let plain = command(&show, &["--for", &length]);
    let mut program =
        Downstage::run(if with_rights { plain } else { load::without_rights(&plain) });
    let ended = program.wait(Duration::from_secs(120)).expect("it ends");
    println!("    {}", summary(&program.stdout()));
    assert_eq!(ended.code(), Some(0), "{}", program.stderr());
    job.judge(&record, LAP)
}

/// GStreamer's compositor as a live mixer, for as long.
fn theirs(bench: &Bench, job: &Job, seconds: u64) -> Seen {
    let (_, record) = bench.stage(job);
    let (logo, films) = (record.with_file_name("logo.png"), bench.films(job));
    let mut command = peers::gstreamer_live(job, &films, &logo, &record);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut mixer = command.spawn().expect("gst-launch-1.0 starts");
    time::sleep(Duration::from_secs(SETTLED + seconds));
    downstage::send(mixer.id(), Signal::INT);
    let ended = mixer.wait().expect("it ends");
    let mut said = String::new();
    let _read = mixer.stderr.take().map(|mut stderr| stderr.read_to_string(&mut said));
    assert!(ended.success(), "{said}");
    job.judge(&record, LAP)
}

/// What the program says at its end of its frames.
fn summary(said: &str) -> &str {
    let is_summary = |line: &&str| !line.starts_with(' ') && line.contains(" frames, ");
    said.lines().find(is_summary).unwrap_or_default()
}
