//! What the desk says of pictures that were lost: never green, and seen until it is reset.

use egui_kittest::kittest::Queryable;
use engine::OutputState;
use ui::{Action, Language, Look, Status};

use crate::desk::{SIZES, Shown, look, snapshot};
use crate::desk_building::words;
use crate::desk_live::with_destination;

/// A stream that is live and has lost this many pictures.
fn losing(dropped: u64, repeated: u64, is_losing: bool) -> Look {
    let mut shown = with_destination(Some(OutputState::Live));
    let stream = &mut shown.outputs[0];
    (stream.dropped, stream.repeated, stream.is_losing) = (dropped, repeated, is_losing);
    shown
}

#[test]
fn an_output_that_loses_pictures_says_so_and_its_count_stays_until_it_is_reset() {
    for size in SIZES {
        for (language, state, live, counts, reset) in [
            (
                Language::English,
                "City portal, losing pictures, acked",
                "City portal, live, acked",
                ["7 dropped", "3 repeated", "2756 dropped, 722 repeated"],
                "Sets late, repeated and dropped pictures to 0, here and on every output",
            ),
            (
                Language::Chinese,
                "City portal, 正在丢帧",
                "City portal, 直播中",
                ["丢弃 7", "重复 3", "丢弃 2756，重复 722"],
                "把迟到、重复和丢弃的计数清零，包括所有输出",
            ),
        ] {
            let mut desk = Shown::new(language, size, losing(7, 0, true));
            desk.took();
            desk.harness.get_by_label_contains(state);
            let losses = [(7, 0), (0, 3), (2_756, 722)];
            for ((dropped, repeated), said) in losses.into_iter().zip(counts) {
                // It is over, and was not seen yet.
                *desk.look.borrow_mut() = losing(dropped, repeated, false);
                desk.took();
                desk.harness.get_by_label_contains(live);
                assert_eq!(desk.click(&format!("{said}: {reset}")), [Action::ResetLosses]);
            }
            // Nothing was lost, so nothing can be reset.
            *desk.look.borrow_mut() = losing(0, 0, false);
            desk.took();
            desk.harness.get_by_label_contains(live);
            assert!(desk.harness.query_by_label_contains(reset).is_none());
        }
    }
}

#[test]
fn counts_of_any_length_are_whole_at_the_foot_and_can_be_reset_there() {
    let mut shown = look(snapshot());
    shown.status = Status { late: 3, repeated: 4, ..Status::default() };
    let mut desk = Shown::new(Language::English, SIZES[0], shown);
    desk.took();
    let place = |desk: &Shown, label: &str| desk.harness.get_by_label(label).rect();
    let short = place(&desk, "repeated 4");
    assert_eq!(desk.click("late 3"), [Action::ResetLosses]);
    {
        let status = &mut desk.look.borrow_mut().status;
        (status.late, status.repeated) = (62_345, 11_560_000);
    }
    desk.took();
    let (late, repeated) = (place(&desk, "late 62345"), place(&desk, "repeated 11560000"));
    // Seven figures more than fit at first take at least five points each.
    assert!(repeated.width() > short.width() + 20.0, "{repeated:?} {short:?}");
    assert!(late.right() <= repeated.left() && late.width() > 60.0, "{late:?} {repeated:?}");
    assert!(repeated.right() <= place(&desk, "frame 0.0 / 40 ms").left());
    assert_eq!(desk.click("repeated 11560000"), [Action::ResetLosses]);
    // What is 0 is no button.
    desk.look.borrow_mut().status = Status::default();
    desk.took();
    assert_eq!(desk.click("late 0"), []);
}

#[test]
fn a_recording_that_cannot_be_written_is_said_not_to_record_and_to_go_on_by_itself() {
    for language in Language::ALL {
        let say = |key: &str| words(language, key);
        let mut shown = with_destination(Some(OutputState::Live));
        shown.outputs[0].records = true;
        let mut desk = Shown::new(language, SIZES[0], shown);
        desk.took();
        assert!(!desk.has(&say("state-not-recording")));
        desk.look.borrow_mut().outputs[0].state = Some(OutputState::Stalled);
        desk.took();
        let card = format!("City portal, {}", say("state-not-recording"));
        desk.harness.get_by_label_contains(&card);
        assert!(!desk.has(&say("retry-now")), "it is tried all the time");
        let told = say("told-recording-stalled");
        let (_, told) = told.split_at(told.find([':', '：']).expect("a name before it"));
        assert!(desk.harness.query_all_by_label_contains(told).next().is_some(), "{told}");
    }
}
