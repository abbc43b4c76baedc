//! The window at its worst: stalled, panicking, torn at, covered, and under ten thousand random events.
//! The programme must not notice.

use std::fs;
use std::path::Path;
use std::time::Duration;

use drawing::pictures::hash;
use show::{FrameRate, Rect, Show, file};
use tests::canary::{Fault, real_time};
use tests::decode;
use tests::display::{Display, RECORD, SIZE};
use tests::downstage::{Downstage, Signal, repeated};
use tests::load;
use tests::numbers::{self, Area};
use tests::order::every_number;
use tests::time::{self, PATIENCE};

use crate::end_to_end::numbers_of;
use crate::window::{show, tags};

/// Opens the show in a window that goes wrong as `rehearsal` says, takes its first scene and records.
fn recording(display: &Display, folder: &Path, rehearsal: &str) -> Result<Downstage, Fault> {
    let mut command = display.command(folder);
    command.arg(show(folder)).env("DOWNSTAGE_REHEARSE", rehearsal);
    let downstage = Downstage::run(command);
    let begun = begin(display, folder);
    // All that goes wrong is said with one of these words.
    let said = downstage.stderr();
    if ["stalls for", "panic"].iter().any(|word| said.contains(word)) {
        return Err(Fault::Late(format!("it goes wrong before it records: {said}")));
    }
    begun.map(|()| downstage)
}

/// Takes the first scene and records.
fn begin(display: &Display, folder: &Path) -> Result<(), Fault> {
    tags(display, folder, [Some(3), None])?;
    display.focus();
    display.hand(&["key", "space"]);
    tags(display, folder, [None, Some(3)])?;
    display.click(RECORD);
    Ok(())
}

/// Ends it as a system does, and yields what it said of its frames.
fn ended(mut downstage: Downstage) -> Result<String, Fault> {
    downstage.signal(Signal::TERM);
    let ended = downstage.wait(PATIENCE).ok_or("it does not end")?;
    assert_eq!(ended.code(), Some(0), "{}", downstage.stderr());
    Ok(downstage.stdout())
}

/// The program says that no frame was late.
fn in_time(said: &str) -> Result<(), Fault> {
    let frames = said.lines().find(|line| line.contains(" frames, ")).ok_or("no count")?;
    // What goes by between RECORD and the encoder's first picture is counted by itself, and is not late.
    let is_in_time = frames.contains(" 0 repeated, 0 late") && !frames.contains("starved");
    if is_in_time { Ok(()) } else { Err(Fault::Late(frames.to_owned())) }
}

/// A program's window, as xdotool knows it.
fn window(display: &Display) -> String {
    let found = xdotool(display, &["search", "--name", "Downstage"]);
    found.lines().next().unwrap().to_owned()
}

/// What xdotool answers.
fn xdotool(display: &Display, asked: &[&str]) -> String {
    let mut command = std::process::Command::new("xdotool");
    let answer = command.args(asked).env("DISPLAY", &display.name).output().unwrap();
    String::from_utf8(answer.stdout).unwrap()
}

/// The window's threads let the programme's go first.
fn stands_back(pid: u32) -> Result<(), Fault> {
    let nice = |path: &Path| {
        let stat = fs::read_to_string(path.join("stat")).ok()?;
        // Behind the name, which may hold anything (proc(5)).
        stat.rsplit_once(')')?.1.split_whitespace().nth(16)?.parse::<i32>().ok()
    };
    let (mut ahead, mut behind) = (0, 0);
    let ours = nice(Path::new("/proc/self")).ok_or("no priority")?;
    let first = if load::can_raise_priority() { -10 } else { ours };
    for task in fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten() {
        let name = fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        let is_ahead = ["program", "stage", "audio", "encode", "source", "output"]
            .iter()
            .any(|kind| name.starts_with(kind));
        let is_behind = ["downstage", "llvmpipe", "monitor", "posters"]
            .iter()
            .any(|kind| name.starts_with(kind));
        match nice(&task.path()) {
            Some(nice) if is_ahead && nice == first => ahead += 1,
            Some(nice) if is_behind && nice > ours => behind += 1,
            Some(nice) if is_ahead || is_behind => {
                return Err(format!("{name}: nice {nice}").into());
            }
            _ => {}
        }
    }
    if ahead < 5 || behind < 3 {
        return Err(format!("{ahead} threads ahead, {behind} behind").into());
    }
    Ok(())
}

#[test]
fn whatever_happens_to_the_window_the_recording_has_every_frame() {
    real_time("the window at its worst", FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        let display = Display::start(folder.path());
        let troubles = "12s stall 2s, 15s panic, 16s panel mixer, 17s panel pgm";
        let downstage = recording(&display, folder.path(), troubles)?;
        let window = window(&display);
        stands_back(downstage.pid())?;
        assert!(downstage.wait_for("stalls for", PATIENCE));
        assert!(downstage.wait_for("the desk failed, and is opened again", PATIENCE));
        let both = time::wait_for(PATIENCE, || {
            (downstage.stderr().matches("the panel was asked to panic").count() == 2).then_some(())
        });
        both.ok_or("the panels did not panic")?;
        // PGM's place has a card; its button brings it back.
        tags(&display, folder.path(), [None, None])?;
        display.click((812, 190));
        tags(&display, folder.path(), [None, Some(3)])?;
        // Torn at for ten seconds.
        for n in 0..100 {
            let of =
                |what, from: u64, to: u64| (from + hash(n, [what; 4]) % (to - from)).to_string();
            let (width, height) = (of(1, 200, 2_000), of(2, 150, 1_200));
            display.quickly(&["windowsize", &window, &width, &height]);
            time::sleep(Duration::from_millis(90));
            let now = xdotool(&display, &["getwindowgeometry", &window]);
            assert!(now.contains(&format!("Geometry: {width}x{height}")), "{now}");
        }
        let (width, height) = (SIZE.0.to_string(), SIZE.1.to_string());
        display.hand(&["windowsize", &window, &width, &height, "windowmove", &window, "0", "0"]);
        tags(&display, folder.path(), [None, Some(3)])?;
        let cover = display.cover();
        tags(&display, folder.path(), [None, None])?;
        time::sleep(Duration::from_secs(2));
        drop(cover);
        tags(&display, folder.path(), [None, Some(3)])?;
        display.freeze(Duration::from_secs(3));
        // A window that is minimised is unmapped.
        display.hand(&["windowunmap", "--sync", &window]);
        tags(&display, folder.path(), [None, None])?;
        time::sleep(Duration::from_secs(2));
        display.hand(&["windowmap", "--sync", &window]);
        display.focus();
        display.hand(&["key", "2"]);
        tags(&display, folder.path(), [Some(4), Some(3)])?;
        let said = ended(downstage)?;
        let record = folder.path().join("out.mkv");
        let frames = numbers_of(&record, &[Rect::FULL], &[3]);
        assert!(frames.len() > 25 * 25, "{} frames; {said}", frames.len());
        every_number(&frames, &[None], repeated(&said))?;
        in_time(&said)
    });
}

#[test]
fn a_window_that_panics_twice_ends_alone() {
    real_time("the window's second panic", FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        let display = Display::start(folder.path());
        let downstage = recording(&display, folder.path(), "8s panic, 9s panic")?;
        let said = "the programme goes on without a window";
        assert!(downstage.wait_for(said, PATIENCE), "{}", downstage.stderr());
        time::sleep(Duration::from_secs(2));
        let said = ended(downstage)?;
        let frames = numbers_of(&folder.path().join("out.mkv"), &[Rect::FULL], &[3]);
        assert!(frames.len() > 2 * 25, "{}", frames.len());
        every_number(&frames, &[None], repeated(&said))?;
        in_time(&said)
    });
}

#[test]
fn what_cannot_be_rehearsed_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let display = Display::start(folder.path());
    for (asked, said) in [
        ("8s stall", "\"8s stall\": write a time and one of"),
        ("soon panic", "\"soon\" is not a duration"),
        ("8s panel door", "there is no panel door; there are pvw, "),
    ] {
        let mut command = display.command(folder.path());
        command.env("DOWNSTAGE_REHEARSE", asked);
        let mut downstage = Downstage::run(command);
        let ended = downstage.wait(PATIENCE).expect("it ends");
        assert_eq!(ended.code(), Some(1));
        assert!(downstage.stderr().contains(said), "{}", downstage.stderr());
    }
}

/// How many events the random hand makes.
const EVENTS: u64 = 10_000;

/// Keys that the random hand presses.
const KEYS: [&str; 48] = [
    "1",
    "2",
    "0",
    "9",
    "ctrl+1",
    "ctrl+2",
    "space",
    "Return",
    "Tab",
    "Tab",
    "shift+Tab",
    "Escape",
    "Escape",
    "Escape",
    "Escape",
    "Escape",
    "Escape",
    "Up",
    "Down",
    "Left",
    "Right",
    "Home",
    "End",
    "Prior",
    "Next",
    "a",
    "b",
    "q",
    "w",
    "period",
    "slash",
    "minus",
    "F1",
    "F2",
    "Delete",
    "BackSpace",
    "ctrl+z",
    "ctrl+shift+z",
    "ctrl+k",
    "ctrl+n",
    "ctrl+o",
    "ctrl+s",
    "ctrl+shift+s",
    "ctrl+m",
    "ctrl+l",
    "ctrl+comma",
    "ctrl+q",
    "ctrl+a",
];

/// Where the random hand goes, each as often: everywhere, and where most can be done.
const AREAS: [(u32, u32, u32, u32); 6] = [
    (0, 0, SIZE.0, SIZE.1),
    (0, 0, 320, 300),
    (472, 45, 100, 280),
    (0, 330, SIZE.0, 130),
    (0, 530, 520, 165),
    (1_040, 40, 240, 655),
];

/// What the random hand does next, as xdotool has it. Nothing is held for as long as it takes to end
/// something: that is the promise that is tried.
fn event(seed: u64, n: u64) -> Vec<String> {
    let of = |what, most: u32| (hash(seed, [n, what, 0, 0]) % u64::from(most)) as u32;
    let place = |what| {
        let (left, top, width, height) = AREAS[of(what + 20, AREAS.len() as u32) as usize];
        format!("mousemove {} {}", left + of(what, width), top + of(what + 1, height))
    };
    // Quicker than `click`, which takes its time.
    let click = |button: u32| format!("mousedown {button} mouseup {button}");
    let key = KEYS[of(3, KEYS.len() as u32) as usize];
    let does = match of(0, 100) {
        0..30 => place(1),
        30..50 => format!("{} {}", place(1), click(1)),
        50..56 => format!("{} {} {}", place(1), click(1), click(1)),
        56..61 => format!("{} {}", place(1), click(3)),
        61..66 => format!("{} mousedown 1 {} {} mouseup 1", place(1), place(5), place(7)),
        66..72 => format!("{} {}", place(1), click(4 + of(9, 4))),
        _ => format!("key {key}"),
    };
    does.split(' ').map(str::to_owned).collect()
}

#[test]
fn ten_thousand_random_events_cost_no_frame_and_can_be_played_back() {
    real_time("random events", FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        let display = Display::start(folder.path());
        let mut downstage = recording(&display, folder.path(), "")?;
        for first in (0..EVENTS).step_by(50) {
            let steps: Vec<_> = (first..first + 50).flat_map(|n| event(1, n)).collect();
            display.quickly(&steps.iter().map(String::as_str).collect::<Vec<_>>());
            let has_ended = downstage.wait(Duration::ZERO);
            assert!(has_ended.is_none(), "after {first}: {has_ended:?}\n{}", downstage.stderr());
        }
        for _ in 0..6 {
            display.hand(&["key", "Escape"]);
        }
        display.hand(&["key", "ctrl+s"]);
        time::sleep(Duration::from_secs(2));
        assert!(!downstage.stderr().contains("panicked"), "{}", downstage.stderr());
        let said = ended(downstage)?;
        replays_as_saved(folder.path());
        gapless(&folder.path().join("out.mkv"), repeated(&said))?;
        in_time(&said)
    });
}

/// The session log ends in the show that was saved last.
fn replays_as_saved(folder: &Path) {
    let logs: Vec<_> = fs::read_dir(folder.join("downstage/sessions")).unwrap().collect();
    let [log] = &logs[..] else { panic!("{logs:?}") };
    let text = fs::read_to_string(log.as_ref().unwrap().path()).unwrap();
    let count = |what: &str| text.lines().filter(|line| line.contains(what)).count();
    let (all, edits) = (text.lines().count(), count("\"edit\""));
    println!("{all} lines in the log, {edits} of them edits");
    assert!(edits > 20, "the hand hits too little");
    let played = studio::production::replay::replay(&log.as_ref().unwrap().path()).unwrap();
    let played = Show { mixer: played.mixer, ..Show::clone(&played.show) };
    let shows = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let shows = shows.filter(|path| path.extension().is_some_and(|end| end == "json"));
    let saved = shows.max_by_key(|path| fs::metadata(path).unwrap().modified().unwrap()).unwrap();
    let saved = studio::storage::disk::open(&saved, &Default::default()).unwrap();
    let text = |show: &Show| String::from_utf8(file::encode(show)).unwrap();
    assert_eq!(text(&played), text(&saved));
}

/// Its pictures are 40 ms apart, and the numbers of a pattern that stays go up one by one, but for frames
/// that the program says it repeated.
fn gapless(record: &Path, repeated: u64) -> Result<(), Fault> {
    let seen = decode::pictures(record, |luma| numbers::read(&luma, Area::whole(&luma)).both());
    let (mut in_order, mut late) = (0, None);
    for (at, pair) in seen.windows(2).enumerate() {
        let apart = pair[1].pts - pair[0].pts;
        if !(39_000_000..=41_000_000).contains(&apart) {
            return Err(format!("picture {at}: {apart} ns to the next").into());
        }
        let (Some(before), Some(now)) = (pair[0].what, pair[1].what) else { continue };
        if before.0 == now.0 {
            let said = || format!("picture {at}: {before:?}, then {now:?}; {repeated} repeated");
            if !(before.1..=before.1 + 1 + repeated).contains(&now.1) {
                return Err(Fault::Wrong(said()));
            }
            if now.1 != before.1 + 1 {
                late.get_or_insert_with(said);
            }
            in_order += 1;
        }
    }
    assert!(in_order > 50, "{in_order} of {}", seen.len());
    println!("{in_order} of {} pictures follow one that can be read", seen.len());
    late.map_or(Ok(()), |late| {
        Err(if repeated > 0 { Fault::Late(late) } else { Fault::Wrong(late) })
    })
}
