//! What the window measures of PGM: black, frozen, silent, and how much is left of a film.

use std::sync::Arc;

use drawing::pictures;
use engine::{Engine, Frame, FrameIndex, PixelFormat, ProgramId, Snapshot, SourceState, Tally};
use show::{FileEnd, PlayFile, SourceId, SourceKind, Template};
use studio::program::slot::PlayPosition;
use studio::program::view::ProgramView;
use studio::window::films::films;
use studio::window::monitor_link::Posters;
use studio::window::pgm_measures::{PgmMeasures, PgmMeter};
use studio::window::pgm_watch::PgmWatch;
use tests::shows;
use ui::{FilmLeft, FilmLook, HealthLook, Thumbnail};

const FILM: SourceId = SourceId(3);
const SECOND: u64 = 1_000_000_000;
const LOUD: [f32; 2] = [0.0, 0.01];

/// A picture that is black but for one patch of this luma, 16 by 16 pixels large.
fn dark(patch: u8) -> Frame {
    pictures::picture((320, 180), PixelFormat::PROGRAMME, 0, |plane, _, x, y| match plane {
        0 if (160..176).contains(&x) && (96..112).contains(&y) => patch,
        0 => 16,
        _ => 128,
    })
}

fn view(frame: u64, pgm: Frame, source: &Frame) -> ProgramView {
    ProgramView {
        frame: FrameIndex(frame),
        pgm,
        pvw: engine::Pinned::empty(),
        pictures: vec![(FILM, source.clone())],
        positions: Arc::new([]),
        needs: Arc::default(),
    }
}

#[test]
fn black_and_pictures_that_stay_are_measured() {
    let mut meter = PgmMeter::default();
    let (first, second) = (dark(16), dark(16));
    let lit = meter.measure(&view(10, dark(60), &first));
    assert_eq!(lit.black_since, None, "what is seen is not black, however small");
    let black = meter.measure(&view(12, dark(18), &first));
    assert_eq!(black.black_since, Some(FrameIndex(12)));
    assert_eq!(black.same_since[&FILM], FrameIndex(10));
    // The same bytes in another picture are a new picture: nothing stands still.
    let moved = meter.measure(&view(14, dark(18), &second));
    assert_eq!(moved.black_since, Some(FrameIndex(12)));
    assert_eq!(moved.same_since[&FILM], FrameIndex(14));
    assert_eq!(meter.measure(&view(16, dark(60), &second)).black_since, None);
}

/// A film of 10 s from its second 1 on, alone on air.
fn on_air(end: FileEnd, out_millis: Option<u64>) -> Snapshot {
    let mut show = shows::full();
    let play = PlayFile { end, in_millis: 1_000, out_millis, ..film_of(&show) };
    show.sources[0].kind = SourceKind::File(play);
    let layout = Template::Single.layout(show::LayoutId(90), "Film", &[show::Feed::Source(FILM)]);
    show.layouts.push(layout);
    let mut snapshot = Engine::new(ProgramId(0), Arc::new(show)).snapshot();
    snapshot.pgm.layout = Some(show::LayoutId(90));
    snapshot.on_air = snapshot.pgm.pin(&snapshot.show);
    snapshot.tally.insert(FILM, Tally::Program);
    snapshot.sources.insert(FILM, SourceState::Live);
    snapshot
}

fn film_of(show: &show::Show) -> PlayFile {
    match &show.sources[0].kind {
        SourceKind::File(play) => *play,
        other => panic!("{other:?}"),
    }
}

fn posters() -> Posters {
    let (size, rgba, of, length_millis) = ((2, 2), vec![0; 16], (2, 2), Some(10_000));
    let poster = Arc::new(Thumbnail { size, rgba, of, length_millis });
    Posters { pictures: [(FILM.into(), poster)].into(), ..Posters::default() }
}

/// It began on frame 50, and its picture is another since frame `since`.
fn measured(since: u64) -> PgmMeasures {
    let origin = Some(2 * SECOND as i64);
    let (take, shift) = (0, 0);
    let position = PlayPosition { source: FILM, take, origin, paused: None, shift, seen: true };
    PgmMeasures {
        black_since: None,
        same_since: [(FILM, FrameIndex(since))].into(),
        positions: Arc::new([position]),
    }
}

fn look(watch: &mut PgmWatch, snapshot: &Snapshot, frame: u64, since: u64) -> HealthLook {
    let at = (FrameIndex(frame), &measured(since));
    watch.look(snapshot, at, &posters(), (LOUD, frame * SECOND / 25))
}

#[test]
fn a_film_on_air_says_how_much_is_left_of_it() {
    let left = |snapshot: &Snapshot, frame| {
        look(&mut PgmWatch::default(), snapshot, frame, frame).film.map(|film| film.left_millis)
    };
    let whole = on_air(FileEnd::Once, None);
    assert_eq!(left(&whole, 50), Some(9_000));
    assert_eq!(left(&whole, 50 + 200), Some(1_000));
    assert_eq!(left(&whole, 50 + 300), Some(0));
    assert_eq!(left(&on_air(FileEnd::Once, Some(4_000)), 50 + 25), Some(2_000));
    assert_eq!(left(&on_air(FileEnd::Once, Some(90_000)), 50), Some(9_000), "the file is shorter");
    assert_eq!(left(&on_air(FileEnd::Loop, None), 50), None, "it never ends");
    let mut cued = on_air(FileEnd::Once, None);
    cued.sources.insert(FILM, SourceState::Ended);
    assert_eq!(left(&cued, 60), None);
    let mut watch = PgmWatch::default();
    let film = look(&mut watch, &whole, 50, 50).film;
    assert_eq!(film, Some(FilmLeft { source: FILM, left_millis: 9_000 }));
}

#[test]
fn a_source_is_frozen_two_seconds_after_its_last_new_picture_on_air() {
    let snapshot = on_air(FileEnd::Once, None);
    let mut watch = PgmWatch::default();
    // It stood at its cue for long, and that was not on air.
    assert!(look(&mut watch, &snapshot, 1_000, 10).frozen.is_empty());
    assert!(look(&mut watch, &snapshot, 1_049, 10).frozen.is_empty());
    assert_eq!(look(&mut watch, &snapshot, 1_050, 10).frozen, [FILM].into());
    let mut paused = snapshot.clone();
    paused.paused.insert(FILM);
    assert!(look(&mut watch, &paused, 1_050, 10).frozen.is_empty(), "it is paused");
    assert!(look(&mut watch, &snapshot, 1_051, 1_051).frozen.is_empty());
    // A screen stands still for as long as nobody touches it.
    let mut still = snapshot.clone();
    let mut show = (*still.show).clone();
    let (area, cursor, rate) = (show::ScreenArea::Desktop, true, None);
    show.sources[0].kind = SourceKind::Screen(show::ScreenSource { area, cursor, rate });
    still.on_air = still.pgm.pin(&show);
    assert!(look(&mut watch, &still, 1_200, 1_051).frozen.is_empty());
    // One that has ended stands, and that is said otherwise.
    let mut ended = snapshot;
    ended.sources.insert(FILM, SourceState::Ended);
    assert!(look(&mut watch, &ended, 1_200, 1_051).frozen.is_empty());
}

#[test]
fn the_programme_is_silent_after_three_seconds_unless_nothing_is_on_air() {
    let snapshot = on_air(FileEnd::Once, None);
    let mut watch = PgmWatch::default();
    let mut silent = |snapshot: &Snapshot, peak: f32, millis: u64| {
        let at = (FrameIndex(millis / 40), &measured(millis / 40));
        watch.look(snapshot, at, &Posters::default(), ([peak, 0.0], millis * 1_000_000)).silent
    };
    assert!(!silent(&snapshot, 0.01, 1_000));
    // -60 dB and below is silence.
    assert!(!silent(&snapshot, 0.000_9, 3_999));
    assert!(silent(&snapshot, 0.000_9, 4_000));
    assert!(!silent(&snapshot, 0.1, 4_040), "at once when it is heard again");
    let mut empty = snapshot.clone();
    (empty.on_air, empty.pgm) = (engine::Pinned::empty(), engine::BusItems::default());
    assert!(!silent(&empty, 0.0, 9_000));
    assert!(!silent(&snapshot, 0.0, 11_900), "it has just begun");
    assert!(silent(&snapshot, 0.0, 12_000));
}

#[test]
fn pgm_is_black_after_a_second() {
    let snapshot = on_air(FileEnd::Once, None);
    let mut watch = PgmWatch::default();
    let mut black = |frame| {
        let measured = PgmMeasures { black_since: Some(FrameIndex(100)), ..measured(frame) };
        let at = (FrameIndex(frame), &measured);
        watch.look(&snapshot, at, &Posters::default(), (LOUD, frame * SECOND / 25)).black
    };
    assert!(!black(124));
    assert!(black(125));
}

#[test]
fn an_open_film_says_where_it_is_also_while_it_is_paused() {
    let place = |snapshot: &Snapshot, position: &[PlayPosition], frame| {
        films(snapshot, FrameIndex(frame), position, &posters().pictures).get(&FILM).copied()
    };
    let at = |at_millis| Some(FilmLook { at_millis, length_millis: Some(9_000) });
    let (once, runs) = (on_air(FileEnd::Once, None), measured(0).positions);
    assert_eq!(place(&once, &runs, 50), at(0));
    assert_eq!(place(&once, &runs, 50 + 25), at(1_000));
    assert_eq!(place(&once, &runs, 50 + 300), at(9_000));
    assert_eq!(place(&on_air(FileEnd::Loop, None), &runs, 50 + 250), at(1_000), "the next lap");
    let paused = [PlayPosition { origin: None, paused: Some(4 * SECOND as i64), ..runs[0] }];
    assert_eq!(place(&once, &paused, 900), at(4_000));
    let unread = [PlayPosition { origin: None, paused: None, ..runs[0] }];
    assert_eq!(place(&once, &unread, 900), None);
}
