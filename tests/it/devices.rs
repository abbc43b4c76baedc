//! What of a device is pure: which one it is, which of its modes and channels is taken, and how its level is drawn.

use gstreamer as gst;
use media::source::device::identity::{self, Finder, Found};
use media::source::device::modes::{self, Mode};
use media::source::device::{Channels, DeviceKind, LevelPicture};
use show::{CameraMode, Format, FrameRate, Raster, Side};

fn found(finder: Finder, kind: DeviceKind, id: &str, others: &[&str]) -> Found {
    let others = others.iter().map(|name| (*name).to_owned()).collect();
    let (id, name) = (id.to_owned(), id.to_owned());
    Found { finder, kind, id, name, others, is_monitor: false, is_default: false }
}

fn kept(all: &[Found]) -> Vec<&str> {
    identity::fold(all).into_iter().map(|at| all[at].id.as_str()).collect()
}

#[test]
fn a_device_that_is_found_by_several_is_listed_once() {
    use DeviceKind::{Camera, Microphone};
    let all = [
        found(Finder::PipeWire, Camera, "v4l2_input.usb", &["v4l2_input.usb", "/dev/video0"]),
        found(Finder::PipeWire, Camera, "virtual", &["virtual"]),
        found(Finder::V4l2, Camera, "usb-1/Cam", &["/dev/video0"]),
        found(Finder::PipeWire, Microphone, "mic", &["mic"]),
        found(Finder::Pulse, Microphone, "mic", &["mic"]),
        found(Finder::Alsa, Microphone, "card/mic", &[]),
        found(Finder::Pulse, Microphone, "line", &["line"]),
    ];
    assert_eq!(kept(&all), ["usb-1/Cam", "mic", "line", "virtual"]);
    // Without a server the kernel's are taken.
    assert_eq!(kept(&all[5..6]), ["card/mic"]);
}

#[test]
fn what_is_heard_at_an_output_is_no_microphone_and_the_systems_choice_is_first() {
    let kind = DeviceKind::Microphone;
    let mut all = [
        found(Finder::Pulse, kind, "speakers.monitor", &[]),
        found(Finder::Pulse, kind, "line", &[]),
        found(Finder::Pulse, kind, "mic", &[]),
    ];
    all[0].is_monitor = true;
    all[2].is_default = true;
    assert_eq!(kept(&all), ["mic", "line"]);
}

#[test]
fn two_devices_alike_have_ids_of_their_own() {
    let one = found(Finder::V4l2, DeviceKind::Camera, "usb-1/Cam", &[]);
    let mut all = [one.clone(), one.clone(), one];
    identity::number(&mut all);
    let ids = all.each_ref().map(|one| one.id.as_str());
    assert_eq!(ids, ["usb-1/Cam", "usb-1/Cam#2", "usb-1/Cam#3"]);
}

#[test]
fn the_id_of_a_device_is_what_stays_when_it_is_plugged_in_again() {
    let said = [
        ("node.name", "alsa_input.usb"),
        ("object.id", "51"),
        ("internal-name", "alsa_input.usb.analog"),
        ("v4l2.device.bus_info", "usb-0000:00:14.0-1"),
        ("device.path", "/dev/video3"),
        ("alsa.card_name", "Scarlett"),
    ];
    let property = |name: &str| {
        said.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    };
    for (finder, id) in [
        (Finder::PipeWire, "alsa_input.usb"),
        (Finder::Pulse, "alsa_input.usb.analog"),
        (Finder::V4l2, "usb-0000:00:14.0-1/Cam"),
        (Finder::Alsa, "Scarlett/Cam"),
    ] {
        assert_eq!(identity::id_of(finder, "Cam", property), id);
    }
    assert_eq!(identity::id_of(Finder::Other, "Cam", |_| None), "Cam");
}

fn modes_of(caps: &str) -> Vec<Mode> {
    media::init().unwrap();
    modes::modes(&caps.parse::<gst::Caps>().unwrap())
}

#[test]
fn the_modes_of_a_camera_are_read_whatever_form_they_have() {
    let all = modes_of(
        "video/x-raw, format=YUY2, width=640, height=480, framerate={ (fraction)30/1, (fraction)15/1 }; \
         image/jpeg, width=1920, height=1080, framerate=30/1; video/x-h264, width=1920, height=1080, framerate=30/1; \
         video/x-raw, format=NV12, width=640, height=480, framerate=30/1",
    );
    let mode = |size, rate, is_jpeg| Mode { size, rate, is_jpeg };
    let expected = [
        mode((640, 480), (30, 1), false),
        mode((640, 480), (15, 1), false),
        mode((1_920, 1_080), (30, 1), true),
    ];
    assert_eq!(all, expected);
    let any = modes_of("video/x-raw, width=[1, 1300], height=[1, 800], framerate=[0/1, 26/1]");
    assert_eq!(any.len(), 3 * 3);
    assert!(any.contains(&mode((1_280, 720), (25, 1), false)), "{any:?}");
    assert_eq!(modes_of("video/x-raw, width=64, height=32"), [mode((64, 32), (0, 1), false)]);
    assert_eq!(modes_of("video/x-raw"), []);
}

#[test]
fn the_mode_that_fits_the_programme_is_taken_unless_one_is_chosen() {
    let all = modes_of(
        "video/x-raw, width=640, height=480, framerate=30/1; \
         video/x-raw, width=1920, height=1080, framerate=5/1; \
         image/jpeg, width=1920, height=1080, framerate={ (fraction)60/1, (fraction)30/1 }; \
         image/jpeg, width=640, height=480, framerate=30/1; \
         image/jpeg, width=1280, height=720, framerate=30000/1001",
    );
    let best = |raster, rate| {
        let mode = modes::best(&all, Format { raster, rate }).unwrap();
        (mode.size, mode.rate, mode.is_jpeg)
    };
    assert_eq!(best(Raster::Hd, FrameRate::R25), ((1_280, 720), (30_000, 1_001), true));
    assert_eq!(best(Raster::Hd, FrameRate::R30), ((1_280, 720), (30_000, 1_001), true));
    assert_eq!(best(Raster::Hd, FrameRate::R50), ((1_920, 1_080), (60, 1), true));
    // Uncoded where there is both.
    assert_eq!(best(Raster::Ld, FrameRate::R25), ((640, 480), (30, 1), false));
    let wanted = |width, height, rate_millihertz| {
        modes::wanted(&all, CameraMode { width, height, rate_millihertz })
    };
    assert_eq!(wanted(1_280, 720, 29_970).map(|mode| mode.is_jpeg), Some(true));
    assert_eq!(wanted(640, 480, 30_000).map(|mode| mode.is_jpeg), Some(false));
    assert_eq!(wanted(1_280, 720, 30_000), None);
    assert!(modes::best(&[], Format { raster: Raster::Hd, rate: FrameRate::R25 }).is_none());
}

#[test]
fn of_the_channels_of_a_device_those_are_heard_that_are_chosen() {
    let samples: Vec<f32> = (0..12).map(|at| at as f32).collect();
    let take = |pair, side, of| Channels { pair, side }.take(&samples, of);
    assert_eq!(take(1, Side::Both, 6), [0.0, 1.0, 6.0, 7.0]);
    assert_eq!(take(3, Side::Both, 6), [4.0, 5.0, 10.0, 11.0]);
    assert_eq!(take(2, Side::Left, 6), [2.0, 2.0, 8.0, 8.0]);
    assert_eq!(take(2, Side::Right, 6), [3.0, 3.0, 9.0, 9.0]);
    assert_eq!(take(1, Side::Both, 1)[..4], [0.0, 0.0, 1.0, 1.0]);
    for (pair, side, of, lacking) in [
        (1, Side::Both, 2, None),
        (1, Side::Both, 1, None),
        (1, Side::Right, 1, None),
        (2, Side::Left, 3, None),
        (2, Side::Both, 3, Some(4)),
        (3, Side::Left, 2, Some(5)),
    ] {
        assert_eq!(Channels { pair, side }.lacking(of), lacking, "{pair} {side:?} of {of}");
    }
}

#[test]
fn the_picture_of_a_microphone_shows_how_loud_it_is() {
    // How much of the left bar is neither ground nor empty.
    let filled = |picture: &engine::Frame| {
        let plane = picture.plane(0);
        let column = (0..180).map(|row| plane.data[row * plane.stride + 130]);
        column.filter(|code| *code > 60).count()
    };
    let mut level = LevelPicture::default();
    assert_eq!(filled(&level.draw([0.0, 0.0])), 0);
    let loud = filled(&level.draw([0.5, 0.0]));
    assert!(loud > 100, "{loud}");
    // It falls, and does not drop.
    let after = filled(&level.draw([0.0, 0.0]));
    assert!(after < loud && after > loud - 10, "{after}");
    let right = level.draw([0.0, 1.0]);
    let plane = right.plane(0);
    assert!(plane.data[30 * plane.stride + 190] > 60, "the right bar is full");
}
