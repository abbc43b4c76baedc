//! The standby in recordings: while a camera stops for a while, and a film by hand, without a lost frame.

use std::fs;

use show::{
    Asset, AssetId, AssetKind, Feed, FileEnd, Format, FrameRate, LayoutId, PlayFile, Raster, Rect,
    Show, SourceId, SourceKind, Standby,
};
use tests::canary::{Fault, real_time};
use tests::decode;
use tests::downstage::Downstage;
use tests::film;
use tests::live_server::{LiveServer, Sending};
use tests::media::{self as made, Coding};
use tests::shows;
use tests::time::PATIENCE;

use crate::end_to_end::numbers_of;

const CAMERA: u8 = 6;
const STANDBY: u8 = 9;
/// A second.
const SECOND: usize = 25;

/// A film that loops stands in three times for a pattern: its own pictures in order, its sound alone, and nothing else.
#[test]
fn a_film_stands_in_with_its_own_sound_and_goes_on_where_it_rested() {
    const FILM: u8 = 5;
    let format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
    let folder = tempfile::tempdir().expect("a folder");
    // Numbered pictures, and a sine of 500 Hz; the pattern clicks, once a second.
    let numbered = made::kept("standby-numbers.mp4", |path| {
        made::film(path, format, 4, FILM, Coding { kbps: 1_000, ..Coding::default() });
    });
    let film = folder.path().join("film.mkv");
    let sine = "-f lavfi -i sine=f=500:r=48000:d=4 -map 0:v -map 1:a -c:v copy -c:a flac";
    let input = format!("-i {} {sine}", numbered.display());
    tests::offline::made(&film, &input);
    let mut show = Show::new("Standby", format);
    let path = film.to_str().expect("UTF-8").to_owned();
    show.assets.push(Asset { id: AssetId(1), path, kind: AssetKind::Media, hash: None });
    let play = PlayFile::whole(AssetId(1), FileEnd::Loop);
    show.sources.push(shows::source(2, SourceKind::File(play)));
    show.sources.push(shows::source(3, SourceKind::TestPattern { tag: CAMERA }));
    let feed = Feed::Source(SourceId(3));
    show.layouts.push(show::Template::Single.layout(LayoutId(9), "Pattern", &[feed]));
    show.standby = Some(Standby::new(SourceId(2)));
    fs::write(folder.path().join("show.json"), show::file::encode(&show)).expect("room");
    let mut arguments: Vec<String> = "run show.json --offline --for 10s --record out.mkv"
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    // Also across the end of a lap.
    let shown = [(1, 2), (3, 6), (7, 9)];
    let mut at = |seconds: usize, command: &str| {
        arguments.extend(["--at".to_owned(), format!("{seconds}s"), command.to_owned()]);
    };
    at(0, "load layout-9");
    at(0, "cut");
    for (on, off) in shown {
        at(on, "standby on");
        at(off, "standby off");
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut run = Downstage::start(folder.path(), &arguments);
    let ended = run.wait(PATIENCE).expect("it ends");
    assert_eq!(ended.code(), Some(0), "{}", run.stderr());
    let out = folder.path().join("out.mkv");
    let frames = numbers_of(&out, &[Rect::FULL; 2], &[CAMERA, FILM]);
    assert_eq!(frames.len(), 10 * SECOND);
    let is_on = |at: usize| shown.iter().any(|(on, off)| (on * SECOND..off * SECOND).contains(&at));
    let mut next = None;
    for (at, frame) in frames.iter().enumerate() {
        let (pattern, film) = (frame[0], frame[1]);
        assert_eq!((pattern.is_some(), film.is_some()), (!is_on(at), is_on(at)), "frame {at}");
        if let Some(number) = film {
            let wanted = next.unwrap_or(number);
            assert_eq!(number, wanted, "frame {at}: it goes on where it rested");
            next = Some((number + 1) % (4 * SECOND as u64));
        }
    }
    // How loud the sine is in each hundredth of a second, but for the two where it begins and ends.
    let sound = decode::sound(&out);
    let loud = film::phases(&sound.samples, 96);
    for at in 2..10 * SECOND - 2 {
        let edge = is_on(at - 2) != is_on(at + 2);
        let heard = (0..20).map(|part| loud[at * 20 + part].1).fold(0.0_f32, f32::max);
        let least = (0..20).map(|part| loud[at * 20 + part].1).fold(1.0_f32, f32::min);
        match is_on(at) {
            _ if edge => {}
            true => assert!(least > 0.06, "frame {at}: {least}"),
            false => assert!(heard < 0.03 || at % SECOND < 3, "frame {at}: {heard}"),
        }
    }
}

#[test]
fn it_is_on_air_while_the_camera_is_gone_and_goes_by_itself() {
    let format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
    let film = made::kept("standby-camera.mp4", |path| {
        made::film(path, format, 10, CAMERA, Coding { kbps: 1_000, ..Coding::default() });
    });
    real_time("standby", FrameRate::R25, |_| {
        // Silent in its sixth second; who comes again gets it from its beginning.
        let sending = Sending { pause: Some((5_000, 10_000)), ..Sending::default() };
        let server = LiveServer::flv(&film, vec![sending]);
        let mut show = Show::new("Standby", format);
        let kind = SourceKind::Live { url: server.url("0.flv"), latency_millis: 300 };
        show.sources.push(shows::source(1, kind));
        show.sources.push(shows::source(2, SourceKind::TestPattern { tag: STANDBY }));
        let feed = Feed::Source(SourceId(1));
        show.layouts.push(show::Template::Single.layout(LayoutId(9), "Camera", &[feed]));
        show.standby = Some(Standby { after_millis: Some(1_000), ..Standby::new(SourceId(2)) });
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("show.json"), show::file::encode(&show)).expect("room");
        let arguments = ["run", "show.json", "--for", "12s", "--record", "out.mkv"];
        let mut run = Downstage::start(folder.path(), &arguments);
        let ended = run.wait(PATIENCE).ok_or("it does not end")?;
        let told = run.stderr();
        if ended.code() != Some(0) {
            return Err(format!("{ended}: {told}").into());
        }
        for said in ["standby on air: PGM's sources are gone", "PGM is on air again"] {
            assert!(told.contains(said), "{said}: {told}");
        }
        let path = folder.path().join("out.mkv");
        check(&numbers_of(&path, &[Rect::FULL; 2], &[CAMERA, STANDBY]))
    });
}

/// A film that is black and silent from its fourth second to its eleventh: without a window, too, that is said, and the
/// standby comes and goes.
#[test]
fn a_film_that_goes_black_and_silent_brings_it() {
    let format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
    let numbered = made::kept("standby-camera-14.mp4", |path| {
        made::film(path, format, 14, CAMERA, Coding { kbps: 1_000, ..Coding::default() });
    });
    real_time("black and silent", FrameRate::R25, |_| {
        let folder = tempfile::tempdir().expect("a folder");
        let film = folder.path().join("film.mkv");
        let black = "-vf drawbox=color=black:t=fill:enable='between(t,4,10.99)' -c:v libx264";
        let silent = "-af volume=0:enable='between(t,4,10.99)' -c:a flac";
        let input = format!("-i {} {black} -preset ultrafast {silent}", numbered.display());
        tests::offline::made(&film, &input);
        let mut show = Show::new("Standby", format);
        let path = film.to_str().expect("UTF-8").to_owned();
        show.assets.push(Asset { id: AssetId(1), path, kind: AssetKind::Media, hash: None });
        let play = PlayFile::whole(AssetId(1), FileEnd::Once);
        show.sources.push(shows::source(1, SourceKind::File(play)));
        show.sources.push(shows::source(2, SourceKind::TestPattern { tag: STANDBY }));
        let feed = Feed::Source(SourceId(1));
        show.layouts.push(show::Template::Single.layout(LayoutId(9), "Film", &[feed]));
        show.standby = Some(Standby { after_millis: Some(2_000), ..Standby::new(SourceId(2)) });
        fs::write(folder.path().join("show.json"), show::file::encode(&show)).expect("room");
        let arguments = ["run", "show.json", "--for", "14s", "--record", "out.mkv"];
        let mut run = Downstage::start(folder.path(), &arguments);
        let ended = run.wait(PATIENCE).ok_or("it does not end")?;
        let told = run.stderr();
        if ended.code() != Some(0) {
            return Err(format!("{ended}: {told}").into());
        }
        let lines = [
            "source-1: it is black",
            "source-1: no longer black",
            "standby on air: PGM's sources are gone, or bring nothing",
            "PGM is on air again",
        ];
        for said in lines {
            assert!(told.contains(said), "{said}: {told}");
        }
        let path = folder.path().join("out.mkv");
        let frames = numbers_of(&path, &[Rect::FULL; 2], &[CAMERA, STANDBY]);
        let first = |from: usize, pane: usize| {
            (from..frames.len()).find(|at| frames[*at][pane].is_some()).ok_or("it is not seen")
        };
        let comes = first(0, 1)?;
        let goes = (comes..frames.len()).find(|at| frames[*at][1].is_none());
        let goes = goes.ok_or("it does not go")?;
        println!(
            "black from {}, standby {comes} to {goes}, back at {}",
            4 * SECOND,
            first(goes, 0)?
        );
        // It is decoded up to a second ahead, and half a second of black and silence counts.
        let (black, back) = (4 * SECOND, 11 * SECOND);
        if comes < black + SECOND || comes > black + 3 * SECOND || goes > back + SECOND + 12 {
            return Err(Fault::Late(format!("{comes} to {goes}")));
        }
        Ok(())
    });
}

/// The camera, its last picture for two seconds at the most and a little, the standby with every number, and the
/// camera.
fn check(frames: &[Vec<Option<u64>>]) -> Result<(), Fault> {
    let of = |pane: usize| frames.iter().map(move |frame| frame[pane]);
    assert_eq!(frames.len(), 12 * SECOND, "every frame is recorded");
    let is_standby: Vec<bool> = of(1).map(|number| number.is_some()).collect();
    let came = is_standby.iter().position(|is| *is).ok_or_else(|| Fault::from("no standby"))?;
    let lasted = is_standby[came..].iter().position(|is| !*is).ok_or("it does not go")?;
    let numbers: Vec<u64> = of(1).skip(came).take(lasted).flatten().collect();
    let wrong = numbers.windows(2).find(|two| two[1] != two[0] + 1);
    assert_eq!(wrong, None, "the standby's own pictures, each once");
    assert!(lasted >= SECOND, "{lasted}: it waits for the camera to be well for a second");
    let last = frames[..came].last().and_then(|frame| frame[0]);
    let stood = of(0).take(came).collect::<Vec<_>>();
    let stood = stood.iter().rev().take_while(|number| **number == last).count();
    // Seen after a second, waited for a second more; its latency of 300 ms showed something until then.
    if !(2 * SECOND - 10..=3 * SECOND).contains(&stood) {
        return Err(Fault::Late(format!("the last picture stood for {stood} frames")));
    }
    let back: Vec<_> = of(0).skip(came + lasted).take(SECOND / 2).flatten().collect();
    if back.len() < SECOND / 2 - 2 || back.windows(2).any(|two| two[1] < two[0]) {
        return Err(Fault::Late(format!("the camera came back as {back:?}")));
    }
    Ok(())
}
