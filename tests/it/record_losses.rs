//! Recordings whose files are taken away while they are written.

use std::fs;
use std::fs::OpenOptions;
use std::time::Duration;

use show::{Output, OutputId, OutputKind, Rect};
use tests::canary::{Fault, real_time};
use tests::downstage::Downstage;
use tests::time::{self, PATIENCE};

use crate::end_to_end::{numbers_of, pattern_show};

/// What is done to a recording at 3 s of 8, by its name.
const FATES: [&str; 5] = ["kept", "deleted", "renamed", "shortened", "folder"];

#[test]
fn a_file_that_is_taken_away_is_told_and_followed_by_another_at_once() {
    real_time("recordings taken away", show::FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        let path = pattern_show(folder.path(), show::FrameRate::R25);
        let mut show = studio::storage::show_files::load(&path).unwrap();
        show.format.raster = show::Raster::Ld;
        let mut arguments = vec!["run".to_owned(), path.to_str().unwrap().to_owned()];
        arguments.extend(["--for", "8s"].map(str::to_owned));
        for (id, fate) in (20..).zip(FATES) {
            let kind = OutputKind::Record { path: format!("{fate}/out.mkv") };
            let (id, name) = (OutputId(id), fate.to_owned());
            let (profile, bus, sei) = Default::default();
            show.outputs.push(Output { id, name, kind, profile, bus, sei });
            let id = id.0;
            arguments.extend(["--at".to_owned(), "0s".to_owned(), format!("start output-{id}")]);
        }
        fs::write(&path, show::file::encode(&show)).unwrap();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
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
            let path = file(fate, "out.mkv");
            let wanted = format!("{}: {why}", path.display());
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
