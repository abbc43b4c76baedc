//! A small picture of each show that was saved, for the list of recent ones. It is kept in the user's cache: one
//! that is missing is no loss. These functions wait for the disk.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ui::Thumbnail;

use crate::fingerprint;
use crate::storage::show_files;

/// How many pictures are kept; those that were written first go first.
pub const KEPT: usize = 20;
/// A larger file is no picture of ours.
const MAX_BYTES: u64 = 128 * 1024;

/// Keeps the picture of a show, in place of an older one.
///
/// # Errors
/// The system's reason.
pub fn keep(folder: &Path, show: &Path, picture: &Thumbnail) -> io::Result<()> {
    let (width, height) = picture.size;
    let mut bytes = format!("P6\n{width} {height}\n255\n").into_bytes();
    bytes.extend(picture.rgba.as_chunks::<4>().0.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]));
    fs::create_dir_all(folder)?;
    show_files::replace(&bytes, &place(folder, show), show_files::SHARED, |_| Ok(()))?;
    prune(folder)
}

/// The pictures of these shows that are there.
pub fn load(folder: &Path, shows: &[PathBuf]) -> Vec<(PathBuf, Thumbnail)> {
    let picture = |show: &PathBuf| Some((show.clone(), read(&place(folder, show))?));
    shows.iter().filter_map(picture).collect()
}

/// A Portable Pixmap, named after where the show is.
fn place(folder: &Path, show: &Path) -> PathBuf {
    let name = fingerprint::of(show.as_os_str().as_encoded_bytes());
    folder.join(format!("{name:016x}.ppm"))
}

fn read(path: &Path) -> Option<Thumbnail> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
    let mut rest = bytes.strip_prefix(b"P6\n")?;
    let mut line = || {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let (line, after) = rest.split_at(end);
        rest = &after[1..];
        std::str::from_utf8(line).ok()
    };
    let (width, height) = line()?.split_once(' ')?;
    let size: (u32, u32) = (width.parse().ok()?, height.parse().ok()?);
    let is_depth_known = line()? == "255";
    let (most_wide, most_high) = Thumbnail::MOST;
    let is_small = size.0 <= most_wide && size.1 <= most_high;
    let is_whole = rest.len() == (size.0 as usize) * (size.1 as usize) * 3;
    if !is_depth_known || !is_small || !is_whole || rest.is_empty() {
        return None;
    }
    let rgba = rest.as_chunks::<3>().0.iter().flat_map(|[r, g, b]| [*r, *g, *b, 255]).collect();
    Some(Thumbnail { size, rgba, of: size, length_millis: None })
}

fn prune(folder: &Path) -> io::Result<()> {
    let age = |entry: io::Result<fs::DirEntry>| -> Option<(SystemTime, PathBuf)> {
        let path = entry.ok()?.path();
        let is_ours = path.extension().is_some_and(|end| end == "ppm");
        is_ours.then(|| Some((fs::metadata(&path).ok()?.modified().ok()?, path)))?
    };
    let mut all: Vec<_> = fs::read_dir(folder)?.filter_map(age).collect();
    all.sort();
    let surplus = all.len().saturating_sub(KEPT);
    all.into_iter().take(surplus).try_for_each(|(_, path)| fs::remove_file(path))
}
