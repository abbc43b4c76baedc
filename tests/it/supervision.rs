//! What a source brings: black, still and silent are told from what is not, said at the desk after a time, and bring
//! the standby.

use egui_kittest::kittest::Queryable;
use engine::{Frame, FramePool, Mix, Report, SourceSignal, SourceState, StandbyState, Switch};
use media::signal::{SignalLevels, SignalState, SignalWatch};
use show::{Edit, SourceId, Standby, StripMode, Supervision};
use ui::{Action, LackLook, Language, SourceLook};

use crate::desk::{SIZES, Shown, look, snapshot};
use crate::desk_building::words;
use crate::engine_live::{Desk, OPENING, prepare_all};
use crate::engine_standby::{CAMERA, FILM, LIVE, PATTERN, changes, on_air};

/// A picture of one luma, with a square of another at its left upper corner.
fn picture(luma: u8, square: Option<(usize, u8)>) -> Frame {
    let pool = FramePool::new(640, 360, 2);
    let mut canvas = pool.take();
    let (bytes, stride) = canvas.plane_mut(0);
    bytes.fill(luma);
    if let Some((side, luma)) = square {
        bytes.chunks_mut(stride).take(side).for_each(|row| row[..side].fill(luma));
    }
    canvas.finish()
}

/// What is known after these pictures, one each 40 ms.
fn after(pictures: &[Frame]) -> SignalState {
    let watch = SignalWatch::default();
    for (picture, time) in pictures.iter().zip(0..) {
        watch.see(time * 40_000_000, picture);
    }
    watch.get()
}

const MILLI: i64 = 1_000_000;

#[test]
fn a_picture_is_black_if_nothing_of_it_is_lit() {
    let black = vec![picture(16, None); 26];
    assert_eq!(after(&black).black, 1_000 * MILLI);
    // Coding noise is black still, a clock in a corner is not.
    assert_eq!(after(&vec![picture(22, None); 26]).black, 1_000 * MILLI);
    assert_eq!(after(&vec![picture(16, Some((40, 120))); 26]).black, 0);
    assert_eq!(after(&vec![picture(60, None); 26]).black, 0);
    let mut lit = black.clone();
    lit[20] = picture(100, None);
    assert_eq!(after(&lit).black, 200 * MILLI, "since it was lit");
    let watch = SignalWatch::default();
    watch.set_levels(SignalLevels { black: 70, ..SignalLevels::default() });
    (0..26).for_each(|n| watch.see(n * 40 * MILLI, &picture(60, None)));
    assert_eq!(watch.get().black, 1_000 * MILLI, "as dark as the show says");
}

#[test]
fn a_picture_stands_still_if_nothing_of_it_moves() {
    let still = vec![picture(90, Some((120, 180))); 26];
    assert_eq!(after(&still).frozen, 1_000 * MILLI);
    // What a keyframe changes of a still picture.
    let coded: Vec<_> = (0..26).map(|n| picture(90 + n % 2 * 3, Some((120, 180)))).collect();
    assert_eq!(after(&coded).frozen, 1_000 * MILLI);
    let moves: Vec<_> = (0..26).map(|n| picture(90, Some((60 + 4 * n, 180)))).collect();
    assert!(after(&moves).frozen <= 80 * MILLI, "{:?}", after(&moves));
    let mut once = still;
    once[15] = picture(40, None);
    assert_eq!(after(&once).frozen, 360 * MILLI, "since it was the picture from then on");
}

#[test]
fn sound_is_silent_below_its_level_and_time_that_goes_back_begins_anew() {
    let watch = SignalWatch::default();
    assert_eq!(watch.get().silent, None, "there is no sound");
    let hear = |from: i64, blocks: i64, level: f32| {
        (0..blocks).for_each(|n| watch.hear((from + n * 20) * MILLI, &[0.0, level, -level, 0.0]));
    };
    hear(20, 50, 0.5);
    assert_eq!(watch.get().silent, Some(0));
    hear(1_020, 50, 0.000_9);
    assert_eq!(watch.get().silent, Some(1_000 * MILLI), "below -60 dBFS");
    hear(2_020, 1, 0.001_1);
    assert_eq!(watch.get().silent, Some(0));
    // The next take.
    hear(20, 1, 0.0);
    assert_eq!(watch.get().silent, Some(0));
    let supervision = Supervision { silent_db: -20, ..Supervision::default() };
    watch.set_levels(SignalLevels {
        silent: supervision.silent_amplitude(),
        black: supervision.black_luma(),
    });
    hear(40, 51, 0.09);
    assert_eq!(watch.get().silent, Some(1_020 * MILLI), "below -20 dBFS, as the show says");
    assert_eq!(Supervision::default().black_luma(), 25);
    assert_eq!(Supervision { black_percent: 0, ..supervision }.black_luma(), 16);
    assert_eq!(Supervision { black_percent: 100, ..supervision }.black_luma(), 235);
}

const NOTHING: SourceSignal = SourceSignal { black: true, silent: true };

#[test]
fn the_standby_comes_when_pgm_is_black_and_silent_and_goes_when_it_is_not() {
    let signal = |desk: &mut Desk, black, silent| {
        desk.0.report(Report::Signal(LIVE, SourceSignal { black, silent }));
    };
    let mut desk = on_air(Standby::new(PATTERN));
    // Black with sound is a pause, and a picture without sound is a picture.
    signal(&mut desk, true, false);
    assert_eq!(changes(&mut desk, 200), [(0, LIVE)]);
    signal(&mut desk, false, true);
    assert_eq!(changes(&mut desk, 200), [(0, LIVE)]);
    signal(&mut desk, true, true);
    assert_eq!(changes(&mut desk, 100), [(0, LIVE), (75, PATTERN)]);
    assert_eq!(desk.0.snapshot().standby, StandbyState::Automatic);
    signal(&mut desk, true, false);
    assert_eq!(changes(&mut desk, 50), [(0, PATTERN), (25, LIVE)]);
    // What is closed says nothing any more.
    signal(&mut desk, true, true);
    desk.0.report(Report::SourceClosed(LIVE));
    desk.0.report(Report::Source(LIVE, SourceState::Live));
    assert_eq!(changes(&mut desk, 200), [(0, LIVE)]);
}

#[test]
fn a_black_and_silent_source_is_no_fault_while_something_else_is_seen_or_heard() {
    // A film that is heard though it is not on PGM.
    let mut desk = on_air(Standby::new(PATTERN));
    desk.0.report(Report::Signal(LIVE, NOTHING));
    desk.0.report(Report::Signal(FILM, SourceSignal::default()));
    desk.ask(engine::CommandKind::Mix(Mix::Mode(FILM, StripMode::On))).unwrap();
    assert_eq!(changes(&mut desk, 200), [(0, LIVE)]);
    desk.ask(engine::CommandKind::Mix(Mix::Mute(FILM, true))).unwrap();
    assert_eq!(changes(&mut desk, 100), [(0, LIVE), (75, PATTERN)]);
    // A scene with its graphics.
    let mut desk = on_air(Standby::new(PATTERN));
    prepare_all(&mut desk.0);
    desk.switch(Switch::Take(OPENING)).unwrap();
    desk.tick();
    for id in desk.0.snapshot().on_air.sources.iter().map(|source| source.id).collect::<Vec<_>>() {
        desk.0.report(Report::Signal(id, NOTHING));
    }
    let has_graphics = !desk.0.snapshot().on_air.graphics.is_empty();
    assert!(has_graphics, "the scene has a graphic");
    assert!(changes(&mut desk, 200).iter().all(|(_, shown)| *shown != PATTERN));
    desk.switch(Switch::TakeLayout(CAMERA)).unwrap();
}

#[test]
fn what_a_source_lacks_is_said_on_its_thumbnail() {
    for language in Language::ALL {
        for (lack, key) in [
            (LackLook::Black(12_400), "source-black"),
            (LackLook::Frozen(12_400), "source-frozen"),
            (LackLook::Silent(12_400), "source-no-level"),
        ] {
            let mut shown = snapshot();
            let id = SourceId(12);
            shown.sources.insert(id, SourceState::Live);
            let mut look = look(shown);
            look.sources.insert(id, SourceLook { lack: Some(lack), ..SourceLook::default() });
            let mut desk = Shown::new(language, SIZES[0], look);
            desk.took();
            let words = ui::Translations::new(language).with(key, "seconds", "12".to_owned());
            assert!(desk.has(&words), "{words}");
        }
    }
}

#[test]
fn when_it_is_said_is_set_on_a_page_of_the_settings() {
    for size in SIZES {
        for language in Language::ALL {
            let say = |key: &str| words(language, key);
            let mut desk = Shown::new(language, size, look(snapshot()));
            desk.key(crate::desk_building::CTRL, egui::Key::Comma);
            desk.took();
            assert_eq!(desk.click(&say("supervision-page")), []);
            assert_eq!(desk.click(&say("tell-frozen")), []);
            assert!(!desk.has(&say("frozen-time")), "it is not said at all");
            desk.harness.get_by_label(&say("apply")).click();
            let wanted = Supervision { frozen_millis: None, ..Supervision::default() };
            assert_eq!(desk.waited(), [Action::Edit(vec![Edit::Supervision(wanted)])]);
        }
    }
}
