//! PGM's line of health, what waits to be updated on it, and films that end there.

use std::sync::Arc;

use egui_kittest::kittest::Queryable;
use engine::{Pinned, Snapshot, SourceState, Tally};
use show::{LayoutId, Show, SourceId, SourceKind};
use ui::{Action, FilmLeft, Language, Look, SourceLook, waiting_changes};

use crate::desk::{SIZES, Shown, look, snapshot};

const CAMERA: SourceId = SourceId(12);
const FILM: SourceId = SourceId(13);

/// These sources are on air, in these states.
fn on_air(sources: &[(SourceId, SourceState)]) -> Look {
    let mut shown = snapshot();
    for (id, state) in sources {
        shown.tally.insert(*id, Tally::Program);
        shown.sources.insert(*id, *state);
    }
    let mut shown = look(shown);
    for (id, _) in sources {
        shown.sources.insert(*id, SourceLook::default());
    }
    shown
}

#[test]
fn pgm_says_beside_its_name_what_its_viewers_miss() {
    for size in SIZES {
        for (language, said) in [
            (
                Language::English,
                [
                    "LOST: Camera 2, lost",
                    "BLACK: The programme is black.",
                    "FROZEN: Camera 2, stalled",
                    "FROZEN: Camera 2",
                    "ENDED: Film",
                    "SILENT: Nothing is heard in the programme: look at faders, mutes and AFV.",
                    "1:05 left: Film",
                ],
            ),
            (
                Language::Chinese,
                [
                    "丢失: Camera 2, 丢失",
                    "黑场: 播出画面全黑。",
                    "静帧: Camera 2, 停滞",
                    "静帧: Camera 2",
                    "已播完: Film",
                    "无声: 播出没有声音：请检查推子、静音和音频跟随。",
                    "剩余 1:05: Film",
                ],
            ),
        ] {
            let [lost, black, stalled, frozen, ended, silent, left] = said;
            let with = |change: &dyn Fn(&mut Look)| {
                let mut shown = on_air(&[(CAMERA, SourceState::Live), (FILM, SourceState::Live)]);
                change(&mut shown);
                shown
            };
            let film = FilmLeft { source: FILM, left_millis: 64_200 };
            for (said, shown) in [
                (lost, on_air(&[(CAMERA, SourceState::Lost)])),
                (black, with(&|look| look.health.black = true)),
                (stalled, on_air(&[(CAMERA, SourceState::Stalled)])),
                (frozen, with(&|look| look.health.frozen = [CAMERA].into())),
                (ended, on_air(&[(FILM, SourceState::Ended)])),
                (silent, with(&|look| look.health.silent = true)),
                (left, with(&|look| look.health.film = Some(film))),
            ] {
                let mut desk = Shown::new(language, size, shown);
                desk.took();
                desk.harness.get_by_label(said);
                // And none of it while all is well, or while it is not on air.
                *desk.look.borrow_mut() = look(snapshot());
                desk.took();
                assert!(desk.harness.query_by_label(said).is_none(), "{said}");
            }
        }
    }
}

#[test]
fn the_worst_comes_first_and_is_left_where_there_is_no_room_for_all() {
    let mut shown = on_air(&[
        (CAMERA, SourceState::Lost),
        (FILM, SourceState::Ended),
        (SourceId(11), SourceState::Stalled),
    ]);
    shown.health.black = true;
    shown.health.silent = true;
    let order = ["LOST: ", "BLACK: ", "FROZEN: ", "ENDED: ", "SILENT: "];
    let mut desk = Shown::new(Language::English, SIZES[1], shown.clone());
    desk.took();
    let lefts = order.map(|said| desk.harness.get_by_label_contains(said).rect().left());
    assert!(lefts.is_sorted(), "{lefts:?}");
    let mut desk = Shown::new(Language::English, (900.0, 600.0), shown);
    desk.took();
    let rects: Vec<_> = order
        .iter()
        .filter_map(|said| Some(desk.harness.query_by_label_contains(said)?.rect()))
        .collect();
    assert!(desk.harness.query_by_label_contains("LOST: ").is_some());
    assert!((1..order.len()).contains(&rects.len()), "{rects:?}");
    assert!(rects.windows(2).all(|pair| pair[0].right() <= pair[1].left()), "{rects:?}");
}

#[test]
fn each_film_that_ends_on_air_is_told_also_when_two_end_at_once() {
    for (language, log, told, quiet) in [
        (Language::English, "Log", "has ended on air: its last picture stays", "Camera 2: ended"),
        (Language::Chinese, "日志", "已在播出中播完：停在最后一帧", "Camera 2：已播完"),
    ] {
        let films = [(SourceId(11), SourceState::Live), (FILM, SourceState::Live)];
        let mut desk = Shown::new(language, SIZES[0], on_air(&films));
        desk.click(log);
        assert!(desk.harness.query_by_label_contains(told).is_none());
        let mut ended = on_air(&films.map(|(id, _)| (id, SourceState::Ended)));
        let mut changed = ended.snapshot.as_ref().clone();
        // One that is not on air is worth a line of the log.
        changed.tally.remove(&CAMERA);
        changed.sources.insert(CAMERA, SourceState::Ended);
        ended.snapshot = Arc::new(changed);
        *desk.look.borrow_mut() = ended;
        desk.took();
        for name in ["Camera 1", "Film"] {
            let said = format!("{name} {told}");
            assert_eq!(desk.harness.query_all_by_label(&said).count(), 2, "a toast and a line");
        }
        assert_eq!(desk.harness.query_all_by_label(quiet).count(), 1);
        let tile = if language == Language::English {
            "Film, on air, ended"
        } else {
            "Film, 播出中, 已播完"
        };
        desk.harness.get_by_label(tile);
    }
}

/// A film that ends on air with what follows it, as the desk shows that.
fn ended(end: show::FileEnd, change: impl FnOnce(&mut Snapshot)) -> Look {
    let mut ended = on_air(&[(FILM, SourceState::Ended)]);
    let mut changed = ended.snapshot.as_ref().clone();
    let mut show = Show::clone(&changed.show);
    let film = show.sources.iter_mut().find(|source| source.id == FILM).unwrap();
    let SourceKind::File(play) = &mut film.kind else { panic!("no film") };
    play.end = end;
    changed.show = Arc::new(show);
    change(&mut changed);
    ended.snapshot = Arc::new(changed);
    ended
}

#[test]
fn what_follows_a_film_is_told_with_what_viewers_see() {
    for (language, log) in [(Language::English, "Log"), (Language::Chinese, "日志")] {
        let said = |look: Look| {
            let live = on_air(&[(FILM, SourceState::Live)]);
            let mut desk = Shown::new(language, SIZES[0], live);
            desk.click(log);
            *desk.look.borrow_mut() = look;
            desk.took();
            let told = ["told-film-ended", "told-film-black", "told-standby-after-film"];
            let count = |key: &&str| {
                let said = crate::desk_building::words(language, key);
                let words: Vec<&str> = said.split(['{', '}']).step_by(2).map(str::trim).collect();
                let longest = words.into_iter().max_by_key(|part| part.len()).unwrap();
                desk.harness.query_all_by_label_contains(longest).count()
            };
            told.each_ref().map(count)
        };
        use show::FileEnd::{Back, Black, Once, Standby};
        assert_eq!(said(ended(Once, |_| {})), [2, 0, 0], "a toast and a line");
        assert_eq!(said(ended(Black, |_| {})), [0, 2, 0]);
        // There is no standby, or nothing to go back to.
        assert_eq!(said(ended(Standby, |_| {})), [2, 0, 0]);
        assert_eq!(said(ended(Back, |_| {})), [2, 0, 0]);
        let follows = |shown: &mut Snapshot| {
            shown.standby = engine::StandbyState::AfterFilm;
            shown.tally.remove(&FILM);
        };
        assert_eq!(said(ended(Standby, follows)), [0, 0, 1]);
        let progress = engine::Progress::Hand(1);
        let back = |shown: &mut Snapshot| shown.transition = Some(progress);
        assert_eq!(said(ended(Back, back)), [0, 0, 0], "it is told by the engine's event");
    }
}

/// What is on PGM is as the show had it, and the show is another now.
fn edited(edit: impl FnOnce(&mut Show)) -> Snapshot {
    let mut snapshot = snapshot();
    snapshot.on_air = snapshot.pgm.pin(&snapshot.show);
    let mut show = Show::clone(&snapshot.show);
    edit(&mut show);
    snapshot.show = Arc::new(show);
    snapshot
}

#[test]
fn what_waits_to_be_updated_on_air_is_counted() {
    // The scene on PGM: one pane with Camera 1, and the logo.
    let pane = |show: &mut Show| show.layouts[0].panes[0].opacity = 0.5;
    let logo = |show: &mut Show| show.components[0].opacity = 0.5;
    let camera = |show: &mut Show| show.sources[0].kind = SourceKind::TestPattern { tag: 9 };
    assert_eq!(waiting_changes(&edited(|_| {})), 0);
    assert_eq!(waiting_changes(&edited(pane)), 1);
    assert_eq!(waiting_changes(&edited(logo)), 1);
    assert_eq!(waiting_changes(&edited(camera)), 1);
    let all = edited(|show| (pane(show), logo(show), camera(show)).0);
    assert_eq!(waiting_changes(&all), 3);
    // A graphic that was removed.
    let remove = |show: &mut Show| show.components.retain(|component| component.id.0 != 31);
    assert_eq!(waiting_changes(&edited(remove)), 1);
    // Another picture in the same place is one change: its source comes with it.
    let other = |show: &mut Show| show.layouts[0].panes[0].feed = show::Feed::Source(CAMERA);
    assert_eq!(waiting_changes(&edited(other)), 1);
    // No viewer sees a name, what is not on air, or that a layout was removed: an update keeps it.
    let names = |show: &mut Show| {
        show.layouts[0].name.push('!');
        show.sources[0].name.push('!');
        show.components[0].name.push('!');
        show.components[1].opacity = 0.5;
    };
    assert_eq!(waiting_changes(&edited(names)), 0);
    assert_eq!(waiting_changes(&edited(|show| show.layouts.retain(|l| l.id != LayoutId(21)))), 0);
    // With an engine that really updates, nothing is left after it.
    let mut snapshot = edited(pane);
    snapshot.on_air = snapshot.on_air.items.pin(&snapshot.show);
    assert_eq!(waiting_changes(&snapshot), 0);
}

#[test]
fn update_on_air_says_how_much_waits_or_why_nothing_does() {
    for size in SIZES {
        for (language, counted, nothing, empty) in [
            (
                Language::English,
                "Update on air (2)",
                "Update on air: What is on air is as the show has it.",
                "Update on air: Nothing is on air",
            ),
            (
                Language::Chinese,
                "更新播出 (2)",
                "更新播出: 播出画面与节目一致，没有待更新的修改。",
                "更新播出: 没有播出内容",
            ),
        ] {
            let two = edited(|show| {
                show.layouts[0].panes[0].opacity = 0.5;
                show.components[0].opacity = 0.5;
            });
            let mut desk = Shown::new(language, size, look(two));
            desk.took();
            assert_eq!(desk.click(counted), [Action::Update]);
            *desk.look.borrow_mut() = look(edited(|_| {}));
            desk.took();
            assert_eq!(desk.click(nothing), []);
            let mut off = snapshot();
            (off.pgm, off.on_air) = (engine::BusItems::default(), Pinned::empty());
            *desk.look.borrow_mut() = look(off);
            desk.took();
            assert_eq!(desk.click(empty), []);
        }
    }
}
