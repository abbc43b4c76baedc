//! A film in a show of its own, run outside real time and recorded.

use std::path::{Path, PathBuf};
use std::process::Command;

use show::{
    Asset, AssetId, AssetKind, Feed, FileEnd, Format, LayoutId, PlayFile, Show, SourceId,
    SourceKind, Template,
};

use crate::downstage::Downstage;
use crate::shows;
use crate::time::PATIENCE;

/// Makes a film by ffmpeg: arguments parted by spaces, and the file last.
pub fn made(path: &Path, arguments: &str) {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y"]).args(arguments.split_whitespace()).arg(path);
    assert!(command.status().expect("ffmpeg runs").success(), "{command:?}");
}

/// Records what a programme of this format shows of a film alone on it, from its first frame on. `edit` may
/// change how it is played.
pub fn recorded(
    film: &Path,
    format: Format,
    seconds: u32,
    edit: impl FnOnce(&mut PlayFile),
) -> PathBuf {
    let mut show = Show::new("Film", format);
    let path = film.to_str().expect("UTF-8").to_owned();
    show.assets.push(Asset { id: AssetId(1), path, kind: AssetKind::Media, hash: None });
    let mut play = PlayFile::whole(AssetId(1), FileEnd::Loop);
    edit(&mut play);
    show.sources.push(shows::source(2, SourceKind::File(play)));
    let feed = [Feed::Source(SourceId(2))];
    show.layouts.push(Template::Single.layout(LayoutId(3), "One", &feed));
    let folder = film.parent().expect("a folder");
    let (document, record) = (film.with_extension("json"), film.with_extension("record.mkv"));
    std::fs::write(&document, show::file::encode(&show)).expect("room");
    let length = format!("{seconds}s");
    let names = [&document, &record].map(|path| path.to_str().expect("UTF-8"));
    let arguments = ["run", names[0], "--offline", "--for", &length, "--record", names[1]];
    let begin = ["--at", "0s", "load layout-3", "--at", "0s", "cut"];
    let mut run = Downstage::start(folder, &[&arguments[..], &begin[..]].concat());
    let ended = run.wait(PATIENCE).unwrap_or_else(|| panic!("{film:?}: it does not end"));
    assert_eq!(ended.code(), Some(0), "{film:?}: {}{}", run.stdout(), run.stderr());
    record
}
