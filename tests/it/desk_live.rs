//! What moves on the desk while a show runs: states in words, and what is asked of what runs.

use std::sync::Arc;

use drawing::pictures;
use egui::accesskit::Role;
use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use engine::{
    CommandKind, Deliver, FrameIndex, Mix, OutputState, PixelFormat, Progress, SourceState, Tally,
};
use show::{Db, LayoutId, OutputId, SceneId, SourceId};
use ui::{
    Action, Language, LiveLook, Look, MonitorChange, OutputLook, Overlays, Reason, SourceLook,
    Status, Translations,
};

use crate::desk::{SIZES, Shown, look, snapshot};

#[test]
fn a_source_that_is_not_simply_live_says_how_it_is() {
    for size in SIZES {
        for (language, stalled, retry, connecting) in [
            (
                Language::English,
                "Camera 1, next, stalled 3 s",
                "lost, retrying in 2 s",
                "connecting",
            ),
            (Language::Chinese, "Camera 1, 预监中, 停滞 3 秒", "丢失，2 秒后重试", "正在连接"),
        ] {
            let mut shown = snapshot();
            shown.sources.insert(SourceId(11), SourceState::Stalled);
            shown.sources.insert(SourceId(12), SourceState::Lost);
            shown.sources.insert(SourceId(13), SourceState::Connecting);
            shown.tally.remove(&SourceId(12));
            let mut shown = look(shown);
            let silent = SourceLook { silent_millis: Some(2_500), ..SourceLook::default() };
            let waits = SourceLook { retry_millis: Some(1_900), ..SourceLook::default() };
            shown.sources.insert(SourceId(11), silent);
            shown.sources.insert(SourceId(12), waits);
            shown.sources.insert(SourceId(13), SourceLook::default());
            let mut desk = Shown::new(language, size, shown);
            desk.took();
            desk.harness.get_by_label(stalled);
            desk.harness.get_by_label(&format!("Camera 2, {retry}"));
            desk.harness.get_by_label(&format!("Film, {connecting}"));
            // Live, or not open at all: nothing is to be said.
            desk.look.borrow_mut().sources.clear();
            desk.took();
            desk.harness.get_by_label("Camera 2");
            desk.harness.get_by_label("Film");
        }
    }
}

/// Its thumbnail says what is wrong now, and the log what has happened.
#[test]
fn a_live_source_says_how_it_comes_in() {
    for (language, log, late, lacks, told) in [
        (
            Language::English,
            "Log",
            "Camera 2, late by 0.4 s",
            "Camera 2, no sound",
            [
                "Camera 2: too late for its latency, played later from now on",
                "Camera 2: its timestamps jumped",
                "Camera 2: pictures lost, they came too late",
                "Camera 2: no sound, only pictures",
            ],
        ),
        (
            Language::Chinese,
            "日志",
            "Camera 2, 迟到 0.4 秒",
            "Camera 2, 无声音",
            [
                "Camera 2：到达太晚，此后推迟播放",
                "Camera 2：时间戳跳变",
                "Camera 2：画面到达太晚，已丢帧",
                "Camera 2：没有声音，只有画面",
            ],
        ),
    ] {
        let mut shown = snapshot();
        shown.sources.insert(SourceId(12), SourceState::Live);
        shown.tally.remove(&SourceId(12));
        let mut shown = look(shown);
        let live = LiveLook { target_millis: 200, latency_millis: 212, ..LiveLook::default() };
        let known = |live| SourceLook { live: Some(live), ..SourceLook::default() };
        shown.sources.insert(SourceId(12), known(live));
        let mut desk = Shown::new(language, SIZES[1], shown);
        desk.click(log);
        desk.took();
        desk.harness.get_by_label("Camera 2");
        for said in told {
            assert_eq!(desk.harness.query_all_by_label(said).count(), 0, "{said}");
        }
        let was_late = LiveLook { late_millis: Some(430), lates: 1, jumps: 1, skipped: 3, ..live };
        desk.look.borrow_mut().sources.insert(SourceId(12), known(was_late));
        desk.took();
        desk.harness.get_by_label(late);
        let mute = LiveLook { late_millis: None, no_sound: true, ..was_late };
        desk.look.borrow_mut().sources.insert(SourceId(12), known(mute));
        desk.took();
        desk.harness.get_by_label(lacks);
        for said in told {
            assert_eq!(desk.harness.query_all_by_label(said).count(), 1, "{said}");
        }
    }
}

/// A desk with pictures on both monitors.
fn with_pictures(language: Language, size: (f32, f32), mut shown: Look) -> Shown {
    let picture = pictures::picture((64, 36), PixelFormat::PROGRAMME, 0, |_, _, _, _| 128);
    (shown.pvw, shown.pgm) = (Some(picture.clone().into()), Some(picture.into()));
    Shown::new(language, size, shown)
}

#[test]
fn a_source_that_stands_still_on_air_is_said_on_pgm() {
    for (language, said) in
        [(Language::English, "Camera 2: stalled 3 s"), (Language::Chinese, "Camera 2: 停滞 3 秒")]
    {
        let mut shown = snapshot();
        shown.tally.insert(SourceId(12), Tally::Program);
        shown.sources.insert(SourceId(12), SourceState::Stalled);
        let mut shown = look(shown);
        let silent = SourceLook { silent_millis: Some(2_500), ..SourceLook::default() };
        shown.sources.insert(SourceId(12), silent);
        let mut desk = with_pictures(language, SIZES[0], shown);
        desk.took();
        desk.harness.get_by_label(said);
        // Not on air it is the bin's business alone.
        let mut shown = desk.look.borrow().snapshot.as_ref().clone();
        shown.tally.insert(SourceId(12), Tally::Preview);
        desk.look.borrow_mut().snapshot = Arc::new(shown);
        desk.took();
        assert!(desk.harness.query_by_label(said).is_none());
    }
}

#[test]
fn the_t_bar_goes_with_auto_and_is_not_moved_by_hand_meanwhile() {
    let mut shown = snapshot();
    shown.transition = Some(Progress::Frames { start: FrameIndex(100), frames: 20 });
    let mut shown = look(shown);
    let mut desk = Shown::new(Language::English, SIZES[1], shown.clone());
    for (frame, place) in [(104, 0.25), (109, 0.5), (119, 1.0)] {
        shown.frame = FrameIndex(frame);
        *desk.look.borrow_mut() = shown.clone();
        desk.took();
        let bar = desk.harness.get_by_role_and_label(Role::Slider, "T-bar");
        assert_eq!(bar.accesskit_node().numeric_value(), Some(place), "{frame}");
    }
    let bar = desk.harness.get_by_role_and_label(Role::Slider, "T-bar").rect();
    desk.harness.drag_at(bar.center_bottom() - vec2(0.0, 20.0));
    desk.harness.drop_at(bar.center());
    assert_eq!(desk.took(), []);
    // By whomever it is held, it is seen there.
    let mut held = shown.snapshot.as_ref().clone();
    held.transition = Some(Progress::Hand(7_500));
    desk.look.borrow_mut().snapshot = Arc::new(held);
    desk.took();
    let bar = desk.harness.get_by_role_and_label(Role::Slider, "T-bar");
    assert_eq!(bar.accesskit_node().numeric_value(), Some(0.75));
}

#[test]
fn marks_are_over_pvw_alone_unless_it_is_asked_for() {
    let marks = Overlays::default();
    assert_eq!((marks.safe_areas, marks.labels), ([true, false], [true, false]));
}

#[test]
fn the_operators_own_strip_is_muted_at_first_and_says_what_it_is_heard_on() {
    for size in SIZES {
        for (language, mute, default, none) in [
            (
                Language::English,
                "Mute the monitor: nothing of it is on air (M)",
                "Default",
                "Audio device: No audio",
            ),
            (Language::Chinese, "监听静音：不影响播出（M）", "默认", "音频设备：无声音"),
        ] {
            let mut desk = Shown::new(language, size, look(snapshot()));
            desk.took();
            assert_eq!(desk.click(mute), [Action::Listen(MonitorChange::Mute(false))]);
            let name = none.rsplit_once(['：', ':']).unwrap().0;
            let colon = if language == Language::English { ": " } else { "：" };
            let look_up = [Action::Listen(MonitorChange::ListDevices)];
            assert_eq!(desk.click(&format!("{name}{colon}{default}")), look_up);
            desk.look.borrow_mut().monitor.devices = vec!["headphones".to_owned()];
            desk.took();
            let chosen = MonitorChange::Device(Some("headphones".to_owned()));
            assert_eq!(desk.click("headphones"), [Action::Listen(chosen)]);
            desk.look.borrow_mut().monitor.fault = Some(Reason::new("trouble-sound-none", []));
            desk.took();
            desk.harness.get_by_label(none);
        }
    }
}

#[test]
fn the_monitors_fader_is_the_windows_own() {
    let mut desk = Shown::new(Language::English, SIZES[0], look(snapshot()));
    desk.took();
    desk.harness.get_by_role_and_label(Role::Slider, "Monitor, +0.0 dB").focus();
    desk.took();
    let asked = desk.key(Modifiers::NONE, Key::ArrowDown);
    assert_eq!(asked, [Action::Listen(MonitorChange::Level(Db(-1.0)))]);
    assert_eq!(asked[0].command(), None, "the programme is not asked");
}

#[test]
fn all_solos_end_by_one_press() {
    let mut shown = snapshot();
    let solo = [SourceId(11), SourceId(13)];
    shown.solo = solo.into();
    let mut desk = Shown::new(Language::English, SIZES[0], look(shown));
    desk.took();
    let asked = desk.click("Solo: 2, clear");
    assert_eq!(asked, [Action::Unsolo(solo.to_vec())]);
    let off = solo.map(|id| CommandKind::Mix(Mix::Solo(id, false)));
    assert_eq!(asked[0].command(), Some(CommandKind::Batch(off.to_vec())));
    desk.look.borrow_mut().snapshot = Arc::new(snapshot());
    desk.took();
    assert!(desk.harness.query_by_label("Solo: 2, clear").is_none());
}

#[test]
fn trim_pan_and_delay_are_behind_a_strips_name() {
    for (language, name, rows) in [
        (Language::English, "Camera 2: trim, pan and delay", ["Trim", "Pan", "Delay"]),
        (Language::Chinese, "Camera 2：增益、声像和延时", ["增益", "声像", "延时"]),
    ] {
        let mut desk = Shown::new(language, SIZES[0], look(snapshot()));
        desk.took();
        assert_eq!(desk.click(name), []);
        let id = SourceId(12);
        let wanted = [Mix::Trim(id, Db(-3.0)), Mix::Pan(id, -0.5), Mix::Delay(id, 80)];
        for ((row, typed), mix) in rows.into_iter().zip(["-3", "-0.5", "80"]).zip(wanted) {
            let row = format!("Camera 2, {row}");
            desk.harness.get_by_label(&row).click();
            desk.took();
            desk.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
            desk.harness.event(egui::Event::Text(typed.to_owned()));
            let mut asked = desk.took();
            asked.extend(desk.key(Modifiers::NONE, Key::Enter));
            assert!(asked.contains(&Action::Mix(mix)), "{asked:?}");
        }
    }
}

/// The demo show with a destination beside its recording.
pub fn with_destination(state: Option<OutputState>) -> Look {
    let mut shown = look(snapshot());
    let mut stream = OutputLook::new(STREAM, "City portal", false);
    stream.state = state;
    (stream.seconds, stream.kbps, stream.dropped) = (764, 4_012, 7);
    (stream.ack_age_millis, stream.encoder) = (2_300, "x264 veryfast".to_owned());
    shown.outputs.insert(0, stream);
    shown
}

const STREAM: OutputId = OutputId(52);
const RECORDING: OutputId = OutputId(51);

#[test]
fn all_streams_go_live_and_end_by_one_button_that_is_held() {
    for size in SIZES {
        for (language, live, stop) in [
            (Language::English, "GO LIVE", "Hold to stop live"),
            (Language::Chinese, "全部直播", "按住停止直播"),
        ] {
            let mut desk = Shown::new(language, size, with_destination(None));
            desk.took();
            assert_eq!(desk.click(live), [], "a click is not enough");
            let asked = desk.hold(live);
            assert_eq!(asked, [Action::StartAll(vec![STREAM])], "once, however long it is held");
            let start = CommandKind::Deliver(Deliver::Start(STREAM));
            assert_eq!(asked[0].command(), Some(CommandKind::Batch(vec![start])));
            *desk.look.borrow_mut() = with_destination(Some(OutputState::Live));
            desk.took();
            assert_eq!(desk.click(stop), []);
            assert_eq!(desk.hold(stop), [Action::StopAll(vec![STREAM])]);
        }
    }
}

#[test]
fn all_recordings_start_by_one_press_and_end_by_one_that_is_held() {
    let mut desk = Shown::new(Language::English, SIZES[0], with_destination(None));
    desk.took();
    assert_eq!(desk.click("RECORD"), [Action::StartAll(vec![RECORDING])]);
    desk.look.borrow_mut().outputs[1].state = Some(OutputState::Live);
    desk.took();
    let stop = "Hold to end REC";
    assert_eq!(desk.click(stop), []);
    assert_eq!(desk.hold(stop), [Action::StopAll(vec![RECORDING])]);
}

#[test]
fn what_cannot_go_live_says_why() {
    for (language, why) in [
        (Language::English, "GO LIVE: Add a destination in the settings first."),
        (Language::Chinese, "全部直播: 请先在设置中添加推流目标。"),
    ] {
        let mut desk = Shown::new(language, SIZES[0], look(snapshot()));
        desk.took();
        assert_eq!(desk.click(why), []);
    }
}

#[test]
fn an_output_says_how_it_is_and_offers_the_one_useful_button() {
    for (language, said, waits, again) in [
        (
            Language::English,
            "City portal, reconnecting, retrying in 2 s, 7 dropped, 00:12:44  4012 kb/s, x264 veryfast",
            "Retry now",
            "Try again",
        ),
        (
            Language::Chinese,
            "City portal, 正在重连, 2 秒后重试, 丢弃 7, 00:12:44  4012 kb/s, x264 veryfast",
            "立即重试",
            "重试",
        ),
    ] {
        let mut shown = with_destination(Some(OutputState::Reconnecting));
        shown.outputs[0].retry_millis = Some(1_700);
        let mut desk = Shown::new(language, SIZES[0], shown);
        desk.took();
        desk.harness.get_by_label(said);
        assert_eq!(desk.click(waits), [Action::Retry(STREAM)]);
        *desk.look.borrow_mut() = with_destination(Some(OutputState::Failed));
        desk.took();
        let asked = desk.click(again);
        assert_eq!(asked, [Action::Again(STREAM)]);
        let anew = [Deliver::Stop(STREAM), Deliver::Start(STREAM)].map(CommandKind::Deliver);
        assert_eq!(asked[0].command(), Some(CommandKind::Batch(anew.to_vec())));
    }
}

#[test]
fn a_stalled_stream_counts_down_and_a_recording_says_its_room() {
    let mut shown = with_destination(Some(OutputState::Stalled));
    shown.outputs[0].gives_up_millis = Some(1_700);
    let recording = &mut shown.outputs[1];
    recording.state = Some(OutputState::Live);
    (recording.bytes, recording.seconds) = (1_204_000_000, 60);
    recording.file = Some("harbour-0002.mkv".to_owned());
    recording.disk_left_seconds = Some(61 * 3_600 + 59);
    let mut desk = Shown::new(Language::English, SIZES[0], shown);
    desk.took();
    let stalled = "City portal, stalled, no ack, reconnecting in 2 s, 7 dropped, \
                   00:12:44  4012 kb/s, x264 veryfast";
    desk.harness.get_by_label(stalled);
    let recording =
        "Recording, recording, 00:01:00  1.20 GB, 61 h left, harbour-0002.mkv, 0 dropped";
    desk.harness.get_by_label(recording);
    desk.look.borrow_mut().outputs[1].disk_left_seconds = Some(95 * 60);
    desk.took();
    desk.harness.get_by_label(&recording.replace("61 h left", "95 min left"));
}

#[test]
fn the_line_at_the_bottom_is_quiet_until_something_is_wrong() {
    for size in SIZES {
        for (language, quiet, wrong, silent) in [
            (
                Language::English,
                ["late 3", "CPU 0.81", "disk 61 h left", "frame 6.1 / 40 ms"],
                [
                    "late 4: frames reached an encoder late",
                    "CPU 1.80: the CPU is nearly fully used",
                    "disk 12 min left: the disk",
                ],
                "disk no response 4 s: a disk does not respond",
            ),
            (
                Language::Chinese,
                ["迟到 3", "处理器 0.81", "磁盘 剩余 61 小时", "帧耗时 6.1 / 40 ms"],
                ["迟到 4: 最近十秒", "处理器 1.80: 处理器", "磁盘 剩余 12 分钟: 磁盘"],
                "磁盘 无响应 4 秒: 磁盘没有响应",
            ),
        ] {
            let mut shown = look(snapshot());
            shown.status = Status {
                late: 3,
                rate_hundredths: 2_500,
                frame_micros: 6_123,
                encoder: "x264 veryfast".to_owned(),
                encoder_percent: 24,
                encode_queue: Some((3, 26)),
                cpu_percent: 81,
                cores: 2,
                memory_mb: 212,
                memory_free_mb: Some(4_000),
                disk_left_seconds: Some(61 * 3_600),
                ..Status::default()
            };
            let mut desk = Shown::new(language, size, shown);
            desk.took();
            for label in quiet {
                desk.harness.get_by_label(label);
            }
            desk.harness.get_by_label_contains("x264 veryfast 24 %");
            desk.harness.get_by_label_contains("3 / 26");
            {
                let status = &mut desk.look.borrow_mut().status;
                (status.late, status.late_lately, status.cpu_percent) = (4, 1, 180);
                status.disk_left_seconds = Some(750);
            }
            desk.took();
            for label in wrong {
                desk.harness.get_by_label_contains(label);
            }
            desk.look.borrow_mut().status.encode_queue = Some((20, 26));
            desk.took();
            desk.harness.get_by_label_contains(&Translations::new(language).get("queue-why"));
            desk.look.borrow_mut().status.disk_silent_seconds = Some(4);
            desk.took();
            desk.harness.get_by_label_contains(silent);
        }
    }
}

#[test]
fn what_changes_by_itself_is_told_and_kept_in_the_log() {
    use OutputState::{Connecting, Failed, Live, Reconnecting, Stopped};
    for (language, log, words) in [
        (
            Language::English,
            "Log",
            [
                "Recording: running",
                "Recording: not recording, and tried again by itself",
                "Recording: running again",
                "Recording: failed",
                "Recording: stopped",
                "Camera 1: lost",
                "Camera 1: live again",
                "On air: Camera 1",
            ],
        ),
        (
            Language::Chinese,
            "日志",
            [
                "Recording：正在运行",
                "Recording：录制中断，正在自动重试",
                "Recording：已恢复",
                "Recording：失败",
                "Recording：已停止",
                "Camera 1：丢失",
                "Camera 1：画面已恢复",
                "播出：Camera 1",
            ],
        ),
    ] {
        let mut desk = Shown::new(language, SIZES[0], look(snapshot()));
        desk.click(log);
        let count = |desk: &Shown, said: &str| desk.harness.query_all_by_label(said).count();
        let [runs, lost, again, failed, stopped, gone, back, on_air] = words;
        // In the log, and those that nobody expects as a toast, too.
        for (state, said, times) in [
            (Connecting, runs, 0),
            (Live, runs, 1),
            (Reconnecting, lost, 2),
            // Beside what is wrong, and not over it.
            (Live, again, 2),
            (Failed, failed, 2),
            (Stopped, stopped, 1),
        ] {
            desk.look.borrow_mut().outputs[0].state = Some(state);
            desk.took();
            assert_eq!(count(&desk, said), times, "{said}");
        }
        for (state, said, times) in [(SourceState::Lost, gone, 2), (SourceState::Live, back, 2)] {
            let mut changed = desk.look.borrow().snapshot.as_ref().clone();
            changed.sources.insert(SourceId(11), state);
            desk.look.borrow_mut().snapshot = Arc::new(changed);
            desk.took();
            assert_eq!(count(&desk, said), times, "{said}");
        }
        let mut changed = desk.look.borrow().snapshot.as_ref().clone();
        (changed.pgm.scene, changed.pgm.layout) = (Some(SceneId(41)), Some(LayoutId(21)));
        desk.look.borrow_mut().snapshot = Arc::new(changed);
        desk.took();
        assert!(count(&desk, on_air) >= 1, "{on_air}");
        // And nothing more, however long it stays so.
        desk.waited();
        assert_eq!(count(&desk, runs), 1);
    }
}
