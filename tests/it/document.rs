//! The show document: edits, checks and the file, as properties.

use proptest::prelude::*;
use show::file::{self, DecodeError};
use show::{Edit, EditError, Feed, Item, ItemId, LayoutId, Place, Show, SourceId, Template};
use tests::shows::{any_edit, full};

fn after(show: Show, edits: &[Edit]) -> Show {
    edits.iter().fold(show, |show, edit| show.apply(edit).unwrap_or(show))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn edits_keep_the_show_clean_or_are_refused(edits in prop::collection::vec(any_edit(), 1..40)) {
        let mut show = full();
        for edit in &edits {
            match show.apply(edit) {
                Ok(next) => {
                    prop_assert_eq!(next.check(), vec![]);
                    show = next;
                }
                Err(EditError::Faults(faults)) => prop_assert!(!faults.is_empty()),
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
    }

    #[test]
    fn any_show_survives_save_and_load(edits in prop::collection::vec(any_edit(), 0..40)) {
        let show = after(full(), &edits);
        let bytes = file::encode(&show);
        prop_assert_eq!(file::decode(&bytes).unwrap(), show);
    }

    #[test]
    fn any_bytes_load_or_say_why(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _loaded_or_typed_error = file::decode(&bytes).map_err(|error| error.to_string());
    }

    /// Random bytes hardly ever get past the JSON parser; damaged shows do.
    #[test]
    fn damaged_shows_load_or_say_why(
        hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = file::encode(&full());
        for (index, value) in hits {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        let whole = file::decode(&bytes);
        if let Ok(show) = whole {
            let _faults_not_panics = show.check();
        }
        bytes.truncate(cut.index(bytes.len()));
        prop_assert!(file::decode(&bytes).is_err(), "half a show was taken for a whole one");
    }
}

#[test]
fn the_full_show_has_no_fault() {
    assert_eq!(full().check(), vec![]);
}

/// The strategies reach both sides: a property that only ever sees refusals proves nothing.
#[test]
fn random_edits_are_taken_and_refused() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut taken, mut refused) = (0, 0);
    let mut show = full();
    for _ in 0..500 {
        let edit = any_edit().new_tree(&mut runner).unwrap().current();
        match show.apply(&edit) {
            Ok(next) => (taken, show) = (taken + 1, next),
            Err(_) => refused += 1,
        }
    }
    assert!(taken > 100 && refused > 100, "{taken} taken, {refused} refused");
}

#[test]
fn a_show_from_the_future_is_refused_with_both_versions() {
    let error = file::decode(br#"{"downstage": 99, "show": {"hologram": true}}"#).unwrap_err();
    assert!(matches!(error, DecodeError::FromTheFuture { found: 99 }));
    assert!(error.to_string().contains("newer Downstage"));
}

#[test]
fn what_is_no_show_is_named() {
    let no_show = |bytes: &[u8]| file::decode(bytes).unwrap_err();
    assert!(matches!(no_show(b"hello"), DecodeError::NotJson(_)));
    assert!(matches!(no_show(b"{}"), DecodeError::NotAShow));
    assert!(matches!(no_show(b"[1]"), DecodeError::NotAShow));
    assert!(matches!(no_show(br#"{"downstage": 1}"#), DecodeError::NotAShow));
    let typo = br#"{"downstage": 1, "show": {"name": "x", "fromat": {}}}"#;
    assert!(no_show(typo).to_string().contains("fromat"));
}

#[test]
fn a_source_used_twice_is_shown_on_the_second_pane() {
    let mut layout = full().layout(LayoutId(8)).unwrap().clone();
    layout.panes[2].feed = Feed::Source(SourceId(3));
    let error = full().apply(&Edit::Replace(show::Item::Layout(layout))).unwrap_err();
    let EditError::Faults(faults) = error else { panic!("{error}") };
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].place, Place::Pane(LayoutId(8), 2, "source"));
    assert_eq!(faults[0].code, "source_twice");
}

#[test]
fn an_item_in_use_is_not_removed_and_its_users_are_named() {
    let error = full().apply(&Edit::Remove(SourceId(4).into())).unwrap_err();
    let users = vec![ItemId::Layout(LayoutId(8))];
    assert_eq!(error, EditError::InUse { item: SourceId(4).into(), users });
    assert_eq!(error.to_string(), "source-4 is used by layout-8: remove it there first");
}

#[test]
fn the_twenty_first_layout_is_refused() {
    let mut show = full();
    while show.counted_layouts() < show::MAX_LAYOUTS {
        show = show.apply(&Edit::Add(Item::Layout(quad(show.free_number())))).unwrap();
    }
    let layout = Item::Layout(quad(show.free_number()));
    let error = show.apply(&Edit::Add(layout)).unwrap_err();
    assert_eq!(error.code(), "too_many_layouts");
}

#[test]
fn every_template_makes_panes_on_the_canvas() {
    for template in show::Template::ALL {
        for (rect, _) in template.places() {
            let inside = |from: f64, size: f64| from >= 0.0 && from + size <= 1.0 + 1e-9;
            assert!(inside(rect.x, rect.w) && inside(rect.y, rect.h), "{template:?}: {rect:?}");
        }
    }
}

#[test]
fn a_stream_key_has_no_place_in_a_url() {
    let with_url = |text: &str| {
        let mut output = full().outputs[1].clone();
        let show::OutputKind::Rtmp { url, .. } = &mut output.kind else { panic!("an RTMP output") };
        *url = text.to_owned();
        full().apply(&Edit::Replace(show::Item::Output(output)))
    };
    assert!(with_url("rtmps://host:1936/app").is_ok());
    // White space around it is left out by who sends to it.
    assert!(with_url(" rtmp://host/app\n").is_ok());
    for bad in
        ["http://h/app", "rtmp://host", "rtmp://host/", "rtmp://u:p@h/app", "rtmp://h/a?key=s"]
    {
        assert_eq!(with_url(bad).unwrap_err().code(), "bad_url", "{bad}");
    }
}

#[test]
fn the_points_of_a_film_have_a_range_and_an_order() {
    let with_points = |in_millis, out_millis| {
        let mut film = full().sources[0].clone();
        let show::SourceKind::File(play) = &mut film.kind else { panic!("a film") };
        (play.in_millis, play.out_millis) = (in_millis, out_millis);
        match full().apply(&Edit::Replace(show::Item::Source(film))) {
            Ok(_) => Vec::new(),
            Err(EditError::Faults(faults)) => {
                faults.into_iter().map(|fault| (fault.place, fault.code)).collect()
            }
            Err(error) => panic!("{error}"),
        }
    };
    let at = |field| Place::Item(SourceId(3).into(), field);
    let day = 86_400_000;
    let (range, order) = ("out_of_range", "out_before_in");
    assert_eq!(with_points(0, Some(day)), []);
    assert_eq!(with_points(day, None), []);
    assert_eq!(with_points(0, Some(day + 1)), [(at("out point"), range)]);
    assert_eq!(with_points(u64::MAX, None), [(at("in point"), range)]);
    assert_eq!(with_points(500, Some(500)), [(at("out point"), order)]);
    let both = [(at("in point"), range), (at("out point"), range), (at("out point"), order)];
    assert_eq!(with_points(u64::MAX, Some(u64::MAX)), both);
}

#[test]
fn the_sound_track_of_a_film_has_a_range() {
    for (track, is_right) in
        [(None, true), (Some(0), false), (Some(1), true), (Some(64), true), (Some(65), false)]
    {
        let mut film = full().sources[0].clone();
        let show::SourceKind::File(play) = &mut film.kind else { panic!("a film") };
        play.track = track;
        let faults = match full().apply(&Edit::Replace(show::Item::Source(film))) {
            Ok(_) => Vec::new(),
            Err(EditError::Faults(faults)) => faults,
            Err(error) => panic!("{error}"),
        };
        let places: Vec<_> = faults.iter().map(|fault| (fault.place, fault.code)).collect();
        let wrong = (Place::Item(SourceId(3).into(), "sound track"), "out_of_range");
        assert_eq!(places, if is_right { vec![] } else { vec![wrong] }, "{track:?}");
    }
}

#[test]
fn a_device_is_named_and_its_numbers_have_a_range() {
    let faults = |json: &str| {
        let mut source = full().sources[0].clone();
        source.kind = serde_json::from_str(json).unwrap();
        match full().apply(&Edit::Replace(show::Item::Source(source))) {
            Ok(_) => Vec::new(),
            Err(EditError::Faults(faults)) => {
                assert!(faults.iter().all(|fault| !fault.remedy.is_empty()));
                faults.into_iter().map(|fault| (fault.place, fault.code)).collect()
            }
            Err(error) => panic!("{error}"),
        }
    };
    let at = |field, code| vec![(Place::Item(SourceId(3).into(), field), code)];
    let camera = |id: &str, rest: &str| {
        faults(&format!(
            r#"{{"type": "camera", "device": {{"id": "{id}", "name": "C920"}}{rest}}}"#
        ))
    };
    assert_eq!(camera("usb-1/C920", ""), []);
    let mode = |width: u32, rate: u32| {
        format!(
            r#", "mode": {{"width": {width}, "height": 720, "rate_millihertz": {rate}}}, "latency_millis": 5000"#
        )
    };
    assert_eq!(camera("usb-1/C920", &mode(1_280, 29_970)), []);
    assert_eq!(camera(" ", ""), at("device", "no_device"));
    assert_eq!(camera(&"x".repeat(2_049), ""), at("device", "no_device"));
    assert_eq!(camera("x", &mode(0, 25_000)), at("width", "out_of_range"));
    assert_eq!(camera("x", &mode(1_280, 0)), at("rate", "out_of_range"));
    assert_eq!(camera("x", r#", "latency_millis": 5001"#), at("latency", "out_of_range"));
    let microphone = |rest: &str| {
        faults(&format!(r#"{{"type": "microphone", "device": {{"id": "mic", "name": ""}}{rest}}}"#))
    };
    assert_eq!(microphone(""), []);
    assert_eq!(microphone(r#", "pair": 4, "side": "right", "latency_millis": 0"#), []);
    assert_eq!(microphone(r#", "pair": 0"#), at("channels", "out_of_range"));
    assert_eq!(microphone(r#", "pair": 33"#), at("channels", "out_of_range"));
    // What the system numbers anew each time has no place in a show.
    let numbered = r#"{"type": "camera", "device": {"id": "x", "name": "", "serial": 7}}"#;
    assert!(serde_json::from_str::<show::SourceKind>(numbered).is_err());
}

#[test]
fn what_a_screen_shows_is_named_and_its_rate_has_a_range() {
    let faults = |area: &str, rate: &str| {
        let json = format!(r#"{{"type": "screen", "area": {area}{rate}}}"#);
        let mut source = full().sources[0].clone();
        source.kind = serde_json::from_str(&json).unwrap();
        match full().apply(&Edit::Replace(show::Item::Source(source))) {
            Ok(_) => Vec::new(),
            Err(EditError::Faults(faults)) => {
                assert!(faults.iter().all(|fault| !fault.remedy.is_empty()));
                faults.into_iter().map(|fault| (fault.place, fault.code)).collect()
            }
            Err(error) => panic!("{error}"),
        }
    };
    let at = |field, code| vec![(Place::Item(SourceId(3).into(), field), code)];
    let desktop = r#"{"what": "desktop"}"#;
    assert_eq!(faults(desktop, ""), []);
    assert_eq!(faults(desktop, r#", "cursor": false, "rate": 60"#), []);
    assert_eq!(faults(desktop, r#", "rate": 0"#), at("rate", "out_of_range"));
    assert_eq!(faults(desktop, r#", "rate": 61"#), at("rate", "out_of_range"));
    let monitor = |name: &str| format!(r#"{{"what": "monitor", "name": "{name}"}}"#);
    assert_eq!(faults(&monitor("HDMI-1"), ""), []);
    assert_eq!(faults(&monitor(" "), ""), at("monitor", "no_monitor"));
    assert_eq!(faults(&monitor(&"x".repeat(2_049)), ""), at("monitor", "no_monitor"));
    let window = |rest: &str| format!(r#"{{"what": "window", {rest}}}"#);
    assert_eq!(faults(&window(r#""class": "XTerm""#), ""), []);
    assert_eq!(faults(&window(r#""class": "XTerm", "title": "top""#), ""), []);
    assert_eq!(faults(&window(r#""class": """#), ""), at("window", "no_window"));
    assert_eq!(faults(&window(r#""class": "XTerm", "title": """#), ""), at("title", "no_title"));
    // No number of a window has a place in a show: it is another each time.
    let numbered = r#"{"type": "screen", "area": {"what": "window", "class": "x", "xid": 7}}"#;
    assert!(serde_json::from_str::<show::SourceKind>(numbered).is_err());
}

/// The schema in `assets` is the one of the types. `UPDATE=1` writes it anew.
#[test]
fn the_schema_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/show.schema.json");
    let mut text = serde_json::to_string_pretty(&file::schema()).unwrap();
    text.push('\n');
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    assert!(stored == text, "assets/show.schema.json is out of date: run the tests with UPDATE=1");
}

/// Every version that ever shipped still opens. A fixture is written once, when its version is new.
/// Editors put a mark in front, and some write two bytes a character.
#[test]
fn a_show_that_an_editor_has_written_opens() {
    let show = full();
    let text = String::from_utf8(file::encode(&show)).unwrap();
    let units = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(order).collect()
    };
    let marked = ["\u{feff}".as_bytes(), text.as_bytes()].concat();
    for bytes in [marked, units(u16::to_le_bytes), units(u16::to_be_bytes)] {
        assert_eq!(file::decode(&bytes).unwrap(), show);
    }
    let half = &units(u16::to_le_bytes)[..101];
    assert!(file::decode(half).unwrap_err().to_string().contains("line"), "it says where");
}

#[test]
fn shows_of_every_version_open() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/show-v1.json");
    let stored = std::fs::read(path).unwrap();
    assert_eq!(file::decode(&stored).unwrap(), full());
}

#[test]
fn a_source_alone_takes_no_layout_from_the_twenty() {
    let mut show = full();
    let alone = |id, name: &str| Template::Single.layout(LayoutId(id), name, &[feed(&full())]);
    while show.counted_layouts() < show::MAX_LAYOUTS {
        let id = show.free_number();
        show = show.apply(&Edit::Add(Item::Layout(quad(id)))).unwrap();
    }
    // Sources alone have room all the same, and what differs from that by a detail has not.
    for turn in 0..30 {
        let id = show.free_number();
        let layout = Item::Layout(alone(id, &format!("Alone {turn}")));
        show = show.apply(&Edit::Add(layout)).unwrap();
    }
    let id = show.free_number();
    let mut inset = alone(id, "Inset");
    inset.panes[0].opacity = 0.5;
    assert!(show.apply(&Edit::Add(Item::Layout(inset))).is_err());
    assert!(show.apply(&Edit::Add(Item::Layout(quad(id)))).is_err());
}

/// A layout of four panes.
fn quad(id: u32) -> show::Layout {
    let quad = full().layouts[0].clone();
    show::Layout { id: LayoutId(id), name: format!("Quad {id}"), ..quad }
}

/// The first source of a show.
fn feed(show: &Show) -> Feed {
    Feed::Source(show.sources[0].id)
}
