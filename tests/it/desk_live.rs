//! What moves on the desk while a show runs: states in words, and what is asked of what runs.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::vec2;
use egui_kittest::kittest::{NodeT, Queryable};
use engine::{FrameIndex, PixelFormat, Progress, SourceState, Tally};
use show::SourceId;
use tests::pictures;
use ui::{Language, Look, Marks, SourceLook};

use crate::desk::{SIZES, Shown, look, snapshot};

#[test]
fn a_source_that_is_not_simply_live_says_how_it_is() {
    for size in SIZES {
        for (language, stalled, retry, connecting) in [
            (Language::English, "Camera 1, next, stalled 3 s", "lost, again in 2 s", "connecting"),
            (Language::Chinese, "Camera 1, 预览中, 停滞 3 秒", "丢失，2 秒后重试", "正在连接"),
        ] {
            let mut shown = snapshot();
            shown.sources.insert(SourceId(11), SourceState::Stalled);
            shown.sources.insert(SourceId(12), SourceState::Lost);
            shown.sources.insert(SourceId(13), SourceState::Connecting);
            shown.tally.remove(&SourceId(12));
            let mut shown = look(shown);
            let silent = SourceLook { silent_millis: Some(2_500), retry_millis: None };
            let waits = SourceLook { silent_millis: None, retry_millis: Some(1_900) };
            shown.sources.insert(SourceId(11), silent);
            shown.sources.insert(SourceId(12), waits);
            shown.sources.insert(SourceId(13), SourceLook::default());
            let mut desk = Shown::new(language, size, shown);
            desk.took();
            desk.harness.get_by_label(stalled);
            desk.harness.get_by_label(&format!("Camera 2, {retry}"));
            desk.harness.get_by_label(&format!("Film, {connecting}"));
            // Live, or not open at all: nothing is to be said.
            desk.look.borrow_mut().sources.clear();
            desk.took();
            desk.harness.get_by_label("Camera 2");
            desk.harness.get_by_label("Film");
        }
    }
}

/// A desk with pictures on both monitors.
fn with_pictures(language: Language, size: (f32, f32), mut shown: Look) -> Shown {
    let picture = pictures::picture((64, 36), PixelFormat::PROGRAMME, 0, |_, _, _, _| 128);
    (shown.pvw, shown.pgm) = (Some(picture.clone()), Some(picture));
    Shown::new(language, size, shown)
}

#[test]
fn a_source_that_stands_still_on_air_is_said_on_pgm() {
    for (language, said) in
        [(Language::English, "Camera 2: stalled 3 s"), (Language::Chinese, "Camera 2: 停滞 3 秒")]
    {
        let mut shown = snapshot();
        shown.tally.insert(SourceId(12), Tally::Program);
        shown.sources.insert(SourceId(12), SourceState::Stalled);
        let mut shown = look(shown);
        let silent = SourceLook { silent_millis: Some(2_500), retry_millis: None };
        shown.sources.insert(SourceId(12), silent);
        let mut desk = with_pictures(language, SIZES[0], shown);
        desk.took();
        desk.harness.get_by_label(said);
        // Not on air it is the bin's business alone.
        let mut shown = desk.look.borrow().snapshot.as_ref().clone();
        shown.tally.insert(SourceId(12), Tally::Preview);
        desk.look.borrow_mut().snapshot = Arc::new(shown);
        desk.took();
        assert!(desk.harness.query_by_label(said).is_none());
    }
}

#[test]
fn the_t_bar_goes_with_auto_and_is_not_moved_by_hand_meanwhile() {
    let mut shown = snapshot();
    shown.transition = Some(Progress::Frames { start: FrameIndex(100), frames: 20 });
    let mut shown = look(shown);
    let mut desk = Shown::new(Language::English, SIZES[1], shown.clone());
    for (frame, place) in [(104, 0.25), (109, 0.5), (119, 1.0)] {
        shown.frame = FrameIndex(frame);
        *desk.look.borrow_mut() = shown.clone();
        desk.took();
        let bar = desk.harness.get_by_role_and_label(Role::Slider, "T-bar");
        assert_eq!(bar.accesskit_node().numeric_value(), Some(place), "{frame}");
    }
    let bar = desk.harness.get_by_role_and_label(Role::Slider, "T-bar").rect();
    desk.harness.drag_at(bar.center_bottom() - vec2(0.0, 20.0));
    desk.harness.drop_at(bar.center());
    assert_eq!(desk.took(), []);
    // By whomever it is held, it is seen there.
    let mut held = shown.snapshot.as_ref().clone();
    held.transition = Some(Progress::Hand(7_500));
    desk.look.borrow_mut().snapshot = Arc::new(held);
    desk.took();
    let bar = desk.harness.get_by_role_and_label(Role::Slider, "T-bar");
    assert_eq!(bar.accesskit_node().numeric_value(), Some(0.75));
}

#[test]
fn marks_are_over_pvw_alone_unless_it_is_asked_for() {
    let marks = Marks::default();
    assert_eq!((marks.safe_areas, marks.labels), ([true, false], [true, false]));
}
