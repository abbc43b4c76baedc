//! The whole of Downstage, judged by what others decode of what it recorded and sent.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use show::{
    Anchor, Asset, AssetId, AssetKind, Component, ComponentId, ComponentKind, Feed, FileEnd,
    Format, FrameRate, Layout, LayoutId, Pane, Placement, PlayFile, Raster, Rect, Scene, SceneId,
    Show, SourceId, SourceKind,
};
use tests::canary::{Fault, real_time, within};
use tests::decode;
use tests::downstage::{Downstage, Signal, repeated};
use tests::media::{self as made, Coding};
use tests::nginx::{self, Nginx, Options};
use tests::numbers::{self, Area};
use tests::order::every_number;
use tests::time::{self, PATIENCE};
use tests::{sei, shows};

/// Two films and a live source side by side; the third pane is small.
const PANES: [Rect; 3] =
    [Rect::new(0.0, 0.0, 0.5, 0.5), Rect::new(0.5, 0.0, 0.5, 0.5), Rect::new(0.25, 0.5, 0.5, 0.5)];
/// The tags of the three test patterns.
const TAGS: [u8; 3] = [1, 2, 3];

/// A show of three panes: two films, and a live URL; with a logo and a text that hide no number.
fn three_panes(folder: &Path, films: [&Path; 2], url: &str) -> PathBuf {
    let format = Format { raster: Raster::Hd, rate: FrameRate::R25 };
    let mut show = Show::new("Three panes", format);
    let logo = folder.join("logo.png");
    made::logo(&logo, 96);
    let asset = |id, path: &Path, kind| Asset {
        id: AssetId(id),
        path: path.to_str().unwrap().to_owned(),
        kind,
        hash: None,
    };
    show.assets.push(asset(1, films[0], AssetKind::Media));
    show.assets.push(asset(2, films[1], AssetKind::Media));
    show.assets.push(asset(3, &logo, AssetKind::Picture));
    for (id, film) in [(11, 1), (12, 2)] {
        let (end, in_millis, out_millis, start) = (FileEnd::Loop, 0, None, None);
        let play = PlayFile {
            asset: AssetId(film),
            end,
            in_millis,
            out_millis,
            start,
            track: None,
            hidden: show::WhenHidden::Pause,
        };
        show.sources.push(shows::source(id, SourceKind::File(play)));
    }
    let live = SourceKind::Live { url: url.to_owned(), latency_millis: 400 };
    show.sources.push(shows::source(13, live));
    let panes = PANES.iter().zip([11, 12, 13]);
    let panes = panes.map(|(rect, id)| Pane::new(*rect, Feed::Source(SourceId(id)))).collect();
    let (background, audio) = Default::default();
    let layout = LayoutId(21);
    show.layouts.push(Layout { id: layout, name: "Three".into(), background, panes, audio });
    let place = Placement { anchor: Anchor::BottomLeft, x: 0.02, y: -0.05 };
    show.components.push(Component {
        id: ComponentId(31),
        name: "Logo".into(),
        kind: ComponentKind::Image { asset: AssetId(3), height: Some(0.1) },
        place,
        opacity: 1.0,
        live: false,
    });
    let place = Placement { anchor: Anchor::BottomRight, x: -0.02, y: -0.05 };
    show.components.push(Component { place, ..shows::text(32, "港 Live") });
    let components = vec![ComponentId(31), ComponentId(32)];
    let (id, name) = (SceneId(41), "Three".to_owned());
    show.scenes.push(Scene { id, name, layout, components });
    let path = folder.join("show.json");
    fs::write(&path, show::file::encode(&show)).unwrap();
    path
}

/// Each pane's numbers, frame by frame; nothing where the tag is another's.
pub fn numbers_of(path: &Path, panes: &[Rect], tags: &[u8]) -> Vec<Vec<Option<u64>>> {
    let frames = decode::pictures(path, |luma| {
        let size = (luma.width as u32, luma.height as u32);
        let read = |(rect, tag): (&Rect, &u8)| {
            let reading = numbers::read(&luma, Area::pane(*rect, size));
            reading.both().filter(|(seen, _)| seen == tag).map(|(_, number)| number)
        };
        panes.iter().zip(tags).map(read).collect::<Vec<_>>()
    });
    frames.into_iter().map(|seen| seen.what).collect()
}

/// Runs a show with arguments and yields its output, if it ended with 0.
fn run(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut downstage = Downstage::start(folder, arguments);
    let ended = downstage.wait(PATIENCE).ok_or("it does not end")?;
    if ended.code() == Some(0) {
        Ok(downstage.stdout())
    } else {
        Err(format!("{ended}: {}{}", downstage.stdout(), downstage.stderr()))
    }
}

/// Films are 8 s long: 200 frames a lap.
const LAP: u64 = 200;

#[test]
fn three_panes_are_recorded_and_sent_with_every_number_once_and_in_order() {
    let hd25 = shows::HD25;
    let film = |tag| {
        made::kept(&format!("lap-{tag}.mp4"), |path| {
            made::film(path, hd25, 8, tag, Coding::default());
        })
    };
    let films = [film(1), film(2), film(3)];
    real_time("three panes, recorded and sent", FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        let ingest = Nginx::start(Options { record: false, key: None });
        let server = Nginx::start(Options { record: true, key: None });
        let _camera = nginx::publish(&films[2], &format!("{}/camera", ingest.url()));
        if !ingest.wait_for_stream("camera") {
            return Err("the camera does not come up".into());
        }
        let url = format!("{}/camera", ingest.url());
        let show = three_panes(folder.path(), [&films[0], &films[1]], &url);
        let (record, stats) = (folder.path().join("out.mkv"), folder.path().join("stats.json"));
        let push = format!("{}/programme-secret", server.url());
        let arguments = [
            "run",
            show.to_str().unwrap(),
            "--for",
            "31s",
            "--record",
            record.to_str().unwrap(),
            "--push",
            &push,
            "--stats",
            stats.to_str().unwrap(),
        ];
        let said = run(folder.path(), &arguments)?;
        let statistics = fs::read_to_string(&stats).unwrap();
        assert!(!said.contains("programme-secret") && !statistics.contains("programme-secret"));
        let sent = server.records().pop().ok_or("nothing was sent")?;
        for path in [&record, &sent] {
            let frames = numbers_of(path, &PANES, &TAGS);
            let films: Vec<_> = frames.iter().map(|frame| frame[..2].to_vec()).collect();
            every_number(&films, &[Some(LAP); 2], repeated(&said))?;
            // The camera and the server between are programs of others, and leave pictures out where
            // they are late.
            let checked = every_number(&frames, &[Some(LAP); 3], repeated(&said));
            let checked = checked.map_err(|fault| Fault::Late(format!("the camera: {fault:?}")))?;
            println!("{}: {checked} frames with every number", path.display());
            if checked < 27 * 25 {
                let said = format!("only {checked} frames had all panes: {statistics}");
                return Err(Fault::Late(said));
            }
            assert_messages(path)?;
        }
        Ok(())
    });
}

/// A message in each second, valid, and true of the layout.
fn assert_messages(path: &Path) -> Result<(), String> {
    let messages = sei::messages(path);
    let said: Vec<_> = messages
        .iter()
        .filter_map(|message| Some((message.millis, message.layout_volume()?)))
        .collect();
    let last = said.last().map_or(0, |(millis, _)| *millis);
    for second in 0..last / 1_000 {
        let in_second = |(millis, _): &&(i64, serde_json::Value)| millis / 1_000 == second;
        if said.iter().find(in_second).is_none() {
            return Err(format!("no message in second {second}"));
        }
    }
    let (_, value) = said.last().ok_or("no message at all")?;
    let canvas = &value["canvas"];
    assert_eq!((canvas["w"].as_u64(), canvas["h"].as_u64()), (Some(1_280), Some(720)));
    let streams = value["stream"].as_array().unwrap();
    assert_eq!(streams.len(), 3);
    for (index, (stream, rect)) in streams.iter().zip(PANES).enumerate() {
        assert_eq!(stream["uid"], format!("uid-{}", 11 + index));
        assert_eq!(stream["paneid"], index);
        let place = ["x", "y", "w", "h"].map(|key| stream[key].as_f64().unwrap());
        assert_eq!(place, [rect.x, rect.y, rect.w, rect.h]);
        assert_eq!((stream["status"].as_u64(), stream["muted"].as_u64()), (Some(1), Some(0)));
    }
    Ok(())
}

/// A test pattern alone, at this rate.
pub fn pattern_show(folder: &Path, rate: FrameRate) -> PathBuf {
    let mut show = Show::new("Pattern", Format { raster: Raster::Hd, rate });
    show.sources.push(shows::source(1, SourceKind::TestPattern { tag: 5 }));
    let feed = Feed::Source(SourceId(1));
    show.layouts.push(show::Template::Single.layout(LayoutId(2), "Full", &[feed]));
    let path = folder.join("show.json");
    fs::write(&path, show::file::encode(&show)).unwrap();
    path
}

#[test]
fn clicks_and_flashes_stay_together_at_every_rate() {
    for rate in [FrameRate::R25, FrameRate::R29_97, FrameRate::R59_94] {
        let folder = tempfile::tempdir().unwrap();
        let show = pattern_show(folder.path(), rate);
        let record = folder.path().join("out.mkv");
        let (show, file) = (show.to_str().unwrap(), record.to_str().unwrap());
        run(folder.path(), &["run", show, "--offline", "--for", "12s", "--record", file]).unwrap();
        let offset = decode::click_against_flash(&record);
        println!("{rate}, recorded: {offset:?}");
        assert!(offset.seconds >= 9, "{offset:?}");
        assert!(
            offset.mean_millis.abs() <= 10.0 && offset.worst_millis.abs() <= 20.0,
            "{offset:?}"
        );
        let frames = numbers_of(&record, &[Rect::FULL], &[5]);
        assert!(every_number(&frames, &[None], 0).is_ok_and(|checked| checked > 11 * 25));
    }
}

#[test]
fn a_stream_is_in_step_at_29_97() {
    real_time("a stream at 29.97", FrameRate::R29_97, |_| {
        let folder = tempfile::tempdir().unwrap();
        let server = Nginx::start(Options { record: true, key: None });
        let show = pattern_show(folder.path(), FrameRate::R29_97);
        let push = format!("{}/cam", server.url());
        let arguments = ["run", show.to_str().unwrap(), "--for", "8s", "--push", &push];
        let said = run(folder.path(), &arguments)?;
        let sent = server.records().pop().ok_or("nothing was sent")?;
        let offset = decode::click_against_flash(&sent);
        println!("29.97, sent: {offset:?}");
        assert!(
            offset.mean_millis.abs() <= 10.0 && offset.worst_millis.abs() <= 20.0,
            "{offset:?}"
        );
        let frames = numbers_of(&sent, &[Rect::FULL], &[5]);
        every_number(&frames, &[None], repeated(&said)).map(drop)
    });
}

#[test]
fn a_signal_ends_it_cleanly_within_two_seconds() {
    real_time("two signals", FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        let show = pattern_show(folder.path(), FrameRate::R25);
        let record = folder.path().join("out.mkv");
        for signal in [Signal::TERM, Signal::INT] {
            let arguments = ["run", show.to_str().unwrap(), "--record", record.to_str().unwrap()];
            let mut downstage = Downstage::start(folder.path(), &arguments);
            assert!(downstage.wait_for("    2 s", PATIENCE), "{}", downstage.stderr());
            let told = time::now();
            downstage.signal(signal);
            let ended = downstage.wait(PATIENCE).expect("it ends");
            let took = told.elapsed();
            assert_eq!(ended.code(), Some(0), "{}", downstage.stderr());
            within("its end", took, Duration::from_secs(2))?;
        }
        // The second recording did not touch the first, and both are whole: they know their length.
        for name in ["out.mkv", "out-0002.mkv"] {
            let length = decode::probe(&folder.path().join(name), "format=duration");
            assert!(length.trim().parse::<f64>().unwrap() > 1.0, "{name}: {length}");
        }
        Ok(())
    });
}

#[test]
fn nothing_that_hangs_holds_up_the_end() {
    real_time("an end with a pipe that is full", FrameRate::R25, |_| end_with_a_full_pipe());
}

fn end_with_a_full_pipe() -> Result<(), Fault> {
    let folder = tempfile::tempdir().unwrap();
    let show = pattern_show(folder.path(), FrameRate::R25);
    let (record, stats) = (folder.path().join("out.mkv"), folder.path().join("stats"));
    // Statistics that nobody reads: the pipe is full after some seconds, and whoever writes waits.
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mkfifoat(rustix::fs::CWD, &stats, mode).unwrap();
    let pipe = fs::OpenOptions::new().read(true).write(true).open(&stats).unwrap();
    rustix::pipe::fcntl_setpipe_size(&pipe, 4_096).unwrap();
    let paths = [&show, &record, &stats].map(|path| path.to_str().unwrap());
    let arguments = ["run", paths[0], "--record", paths[1], "--stats", paths[2]];
    let mut downstage = Downstage::start(folder.path(), &arguments);
    // Its own line a second comes before the statistics: it stands when no further one comes.
    let lines = || downstage.stdout().lines().count();
    let stands = time::wait_for(PATIENCE, || {
        let before = lines();
        time::sleep(Duration::from_millis(2_500));
        (before > 0 && lines() == before).then_some(())
    });
    stands.expect("a full pipe stops whoever writes");
    let told = time::now();
    downstage.signal(Signal::INT);
    let ended = downstage.wait(PATIENCE).expect("it ends");
    let took = told.elapsed();
    assert_eq!(ended.code(), Some(2), "{}", downstage.stderr());
    assert!(downstage.stderr().contains("hangs"), "{}", downstage.stderr());
    // The programme and its recording went on all the time.
    assert!(decode::pictures(&record, |_| ()).len() > 100, "{}", downstage.stdout());
    within("its end", took, Duration::from_millis(2_500))
}
