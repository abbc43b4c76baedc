//! What a dialog sees of a source: its crop dragged and its key's colour picked on the picture, the gear that leads
//! there, and what a new source looks like before it is added.

use std::sync::Arc;

use drawing::pictures;
use egui::accesskit::Role;
use egui::{Key, Modifiers, Rect, vec2};
use egui_kittest::kittest::Queryable;
use engine::{Frame, PixelFormat, SourceState};
use show::{
    ChromaKey, Colour, Crop, PictureSettings, Rotation, Show, Source, SourceId, SourceKind,
    SourceSettings,
};
use ui::{Action, Language, PreviewLook, PreviewOf, PreviewRequest, Reason};

use crate::desk::{SIZES, Shown, look, snapshot};
use crate::desk_building::{CTRL, desk, words};

const NONE: Modifiers = Modifiers::NONE;
/// A test pattern of the desk's show.
const CAMERA: SourceId = SourceId(12);
const GREEN: Colour = Colour::rgb(20, 180, 60);
const RED: Colour = Colour::rgb(190, 30, 40);
/// What the picture is of, and how large it is itself.
const OF: (u32, u32) = (1_280, 720);
const SIZE: (u32, u32) = (640, 360);

/// A picture whose left half is green and whose right half is red.
fn halves(of: (u32, u32)) -> Frame {
    let (left, right) = (GREEN.to_bt709(), RED.to_bt709());
    pictures::picture(of, PixelFormat::PROGRAMME, 0, move |plane, _, column, _| {
        let half = of.0 as usize / if plane == 0 { 2 } else { 4 };
        if column < half { left[plane] } else { right[plane] }
    })
}

/// Gives the dialog the picture that it wants.
fn show_picture(desk: &mut Shown, of: (u32, u32), size: (u32, u32)) {
    let request = desk.preview.borrow().clone().expect("it wants to see a picture");
    let picture = Some(halves(size));
    let look = PreviewLook { request, picture, of, state: None, reason: None, peak: None };
    desk.look.borrow_mut().preview = Some(Arc::new(look));
    desk.took();
}

/// The desk with the settings of a source open, by its gear.
fn opened(language: Language, size: (f32, f32)) -> Shown {
    let mut desk = desk(language, size);
    desk.took();
    let name = ui::Translations::new(language).with("source-gear", "name", "Camera 2");
    assert_eq!(desk.press(&name), [], "neither loaded nor taken");
    desk
}

/// What was asked of the source last; all of it are parts of a drag.
fn settings(asked: &[Action]) -> SourceSettings {
    for action in asked {
        assert!(matches!(action, Action::Adjust(_)), "{action:?}");
    }
    let Some(Action::Adjust(edit)) = asked.last() else { panic!("nothing is asked") };
    let show::Edit::Settings(CAMERA, settings) = **edit else { panic!("{edit:?}") };
    settings
}

/// Where the picture is that is called so.
fn place(desk: &Shown, key: &str, language: Language) -> Rect {
    desk.harness.get_by_label(&words(language, key)).rect()
}

/// A desk whose source has these settings.
fn set(desk: &mut Shown, picture: PictureSettings) {
    let before = Arc::clone(&desk.look.borrow().snapshot);
    let mut show = Show::clone(&before.show);
    let source = show.sources.iter_mut().find(|source| source.id == CAMERA).unwrap();
    source.settings.picture = picture;
    let snapshot = engine::Snapshot { show: Arc::new(show), ..(*before).clone() };
    {
        let mut look = desk.look.borrow_mut();
        look.snapshot = Arc::new(snapshot);
        // What was asked before is not waited for any more.
        look.frame.0 += 100;
    }
    desk.took();
}

#[test]
fn the_gear_on_a_picture_opens_its_settings_and_a_click_beside_it_loads() {
    for size in SIZES {
        for language in Language::ALL {
            let desk = opened(language, size);
            let title =
                ui::Translations::new(language).with("source-settings-of", "name", "Camera 2");
            assert!(desk.has(&title));
            let mut desk = self::desk(language, size);
            desk.took();
            let name = ui::Translations::new(language).with("source-gear", "name", "Camera 2");
            let gear = desk.harness.get_by_label(&name).rect();
            assert!(gear.width() >= 26.0 && gear.height() >= 26.0, "a finger meets it: {gear:?}");
            // By keys as well, and it is no part of what loads the source.
            desk.harness.get_by_label(&name).focus();
            desk.took();
            desk.key(NONE, Key::Enter);
            assert!(desk.has(&title));
            desk.key(NONE, Key::Escape);
            desk.key(NONE, Key::Escape);
            assert!(!desk.has(&title));
            desk.harness.hover_at(gear.left_bottom() + vec2(-12.0, 12.0));
            desk.harness.drag_at(gear.left_bottom() + vec2(-12.0, 12.0));
            desk.took();
            desk.harness.drop_at(gear.left_bottom() + vec2(-12.0, 12.0));
            let asked = desk.took();
            assert!(asked.iter().any(|action| action.command().is_some()), "{asked:?}");
        }
    }
}

#[test]
fn a_flat_colours_gear_opens_what_it_is_made_by() {
    let mut shown = snapshot();
    let mut show = Show::clone(&shown.show);
    let kind = SourceKind::Colour { colour: GREEN };
    show.sources.push(Source::new(SourceId(900), "Wall", "wall", kind));
    shown.show = Arc::new(show);
    let mut desk = Shown::new(Language::English, SIZES[0], look(shown));
    desk.took();
    desk.press("Settings of Wall");
    assert!(desk.has("Edit source"), "its own dialog");
    assert_eq!(*desk.preview.borrow(), None, "its colour is seen without");
}

#[test]
fn a_crop_is_dragged_by_edges_and_corners_and_moved_as_a_whole() {
    for size in SIZES {
        for language in Language::ALL {
            let mut desk = opened(language, size);
            let crop = Crop { left: 0.2, top: 0.1, right: 0.3, bottom: 0.4 };
            set(&mut desk, PictureSettings { crop, ..PictureSettings::default() });
            let request = desk.preview.borrow().clone().unwrap();
            assert_eq!(request.of, PreviewOf::Source(CAMERA));
            assert_eq!(request.settings.crop, Crop::NONE, "the whole picture is seen");
            show_picture(&mut desk, OF, SIZE);
            let whole = place(&desk, "set-crop-drag", language);
            let at = |x: f32, y: f32| whole.min + vec2(x, y) * whole.size();
            // An edge follows, to the pixel.
            let asked = desk.drag(at(0.2, 0.35), at(0.4, 0.35));
            let now = settings(&asked).picture.crop;
            assert!((now.left - 0.4).abs() < 0.002, "{now:?}");
            assert_eq!((now.top, now.right, now.bottom), (0.1, 0.3, 0.4));
            let pixels = now.left * f64::from(OF.0);
            assert!((pixels - pixels.round()).abs() < 1e-6, "whole pixels: {pixels}");
            // A corner moves two of them.
            set(&mut desk, PictureSettings { crop, ..PictureSettings::default() });
            let asked = desk.drag(at(0.7, 0.6), at(0.9, 0.8));
            let now = settings(&asked).picture.crop;
            assert!((now.right - 0.1).abs() < 0.002 && (now.bottom - 0.2).abs() < 0.003, "{now:?}");
            assert_eq!((now.left, now.top), (0.2, 0.1));
            // What is left keeps its size, and stays within the picture.
            set(&mut desk, PictureSettings { crop, ..PictureSettings::default() });
            let asked = desk.drag(at(0.45, 0.35), at(0.99, 0.35));
            let now = settings(&asked).picture.crop;
            assert!((now.left - 0.5).abs() < 1e-9 && now.right.abs() < 1e-9, "{now:?}");
            assert!((now.top - 0.1).abs() < 0.002, "{now:?}");
            // No drag leaves less than a hundredth, or anything that the show refuses.
            set(&mut desk, PictureSettings { crop, ..PictureSettings::default() });
            let asked = desk.drag(at(0.2, 0.35), at(0.999, 0.35));
            let now = settings(&asked).picture.crop;
            assert!((now.left + now.right - 0.99).abs() < 1e-9, "{now:?}");
            assert!(crate::desk_building::done(&desk.show(), &asked).source(CAMERA).is_some());
        }
    }
}

#[test]
fn with_nothing_cut_off_a_part_is_drawn_and_a_double_click_brings_back_the_whole() {
    let mut desk = opened(Language::English, SIZES[0]);
    show_picture(&mut desk, OF, SIZE);
    let whole = place(&desk, "set-crop-drag", Language::English);
    let at = |x: f32, y: f32| whole.min + vec2(x, y) * whole.size();
    let asked = desk.drag(at(0.7, 0.8), at(0.3, 0.2));
    let now = settings(&asked).picture.crop;
    for (side, part) in [(now.left, 0.3), (now.right, 0.3), (now.top, 0.2), (now.bottom, 0.2)] {
        assert!((side - part).abs() < 0.003, "{now:?}");
    }
    set(&mut desk, settings(&asked).picture);
    let middle = at(0.5, 0.5);
    // The harness draws a frame for each event, a quarter of a second apart.
    desk.harness.ctx.options_mut(|options| options.input_options.max_double_click_delay = 2.0);
    desk.harness.hover_at(middle);
    for pressed in [true, false, true, false] {
        let button = egui::PointerButton::Primary;
        let press = egui::Event::PointerButton { pos: middle, button, pressed, modifiers: NONE };
        desk.harness.event(press);
    }
    let asked = desk.took();
    assert_eq!(settings(&asked).picture.crop, Crop::NONE);
    // By its button as well.
    set(
        &mut desk,
        PictureSettings { crop: Crop { left: 0.5, ..Crop::NONE }, ..Default::default() },
    );
    assert_eq!(settings(&desk.press("Whole picture")).picture.crop, Crop::NONE);
}

#[test]
fn a_crop_is_set_on_the_picture_as_it_is_seen_once_it_is_turned() {
    let mut desk = opened(Language::English, SIZES[0]);
    let turned = PictureSettings { rotation: Rotation::Right, ..PictureSettings::default() };
    set(&mut desk, turned);
    // The picture that was asked for before it was turned is not one to be cropped.
    let before =
        PreviewRequest { of: PreviewOf::Source(CAMERA), settings: PictureSettings::default() };
    let (picture, request) = (Some(halves(SIZE)), before);
    let look = PreviewLook { request, picture, of: OF, state: None, reason: None, peak: None };
    desk.look.borrow_mut().preview = Some(Arc::new(look));
    desk.took();
    assert!(!desk.has(&words(Language::English, "set-crop-drag")));
    show_picture(&mut desk, (OF.1, OF.0), (202, 360));
    let whole = place(&desk, "set-crop-drag", Language::English);
    assert!((whole.width() / whole.height() - 720.0 / 1_280.0).abs() < 0.01, "{whole:?}");
    let at = |x: f32, y: f32| whole.min + vec2(x, y) * whole.size();
    let asked = desk.drag(at(0.5, 0.0), at(0.5, 0.25));
    let now = settings(&asked).picture;
    assert!((now.crop.top - 0.25).abs() < 0.003, "{now:?}");
    assert_eq!(now.rotation, Rotation::Right);
}

/// The page of the key with a key, and its eyedropper taken up.
fn picking(language: Language, size: (f32, f32)) -> Shown {
    let mut desk = opened(language, size);
    let key = Some(ChromaKey::default());
    let bright = PictureSettings { key, brightness: 0.5, ..PictureSettings::default() };
    set(&mut desk, bright);
    desk.press(&words(language, "set-key"));
    let request = desk.preview.borrow().clone().unwrap();
    assert_eq!(request.settings, bright, "as it will be seen");
    show_picture(&mut desk, OF, SIZE);
    assert_eq!(desk.press(&words(language, "set-key-pick")), []);
    let request = desk.preview.borrow().clone().unwrap();
    assert_eq!(request.settings, PictureSettings::default(), "as it comes");
    desk
}

fn is_near(seen: Colour, Colour { r, g, b, .. }: Colour) -> bool {
    [(seen.r, r), (seen.g, g), (seen.b, b)].iter().all(|(a, b)| a.abs_diff(*b) <= 3)
}

#[test]
fn an_eyedropper_takes_the_colour_that_is_clicked_from_the_picture_as_it_comes() {
    for size in SIZES {
        for language in Language::ALL {
            let mut desk = picking(language, size);
            let whole = place(&desk, "set-key-pick-here", language);
            let at = |x: f32, y: f32| whole.min + vec2(x, y) * whole.size();
            // The picture that is still there is keyed: nothing is taken from that.
            desk.harness.hover_at(at(0.25, 0.5));
            desk.harness.drag_at(at(0.25, 0.5));
            assert_eq!(desk.took(), []);
            desk.harness.drop_at(at(0.25, 0.5));
            assert_eq!(desk.took(), []);
            show_picture(&mut desk, OF, SIZE);
            // Live while the button is down.
            desk.harness.hover_at(at(0.25, 0.5));
            desk.harness.drag_at(at(0.25, 0.5));
            let key = settings(&desk.took()).picture.key.unwrap();
            assert!(is_near(key.colour, GREEN), "{key:?}");
            desk.harness.hover_at(at(0.75, 0.5));
            let key = settings(&desk.took()).picture.key.unwrap();
            assert!(is_near(key.colour, RED), "{key:?}");
            assert_eq!(key.similarity, ChromaKey::default().similarity);
            desk.harness.drop_at(at(0.75, 0.5));
            desk.took();
            let request = desk.preview.borrow().clone().unwrap();
            assert!(request.settings.key.is_some(), "and the key is seen again");
        }
    }
}

#[test]
fn esc_gives_the_eyedropper_up_and_leaves_the_dialog_and_the_colour_as_they_were() {
    for language in Language::ALL {
        let mut desk = picking(language, SIZES[0]);
        show_picture(&mut desk, OF, SIZE);
        let whole = place(&desk, "set-key-pick-here", language);
        let at = whole.min + vec2(0.75, 0.5) * whole.size();
        desk.harness.hover_at(at);
        desk.harness.drag_at(at);
        let key = settings(&desk.took()).picture.key.unwrap();
        assert!(is_near(key.colour, RED), "{key:?}");
        let asked = desk.key(NONE, Key::Escape);
        assert_eq!(settings(&asked).picture.key, Some(ChromaKey::default()));
        desk.harness.drop_at(at);
        desk.took();
        assert!(!desk.has(&words(language, "set-key-pick-here")));
        assert!(desk.has(&words(language, "set-similarity")), "the dialog is still open");
        desk.key(NONE, Key::Escape);
        assert!(!desk.has(&words(language, "set-similarity")));
        assert_eq!(*desk.preview.borrow(), None, "nothing is looked at any more");
    }
}

#[test]
fn a_file_is_seen_before_it_is_added_and_its_names_do_not_open_it_again() {
    for size in SIZES {
        for language in Language::ALL {
            let say = |key: &str| words(language, key);
            let mut desk = desk(language, size);
            desk.key(CTRL, Key::M);
            desk.press(&say("media-file"));
            assert_eq!(*desk.preview.borrow(), None, "nothing is chosen");
            desk.write(&say("path"), "/films/opening.mp4");
            let request = desk.preview.borrow().clone().expect("it is looked at");
            let PreviewOf::New(source, files) = &request.of else { panic!("{request:?}") };
            assert_eq!(files[0].path, "/films/opening.mp4");
            assert!(matches!(source.kind, SourceKind::File(_)));
            desk.write(&say("name"), "Opening film");
            assert_eq!(desk.preview.borrow().as_ref(), Some(&request));
            // What is wrong is said in the words of a source.
            let reason = Reason::new("trouble-ended", []);
            let state = Some(SourceState::Lost);
            let (picture, reason, of) = (None, Some(reason), (16, 9));
            let look = PreviewLook { request, picture, of, state, reason, peak: None };
            desk.look.borrow_mut().preview = Some(Arc::new(look));
            desk.took();
            let said = format!("{}: {}", say("preview"), say("trouble-ended"));
            assert!(desk.has(&said), "{said}");
            desk.key(NONE, Key::Escape);
            desk.key(NONE, Key::Escape);
            desk.press(&say("draft-discard"));
            assert_eq!(*desk.preview.borrow(), None, "closed with its dialog");
        }
    }
}

#[test]
fn an_address_is_called_only_once_that_is_asked_for() {
    for language in Language::ALL {
        let say = |key: &str| words(language, key);
        let mut desk = desk(language, SIZES[0]);
        desk.key(CTRL, Key::M);
        desk.press(&say("media-live"));
        desk.write(&say("url"), "rtmp://server/live/key");
        assert_eq!(*desk.preview.borrow(), None, "it is not called as it is typed");
        desk.press(&say("preview-call"));
        let request = desk.preview.borrow().clone().expect("it is called now");
        let PreviewOf::New(source, _) = &request.of else { panic!("{request:?}") };
        let SourceKind::Live { url, .. } = &source.kind else { panic!("{source:?}") };
        assert_eq!(url, "rtmp://server/live/key");
        let show = desk.show();
        let asked = desk.press(&say("add"));
        let added = crate::desk_building::done(&show, &asked);
        let added = added.sources.last().unwrap();
        // What is added is what is open.
        assert_eq!((added.id, &added.kind), (source.id, &source.kind));
        assert_eq!(added.settings.decoding, source.settings.decoding);
        let mut desk = self::desk(language, SIZES[0]);
        desk.key(CTRL, Key::M);
        desk.press(&say("media-live"));
        desk.write(&say("url"), "rtmp://server/live/key");
        desk.press(&say("preview-call"));
        desk.write(&say("url"), "rtmp://server/live/other");
        assert_eq!(*desk.preview.borrow(), None, "another address is not called by itself");
    }
}

#[test]
fn a_level_is_shown_where_there_is_sound() {
    let mut desk = desk(Language::English, SIZES[0]);
    desk.key(CTRL, Key::M);
    desk.press("Test pattern");
    let request = desk.preview.borrow().clone().unwrap();
    let level = |desk: &Shown| desk.harness.query_by_role_and_label(Role::Meter, "Level").is_some();
    assert!(!level(&desk));
    let (picture, peak) = (Some(halves(SIZE)), Some([0.5, 0.25]));
    let state = Some(SourceState::Live);
    let look = PreviewLook { request, picture, of: OF, state, reason: None, peak };
    desk.look.borrow_mut().preview = Some(Arc::new(look));
    desk.took();
    assert!(level(&desk));
}
