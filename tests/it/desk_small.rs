//! The desk in small windows and at large sizes: nothing lies on anything else, nothing is cut off.

use egui::Rect;
use egui_kittest::kittest::Queryable;
use ui::{Beginning, Language, Status};

use crate::desk::{Shown, edit_air, look, snapshot};
use crate::desk_building::words;

/// In points: 1280x720, 1024x600, 1280x720 at 125, 150 and 200 %, 1920x1080 at 150 and 200 %.
const SIZES: [(f32, f32); 6] = [
    (1_280.0, 720.0),
    (1_024.0, 600.0),
    (1_024.0, 576.0),
    (853.0, 480.0),
    (640.0, 360.0),
    (960.0, 540.0),
];

fn assert_apart(places: &[(String, Rect)], window: Rect, what: &str) {
    for (index, (name, place)) in places.iter().enumerate() {
        assert!(window.contains_rect(*place), "{what}: {name} is at {place}");
        for (other, its) in &places[..index] {
            let shared = place.intersect(*its);
            let apart = shared.width() < 0.5 || shared.height() < 0.5;
            assert!(apart, "{what}: {name} at {place} lies on {other} at {its}");
        }
    }
}

#[test]
fn the_switching_column_is_whole_in_every_window() {
    for size in SIZES {
        for language in Language::ALL {
            let mut shown = snapshot();
            edit_air(&mut shown);
            let mut desk = Shown::begun(Beginning::new(language), size, look(shown));
            desk.took();
            let window = Rect::from_min_size(egui::Pos2::ZERO, size.into());
            let mut places = Vec::new();
            for key in ["cut", "auto", "sync", "update", "kind-mix", "length", "t-bar", "standby"] {
                let mut name = words(language, key);
                match key {
                    // In half a row the word stands alone.
                    "kind-mix" if desk.harness.query_by_label(&name).is_none() => name += "  ⇄",
                    "length" => name += " 12",
                    "sync" if desk.harness.query_by_label(&name).is_none() => {
                        name = words(language, "sync-short");
                    }
                    "update" if desk.harness.query_by_label(&format!("{name} (1)")).is_none() => {
                        name = words(language, "update-short");
                    }
                    "update" => name += " (1)",
                    "t-bar" if size.1 < 400.0 => continue,
                    _ => {}
                }
                let found = desk.harness.query_by_label(&name);
                let place = found.unwrap_or_else(|| panic!("{size:?}: no {name}")).rect();
                assert!(place.height() >= 19.5 && place.width() >= 40.0, "{name}: {place}");
                places.push((name, place));
            }
            assert_apart(&places, window, &format!("{size:?}, {language:?}"));
        }
    }
}

/// The line at the bottom leaves out what is well before what is wrong.
#[test]
fn what_is_wrong_is_in_the_line_at_the_bottom_of_every_window() {
    for size in SIZES {
        let mut shown = look(snapshot());
        shown.status = Status { disk_left_seconds: Some(60), ..shown.status };
        let mut desk = Shown::begun(Beginning::new(Language::English), size, shown);
        desk.took();
        let why = words(Language::English, "disk-why");
        let place = desk.harness.get_by_label_contains(&why);
        assert!(place.rect().right() <= size.0, "{size:?}: {}", place.rect());
    }
}

/// Whoever has not chosen a size gets one that suits the screen, and a window with room in it.
#[test]
fn a_new_window_is_as_large_as_suits_its_screen() {
    for (screen, percent) in [
        ((3_840.0, 2_160.0), 200),
        ((2_560.0, 1_440.0), 125),
        ((1_920.0, 1_080.0), 100),
        ((1_366.0, 768.0), 100),
        ((1_440.0, 2_560.0), 100),
        ((5_120.0, 2_880.0), 200),
    ] {
        let screen = egui::Vec2::from(screen);
        assert_eq!(ui::scale_for(screen), percent, "{screen}");
        for chosen in [None, Some(100), Some(150)] {
            let beginning = Beginning { scale: chosen, ..Beginning::new(Language::English) };
            let mut desk = Shown::begun(beginning, (1_280.0, 720.0), look(snapshot()));
            let viewports = &mut desk.harness.input_mut().viewports;
            viewports.entry(egui::ViewportId::ROOT).or_default().monitor_size = Some(screen);
            desk.harness.step();
            let mut grown = None;
            for _ in 0..4 {
                desk.harness.step();
                let output = &desk.harness.output().viewport_output[&egui::ViewportId::ROOT];
                grown = grown.or(output.commands.iter().find_map(|command| match command {
                    egui::ViewportCommand::InnerSize(size) => Some(*size),
                    _ => None,
                }));
            }
            let drawn = chosen.unwrap_or(percent);
            assert_eq!(desk.harness.ctx.zoom_factor(), drawn as f32 / 100.0, "{screen} {chosen:?}");
            // At more than 100 % a window of 1280x720 pixels has less room than it should.
            let grows = chosen.is_none() && percent > 100;
            let room = egui::vec2(1_280.0, 720.0);
            assert_eq!(grown, grows.then_some(room), "{screen} {chosen:?}");
        }
    }
}
