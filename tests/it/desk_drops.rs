//! Files that are dropped on the window.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use show::{AssetKind, Edit, Item, Show, Source, SourceId, SourceKind};
use ui::{Action, Language};

use crate::desk::{SIZES, Shown};
use crate::desk_building::{desk, done};

/// A file as the system hands it over. Nobody may read it on the window's thread.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        panic!("{} was read", self.0.display())
    }
}

fn drop_on(desk: &mut Shown, paths: &[&Path]) -> Vec<Action> {
    for path in paths {
        desk.harness.input_mut().dropped_files.push(Arc::new(Dropped(path.to_path_buf())));
    }
    desk.took()
}

/// What the demo show becomes, and the sources that are new.
fn made(before: &Show, asked: &[Action]) -> (Show, Vec<Source>) {
    let show = done(before, asked);
    let new = show.sources[before.sources.len()..].to_vec();
    (show, new)
}

#[test]
fn what_is_dropped_becomes_a_source_of_its_kind() {
    for (path, kind) in [
        ("/films/Ferry.mp4", AssetKind::Media),
        ("/films/SHOUTS.MKV", AssetKind::Media),
        ("/sounds/wind.opus", AssetKind::Media),
        ("/pictures/logo.png", AssetKind::Picture),
        ("/pictures/夜.JPeG", AssetKind::Picture),
    ] {
        let mut desk = desk(Language::English, SIZES[0]);
        let asked = drop_on(&mut desk, &[Path::new(path)]);
        let (show, sources) = made(&desk.show(), &asked);
        let [source] = sources.as_slice() else { panic!("{sources:?}") };
        let is_still = matches!(source.kind, SourceKind::Still { .. });
        assert_eq!(is_still, kind == AssetKind::Picture, "{path}");
        let asset = show.asset(source.asset().unwrap()).unwrap();
        assert_eq!((asset.path.as_str(), asset.kind), (path, kind));
        assert_eq!(Path::new(path).file_stem(), Some(OsStr::new(&source.name)));
        assert_eq!(desk.took(), [], "once");
    }
}

#[test]
fn a_long_name_is_cut_and_its_path_is_not() {
    for letter in ["a", "海"] {
        let path = format!("/films/{}.mp4", letter.repeat(200));
        let mut desk = desk(Language::English, SIZES[0]);
        let asked = drop_on(&mut desk, &[Path::new(&path)]);
        let (show, sources) = made(&desk.show(), &asked);
        assert_eq!(sources[0].name, letter.repeat(100));
        assert_eq!(show.assets.last().unwrap().path, path);
    }
}

#[test]
fn several_at_once_are_several_sources_and_one_step_of_undo() {
    let mut desk = desk(Language::English, SIZES[0]);
    {
        // The name that the second one would have in the layout message is somebody's already.
        let mut look = desk.look.borrow_mut();
        let mut snapshot = look.snapshot.as_ref().clone();
        let mut show = Show::clone(&snapshot.show);
        let taken = format!("source-{}", show.free_number() + 3);
        show.sources[0].uid = taken;
        snapshot.show = Arc::new(show);
        look.snapshot = Arc::new(snapshot);
    }
    let paths = ["/films/one.mp4", "/films/two.mkv", "/pictures/three.png"].map(Path::new);
    let asked = drop_on(&mut desk, &paths);
    let [Action::Edit(edits)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(edits.len(), 6);
    let (show, sources) = made(&desk.show(), &asked);
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    assert_eq!(names, ["one", "two", "three"]);
    assert_eq!(show.check(), []);
    let mut ids: Vec<SourceId> = sources.iter().map(|source| source.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[test]
fn what_is_nothing_we_know_is_refused_and_said_why() {
    for (language, unknown, no_text) in [
        (
            Language::English,
            "notes.txt, Holiday: not a known video, audio or picture file. Press Ctrl+M to add other files.",
            "?.mp4: the file name is not valid text, so a show cannot store it. Rename it.",
        ),
        (
            Language::Chinese,
            "notes.txt, Holiday：不是已知的视频、音频或图片文件。其他文件请按 Ctrl+M 添加。",
            "?.mp4：文件名不是有效文本，节目文件无法保存。请重命名该文件。",
        ),
    ] {
        // A text, a folder, and a film between them, which is taken all the same.
        let mut desk = desk(language, SIZES[0]);
        let paths = ["/home/notes.txt", "/films/one.mp4", "/home/Holiday"].map(Path::new);
        let asked = drop_on(&mut desk, &paths);
        let [Action::Edit(edits)] = asked.as_slice() else { panic!("{asked:?}") };
        let is_film = |edit: &Edit| matches!(edit, Edit::Add(Item::Source(it)) if it.name == "one");
        assert_eq!((edits.len(), edits.iter().filter(|edit| is_film(edit)).count()), (2, 1));
        assert!(desk.has(unknown));
        let path = Path::new(OsStr::from_bytes(b"/films/\xff.mp4"));
        assert_eq!(drop_on(&mut desk, &[path]), []);
        assert!(desk.has(no_text));
    }
}
