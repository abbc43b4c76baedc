//! What was accepted is written down, and played back to the same state.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use engine::{
    BusItems, Command, CommandKind, Deliver, EditCommand, Engine, FrameIndex, Issuer, OutputState,
    ProgramId, Snapshot,
};
use show::{
    Feed, LayoutId, Output, OutputId, OutputKind, Scene, SceneId, Show, SourceId, SourceKind,
};
use studio::cli::show_commands;
use studio::production::replay::{ReplayError, replay};
use studio::production::session_log::{Header, KEPT, LogPlace, SessionLog};
use studio::program::program_shared::ProgramEvent;
use studio::program::session::{Options, Session, Studio};
use tests::downstage::{Downstage, Signal};
use tests::shows;
use tests::time::{self, PATIENCE};

/// Two test patterns with a scene each, and a recording.
fn show() -> Show {
    let mut show = Show::new("Logged", shows::HD25);
    for (id, tag) in [(11, 3), (12, 4)] {
        show.sources.push(shows::source(id, SourceKind::TestPattern { tag }));
        let (layout, name) = (LayoutId(id + 10), format!("Camera {}", id - 10));
        let feed = [Feed::Source(SourceId(id))];
        show.layouts.push(show::Template::Single.layout(layout, name.clone(), &feed));
        show.scenes.push(Scene { id: SceneId(id + 30), name, layout, components: Vec::new() });
    }
    let kind = OutputKind::Record { path: "out.mkv".to_owned() };
    let (profile, bus, sei) = Default::default();
    let (id, name) = (OutputId(51), "Recording".to_owned());
    show.outputs.push(Output { id, name, kind, profile, bus, sei });
    show
}

fn asked(kind: CommandKind) -> Command {
    Command { program: ProgramId(0), origin: Issuer::CommandLine, gesture: None, kind }
}

/// What an operator did: frame, and words.
const DONE: [(u64, &str); 7] = [
    (0, "take scene-41"),
    (10, "start output-51"),
    (20, "load scene-42"),
    (30, "auto"),
    (35, "fader source-12 -7.3"),
    (40, "solo source-11 on"),
    (45, "mode source-11 off"),
];

fn script() -> Vec<(FrameIndex, Command)> {
    let words = DONE.iter().map(|(frame, words)| (*frame, show_commands::parse(words).unwrap()));
    let rename = show::Edit::Rename("Renamed".to_owned());
    let rename = (50, CommandKind::Edit(EditCommand::Do(Box::new(rename))));
    let all = words.chain([rename, (55, CommandKind::Edit(EditCommand::Undo))]);
    all.map(|(frame, kind)| (FrameIndex(frame), asked(kind))).collect()
}

/// Runs it for 75 frames, not in real time, and yields the state at the end and the log.
fn run(folder: &Path) -> (Snapshot, PathBuf) {
    let path = folder.join("session.jsonl");
    let show = show();
    let header = Header::new(ProgramId(0), Arc::new(show.clone()), false);
    let (folder, offline, script) = (folder.to_owned(), true, script());
    let options = Options { folder, offline, script, frames: Some(75), ..Options::default() };
    let mut session = Session::start(&Studio::default(), show, options).unwrap();
    let (from, place) = (session.events.clone(), LogPlace::File(path.clone()));
    let (log, events) = SessionLog::start(from, place, header).unwrap();
    while session.beat() {}
    let shared = Arc::clone(&session.shared);
    drop(session.finish());
    assert!(log.finish(shared.counts.frames.load(Ordering::Acquire)).is_none());
    let handed_on: Vec<_> = events.try_iter().collect();
    assert!(handed_on.iter().any(|it| matches!(it, ProgramEvent::Event(_))), "{handed_on:?}");
    assert!(!handed_on.iter().any(|it| matches!(it, ProgramEvent::Entry(_))));
    (Snapshot::clone(&shared.snapshot.load()), path)
}

#[test]
fn a_session_log_replays_to_the_state_it_left() {
    media::init().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (left, path) = run(folder.path());
    let played = replay(&path).unwrap();
    assert_eq!(played.next, FrameIndex(75));
    assert_eq!(Snapshot { next: left.next, ..played }, left);
    assert_eq!(left.outputs.get(&OutputId(51)), Some(&OutputState::Live));
    assert_eq!(left.show.name, "Logged");
    // Killed in the middle of a line, and at any place before.
    let whole = fs::read(&path).unwrap();
    let cut = folder.path().join("cut.jsonl");
    let ends: Vec<usize> = (1..whole.len()).filter(|at| whole[at - 1] == b'\n').collect();
    for end in &ends {
        for torn in [0, 1, 30] {
            fs::write(&cut, &whole[..(end + torn).min(whole.len())]).unwrap();
            replay(&cut).unwrap();
        }
    }
    let before_the_end = *ends.last().unwrap();
    fs::write(&cut, &whole[..before_the_end + 3]).unwrap();
    let played = replay(&cut).unwrap();
    assert_eq!(Snapshot { next: left.next, ..played }, left);
    // What cannot be played back says where.
    let line = |text: &str| {
        let mut lines: Vec<_> =
            whole.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
        lines.insert(3, format!("{text}\n").into_bytes());
        fs::write(&cut, lines.concat()).unwrap();
        replay(&cut).unwrap_err()
    };
    assert!(matches!(line("{"), ReplayError::Damaged { line: 4, .. }));
    assert!(matches!(line(r#"{"lost":7}"#), ReplayError::Gap { line: 4, count: 7, .. }));
    let far = r#"{"frame":99999999999,"input":{"report":{"output":[51,"live"]}}}"#;
    assert!(matches!(line(far), ReplayError::Damaged { line: 4, .. }));
    fs::write(&cut, "{}\n").unwrap();
    assert!(matches!(replay(&cut), Err(ReplayError::NotALog { .. })));
    fs::write(&cut, "{\"downstage_session\":1}\n").unwrap();
    assert!(matches!(replay(&cut), Err(ReplayError::OtherVersion { found: 1, .. })));
}

/// The state of an engine that is asked the same, and told nothing of the world.
fn by_hand(frames: u64, script: &[(FrameIndex, Command)]) -> Snapshot {
    let mut engine = Engine::new(ProgramId(0), Arc::new(show()));
    for n in 0..frames {
        for (_, command) in script.iter().filter(|(frame, _)| frame.0 == n) {
            engine.apply(command.clone()).unwrap();
        }
        drop(engine.tick());
    }
    engine.snapshot()
}

fn program(folder: &Path, arguments: &[&str]) -> Downstage {
    fs::write(folder.join("show.json"), show::file::encode(&show())).unwrap();
    let mut all: Vec<String> = ["run", "show.json", "--session-log", "log.jsonl"]
        .iter()
        .chain(arguments)
        .map(|argument| (*argument).to_owned())
        .collect();
    for (frame, words) in &DONE[1..] {
        // In milliseconds, at 25 frames a second.
        all.extend(["--at".to_owned(), format!("{}ms", frame * 40), (*words).to_owned()]);
    }
    Downstage::start(folder, &all)
}

fn assert_alike(played: &Snapshot, hand: &Snapshot) {
    let part = |it: &Snapshot| -> (BusItems, BusItems, Arc<Show>, show::Mixer) {
        (it.pgm.clone(), it.pvw.clone(), Arc::clone(&it.show), it.mixer.clone())
    };
    assert_eq!(part(played), part(hand));
    assert_eq!((&played.solo, played.tally.len()), (&hand.solo, hand.tally.len()));
    // How it did came from the world.
    assert_eq!(played.outputs.get(&OutputId(51)), Some(&OutputState::Live));
}

#[test]
fn a_run_writes_what_was_asked_and_survives_its_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = program(folder.path(), &["--for", "3s", "--offline"]);
    let ended = run.wait(PATIENCE).expect("it ends");
    assert_eq!(ended.code(), Some(0), "{}", run.stderr());
    let script: Vec<_> = script().into_iter().take(DONE.len()).collect();
    let played = replay(&folder.path().join("log.jsonl")).unwrap();
    assert_eq!(played.next, FrameIndex(75));
    assert_alike(&played, &by_hand(75, &script));
    // In real time, and killed: what was asked over a second ago is there.
    let mut run = program(folder.path(), &[]);
    // By its own line a second, the last thing asked for was two seconds before.
    assert!(run.wait_for("    4 s", PATIENCE), "{}", run.stderr());
    run.signal(Signal::KILL);
    assert!(run.wait(PATIENCE).is_some());
    let played = replay(&folder.path().join("log.jsonl")).unwrap();
    assert_alike(&played, &by_hand(75, &script));
    // A log that cannot be written is refused before anything runs.
    let mut run = Downstage::start(folder.path(), &["run", "show.json", "--session-log", "no/log"]);
    assert_eq!(run.wait(PATIENCE).and_then(|ended| ended.code()), Some(1));
    assert!(run.stderr().contains("no/log: cannot be written"), "{}", run.stderr());
}

#[test]
fn a_full_disk_is_said_once_and_the_newest_logs_stay() {
    let folder = tempfile::tempdir().unwrap();
    let start = |place: LogPlace| {
        let (send, receive) = crossbeam_channel::bounded(4);
        let header = Header::new(ProgramId(0), Arc::new(show()), false);
        (send, SessionLog::start(receive, place, header).unwrap())
    };
    let (send, (log, events)) = start(LogPlace::File(PathBuf::from("/dev/full")));
    let trouble = time::wait_for(PATIENCE, || log.take_error()).expect("it is said");
    let said = trouble.to_string();
    assert!(said.starts_with("/dev/full: the session log cannot be written"), "{said}");
    // What is for the front end still comes, the newest of it if nobody takes it.
    let command = Box::new(asked(CommandKind::Deliver(Deliver::Stop(OutputId(51)))));
    let refused = ProgramEvent::Refused(command, engine::Rejection::PvwEmpty);
    for _ in 0..1_500 {
        send.send(refused.clone()).unwrap();
    }
    let dropped = time::wait_for(PATIENCE, || (log.dropped() == 476).then_some(()));
    assert!(dropped.is_some(), "{}", log.dropped());
    drop(send);
    assert!(log.finish(0).is_none(), "said once");
    assert_eq!(events.try_iter().count(), 1_024);
    let sessions = folder.path().join("sessions");
    fs::create_dir(&sessions).unwrap();
    fs::write(sessions.join("mine.jsonl"), "").unwrap();
    for day in 1..29 {
        fs::write(sessions.join(format!("2025-01-{day:02}-20-00-00.jsonl")), "").unwrap();
    }
    for _ in 0..2 {
        let (send, (log, _)) = start(LogPlace::Folder(sessions.clone()));
        drop(send);
        assert!(log.finish(3).is_none());
    }
    let mut names: Vec<_> =
        fs::read_dir(&sessions).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names.len(), KEPT + 1, "{names:?}");
    assert_eq!(names.last().unwrap(), "mine.jsonl");
    assert_eq!(replay(&sessions.join(&names[KEPT - 1])).unwrap().next, FrameIndex(3));
}
