//! Cameras and microphones of this computer, as the dialog of a source lists them.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use engine::Mix;
use media::source::device::DeviceError;
use show::{
    CameraMode, CameraSource, Device, Edit, Item, MicrophoneSource, Side, Source, SourceId,
    SourceKind, StripMode,
};
use studio::window::reasons;
use ui::{Action, CameraLook, Language, Look, MicrophoneLook};

use crate::desk::{SIZES, Shown, look, snapshot};
use crate::desk_building::{CTRL, desk, words};

fn device(id: &str, name: &str) -> Device {
    Device { id: id.to_owned(), name: name.to_owned() }
}

const MODE: CameraMode = CameraMode { width: 1_280, height: 720, rate_millihertz: 29_970 };

/// What is connected.
fn connect(look: &mut Look) {
    let camera = |id, name, modes| CameraLook { device: device(id, name), modes };
    let microphone = |id, name, channels| MicrophoneLook { device: device(id, name), channels };
    let cameras = vec![camera("usb-1/A", "C920", vec![MODE]), camera("usb-2/A", "Brio", vec![])];
    look.cameras = Some(Arc::new(Ok(cameras)));
    let microphones = vec![microphone("alsa_input.a", "Røde", 1), microphone("line", "Line 8", 8)];
    look.microphones = Some(Arc::new(Ok(microphones)));
}

/// A desk with the dialog of a new source of this kind, once it is known what is connected.
fn dialog(language: Language, size: (f32, f32), kind: &str) -> Shown {
    let mut desk = desk(language, size);
    desk.key(CTRL, Key::M);
    let asked = desk.press(&words(language, kind));
    assert_eq!(asked, [Action::ListDevices { fresh: true }], "it is asked for");
    connect(&mut desk.look.borrow_mut());
    desk.took();
    desk
}

/// Opens a list, and chooses one of it.
fn choose(desk: &mut Shown, label: &str, name: &str) {
    desk.harness.get_by_role_and_label(Role::ComboBox, label).click();
    desk.took();
    desk.press(name);
}

/// The sources that are asked for, and whose strips are switched on with them.
fn asked_for(asked: &[Action]) -> (Vec<Source>, Vec<SourceId>) {
    let is_list = |action: &&Action| !matches!(action, Action::ListDevices { .. });
    let asked: Vec<&Action> = asked.iter().filter(is_list).collect();
    let (edits, on) = match asked[..] {
        [Action::Edit(edits)] => (edits, Vec::new()),
        [Action::All(all)] => {
            let [Action::Edit(edits), on @ ..] = &all[..] else { panic!("{all:?}") };
            let on = on.iter().map(|action| match action {
                Action::Mix(Mix::Mode(id, StripMode::On)) => *id,
                other => panic!("{other:?}"),
            });
            (edits, on.collect())
        }
        _ => panic!("{asked:?}"),
    };
    let source = |edit: &Edit| match edit {
        Edit::Add(Item::Source(source)) | Edit::Replace(Item::Source(source)) => source.clone(),
        other => panic!("{other:?}"),
    };
    (edits.iter().map(source).collect(), on)
}

#[test]
fn a_camera_and_a_microphone_are_three_clicks() {
    for size in SIZES {
        for (language, with) in
            [(Language::English, "Add Røde with it"), (Language::Chinese, "同时添加 Røde")]
        {
            // The first: what kind it is.
            let mut desk = dialog(language, size, "media-camera");
            desk.click(with);
            let (sources, on) = asked_for(&desk.press(&words(language, "add")));
            let [camera, microphone] = &sources[..] else { panic!("{sources:?}") };
            assert_eq!((camera.name.as_str(), microphone.name.as_str()), ("C920", "Røde"));
            let (chosen, mode) = (device("usb-1/A", "C920"), None);
            let expected = CameraSource { device: chosen, mode, latency_millis: 80 };
            assert_eq!(camera.kind, SourceKind::Camera(expected));
            let (chosen, side) = (device("alsa_input.a", "Røde"), Side::Both);
            let expected = MicrophoneSource { device: chosen, pair: 1, side, latency_millis: 80 };
            assert_eq!(microphone.kind, SourceKind::Microphone(expected));
            assert_eq!(on, [microphone.id]);
            assert!(camera.id != microphone.id && camera.uid != microphone.uid);
        }
    }
}

#[test]
fn a_device_its_mode_and_its_channels_are_chosen() {
    for size in SIZES {
        for (language, pair) in [(Language::English, "Pair"), (Language::Chinese, "声道对")] {
            let (add, of) = (words(language, "add"), |key| words(language, key));
            let mut desk = dialog(language, size, "media-camera");
            choose(&mut desk, &of("camera-mode"), "1280 × 720, 29.97 fps");
            let (sources, on) = asked_for(&desk.press(&add));
            let SourceKind::Camera(camera) = &sources[0].kind else { panic!("{sources:?}") };
            assert_eq!((camera.mode, &on[..]), (Some(MODE), &[][..]));
            // Another camera has other modes.
            let mut desk = dialog(language, size, "media-camera");
            choose(&mut desk, &of("camera-mode"), "1280 × 720, 29.97 fps");
            choose(&mut desk, &of("camera-device"), "Brio");
            let (sources, _) = asked_for(&desk.press(&add));
            let SourceKind::Camera(camera) = &sources[0].kind else { panic!("{sources:?}") };
            assert_eq!((sources[0].name.as_str(), &camera.device.id[..]), ("Brio", "usb-2/A"));
            assert_eq!(camera.mode, None);
            let mut desk = dialog(language, size, "media-microphone");
            assert!(!desk.has(pair), "a microphone of one channel has no pairs");
            choose(&mut desk, &of("microphone-device"), "Line 8");
            desk.click(&of("side-right"));
            assert!(desk.has(pair));
            let (sources, on) = asked_for(&desk.press(&add));
            let SourceKind::Microphone(line) = &sources[0].kind else { panic!("{sources:?}") };
            assert_eq!((&line.device.id[..], line.pair, line.side), ("line", 1, Side::Right));
            assert_eq!(on, [sources[0].id]);
        }
    }
}

#[test]
fn what_is_connected_is_asked_again_while_the_dialog_is_open() {
    let mut desk = dialog(Language::English, SIZES[0], "media-camera");
    let mut asked = Vec::new();
    for _ in 0..60 {
        asked.extend(desk.took());
    }
    let asked: Vec<_> =
        asked.iter().filter(|it| matches!(it, Action::ListDevices { .. })).collect();
    assert!(!asked.is_empty());
    assert!(asked.iter().all(|it| **it == Action::ListDevices { fresh: false }), "{asked:?}");
}

#[test]
fn why_there_is_nothing_to_choose_is_said_and_nothing_can_be_added() {
    for (language, camera, microphone) in [
        (
            Language::English,
            "no camera is connected. Connect one: it is listed as soon as it is there.",
            "devices cannot be looked for: a plug-in is missing. Install gstreamer1.0-pulseaudio.",
        ),
        (
            Language::Chinese,
            "没有连接摄像头。请连接一个：连接后会立即列出。",
            "无法查找设备：缺少插件。请安装 gstreamer1.0-pulseaudio。",
        ),
    ] {
        let mut desk = desk(language, SIZES[0]);
        let missing = DeviceError::NoPlugin("gstreamer1.0-pulseaudio");
        desk.look.borrow_mut().cameras =
            Some(Arc::new(Err(reasons::device_error(&DeviceError::NoCamera))));
        desk.look.borrow_mut().microphones = Some(Arc::new(Err(reasons::device_error(&missing))));
        desk.key(CTRL, Key::M);
        desk.press(&words(language, "media-camera"));
        assert!(desk.has(camera));
        desk.press(&words(language, "media-microphone"));
        assert!(desk.has(microphone));
        let asked = desk.press(&words(language, "add"));
        assert!(asked.iter().all(|it| matches!(it, Action::ListDevices { .. })), "{asked:?}");
    }
}

#[test]
fn a_source_whose_device_is_not_connected_stays_as_it_is_when_another_thing_is_changed() {
    let mut shown = snapshot();
    let mut show = (*shown.show).clone();
    let film = show.sources.iter_mut().find(|source| source.id == SourceId(13)).unwrap();
    let camera =
        CameraSource { device: device("gone", "Old one"), mode: Some(MODE), latency_millis: 120 };
    film.kind = SourceKind::Camera(camera.clone());
    shown.show = Arc::new(show);
    let mut desk = Shown::new(Language::English, SIZES[0], look(shown));
    connect(&mut desk.look.borrow_mut());
    let cell = desk.harness.query_all_by_role(Role::Button).rfind(|node| {
        node.accesskit_node().label().unwrap_or_default().split(", ").next() == Some("Film")
    });
    cell.unwrap().focus();
    desk.took();
    desk.key(Modifiers::NONE, Key::Menu);
    desk.press("Edit…");
    assert!(!desk.has("Add Røde with it"), "only a new camera gets a microphone");
    desk.write("Name", "Front");
    let (sources, _) = asked_for(&desk.press("Apply"));
    assert_eq!(sources[0].name, "Front");
    assert_eq!(sources[0].kind, SourceKind::Camera(camera));
}
