//! Small pictures of recent shows: kept when a show is saved, within a bound, and shown at the start.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use studio::storage::disk::{Disk, DiskPlaces, Done, Job};
use studio::storage::show_pictures::{KEPT, keep, load};
use tests::time::{self, PATIENCE};
use ui::{Beginning, Language, Thumbnail};

use crate::desk::{SIZES, Shown, look, snapshot};

fn picture(red: u8) -> Thumbnail {
    let size = (192, 108);
    let rgba = [red, 20, 30, 255].repeat(192 * 108);
    Thumbnail { size, rgba, of: size, length_millis: None }
}

#[test]
fn a_picture_is_kept_for_each_show_within_a_bound_and_only_whole_ones_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let shows: Vec<PathBuf> = (0..KEPT + 5).map(|n| format!("/shows/{n}.json").into()).collect();
    for (show, red) in shows.iter().zip(0..) {
        keep(folder.path(), show, &picture(red)).unwrap();
        // Time stamps of files may be as coarse as this.
        time::sleep(std::time::Duration::from_millis(10));
    }
    keep(folder.path(), &shows[10], &picture(200)).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), KEPT);
    let found = load(folder.path(), &shows);
    assert_eq!(found.len(), KEPT);
    assert!(found.iter().all(|(show, _)| *show != shows[0]), "the oldest went");
    let tenth = found.iter().find(|(show, _)| *show == shows[10]).unwrap();
    assert_eq!(tenth.1, picture(200), "the last one counts");
    let bytes: u64 = fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum();
    assert!(bytes <= KEPT as u64 * 64 * 1024, "{bytes}");
    // What was cut off, is too large or is something else is none.
    for file in fs::read_dir(folder.path()).unwrap() {
        let path = file.unwrap().path();
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    }
    assert_eq!(load(folder.path(), &shows), []);
}

#[test]
fn a_folder_that_takes_none_is_an_error_and_no_folder_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "in the way").unwrap();
    for (pictures, is_kept) in [(None, true), (Some(file), false)] {
        let disk = Disk::start(DiskPlaces { pictures, ..DiskPlaces::default() }).unwrap();
        let (show, small) = (PathBuf::from("/shows/one.json"), Arc::new(picture(1)));
        assert!(disk.submit(Job::KeepPicture(show.clone(), small)));
        let done = time::wait_for(PATIENCE, || disk.done().next());
        let Some(Done::PictureKept(kept)) = done else { panic!("{done:?}") };
        assert_eq!(kept.is_ok(), is_kept, "{kept:?}");
        assert!(disk.submit(Job::LoadPictures(vec![show])));
        let done = time::wait_for(PATIENCE, || disk.done().next());
        assert!(matches!(&done, Some(Done::Pictures(found)) if found.is_empty()), "{done:?}");
    }
}

#[test]
fn the_start_draws_the_picture_of_a_show_and_a_plain_tile_without_one() {
    for size in SIZES {
        for language in Language::ALL {
            let beginning = Beginning { start: true, ..Beginning::new(language) };
            let mut shown = look(snapshot());
            let shows = ["/shows/Evening.json", "/shows/Noon.json"].map(PathBuf::from);
            shown.file.recent = shows.to_vec();
            let pictures = [(shows[0].clone(), Arc::new(picture(200)))];
            shown.file.pictures = Arc::new(pictures.into_iter().collect());
            let mut desk = Shown::begun(beginning, size, shown);
            desk.took();
            let textures = |desk: &Shown| {
                let manager = desk.harness.ctx.tex_manager();
                let manager = manager.read();
                manager.allocated().filter(|(_, meta)| meta.name == "recent").count()
            };
            assert_eq!(textures(&desk), 1, "uploaded once");
            desk.took();
            assert_eq!(textures(&desk), 1, "and not for each frame");
            assert!(desk.has("Evening") && desk.has("Noon"));
        }
    }
}
