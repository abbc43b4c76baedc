//! Panels that are moved by hand.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use egui::accesskit::Role;
use egui::{
    Event, Modifiers, MouseWheelSource, MouseWheelUnit, Pos2, Rect, TouchPhase, pos2, vec2,
};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use proptest::prelude::*;
use serde_json::Value;
use show::{Scene, SceneId, Show, Source, SourceId, SourceKind};
use ui::{Beginning, Desk, Language, PanelKind, Translations, theme};

use crate::desk::{SIZES, Shown, look, snapshot};

/// A desk whose arrangement can be read.
pub struct MovablePanels {
    pub harness: Harness<'static>,
    desk: Rc<RefCell<Desk>>,
    words: Translations,
}

impl MovablePanels {
    pub fn new(language: Language, size: (f32, f32)) -> Self {
        let desk = Rc::new(RefCell::new(Desk::new(Beginning::new(language))));
        let (drawn, look) = (Rc::clone(&desk), look(many(snapshot())));
        let mut is_new = true;
        let harness = Harness::builder().with_size(vec2(size.0, size.1)).build_ui(move |ui| {
            if std::mem::take(&mut is_new) {
                theme::apply(ui);
                ui.set_fonts(studio::window::font_definitions());
                return;
            }
            drawn.borrow_mut().draw(ui, &look);
        });
        let mut desk = Self { harness, desk, words: Translations::new(language) };
        desk.harness.run_steps(3);
        desk
    }

    pub fn drag(&mut self, from: Pos2, to: Pos2) {
        self.harness.drag_at(from);
        self.harness.run_steps(3);
        for part in [0.3, 0.7, 1.0] {
            self.harness.hover_at(from.lerp(to, part));
            self.harness.run_steps(3);
        }
        self.harness.drop_at(to);
        self.harness.run_steps(3);
    }

    /// The arrangement as it is saved.
    pub fn written(&self) -> Option<Value> {
        let written = self.desk.borrow().arrangement();
        written.map(|written| serde_json::from_str(&written).unwrap())
    }

    /// All tabs and heads that can be grabbed, and the panels that each of them names.
    fn grips(&self) -> Vec<(Vec<PanelKind>, Rect)> {
        let named = |name: &str| {
            let of_name: BTreeMap<String, PanelKind> = PanelKind::ALL
                .into_iter()
                .flat_map(|kind| {
                    let name = self.words.get(kind.key());
                    let head = self.words.with("move-panel", "panel", name.as_str());
                    [(name, kind), (head, kind)]
                })
                .collect();
            name.split(" + ").filter_map(|name| of_name.get(name).copied()).collect()
        };
        let nodes = [Role::Tab, Role::TitleBar]
            .into_iter()
            .flat_map(|role| self.harness.query_all_by_role(role).collect::<Vec<_>>());
        nodes
            .map(|node| (named(&node.accesskit_node().label().unwrap_or_default()), node.rect()))
            .collect()
    }

    fn assert_whole(&self, what: &str) {
        let grips = self.grips();
        for kind in PanelKind::ALL {
            let is_named = grips.iter().any(|(of, _)| of.contains(&kind));
            assert!(is_named, "{what}: {kind:?} cannot be moved");
        }
        let Some(written) = self.written() else { return };
        let tiles = written["tiles"]["tiles"].as_object().unwrap();
        for kind in PanelKind::ALL {
            let named = serde_json::to_value(kind).unwrap();
            let count = tiles.values().filter(|tile| tile["Pane"] == named).count();
            assert_eq!(count, 1, "{what}: {kind:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn every_panel_can_be_moved_on_wherever_it_was_dropped(
        moves in prop::collection::vec((0_usize..100, 0.0_f32..1.0, 0.0_f32..1.0), 10),
        is_large: bool,
    ) {
        let (wide, high) = SIZES[usize::from(is_large)];
        let mut desk = MovablePanels::new(Language::English, (wide, high));
        desk.assert_whole("at first");
        for (nth, x, y) in moves {
            let grips = desk.grips();
            let (of, from) = grips[nth % grips.len()].clone();
            // Between the bar at the top and the line at the bottom.
            let to = pos2(x * wide, 40.0 + y * (high - 70.0));
            desk.drag(from.left_center() + vec2(4.0, 0.0), to);
            desk.assert_whole(&format!("{of:?} at {to}"));
        }
    }
}

/// Enough of everything that each bin has more than it can show.
pub fn many(mut snapshot: engine::Snapshot) -> engine::Snapshot {
    let mut show = Show::clone(&snapshot.show);
    for number in 0..10 {
        let id = 100 + number;
        let (name, uid) = (format!("Camera {id}"), format!("camera-{id}"));
        let kind = SourceKind::TestPattern { tag: 1 };
        show.sources.push(Source::new(SourceId(id), name, uid, kind));
        let (id, name) = (SceneId(200 + number), format!("Scene {number}"));
        show.scenes.push(Scene { id, name, ..show.scenes[0].clone() });
    }
    snapshot.show = Arc::new(show);
    snapshot
}

/// The wheel, turned by so many points.
pub fn wheel(points: f32, modifiers: Modifiers) -> Event {
    let (unit, phase) = (MouseWheelUnit::Point, TouchPhase::Move);
    let (delta, source) = (vec2(0.0, points), MouseWheelSource::Wheel);
    Event::MouseWheel { unit, delta, phase, source, modifiers }
}

/// Two bins in one column lie at the same left edge.
#[test]
fn a_bin_scrolls_alone_wherever_it_was_dropped() {
    let mut desk = MovablePanels::new(Language::English, SIZES[1]);
    let tab = |desk: &MovablePanels, key: &str| {
        let name = Translations::new(Language::English).get(key);
        desk.harness.get_by_role_and_label(Role::Tab, &name).rect()
    };
    let (scenes, sources) = (tab(&desk, "scenes"), tab(&desk, "sources"));
    // Under the sources: into the lower part of their bin.
    let mixer = desk.grips().into_iter().find(|(of, _)| *of == [PanelKind::Mixer]).unwrap().1;
    let low = egui::lerp(sources.bottom()..=mixer.top(), 0.8);
    let middle = (sources.left() + SIZES[1].0) / 2.0;
    desk.drag(scenes.center(), pos2(middle, low));
    let (scenes, sources) = (tab(&desk, "scenes"), tab(&desk, "sources"));
    assert!(scenes.top() > sources.top() && (scenes.left() - sources.left()).abs() < 1.0);
    let first = |desk: &MovablePanels, name: &str| desk.harness.get_by_label(name).rect();
    let before = [first(&desk, "Camera 100"), first(&desk, "Opening, next")];
    assert!(before[0].top() >= sources.bottom() && before[1].top() >= scenes.bottom());
    desk.harness.hover_at(before[0].center());
    desk.harness.event(wheel(-60.0, Modifiers::NONE));
    desk.harness.run_steps(20);
    let after = [first(&desk, "Camera 100"), first(&desk, "Opening, next")];
    assert!(after[0].top() < before[0].top() - 10.0, "{before:?}, {after:?}");
    assert_eq!(after[1], before[1], "the scenes stay");
}

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

#[test]
fn a_click_on_a_head_moves_no_panel() {
    let mut desk = MovablePanels::new(Language::English, SIZES[0]);
    let heads = desk.grips().into_iter().filter(|(of, _)| of.iter().all(|kind| kind.has_head()));
    let heads: Vec<_> = heads.map(|(_, place)| place.left_center() + vec2(12.0, 0.0)).collect();
    assert_eq!(heads.len(), 4);
    for at in heads {
        desk.harness.drag_at(at);
        desk.harness.step();
        desk.harness.drop_at(at);
        desk.harness.run_steps(3);
        assert_eq!(desk.written(), None, "{at}");
    }
}
