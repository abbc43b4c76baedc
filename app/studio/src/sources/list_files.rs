//! What a list plays: its files, and the files in its folders.

use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use media::link::SourceLink;
use media::source::{
    FileOpener, Items, ListOpener, OpenError, Opener, Opening, Origin, SourceHost,
};
use show::file_kind::{self, FileKind};
use show::{AssetKind, FileEnd, Format, PlayList};

use super::media_file::{MediaFile, cued};
use super::slide::SlideOpener;

/// The most files of a folder; the others are left out.
const MOST: usize = 5_000;

/// The opener of a list of these files.
pub fn opener(list: &PlayList, files: &[MediaFile], format: Format) -> ListOpener {
    let first = files.first().map(|file| file.path.display().to_string());
    let files: Arc<[MediaFile]> = files.into();
    let length = i64::from(list.picture_millis) * 1_000_000;
    let find = move || {
        let mut items: Items = Vec::new();
        for file in &*files {
            match file.kind {
                AssetKind::Picture => items.push(slide(&file.path, length, format)),
                AssetKind::Media => items.push(film(&file.path)),
                AssetKind::Folder => match of_folder(&file.path, length, format) {
                    Ok(all) => items.extend(all),
                    // The rest of the list plays.
                    Err(error) => items.push(Box::new(Unreadable(error))),
                },
            }
        }
        items
    };
    ListOpener {
        name: first.unwrap_or_default(),
        find: Arc::new(find),
        looped: list.end == FileEnd::Loop,
        cue: cued(list.starts(), format),
    }
}

/// A folder that cannot be read, in place of what is in it.
struct Unreadable(OpenError);

impl Opener for Unreadable {
    fn open(
        &self,
        _opening: Opening,
        _link: &Arc<SourceLink>,
        _host: SourceHost,
    ) -> Result<Box<dyn Origin>, OpenError> {
        Err(self.0.clone())
    }

    fn name(&self) -> String {
        match &self.0 {
            OpenError::File { path, .. } => path.display().to_string(),
            error => error.to_string(),
        }
    }
}

fn slide(path: &Path, length: i64, format: Format) -> Box<dyn Opener> {
    Box::new(SlideOpener { path: path.to_owned(), length, format })
}

fn film(path: &Path) -> Box<dyn Opener> {
    let path = path.to_owned();
    Box::new(FileOpener { path, from: 0, to: None, looped: false, track: None, cue: 0 })
}

/// The pictures, films and sounds in a folder, by name; what is in its folders is not looked for.
fn of_folder(folder: &Path, length: i64, format: Format) -> Result<Items, OpenError> {
    let failed = |error: std::io::Error| OpenError::File {
        path: folder.to_owned(),
        reason: error.to_string(),
    };
    let mut paths: Vec<(FileKind, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_hidden =
            path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if let Some(kind) = file_kind::of(&path).filter(|_| !is_hidden) {
            paths.push((kind, path));
        }
    }
    paths.sort_by(|(_, one), (_, other)| by_name(one, other));
    paths.truncate(MOST);
    let items = paths.into_iter().map(|(kind, path)| match kind {
        FileKind::Picture => slide(&path, length, format),
        FileKind::Media => film(&path),
    });
    Ok(items.collect())
}

/// By name as people count: 9 before 10, whatever the case.
fn by_name(one: &Path, other: &Path) -> Ordering {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let (a, b) = (name(one), name(other));
    natural(&a, &b).then_with(|| one.cmp(other))
}

fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.chars().peekable(), b.chars().peekable());
    loop {
        let (Some(x), Some(y)) = (a.peek().copied(), b.peek().copied()) else {
            return a.peek().is_some().cmp(&b.peek().is_some());
        };
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let number = |of: &mut std::iter::Peekable<std::str::Chars<'_>>| {
                let mut digits = String::new();
                while let Some(digit) = of.next_if(char::is_ascii_digit) {
                    digits.push(digit);
                }
                let digits = digits.trim_start_matches('0').to_owned();
                (digits.len(), digits)
            };
            number(&mut a).cmp(&number(&mut b))
        } else {
            a.next();
            b.next();
            x.cmp(&y)
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}
