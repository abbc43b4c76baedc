//! Why something does not work, in both languages: what the studio says in English itself is said in the
//! operator's words, and only what the system says stays as it is.

use std::io;
use std::path::PathBuf;

use show::file::DecodeError;
use show::{
    AssetId, ComponentId, Fault, ItemId, LayoutId, OutputId, Place, SceneId, Show, SourceId,
};
use studio::production::session_log::LogError;
use studio::storage::disk::OpenShowError;
use studio::storage::disk_error::DiskError;
use studio::storage::portal::NoPortal;
use studio::storage::secrets::SecretsError;
use studio::storage::show_files::{LoadError, SaveError};
use studio::window::reasons;
use tests::shows;
use ui::{Language, Notice, Translations};

/// What the system says, so that it is known again.
pub const SYSTEM: &str = "EIO";

fn system() -> io::Error {
    io::Error::other(SYSTEM)
}

/// Everything that can be told of a disk, with what of it must be in the words of any language.
fn told() -> Vec<(Notice, Vec<&'static str>)> {
    let path = PathBuf::from("/shows/one.json");
    let load = |error| reasons::show_not_opened(OpenShowError::Load(error));
    let decode = |error| load(LoadError::Decode { path: PathBuf::from("/shows/one.json"), error });
    let json = || serde_json::from_str::<u8>("x").unwrap_err();
    let faults = Show::new("", shows::HD25).check();
    let again = faults.clone();
    let unread = |error| SaveError::Unreadable { path: PathBuf::from("/shows/one.json"), error };
    let keys = "/keys/keys.json";
    let (of_keys, reason) = (|| keys.to_owned(), || SYSTEM.to_owned());
    let one = "/shows/one.json";
    let disk = DiskError { path: path.clone(), what: "never shown", error: system() };
    vec![
        (load(LoadError::Read { path: path.clone(), error: system() }), vec![one, SYSTEM]),
        (decode(DecodeError::TooLarge(1 << 30)), vec![one]),
        (decode(DecodeError::NotJson(json())), vec![one, "line 1"]),
        (decode(DecodeError::NotAShow), vec![one]),
        (decode(DecodeError::FromTheFuture { found: 9 }), vec![one, "9", "1"]),
        (decode(DecodeError::Malformed(json())), vec![one, "line 1"]),
        (
            reasons::show_not_opened(OpenShowError::Faulty { path: path.clone(), faults }),
            vec![one, "1"],
        ),
        (
            reasons::show_not_saved(SaveError::Write { path: path.clone(), error: system() }),
            vec![one, SYSTEM],
        ),
        (
            reasons::show_not_saved(SaveError::Faulty { path: path.clone(), faults: again }),
            vec![one, "1"],
        ),
        (reasons::show_not_saved(unread(DecodeError::TooLarge(1 << 30))), vec![one, "64"]),
        (reasons::show_not_saved(unread(DecodeError::NotJson(json()))), vec![one, "line 1"]),
        (reasons::settings_not_saved(disk), vec![one, SYSTEM]),
        (reasons::log_not_written(&LogError { path, error: system() }), vec![one, SYSTEM]),
        (
            reasons::no_keys(SecretsError::Read { path: of_keys(), reason: reason() }),
            vec![keys, SYSTEM],
        ),
        (reasons::no_keys(SecretsError::Malformed { path: of_keys() }), vec![keys]),
        (reasons::no_keys(SecretsError::Open { path: of_keys() }), vec![keys, "chmod 600"]),
        (
            reasons::no_keys(SecretsError::Write { path: of_keys(), reason: reason() }),
            vec![keys, SYSTEM],
        ),
        (reasons::no_keys(SecretsError::Nowhere), vec!["Downstage"]),
        (reasons::no_keys(SecretsError::NotForgotten), vec![]),
        (reasons::no_keys(SecretsError::NoKey), vec![]),
    ]
}

/// English words of a sentence that is to be Chinese: names, paths and commands are none.
pub fn english(said: &str) -> Vec<&str> {
    let kept = [
        "Downstage JSON chmod xdg-desktop-portal-gtk expected value at line",
        // Commands, packages, parts and forms by their names.
        "downstage doctor gstreamer1.0-libav gstreamer1.0-plugins-ugly gstreamer1.0-plugins-bad gstreamer1.0-pipewire",
        "gstreamer1.0-pulseaudio",
        "TCP UDP SRT rtspu X X11 Wayland DISPLAY x264 x264enc openh264 H.264 AAC RTMP RTMPS TLS JPG PNG WebP rtmp rtmps SEI MB",
    ];
    let said = said.split(|c: char| !c.is_ascii_alphanumeric() && !"-/._ ".contains(c));
    let words = said.flat_map(str::split_whitespace);
    let is_ours = |word: &&str| {
        let is_path = word.starts_with('/');
        let is_kept = kept.iter().any(|kept| kept.split(' ').any(|part| part == *word));
        let is_place = *word == "column";
        word.contains(|c: char| c.is_ascii_alphabetic())
            && !(is_path || is_kept || is_place || *word == SYSTEM)
    };
    words.filter(is_ours).collect()
}

#[test]
fn what_the_disk_says_is_in_the_operators_words() {
    let show = Show::new("None", shows::HD25);
    for language in Language::ALL {
        let words = Translations::new(language);
        for (told, parts) in told() {
            let said = words.notice(&told, &show);
            for part in parts {
                assert!(said.contains(part), "{part} in {said}");
            }
            assert!(!said.contains("{ $"), "{said}");
            if language == Language::Chinese {
                assert_eq!(english(&said), [""; 0], "{said}");
            }
        }
    }
}

/// Every place that a check names, read from the check itself.
fn places() -> Vec<Place> {
    let checks = ["check.rs", "settings_check.rs"].map(|name| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../app/show/src/");
        std::fs::read_to_string(format!("{folder}{name}")).unwrap()
    });
    let source: &'static str = checks.concat().leak();
    let (source, layout) = (source, LayoutId(8));
    let mut places = Vec::new();
    for (at, _) in source.match_indices("place(\"").chain(source.match_indices("Place::")) {
        let rest = source[at..].lines().next().unwrap();
        let Some(field) = rest.split('"').nth(1) else { continue };
        let item =
            [AssetId(1).into(), SourceId(2).into(), ComponentId(3).into(), OutputId(4).into()];
        places.extend(item.map(|id: ItemId| Place::Item(id, field)));
        places.extend([Place::Item(layout.into(), field), Place::Item(SceneId(5).into(), field)]);
        places.extend([Place::Show(field), Place::Pane(layout, 0, field)]);
        places.push(Place::Strip(SourceId(2), field));
    }
    assert!(places.len() > 9 * 40, "{}", places.len());
    places
}

#[test]
fn the_place_of_a_fault_is_in_the_operators_words() {
    let show = Show::new("None", shows::HD25);
    for place in places() {
        let (code, message, remedy) = ("no_path", String::new(), String::new());
        let fault = Fault { place, code, message, remedy, range: None };
        let told = ui::Notice::InvalidShow("/shows/one.json".to_owned(), vec![fault]);
        let english_words = Translations::new(Language::English).notice(&told, &show);
        let chinese = Translations::new(Language::Chinese).notice(&told, &show);
        assert_eq!(english(&chinese), [""; 0], "{chinese}");
        assert!(!english_words.contains("field-"), "{english_words}");
        let number = match place {
            Place::Show(_) => continue,
            Place::Item(id, _) => id.to_string(),
            Place::Pane(id, ..) => id.to_string(),
            Place::Strip(id, _) => id.to_string(),
        };
        // An operator who opens the file with an editor finds it by its number.
        let number = number.split('-').nth(1).unwrap().to_owned();
        assert!(chinese.contains(&number) && english_words.contains(&number), "{chinese}");
    }
}

#[test]
fn why_there_is_no_dialog_is_in_the_operators_words() {
    let all = || {
        [
            NoPortal::NoBus(SYSTEM.to_owned()),
            NoPortal::NoPortal,
            NoPortal::NoChooser(SYSTEM.to_owned()),
            NoPortal::Silent,
            NoPortal::Failed(SYSTEM.to_owned()),
        ]
    };
    for reason in all() {
        let of_system =
            matches!(reason, NoPortal::NoBus(_) | NoPortal::NoChooser(_) | NoPortal::Failed(_));
        let reason = reasons::no_dialog(reason);
        let said = Translations::new(Language::English).reason(&reason);
        assert!(said.contains("ype or paste the path instead"), "{said}");
        let chinese = Translations::new(Language::Chinese).reason(&reason);
        assert_eq!(english(&chinese), [""; 0], "{chinese}");
        assert_eq!([said, chinese].map(|said| said.contains(SYSTEM)), [of_system; 2]);
    }
}
