//! What a programme costs: beside the least that its decoding and encoding alone cost, beside another
//! mixer, and in time and memory. Nothing counts whose numbers are not all there.
//!
//! `packaging/bench [two|quad|full|window|offline|start|memory|load] [--pairs N] [--seconds S]` builds the program
//! and runs this; without a name all but `memory` and `load`, which take ten minutes and more. By itself, `cargo
//! bench -p tests --bench cost`, it measures what `DOWNSTAGE` names, or the last release that was built.

#[path = "cost/floor.rs"]
mod floor;
#[path = "cost/load.rs"]
mod load_beside;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use floor::{Floor, Least};
use show::Rect;
use tests::downstage::{self, Downstage, Signal};
use tests::jobs::{self, Job, Seen};
use tests::load::{self, Stage, Usage, Watch};
use tests::{decode, opening, peers, time, watched};

/// Seconds of each film.
const FILM: u32 = 30;
/// Frames of each film.
const LAP: u64 = 25 * FILM as u64;
/// A programme has settled after so many seconds.
const SETTLED: u64 = 8;
/// A pair with more cores than this taken by others says nothing of ours.
const OTHERS: f64 = 0.3;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, busy, idle] = arguments.as_slice()
        && first == load_beside::LOAD
    {
        let millis = |text: &String| text.parse().expect("milliseconds");
        load_beside::be_a_load(millis(busy), millis(idle));
    }
    let wish = Wish::of(arguments.into_iter());
    let bench = Bench::prepare();
    for job in jobs::ALL.iter().filter(|job| wish.wants(job.name)) {
        bench.real_time(job, &wish);
    }
    if wish.wants("window") {
        bench.window(&jobs::TWO, &wish);
    }
    if wish.wants("offline") {
        bench.offline(&jobs::QUAD, &wish);
    }
    if wish.wants("start") {
        bench.start(&wish);
    }
    // Too long to be meant by naming nothing.
    if wish.names.iter().any(|name| name == "load") {
        load_beside::measure(&bench, wish.pairs, wish.seconds());
    }
    if wish.names.iter().any(|name| name == "memory") {
        for job in jobs::ALL {
            bench.memory(&job, &wish);
        }
    }
}

/// What is to be measured.
struct Wish {
    names: Vec<String>,
    pairs: usize,
    seconds: Option<u64>,
}

impl Wish {
    fn of(mut arguments: impl Iterator<Item = String>) -> Self {
        let mut wish = Self { names: Vec::new(), pairs: 5, seconds: None };
        let number = |text: Option<String>| text.and_then(|text| text.parse::<u64>().ok());
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--pairs" => {
                    wish.pairs = number(arguments.next()).expect("--pairs 5").max(1) as usize;
                }
                "--seconds" => {
                    wish.seconds = Some(number(arguments.next()).expect("--seconds 20").max(1));
                }
                // Cargo says so.
                "--bench" => {}
                "two" | "quad" | "full" | "window" | "offline" | "start" | "memory" | "load" => {
                    wish.names.push(argument);
                }
                _ => panic!(
                    "{argument}: write two, quad, full, window, offline, start, memory or load"
                ),
            }
        }
        wish
    }

    fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|wanted| wanted == name)
    }

    /// How long a programme is measured.
    fn seconds(&self) -> u64 {
        self.seconds.unwrap_or(20)
    }
}

struct Bench {
    media: PathBuf,
    scratch: tempfile::TempDir,
    compositors: Vec<&'static str>,
}

impl Bench {
    fn prepare() -> Self {
        let media = downstage::built().with_file_name("bench-media");
        fs::create_dir_all(&media).expect("the build folder can be written");
        let scratch = tempfile::tempdir_in(&media).expect("the build folder can be written");
        let help = Command::new(downstage::program()).args(["run", "--help"]).output();
        let help = String::from_utf8_lossy(&help.expect("it runs").stdout).into_owned();
        let has_gpu =
            help.lines().any(|line| line.contains("possible values") && line.contains("gpu"));
        let mut compositors = vec!["cpu"];
        compositors.extend(has_gpu.then_some("gpu"));
        Self { media, scratch, compositors }
    }

    fn films(&self, job: &Job) -> Vec<PathBuf> {
        job.films(&self.media, FILM)
    }

    /// A fresh folder with the job's show; and where it will record to.
    fn stage(&self, job: &Job) -> (PathBuf, PathBuf) {
        let folder = tempfile::tempdir_in(self.scratch.path()).expect("room").keep();
        let record = folder.join("out.mkv");
        (job.write(&folder, &self.films(job), &record), record)
    }

    /// Runs a job in real time, measured from the time it has settled; and what it recorded.
    fn run(&self, job: &Job, compositor: &str, seconds: u64) -> (Measured, PathBuf) {
        let (show, record) = self.stage(job);
        let length = format!("{}s", SETTLED + seconds + 1);
        let mut program = start(&show, &["--for", &length, "--compositor", compositor]);
        time::sleep(Duration::from_secs(SETTLED));
        let watch = Watch::start(&program);
        time::sleep(Duration::from_secs(seconds));
        let (usage, stages) = watch.end(&program);
        let ended = program.wait(Duration::from_secs(30)).expect("it ends");
        assert_eq!(ended.code(), Some(0), "{}", program.stderr());
        (Measured { usage, stages, seen: job.judge(&record, LAP) }, record)
    }

    /// The cores that ffmpeg takes for the job: the floor works without a pause, whoever keeps to the
    /// films' pace does not, and that has its price on the day's machine.
    fn paced(&self, job: &Job, seconds: u64) -> f64 {
        let (_, record) = self.stage(job);
        let logo = record.with_file_name("logo.png");
        let films = self.films(job);
        load::of_command(&mut peers::ffmpeg(job, &films, &logo, &record, seconds)).cpu
            / seconds as f64
    }

    fn real_time(&self, job: &Job, wish: &Wish) {
        let seconds = wish.seconds();
        println!(
            "\n{}: {} panes, {} kbit/s, {seconds} s a run",
            job.name,
            job.panes.len(),
            job.kbps
        );
        self.films(job);
        let floor = Floor::prepare(self, job);
        let (mut pairs, mut paced) = (Vec::new(), Vec::new());
        // As many again for those that others disturbed.
        for turn in 0..2 * wish.pairs {
            let (least, ours) = (floor.measure(seconds), self.run(job, "cpu", seconds).0);
            let pair = Pair { least, ours };
            println!("  pair {}: {pair}", turn + 1);
            paced.push(self.paced(job, seconds));
            pairs.push(pair);
            if pairs.iter().filter(|pair| pair.is_valid()).count() == wish.pairs {
                break;
            }
        }
        let count = pairs.len();
        if pairs.iter().any(Pair::is_valid) {
            pairs.retain(Pair::is_valid);
            println!("  {} of {count} pairs count; medians:", pairs.len());
        } else {
            println!("  NO pair of {count} was undisturbed; medians of them all:");
        }
        let of = |value: fn(&Pair) -> f64| median(pairs.iter().map(value));
        println!(
            "  floor {:.3} (one x264 thread: {:.3}), ours {:.3} cores: {:.2} of the floor",
            of(|pair| pair.least.whole()),
            of(|pair| pair.least.whole_on_one()),
            of(|pair| pair.ours.cores()),
            of(Pair::ratio),
        );
        let least = |value: fn(&Least) -> f64| median(pairs.iter().map(|pair| value(&pair.least)));
        let (decode, encode, sound) =
            (least(|least| least.decode), least(|least| least.encode), least(|least| least.sound));
        println!("  floor: decode {decode:.3}, x264 {encode:.3}, AAC {sound:.3}");
        let paced = median(paced.into_iter());
        println!("  ffmpeg at the films' pace, without the text: {paced:.3} cores");
        for compositor in &self.compositors {
            let stages: Vec<_> = match *compositor {
                "cpu" => pairs.into_iter().map(|pair| pair.ours).collect(),
                other => vec![self.run(job, other, seconds.min(8)).0],
            };
            print_stages(compositor, &stages);
            pairs = Vec::new();
        }
    }

    /// The job with the window open: what all of it takes, and what is seen of it.
    fn window(&self, job: &Job, wish: &Wish) {
        let seconds = wish.seconds.unwrap_or(60);
        println!("\nwindow, {}: 1280x720 without a GPU, {seconds} s", job.name);
        let films = self.films(job);
        let folder = tempfile::tempdir_in(self.scratch.path()).expect("room");
        println!("{}", watched::watched(job, &films, folder.path(), LAP, seconds));
    }

    fn offline(&self, job: &Job, wish: &Wish) {
        println!("\noffline {}: the whole films, as fast as it goes", job.name);
        let films = self.films(job);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..wish.pairs {
            let (show, record) = self.stage(job);
            let length = format!("{FILM}s");
            let usage = load::of_command(&mut command(&show, &["--offline", "--for", &length]));
            ours.push((usage, job.judge(&record, LAP)));
            let record = record.with_file_name("peer.mkv");
            let logo = record.with_file_name("logo.png");
            let usage = load::of_command(&mut peers::gstreamer(job, &films, &logo, &record));
            theirs.push((usage, job.judge(&record, LAP)));
        }
        for (name, runs) in [("downstage", ours), ("gst-launch-1.0 compositor", theirs)] {
            let of = |value: fn(&(Usage, Seen)) -> f64| median(runs.iter().map(value));
            println!(
                "  {name}: {:.1} CPU ms a frame, {:.1} frames a second, {:.2} cores of others; {:?}",
                of(|(usage, seen)| 1_000.0 * usage.cpu / seen.pictures as f64),
                of(|(usage, seen)| seen.pictures as f64 / usage.wall),
                of(|(usage, _)| usage.other_cores()),
                runs.last().map(|(_, seen)| seen),
            );
        }
    }

    fn start(&self, wish: &Wish) {
        println!("\nstart: from the process to the first picture with every number in the file");
        let demo = self.scratch.path().join("demo");
        let made = Command::new(downstage::program()).arg("demo").arg(&demo).output();
        assert!(made.expect("it runs").status.success(), "no demo");
        let demo_panes = [Rect::new(0.04, 0.2, 0.45, 0.45), Rect::new(0.51, 0.2, 0.45, 0.45)];
        let mut times: BTreeMap<&str, Vec<(f64, usize)>> = BTreeMap::new();
        for _ in 0..wish.pairs {
            let record = self.scratch.path().join("demo.mkv");
            let file = record.to_string_lossy();
            let arguments = ["--for", "3s", "--record", &file];
            let program = || run(&demo.join("demo.json"), &arguments);
            let first = first_whole(program, &record, &demo_panes);
            times.entry("demo").or_default().push(first);
            fs::remove_file(&record).expect("it was recorded");
            let (show, record) = self.stage(&jobs::TWO);
            let program = || start(&show, &["--for", "3s"]);
            let first = first_whole(program, &record, jobs::TWO.panes);
            times.entry("two").or_default().push(first);
        }
        for (name, times) in times {
            let middle = median(times.iter().map(|(seconds, _)| *seconds));
            println!("  {name}: {middle:.2} s; each with its frame: {times:.2?}");
        }
        self.window_start(wish);
    }

    /// The window: until it is painted, and until PGM has a picture. The first time the demo is written, too.
    fn window_start(&self, wish: &Wish) {
        let home = tempfile::tempdir_in(self.scratch.path()).expect("room");
        let first = opening::opening(home.path());
        let all: Vec<_> = (0..wish.pairs).map(|_| opening::opening(home.path())).collect();
        println!(
            "  window: painted after {:.2} s, PGM after {:.2} s; the first time {first:.2?}, each {all:.2?}",
            median(all.iter().map(|opening| opening.painted)),
            median(all.iter().map(|opening| opening.pgm)),
        );
    }

    fn memory(&self, job: &Job, wish: &Wish) {
        let early = wish.seconds.unwrap_or(120);
        let late = 5 * early;
        let (show, record) = self.stage(job);
        let mut program = start(&show, &["--for", &format!("{}s", late + 1)]);
        let megabytes = |program: &Downstage| program.pss() as f64 / 1e6;
        time::sleep(Duration::from_secs(early));
        let first = megabytes(&program);
        time::sleep(Duration::from_secs(late - early));
        let second = megabytes(&program);
        let ended = program.wait(Duration::from_secs(30)).expect("it ends");
        assert_eq!(ended.code(), Some(0), "{}", program.stderr());
        let seen = job.judge(&record, LAP);
        println!(
            "memory {}: PSS {first:.0} MB after {early} s, {second:.0} MB after {late} s; {seen:?}",
            job.name
        );
    }
}

/// Runs a show of a job with the output of its own.
fn start(show: &Path, arguments: &[&str]) -> Downstage {
    Downstage::run(command(show, arguments))
}

fn command(show: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(downstage::program());
    command.arg("run").arg(show).args(arguments);
    command.args(["--at", "0s", &format!("start {}", jobs::OUTPUT)]);
    command
}

fn run(show: &Path, arguments: &[&str]) -> Downstage {
    let mut command = Command::new(downstage::program());
    command.arg("run").arg(show).args(arguments);
    Downstage::run(command)
}

/// A run of ours.
struct Measured {
    usage: Usage,
    stages: BTreeMap<Stage, f64>,
    seen: Seen,
}

impl Measured {
    fn cores(&self) -> f64 {
        self.usage.cpu / self.usage.wall
    }
}

/// The floor and ours, one after the other.
struct Pair {
    least: Least,
    ours: Measured,
}

impl Pair {
    fn ratio(&self) -> f64 {
        self.ours.cores() / self.least.whole()
    }

    /// Undisturbed, and with every number once.
    fn is_valid(&self) -> bool {
        let others = self.least.usage.other_cores().max(self.ours.usage.other_cores());
        others <= OTHERS && self.ours.seen.is_whole()
    }
}

impl std::fmt::Display for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { least, ours } = self;
        write!(f, "floor {:.3}, ours {:.3}: {:.2}", least.whole(), ours.cores(), self.ratio())?;
        let others = (least.usage.other_cores(), ours.usage.other_cores());
        write!(f, "; others {:.2} and {:.2} cores", others.0, others.1)?;
        let seen = &ours.seen;
        write!(f, "; {} pictures", seen.pictures)?;
        if !seen.is_whole() {
            let Seen { repeated, skipped, unread, .. } = seen;
            write!(f, ", {repeated} numbers repeated, {skipped} skipped, {unread} unread")?;
        }
        f.write_str(if self.is_valid() { "" } else { " - void" })
    }
}

/// Runs a program that records, and says after how many seconds the bytes of the first picture on
/// which every pane's number can be read were in the file, and which picture that was.
fn first_whole(program: impl FnOnce() -> Downstage, record: &Path, panes: &[Rect]) -> (f64, usize) {
    let began = time::now();
    let program = program();
    let mut grown: Vec<(f64, u64)> = Vec::new();
    while began.elapsed() < Duration::from_secs(3) {
        let length = fs::metadata(record).map_or(0, |data| data.len());
        if grown.last().is_none_or(|(_, before)| length > *before) {
            grown.push((began.elapsed().as_secs_f64(), length));
        }
        time::sleep(Duration::from_millis(2));
    }
    program.signal(Signal::INT);
    let mut program = program;
    let ended = program.wait(Duration::from_secs(10)).expect("it ends");
    assert_eq!(ended.code(), Some(0), "{}", program.stderr());
    let tags: Vec<u8> = (1..=panes.len() as u8).collect();
    let pictures = jobs::numbers_of(record, panes, &tags);
    let first = pictures.iter().position(|panes| panes.iter().all(Option::is_some));
    let first = first.unwrap_or_else(|| {
        let count = pictures.len();
        panic!(
            "{}: every number on none of {count} pictures: {}",
            record.display(),
            program.stderr()
        )
    });
    // A constant order of pictures: without B frames the n-th packet is the n-th picture.
    let packets = decode::probe(record, "packet=pos,size");
    let packet = packets.lines().nth(first).expect("each picture is a packet");
    let numbers: Vec<u64> = packet.split(',').filter_map(|number| number.parse().ok()).collect();
    let end: u64 = numbers.iter().sum();
    let there = grown.iter().find(|(_, length)| *length >= end);
    (there.map_or(f64::INFINITY, |(seconds, _)| *seconds), first)
}

fn print_stages(compositor: &str, runs: &[Measured]) {
    let all = [Stage::Decode, Stage::Compose, Stage::Mix, Stage::Encode, Stage::Rest];
    let cores = |stage: &Stage| {
        median(
            runs.iter().map(|run| run.stages.get(stage).copied().unwrap_or(0.0) / run.usage.wall),
        )
    };
    let stages: Vec<String> =
        all.iter().map(|stage| format!("{stage:?} {:.3}", cores(stage)).to_lowercase()).collect();
    let whole = runs.iter().all(|run| run.seen.is_whole());
    let whole = if whole { "every number once" } else { "NOT every number once" };
    let sum = median(runs.iter().map(Measured::cores));
    println!("  {compositor}: {sum:.3} = {}; {whole}", stages.join(", "));
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.len().saturating_sub(1) / 2, values.len() / 2);
    let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
    (at(low) + at(high)) / 2.0
}
