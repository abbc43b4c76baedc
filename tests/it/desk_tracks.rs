//! The sound tracks of a film, as the desk lists them and says what is wrong with them.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use engine::SourceState;
use show::{Edit, Item, SourceId, SourceKind};
use ui::{Action, Language, SourceLook, TrackLook};

use crate::desk::{SIZES, Shown, look, snapshot};
use crate::desk_building::words;

const FILM: SourceId = SourceId(13);
const NONE: Modifiers = Modifiers::NONE;

/// A desk with the dialog of a film that has these tracks, of which one is chosen.
fn dialog(language: Language, tracks: &[TrackLook], chosen: Option<u32>) -> Shown {
    let mut shown = snapshot();
    let mut show = (*shown.show).clone();
    let film = show.sources.iter_mut().find(|source| source.id == FILM).unwrap();
    let SourceKind::File(play) = &mut film.kind else { panic!("it is a film") };
    play.track = chosen;
    shown.show = Arc::new(show);
    let mut shown = look(shown);
    shown.tracks = Arc::new([(FILM, tracks.to_vec())].into());
    let mut desk = Shown::new(language, SIZES[0], shown);
    let cell = desk.harness.query_all_by_role(Role::Button).rfind(|node| {
        node.accesskit_node().label().unwrap_or_default().split(", ").next() == Some("Film")
    });
    cell.unwrap().focus();
    desk.took();
    desk.key(NONE, Key::Menu);
    desk.press(&words(language, "edit-item"));
    desk
}

/// Opens the list of the tracks.
fn open(desk: &mut Shown, language: Language) {
    let label = words(language, "sound-track");
    desk.harness.get_by_role_and_label(Role::ComboBox, &label).click();
    desk.took();
}

/// The track that is asked for.
fn track_of(asked: &[Action]) -> Option<u32> {
    let [Action::Edit(edits)] = asked else { panic!("{asked:?}") };
    let [Edit::Replace(Item::Source(source))] = &edits[..] else { panic!("{edits:?}") };
    let SourceKind::File(play) = source.kind else { panic!("{source:?}") };
    play.track
}

fn tracks() -> [TrackLook; 3] {
    let plain = |channels, codec: &str| TrackLook {
        channels: Some(channels),
        codec: codec.to_owned(),
        ..TrackLook::default()
    };
    let language = Some("fr".to_owned());
    let second = TrackLook { language, title: Some("Interview".to_owned()), ..plain(1, "PCM") };
    [plain(2, "AAC"), second, plain(6, "AC-3")]
}

#[test]
fn the_tracks_of_a_film_are_listed_in_its_dialog_and_one_is_chosen() {
    for (language, names) in [
        (
            Language::English,
            ["1 · 2 ch · AAC", "2 · fr · Interview · 1 ch · PCM", "3 · 6 ch · AC-3"],
        ),
        (
            Language::Chinese,
            ["1 · 2 声道 · AAC", "2 · fr · Interview · 1 声道 · PCM", "3 · 6 声道 · AC-3"],
        ),
    ] {
        let apply = words(language, "apply");
        for (number, name) in (1..).zip(names) {
            let mut desk = dialog(language, &tracks(), None);
            open(&mut desk, language);
            assert!(names.iter().all(|name| desk.has(name)));
            desk.press(name);
            assert_eq!(track_of(&desk.press(&apply)), Some(number));
        }
        let mut desk = dialog(language, &tracks(), Some(2));
        open(&mut desk, language);
        desk.press(&words(language, "sound-track-default"));
        assert_eq!(track_of(&desk.press(&apply)), None);
    }
}

#[test]
fn a_track_that_the_film_lacks_stays_chosen_until_another_is() {
    let mut desk = dialog(Language::English, &tracks()[..1], Some(7));
    open(&mut desk, Language::English);
    assert!(desk.has("7") && desk.has("1 · 2 ch · AAC"));
    desk.key(NONE, Key::Escape);
    assert_eq!(track_of(&desk.press("Apply")), Some(7));
    // Another file has other tracks.
    let mut desk = dialog(Language::English, &tracks(), Some(2));
    desk.write(&words(Language::English, "path"), "/other.mp4");
    assert_eq!(desk.harness.query_all_by_role(Role::ComboBox).count(), 0);
    // Before they are known, there is nothing to choose from.
    let desk = dialog(Language::English, &[], None);
    assert_eq!(desk.harness.query_all_by_role(Role::ComboBox).count(), 0);
}

#[test]
fn a_silent_track_is_said_on_its_source_and_is_not_wrong() {
    for (language, said) in [
        (Language::English, "Film, track 1 of 3 is silent"),
        (Language::Chinese, "Film, 音轨 1/3 无声"),
    ] {
        let mut shown = snapshot();
        shown.sources.insert(FILM, SourceState::Live);
        shown.tally.remove(&FILM);
        let mut shown = look(shown);
        shown.sources.insert(FILM, SourceLook::default());
        let mut desk = Shown::new(language, SIZES[1], shown);
        desk.took();
        assert_eq!(desk.harness.query_all_by_label(said).count(), 0);
        let silent = SourceLook { silent_track: Some((1, 3)), ..SourceLook::default() };
        desk.look.borrow_mut().sources.insert(FILM, silent);
        desk.took();
        desk.harness.get_by_label(said);
    }
}
