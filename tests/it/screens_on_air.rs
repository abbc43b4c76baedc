//! Screens in the whole program, without a window of its own: what was recorded of them, and what they cost.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use media::pattern::Pattern;
use serde_json::Value;
use show::{
    Colour, Feed, Format, FrameRate, Raster, Rect, ScreenArea, ScreenSource, Show, SourceId,
    SourceKind,
};
use tests::canary::{Fault, real_time, within};
use tests::display::Display;
use tests::downstage::{self, Downstage};
use tests::shows;
use tests::time::{self, PATIENCE};
use tests::x_window::{Place, XWindow};

use crate::end_to_end::numbers_of;

const LD25: Format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
const TAG: u8 = 9;
const NAMES: (&str, &str) = ("Player", "Film");

fn window() -> SourceKind {
    let (class, title) = (NAMES.0.to_owned(), Some(NAMES.1.to_owned()));
    let area = ScreenArea::Window { class, title };
    SourceKind::Screen(ScreenSource { area, cursor: true, rate: None })
}

/// Runs a show of this source alone on this display, with these arguments more.
fn run(folder: &Path, display: &str, kind: SourceKind, more: &[&str]) -> Downstage {
    let mut show = Show::new("Screen", LD25);
    show.sources.push(shows::source(1, kind));
    let feed = [Feed::Source(SourceId(1))];
    show.layouts.push(show::Template::Single.layout(show::LayoutId(9), "All", &feed));
    let path = folder.join("show.json");
    fs::write(&path, show::file::encode(&show)).unwrap();
    let mut command = downstage::at_home(folder);
    command.arg("run").arg(path).args(["--stats", "stats.json"]).args(more);
    command.env("DISPLAY", display).env_remove("WAYLAND_DISPLAY");
    Downstage::run(command)
}

/// The window, with this number.
fn open(display: &Display, number: u64, place: Place) -> XWindow {
    let window = XWindow::hidden(&display.name, NAMES, place, 0);
    window.picture(&Pattern::new(LD25, TAG).picture(number));
    window.show(true);
    window
}

/// The states and troubles that the statistics say of the source, one after the other.
fn states(folder: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(folder.join("stats.json")).unwrap();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let said = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let of = |line: Value| {
        let source = line["sources"].get(0)?;
        Some((said(&source["state"]), said(&source["trouble"])))
    };
    let mut all: Vec<_> = lines.filter_map(of).collect();
    all.dedup();
    all
}

#[test]
fn a_window_is_lost_and_comes_back_by_itself_and_its_picture_stays_meanwhile() {
    real_time("a window on air", FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        let mut display = Display::start(folder.path());
        let shown = open(&display, 101, (0, 0, 640, 360));
        let arguments = ["--for", "21s", "--record", "out.mkv"];
        let mut program = run(folder.path(), &display.name, window(), &arguments);
        time::sleep(Duration::from_secs(3));
        // Half outside and covered, with another number.
        shown.put((-300, 200, 640, 360));
        let cover = XWindow::open(&display.name, ("Cover", ""), (0, 0, 1_280, 720), 0xff_ffff);
        shown.picture(&Pattern::new(LD25, TAG).picture(102));
        time::sleep(Duration::from_secs(2));
        shown.show(false);
        time::sleep(Duration::from_secs(2));
        drop((shown, cover));
        // For longer than a live source may be silent.
        time::sleep(Duration::from_secs(4));
        let again = open(&display, 103, (100, 100, 640, 360));
        time::sleep(Duration::from_secs(3));
        display.kill();
        time::sleep(Duration::from_secs(2));
        display.start_again(folder.path());
        let back = open(&display, 104, (0, 0, 640, 360));
        let ended = program.wait(PATIENCE).ok_or("it does not end")?;
        if ended.code() != Some(0) {
            return Err(format!("{ended}: {}", program.stderr()).into());
        }
        drop((again, back));
        let frames = numbers_of(&folder.path().join("out.mkv"), &[Rect::FULL], &[TAG]);
        let mut seen: Vec<Option<u64>> = frames.iter().map(|panes| panes[0]).collect();
        let begins = seen.iter().position(Option::is_some).ok_or("nothing is seen of it")?;
        within(
            "the first picture",
            Duration::from_millis(40 * begins as u64),
            Duration::from_secs(1),
        )?;
        let frames = seen.len();
        seen.drain(..begins);
        seen.dedup();
        let states = states(folder.path());
        println!("{frames} frames, {begins} before the first picture: {seen:?}, {states:?}");
        if seen != [101, 102, 103, 104].map(Some) {
            return Err(format!("{seen:?}").into());
        }
        let said: BTreeSet<&str> = states.iter().map(|(state, _)| state.as_str()).collect();
        let lost = |words: &str| {
            states.iter().any(|(state, trouble)| state == "lost" && trouble.contains(words))
        };
        let is_told =
            lost("Film: no such window is open") && lost("the X server cannot be reached");
        let is_back = states.last() == Some(&("live".to_owned(), String::new()));
        if said.contains("stalled") || !is_told || !is_back {
            return Err(format!("{states:?}").into());
        }
        Ok(())
    });
}

/// The cores that a run of this source takes once it has settled, and its statistics are in the folder.
fn cost(folder: &Path, display: &str, kind: SourceKind) -> f64 {
    let program = run(folder, display, kind, &["--for", "30s"]);
    time::sleep(Duration::from_secs(3));
    let (before, began) = (program.cpu(), time::now());
    time::sleep(Duration::from_secs(6));
    (program.cpu() - before).as_secs_f64() / began.elapsed().as_secs_f64()
}

#[test]
fn a_still_screen_costs_nearly_nothing() {
    real_time("a still screen", FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        let display = Display::start(folder.path());
        let _shown = open(&display, 7, (0, 0, 1_280, 720));
        let colour = SourceKind::Colour { colour: Colour::WHITE };
        let without = cost(folder.path(), &display.name, colour);
        let screen = |area, cursor| SourceKind::Screen(ScreenSource { area, cursor, rate: None });
        for (cursor, most) in [(false, 0.02), (true, 0.03)] {
            let with = cost(folder.path(), &display.name, screen(ScreenArea::Desktop, cursor));
            let costs = with - without;
            println!("a still desktop of 1280x720, pointer {cursor}: {costs:.3} of a core");
            assert_eq!(states(folder.path()).pop(), Some(("live".to_owned(), String::new())));
            if costs > most {
                return Err(Fault::Late(format!("{with:.3}, and {without:.3} without it")));
            }
        }
        Ok(())
    });
}
