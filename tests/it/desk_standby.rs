//! The standby at the desk: its button and its keys, what PGM's head says, and where it is set.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use engine::StandbyState;
use show::{Edit, ItemId, Show, SourceId, Standby};
use ui::{Action, Language, Look};

use crate::desk::{SIZES, Shown, look, snapshot};
use crate::desk_building::{CTRL, words};

const CAMERA: SourceId = SourceId(12);

fn with(standby: Option<Standby>, state: StandbyState) -> Look {
    let mut shown = snapshot();
    shown.show = Arc::new(Show { standby, ..Show::clone(&shown.show) });
    shown.standby = state;
    look(shown)
}

#[test]
fn one_press_brings_it_and_only_a_held_one_takes_it_away() {
    for size in SIZES {
        for language in Language::ALL {
            let say = |key: &str| words(language, key);
            let standby = Some(Standby::new(CAMERA));
            let mut desk = Shown::new(language, size, with(standby, StandbyState::Off));
            desk.took();
            assert!(!desk.has(&say("standby-off")));
            assert_eq!(desk.click(&say("standby")), [Action::Standby(true)]);
            assert_eq!(desk.key(Modifiers::NONE, Key::S), [Action::Standby(true)]);
            for (state, why) in [
                (StandbyState::ByHand, "pgm-standby-by-hand"),
                (StandbyState::Automatic, "pgm-standby-by-itself"),
                (StandbyState::AfterFilm, "pgm-standby-after-film"),
            ] {
                let mut desk = Shown::new(language, size, with(standby, state));
                desk.took();
                desk.harness.get_by_label(&format!("{}: {}", say("pgm-standby"), say(why)));
                // Pressed again in a hurry, neither the button nor the key brings back what is hidden.
                let pressed = desk.click(&say("standby-off"));
                assert!(!pressed.contains(&Action::Standby(false)), "{pressed:?}");
                assert_eq!(desk.key(Modifiers::SHIFT, Key::S), []);
                // One that came by itself becomes the operator's own.
                assert_eq!(desk.key(Modifiers::NONE, Key::S), [Action::Standby(true)]);
                let held = desk.hold_by_mouse(&say("standby-off"));
                assert_eq!(held, [Action::Standby(false)]);
                assert_eq!(desk.hold_key(Modifiers::SHIFT, Key::S), [Action::Standby(false)]);
            }
        }
    }
}

#[test]
fn without_one_the_button_leads_to_where_it_is_set() {
    for language in Language::ALL {
        let say = |key: &str| words(language, key);
        let mut desk = Shown::new(language, SIZES[0], with(None, StandbyState::Off));
        desk.took();
        assert_eq!(desk.click(&say("standby")), []);
        assert!(desk.has(&say("standby-why")), "the page of the settings");
        assert!(!desk.has(&say("standby-by-itself")), "nothing is chosen yet");
        // Chosen, it comes by itself after the usual time.
        desk.harness.get_by_role_and_label(Role::ComboBox, &say("standby-source")).click();
        desk.took();
        let name = snapshot().show.source(CAMERA).unwrap().name.clone();
        let entries = desk.harness.query_all_by_role_and_label(Role::Button, &name);
        entries.last().expect("the source is offered").click();
        desk.took();
        desk.harness.get_by_label(&say("standby-graphics")).click();
        desk.took();
        desk.harness.get_by_label(&say("apply")).click();
        let asked = desk.waited();
        let wanted = Standby { keeps_graphics: true, ..Standby::new(CAMERA) };
        assert_eq!(asked, [Action::Edit(vec![Edit::Standby(Some(wanted))])]);
        assert_eq!(desk.key(CTRL, Key::Comma), []);
    }
}

#[test]
fn a_source_becomes_it_and_ceases_to_be_it_by_its_menu() {
    let set = |standby: Option<Standby>| {
        let item = (None, "Camera 2", ItemId::Source(CAMERA));
        let mut desk = crate::desk_items::focused(Language::English, item);
        *desk.look.borrow_mut() = with(standby, StandbyState::Off);
        desk.took();
        desk.key(Modifiers::NONE, Key::Menu);
        desk
    };
    let mut desk = set(None);
    let asked = desk.click("Use as standby");
    assert_eq!(asked, [Action::Edit(vec![Edit::Standby(Some(Standby::new(CAMERA)))])]);
    // What else was chosen is kept.
    let other = Standby { after_millis: None, keeps_graphics: true, ..Standby::new(SourceId(11)) };
    let asked = set(Some(other)).click("Use as standby");
    let next = Standby { source: CAMERA, ..other };
    assert_eq!(asked, [Action::Edit(vec![Edit::Standby(Some(next))])]);
    let asked = set(Some(next)).click("No standby any more");
    assert_eq!(asked, [Action::Edit(vec![Edit::Standby(None)])]);
}
