//! What is wrong with sources, outputs and the monitor, in both languages, and in the other one as soon
//! as the desk speaks that.

use std::collections::BTreeSet;
use std::path::PathBuf;

use audio::MonitorError;
use compositor::{FontLack, PrepError, PreparedFull};
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use engine::OutputState;
use media::encode::EncodeError;
use media::record::RecordError;
use media::rtmp::{self, Cause, Meaning, Phase, Refused, TargetError};
use media::sound_track::TrackPlace;
use media::source::device::DeviceError;
use media::source::live::NetworkFault;
use media::source::screen::ScreenError;
use media::source::{OpenError, PosterError, SourceError};
use show::{ItemId, OutputId, SourceId};
use studio::problems::Problem;
use studio::program::monitor_output::MonitorFault;
use studio::window::reasons;
use ui::{Language, Reason, Translations};

use crate::desk::{SIZES, Shown, look, snapshot};
use crate::reasons::{SYSTEM, english};

/// A path, a name and a host, as they are in any language.
const PATH: &str = "/shows/one.mkv";
const NAME: &str = "/shows/two.mp4";
const CODEC: &str = "264";
const HOST: &str = "10.0.0.7";

fn path() -> PathBuf {
    PathBuf::from(PATH)
}

fn system() -> String {
    SYSTEM.to_owned()
}

fn codec() -> String {
    CODEC.to_owned()
}

fn name() -> String {
    NAME.to_owned()
}

/// A trouble, and what of it must be in the words of any language.
type Case = (Problem, Vec<&'static str>);

fn case(trouble: impl Into<Problem>, parts: &[&'static str]) -> Case {
    (trouble.into(), parts.to_vec())
}

fn network(fault: NetworkFault, parts: &[&'static str]) -> Case {
    case(SourceError::Network { name: name(), fault }, parts)
}

fn of_sources() -> Vec<Case> {
    let missing = "gstreamer1.0-libav";
    vec![
        case(OpenError::File { path: path(), reason: system() }, &[PATH, SYSTEM]),
        case(OpenError::NotAFile(path()), &[PATH]),
        case(OpenError::Pipeline(system()), &[SYSTEM, "downstage doctor"]),
        case(OpenError::Refused, &["downstage doctor"]),
        case(OpenError::Protocol("10.0.0.1".to_owned()), &["10.0.0.1", "downstage doctor"]),
        case(SourceError::NoMedia { name: name() }, &[NAME]),
        case(SourceError::NoDecoder { name: name(), codec: codec() }, &[NAME, CODEC, missing]),
        case(SourceError::NoPicture { name: name(), codec: codec() }, &[NAME, CODEC, missing]),
        case(SourceError::NoSound { name: name(), codec: codec() }, &[NAME, CODEC, missing]),
        case(
            SourceError::NoTrack { name: name(), place: TrackPlace { number: 41, of: 97 } },
            &[NAME, "41", "97"],
        ),
        case(SourceError::NothingPlays { name: name() }, &[NAME]),
        case(SourceError::NothingComes { name: name() }, &[NAME]),
        case(SourceError::Broke { name: name(), reason: system() }, &[NAME, SYSTEM]),
        network(NetworkFault::NoHost, &[NAME]),
        network(NetworkFault::NoAnswer, &[NAME]),
        network(NetworkFault::NotAllowed, &[NAME]),
        network(NetworkFault::NoStream, &[NAME]),
        network(NetworkFault::PortTaken, &[NAME]),
        network(NetworkFault::NotByTcp, &[NAME, "TCP", "rtspu://", "UDP"]),
        case(SourceError::CutOff { name: name(), seen: 41, length: 97 }, &[NAME, "41", "97"]),
        case(OpenError::Device(DeviceError::NoCamera), &[]),
        case(OpenError::Device(DeviceError::NoMicrophone), &[]),
        case(
            OpenError::Device(DeviceError::NoPlugin("gstreamer1.0-pipewire")),
            &["gstreamer1.0-pipewire"],
        ),
        case(OpenError::Device(DeviceError::NotConnected(name())), &[NAME]),
        case(SourceError::Device(DeviceError::Replaced(name())), &[NAME]),
        case(SourceError::Device(DeviceError::Held(name())), &[NAME]),
        case(
            OpenError::Device(DeviceError::NoMode {
                name: name(),
                width: 30_001,
                height: 30_002,
                rate: "29.97".to_owned(),
            }),
            &[NAME, "30001", "30002", "29.97"],
        ),
        case(
            OpenError::Device(DeviceError::NoChannel { name: name(), channel: 41, of: 40 }),
            &[NAME, "41", "40"],
        ),
        case(OpenError::Screen(ScreenError::Server(system())), &[SYSTEM, "DISPLAY"]),
        case(OpenError::Screen(ScreenError::Lacks("2.64")), &["2.64"]),
        case(SourceError::Screen(ScreenError::Depth(16)), &["16", "24", "32"]),
        case(
            SourceError::Screen(ScreenError::TooLarge { width: 30_001, height: 30_002 }),
            &["30001", "30002"],
        ),
        case(OpenError::Screen(ScreenError::Wayland), &[]),
        case(OpenError::Screen(ScreenError::NoMonitor(name())), &[NAME]),
        case(SourceError::Screen(ScreenError::NoWindow(name())), &[NAME]),
        case(OpenError::Screen(ScreenError::Minimised(name())), &[NAME]),
        case(SourceError::Screen(ScreenError::Refused(system())), &[SYSTEM]),
        case(SourceError::Screen(ScreenError::Pictures(system())), &[SYSTEM]),
        case(Problem::Ended, &[]),
        case(Problem::Silent { host: HOST.to_owned() }, &[HOST]),
        case(Problem::NoSourceThread(system()), &[SYSTEM]),
        case(PosterError::Open(OpenError::NotAFile(path())), &[PATH]),
        case(PosterError::Broke(SourceError::NoMedia { name: name() }), &[NAME]),
        case(PosterError::Late, &[]),
    ]
}

fn of_pictures() -> Vec<Case> {
    let large = PrepError::TooManyPixels {
        path: path(),
        width: 30_001,
        height: 30_002,
        side: 16_384,
        pixels: 67_108_864,
    };
    let sizes = ["30001", "30002", "16384", "67108864", PATH];
    let text = PrepError::TextTooLarge { width: 9_001, height: 9_002, most: (3_840, 2_160) };
    vec![
        case(PrepError::Unreadable { path: path(), error: system() }, &[PATH, SYSTEM]),
        case(PrepError::TooManyBytes { path: path(), bytes: 11, limit: 10 }, &[PATH, "11", "10"]),
        case(PrepError::NotAPicture { path: path() }, &[PATH, "JPG", "PNG", "WebP"]),
        case(large, &sizes),
        case(PrepError::CutOff { path: path() }, &[PATH]),
        case(PrepError::Damaged { path: path(), why: system() }, &[PATH, SYSTEM]),
        case(text, &["9001", "9002", "3840", "2160"]),
        case(FontLack::Letters { letters: system() }, &[SYSTEM]),
        case(FontLack::Family { family: NAME.to_owned() }, &[NAME]),
        case(PreparedFull { held: 11, more: 12, most: 13 }, &["11", "12", "13"]),
    ]
}

fn of_outputs() -> Vec<Case> {
    let rtmp = |cause| rtmp::ConnectionLost { host: HOST.to_owned(), cause };
    let start = EncodeError::Start { name: "x264enc", reason: system() };
    let late = Phase::ALL.map(|phase| case(rtmp(Cause::TimedOut(phase)), &[HOST]));
    let refused = MEANINGS.map(|meaning| {
        let refused = Refused { meaning, code: SYSTEM.to_owned() };
        case(rtmp(Cause::Refused(refused)), &[HOST, SYSTEM])
    });
    let others = vec![
        case(TargetError, &["rtmp://", "rtmps://"]),
        case(Problem::NoKey(SYSTEM.to_owned()), &[SYSTEM]),
        case(rtmp(Cause::System(system())), &[HOST, SYSTEM]),
        case(rtmp(Cause::NoAddress), &[HOST]),
        case(rtmp(Cause::Stuck), &[HOST]),
        case(rtmp(Cause::Closed), &[HOST]),
        case(rtmp(Cause::ClosedOnKey), &[HOST]),
        case(rtmp(Cause::NotRtmp), &[HOST, "RTMP"]),
        case(RecordError::Open { path: path(), reason: system() }, &[PATH, SYSTEM]),
        case(RecordError::Refused(path()), &[PATH]),
        case(RecordError::Write { path: path(), reason: system() }, &[PATH, SYSTEM]),
        case(RecordError::Stopped(path()), &[PATH]),
        case(RecordError::Waiting { path: path(), reason: system() }, &[PATH, SYSTEM]),
        case(RecordError::Interrupted(path()), &[PATH]),
        case(RecordError::Deleted(path()), &[PATH]),
        case(RecordError::Moved(path()), &[PATH]),
        case(RecordError::Shortened(path()), &[PATH]),
        case(EncodeError::NoVideoEncoder, &["H.264", "gstreamer1.0-plugins-ugly"]),
        case(EncodeError::NoAudioEncoder, &["AAC", "gstreamer1.0-libav"]),
        case(start, &["x264enc", SYSTEM]),
        case(EncodeError::Refused("x264enc"), &["x264enc"]),
        case(EncodeError::NoThread(system()), &[SYSTEM]),
        case(Problem::EncoderStopped(system()), &[SYSTEM]),
        case(Problem::NoOutputThread(system()), &[SYSTEM]),
        case(Problem::StillEnding, &[]),
    ];
    [others, late.into(), refused.into()].concat()
}

/// All that a server's no may mean.
const MEANINGS: [Meaning; 11] = [
    Meaning::App,
    Meaning::NoApp,
    Meaning::Shutdown,
    Meaning::InUse,
    Meaning::Key,
    Meaning::Failed,
    Meaning::Ended,
    Meaning::Login,
    Meaning::WrongLogin,
    Meaning::Redirect,
    Meaning::Other,
];

/// Why nothing is heard on the monitor.
fn of_sound() -> Vec<(MonitorFault, &'static str)> {
    vec![
        (MonitorFault::Gone, ""),
        (MonitorError::NoDevice.into(), ""),
        (MonitorError::Format(system()).into(), SYSTEM),
        (MonitorError::Device(system()).into(), SYSTEM),
    ]
}

/// Every reason, as the command line says it and with what must be in it.
fn all() -> Vec<(Reason, String, Vec<&'static str>)> {
    let items = [of_sources(), of_pictures(), of_outputs()].concat();
    let items =
        items.iter().map(|(it, parts)| (reasons::problem(it), it.to_string(), parts.clone()));
    let sound = of_sound();
    let sound = sound.iter().map(|(it, part)| (reasons::no_sound(it), it.to_string(), vec![*part]));
    items.chain(sound).collect()
}

#[test]
fn what_is_wrong_is_in_the_operators_words() {
    let (english_words, chinese_words) =
        (Translations::new(Language::English), Translations::new(Language::Chinese));
    for (reason, printed, parts) in all() {
        // The desk says in English what the command line says.
        assert_eq!(english_words.reason(&reason), printed);
        let said = chinese_words.reason(&reason);
        for part in parts {
            assert!(printed.contains(part) && said.contains(part), "{part} in {said}");
        }
        assert!(!said.contains("{ $"), "{said}");
        assert!(said.contains(|c: char| !c.is_ascii()), "{said}");
        assert_eq!(english(&said), [""; 0], "{said}");
    }
}

#[test]
fn every_trouble_that_has_words_is_said() {
    let said: BTreeSet<_> = all().into_iter().map(|(reason, ..)| reason.key).collect();
    let keys = Language::English.source().lines().filter_map(|line| line.split_once(" = "));
    let keys: BTreeSet<_> = keys.map(|(key, _)| key).collect();
    let keys: BTreeSet<_> = keys.into_iter().filter(|key| key.starts_with("trouble-")).collect();
    assert_eq!(said, keys);
}

#[test]
fn what_broke_as_it_was_opened_says_itself_why() {
    let broke = SourceError::NoDecoder { name: name(), codec: codec() };
    let opened = Problem::Open(OpenError::Broke(broke.clone()));
    assert!(opened.to_string().contains(&broke.to_string()), "{opened}");
    assert_eq!(reasons::problem(&opened), reasons::problem(&broke.into()));
}

#[test]
fn a_trouble_is_shown_in_the_desks_language_and_changes_with_it() {
    let mut shown = look(snapshot());
    let (source, output) = (SourceId(13), OutputId(51));
    let at = shown.outputs.iter().position(|shown| shown.id == output).unwrap();
    shown.outputs[at].state = Some(OutputState::Failed);
    let mut note = |item: ItemId, trouble: Problem| {
        shown.problems.insert(item, reasons::problem(&trouble));
    };
    note(source.into(), OpenError::File { path: path(), reason: system() }.into());
    note(output.into(), Problem::NoKey("cam".to_owned()));
    shown.monitor.fault = Some(reasons::no_sound(&MonitorFault::Gone));
    let english = [
        "Film, /shows/one.mkv: cannot be opened: EIO. Choose another file.",
        "the stream key \"cam\" is not known. Enter it for this destination.",
    ];
    let chinese = [
        "Film, /shows/one.mkv：无法打开：EIO。请选择其他文件。",
        "没有名为“cam”的串流密钥。请为此推流目标输入密钥。",
    ];
    let faults = [
        "the sound device is gone. Choose another for the monitor.",
        "音频设备已消失。请为监听另选设备。",
    ];
    let devices = ["Audio device: No audio", "音频设备：无声音"];
    for size in SIZES {
        let mut desk = Shown::new(Language::English, size, shown.clone());
        desk.took();
        let spoken = [(english, "View", "简体中文"), (chinese, "视图", "English")];
        for (at, (said, view, other)) in spoken.into_iter().enumerate() {
            for said in said {
                desk.harness.get_by_label(said);
            }
            desk.click(devices[at]);
            desk.harness.get_by_label(faults[at]);
            desk.key(Modifiers::NONE, Key::Escape);
            desk.click(view);
            desk.click(other);
        }
        for said in english {
            desk.harness.get_by_label(said);
        }
        for said in chinese {
            assert!(desk.harness.query_by_label(said).is_none(), "{said}");
        }
    }
}
