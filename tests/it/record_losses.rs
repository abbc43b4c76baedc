//! Recordings whose files or disks are taken away while they are written.

use std::fs;
use std::fs::OpenOptions;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;

use engine::{CommandKind, Deliver, FrameIndex, OutputState, Switch};
use show::{Output, OutputId, OutputKind, Rect};
use studio::program::session::{Options, Session, Studio};
use tests::canary::{Fault, real_time};
use tests::downstage::{self, Downstage};
use tests::shows;
use tests::time::{self, PATIENCE};

use crate::end_to_end::{numbers_of, pattern_show};

/// What is done to a recording at 3 s of 8, by its name.
const FATES: [&str; 5] = ["kept", "deleted", "renamed", "shortened", "folder"];

/// A show, and a recording in a folder of each of these names: outputs 20 and so on.
fn show_that_records(folder: &Path, names: &[&str]) {
    let path = pattern_show(folder, show::FrameRate::R25);
    let mut show = studio::storage::show_files::load(&path).unwrap();
    show.format.raster = show::Raster::Ld;
    for (id, name) in (20..).zip(names) {
        let kind = OutputKind::Record { path: format!("{name}/out.mkv") };
        let (profile, bus, sei) = Default::default();
        let (id, name) = (OutputId(id), (*name).to_owned());
        show.outputs.push(Output { id, name, kind, profile, bus, sei });
    }
    fs::write(&path, show::file::encode(&show)).unwrap();
}

/// To run it for so long, with this many of its recordings from the start.
fn arguments(long: &str, count: usize) -> Vec<String> {
    let run = ["run", "show.json", "--stats", "stats.json", "--for", long].map(str::to_owned);
    let start = |id| ["--at".to_owned(), "0s".to_owned(), format!("start output-{id}")];
    run.into_iter().chain((20..).take(count).flat_map(start)).collect()
}

/// How many pictures the first recording of a run lacks, as it says at the end.
fn said_to_lack(folder: &Path) -> u64 {
    let stats = fs::read_to_string(folder.join("stats.json")).unwrap();
    let last: serde_json::Value = serde_json::from_str(stats.lines().last().unwrap()).unwrap();
    last["ended"][0]["dropped"].as_u64().unwrap()
}

/// The numbers of a recording's first and last picture; all between are there.
fn ends_of(file: &Path) -> (u64, u64) {
    let seen = numbers_of(file, &[Rect::FULL], &[5]);
    let seen: Vec<u64> = seen.into_iter().map(|seen| seen[0].expect("a number")).collect();
    let (first, last) = (seen[0], seen[seen.len() - 1]);
    assert!(seen.iter().copied().eq(first..=last), "{}: {seen:?}", file.display());
    (first, last)
}

/// How soon a loss is told, and a recording goes on that can.
const TOLD_WITHIN: Duration = Duration::from_secs(1);
const AGAIN_WITHIN: Duration = Duration::from_secs(2);

#[test]
fn a_folder_that_is_gone_for_a_while_is_recorded_to_again_once_it_is_back() {
    real_time("a recording whose disk goes away", show::FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        let disk = folder.path().join("disk");
        show_that_records(folder.path(), &["disk"]);
        let mut run = Downstage::start(folder.path(), &arguments("11s", 1));
        time::wait_for(PATIENCE, || disk.join("out.mkv").exists().then_some(())).unwrap();
        time::sleep(Duration::from_secs(3));
        let elsewhere = folder.path().join("elsewhere");
        fs::rename(&disk, &elsewhere).unwrap();
        // No folder can be made here.
        fs::write(&disk, "in the way").unwrap();
        let gone = time::now();
        assert!(run.wait_for("moved while it was recorded", PATIENCE));
        let told = gone.elapsed();
        assert!(run.wait_for("output-20 stalled", PATIENCE), "{}", run.stdout());
        assert!(run.wait_for("out.mkv: cannot be written for now: ", PATIENCE), "{}", run.stderr());
        time::sleep(Duration::from_secs(2));
        fs::remove_file(&disk).unwrap();
        fs::rename(&elsewhere, &disk).unwrap();
        let back = time::now();
        let next = disk.join("out-0002.mkv");
        let is_written = || fs::metadata(&next).is_ok_and(|file| file.len() > 0).then_some(());
        time::wait_for(PATIENCE, is_written).unwrap();
        let again = back.elapsed();
        let ended = run.wait(PATIENCE).ok_or("it does not end")?;
        assert_eq!(ended.code(), Some(2), "{}", run.stderr());
        assert!(run.stderr().contains("the recording goes on in this file"), "{}", run.stderr());
        let (before, after) = (ends_of(&disk.join("out.mkv")), ends_of(&next));
        let lacks = said_to_lack(folder.path());
        println!(
            "told after {told:?}, again after {again:?}; {before:?}, {after:?}: lacks {lacks}"
        );
        assert!(lacks > 50 && after.1 > after.0 + 25);
        if told > TOLD_WITHIN || again > AGAIN_WITHIN || run.repeated() > 0 {
            return Err(Fault::Late(format!("told after {told:?}, again after {again:?}")));
        }
        assert_eq!(lacks, after.0 - before.1 - 1);
        Ok(())
    });
}

#[test]
fn a_disk_that_was_full_is_recorded_to_again_once_it_has_room() {
    real_time("a recording whose disk is full for a while", show::FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        for name in ["disk", "kept"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        show_that_records(folder.path(), &["disk"]);
        // A file system of this process's own, which something else fills for a while.
        let script = r#"mount -t tmpfs -o size=12m tmpfs disk || exit 9
            (sleep 4; cat /dev/zero > disk/other; sleep 3; rm disk/other) &
            "$@"; code=$?; cp disk/* kept; exit $code"#;
        let mut command = Command::new("unshare");
        command.args(["-rm", "sh", "-c", script, "sh"]).arg(downstage::program());
        command.args(arguments("12s", 1)).current_dir(folder.path());
        let mut run = Downstage::run(command);
        let ended = run.wait(PATIENCE).ok_or("it does not end")?;
        let (said, told) = (run.stdout(), run.stderr());
        assert_eq!(ended.code(), Some(2), "{told}");
        for words in ["out.mkv: cannot be written", "the recording goes on in this file"] {
            assert!(told.contains(words), "{words}: {told}");
        }
        assert!(said.contains("output-20 stalled"), "{said}");
        let kept = folder.path().join("kept");
        let files: Vec<_> = fs::read_dir(&kept).unwrap().collect();
        assert_eq!(files.len(), 2, "nothing is left of what was tried: {files:?}");
        let [before, after] = ["out.mkv", "out-0002.mkv"].map(|name| ends_of(&kept.join(name)));
        let lacks = said_to_lack(folder.path());
        println!("{before:?}, {after:?}: lacks {lacks}");
        if run.repeated() > 0 || after.1 < after.0 + 50 {
            return Err(Fault::Late(format!("{before:?}, {after:?}")));
        }
        // What was on its way into the file when it failed is counted as written.
        let lacking = after.0 - before.1 - 1;
        assert!(lacks > 50 && (lacks..=lacks + 5).contains(&lacking), "{lacks} of {lacking}");
        Ok(())
    });
}

/// Every picture is either in its file or counted as lost, also if it ends while nothing can be written.
#[test]
fn a_recording_that_ends_while_nothing_can_be_written_has_counted_what_it_lacks() {
    media::init().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    show_that_records(folder.path(), &["disk"]);
    let show = studio::storage::show_files::load(&folder.path().join("show.json")).unwrap();
    let take = CommandKind::Switch(Switch::TakeLayout(show.layouts[0].id));
    let start = CommandKind::Deliver(Deliver::Start(OutputId(20)));
    let script = [take, start].map(|kind| (FrameIndex(0), shows::command(kind))).to_vec();
    let (folder, offline) = (folder.path().to_owned(), true);
    let options = Options { folder, offline, script, ..Options::default() };
    let mut session = Session::start(&Studio::default(), show, options).unwrap();
    let state = |wanted: OutputState| {
        move |session: &Session| {
            let outputs = session.outputs.load();
            outputs.iter().any(|output| output.figures.state() == wanted)
        }
    };
    let (live, stalled) = (state(OutputState::Live), state(OutputState::Stalled));
    let mut beat_until = |is_so: &dyn Fn(&Session) -> bool| {
        let beat = || {
            assert!(session.beat());
            is_so(&session).then_some(())
        };
        time::wait_for(PATIENCE, beat).expect("it comes to that");
    };
    beat_until(&live);
    fs::rename(&disk, disk.with_file_name("elsewhere")).unwrap();
    fs::write(&disk, "in the way").unwrap();
    beat_until(&stalled);
    let until = session.shared.counts.frames.load(Ordering::Acquire) + 30;
    while session.shared.counts.frames.load(Ordering::Acquire) < until {
        assert!(session.beat());
    }
    let ended = session.finish();
    let (figures, queue) = (&ended[0].figures, &ended[0].queue);
    let (lost, written) = (figures.dropped(queue), figures.record.pictures.load(Ordering::Acquire));
    assert!(lost >= 30 && figures.lost.load(Ordering::Acquire), "{lost}");
    assert_eq!(lost + written, until);
    let file = disk.with_file_name("elsewhere").join("out.mkv");
    assert_eq!(numbers_of(&file, &[Rect::FULL], &[5]).len() as u64, written);
}

#[test]
fn a_file_that_is_taken_away_is_told_and_followed_by_another_at_once() {
    real_time("recordings taken away", show::FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        show_that_records(folder.path(), &FATES);
        let arguments = arguments("8s", FATES.len());
        let mut run = Downstage::start(folder.path(), &arguments);
        let file = |fate: &str, name: &str| folder.path().join(fate).join(name);
        time::wait_for(PATIENCE, || file("kept", "out.mkv").exists().then_some(())).unwrap();
        time::sleep(Duration::from_secs(3));
        fs::remove_file(file("deleted", "out.mkv")).unwrap();
        fs::rename(file("renamed", "out.mkv"), file("renamed", "other.mkv")).unwrap();
        let cut = OpenOptions::new().write(true).open(file("shortened", "out.mkv")).unwrap();
        cut.set_len(1_000).unwrap();
        fs::remove_dir_all(folder.path().join("folder")).unwrap();
        let ended = run.wait(PATIENCE).ok_or("it does not end")?;
        assert_eq!(ended.code(), Some(2), "{}", run.stderr());
        let (said, told) = (run.stdout(), run.stderr());
        for (fate, why) in [
            ("deleted", "deleted while it was recorded"),
            ("folder", "deleted while it was recorded"),
            ("renamed", "moved while it was recorded"),
            ("shortened", "cut short by another program"),
        ] {
            let wanted = format!("{fate}/out.mkv: {why}");
            assert!(told.contains(&wanted) || said.contains(&wanted), "{wanted}: {said}{told}");
        }
        let length = |fate: &str, name: &str| {
            numbers_of(&file(fate, name), &[Rect::FULL], &[5]).iter().flatten().flatten().count()
        };
        // Nobody touched this one.
        assert!(!file("kept", "out-0002.mkv").exists());
        let kept = length("kept", "out.mkv");
        // A file whose name is free again has it again.
        let [deleted, gone] = ["deleted", "folder"].map(|fate| {
            let next = file(fate, "out-0002.mkv");
            if next.exists() { length(fate, "out-0002.mkv") } else { length(fate, "out.mkv") }
        });
        let (moved, after) = (length("renamed", "other.mkv"), length("renamed", "out-0002.mkv"));
        let cut = length("shortened", "out-0002.mkv");
        println!(
            "{kept} kept, {deleted}, {gone} and {cut} after a loss, {moved} moved, {after} after"
        );
        if kept < 195 {
            return Err(Fault::Late(format!("only {kept} of 200 frames")));
        }
        // About five seconds are left, less what it takes to see it and the way to a keyframe.
        for (after, what) in
            [(deleted, "deleted"), (gone, "folder"), (after, "moved"), (cut, "cut")]
        {
            if after < 85 {
                return Err(Fault::Late(format!("{what}: only {after} frames after it")));
            }
        }
        assert!(moved >= 50, "{moved} frames in the file that was moved");
        Ok(())
    });
}
