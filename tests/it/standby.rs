//! A camera that stops for a while: the standby is on air and in the recording meanwhile, without a lost frame.

use std::fs;

use show::{Feed, Format, FrameRate, LayoutId, Raster, Rect, Show, SourceId, SourceKind, Standby};
use tests::canary::{Fault, real_time};
use tests::downstage::Downstage;
use tests::live_server::{LiveServer, Sending};
use tests::media::{self as made, Coding};
use tests::shows;
use tests::time::PATIENCE;

use crate::end_to_end::numbers_of;

const CAMERA: u8 = 6;
const STANDBY: u8 = 9;
/// A second.
const SECOND: usize = 25;

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

/// The camera, its last picture for two seconds at the most and a little, the standby with every number, and the camera.
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
