//! Live sources through the whole program: servers that do what servers do, and what was recorded of them.

use std::fs;
use std::path::Path;

use show::{Feed, FrameRate, Pane, Raster, Rect, Show, SourceId, SourceKind};
use tests::canary::{Fault, real_time};
use tests::decode;
use tests::downstage::Downstage;
use tests::live_server::{LiveServer, Sending};
use tests::media::{self as made, Coding};
use tests::shows;
use tests::time::PATIENCE;

use crate::end_to_end::numbers_of;

/// The quarters of a canvas.
pub const QUARTERS: [Rect; 4] = [
    Rect::new(0.0, 0.0, 0.5, 0.5),
    Rect::new(0.5, 0.0, 0.5, 0.5),
    Rect::new(0.0, 0.5, 0.5, 0.5),
    Rect::new(0.5, 0.5, 0.5, 0.5),
];
const TAG: u8 = 6;

/// A show of these streams side by side; the last is heard.
pub fn show_of(folder: &Path, urls: &[String]) -> std::path::PathBuf {
    let format = show::Format { raster: Raster::Hd, rate: FrameRate::R25 };
    let mut show = Show::new("Live", format);
    let mut panes = Vec::new();
    for (id, (url, rect)) in (1..).zip(urls.iter().zip(QUARTERS)) {
        let kind = SourceKind::Live { url: url.clone(), latency_millis: 300 };
        show.sources.push(shows::source(id, kind));
        panes.push(Pane::new(rect, Feed::Source(SourceId(id))));
    }
    let feed = Feed::Source(SourceId(1));
    let mut layout = show::Template::Single.layout(show::LayoutId(9), "All", &[feed]);
    layout.panes = panes;
    show.layouts.push(layout);
    let path = folder.join("show.json");
    fs::write(&path, show::file::encode(&show)).expect("room");
    path
}

/// The numbers in each pane, frame by frame.
type Numbers = Vec<Vec<Option<u64>>>;

/// Records a show of these streams for so many seconds; the numbers in each pane, the sound, and what was told.
fn recorded(urls: &[String], seconds: usize) -> Result<(Numbers, decode::Sound, String), Fault> {
    let folder = tempfile::tempdir().expect("a folder");
    let (show, record) = (show_of(folder.path(), urls), folder.path().join("out.mkv"));
    let (show, file) = (show.to_str().expect("UTF-8"), record.to_str().expect("UTF-8"));
    let length = format!("{seconds}s");
    let arguments = ["run", show, "--for", &length, "--record", file, "--stats", "stats.json"];
    let mut run = Downstage::start(folder.path(), &arguments);
    let ended = run.wait(PATIENCE).ok_or("it does not end")?;
    if ended.code() != Some(0) {
        return Err(format!("{ended}: {}", run.stderr()).into());
    }
    assert_latencies(&folder.path().join("stats.json"), urls.len());
    let tags = vec![TAG; urls.len()];
    let frames = numbers_of(&record, &QUARTERS[..urls.len()], &tags);
    if frames.len() + 5 < 25 * seconds {
        return Err(Fault::Late(format!("only {} frames", frames.len())));
    }
    Ok((frames, decode::sound(&record), run.stderr()))
}

/// The statistics say of each source what latency it has, and should have.
fn assert_latencies(stats: &Path, sources: usize) {
    let lines = fs::read_to_string(stats).expect("statistics");
    let last = lines.lines().rev().filter_map(|line| serde_json::from_str(line).ok());
    let mut last = last.filter(|line: &serde_json::Value| line["sources"].is_array());
    let last = last.next().expect("a line of the last second");
    for source in 0..sources {
        let of = |name: &str| last["sources"][source][name].as_i64().unwrap_or(0);
        let (target, has) = (of("latency_target_millis"), of("latency_millis"));
        assert!(target >= 200 && has > 0, "{source}: {has} of {target} ms: {last}");
    }
}

/// Whether the pictures of a pane follow each other, all but so many.
pub fn follow(frames: &[Vec<Option<u64>>], pane: usize, but: usize) -> Result<(), Fault> {
    let numbers: Vec<_> = frames.iter().map(|frame| frame[pane]).collect();
    let follows = |two: &[Option<u64>]| two[1].is_some() && two[0].map(|one| one + 1) == two[1];
    let wrong = numbers.windows(2).filter(|two| !follows(two)).count();
    println!("pane {pane}: {wrong} of {} do not follow", numbers.len());
    if wrong > but {
        return Err(Fault::Late(format!("pane {pane}: {wrong} do not follow: {numbers:?}")));
    }
    Ok(())
}

/// The longest time without a click behind so many seconds, in seconds: each source clicks once a second.
pub fn without_click(sound: &decode::Sound, from: usize) -> f64 {
    let after = sound.samples.get(from * 96_000..).unwrap_or_default();
    let (length, clicks) = (after.len() / 2, decode::clicks(after));
    let places: Vec<usize> = [0].into_iter().chain(clicks).chain([length]).collect();
    let longest = places.windows(2).map(|two| two[1] - two[0]).max();
    longest.unwrap_or(length) as f64 / 48_000.0
}

#[test]
fn senders_that_stall_burst_and_wrap_are_shown_smoothly() {
    let format = show::Format { raster: Raster::Ld, rate: FrameRate::R25 };
    let film = made::kept("live-flv.mp4", |path| {
        made::film(path, format, 24, TAG, Coding { kbps: 1_000, ..Coding::default() });
    });
    let sendings = vec![
        Sending { backlog: 2_000, ..Sending::default() },
        // 32 bits are full after five seconds.
        Sending { begins: u32::MAX - 4_999, ..Sending::default() },
        Sending { backlog: 5_500, begins: 1, ..Sending::default() },
        Sending { pause: Some((5_000, 400)), ..Sending::default() },
    ];
    real_time("live senders", FrameRate::R25, |_| {
        let server = LiveServer::flv(&film, sendings.clone());
        let urls: Vec<String> = (0..4).map(|n| server.url(&format!("{n}.flv"))).collect();
        let (frames, sound, told) = recorded(&urls, 14)?;
        for line in ["source-4: late by ", "source-2: its timestamps jumped"] {
            assert!(told.contains(line), "{line}: {told}");
        }
        // From the third second on, and after the pause.
        for (pane, from) in [(0, 3), (1, 3), (2, 3), (3, 7)] {
            follow(&frames[from * 25..frames.len() - 5], pane, 8)?;
        }
        // Each of them has its own sound, and one goes on after the other's pause.
        let longest = without_click(&sound, 7);
        if longest > 1.1 {
            return Err(Fault::Late(format!("no click for {longest} s")));
        }
        Ok(())
    });
}

#[test]
fn hls_is_smooth() {
    let format = show::Format { raster: Raster::Ld, rate: FrameRate::R25 };
    let film = made::kept("live-hls.mp4", |path| {
        made::film(path, format, 40, TAG, Coding { kbps: 1_000, ..Coding::default() });
    });
    real_time("HLS", FrameRate::R25, |_| {
        let folder = tempfile::tempdir().expect("a folder");
        let server = LiveServer::hls(&film, folder.path(), 2);
        let (frames, sound, _) = recorded(&[server.url("live.m3u8")], 16)?;
        follow(&frames[75..frames.len() - 5], 0, 8)?;
        let longest = without_click(&sound, 3);
        if longest > 1.1 {
            return Err(Fault::Late(format!("no click for {longest} s")));
        }
        Ok(())
    });
}
