//! What happens when things die: PGM goes on, what was recorded is there, and the truth is told.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use show::{FrameRate, Rect};
use tests::canary::{Fault, real_time, within};
use tests::downstage::{Downstage, Signal};
use tests::media as made;
use tests::nginx::{self, Nginx, Options};
use tests::order::every_number;
use tests::shows;
use tests::time::{self, PATIENCE};

use crate::end_to_end::{numbers_of, pattern_show};

/// The lines of a statistics file so far.
fn lines(stats: &Path) -> Vec<Value> {
    let text = fs::read_to_string(stats).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// A run of the pattern show with these arguments more, and its statistics in `stats.json`.
fn start(folder: &Path, show: &Path, more: &[&str]) -> Downstage {
    let stats = folder.join("stats.json");
    let mut arguments = vec!["run", show.to_str().unwrap(), "--stats", stats.to_str().unwrap()];
    arguments.extend(more);
    Downstage::start(folder, &arguments)
}

fn assert_gapless(path: &Path, downstage: &Downstage) -> Result<usize, Fault> {
    every_number(&numbers_of(path, &[Rect::FULL], &[5]), &[None], downstage.repeated())
}

#[test]
fn a_killed_recording_is_whole_up_to_its_last_second() {
    // What was on screen when it was killed, by its own count: the number of frames planned.
    real_time("ten kills", FrameRate::R25, |_| {
        for kill in 0..10_u64 {
            let folder = tempfile::tempdir().unwrap();
            let show = pattern_show(folder.path(), FrameRate::R25);
            let record = folder.path().join("out.mkv");
            let downstage = start(folder.path(), &show, &["--record", record.to_str().unwrap()]);
            if time::wait_for(PATIENCE, || record.exists().then_some(())).is_none() {
                return Err(format!("nothing is recorded: {}", downstage.stderr()).into());
            }
            let began = time::now();
            // Each kill falls on another part of the group of pictures.
            time::sleep(Duration::from_millis(2_300 + 173 * kill));
            downstage.signal(Signal::KILL);
            let ran = began.elapsed();
            time::sleep(Duration::from_millis(100));
            let numbers: Vec<u64> = numbers_of(&record, &[Rect::FULL], &[5])
                .into_iter()
                .filter_map(|frame| frame[0])
                .collect();
            let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else {
                return Err(format!("kill {kill}: nothing can be decoded").into());
            };
            let lost = ran.saturating_sub(Duration::from_millis((last - first + 1) * 40));
            println!("kill {kill}: the last picture is {lost:.1?} before it");
            within("the last picture", lost, Duration::from_secs(1))?;
        }
        Ok(())
    });
}

#[test]
fn a_dead_server_costs_its_own_stream_alone_and_is_found_again() {
    real_time("a server dead for 8 s", FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        let mut dying = Nginx::start(Options { record: true, key: None });
        let other = Nginx::start(Options { record: true, key: None });
        let show = pattern_show(folder.path(), FrameRate::R25);
        let record = folder.path().join("out.mkv");
        let (a, b) = (format!("{}/a", dying.url()), format!("{}/b", other.url()));
        let file = record.to_str().unwrap();
        let arguments = ["--for", "18s", "--record", file, "--push", &a, "--push", &b];
        let mut downstage = start(folder.path(), &show, &arguments);
        if !dying.wait_for_stream("a") || !other.wait_for_stream("b") {
            return Err("the streams do not come up".into());
        }
        time::sleep(Duration::from_secs(2));
        dying.kill9();
        time::sleep(Duration::from_secs(8));
        dying.restart();
        let accepted = time::now();
        if !dying.wait_for_stream("a") {
            return Err("the stream does not come back".into());
        }
        let back = accepted.elapsed();
        println!("back on air {back:.1?} after the server");
        let ended = downstage.wait(PATIENCE).ok_or("it does not end")?;
        // The first destination lost eight seconds: that is said.
        assert_eq!(ended.code(), Some(2), "{}", downstage.stderr());
        let frames = assert_gapless(&record, &downstage)?;
        let sent = assert_gapless(&other.records()[0], &downstage)?;
        println!("recorded {frames}, sent to the other {sent} frames without a gap");
        within("back on air", back, Duration::from_millis(2_500))
    });
}

#[test]
fn a_frozen_server_is_not_green_and_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let rate = FrameRate::R25;
    real_time("a server frozen for 20 s", rate, |_| {
        let server = Nginx::start(Options { record: false, key: None });
        let show = frozen_show(folder.path(), &server);
        let record = folder.path().join("out.mkv");
        fs::remove_file(&record).unwrap_or_default();
        let record_path = record.to_str().unwrap();
        let arguments = [
            "--for",
            "27s",
            "--record",
            record_path,
            "--secrets",
            "keys.json",
            "--at",
            "0ms",
            "start output-9",
        ];
        let mut downstage = start(folder.path(), &show, &arguments);
        if !server.wait_for_stream("cam") {
            return Err(format!("the stream does not come up: {}", downstage.stderr()).into());
        }
        let stats = folder.path().join("stats.json");
        time::sleep(Duration::from_secs(3));
        server.freeze();
        let frozen = time::now();
        let state_of = |wanted: &[&str]| {
            let line = lines(&stats).pop()?;
            let outputs = line["outputs"].as_array()?.clone();
            let output = outputs.iter().find(|output| output["id"] == "output-9")?;
            let state = output["state"].as_str()?.to_owned();
            wanted.contains(&state.as_str()).then_some(state)
        };
        let not_green = ["slow", "stalled", "reconnecting", "connecting"];
        let until = |states: &[&str]| time::wait_for(Duration::from_secs(20), || state_of(states));
        until(&not_green).ok_or("it stays green")?;
        let told = frozen.elapsed();
        until(&["reconnecting"]).ok_or("it is not left")?;
        let left = frozen.elapsed();
        println!("frozen: not green after {told:.1?}, reconnecting after {left:.1?}");
        time::sleep_until(frozen + Duration::from_secs(20));
        server.thaw();
        let ended = downstage.wait(PATIENCE).ok_or("it does not end")?;
        assert_eq!(ended.code(), Some(2));
        // A film of 100 frames, again and again.
        let numbers = numbers_of(&record, &[Rect::FULL], &[5]);
        every_number(&numbers, &[Some(100)], downstage.repeated())?;
        // Statistics come once a second: up to one more may go by before it is read.
        within("not green", told, Duration::from_millis(3_500))?;
        within("left", left, Duration::from_secs(7))
    });
}

/// The pattern with a destination of 4 Mbit/s.
fn frozen_show(folder: &Path, server: &Nginx) -> PathBuf {
    let path = pattern_show(folder, FrameRate::R25);
    let mut show = studio::storage::show_files::load(&path).unwrap();
    // Noise, so that the bitrate is used.
    let profile = show::EncodeProfile { video_kbps: 4_000, ..Default::default() };
    let key = show::SecretName("key".into());
    let url = server.url();
    show.outputs.push(show::Output {
        id: show::OutputId(9),
        name: "Frozen".into(),
        kind: show::OutputKind::Rtmp { url, key },
        profile,
        bus: Default::default(),
        sei: Default::default(),
    });
    let film = made::kept("grain-5.mp4", |path| {
        let coding = made::Coding { kbps: 8_000, grain: 40, ..Default::default() };
        made::film(path, shows::HD25, 4, 5, coding);
    });
    show.assets.push(show::Asset {
        id: show::AssetId(8),
        path: film.to_str().unwrap().to_owned(),
        kind: show::AssetKind::Media,
        hash: None,
    });
    let play = show::PlayFile {
        asset: show::AssetId(8),
        end: show::FileEnd::Loop,
        in_millis: 0,
        out_millis: None,
        start: None,
        track: None,
        hidden: show::WhenHidden::Pause,
    };
    show.sources[0].kind = show::SourceKind::File(play);
    fs::write(&path, show::file::encode(&show)).unwrap();
    let keys = folder.join("keys.json");
    fs::write(&keys, r#"{"key": "cam"}"#).unwrap();
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

#[test]
fn a_flapping_destination_does_not_ask_for_keyframes() {
    real_time("a destination that flaps for a minute", FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Nginx::start(Options { record: false, key: None });
        let show = pattern_show(folder.path(), FrameRate::R25);
        let push = format!("{}/cam", server.url());
        let record = folder.path().join("out.mkv");
        let arguments = ["--for", "66s", "--push", &push, "--record", record.to_str().unwrap()];
        let mut downstage = start(folder.path(), &show, &arguments);
        if !server.wait_for_stream("cam") {
            return Err("the stream does not come up".into());
        }
        for _ in 0..33 {
            server.kill9();
            time::sleep(Duration::from_millis(900));
            server.restart();
            time::sleep(Duration::from_millis(900));
        }
        downstage.wait(PATIENCE).ok_or("it does not end")?;
        assert_gapless(&record, &downstage)?;
        let summary = lines(&folder.path().join("stats.json")).pop().ok_or("no summary")?;
        let keyframes = summary["keyframes"].as_u64().unwrap();
        println!("{keyframes} keyframes in 66 s, 33 by the encoder's own count");
        // Thirty more are allowed.
        if keyframes > 33 + 30 + 1 {
            return Err(format!("{keyframes} keyframes").into());
        }
        Ok(())
    });
}

#[test]
fn a_source_that_dies_and_comes_back_is_shown_again() {
    let film = made::kept("lap-3.mp4", |path| {
        made::film(path, shows::HD25, 8, 3, made::Coding::default());
    });
    real_time("a source server killed", FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Nginx::start(Options { record: false, key: None });
        let camera = nginx::publish(&film, &format!("{}/camera", server.url()));
        if !server.wait_for_stream("camera") {
            return Err("the camera does not come up".into());
        }
        let show = live_show(folder.path(), &format!("{}/camera", server.url()));
        let record = folder.path().join("out.mkv");
        let arguments = ["--for", "20s", "--record", record.to_str().unwrap()];
        let mut downstage = start(folder.path(), &show, &arguments);
        time::sleep(Duration::from_secs(6));
        server.kill9();
        drop(camera);
        time::sleep(Duration::from_secs(4));
        server.restart();
        let _camera = nginx::publish(&film, &format!("{}/camera", server.url()));
        if !server.wait_for_stream("camera") {
            return Err("the camera does not come back".into());
        }
        let back = time::now();
        let stats = folder.path().join("stats.json");
        let live = time::wait_for(Duration::from_secs(30), || {
            let line = lines(&stats).pop()?;
            (line["sources"].as_array()?.iter().find(|s| s["id"] == "source-3")?["state"] == "live")
                .then_some(())
        });
        let after = back.elapsed();
        println!("the source is back {after:.1?} after its stream");
        downstage.wait(PATIENCE).ok_or("it does not end")?;
        let panes = [Rect::new(0.0, 0.25, 0.5, 0.5), Rect::new(0.5, 0.25, 0.5, 0.5)];
        let frames = numbers_of(&record, &panes, &[5, 3]);
        let pattern: Vec<Vec<Option<u64>>> = frames.iter().map(|f| vec![f[0]]).collect();
        every_number(&pattern, &[None], downstage.repeated())?;
        // It was seen before, and after.
        let seen = |part: &[Vec<Option<u64>>]| part.iter().filter(|f| f[1].is_some()).count();
        let (before, at_last) = (seen(&frames[..150]), seen(&frames[frames.len() - 50..]));
        if before <= 25 || at_last <= 25 {
            return Err(Fault::Late(format!("seen on {before} and {at_last} frames")));
        }
        live.ok_or_else(|| Fault::Late("it does not come back while it runs".to_owned()))?;
        within("back", after, Duration::from_secs(4))
    });
}

/// The pattern, and a live source beside it.
fn live_show(folder: &Path, url: &str) -> PathBuf {
    let path = pattern_show(folder, FrameRate::R25);
    let mut show = studio::storage::show_files::load(&path).unwrap();
    let live = show::SourceKind::Live { url: url.to_owned(), latency_millis: 200 };
    show.sources.push(shows::source(3, live));
    let feeds = [1, 3].map(|id| show::Feed::Source(show::SourceId(id)));
    let panes = [Rect::new(0.0, 0.25, 0.5, 0.5), Rect::new(0.5, 0.25, 0.5, 0.5)];
    let panes = panes.into_iter().zip(feeds).map(|(rect, feed)| show::Pane::new(rect, feed));
    show.layouts[0].panes = panes.collect();
    fs::write(&path, show::file::encode(&show)).unwrap();
    path
}
