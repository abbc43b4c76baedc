//! Two programs of one studio: they share what they show, and nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use engine::{Command, CommandKind, Deliver, FrameIndex, Issuer, OutputState, ProgramId, Switch};
use show::{
    Asset, AssetId, AssetKind, EncodeProfile, Feed, FileEnd, Format, FrameRate, LayoutId, Output,
    OutputId, OutputKind, PlayFile, Preset, Raster, Rect, Show, SourceId, SourceKind, Template,
};
use studio::program::session::{Options, Session, Studio};
use tests::{media as made, shows};

use crate::end_to_end::numbers_of;

/// No other test has a source of this number: threads are told apart by it.
const FILM: SourceId = SourceId(7_301);
/// Frames of the film.
const LAP: u64 = 150;
/// The programmes' frames: twenty seconds each.
const FRAMES: [u64; 2] = [500, 600];
/// While A makes these frames, B makes none.
const STALL: std::ops::Range<u64> = 200..300;

fn show_of(format: Format) -> Show {
    let mut show = Show::new("ProgramShared", format);
    let path = made::small_film(3).to_str().unwrap().to_owned();
    show.assets.push(Asset { id: AssetId(1), path, kind: AssetKind::Media, hash: None });
    let (end, in_millis, out_millis, start) = (FileEnd::Loop, 0, None, None);
    let play = PlayFile {
        asset: AssetId(1),
        end,
        in_millis,
        out_millis,
        start,
        track: None,
        hidden: show::WhenHidden::Pause,
    };
    show.sources.push(shows::source(FILM.0, SourceKind::File(play)));
    show.layouts.push(Template::Single.layout(LayoutId(2), "Full", &[Feed::Source(FILM)]));
    let kind = OutputKind::Record { path: "out.mkv".to_owned() };
    let profile =
        EncodeProfile { video_kbps: 6_000, preset: Preset::Ultrafast, ..Default::default() };
    let (id, bus, sei) = (OutputId(3), Default::default(), Default::default());
    show.outputs.push(Output { id, name: "Out".to_owned(), kind, profile, bus, sei });
    show
}

fn start(studio: &Studio, folder: &Path, program: u32) -> Session {
    let format = match program {
        0 => Format { raster: Raster::Hd, rate: FrameRate::R25 },
        _ => Format { raster: Raster::Ld, rate: FrameRate::R30 },
    };
    let kinds = [
        CommandKind::Deliver(Deliver::Start(OutputId(3))),
        CommandKind::Switch(Switch::LoadLayout(LayoutId(2))),
        CommandKind::Switch(Switch::Cut),
    ];
    let (id, origin) = (ProgramId(program), Issuer::CommandLine);
    let kind = CommandKind::Batch(kinds.to_vec());
    let command = Command { program: id, origin, gesture: None, kind };
    let folder = folder.join(program.to_string());
    fs::create_dir(&folder).unwrap();
    let options = Options {
        folder,
        offline: true,
        script: vec![(FrameIndex(0), command)],
        frames: Some(FRAMES[program as usize]),
        ..Options::default()
    };
    Session::start(studio, show_of(format), options).unwrap()
}

/// What was recorded of both programs, and what their readers lost.
struct Ran {
    numbers: [Vec<Option<u64>>; 2],
    lost: [u64; 2],
}

/// Both programs in step, but for the time in which B stands still, if it does.
fn run(stalls: bool) -> Ran {
    media::init().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let studio = Studio::default();
    let mut sessions = [0, 1].map(|program| start(&studio, folder.path(), program));
    let mut made = [0, 0];
    while made != FRAMES {
        let stands = stalls && STALL.contains(&made[0]);
        // Whose next frame is earlier: A makes 25 in a second and B 30.
        let is_first = made[1] == FRAMES[1] || made[0] * 30 <= made[1] * 25;
        let next = if made[0] < FRAMES[0] && (stands || is_first) { 0 } else { 1 };
        assert!(sessions[next].beat());
        made[next] += 1;
        if made[0] == 50 {
            // One thread opens the film and watches it, for both.
            assert_eq!(threads_named(&FILM.to_string()), 1);
        }
    }
    let lost = sessions.each_ref().map(|session| {
        let wiring = session.shared.wiring.load();
        assert_eq!(wiring.sources.len(), 1);
        wiring.sources[0].video.dropped()
    });
    for session in sessions {
        session.finish();
    }
    let numbers = [0, 1].map(|program| {
        let path: PathBuf = folder.path().join(program.to_string()).join("out.mkv");
        numbers_of(&path, &[Rect::FULL], &[3]).into_iter().map(|frame| frame[0]).collect()
    });
    Ran { numbers, lost }
}

fn threads_named(name: &str) -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = tasks.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|found| found.trim_end() == name).count()
}

#[test]
fn a_program_that_stands_still_changes_no_frame_of_another() {
    let (in_step, stalled) = (run(false), run(true));
    println!("lost: {:?} in step, {:?} with a stall", in_step.lost, stalled.lost);
    assert_eq!(in_step.lost, [0, 0]);
    let [a, b] = &in_step.numbers;
    assert!(a.len() >= 495 && b.len() >= 595, "{} and {} frames", a.len(), b.len());
    // A has every number of the film, lap for lap.
    let first = a.iter().position(Option::is_some).unwrap();
    for (index, number) in a[first..].iter().enumerate() {
        assert_eq!(*number, Some(index as u64 % LAP), "frame {}", first + index);
    }
    assert_eq!(stalled.numbers[0], *a, "not a frame of A is another for B's standing still");
    assert_eq!(stalled.lost[0], 0);
    // What B did not take in time is gone and counted; it comes back to where it would have been.
    assert!(stalled.lost[1] >= 20, "{:?}", stalled.lost);
    assert_in_cadence("B in step", b, 0..0);
    // Where the recording begins, and what its reader holds, are a frame each.
    let stall = STALL.start * 6 / 5 - 3..STALL.end * 6 / 5 + 20;
    assert_in_cadence("B after a stall", &stalled.numbers[1], stall);
}

/// At 30 frames a second a film of 25 shows each number once, and each fifth twice; but for frames in
/// which it may stand.
fn assert_in_cadence(name: &str, numbers: &[Option<u64>], stands: std::ops::Range<u64>) {
    let first = numbers.iter().position(Option::is_some).unwrap();
    let start = numbers[first].unwrap();
    for (index, number) in numbers.iter().enumerate().skip(first) {
        if stands.contains(&(index as u64)) {
            continue;
        }
        // A quarter of a frame's slack, as the reader has it: a time that was rounded is in time.
        let millis = (index - first) as f64 * 1_000.0 / 30.0 + 25.0 / 3.0;
        let expected = (start + (millis / 40.0) as u64) % LAP;
        assert_eq!(*number, Some(expected), "{name}, frame {index}");
    }
}

#[test]
fn an_output_that_failed_starts_anew_when_it_is_told_to() {
    media::init().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut show = Show::new("Again", shows::HD25);
    show.sources.push(shows::source(1, SourceKind::TestPattern { tag: 1 }));
    show.layouts.push(Template::Single.layout(LayoutId(2), "Full", &[Feed::Source(SourceId(1))]));
    // A folder of this name cannot be made while there is a file of it.
    fs::write(folder.path().join("takes"), "").unwrap();
    let kind = OutputKind::Record { path: "takes/out.mkv".to_owned() };
    let (id, profile, bus, sei) =
        (OutputId(3), Default::default(), Default::default(), Default::default());
    show.outputs.push(Output { id, name: "Out".to_owned(), kind, profile, bus, sei });
    let options = Options { folder: folder.path().to_owned(), offline: true, ..Options::default() };
    let mut session = Session::start(&Studio::default(), show, options).unwrap();
    let ask = |session: &Session, deliver: &[Deliver]| {
        let kind = CommandKind::Batch(deliver.iter().copied().map(CommandKind::Deliver).collect());
        let (program, origin) = (ProgramId(0), Issuer::CommandLine);
        session.commands.send(Command { program, origin, gesture: None, kind }).unwrap();
    };
    let until = |session: &mut Session, state: OutputState| {
        // What another thread says comes a little after the frame that made it say so.
        let is = tests::time::wait_for(tests::time::PATIENCE, || {
            session.beat();
            (session.shared.snapshot.load().outputs.get(&id) == Some(&state)).then_some(())
        });
        assert!(is.is_some(), "{:?}, not {state:?}", session.shared.snapshot.load().outputs);
    };
    ask(&session, &[Deliver::Start(id)]);
    until(&mut session, OutputState::Failed);
    fs::remove_file(folder.path().join("takes")).unwrap();
    ask(&session, &[Deliver::Stop(id), Deliver::Start(id)]);
    until(&mut session, OutputState::Live);
    drop(session.finish());
    assert!(folder.path().join("takes/out.mkv").metadata().unwrap().len() > 1_000);
}
