//! What a dialog sees of a source: of one of the show what the programme has, and a new one is opened for it, apart
//! from the programme, and handed over to that without a break.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use compositor::CpuCompositor;
use drawing::pictures;
use engine::{
    CommandKind, EditCommand, Engine, Frame, FrameIndex, NeededFile, Pinned, PixelFormat,
    PixelLayout, ProgramId, Run, SourceNeed, SourceState,
};
use media::source::{OpenError, Opening};
use show::{
    Asset, AssetId, AssetKind, ChromaKey, Colour, Crop, Edit, FileEnd, Item, PictureSettings,
    PlayFile, Rotation, Show, Source, SourceId, SourceKind,
};
use studio::clock::Clock;
use studio::problems::Problems;
use studio::program::program_shared::ProgramShared;
use studio::program::program_thread::Program;
use studio::program::session::{Options, Session, Studio};
use studio::program::view::ProgramView;
use studio::wakeup::Wakeup;
use studio::window::previews::{PreviewLink, Previewer};
use studio::window::reasons;
use tests::fake::{Fakes, Life};
use tests::time::{self, PATIENCE};
use tests::{media as made, shows};
use ui::{PreviewLook, PreviewOf, PreviewRequest};

const CAMERA: SourceId = SourceId(5);
const GREEN: Colour = Colour::rgb(20, 180, 60);
const RED: Colour = Colour::rgb(190, 30, 40);

/// A thread of previews, which ends when this is dropped.
struct Previews {
    link: Arc<PreviewLink>,
    wakeup: Arc<Wakeup>,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Previews {
    fn start(studio: &Studio, shared: Arc<ProgramShared>, folder: &Path) -> Self {
        let link = Arc::<PreviewLink>::default();
        let (wakeup, stop) = (Arc::<Wakeup>::default(), Arc::<AtomicBool>::default());
        let (hub, clock) = (Arc::clone(&studio.hub), studio.clock.clone());
        let previewer = Previewer::new(shared, hub, clock, folder.to_owned());
        let (to, woken, of) = (Arc::clone(&link), Arc::clone(&wakeup), Arc::clone(&stop));
        let thread = std::thread::Builder::new();
        let thread = thread.spawn(move || previewer.run(&to, &woken, &of)).unwrap();
        Self { link, wakeup, stop, thread: Some(thread) }
    }

    fn ask(&self, request: Option<&PreviewRequest>) {
        if self.link.ask(request) {
            self.wakeup.wake();
        }
    }

    /// What is seen of this once it is like that.
    fn wait(
        &self,
        request: &PreviewRequest,
        is_so: impl Fn(&PreviewLook) -> bool,
    ) -> Arc<PreviewLook> {
        self.ask(Some(request));
        let seen = || self.link.newest().filter(|look| look.request == *request && is_so(look));
        let seen = time::wait_for(PATIENCE, seen);
        seen.unwrap_or_else(|| panic!("{:?}", self.link.newest()))
    }
}

impl Drop for Previews {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.wakeup.wake();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// What a program of this show shares, without the program.
fn shared(show: Show) -> Arc<ProgramShared> {
    let engine = Engine::new(ProgramId(0), Arc::new(show));
    let compositor = Box::new(CpuCompositor::new(640, 360, Arc::default()));
    let (_program, shared, _ends) = Program::new(engine, compositor, (0, Clock::default()));
    shared
}

/// The left half is green, the right one red, in a format.
fn halves(size: (u32, u32), format: PixelFormat) -> Frame {
    pictures::picture(size, format, 0, move |plane, component, column, _| {
        let wide = if plane == 0 { size.0 } else { size.0.div_ceil(2) } as usize;
        let Colour { r, g, b, .. } = if column < wide / 2 { GREEN } else { RED };
        let codes = codes([r, g, b], format);
        codes[plane + component]
    })
}

/// A colour in the codes of a format, by its own weights and range.
fn codes(rgb: [u8; 3], format: PixelFormat) -> [u8; 3] {
    let [r, g, b] = rgb.map(|part| f64::from(part) / 255.0);
    let (red, blue) = match format.matrix {
        engine::Matrix::Bt601 => (0.299, 0.114),
        engine::Matrix::Bt709 => (0.2126, 0.0722),
    };
    let y = red * r + (1.0 - red - blue) * g + blue * b;
    let (cb, cr) = ((b - y) / (2.0 - 2.0 * blue), (r - y) / (2.0 - 2.0 * red));
    let (black, span, chroma) = match format.range {
        engine::Range::Limited => (16.0, 219.0, 224.0),
        engine::Range::Full => (0.0, 255.0, 255.0),
    };
    let code = |value: f64| value.round().clamp(0.0, 255.0) as u8;
    [code(black + span * y), code(128.0 + chroma * cb), code(128.0 + chroma * cr)]
}

/// The codes of a pixel, at parts of the width and height.
fn codes_at(picture: &Frame, x: f64, y: f64) -> [u8; 3] {
    [0, 1, 2].map(|plane| {
        let (wide, high) = picture.plane_size(plane);
        let (column, row) = ((x * wide as f64) as usize, (y * high as f64) as usize);
        let of = picture.plane(plane);
        of.data[row * of.stride + column]
    })
}

fn is_near(seen: [u8; 3], colour: Colour) -> bool {
    seen.into_iter().zip(colour.to_bt709()).all(|(a, b)| a.abs_diff(b) <= 2)
}

fn view(picture: Option<Frame>) -> Arc<ProgramView> {
    Arc::new(ProgramView {
        frame: FrameIndex(0),
        pgm: halves((16, 16), PixelFormat::PROGRAMME),
        pvw: Pinned::empty(),
        pictures: picture.into_iter().map(|picture| (CAMERA, picture)).collect(),
        positions: Arc::default(),
        needs: Arc::default(),
    })
}

fn camera_show() -> Show {
    let mut show = Show::new("Previews", shows::HD25);
    show.sources.push(shows::source(CAMERA.0, SourceKind::TestPattern { tag: 1 }));
    show
}

fn request(settings: PictureSettings) -> PreviewRequest {
    PreviewRequest { of: PreviewOf::Source(CAMERA), settings }
}

#[test]
fn the_picture_of_the_programme_is_seen_in_its_own_colours_with_what_is_set() {
    let (studio, shared) = (Studio::default(), shared(camera_show()));
    let previews = Previews::start(&studio, Arc::clone(&shared), Path::new("."));
    for (matrix, range) in [
        (engine::Matrix::Bt709, engine::Range::Limited),
        (engine::Matrix::Bt601, engine::Range::Limited),
        (engine::Matrix::Bt601, engine::Range::Full),
    ] {
        let format = PixelFormat { layout: PixelLayout::I420, matrix, range };
        // Half of the width and twice as high: pixels that are wider than high.
        let picture = halves((960, 1_080), format).with_pixel_aspect(2.0);
        shared.view.store(Some(view(Some(picture))));
        let plain = request(PictureSettings::default());
        let has_picture = |look: &PreviewLook| look.picture.is_some();
        previews.ask(None);
        let gone = || previews.link.newest().is_none().then_some(());
        assert!(time::wait_for(PATIENCE, gone).is_some(), "nothing is seen that nobody asks for");
        let seen = previews.wait(&plain, has_picture);
        let picture = seen.picture.as_ref().unwrap();
        assert_eq!((seen.of, picture.size()), ((1_920, 1_080), (640, 360)));
        for (x, colour) in [(0.25, GREEN), (0.75, RED)] {
            let codes = codes_at(picture, x, 0.5);
            assert!(is_near(codes, colour), "{matrix:?} {range:?}: {codes:?}");
        }
    }
    // Turned to the right, what was left is on top; and of that the upper half is cut off.
    let crop = Crop { top: 0.5, ..Crop::NONE };
    let turned = PictureSettings { rotation: Rotation::Right, crop, ..Default::default() };
    let seen = previews.wait(&request(turned), |look| look.picture.is_some());
    assert_eq!(seen.of, (1_080, 960));
    let codes = codes_at(seen.picture.as_ref().unwrap(), 0.5, 0.1);
    assert!(is_near(codes, RED), "{codes:?}");
}

#[test]
fn what_a_key_makes_transparent_shows_squares_of_two_greys() {
    let (studio, shared) = (Studio::default(), shared(camera_show()));
    shared.view.store(Some(view(Some(halves((1_280, 720), PixelFormat::PROGRAMME)))));
    let previews = Previews::start(&studio, shared, Path::new("."));
    let key = ChromaKey { colour: GREEN, similarity: 0.1, smoothness: 0.05, spill: 0.0 };
    let keyed = PictureSettings { key: Some(key), ..Default::default() };
    let seen = previews.wait(&request(keyed), |look| look.picture.is_some());
    let picture = seen.picture.as_ref().unwrap();
    assert!(is_near(codes_at(picture, 0.75, 0.5), RED));
    let greys: std::collections::BTreeSet<[u8; 3]> =
        (0..40).map(|at| codes_at(picture, 0.1 + f64::from(at) * 0.005, 0.5)).collect();
    assert_eq!(greys.len(), 2, "{greys:?}");
    assert!(greys.iter().all(|[_, cb, cr]| (*cb, *cr) == (128, 128)), "{greys:?}");
}

#[test]
fn what_is_not_open_is_seen_from_its_file_once_and_what_is_lost_keeps_its_picture() {
    let folder = tempfile::tempdir().unwrap();
    let blue = Colour::rgb(10, 120, 230);
    image::RgbImage::from_pixel(400, 200, image::Rgb([10, 120, 230]))
        .save(folder.path().join("blue.png"))
        .unwrap();
    media::init().unwrap();
    let mut show = camera_show();
    let film = made::small_film(3).to_str().unwrap().to_owned();
    for (id, path, kind) in
        [(1, film, AssetKind::Media), (2, "blue.png".to_owned(), AssetKind::Picture)]
    {
        show.assets.push(Asset { id: AssetId(id), path, kind, hash: None });
    }
    let play = PlayFile::whole(AssetId(1), FileEnd::Once);
    show.sources.push(shows::source(6, SourceKind::File(play)));
    show.sources.push(shows::source(7, SourceKind::Still { asset: AssetId(2) }));
    let shared = shared(show);
    let studio = Studio::default();
    let previews = Previews::start(&studio, Arc::clone(&shared), folder.path());
    let has_picture = |look: &PreviewLook| look.picture.is_some();
    let of = |id| PreviewRequest {
        of: PreviewOf::Source(SourceId(id)),
        settings: PictureSettings::default(),
    };
    let film = previews.wait(&of(6), has_picture);
    assert_eq!(film.picture.as_ref().unwrap().size().1, 360);
    let still = previews.wait(&of(7), has_picture);
    assert_eq!(still.of, (400, 200));
    let codes = codes_at(still.picture.as_ref().unwrap(), 0.5, 0.5);
    assert!(is_near(codes, blue), "{codes:?}");
    // A pattern that is open and then is not: the card that stands in for it is not its picture.
    shared.view.store(Some(view(Some(halves((640, 360), PixelFormat::PROGRAMME)))));
    previews.wait(&of(CAMERA.0), |look| {
        look.picture.as_ref().is_some_and(|picture| is_near(codes_at(picture, 0.25, 0.5), GREEN))
    });
}

/// A camera of this name as a new source.
fn camera(url: &str) -> PreviewRequest {
    let kind = SourceKind::Live { url: url.to_owned(), latency_millis: 200 };
    let source = Source::new(SourceId(77), "", "", kind);
    PreviewRequest {
        of: PreviewOf::New(Box::new(source), Vec::new()),
        settings: PictureSettings::default(),
    }
}

fn fakes() -> Arc<Fakes> {
    Arc::new(Fakes::default())
}

/// A film of this path.
fn file(path: &str) -> NeededFile {
    NeededFile { kind: AssetKind::Media, path: path.to_owned() }
}

const URL: &str = "rtmp://fake/live/camera";

#[test]
fn a_new_source_is_opened_once_it_is_settled_on_seen_and_heard_and_closed_with_its_dialog() {
    let fakes = fakes();
    let (first, second) =
        (fakes.add("rtmp://fake/other", shows::HD25, 3), fakes.add(URL, shows::HD25, 4));
    let previews = Previews::start(&fakes.studio(), shared(camera_show()), Path::new("."));
    // Passed over as it was typed.
    previews.ask(Some(&camera("rtmp://fake/other")));
    let request = camera(URL);
    let seen = previews.wait(&request, |look| {
        look.picture.is_some() && look.peak.is_some_and(|[left, right]| left > 0.0 && right > 0.0)
    });
    assert_eq!((seen.state, &seen.reason), (Some(SourceState::Live), &None));
    assert_eq!(first.opened(), 0, "what was passed over is never opened");
    previews.ask(None);
    let closed = time::wait_for(PATIENCE, || (second.closed() == 1).then_some(()));
    assert!(closed.is_some(), "it is closed");
    assert_eq!(second.opened(), 1);
    assert!(previews.link.newest().is_none());
}

#[test]
fn why_a_new_source_does_not_come_is_said_in_the_words_of_a_source() {
    let fakes = fakes();
    let fake = fakes.add(URL, shows::HD25, 4);
    fake.set(Life::Refuses);
    let previews = Previews::start(&fakes.studio(), shared(camera_show()), Path::new("."));
    let request = camera(URL);
    let seen = previews.wait(&request, |look| look.reason.is_some());
    let said = reasons::problem(&OpenError::Refused.into());
    assert_eq!((seen.reason.as_ref(), seen.state), (Some(&said), Some(SourceState::Lost)));
    // It comes by itself once it can.
    fake.set(Life::Sends);
    let seen = previews.wait(&request, |look| look.picture.is_some() && look.reason.is_none());
    assert_eq!(seen.state, Some(SourceState::Live));
}

#[test]
fn a_source_that_hangs_as_it_is_opened_holds_nothing_up() {
    let fakes = fakes();
    let (hangs, sends) =
        (fakes.add("rtmp://fake/hangs", shows::HD25, 3), fakes.add(URL, shows::HD25, 4));
    hangs.set(Life::HangsOpening);
    let previews = Previews::start(&fakes.studio(), shared(camera_show()), Path::new("."));
    let request = camera("rtmp://fake/hangs");
    previews.ask(Some(&request));
    assert!(time::wait_for(PATIENCE, || (hangs.opened() == 1).then_some(())).is_some());
    previews.wait(&request, |look| look.picture.is_none());
    previews.wait(&camera(URL), |look| look.picture.is_some());
    assert_eq!(sends.opened(), 1);
}

#[test]
fn what_is_added_while_it_is_seen_goes_on_without_being_opened_again() {
    let fakes = fakes();
    let fake = fakes.add(URL, shows::HD25, 4);
    let studio = fakes.studio();
    let previews = Previews::start(&studio, shared(camera_show()), Path::new("."));
    let request = camera(URL);
    previews.wait(&request, |look| look.picture.is_some());
    // The dialog closes as the source is added, a little before the program leases it.
    previews.ask(None);
    time::wait_for(PATIENCE, || previews.link.newest().is_none().then_some(())).unwrap();
    let PreviewOf::New(source, files) = request.of else { unreachable!() };
    let need = SourceNeed {
        source: Source { name: "Added".to_owned(), uid: "added".to_owned(), ..*source },
        files,
        run: Run::Free,
        seek: None,
        retries: 0,
        is_shown: true,
        replaces: false,
        coming: None,
    };
    let problems = Arc::<Problems>::default();
    let lease = studio
        .hub
        .lease((&need, Opening::default()), shows::HD25, Path::new("."), &problems)
        .unwrap()
        .unwrap();
    let alone = time::wait_for(PATIENCE, || (!lease.is_shared()).then_some(()));
    assert!(alone.is_some(), "the preview lets go of it");
    let before = lease.video.pop().map(|picture| picture.pts);
    assert!(
        time::wait_for(PATIENCE, || lease.video.pop().filter(|it| Some(it.pts) != before))
            .is_some()
    );
    assert_eq!((fake.opened(), fake.closed()), (1, 0));
}

#[test]
fn a_film_is_played_and_its_sound_measured_and_the_shows_own_is_left_alone() {
    media::init().unwrap();
    let film = made::small_film(3).to_str().unwrap().to_owned();
    let play = PlayFile::whole(AssetId(1), FileEnd::Loop);
    let source = Source::new(SourceId(78), "", "", SourceKind::File(play));
    let request = PreviewRequest {
        of: PreviewOf::New(Box::new(source), vec![file(&film)]),
        settings: PictureSettings::default(),
    };
    let previews = Previews::start(&Studio::default(), shared(camera_show()), Path::new("."));
    let first = previews.wait(&request, |look| look.picture.is_some());
    let first = first.picture.clone().unwrap();
    let moved = |look: &PreviewLook| {
        look.picture.as_ref().is_some_and(|picture| !picture.is_same(&first)) && look.peak.is_some()
    };
    previews.wait(&request, moved);
    let missing = PreviewOf::New(
        Box::new(Source::new(
            SourceId(78),
            "",
            "",
            SourceKind::File(PlayFile::whole(AssetId(1), FileEnd::Loop)),
        )),
        vec![file("/nowhere/film.mp4")],
    );
    let missing = PreviewRequest { of: missing, settings: PictureSettings::default() };
    let seen = previews.wait(&missing, |look| look.reason.is_some());
    assert!(seen.picture.is_none(), "the film before is not taken for it");
}

#[test]
fn a_program_takes_over_what_a_dialog_has_open() {
    tests::listed::assert_listed();
    let fakes = fakes();
    let fake = fakes.add(URL, shows::HD25, 4);
    let studio = fakes.studio();
    let session =
        Session::start(&studio, Show::new("Empty", shows::HD25), Options::default()).unwrap();
    let previews = Previews::start(&studio, Arc::clone(&session.shared), Path::new(""));
    let request = camera(URL);
    previews.wait(&request, |look| look.picture.is_some());
    let PreviewOf::New(source, _) = request.of else { unreachable!() };
    let added = Source { name: "Added".to_owned(), uid: "added".to_owned(), ..*source };
    let edit = Edit::Add(Item::Source(added));
    let kind = CommandKind::Edit(EditCommand::Do(Box::new(edit)));
    let command = engine::Command { program: session.program, ..shows::command(kind) };
    session.commands.send(command).unwrap();
    previews.ask(None);
    let is_live = || {
        let snapshot = session.shared.snapshot.load();
        (snapshot.sources.get(&SourceId(77)) == Some(&SourceState::Live)).then_some(())
    };
    assert!(time::wait_for(PATIENCE, is_live).is_some());
    time::sleep(Duration::from_secs(2));
    assert!(is_live().is_some());
    assert_eq!((fake.opened(), fake.closed()), (1, 0), "one connection, without a break");
}
