//! What is seen of a source that is lost: its last picture, and after a time its placeholder or that there is no signal.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use compositor::{Backend, Compositor, CpuCompositor, GpuCompositor};
use engine::{CommandKind, Frame, FrameIndex, Picture, Report, SourceState, Switch};
use media::pattern_card;
use show::{
    Asset, AssetId, AssetKind, Edit, Feed, Format, FrameRate, LayoutId, PictureSettings, Raster,
    Show, SourceId, SourceKind, Supervision, Template,
};
use studio::program::session::{Options, Session};
use tests::canary::{Fault, real_time};
use tests::fake::{Fakes, Life};
use tests::numbers::{self, Area, Luma};
use tests::shows;
use tests::time::{self, PATIENCE};

use crate::engine_live::Desk;

const LD25: Format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
const LIVE: SourceId = SourceId(7);

/// The first frame from now on, of three seconds, whose plan says that the source has no signal.
fn without_signal(desk: &mut Desk) -> Option<u64> {
    (0..75).find(|_| desk.tick().plan.without_signal.contains(&LIVE))
}

#[test]
fn the_last_picture_of_a_lost_source_stays_for_as_long_as_the_show_says() {
    for (held, frames) in [(Some(0), Some(0)), (Some(1_000), Some(25)), (None, None)] {
        let mut desk = Desk::new(shows::full());
        let supervision = Supervision { lost_millis: held, ..Supervision::default() };
        desk.edit(Edit::Supervision(supervision));
        let mut is = |state| desk.0.report(Report::Source(LIVE, state));
        is(SourceState::Live);
        is(SourceState::Stalled);
        assert_eq!(without_signal(&mut desk), None, "one that only stalls");
        desk.0.report(Report::Source(LIVE, SourceState::Lost));
        assert_eq!(without_signal(&mut desk), frames, "{held:?}");
        desk.0.report(Report::Source(LIVE, SourceState::Live));
        assert_eq!(without_signal(&mut desk), None, "{held:?}: one that is back");
        // The time begins anew.
        desk.0.report(Report::Source(LIVE, SourceState::Lost));
        assert_eq!(without_signal(&mut desk), frames, "{held:?}");
    }
}

/// Half of the picture, whatever the source's settings are.
#[test]
fn that_there_is_no_signal_is_drawn_as_it_is_by_both_compositors() {
    let mut show = Show::new("Lost", LD25);
    let mut source = shows::source(7, SourceKind::TestPattern { tag: 1 });
    let mut layout = Template::Single.layout(LayoutId(1), "One", &[Feed::Source(LIVE)]);
    layout.panes[0].rect = show::Rect::new(0.0, 0.0, 0.5, 0.5);
    show.layouts.push(layout);
    let card = pattern_card::no_signal(LD25);
    let drawn = |show: &Show, frame: Frame| {
        let items = engine::BusItems { layout: Some(LayoutId(1)), ..Default::default() };
        let picture = Picture::One(items.pin(show));
        let (width, height) = LD25.raster.size();
        let mut both: [Box<dyn Compositor>; 2] = [
            Box::new(CpuCompositor::new(width, height, Arc::default())),
            Box::new(GpuCompositor::new(width, height, Arc::default(), crate::twins::device())),
        ];
        both.each_mut().map(|one| {
            let mut draw = |n| {
                one.wait();
                one.draw(FrameIndex(n), &picture, &[(LIVE, frame.clone())])
            };
            let (_, finished) = (0..4).filter_map(&mut draw).last().expect("a picture");
            let luma = Luma::of(&finished);
            luma.mean(Area::whole(&luma))
        })
    };
    show.sources.push(source.clone());
    let plain = drawn(&show, card.clone());
    source.settings.picture =
        PictureSettings { mirror: true, brightness: -0.5, ..Default::default() };
    show.sources[0] = source;
    let (set, stands_in) = (drawn(&show, card.clone()), drawn(&show, card.standing_in()));
    for backend in 0..2 {
        let mean = |of: &[f64; 2]| of[backend];
        assert!((mean(&plain) - mean(&stands_in)).abs() < 0.2, "{backend}: as it is");
        assert!((mean(&plain) - mean(&set)).abs() > 2.0, "{backend}: settings would be seen");
        assert!(mean(&plain) > 20.0, "{backend}: it is seen");
    }
}

/// Two panes of one lost source: one with a placeholder, one without.
#[test]
fn a_lost_source_shows_its_last_picture_then_its_placeholder_or_no_signal_and_is_back_by_itself() {
    real_time("a lost source", LD25.rate, |_| {
        media::init().expect("GStreamer");
        let folder = tempfile::tempdir().expect("a folder");
        let white = image::RgbImage::from_pixel(64, 36, image::Rgb([255, 255, 255]));
        white.save(folder.path().join("white.png")).expect("room");
        let (fakes, url) = (Arc::new(Fakes::default()), "rtmp://lost.test/live");
        let fake = fakes.add(url, LD25, 3);
        let mut show = Show::new("Lost", LD25);
        show.supervision.lost_millis = Some(1_000);
        let path = folder.path().join("white.png").to_str().expect("UTF-8").to_owned();
        show.assets.push(Asset { id: AssetId(1), path, kind: AssetKind::Picture, hash: None });
        let kind = SourceKind::Live { url: url.to_owned(), latency_millis: 100 };
        show.sources.push(shows::source(7, kind.clone()));
        show.sources.push(shows::source(
            8,
            SourceKind::Live { url: "rtmp://lost.test/other".into(), latency_millis: 100 },
        ));
        let other = fakes.add("rtmp://lost.test/other", LD25, 4);
        let feeds = [Feed::Source(LIVE), Feed::Source(SourceId(8))];
        let mut layout = Template::SideBySide.layout(LayoutId(1), "Both", &feeds);
        layout.panes[1].placeholder = Some(AssetId(1));
        for (pane, rect) in layout.panes.iter_mut().zip(crate::live_sources::QUARTERS) {
            pane.rect = rect;
        }
        let areas = layout.panes.iter().map(|pane| Area::pane(pane.rect, LD25.raster.size()));
        let areas: Vec<Area> = areas.collect();
        show.layouts.push(layout);
        let take = CommandKind::Switch(Switch::TakeLayout(LayoutId(1)));
        let script = vec![(FrameIndex(0), shows::command(take))];
        let options = Options { script, backend: Some(Backend::Cpu), ..Options::default() };
        let session = Session::start(&fakes.studio(), show, options).expect("it starts");
        session.shared.watched.store(true, Ordering::Relaxed);
        let look = || {
            let view = session.shared.view.load_full()?;
            let luma = Luma::of(&view.pgm);
            let seen = |area: &Area| (numbers::read(&luma, *area).both(), luma.mean(*area));
            Some(areas.iter().map(seen).collect::<Vec<_>>())
        };
        let live = || look().filter(|seen| seen.iter().all(|(number, _)| number.is_some()));
        time::wait_for(PATIENCE, live).ok_or("it is not on air")?;
        [&fake, &other].iter().for_each(|fake| fake.set(Life::Broken));
        time::sleep(Duration::from_millis(700));
        if live().is_none() {
            return Err(Fault::Late(format!("its last picture does not stay: {:?}", look())));
        }
        let told = || look().filter(|seen| seen.iter().all(|(number, _)| number.is_none()));
        let seen = time::wait_for(Duration::from_secs(3), told).ok_or("its last picture stays")?;
        time::sleep(Duration::from_millis(100));
        let later = look().ok_or("nothing")?;
        // The card is dark and no black; the placeholder is white.
        let is_right = later[0].1 > 25.0 && later[0].1 < 100.0 && later[1].1 > 230.0;
        [&fake, &other].iter().for_each(|fake| fake.set(Life::Sends));
        let back = time::wait_for(Duration::from_secs(4), live);
        drop(session.finish());
        match (is_right, back) {
            (true, Some(_)) => Ok(()),
            (true, None) => Err(Fault::Late("it is not back".to_owned())),
            (false, _) => Err(format!("{seen:?}, {later:?}").into()),
        }
    });
}
