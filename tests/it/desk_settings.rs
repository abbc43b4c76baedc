//! The settings of a source at the desk: its dialog, by mouse and keys, in both languages.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use show::{
    ChromaKey, Deinterlace, Edit, ItemId, Rotation, Show, SoundChannels, SourceId, SourceKind,
    SourceSettings,
};
use ui::{Action, Language, Look, SourceLook};

use crate::desk::{SIZES, Shown, look, snapshot};
use crate::desk_building::words;

/// A test pattern of the desk's show.
const CAMERA: SourceId = SourceId(12);

/// The dialog of a source, opened by its menu.
fn opened(language: Language, id: SourceId) -> Shown {
    let name = snapshot().show.source(id).unwrap().name.clone();
    let item = (None, name.leak() as &'static str, ItemId::Source(id));
    let mut desk = crate::desk_items::focused(language, item);
    desk.key(Modifiers::NONE, Key::Menu);
    assert_eq!(desk.click(&words(language, "source-settings")), []);
    desk.took();
    desk
}

/// What a change asks for, applied to the source.
fn settings(asked: &[Action], id: SourceId) -> SourceSettings {
    let [Action::Adjust(edit)] = asked else { panic!("{asked:?}") };
    let Edit::Settings(of, settings) = **edit else { panic!("{edit:?}") };
    assert_eq!(of, id);
    settings
}

#[test]
fn each_page_changes_what_it_says_at_once_in_both_languages() {
    for language in Language::ALL {
        let say = |key: &str| words(language, key);
        let new = || opened(language, CAMERA);
        let mut desk = new();
        assert_eq!(settings(&desk.click("90°"), CAMERA).picture.rotation, Rotation::Right);
        assert!(settings(&new().click(&say("set-mirror")), CAMERA).picture.mirror);
        assert!(settings(&new().click(&say("set-flip")), CAMERA).picture.flip);
        let mut desk = new();
        desk.click(&say("set-colour"));
        desk.took();
        let asked = desk.click(&say("set-range-full"));
        let range = Some(show::ColourRange::Full);
        assert_eq!(settings(&asked, CAMERA).picture.range, range);
        let mut desk = new();
        desk.click(&say("set-key"));
        desk.took();
        assert!(desk.has(&say("set-key-why")));
        let asked = desk.click(&say("set-key-on"));
        assert_eq!(settings(&asked, CAMERA).picture.key, Some(ChromaKey::default()));
        let mut desk = new();
        desk.click(&say("set-timing"));
        desk.took();
        let asked = desk.click(&say("set-channels-mono"));
        assert_eq!(settings(&asked, CAMERA).channels, SoundChannels::Mono);
        // A pattern is not decoded.
        assert!(!desk.has(&say("set-decoding")));
    }
}

#[test]
fn what_is_set_is_put_back_by_its_button_and_moved_by_keys() {
    let say = |key: &str| words(Language::English, key);
    let mut desk = opened(Language::English, CAMERA);
    let mut shown = snapshot();
    let mut show = Show::clone(&shown.show);
    let at = show.sources.iter().position(|source| source.id == CAMERA).unwrap();
    show.sources[at].settings.picture.crop.left = 0.25;
    show.sources[at].settings.picture.brightness = 0.5;
    shown.show = Arc::new(show);
    *desk.look.borrow_mut() = look(shown);
    desk.took();
    let reset = |name: &str| format!("Reset {}", say(name));
    let asked = desk.click(&reset("set-crop-left"));
    let picture = settings(&asked, CAMERA).picture;
    assert_eq!((picture.crop, picture.brightness), (show::Crop::NONE, 0.5));
    desk.click(&say("set-colour"));
    desk.took();
    desk.harness.get_by_role_and_label(Role::Slider, &say("set-brightness")).focus();
    desk.took();
    let asked = desk.key(Modifiers::NONE, Key::ArrowRight);
    let picture = settings(&asked, CAMERA).picture;
    assert!(picture.brightness > 0.5, "{picture:?}");
}

#[test]
fn a_film_says_how_it_is_decoded_and_a_colour_has_nothing_to_set() {
    for language in Language::ALL {
        let say = |key: &str| words(language, key);
        let film = SourceId(13);
        let mut desk = opened(language, film);
        desk.click(&say("set-decoding"));
        desk.took();
        assert!(desk.has(&say("set-no-hardware")), "no decoder uses a graphics card");
        let asked = desk.click(&say("set-fields-off"));
        assert_eq!(settings(&asked, film).decoding.deinterlace, Deinterlace::Off);
        desk.look.borrow_mut().has_hardware_decoders = true;
        desk.took();
        assert!(!desk.has(&say("set-no-hardware")));
    }
}

#[test]
fn a_delay_that_is_not_reached_is_said_on_the_source() {
    for size in SIZES {
        for language in Language::ALL {
            let mut shown: Look = look(snapshot());
            let known = SourceLook { reached_delay: Some(2_866), ..SourceLook::default() };
            shown.sources.insert(CAMERA, known);
            let mut state = engine::Snapshot::clone(&shown.snapshot);
            state.sources.insert(CAMERA, engine::SourceState::Live);
            state.tally.remove(&CAMERA);
            shown.snapshot = Arc::new(state);
            let mut desk = Shown::new(language, size, shown);
            desk.took();
            let said =
                ui::Translations::new(language).with("source-delay-reached", "millis", "2866");
            desk.harness.get_by_label(&format!("Camera 2, {said}"));
        }
    }
}

#[test]
fn its_dialog_leads_to_what_is_set_for_a_source() {
    for (language, id) in Language::ALL.into_iter().zip([CAMERA, SourceId(13)]) {
        let say = |key: &str| words(language, key);
        let name = snapshot().show.source(id).unwrap().name.clone();
        let item = (None, name.leak() as &'static str, ItemId::Source(id));
        let mut desk = crate::desk_items::focused(language, item);
        desk.key(Modifiers::NONE, Key::Menu);
        assert_eq!(desk.click(&say("edit-item")), []);
        desk.took();
        assert_eq!(desk.click(&say("source-settings")), []);
        desk.took();
        assert!(settings(&desk.click(&say("set-mirror")), id).picture.mirror);
    }
}

#[test]
fn an_undo_of_settings_says_so() {
    for (language, said) in [
        (Language::English, "Undone: picture and sound of Camera 2 changed"),
        (Language::Chinese, "已撤销：修改 Camera 2 的画面与声音"),
    ] {
        let mut desk = Shown::new(language, SIZES[0], look(snapshot()));
        desk.took();
        let before = Arc::clone(&desk.look.borrow().snapshot);
        let muted = SourceSettings { channels: SoundChannels::Mono, ..SourceSettings::default() };
        let set = before.show.apply(&Edit::Settings(CAMERA, muted)).unwrap();
        let with = |show: Show, history| {
            Arc::new(engine::Snapshot { show: Arc::new(show), history, ..(*before).clone() })
        };
        desk.look.borrow_mut().snapshot = with(set, (1, 0));
        desk.took();
        desk.key(Modifiers::COMMAND, Key::Z);
        desk.look.borrow_mut().snapshot = with((*before.show).clone(), (0, 1));
        desk.took();
        assert!(desk.has(said), "{said}");
    }
}

#[test]
fn a_still_is_not_offered_what_would_have_no_effect_on_it() {
    let shown = snapshot();
    let still =
        shown.show.sources.iter().find(|source| matches!(source.kind, SourceKind::Still { .. }));
    let (id, say) = (still.unwrap().id, |key: &str| words(Language::English, key));
    let mut desk = opened(Language::English, id);
    for page in ["set-timing", "set-decoding"] {
        assert!(!desk.has(&say(page)), "{page}");
    }
    desk.click(&say("set-colour"));
    desk.took();
    assert!(desk.has(&say("set-gamma")) && !desk.has(&say("set-matrix")));
}
