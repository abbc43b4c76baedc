//! Small pictures of sources: their colours and sizes, how often they come, and posters of what nobody
//! has open.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use compositor::CpuCompositor;
use drawing::pictures;
use engine::{Engine, Frame, FrameIndex, Pinned, PixelFormat, ProgramId};
use show::{Asset, AssetId, AssetKind, Colour, FileEnd, ItemId, PlayFile, SourceId, SourceKind};
use studio::clock::Clock;
use studio::program::program_thread::Program;
use studio::program::view::ProgramView;
use studio::window::alone::Shown;
use studio::window::monitor_link::{MonitorLink, Posters};
use studio::window::posters::PosterMaker;
use studio::window::thumbnails::{Scaler, ThumbnailMaker};
use tests::time::{self, PATIENCE};
use tests::{media as made, shows};
use ui::Thumbnail;

/// A flat picture of this colour.
fn flat(size: (u32, u32), colour: Colour) -> Frame {
    let codes = colour.to_bt709();
    pictures::picture(size, PixelFormat::PROGRAMME, 0, |plane, _, _, _| codes[plane])
}

fn pixel(thumbnail: &Thumbnail, x: u32, y: u32) -> [u8; 3] {
    let at = (4 * (y * thumbnail.size.0 + x)) as usize;
    [0, 1, 2].map(|part| thumbnail.rgba[at + part])
}

fn is_near(pixel: [u8; 3], Colour { r, g, b, .. }: Colour) -> bool {
    pixel.into_iter().zip([r, g, b]).all(|(a, b)| a.abs_diff(b) <= 3)
}

#[test]
fn a_thumbnail_has_the_colours_and_the_aspect_of_its_picture() {
    let mut scaler = Scaler::new(Arc::default());
    for (stored, aspect, of, size) in [
        ((1_280, 720), 1.0, (1_280, 720), (192, 108)),
        ((720, 1_280), 1.0, (720, 1_280), (60, 108)),
        ((1_440, 1_080), 1.0, (1_440, 1_080), (144, 108)),
        ((2_000, 500), 1.0, (2_000, 500), (192, 48)),
        ((16, 16), 1.0, (16, 16), (108, 108)),
        // Pixels that are wider than high, and narrower.
        ((720, 576), 64.0 / 45.0, (1_024, 576), (192, 108)),
        ((720, 480), 8.0 / 9.0, (640, 480), (144, 108)),
    ] {
        for colour in [Colour::rgb(200, 30, 60), Colour::rgb(20, 240, 90), Colour::WHITE] {
            let picture = flat(stored, colour).with_pixel_aspect(aspect);
            let thumbnail = scaler.draw(Shown::Frame(&picture), None).unwrap();
            assert_eq!((thumbnail.size, thumbnail.of), (size, of));
            assert_eq!(thumbnail.rgba.len() as u32, 4 * size.0 * size.1);
            // To the last pixel: nothing of what is behind is mixed in at an edge.
            for (x, y) in [(0, 0), (size.0 - 1, size.1 - 1), (size.0 / 2, size.1 / 2)] {
                let seen = pixel(&thumbnail, x, y);
                assert!(is_near(seen, colour), "{of:?}, {x} {y}: {seen:?}, not {colour:?}");
            }
        }
    }
}

#[test]
fn each_open_source_has_about_one_new_picture_a_second_and_never_all_at_once() {
    const RATE: u64 = 13;
    const SOURCES: u32 = 9;
    let mut sheet = ThumbnailMaker::default();
    let posters = Arc::new(Posters::default());
    let mut seen: Vec<Option<Arc<Thumbnail>>> = vec![None; SOURCES as usize];
    let mut news = vec![0; SOURCES as usize];
    for turn in 0..=10 * RATE {
        let grey = Colour::rgb((turn % 200) as u8 + 20, 90, 90);
        let sources = (1..=SOURCES).map(|id| (SourceId(id), flat((320, 180), grey)));
        let view = ProgramView {
            frame: FrameIndex(turn),
            pgm: flat((320, 180), grey),
            pvw: Pinned::empty(),
            pictures: sources.collect(),
            positions: Arc::default(),
            needs: Arc::default(),
        };
        let all = sheet.update(&view, &posters, turn * 1_000_000_000 / RATE);
        let mut now = 0;
        for (id, thumbnail) in all.iter().flat_map(|all| all.iter()) {
            let ItemId::Source(SourceId(id)) = id else { unreachable!() };
            let old = seen[*id as usize - 1].replace(Arc::clone(thumbnail));
            if old.is_none_or(|old| !Arc::ptr_eq(&old, thumbnail)) {
                now += 1;
                news[*id as usize - 1] += 1;
            }
        }
        assert!(now <= 2, "{now} at once");
    }
    assert!(news.iter().all(|news| (10..=12).contains(news)), "{news:?} in ten seconds");
    // What is closed has none any more.
    let view = ProgramView {
        frame: FrameIndex(0),
        pgm: flat((16, 16), Colour::BLACK),
        pvw: Pinned::empty(),
        pictures: Vec::new(),
        positions: Arc::default(),
        needs: Arc::default(),
    };
    assert!(sheet.update(&view, &posters, 20_000_000_000).unwrap().is_empty());
}

#[test]
fn what_nobody_has_open_has_a_poster_or_says_why_not() {
    let folder = tempfile::tempdir().unwrap();
    made::text_as_film(&folder.path().join("text.mp4"));
    std::fs::create_dir(folder.path().join("folder.mkv")).unwrap();
    image::RgbImage::from_pixel(400, 400, image::Rgb([10, 120, 230]))
        .save(folder.path().join("blue.png"))
        .unwrap();
    let mut show = show::Show::new("Posters", shows::HD25);
    let film = made::small_film(3).to_str().unwrap().to_owned();
    let files = [(film.as_str(), AssetKind::Media), ("text.mp4", AssetKind::Media)];
    let files = files
        .into_iter()
        .chain([("blue.png", AssetKind::Picture), ("folder.mkv", AssetKind::Media)]);
    for (id, (path, kind)) in (1..).zip(files) {
        show.assets.push(Asset { id: AssetId(id), path: path.to_owned(), kind, hash: None });
    }
    let play = |asset, in_millis| {
        SourceKind::File(PlayFile { in_millis, ..PlayFile::whole(AssetId(asset), FileEnd::Once) })
    };
    let green = Colour::rgb(10, 200, 40);
    let kinds = [
        play(1, 0),
        play(1, 2_000),
        play(2, 0),
        SourceKind::Still { asset: AssetId(3) },
        SourceKind::Colour { colour: green },
        SourceKind::TestPattern { tag: 5 },
        SourceKind::Live { url: "rtmp://127.0.0.1:1/live/key".to_owned(), latency_millis: 0 },
        play(4, 0),
    ];
    show.sources = (1..).zip(kinds).map(|(id, kind)| shows::source(id, kind)).collect();
    media::init().unwrap();
    let engine = Engine::new(ProgramId(0), Arc::new(show));
    let compositor = Box::new(CpuCompositor::new(1_280, 720, Arc::default()));
    let (_program, shared, _ends) = Program::new(engine, compositor, (0, Default::default()));
    let painter = PosterMaker::new(shared, Clock::default(), folder.path().to_owned());
    let (link, stop) = (MonitorLink::default(), AtomicBool::new(false));
    let out = &link.posters;
    std::thread::scope(|scope| {
        scope.spawn(|| painter.run(&link, &stop));
        let done = || (out.load().pictures.len() + out.load().faults.len() == 7).then_some(());
        let done = time::wait_for(PATIENCE, done);
        stop.store(true, Ordering::Release);
        assert!(done.is_some(), "{:?}", out.load());
    });
    let posters = out.load_full();
    let of = |id: u32| posters.pictures.get(&SourceId(id).into());
    for (id, file) in [(3, "text.mp4"), (8, "folder.mkv")] {
        let fault = posters.faults.get(&SourceId(id).into()).unwrap().to_string();
        assert!(fault.contains(file) && fault.contains("Choose another file"), "{fault}");
    }
    assert_eq!(posters.faults.len(), 2);
    let (first, later) = (of(1).unwrap(), of(2).unwrap());
    assert_ne!(first.rgba, later.rgba, "each stands at its own in point");
    assert!(first.length_millis.is_some_and(|length| (5_900..=6_200).contains(&length)));
    assert!(is_near(pixel(of(4).unwrap(), 50, 50), Colour::rgb(10, 120, 230)));
    assert!(is_near(pixel(of(5).unwrap(), 50, 50), green));
    assert!(of(6).is_some() && of(7).is_none(), "a live source is open, or has nothing to show");
}
