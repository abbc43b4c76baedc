//! What the desk asks of a disk, which may take as long as it likes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use show::{Asset, AssetId, AssetKind, Output, OutputId, OutputKind, Show};
use studio::storage::disk::{
    Disk, DiskPlaces, Done, Job, OpenShowError, SaveOver, WAITING, free_space,
};
use studio::storage::path_completion::{MAX_COMPLETIONS, entries_at};
use studio::storage::settings::{self, MAX_RECENT, Settings};
use studio::storage::show_files::{self, SaveError};
use tests::shows;
use tests::time::{self, PATIENCE};

/// A show with these assets, and a recording.
fn show_of(paths: &[&str], recording: &str) -> Show {
    let mut show = Show::new("Paths", shows::HD25);
    for (id, path) in (1..).zip(paths) {
        let (path, kind) = ((*path).to_owned(), AssetKind::Picture);
        show.assets.push(Asset { id: AssetId(id), path, kind, hash: None });
    }
    let kind = OutputKind::Record { path: recording.to_owned() };
    let (profile, bus, sei) = Default::default();
    let (id, name) = (OutputId(51), "Recording".to_owned());
    show.outputs.push(Output { id, name, kind, profile, bus, sei });
    show
}

fn paths_of(show: &Show) -> Vec<&str> {
    let outputs = show.outputs.iter().filter_map(|output| match &output.kind {
        OutputKind::Record { path } => Some(path.as_str()),
        OutputKind::Rtmp { .. } => None,
    });
    show.assets.iter().map(|asset| asset.path.as_str()).chain(outputs).collect()
}

#[test]
fn paths_are_absolute_while_a_show_runs_and_relative_where_they_can_be() {
    let here = Path::new("/shows/tonight");
    let saved = show_of(&["media/a.png", "/elsewhere/b.png", "../shared/c.png"], "out/d.mkv");
    let runs = show_files::absolute(saved.clone(), here);
    let expected = [
        "/shows/tonight/media/a.png",
        "/elsewhere/b.png",
        "/shows/tonight/../shared/c.png",
        "/shows/tonight/out/d.mkv",
    ];
    assert_eq!(paths_of(&runs), expected);
    assert_eq!(show_files::relative(runs.clone(), here), saved);
    // Saved elsewhere, it still means the same files; nothing there lies below the new folder.
    assert_eq!(show_files::relative(runs.clone(), Path::new("/other")), runs);
    // A folder is not below another because its name goes on.
    assert_eq!(show_files::relative(runs.clone(), Path::new("/shows/ton")), runs);
    assert_eq!(
        paths_of(&show_files::relative(runs, Path::new("/shows")))[0],
        "tonight/media/a.png"
    );
}

fn next(disk: &Disk) -> Done {
    time::wait_for(PATIENCE, || disk.done().next()).expect("it is done")
}

#[test]
fn a_show_is_opened_and_saved_by_the_disk_thread() {
    let folder = tempfile::tempdir().unwrap();
    let here = fs::canonicalize(folder.path()).unwrap();
    let disk = Disk::start(DiskPlaces::default()).unwrap();
    let path = here.join("show.json");
    let inside = here.join("media/a.png");
    let show = Arc::new(show_of(&[inside.to_str().unwrap(), "/elsewhere/b.png"], "/rec/d.mkv"));
    assert!(disk.submit(Job::Save(Arc::clone(&show), path.clone(), SaveOver::OursOnly)));
    match next(&disk) {
        Done::Saved(saved, at, Ok(())) => {
            assert!(Arc::ptr_eq(&saved, &show));
            assert_eq!(at, path);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(paths_of(&show_files::load(&path).unwrap())[0], "media/a.png");
    assert!(disk.submit(Job::Open(path)));
    assert!(matches!(next(&disk), Done::Opened(_, Ok(opened)) if opened.show == *show));
    // What is wrong is said with its place.
    let missing = here.join("missing.json");
    assert!(disk.submit(Job::Open(missing)));
    let said = |done| match done {
        Done::Opened(_, Err(error)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(said(next(&disk)).contains("missing.json: cannot be read"));
    let faulty = here.join("faulty.json");
    let nameless = Show::new("", shows::HD25);
    fs::write(&faulty, show::file::encode(&nameless)).unwrap();
    assert!(disk.submit(Job::Open(faulty)));
    let done = next(&disk);
    let is_faulty = matches!(&done, Done::Opened(_, Err(OpenShowError::Faulty { faults, .. })) if faults.len() == 1);
    assert!(is_faulty, "{done:?}");
    assert!(said(done).ends_with("(1 fault in all)"));
}

#[test]
fn a_full_disk_queue_is_told_and_its_end_saves_what_waits() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::start(DiskPlaces::default()).unwrap();
    // Nobody takes the answers: they fill up, then the thread waits with one, then the jobs fill up.
    let mut asked = 0;
    let full = time::wait_for(PATIENCE, || {
        let keep = || disk.submit(Job::Keep(Settings::default()));
        asked += (0..WAITING).filter(|_| keep()).count();
        (asked > WAITING * 2).then_some(())
    });
    assert!(full.is_some(), "{asked} were taken");
    assert!((0..WAITING).all(|_| !disk.submit(Job::Keep(Settings::default()))), "and no more");
    drop(disk);
    let disk = Disk::start(DiskPlaces::default()).unwrap();
    let path = folder.path().join("last.json");
    assert!(disk.submit(Job::Save(
        Arc::new(show_of(&[], "a.mkv")),
        path.clone(),
        SaveOver::OursOnly
    )));
    drop(disk);
    assert!(path.exists());
}

/// A file that takes its reader as long as nobody writes: as a network drive that hangs.
pub(crate) fn silent(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.expect("mkfifo is everywhere").success());
}

#[test]
fn a_disk_that_hangs_holds_up_neither_a_save_nor_a_path_nor_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let hangs = folder.path().join("hangs.json");
    silent(&hangs);
    let disk = Disk::start(DiskPlaces::default()).unwrap();
    assert_eq!(disk.running_jobs(), [None; 3]);
    assert!(disk.submit(Job::Open(hangs.clone())));
    let begun = || disk.running_jobs().into_iter().flatten().next();
    let job = time::wait_for(PATIENCE, begun).expect("it is at work");
    let path = folder.path().join("saved.json");
    assert!(disk.submit(Job::Save(
        Arc::new(show_of(&[], "a.mkv")),
        path.clone(),
        SaveOver::OursOnly
    )));
    assert!(matches!(next(&disk), Done::Saved(_, at, Ok(())) if at == path));
    let typed = format!("{}/sa", folder.path().display());
    assert!(disk.submit(Job::List(typed)));
    assert!(matches!(next(&disk), Done::Listed(_, Ok(found)) if found == [path.to_str().unwrap()]));
    assert_eq!(begun(), Some(job), "it is at the same job still");
    // It answers at last: what it says is no show.
    drop(fs::OpenOptions::new().write(true).open(&hangs).unwrap());
    assert!(matches!(next(&disk), Done::Opened(_, Err(OpenShowError::Load(_)))));
    assert_eq!(begun(), None);
    assert!(disk.submit(Job::Open(hangs)));
    time::wait_for(PATIENCE, begun).expect("it is at work");
    drop(disk);
    // Nobody waited for it, which hangs for good.
}

#[test]
fn of_paths_that_are_typed_the_last_counts() {
    let disk = Disk::start(DiskPlaces::default()).unwrap();
    let typed = |number: usize| format!("/no/{number}/");
    let all = 5 * WAITING;
    assert!((0..all).all(|number| disk.submit(Job::List(typed(number)))), "never too many");
    let last = time::wait_for(PATIENCE, || {
        let mut done = disk.done();
        done.find(|done| matches!(done, Done::Listed(of, _) if *of == typed(all - 1)))
    });
    assert!(last.is_some());
}

#[test]
fn free_space_is_that_of_the_nearest_folder_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let free = free_space(folder.path()).unwrap();
    assert!(free > 0);
    let below = free_space(&folder.path().join("not/yet/there.mkv")).unwrap();
    assert!(below.abs_diff(free) < 1 << 30, "{below} and {free}");
    let system = free_space(Path::new("/proc/version")).unwrap();
    assert_eq!(system, 0, "nothing can be written there");
}

#[test]
fn a_typed_path_is_completed() {
    let home = tempfile::tempdir().unwrap();
    for folder in ["Videos", "video-old", ".hidden"] {
        fs::create_dir(home.path().join(folder)).unwrap();
    }
    for file in ["vim.txt", "a.png", "视频.mkv"] {
        fs::write(home.path().join(file), "").unwrap();
    }
    std::os::unix::fs::symlink("Videos", home.path().join("vlink")).unwrap();
    std::os::unix::fs::symlink("nowhere", home.path().join("vnone")).unwrap();
    let at = |typed: &str| entries_at(typed, Some(home.path()));
    assert_eq!(at("~").unwrap(), ["~/"]);
    let all = ["~/Videos/", "~/video-old/", "~/vlink/", "~/vim.txt", "~/vnone"];
    assert_eq!(at("~/v").unwrap(), all);
    assert_eq!(at("~/.").unwrap(), ["~/.hidden/"]);
    assert_eq!(at("~/视").unwrap(), ["~/视频.mkv"]);
    assert_eq!(at("~/nothing").unwrap(), [""; 0]);
    let whole = format!("{}/vid", home.path().display());
    let expected = ["Videos/", "video-old/"].map(|end| format!("{}/{end}", home.path().display()));
    assert_eq!(at(&whole).unwrap(), expected);
    let error = at("~/no/such").unwrap_err().to_string();
    assert!(error.contains("/no/: the folder cannot be read: "), "{error}");
    // More than anybody looks through is not offered.
    for number in 0..MAX_COMPLETIONS + 5 {
        fs::write(home.path().join(format!("many-{number:03}")), "").unwrap();
    }
    let many = at("~/many-").unwrap();
    assert_eq!((many.len(), many[0].as_str()), (MAX_COMPLETIONS, "~/many-000"));
}

#[test]
fn settings_are_kept_and_a_damaged_file_is_put_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("downstage/desk.json");
    assert_eq!(settings::load(&path), Settings::default());
    let mut kept = Settings { language: "zh-CN".to_owned(), ..Settings::default() };
    kept.monitor.level_db = -12.5;
    for number in 0..MAX_RECENT + 3 {
        kept.add_recent(PathBuf::from(format!("/shows/{number}.json")));
    }
    kept.add_recent(PathBuf::from("/shows/5.json"));
    assert_eq!(kept.recent.len(), MAX_RECENT);
    assert_eq!(kept.recent[0], Path::new("/shows/5.json"));
    let places = DiskPlaces { settings: Some(path.clone()), ..DiskPlaces::default() };
    let disk = Disk::start(places).unwrap();
    assert!(disk.submit(Job::Keep(kept.clone())));
    assert!(matches!(next(&disk), Done::Kept(Ok(()))));
    assert_eq!(settings::load(&path), kept);
    // What an older or newer version lacks or adds is no damage.
    fs::write(&path, r#"{ "hint_seen": true, "of tomorrow": 1 }"#).unwrap();
    assert_eq!(settings::load(&path), Settings { hint_seen: true, ..Settings::default() });
    fs::write(&path, "{ \"language\": 7").unwrap();
    assert_eq!(settings::load(&path), Settings::default());
    assert!(!path.exists());
    let aside = path.with_extension("json.damaged");
    assert_eq!(fs::read_to_string(aside).unwrap(), "{ \"language\": 7");
}

#[test]
fn what_another_program_has_written_is_not_replaced_without_a_question() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tonight.json");
    let disk = Disk::start(DiskPlaces::default()).unwrap();
    let save = |name: &str, over| {
        let show = Arc::new(Show { name: name.to_owned(), ..show_of(&[], "a.mkv") });
        assert!(disk.submit(Job::Save(show, path.clone(), over)));
        match next(&disk) {
            Done::Saved(_, _, saved) => saved,
            other => panic!("{other:?}"),
        }
    };
    let is_foreign = |saved: Result<(), SaveError>, wanted: bool| matches!(saved, Err(SaveError::Foreign { was_ours, .. }) if was_ours == wanted);
    let on_disk = || show_files::load(&path).map(|show| show.name).ok();
    // A file of that name that was never opened here.
    fs::write(&path, "a letter").unwrap();
    assert!(is_foreign(save("one", SaveOver::OursOnly), false));
    assert_eq!(fs::read_to_string(&path).unwrap(), "a letter");
    assert!(save("two", SaveOver::Any).is_ok());
    // What was written here can be written over, again and again.
    assert!(save("three", SaveOver::OursOnly).is_ok());
    assert!(save("four", SaveOver::OursOnly).is_ok());
    // Another program changes it.
    let theirs = Show { name: "theirs".to_owned(), ..show_of(&[], "a.mkv") };
    fs::write(&path, show::file::encode(&theirs)).unwrap();
    assert!(is_foreign(save("five", SaveOver::OursOnly), true));
    assert_eq!(on_disk().as_deref(), Some("theirs"));
    // To open it is to know it.
    assert!(disk.submit(Job::Open(path.clone())));
    assert!(matches!(next(&disk), Done::Opened(_, Ok(_))));
    assert!(save("six", SaveOver::OursOnly).is_ok());
    // One that is gone holds nothing that could be lost.
    fs::remove_file(&path).unwrap();
    assert!(save("seven", SaveOver::OursOnly).is_ok());
    assert_eq!(on_disk().as_deref(), Some("seven"));
}

#[test]
fn settings_that_are_a_link_stay_one() {
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real.json"), folder.path().join("desk.json"));
    settings::save(&Settings::default(), &real).unwrap();
    std::os::unix::fs::symlink("real.json", &link).unwrap();
    let other = Settings { language: "zh-CN".to_owned(), ..Settings::default() };
    settings::save(&other, &link).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(settings::load(&real), other);
}

#[test]
fn a_duration_has_a_range() {
    use studio::duration::{MAX_MILLIS, millis};
    assert_eq!(millis("8784h"), Ok(MAX_MILLIS));
    for (text, wrong) in
        [("8785h", "too long"), ("18446744073709551615", "too long"), ("5x", "not a")]
    {
        let error = millis(text).unwrap_err();
        assert!(error.contains(wrong) && error.contains(text), "{error}");
    }
}
