//! The writer thread of a session log, which may wait for the disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use crossbeam_channel::{Receiver, select, tick};
use serde::Serialize;

use crate::clock;
use crate::production::log_format::{Header, KEPT, LogError, LogLine, LogPlace};

/// How often the file is flushed: a crash of ours loses no more than this.
const FLUSH: Duration = Duration::from_secs(1);

/// Writes lines until their channel is closed, then the count of frames if there is one. Stores the first
/// error, and discards all lines after it.
pub(crate) fn run(
    place: &LogPlace,
    header: &Header,
    lines: &Receiver<LogLine>,
    end: &Receiver<u64>,
    failure: &ArcSwapOption<LogError>,
) {
    let mut path = match place {
        LogPlace::File(path) | LogPlace::Folder(path) => path.clone(),
    };
    let written = write(place, header, lines, end, &mut path);
    if let Err(error) = written {
        let error = LogError { path, error };
        tracing::error!("{error}");
        failure.store(Some(Arc::new(error)));
        // The channel must not fill up.
        lines.iter().for_each(drop);
    }
}

fn write(
    place: &LogPlace,
    header: &Header,
    lines: &Receiver<LogLine>,
    end: &Receiver<u64>,
    path: &mut PathBuf,
) -> io::Result<()> {
    let file = match place {
        LogPlace::File(path) => File::create(path)?,
        LogPlace::Folder(folder) => {
            let (file, name) = create_in(folder)?;
            *path = name;
            file
        }
    };
    let mut log = BufWriter::new(file);
    write_line(&mut log, header)?;
    log.flush()?;
    let second = tick(FLUSH);
    loop {
        select! {
            recv(lines) -> line => match line {
                Ok(line) => write_line(&mut log, &line)?,
                Err(_) => break,
            },
            recv(second) -> _ => log.flush()?,
        }
    }
    if let Ok(frames) = end.recv() {
        write_line(&mut log, &LogLine::End { end: frames })?;
    }
    log.flush()
}

fn write_line(log: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *log, line)?;
    log.write_all(b"\n")
}

/// Creates a file in this folder, named by the time, and removes the oldest beyond [`KEPT`].
fn create_in(folder: &Path) -> io::Result<(File, PathBuf)> {
    fs::create_dir_all(folder)?;
    let time = clock::local_stamp();
    let made = (1..100).find_map(|number| {
        let end = if number == 1 { String::new() } else { format!("-{number}") };
        let path = folder.join(format!("{time}{end}.jsonl"));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => None,
            made => Some(made.map(|file| (file, path))),
        }
    });
    if let Err(error) = prune(folder) {
        // The new log is more than the old ones that stay.
        tracing::warn!("{}: old session logs are not removed: {error}", folder.display());
    }
    made.unwrap_or_else(|| Err(io::ErrorKind::AlreadyExists.into()))
}

fn prune(folder: &Path) -> io::Result<()> {
    let paths = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut logs: Vec<_> = paths.filter(|path| is_ours(path)).collect();
    // Their names are times.
    logs.sort();
    let old = logs.len().saturating_sub(KEPT);
    for path in logs.into_iter().take(old) {
        // One that cannot be removed now is tried again with the next log.
        if let Err(error) = fs::remove_file(&path) {
            tracing::warn!("{}: cannot be removed: {error}", path.display());
        }
    }
    Ok(())
}

/// Whether its name is one that [`create_in`] gives.
fn is_ours(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let digits = stem.bytes().filter(u8::is_ascii_digit).count();
    let like_a_time = digits >= 14 && stem.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    like_a_time && path.extension().is_some_and(|end| end == "jsonl")
}
