//! What a Wayland desktop shares in the whole program, without a window of its own: chosen once, and on air by its token.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use show::{Feed, Format, FrameRate, Raster, Rect, Show, SourceKind};
use tests::canary::{Fault, real_time};
use tests::downstage::{self, Downstage};
use tests::fake_portal::{FakePortal, User};
use tests::media::{self as made, Coding};
use tests::media_server::{MediaServer, Plugged};
use tests::shows;
use tests::time::{self, PATIENCE};

use crate::end_to_end::numbers_of;

const LD25: Format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
const TAG: u8 = 6;

/// A screen that shows a film of numbers.
fn screen(server: &MediaServer) -> (Plugged, u32) {
    let film = made::kept("shared-screen.mp4", |path| {
        let coding = Coding { kbps: 1_500, sound: false, ..Coding::default() };
        made::film(path, LD25, 40, TAG, coding);
    });
    server.screen(
        "screen",
        &format!(
            "filesrc location={} ! qtdemux ! h264parse ! avdec_h264 ! videoconvert ! video/x-raw,format=I420 \
             ! identity sync=true",
            film.display()
        ),
    )
}

/// What is chosen in the desktop's dialog, from the command line.
fn choose(server: &MediaServer, home: &Path) -> Downstage {
    let mut command = downstage::at_home(home);
    server.shown_to(command.arg("choose-screen"));
    let mut chosen = Downstage::run(command);
    chosen.wait(PATIENCE).expect("it ends");
    chosen
}

/// The source that is printed.
fn source_of(chosen: &Downstage) -> SourceKind {
    let printed = serde_json::from_str(&chosen.stdout());
    printed.unwrap_or_else(|error| panic!("{error}: {}", chosen.stderr()))
}

fn run(server: &MediaServer, home: &Path, kind: SourceKind, more: &[&str]) -> Downstage {
    let mut show = Show::new("Shared", LD25);
    show.sources.push(shows::source(1, kind));
    let feed = [Feed::Source(show::SourceId(1))];
    show.layouts.push(show::Template::Single.layout(show::LayoutId(9), "All", &feed));
    let path = home.join("show.json");
    fs::write(&path, show::file::encode(&show)).unwrap();
    let mut command = downstage::at_home(home);
    command.arg("run").arg(path).args(["--stats", "stats.json"]).args(more);
    server.shown_to(&mut command);
    Downstage::run(command)
}

/// The states and troubles that the statistics say of the source, one after the other.
fn states(home: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(home.join("stats.json")).unwrap_or_default();
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
fn what_is_shared_is_on_air_lost_and_back_and_nobody_is_asked_by_itself() {
    real_time("a shared screen on air", FrameRate::R25, |_| {
        let Some(server) = MediaServer::start() else { return Ok(()) };
        let (bus, sockets) = server.places();
        let portal = FakePortal::start(&bus, sockets);
        let home = tempfile::tempdir().unwrap();
        portal.desktop().user = User::Refuses;
        let refused = choose(&server, home.path());
        assert!(refused.stderr().contains("no screen was chosen"), "{}", refused.stderr());
        portal.desktop().user = User::Chooses;
        let (shown, node) = screen(&server);
        portal.desktop().node = node;
        let chosen = choose(&server, home.path());
        let kind: SourceKind = source_of(&chosen);
        assert_eq!(portal.desktop().dialogs, 2);
        // Nobody chooses from here on.
        portal.desktop().user = User::Waits;
        let arguments = ["--for", "26s", "--record", "out.mkv", "--at", "22s", "retry source-1"];
        let mut program = run(&server, home.path(), kind.clone(), &arguments);
        time::sleep(Duration::from_secs(5));
        portal.desktop().is_there = false;
        drop(shown);
        time::sleep(Duration::from_secs(5));
        let (shown, node) = screen(&server);
        (portal.desktop().node, portal.desktop().is_there) = (node, true);
        time::sleep(Duration::from_secs(5));
        // Whoever stops the sharing means it: it is only asked for again by hand.
        let before = portal.desktop().starts.len();
        portal.stop_sharing();
        drop(shown);
        let (shown, node) = screen(&server);
        portal.desktop().node = node;
        time::sleep(Duration::from_secs(4));
        assert_eq!(portal.desktop().starts.len(), before);
        let ended = program.wait(PATIENCE).ok_or("it does not end")?;
        if ended.code() != Some(0) {
            return Err(format!("{ended}: {}", program.stderr()).into());
        }
        let desktop = portal.desktop().clone();
        assert_eq!(desktop.dialogs, 2, "nobody was asked");
        assert!(desktop.sessions.is_empty(), "nothing stays shared");
        let states = states(home.path());
        let frames = numbers_of(&home.path().join("out.mkv"), &[Rect::FULL], &[TAG]);
        let numbers: Vec<u64> = frames.iter().filter_map(|panes| panes[0]).collect();
        let begins = frames.iter().position(|panes| panes[0].is_some());
        let rises = numbers.windows(2).filter(|pair| pair[1] > pair[0]).count();
        let falls = numbers.windows(2).filter(|pair| pair[1] < pair[0]).count();
        println!(
            "{} frames, the first picture on frame {begins:?}, {rises} new ones, {falls} times anew; {} starts; {states:?}",
            frames.len(),
            desktop.starts.len()
        );
        assert_eq!(frames.len(), 650, "PGM misses none");
        assert_eq!(numbers.len(), 650 - begins.unwrap_or(650), "its last picture stays");
        // Each screen begins its film anew.
        if falls != 2 || rises < 200 {
            return Err(Fault::Late(format!("{rises} new pictures, {falls} times anew")));
        }
        let lost = |words: &str| {
            states.iter().any(|(state, trouble)| state == "lost" && trouble.contains(words))
        };
        let is_told = ["its pictures have stopped", "cannot show it now", "has stopped sharing"];
        let is_told = is_told.into_iter().all(lost);
        let is_back = states.last() == Some(&("live".to_owned(), String::new()));
        if !is_told || !is_back || states.iter().any(|(state, _)| state == "stalled") {
            return Err(format!("{states:?}").into());
        }
        drop(shown);
        // On another computer nothing is known of it, and nobody is asked.
        let elsewhere = tempfile::tempdir().unwrap();
        let mut program = run(&server, elsewhere.path(), kind, &["--for", "4s"]);
        program.wait(PATIENCE).ok_or("it does not end")?;
        let said = self::states(elsewhere.path()).pop().unwrap();
        assert!(said.1.contains("Choose it again"), "{said:?}");
        assert_eq!(portal.desktop().starts.len(), desktop.starts.len());
        Ok(())
    });
}

/// The cores that a run of this source takes once it has settled.
fn cost(server: &MediaServer, home: &Path, kind: SourceKind) -> f64 {
    let program = run(server, home, kind, &["--for", "30s"]);
    time::sleep(Duration::from_secs(4));
    let (before, began) = (program.cpu(), time::now());
    time::sleep(Duration::from_secs(6));
    (program.cpu() - before).as_secs_f64() / began.elapsed().as_secs_f64()
}

#[test]
fn a_shared_screen_that_stands_still_costs_nearly_nothing() {
    real_time("a shared screen that stands still", FrameRate::R25, |_| {
        let Some(server) = MediaServer::start() else { return Ok(()) };
        let (bus, sockets) = server.places();
        let portal = FakePortal::start(&bus, sockets);
        let home = tempfile::tempdir().unwrap();
        let still = "videotestsrc is-live=true pattern=white ! video/x-raw,format=BGRx,width=1280,height=720,framerate=1/3";
        let (_shown, node) = server.screen("screen", still);
        portal.desktop().node = node;
        let chosen = choose(&server, home.path());
        let shared: SourceKind = source_of(&chosen);
        let without =
            cost(&server, home.path(), SourceKind::Colour { colour: show::Colour::WHITE });
        let with = cost(&server, home.path(), shared);
        println!("a still screen of 1280x720: {:.3} of a core", with - without);
        assert_eq!(states(home.path()).pop(), Some(("live".to_owned(), String::new())));
        if with - without > 0.03 {
            let said = format!("{with:.3}, and {without:.3} without it");
            return Err(Fault::Late(said));
        }
        Ok(())
    });
}
