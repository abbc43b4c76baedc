//! Panels that are moved by hand.

use egui::accesskit::Role;
use egui::{Rect, pos2, vec2};
use egui_kittest::kittest::Queryable;
use ui::{Language, Translations};

use crate::desk::{SIZES, Shown, look, snapshot};

/// Where the mixer is, by the programme's fader.
fn fader(desk: &Shown, language: Language) -> Rect {
    let name = format!("{}, +0.0 dB", Translations::new(language).get("programme"));
    desk.harness.get_by_role_and_label(Role::Slider, &name).rect()
}

#[test]
fn the_mixer_is_moved_by_its_head_and_by_nothing_else() {
    for size in SIZES {
        for language in Language::ALL {
            let new = || {
                let mut desk = Shown::new(language, size, look(snapshot()));
                desk.took();
                desk
            };
            let mut desk = new();
            let words = Translations::new(language);
            let name = words.with("strip-more", "name", "Camera 2");
            let head = desk.harness.get_by_label(&name).rect();
            let tabs = desk.harness.get_by_role_and_label(Role::Tab, &words.get("sources")).rect();
            let above = tabs.right_center() + vec2(150.0, 0.0);
            let at = fader(&desk, language);
            // A fader that was missed by a little moves no panel.
            desk.drag(at.left_center() - vec2(6.0, 0.0), above);
            desk.drag(pos2(head.center().x, head.bottom() + 8.0), above);
            assert_eq!(fader(&desk, language), at);
            // By a strip's name to above the bins.
            desk.drag(head.center(), above);
            let moved = fader(&desk, language);
            assert!(moved.top() < at.top() - 50.0, "{moved:?}, {at:?}");
            // A click on a name opens what it opened; so does the free place beside the loudness.
            let mut desk = new();
            desk.harness.get_by_label(&name).click();
            desk.took();
            assert!(desk.has(&words.get("trim")));
            let mut desk = new();
            let free = desk.harness.get_by_label(&words.get("follow-takes-tip")).rect();
            desk.drag(free.left_top() - vec2(30.0, -4.0), above);
            assert_eq!(fader(&desk, language), moved);
        }
    }
}
