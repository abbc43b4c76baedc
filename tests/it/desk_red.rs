//! What is red and green on the desk: only what is on air and what is next. And what must be held says so.

use egui::{Color32, Shape};
use egui_kittest::kittest::Queryable;
use engine::{BusItems, OutputState, Pinned};
use ui::{Action, Language, Look, Notice, Reason, theme};

use crate::desk::{SIZES, Shown, look, snapshot};
use crate::desk_live::with_destination;

/// A desk on which nothing is on air and nothing is next.
fn idle() -> Look {
    let mut shown = snapshot();
    (shown.pgm, shown.pvw, shown.on_air) =
        (BusItems::default(), BusItems::default(), Pinned::empty());
    shown.tally.clear();
    look(shown)
}

/// How many faces, and how many dots, are filled with this colour.
fn filled(desk: &Shown, colour: Color32) -> (usize, usize) {
    fn count(shape: &Shape, colour: Color32) -> (usize, usize) {
        match shape {
            Shape::Rect(rect) => (usize::from(rect.fill == colour), 0),
            Shape::Circle(circle) => (0, usize::from(circle.fill == colour)),
            Shape::Vec(shapes) => shapes.iter().fold((0, 0), |sum, shape| {
                let more = count(shape, colour);
                (sum.0 + more.0, sum.1 + more.1)
            }),
            _ => (0, 0),
        }
    }
    let shapes = &desk.harness.output().shapes;
    shapes.iter().fold((0, 0), |sum, clipped| {
        let more = count(&clipped.shape, colour);
        (sum.0 + more.0, sum.1 + more.1)
    })
}

#[test]
fn nothing_is_red_or_green_while_nothing_is_on_air_or_next() {
    for size in SIZES {
        let mut shown = idle();
        shown.outputs = with_destination(None).outputs;
        // Mute is amber.
        shown.monitor.mute = true;
        let mut desk = Shown::new(Language::English, size, shown.clone());
        desk.took();
        for colour in [theme::ON_AIR_FILL, theme::ON_AIR_GROUND, theme::NEXT_GROUND] {
            assert_eq!(filled(&desk, colour).0, 0, "{size:?}, {colour:?}");
        }
        // A small dot says which buttons go on air: GO LIVE, RECORD, and those of both cards.
        assert_eq!(filled(&desk, theme::ON_AIR), (1, 4), "the name of PGM, and the dots");
        // What runs is lit in the head, and what ends it is quiet until it is held.
        shown.outputs[0].state = Some(OutputState::Live);
        *desk.look.borrow_mut() = shown;
        desk.took();
        assert_eq!(filled(&desk, theme::ON_AIR_FILL).0, 1);
        assert_eq!(filled(&desk, theme::ON_AIR_GROUND).0, 0);
    }
}

#[test]
fn an_output_is_green_only_while_nothing_is_lost() {
    let mut shown = with_destination(Some(OutputState::Live));
    shown.outputs[0].dropped = 0;
    let mut desk = Shown::new(Language::English, SIZES[0], shown.clone());
    desk.took();
    let (_, green) = filled(&desk, theme::NEXT);
    let (_, amber) = filled(&desk, theme::ATTENTION);
    shown.outputs[0].is_losing = true;
    *desk.look.borrow_mut() = shown;
    desk.took();
    assert_eq!(filled(&desk, theme::NEXT).1, green - 1);
    assert_eq!(filled(&desk, theme::ATTENTION).1, amber + 1);
    // What was lost with a recording's file is lost for good, though the recording goes on.
    let mut shown = desk.look.borrow().clone();
    shown.outputs[0].is_losing = false;
    let why = Reason::new("trouble-record-deleted", [("path", "/a/b.mkv".to_owned())]);
    shown.problems.insert(shown.outputs[0].id.into(), why);
    *desk.look.borrow_mut() = shown;
    desk.took();
    assert_eq!(filled(&desk, theme::NEXT).1, green - 1);
}

#[test]
fn a_button_that_must_be_held_says_so_when_it_is_let_go_too_early() {
    for (language, live, said) in [
        (Language::English, "GO LIVE", "Hold the button until it is full."),
        (Language::Chinese, "全部直播", "请按住按钮直到填满。"),
    ] {
        let mut desk = Shown::new(language, SIZES[0], with_destination(None));
        desk.took();
        assert!(desk.harness.query_by_label(said).is_none());
        assert_eq!(desk.click(live), []);
        desk.harness.get_by_label(said);
        // Held long enough it says nothing.
        let mut desk = Shown::new(language, SIZES[0], with_destination(None));
        desk.took();
        assert_eq!(desk.hold(live).len(), 1);
        assert!(desk.harness.query_by_label(said).is_none());
        // By the keyboard, let go too early.
        desk.harness.get_by_label(live).focus();
        desk.took();
        desk.harness.key_down(egui::Key::Space);
        desk.harness.step();
        desk.harness.key_up(egui::Key::Space);
        assert_eq!(desk.took(), []);
        desk.harness.get_by_label(said);
    }
}

#[test]
fn a_recording_that_ended_can_be_shown_in_its_folder() {
    for size in SIZES {
        for (language, said, button) in [
            (Language::English, "Recorded 00:12:40, 1.20 GB: /films/a.mkv", "Show in folder"),
            (Language::Chinese, "已录制 00:12:40，1.20 GB：/films/a.mkv", "在文件夹中显示"),
        ] {
            let mut desk = Shown::new(language, size, look(snapshot()));
            desk.took();
            // An error that is said does not hide it.
            let values = [("time", "00:12:40"), ("size", "1.20 GB"), ("path", "/films/a.mkv")];
            let reason =
                Reason::new("recorded", values.map(|(name, value)| (name, value.to_owned())));
            let notices = vec![
                Notice::Error("busy", String::new()),
                Notice::Recorded(reason, "/films/a.mkv".into()),
            ];
            desk.look.borrow_mut().notices = notices;
            desk.harness.step();
            desk.look.borrow_mut().notices.clear();
            desk.took();
            desk.harness.get_by_label(said);
            assert_eq!(desk.click(button), [Action::ShowInFolder("/films/a.mkv".into())]);
            // It was asked for: it is not offered any more.
            assert!(desk.harness.query_by_label(button).is_none());
        }
    }
}

#[test]
fn a_reason_is_read_whole_on_its_card_with_the_button_that_helps() {
    for size in SIZES {
        for (key, values, button) in [
            ("trouble-no-key", vec![("name", "city-portal")], Some("Enter stream key…")),
            (
                "trouble-rtmp-system",
                vec![("host", "a.example.org"), ("error", "Connection refused (os error 111)")],
                None,
            ),
            (
                "trouble-record-open",
                vec![
                    ("path", "/a/very/long/path/of/a/folder/that/is/not/there/at/all/harbour.mkv"),
                    ("error", "No such file or directory (os error 2)"),
                ],
                Some("Choose another folder…"),
            ),
        ] {
            let values = values.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
            let reason = Reason { key, values };
            let mut shown = with_destination(Some(OutputState::Failed));
            let id = shown.outputs[0].id;
            shown.problems.insert(id.into(), reason.clone());
            let mut desk = Shown::new(Language::English, size, shown);
            desk.took();
            let whole = ui::Translations::new(Language::English).reason(&reason);
            let note = desk.harness.get_by_label(&whole).rect();
            // As many lines as it takes: a letter is about six points wide.
            let lines = (whole.chars().count() as f32 * 5.0 / note.width()).ceil();
            assert!(note.height() >= lines.max(1.0) * 12.0, "{note:?} for {whole}");
            let again = desk.harness.get_by_label("Try again").rect();
            assert!(note.bottom() <= again.top(), "{note:?} {again:?}");
            if let Some(button) = button {
                let place = desk.harness.get_by_label(button).rect();
                assert!(note.bottom() <= place.top() && place.bottom() <= again.top());
                // It opens the settings of that output, which are the desk's own.
                assert_eq!(desk.click(button), []);
                assert!(desk.harness.query_by_label("Try again").is_some());
            }
        }
    }
}
