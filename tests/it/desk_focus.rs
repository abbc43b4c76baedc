//! The whole desk by Tab: whatever has the keyboard shows it, and has a name.

use std::collections::BTreeSet;

use egui::accesskit::Role;
use egui::epaint::{ClippedShape, Shape};
use egui::{Key, Modifiers, Rect};
use egui_kittest::kittest::{NodeT, Queryable};
use ui::{Action, Language, theme};

use crate::desk::{SIZES, Shown, look, snapshot};
use crate::desk_building::CTRL;

const NONE: Modifiers = Modifiers::NONE;

/// The ring that is drawn, if one is; what of it is seen.
fn ring(desk: &Shown) -> Option<Rect> {
    let is_ring = |shape: &&ClippedShape| match &shape.shape {
        Shape::Rect(rect) => rect.stroke.width == 2.0 && rect.stroke.color == theme::TEXT,
        _ => false,
    };
    let shapes = &desk.harness.output().shapes;
    let ring = shapes.iter().rfind(is_ring)?;
    Some(ring.shape.visual_bounding_rect().intersect(ring.clip_rect))
}

/// Tabs on until it comes round, and yields how many have had the keyboard.
fn walk(desk: &mut Shown, (modifiers, what): (Modifiers, &str)) -> usize {
    let mut met = BTreeSet::new();
    for _ in 0..300 {
        desk.harness.key_press_modifiers(modifiers, Key::Tab);
        desk.took();
        let Some(id) = desk.harness.ctx.memory(|memory| memory.focused()) else { continue };
        let response = desk.harness.ctx.read_response(id).unwrap();
        let ring = ring(desk).unwrap_or_else(|| panic!("{what}: no ring at {response:?}"));
        assert!(ring.is_positive(), "{what}: nothing of the ring is seen at {response:?}");
        let around = ring.expand(1.5).contains_rect(response.interact_rect);
        assert!(around, "{what}: {ring} is not around {response:?}");
        let mut all = desk.harness.root().children_recursive();
        let named = all.find(|node| node.accesskit_node().is_focused());
        let name = named.and_then(|node| node.accesskit_node().label()).unwrap_or_default();
        assert!(!name.is_empty(), "{what}: nobody can say what this is: {response:?}");
        if !met.insert(id.value()) && met.len() > 3 {
            break;
        }
    }
    met.len()
}

#[test]
fn whatever_has_the_keyboard_shows_it() {
    for size in SIZES {
        let mut desk = Shown::new(Language::English, size, look(snapshot()));
        desk.took();
        let there = walk(&mut desk, (NONE, "the desk"));
        let mut desk = Shown::new(Language::English, size, look(snapshot()));
        desk.took();
        let back = walk(&mut desk, (Modifiers::SHIFT, "the desk, backwards"));
        assert!(there > 50 && there == back, "{there} there, {back} back");
    }
}

#[test]
fn whatever_has_the_keyboard_in_a_dialog_shows_it() {
    for (keys, key) in [
        (CTRL, Key::M),
        (CTRL, Key::L),
        (CTRL, Key::Comma),
        (CTRL, Key::O),
        (CTRL.plus(Modifiers::SHIFT), Key::S),
    ] {
        let mut desk = Shown::new(Language::English, SIZES[0], look(snapshot()));
        desk.took();
        desk.key(keys, key);
        let what = format!("the dialog of {key:?}");
        // Not all of the desk: Tab stays in the dialog.
        let met = walk(&mut desk, (NONE, &what));
        assert!((3..40).contains(&met), "{what}: {met}");
    }
}

/// The keys of a fader and of the T-bar stay with it.
#[test]
fn arrows_move_what_has_the_keyboard_and_not_the_keyboard() {
    let mut desk = Shown::new(Language::English, SIZES[0], look(snapshot()));
    desk.took();
    desk.harness.get_by_label("T-bar").focus();
    desk.took();
    for _ in 0..3 {
        assert_eq!(desk.key(NONE, Key::ArrowUp), [Action::Bar(500)]);
    }
    desk.harness.get_by_role_and_label(Role::Slider, "Camera 1, +0.0 dB").focus();
    desk.took();
    for _ in 0..3 {
        assert_eq!(desk.key(NONE, Key::ArrowDown).len(), 1);
    }
}
