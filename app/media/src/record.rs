//! Recordings: Matroska in files of ten minutes, each playable up to its last picture even if the
//! process is killed.
//!
//! The muxer writes each picture as it comes and the file sink is unbuffered, so a killed process loses
//! only what its encoder still held. (`splitmuxsink` holds a whole GOP back before it writes it: up to a
//! keyframe interval would be lost.) A file begins with a keyframe; between one file and the next there
//! is neither a gap nor an overlap.
//!
//! Where nothing can be written any more, since a disk is full or gone, another file is tried every half a
//! second of the programme for as long as the recording runs, and what goes by is counted.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use engine::OutputState;
use gstreamer as gst;
use show::FrameRate;

use crate::encode::{Headers, Unit, UnitKind};
use crate::file_watch::FileLoss;
use crate::queue::{Packet, Pop, Queue};
pub use crate::record_error::RecordError;
use crate::record_file::File;
use crate::record_name::{self, Created};

/// A new file begins with the first keyframe after this long, in nanoseconds.
const FILE_NANOS: i64 = 600_000_000_000;
/// How long the queue is waited for at a time.
const WAIT: Duration = Duration::from_millis(100);
/// After how many packets, or waits for one, the file is looked at: at the most half a second.
const LOOK: u32 = 5;
/// How long the last file may take to be finalised: whoever ended it waits for that.
const LAST: gst::ClockTime = gst::ClockTime::from_mseconds(1_500);
/// How long any other may take: megabytes may still wait for a slow disk, and the queue holds what comes meanwhile.
const NEXT: gst::ClockTime = gst::ClockTime::from_seconds(15);
/// How long after the last try another file is tried where nothing can be written, in nanoseconds of the programme.
const RETRY_NANOS: i64 = 500_000_000;

/// A recording's counters; any thread may read them at any time.
#[derive(Debug, Default)]
pub struct RecordStats {
    /// Bytes written.
    pub bytes: AtomicU64,
    /// Pictures written, but for those of files that were lost.
    pub pictures: AtomicU64,
    /// Pictures of files that were lost while they were written, and those that came while nothing could be
    /// written.
    pub lost: AtomicU64,
    /// Files started, in order.
    pub files: Mutex<Vec<PathBuf>>,
}

impl RecordStats {
    fn add_file(&self, file: &File) {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).push(file.path.clone());
    }

    /// A file was lost, with what was in it unless it was moved.
    fn lose_file(&self, file: &File, loss: FileLoss) {
        if loss == FileLoss::Moved {
            return;
        }
        self.pictures.fetch_sub(file.pictures, Ordering::Relaxed);
        self.lost.fetch_add(file.pictures, Ordering::Relaxed);
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.retain(|path| *path != file.path || loss == FileLoss::Shortened);
    }

    /// The files that were started, in order.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What a recording tells while it runs.
pub struct RecordReports<'a> {
    /// Its state.
    pub state: &'a dyn Fn(OutputState),
    /// Something was lost, for this reason.
    pub lost: &'a dyn Fn(RecordError),
    /// It has to begin another file, from a keyframe that comes soon.
    pub rejoin: &'a dyn Fn(),
}

impl RecordReports<'static> {
    /// For a recording that nobody follows.
    pub const UNHEARD: Self = Self { state: &|_| {}, lost: &|_| {}, rejoin: &|| {} };
}

/// Records what comes from `queue` until it is closed, then finalises the last file. Needs a thread of
/// its own, since it waits for the disk. A file that is deleted, moved or cut short meanwhile, or cannot be
/// written any more, is followed by another as soon as one can be begun.
///
/// # Errors
/// [`RecordError`] when not even the first file can be begun, when a named pipe is not read any more, or when
/// the last file cannot be finalised.
pub fn run(
    first: &Path,
    queue: &Queue,
    stats: &RecordStats,
    reports: &RecordReports<'_>,
) -> Result<(), RecordError> {
    let mut recorder = Recorder {
        first,
        queue,
        stats,
        reports,
        number: 0,
        headers: None,
        file: None,
        before: None,
        newest: None,
        gap: None,
    };
    let mut looks = 0_u32;
    loop {
        match queue.pop(WAIT) {
            Pop::Closed => return recorder.end(),
            Pop::Empty => {}
            Pop::Packet(Packet::Headers(new)) => recorder.restart(new),
            Pop::Packet(Packet::Unit(unit)) => recorder.unit(&unit)?,
        }
        looks = looks.wrapping_add(1);
        recorder.look(looks.is_multiple_of(LOOK))?;
    }
}

/// A recording that runs.
struct Recorder<'a> {
    first: &'a Path,
    queue: &'a Queue,
    stats: &'a RecordStats,
    reports: &'a RecordReports<'a>,
    /// The number of the newest file.
    number: u32,
    headers: Option<Headers>,
    /// The file being written.
    file: Option<File>,
    /// The file before it, for as long as sound for it may still come.
    before: Option<File>,
    /// The time of the newest picture that was written, or counted as lost.
    newest: Option<i64>,
    /// Nothing is written, and how it came to that.
    gap: Option<Gap>,
}

/// A while in which nothing is written.
struct Gap {
    /// The time of the last picture that was written.
    after: i64,
    /// Pictures that were counted as lost since.
    counted: u64,
    /// How many pictures the queue had dropped when it began.
    dropped_before: u64,
    /// A file could not be written any more: another one needs room.
    needs_room: bool,
    /// Another file could not be begun at once.
    is_long: bool,
    /// When another file is tried, in nanoseconds of the programme.
    next_try: i64,
    /// The file in which it goes on, from the next keyframe.
    created: Option<Created>,
}

impl Recorder<'_> {
    /// The encode was restarted: its first keyframe begins another file.
    fn restart(&mut self, headers: Headers) {
        for file in self.before.take().into_iter().chain(self.file.take()) {
            self.close(file);
        }
        self.headers = Some(headers);
    }

    fn unit(&mut self, unit: &Unit) -> Result<(), RecordError> {
        let is_full = |file: &File| unit.pts - file.start >= FILE_NANOS;
        if unit.kind == UnitKind::Keyframe && self.file.as_ref().is_none_or(is_full) {
            self.begin(unit.pts)?;
        }
        let Some(start) = self.file.as_ref().map(|file| file.start) else {
            self.miss(unit);
            return Ok(());
        };
        // Sound comes out of its encoder later than pictures of the same time.
        let is_old = unit.kind == UnitKind::Sound && unit.pts < start;
        if unit.kind == UnitKind::Sound
            && !is_old
            && let Some(before) = self.before.take()
        {
            self.close(before);
        }
        let file = if is_old { &mut self.before } else { &mut self.file };
        let Some(file) = file else { return Ok(()) };
        if let Err(error) = file.write(unit) {
            let is_file = file.is_file();
            return self.fail(is_file, error);
        }
        self.stats.bytes.fetch_add(unit.data.len() as u64, Ordering::Relaxed);
        if unit.kind != UnitKind::Sound {
            file.pictures += 1;
            self.stats.pictures.fetch_add(1, Ordering::Relaxed);
            self.newest = self.newest.max(Some(unit.pts));
        }
        Ok(())
    }

    /// Begins another file with the keyframe at this time, if one can be begun.
    fn begin(&mut self, start: i64) -> Result<(), RecordError> {
        let Some(headers) = self.headers.clone() else { return Ok(()) };
        if let Some(before) = self.before.take() {
            self.close(before);
        }
        self.before = self.file.take();
        let created = match &mut self.gap {
            Some(gap) => match gap.created.take() {
                Some(created) => Ok(created),
                None => return Ok(()),
            },
            None => record_name::create_next(self.first, &mut self.number)
                .map_err(|(path, error)| RecordError::Open { path, reason: error.to_string() }),
        };
        match created.and_then(|created| File::open(created, &headers, start)) {
            Ok(file) => {
                self.go_on(&file, headers.format.rate);
                self.stats.add_file(&file);
                self.file = Some(file);
                (self.reports.state)(OutputState::Live);
                Ok(())
            }
            Err(error) if self.newest.is_none() => Err(error),
            Err(error) => {
                (self.reports.lost)(error);
                self.open_gap(false);
                Ok(())
            }
        }
    }

    /// Looks for errors of the file being written and, if it is time for it, whether it is still there.
    fn look(&mut self, is_due: bool) -> Result<(), RecordError> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        let Some(loss) = is_due.then(|| file.look()).flatten() else {
            return match file.check() {
                Ok(()) => {
                    self.file = Some(file);
                    Ok(())
                }
                Err(error) => self.fail(file.is_file(), error),
            };
        };
        self.stats.lose_file(&file, loss);
        (self.reports.lost)(file.lost(loss));
        // Where it was moved it is still playable; elsewhere nobody will know.
        drop(file.finish(NEXT));
        self.open_gap(false);
        self.try_next();
        Ok(())
    }

    /// A file cannot be written any more; a named pipe has no other after it.
    fn fail(&mut self, is_file: bool, error: RecordError) -> Result<(), RecordError> {
        if !is_file {
            return Err(error);
        }
        (self.reports.lost)(error);
        (self.file, self.before) = (None, None);
        self.open_gap(true);
        self.stall();
        Ok(())
    }

    /// Closes a file that is not the last one. What was written stays if that fails.
    fn close(&mut self, file: File) {
        if let Err(error) = file.finish(NEXT) {
            (self.reports.lost)(error);
        }
    }

    /// Nothing is written from now on, until another file is begun.
    fn open_gap(&mut self, needs_room: bool) {
        let newest = self.newest.unwrap_or_default();
        let gap = self.gap.get_or_insert_with(|| Gap {
            after: newest,
            counted: 0,
            dropped_before: self.queue.dropped(),
            needs_room,
            is_long: false,
            next_try: newest,
            created: None,
        });
        gap.needs_room |= needs_room;
        gap.next_try = newest + RETRY_NANOS;
    }

    /// A unit that is not written. Each picture is counted once, though the encode's hub may send it twice.
    fn miss(&mut self, unit: &Unit) {
        let Some(gap) = &mut self.gap else { return };
        if unit.kind != UnitKind::Sound && Some(unit.pts) > self.newest {
            self.newest = Some(unit.pts);
            gap.counted += 1;
            self.stats.lost.fetch_add(1, Ordering::Relaxed);
        }
        if gap.created.is_none() && unit.pts >= gap.next_try {
            gap.next_try = unit.pts + RETRY_NANOS;
            self.try_next();
        }
    }

    /// Creates another file, if that can be done by now; the recording goes on in it from the next keyframe.
    fn try_next(&mut self) {
        let Some(gap) = &mut self.gap else { return };
        match record_name::create_next_with_room(self.first, &mut self.number, gap.needs_room) {
            Ok(created) => {
                gap.created = Some(created);
                (self.reports.rejoin)();
            }
            Err(error) if gap.is_long => {
                let (path, reason) = (self.first.to_owned(), error.to_string());
                (self.reports.lost)(RecordError::Waiting { path, reason });
            }
            // Why the file was lost is told first.
            Err(_) => self.stall(),
        }
    }

    fn stall(&mut self) {
        if let Some(gap) = &mut self.gap {
            gap.is_long = true;
        }
        (self.reports.state)(OutputState::Stalled);
    }

    /// A file was begun: what came since the one before is what it lacks.
    fn go_on(&mut self, file: &File, rate: FrameRate) {
        let Some(gap) = self.gap.take() else { return };
        // The queue has counted some of them itself.
        let of_queue = self.queue.dropped() - gap.dropped_before;
        let lost = pictures_between(gap.after, file.start, rate).saturating_sub(of_queue);
        // It may begin before the newest that was counted.
        self.stats.lost.fetch_add(lost.saturating_sub(gap.counted), Ordering::Relaxed);
        self.stats.lost.fetch_sub(gap.counted.saturating_sub(lost), Ordering::Relaxed);
        if gap.is_long {
            (self.reports.lost)(RecordError::Interrupted(file.path.clone()));
        }
    }

    /// Finalises the last file.
    fn end(self) -> Result<(), RecordError> {
        // Nothing came for it any more.
        if let Some((path, Some(_))) = self.gap.and_then(|gap| gap.created) {
            drop(fs::remove_file(path));
        }
        let mut files = self.before.into_iter().chain(self.file);
        files.try_for_each(|file| file.finish(LAST))
    }
}

/// How many pictures are between those at two times.
fn pictures_between(one: i64, next: i64, rate: FrameRate) -> u64 {
    let (num, den) = rate.fraction();
    let (nanos, second) = (i128::from(next - one), i128::from(den) * 1_000_000_000);
    let periods = (nanos * i128::from(num) + second / 2).div_euclid(second);
    u64::try_from(periods - 1).unwrap_or(0)
}
