//! Cameras and microphones in the whole program, with the real elements, on a media server of the test's own: what was
//! recorded of them, and what is listed.

use std::collections::BTreeSet;
use std::f64::consts::TAU;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use show::{
    CameraSource, Device, Feed, Format, FrameRate, MicrophoneSource, Raster, Rect, Show, Side,
    SourceId, SourceKind, Strip, StripMode,
};
use tests::canary::{Fault, real_time, within};
use tests::downstage::{self, Downstage};
use tests::media::{self as made, Coding};
use tests::media_server::MediaServer;
use tests::time::{self, PATIENCE};
use tests::{decode, shows};

use crate::end_to_end::numbers_of;

const LD25: Format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
const TAG: u8 = 5;
const CAMERA: (&str, &str) = ("cam-1", "Studio-camera");
const MICROPHONE: (&str, &str) = ("mic-1", "Speaker");
const OTHER: (&str, &str) = ("mic-2", "Audience");
/// What is heard in the room of each microphone, in hertz.
const TONES: [u32; 2] = [500, 1_250];

fn device((id, name): (&str, &str)) -> Device {
    Device { id: id.to_owned(), name: name.to_owned() }
}

/// A film with so many seconds of numbers, as the camera shows it.
fn film() -> std::path::PathBuf {
    made::kept("device-camera.mp4", |path| {
        let coding = Coding { kbps: 1_500, sound: false, ..Coding::default() };
        made::film(path, LD25, 40, TAG, coding);
    })
}

/// Runs a show of the camera on PGM and the microphone, which is always heard, with these arguments more.
fn run(server: &MediaServer, folder: &Path, more: &[&str]) -> Downstage {
    let mut show = Show::new("Devices", LD25);
    let camera = CameraSource { device: device(CAMERA), mode: None, latency_millis: 80 };
    show.sources.push(shows::source(1, SourceKind::Camera(camera)));
    let (device, side) = (device(MICROPHONE), Side::Both);
    let microphone = MicrophoneSource { device, pair: 1, side, latency_millis: 80 };
    show.sources.push(shows::source(2, SourceKind::Microphone(microphone)));
    let mode = StripMode::On;
    show.mixer.strips.push(Strip { mode, ..Strip::new(SourceId(2)) });
    let feed = [Feed::Source(SourceId(1))];
    show.layouts.push(show::Template::Single.layout(show::LayoutId(9), "All", &feed));
    let path = folder.join("show.json");
    fs::write(&path, show::file::encode(&show)).unwrap();
    let mut command = downstage::at_home(folder);
    command.arg("run").arg(path).args(["--stats", "stats.json"]).args(more);
    server.shown_to(&mut command);
    Downstage::run(command)
}

/// The states and troubles that the statistics say of a source, one after the other.
fn states(folder: &Path, source: usize) -> Vec<(String, String)> {
    let text = fs::read_to_string(folder.join("stats.json")).unwrap();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let said = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let id = format!("source-{source}");
    let of = |line: Value| {
        let all = line["sources"].as_array()?.clone();
        let source = all.into_iter().find(|source| source["id"] == id.as_str())?;
        Some((said(&source["state"]), said(&source["trouble"])))
    };
    let mut all: Vec<_> = lines.filter_map(of).collect();
    all.dedup();
    all
}

/// How much of a tone is in each 40 ms of the left side: the amplitude of it.
fn tone(samples: &[f32], hertz: u32) -> Vec<f64> {
    let window = |block: &[f32]| {
        let count = block.len() / 2;
        let sum = block.chunks_exact(2).enumerate().fold((0.0, 0.0), |(re, im), (at, both)| {
            let (phase, value) =
                (TAU * f64::from(hertz) * at as f64 / 48_000.0, f64::from(both[0]));
            (re + value * phase.cos(), im + value * phase.sin())
        });
        (sum.0 * sum.0 + sum.1 * sum.1).sqrt() * 2.0 / count as f64
    };
    // 40 ms are whole periods of both tones: neither is found in the other.
    samples.chunks_exact(2 * 1_920).map(window).collect()
}

/// From when until when something is, in windows of 40 ms; gaps below so many are none.
fn spans(is: impl Iterator<Item = bool>, gap: usize) -> Vec<(usize, usize)> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for (at, _) in is.enumerate().filter(|(_, is)| *is) {
        match spans.last_mut() {
            Some((_, end)) if at <= *end + gap => *end = at + 1,
            _ => spans.push((at, at + 1)),
        }
    }
    spans
}

#[test]
fn what_is_connected_is_listed_once_and_what_is_heard_at_outputs_is_not() {
    let Some(server) = MediaServer::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let doctor = || {
        let mut command = downstage::at_home(folder.path());
        server.shown_to(command.arg("doctor"));
        let mut doctor = Downstage::run(command);
        doctor.wait(PATIENCE).expect("it ends");
        doctor.stdout()
    };
    let none = doctor();
    assert!(none.contains("Camera: no camera is connected. Connect one"), "{none}");
    assert!(none.contains("Microphone: no microphone is connected. Connect one"), "{none}");
    let _camera = server.camera(CAMERA, &film());
    let _room = server.room("room", TONES[0]);
    server.microphone(MICROPHONE, "room");
    time::sleep(Duration::from_secs(1));
    let all = doctor();
    let of = |kind: &str| all.lines().filter(|line| line.starts_with(kind)).collect::<Vec<_>>();
    assert_eq!(of("Camera:"), ["Camera: Studio-camera (id cam-1, up to 640 x 360 at 25)"], "{all}");
    assert_eq!(of("Microphone:"), ["Microphone: Speaker (id mic-1, 2 channels)"], "{all}");
}

#[test]
fn a_camera_and_a_microphone_are_lost_and_come_back_by_themselves_and_no_other_is_heard() {
    let film = film();
    real_time("devices on air", FrameRate::R25, |_| {
        let Some(mut server) = MediaServer::start() else { return Ok(()) };
        let folder = tempfile::tempdir().unwrap();
        let camera = server.camera(CAMERA, &film);
        let rooms = [server.room("one", TONES[0]), server.room("two", TONES[1])];
        let microphone = server.microphone(MICROPHONE, "one");
        server.microphone(OTHER, "two");
        time::sleep(Duration::from_secs(1));
        let mut program = run(&server, folder.path(), &["--for", "30s", "--record", "out.mkv"]);
        let started = time::now();
        let until = |seconds: u64| {
            let at = Duration::from_secs(seconds);
            time::sleep(at.saturating_sub(started.elapsed()));
        };
        until(5);
        drop(camera);
        until(8);
        let camera = server.camera(CAMERA, &film);
        until(11);
        server.unplug(&microphone);
        until(15);
        server.microphone(MICROPHONE, "one");
        until(18);
        server.kill();
        drop((camera, rooms));
        until(20);
        server.restart();
        let again = server.camera(CAMERA, &film);
        let rooms = [server.room("one", TONES[0]), server.room("two", TONES[1])];
        server.microphone(MICROPHONE, "one");
        server.microphone(OTHER, "two");
        println!("everything is there again after {:.1?}", started.elapsed());
        let ended = program.wait(PATIENCE).ok_or("it does not end")?;
        if ended.code() != Some(0) {
            return Err(format!("{ended}: {}", program.stderr()).into());
        }
        drop((again, rooms));
        let told = [states(folder.path(), 1), states(folder.path(), 2)];
        println!("camera: {:?}\nmicrophone: {:?}", told[0], told[1]);
        seen(&folder.path().join("out.mkv"))?;
        heard(&folder.path().join("out.mkv"))?;
        for (states, name) in told.iter().zip([CAMERA.1, MICROPHONE.1]) {
            let said = format!("{name}: it is not connected");
            let is_told = states.iter().any(|(state, why)| state == "lost" && why.contains(&said));
            if !is_told || states.last() != Some(&("live".to_owned(), String::new())) {
                return Err(format!("{states:?}").into());
            }
        }
        Ok(())
    });
}

/// The numbers of the camera: each once and in order while it is there, the last one while it is not, and no black.
fn seen(record: &Path) -> Result<(), Fault> {
    let frames = numbers_of(record, &[Rect::FULL], &[TAG]);
    let mut numbers: Vec<Option<u64>> = frames.iter().map(|panes| panes[0]).collect();
    let begins = numbers.iter().position(Option::is_some).ok_or("nothing is seen of it")?;
    numbers.drain(..begins);
    let lost = numbers.iter().filter(|number| number.is_none()).count();
    let pairs = || numbers.windows(2).map(|two| (two[0].unwrap_or(0), two[1].unwrap_or(0)));
    let same = pairs().filter(|(one, next)| one == next).count();
    let jumps = pairs().filter(|(one, next)| next > &(one + 1)).count();
    let backs: Vec<_> = pairs().filter(|(one, next)| next < one).collect();
    let stands = spans(pairs().map(|(one, next)| one == next), 2);
    let stands: Vec<_> = stands.into_iter().filter(|(from, to)| to - from > 12).collect();
    println!(
        "{} frames, {begins} before the first picture, {same} repeated, {jumps} jumps, back at {backs:?}, stands \
         in {stands:?}",
        numbers.len()
    );
    within("the first picture", Duration::from_millis(40 * begins as u64), Duration::from_secs(2))?;
    if lost > 0 || backs.len() != 2 || stands.len() != 2 {
        return Err(format!("{lost} black, {backs:?}, {stands:?}: {numbers:?}").into());
    }
    let stood: usize = stands.iter().map(|(from, to)| to - from).sum();
    // The devices are programs of others, which leave pictures out where they are late.
    if same > stood + 12 || jumps > 12 {
        return Err(Fault::Late(format!("{same} repeated, {stood} of them lost; {jumps} jumps")));
    }
    Ok(())
}

/// The tone of the microphone while it is there, and nothing else ever.
fn heard(record: &Path) -> Result<(), Fault> {
    let sound = decode::sound(record).samples;
    let [own, other] = TONES.map(|hertz| tone(&sound, hertz));
    let loudest = other.iter().copied().fold(0.0, f64::max);
    let spans = spans(own.iter().map(|level| *level > 0.2), 3);
    println!("heard in {spans:?}, of the other microphone {loudest:.4}");
    // One that begins or breaks off has a little of every other; a microphone has half of all there is.
    if loudest > 0.15 {
        return Err(format!("another microphone is heard: {loudest}").into());
    }
    let long: BTreeSet<_> = spans.iter().filter(|(from, to)| to - from > 25).collect();
    if long.len() != 3 {
        return Err(Fault::Late(format!("{spans:?}")));
    }
    Ok(())
}

#[test]
fn devices_that_are_plugged_in_later_are_found() {
    let film = film();
    real_time("devices that come later", FrameRate::R25, |_| {
        let Some(server) = MediaServer::start() else { return Ok(()) };
        let folder = tempfile::tempdir().unwrap();
        let _rooms = [server.room("one", TONES[0]), server.room("two", TONES[1])];
        server.microphone(OTHER, "two");
        let mut program = run(&server, folder.path(), &["--for", "10s", "--record", "out.mkv"]);
        time::sleep(Duration::from_secs(3));
        let _camera = server.camera(CAMERA, &film);
        server.microphone(MICROPHONE, "one");
        let plugged = time::now();
        let ended = program.wait(PATIENCE).ok_or("it does not end")?;
        let left = plugged.elapsed();
        if ended.code() != Some(0) {
            return Err(format!("{ended}: {}", program.stderr()).into());
        }
        for source in [1, 2] {
            let states = states(folder.path(), source);
            let first = states.iter().find(|(_, why)| !why.is_empty());
            let is_told = first.is_some_and(|(_, why)| why.contains("it is not connected"));
            if !is_told || states.last() != Some(&("live".to_owned(), String::new())) {
                return Err(format!("{states:?}").into());
            }
        }
        let record = folder.path().join("out.mkv");
        let frames = numbers_of(&record, &[Rect::FULL], &[TAG]);
        let begins = frames.iter().position(|panes| panes[0].is_some()).ok_or("nothing is seen")?;
        let sound = decode::sound(&record).samples;
        let [own, other] = TONES.map(|hertz| tone(&sound, hertz));
        let heard = own.iter().position(|level| *level > 0.2).ok_or("nothing is heard")?;
        let whole = Duration::from_millis(40 * frames.len() as u64);
        let plugged = whole.saturating_sub(left);
        let after = |frame: usize| Duration::from_millis(40 * frame as u64).saturating_sub(plugged);
        println!(
            "seen {:.2?} and heard {:.2?} after it was plugged in",
            after(begins),
            after(heard)
        );
        if other.iter().any(|level| *level > 0.15) {
            return Err("another microphone is heard".into());
        }
        within("the first picture", after(begins), Duration::from_secs(2))?;
        within("the first sound", after(heard), Duration::from_secs(2))
    });
}
