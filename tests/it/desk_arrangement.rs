//! A saved arrangement of panels is kept, whichever version of the desk wrote it.

use egui::accesskit::Role;
use egui::{Pos2, Rect, vec2};
use egui_kittest::kittest::Queryable;
use serde_json::Value;
use ui::{Beginning, Language, PanelKind, Translations};

use crate::desk::{SIZES, Shown, look, snapshot};
use crate::desk_building::words;
use crate::desk_moving::MovablePanels;

const ENGLISH: Language = Language::English;

/// A desk whose mixer was dragged above the bins, as it is saved.
fn saved() -> Value {
    let mut desk = MovablePanels::new(ENGLISH, SIZES[1]);
    let head = Translations::new(ENGLISH).with("strip-more", "name", "Camera 2");
    let from = desk.harness.get_by_label(&head).rect().center();
    let tab = desk.harness.get_by_role_and_label(Role::Tab, &words(ENGLISH, "sources")).rect();
    desk.drag(from, tab.right_center() + vec2(150.0, 0.0));
    desk.written().expect("a panel was moved")
}

/// The tile of a panel in what was saved.
fn tile(saved: &Value, panel: &Value) -> String {
    let tiles = saved["tiles"]["tiles"].as_object().unwrap();
    let of_panel = |(_, tile): &(&String, &Value)| tile["Pane"] == *panel;
    tiles.iter().find(of_panel).unwrap().0.clone()
}

/// What was saved by a desk that did not have this panel.
fn without(saved: &Value, panel: PanelKind) -> Value {
    fn drop_child(value: &mut Value, id: u64) {
        match value {
            Value::Array(all) => all.retain(|child| child.as_u64() != Some(id)),
            Value::Object(all) => all.values_mut().for_each(|value| drop_child(value, id)),
            _ => {}
        }
    }
    let mut saved = saved.clone();
    let id = tile(&saved, &serde_json::to_value(panel).unwrap());
    saved["tiles"]["tiles"].as_object_mut().unwrap().remove(&id);
    drop_child(&mut saved["tiles"]["tiles"], id.parse().unwrap());
    saved
}

fn begun(saved: &Value) -> Shown {
    let arrangement = Some(saved.to_string());
    let beginning = Beginning { arrangement, ..Beginning::new(ENGLISH) };
    let mut desk = Shown::begun(beginning, SIZES[1], look(snapshot()));
    desk.took();
    desk
}

/// Where a panel is, by something of it that is seen once it is open.
fn place(desk: &Shown, panel: PanelKind) -> Option<Rect> {
    let name = words(ENGLISH, panel.key());
    let (role, name) = match panel {
        PanelKind::Pvw | PanelKind::Pgm => {
            (Role::Image, words(ENGLISH, &format!("{}-full", panel.key())))
        }
        PanelKind::Switching => (Role::Button, words(ENGLISH, "cut")),
        PanelKind::Mixer => (Role::Slider, "Programme, +0.0 dB".to_owned()),
        _ => (Role::Tab, name),
    };
    desk.harness.query_by_role_and_label(role, &name).map(|node| node.rect())
}

/// How far the mixer's fader begins below the tabs of the bins.
fn mixer_below_bins(desk: &Shown) -> f32 {
    let top = |panel| place(desk, panel).unwrap().top();
    top(PanelKind::Mixer) - top(PanelKind::Sources)
}

/// Beside the bins the fader begins right below their tabs; at first it is below their whole height.
const BESIDE: f32 = 100.0;

#[test]
fn a_panel_that_is_new_comes_to_its_first_place_and_the_others_stay() {
    let saved = saved();
    let whole = begun(&saved);
    assert!(mixer_below_bins(&whole) < BESIDE, "the mixer was moved");
    for panel in PanelKind::ALL {
        let mut desk = begun(&without(&saved, panel));
        for other in PanelKind::ALL {
            assert!(place(&desk, other).is_some(), "without {panel:?}: no {other:?}");
        }
        let at = |panel| place(&desk, panel).unwrap();
        let is_moved = mixer_below_bins(&desk) < BESIDE;
        assert_eq!(is_moved, panel != PanelKind::Mixer, "without {panel:?}");
        // In its first order, and not as a sliver.
        assert!(at(PanelKind::Pvw).right() <= at(PanelKind::Switching).left() + 1.0, "{panel:?}");
        assert!(at(PanelKind::Switching).right() <= at(PanelKind::Pgm).left() + 1.0, "{panel:?}");
        assert!(at(PanelKind::Scenes).right() <= at(PanelKind::Sources).left(), "{panel:?}");
        for (one, other) in
            [(PanelKind::OnAir, PanelKind::Log), (PanelKind::Scenes, PanelKind::Layouts)]
        {
            assert_eq!(at(one).top(), at(other).top(), "tabs of one place, without {panel:?}");
        }
        if matches!(panel, PanelKind::Pvw | PanelKind::Pgm) {
            assert!(at(panel).width() > 200.0, "{panel:?}: {}", at(panel));
        }
        // It can be clicked, so it is no picture of a panel.
        if let Some(tab) =
            desk.harness.query_by_role_and_label(Role::Tab, &words(ENGLISH, panel.key()))
        {
            tab.click();
            desk.took();
        }
    }
}

#[test]
fn a_panel_that_is_unknown_is_left_out_and_the_others_stay() {
    let saved = saved();
    for panel in PanelKind::ALL {
        let named = serde_json::to_value(panel).unwrap();
        for unknown in ["captions".into(), serde_json::json!({ "captions": 2 })] {
            let mut other = saved.clone();
            let id = tile(&other, &named);
            other["tiles"]["tiles"][&id]["Pane"] = unknown;
            let desk = begun(&other);
            for other in PanelKind::ALL {
                assert!(place(&desk, other).is_some(), "unknown for {panel:?}: no {other:?}");
            }
            let is_moved = mixer_below_bins(&desk) < BESIDE;
            assert_eq!(is_moved, panel != PanelKind::Mixer, "unknown for {panel:?}");
        }
    }
}

#[test]
fn a_panel_is_never_there_twice() {
    let saved = saved();
    let mut twice = saved.clone();
    let id = tile(&twice, &"log".into());
    twice["tiles"]["tiles"][&id]["Pane"] = "graphics".into();
    let desk = begun(&twice);
    let graphics = words(ENGLISH, "graphics");
    assert_eq!(desk.harness.query_all_by_role_and_label(Role::Tab, &graphics).count(), 1);
    assert!(place(&desk, PanelKind::Log).is_some());
}

#[test]
fn what_is_no_arrangement_is_the_first_one() {
    let saved = saved();
    let mut circle = saved.clone();
    let root = circle["root"].clone();
    let tiles = circle["tiles"]["tiles"].as_object_mut().unwrap();
    let tabs = tiles.values_mut().find(|tile| !tile["Container"]["Tabs"].is_null()).unwrap();
    tabs["Container"]["Tabs"]["children"] = serde_json::json!([root]);
    let first = place(&begun(&Value::Null), PanelKind::Mixer).unwrap();
    for odd in [Value::Null, "text".into(), serde_json::json!({}), circle] {
        assert_eq!(place(&begun(&odd), PanelKind::Mixer).unwrap(), first, "{odd}");
    }
    assert_ne!(first.left_top(), Pos2::ZERO);
}
