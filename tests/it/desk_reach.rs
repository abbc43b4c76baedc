//! A full show in a small window: every row is in reach, and what is out of sight is counted.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Key, Modifiers, Rect, pos2, vec2};
use egui_kittest::kittest::Queryable;
use show::{Output, OutputId, Show};
use ui::{Language, Translations};

use crate::desk::{SIZES, Shown, look, snapshot};
use crate::desk_moving::{many, wheel};

/// A desk with 14 sources and 6 outputs.
fn full(language: Language) -> Shown {
    let mut snapshot = many(snapshot());
    let mut show = Show::clone(&snapshot.show);
    let first = show.outputs[0].clone();
    for number in show.outputs.len()..6 {
        let (id, name) = (OutputId(300 + number as u32), format!("Output {number}"));
        show.outputs.push(Output { id, name, ..first.clone() });
    }
    assert_eq!((show.sources.len(), show.outputs.len()), (14, 6));
    snapshot.show = Arc::new(show);
    let mut desk = Shown::new(language, SIZES[0], look(snapshot));
    desk.took();
    desk
}

/// Clicks on the sign at the end of the list that is in this place; yields how many it counted.
fn go_on(desk: &mut Shown, language: Language, place: Rect) -> Option<usize> {
    let words = Translations::new(language);
    let clicked = (1..20).find(|count| {
        let name = words.with("more-after", "count", *count);
        let mut found = desk.harness.query_all_by_role_and_label(Role::Button, &name);
        found.find(|node| place.contains(node.rect().center())).map(|node| node.click()).is_some()
    });
    desk.harness.run_steps(20);
    clicked
}

/// Where the strip of the last source begins: at its name.
fn last_strip(desk: &Shown, language: Language) -> Rect {
    let name = Translations::new(language).with("strip-more", "name", "Camera 109");
    desk.harness.get_by_label(&name).rect()
}

#[test]
fn what_is_out_of_sight_is_counted_and_a_click_on_the_count_goes_there() {
    let (wide, high) = SIZES[0];
    for language in Language::ALL {
        let words = Translations::new(language);
        let mut desk = full(language);
        let tab = |desk: &Shown, key: &str| {
            desk.harness.get_by_label(&words.get(key)).rect().left_bottom()
        };
        let name = words.with("move-panel", "panel", words.get("mixer"));
        let above_mixer = desk.harness.get_by_label(&name).rect().right_top();
        let sources = Rect::from_min_max(tab(&desk, "sources"), above_mixer);
        let outputs = Rect::from_min_max(tab(&desk, "on-air"), pos2(wide, sources.top()));
        let mixer = Rect::from_min_max(pos2(0.0, sources.bottom()), pos2(wide, high));
        for (place, least) in [(sources, 4), (outputs, 2), (mixer, 5)] {
            let mut left = usize::MAX;
            while let Some(count) = go_on(&mut desk, language, place) {
                assert!(count < left, "{place}: {count} after {left}");
                assert!(left != usize::MAX || count >= least, "{place}: {count}");
                left = count;
            }
            assert_ne!(left, usize::MAX, "{place} has no sign");
        }
        // The last of each is whole.
        let last = desk.harness.get_by_label("Camera 109").rect();
        assert!(sources.expand(40.0).contains_rect(last), "{last}");
        let strip = last_strip(&desk, language);
        assert!(strip.right() < wide - 330.0, "{strip}");
    }
}

#[test]
fn the_strips_are_scrolled_by_the_wheel_by_hand_and_by_the_keyboard() {
    let language = Language::English;
    let gone = |desk: &Shown| last_strip(desk, language).left();
    let new = || {
        let desk = full(language);
        let name = Translations::new(language).with("strip-more", "name", "Camera 2");
        let head = desk.harness.get_by_label(&name).rect();
        (desk, head)
    };
    for modifiers in [Modifiers::NONE, Modifiers::SHIFT] {
        let (mut desk, head) = new();
        let before = gone(&desk);
        desk.harness.hover_at(head.center() + vec2(0.0, 40.0));
        desk.harness.run_steps(2);
        desk.harness.event(wheel(-200.0, modifiers));
        desk.harness.run_steps(30);
        assert!(gone(&desk) < before - 100.0, "{modifiers:?}: {} {before}", gone(&desk));
    }
    // Between two strips.
    let (mut desk, head) = new();
    let before = gone(&desk);
    let from = pos2(head.right() + 7.0, head.bottom() + 30.0);
    desk.drag(from, from - vec2(120.0, 0.0));
    assert!(gone(&desk) < before - 60.0, "{} {before}", gone(&desk));
    // Whatever gets the keyboard comes into sight.
    let (mut desk, _) = new();
    let name = Translations::new(language).with("strip-more", "name", "Camera 109");
    desk.harness.get_by_label(&name).focus();
    desk.harness.run_steps(30);
    let strip = last_strip(&desk, language);
    assert!(strip.right() < SIZES[0].0 - 330.0, "{strip}");
    desk.key(Modifiers::NONE, Key::Escape);
}
