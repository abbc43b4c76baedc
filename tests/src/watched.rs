//! What it costs to look: a job with the window open, its parts, and how often what it shows is new.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::time::Duration;

use show::Rect;

use crate::display::Display;
use crate::downstage::Signal;
use crate::jobs::{self, Job, Seen};
use crate::load::{self, Usage, Watch};
use crate::numbers::{self, Area, Luma};
use crate::{decode, time};

/// The window, and where PVW and PGM are in it, in pixels.
const SIZE: (u32, u32) = (1_280, 720);
const MONITORS: [Rect; 2] = [
    Rect::new(6.0 / 1_280.0, 65.0 / 720.0, 452.0 / 1_280.0, 254.0 / 720.0),
    Rect::new(586.0 / 1_280.0, 65.0 / 720.0, 452.0 / 1_280.0, 254.0 / 720.0),
];
/// Where it has its button that starts all recordings.
const RECORD: [&str; 2] = ["1218", "313"];
/// The meters of the first two strips, and the picture of the first source: left, top, width, height.
const METERS: (u32, u32, u32, u32) = (26, 560, 110, 84);
const SOURCE: (u32, u32, u32, u32) = (652, 364, 110, 60);
/// A programme has settled after so many seconds.
const SETTLED: u64 = 5;
/// For how long it is looked how often something is new, in seconds.
const LOOKED: u64 = 10;

/// Threads that are there for the window alone: its own, those of a software GPU, and what draws for it.
const OF_WINDOW: [&str; 4] = ["downstage", "llvmpipe", "monitor", "posters"];

/// A run with the window open.
pub struct Watched {
    /// CPU of the process, and what others took.
    pub usage: Usage,
    /// Cores by the name of a thread; threads of one kind are one.
    pub threads: BTreeMap<String, f64>,
    /// What was recorded meanwhile.
    pub seen: Seen,
    /// New pictures a second on PVW and on PGM.
    pub monitors: [f64; 2],
    /// New looks a second of the meters, and of a thumbnail.
    pub meters: f64,
    /// See [`Self::meters`].
    pub thumbnail: f64,
    /// What the program says at its end of all its frames, those while the screen was filmed included.
    pub said: String,
}

/// Runs a job of these films in a window of 1280x720 without a GPU: taken, loaded again on PVW, and
/// recorded. `folder` is for its show and its recording; films have `lap` frames.
///
/// # Panics
/// There is no display or hand, or it does not end.
pub fn watched(job: &Job, films: &[PathBuf], folder: &Path, lap: u64, seconds: u64) -> Watched {
    let record = folder.join("out.mkv");
    let show = job.write(folder, films, &record);
    let display = Display::start(folder);
    let mut program = display.run(folder, Some(&show));
    time::sleep(Duration::from_secs(3));
    display.focus();
    display.hand(&["key", "space"]);
    display.hand(&["key", "1"]);
    display.hand(&["mousemove", RECORD[0], RECORD[1], "click", "1"]);
    // The pointer rests where it lights nothing up.
    display.hand(&["mousemove", "900", "480"]);
    time::sleep(Duration::from_secs(SETTLED));
    let (watch, before) = (Watch::start(&program), by_kind(program.pid()));
    time::sleep(Duration::from_secs(seconds));
    let after = by_kind(program.pid());
    let (usage, _) = watch.end(&program);
    let cores = |(name, nanos): (String, u64)| {
        let new = nanos.saturating_sub(before.get(&name).copied().unwrap_or(0));
        (name, new as f64 / 1e9 / usage.wall)
    };
    let threads = after.into_iter().map(cores).collect();
    let monitors = monitors(&display, job, folder);
    let meters = changes(&display, METERS, folder);
    let thumbnail = changes(&display, SOURCE, folder);
    program.signal(Signal::TERM);
    let ended = program.wait(Duration::from_secs(30)).expect("it ends");
    assert_eq!(ended.code(), Some(0), "{}", program.stderr());
    let said = program.stdout().lines().next().unwrap_or_default().to_owned();
    // To film the screen takes more than the programme does: what was recorded meanwhile is not judged.
    let tags: Vec<u8> = (1..=job.panes.len() as u8).collect();
    let mut pictures = jobs::numbers_of(&record, job.panes, &tags);
    pictures.truncate((SETTLED + seconds) as usize * 25);
    let seen = Seen::of(&pictures, lap);
    Watched { usage, threads, seen, monitors, meters, thumbnail, said }
}

/// CPU nanoseconds of the threads so far, by name without its number.
fn by_kind(pid: u32) -> BTreeMap<String, u64> {
    let mut kinds = BTreeMap::new();
    for (name, nanos) in load::threads(pid) {
        let kind = name.split(|c: char| c.is_ascii_digit() || c == ':').next().unwrap_or(&name);
        *kinds.entry(kind.trim_end_matches('-').to_owned()).or_default() += nanos;
    }
    kinds
}

/// How often a second there is another number on each monitor.
fn monitors(display: &Display, job: &Job, folder: &Path) -> [f64; 2] {
    let file = folder.join("monitors.mkv");
    let pixels = |part: f64, whole: u32| (part * f64::from(whole)).round() as u32;
    let [pvw, pgm] = MONITORS;
    let top = pixels(pvw.y, SIZE.1);
    let (wide, high) = (pixels(pgm.x + pgm.w, SIZE.0), pixels(pvw.h, SIZE.1));
    // A picture has an even number of rows and columns.
    display.film(&file, (0, top, wide & !1, high & !1), LOOKED);
    let read = |luma: &Luma<'_>, rect: Rect| {
        let (x, w) = (rect.x * f64::from(SIZE.0), rect.w * f64::from(SIZE.0));
        let pane = job.panes[0];
        let h = f64::from(high);
        let area = Area { x: x + pane.x * w, y: pane.y * h, w: pane.w * w, h: pane.h * h };
        // The name of its source lies over the bottom of a pane on PVW.
        numbers::read(luma, area).top.map(|(_, number)| number)
    };
    let seen = decode::pictures(&file, |luma| [read(&luma, pvw), read(&luma, pgm)]);
    [0, 1].map(|bus| {
        let numbers: Vec<u64> = seen.iter().filter_map(|seen| seen.what[bus]).collect();
        let new = numbers.windows(2).filter(|pair| pair[0] != pair[1]).count();
        new as f64 / LOOKED as f64
    })
}

/// How often a second a part of the window looks otherwise than before.
fn changes(display: &Display, part: (u32, u32, u32, u32), folder: &Path) -> f64 {
    let file = folder.join("part.mkv");
    display.film(&file, part, LOOKED);
    let seen = decode::pictures(&file, |luma| {
        let mut hasher = DefaultHasher::new();
        luma.data.chunks(luma.stride).for_each(|row| hasher.write(&row[..luma.width]));
        hasher.finish()
    });
    let new = seen.windows(2).filter(|pair| pair[0].what != pair[1].what).count();
    new as f64 / LOOKED as f64
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { usage, threads, seen, monitors, meters, thumbnail, said } = self;
        let cores = usage.cpu / usage.wall;
        let of_window: f64 = OF_WINDOW.iter().filter_map(|name| threads.get(*name)).sum();
        let others = usage.other_cores();
        writeln!(
            f,
            "  {cores:.3} cores in all, {of_window:.3} of them the window's; others {others:.2}"
        )?;
        let mut parts: Vec<_> = threads.iter().filter(|(_, cores)| **cores >= 0.002).collect();
        parts.sort_by(|a, b| b.1.total_cmp(a.1));
        let parts: Vec<String> =
            parts.iter().map(|(name, cores)| format!("{name} {cores:.3}")).collect();
        writeln!(f, "  {}", parts.join(", "))?;
        let [pvw, pgm] = monitors;
        writeln!(
            f,
            "  new a second: PVW {pvw:.1}, PGM {pgm:.1}, meters {meters:.1}, a thumbnail {thumbnail:.1}"
        )?;
        writeln!(f, "  recorded: {seen:?}")?;
        write!(f, "  all of it, while the screen was filmed, too: {said}")
    }
}
