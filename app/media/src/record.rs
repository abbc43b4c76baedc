//! Recordings: Matroska in files of ten minutes, each playable up to its last picture even if the
//! process is killed.
//!
//! The muxer writes each picture as it comes and the file sink is unbuffered, so a killed process loses
//! only what its encoder still held. (`splitmuxsink` holds a whole GOP back before it writes it: up to a
//! keyframe interval would be lost.) A file begins with a keyframe; between one file and the next there
//! is neither a gap nor an overlap.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use engine::OutputState;
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;

use crate::encode::{Headers, Unit, UnitKind};
use crate::file_watch::{FileLoss, FileWatch};
use crate::queue::{Packet, Pop, Queue};
use crate::record_name;

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

/// Why a recording failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The folder cannot be created or the file cannot be opened.
    #[error("{}: cannot be recorded to: {reason}. Choose another folder.", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// GStreamer cannot open the file, and gives no reason.
    #[error("{}: cannot be recorded to: it cannot be opened. Choose another folder.", .0.display())]
    Refused(PathBuf),
    /// A write to the file failed.
    #[error("{}: cannot be written any more: {reason} If the disk is full, free some space, or \
             record elsewhere.", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// GStreamer's reason.
        reason: String,
    },
    /// A write to the file failed, and GStreamer gives no reason.
    #[error("{}: cannot be written any more: the muxer stopped. If the disk is full, free some space, \
             or record elsewhere.", .0.display())]
    Stopped(PathBuf),
    /// The file was deleted; the recording goes on in another.
    #[error("{}: deleted while it was recorded. The recording goes on in the next file; what was \
             in this one is lost.", .0.display())]
    Deleted(PathBuf),
    /// The file was moved, or its folder; the recording goes on in another.
    #[error("{}: moved while it was recorded, with what was in it. The recording goes on in the \
             next file.", .0.display())]
    Moved(PathBuf),
    /// Another program cut the file short; the recording goes on in another.
    #[error("{}: cut short by another program while it was recorded. The recording goes on in the \
             next file.", .0.display())]
    Shortened(PathBuf),
}

/// A recording's counters; any thread may read them at any time.
#[derive(Debug, Default)]
pub struct RecordStats {
    /// Bytes written.
    pub bytes: AtomicU64,
    /// Pictures written, but for those of files that were lost.
    pub pictures: AtomicU64,
    /// Pictures of files that were lost while they were written.
    pub lost: AtomicU64,
    /// Files started, in order.
    pub files: Mutex<Vec<PathBuf>>,
}

impl RecordStats {
    fn add_file(&self, file: &Option<File>) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.extend(file.iter().map(|file| file.path.clone()));
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
    /// A file was lost, for this reason.
    pub lost: &'a dyn Fn(RecordError),
    /// It has to begin another file, from a keyframe that comes soon.
    pub rejoin: &'a dyn Fn(),
}

impl RecordReports<'static> {
    /// For a recording that nobody follows.
    pub const UNHEARD: Self = Self { state: &|_| {}, lost: &|_| {}, rejoin: &|| {} };
}

/// Records what comes from `queue` until it is closed, then finalises the last file. Needs a thread of
/// its own, since it waits for the disk. A file that is deleted, moved or cut short meanwhile is followed by
/// another.
///
/// # Errors
/// [`RecordError`] when nothing can be written any more; the files so far are playable.
pub fn run(
    first: &Path,
    queue: &Queue,
    stats: &RecordStats,
    reports: &RecordReports<'_>,
) -> Result<(), RecordError> {
    let mut looks = 0_u32;
    let mut number = 0;
    let mut headers = None;
    // The file being written, and the one before it for as long as sound for it may still come.
    let (mut file, mut before): (Option<File>, Option<File>) = (None, None);
    loop {
        match queue.pop(WAIT) {
            Pop::Closed => break,
            Pop::Empty => {}
            Pop::Packet(Packet::Headers(new)) => {
                // The encode was restarted: its first keyframe begins another file.
                for file in before.take().into_iter().chain(file.take()) {
                    file.finish(NEXT)?;
                }
                headers = Some(new);
            }
            Pop::Packet(Packet::Unit(unit)) => {
                let full = file.as_ref().is_some_and(|file| unit.pts - file.start >= FILE_NANOS);
                if unit.kind == UnitKind::Keyframe && (full || file.is_none()) {
                    if let Some(before) = std::mem::replace(&mut before, file.take()) {
                        before.finish(NEXT)?;
                    }
                    if let Some(headers) = &headers {
                        file = Some(File::open(first, &mut number, headers, unit.pts)?);
                        stats.add_file(&file);
                        (reports.state)(OutputState::Live);
                    }
                }
                let Some(start) = file.as_ref().map(|file| file.start) else { continue };
                // Sound comes out of its encoder later than pictures of the same time.
                let old = unit.kind == UnitKind::Sound && unit.pts < start;
                if unit.kind == UnitKind::Sound
                    && !old
                    && let Some(before) = before.take()
                {
                    before.finish(NEXT)?;
                }
                if let Some(file) = if old { &mut before } else { &mut file } {
                    file.write(&unit)?;
                    stats.bytes.fetch_add(unit.data.len() as u64, Ordering::Relaxed);
                    let picture = u64::from(unit.kind != UnitKind::Sound);
                    file.pictures += picture;
                    stats.pictures.fetch_add(picture, Ordering::Relaxed);
                }
            }
        }
        looks = looks.wrapping_add(1);
        let Some(mut writing) = file.take() else { continue };
        let watch = writing.watch.as_mut().filter(|_| looks.is_multiple_of(LOOK));
        let Some(loss) = watch.and_then(FileWatch::look) else {
            writing.check()?;
            file = Some(writing);
            continue;
        };
        stats.lose_file(&writing, loss);
        (reports.lost)(writing.lost(loss));
        // Where it was moved it is still playable; elsewhere nobody will know.
        drop(writing.finish(NEXT));
        (reports.rejoin)();
    }
    before.into_iter().chain(file).try_for_each(|file| file.finish(LAST))
}

/// A file being written.
struct File {
    path: PathBuf,
    start: i64,
    pipeline: gst::Pipeline,
    video: gst_app::AppSrc,
    audio: gst_app::AppSrc,
    /// A named pipe has none.
    watch: Option<FileWatch>,
    /// Pictures written to it.
    pictures: u64,
}

impl File {
    fn open(
        first: &Path,
        number: &mut u32,
        headers: &Headers,
        start: i64,
    ) -> Result<Self, RecordError> {
        let created = record_name::create_next(first, number);
        let (path, created) = created
            .map_err(|(path, error)| RecordError::Open { path, reason: error.to_string() })?;
        let watch = created.map(|file| FileWatch::new(&path, file));
        let failed = |reason: String| RecordError::Open { path: path.clone(), reason };
        let (video, audio) = sources(headers);
        let made = |name: &str| gst::ElementFactory::make(name).build();
        let build = || -> Result<gst::Pipeline, gst::glib::BoolError> {
            let pipeline = gst::Pipeline::new();
            pipeline.use_clock(None::<&gst::Clock>);
            let muxer = made("matroskamux")?;
            muxer.set_property("writing-app", "Downstage");
            let sink = made("filesink")?;
            // As the system spells it: a name need not be UTF-8.
            sink.set_property("location", path.as_path());
            sink.set_property_from_str("buffer-mode", "unbuffered");
            sink.set_property("sync", false);
            sink.set_property("async", false);
            let chain = [video.upcast_ref(), audio.upcast_ref(), &muxer, &sink];
            pipeline.add_many(chain)?;
            // By name: in this state a source could be linked to a pad of either kind.
            video.link_pads(None, &muxer, Some("video_%u"))?;
            audio.link_pads(None, &muxer, Some("audio_%u"))?;
            muxer.link(&sink)?;
            Ok(pipeline)
        };
        let pipeline = build().map_err(|error| failed(error.message.into_owned()))?;
        if pipeline.set_state(gst::State::Playing).is_err() {
            let reason = error_of(&pipeline);
            let _stopped = pipeline.set_state(gst::State::Null);
            return Err(reason.map_or_else(|| RecordError::Refused(path.clone()), failed));
        }
        Ok(Self { path, start, pipeline, video, audio, watch, pictures: 0 })
    }

    fn write(&mut self, unit: &Unit) -> Result<(), RecordError> {
        // Sound from before the first picture is not part of the recording.
        let Ok(pts) = u64::try_from(unit.pts - self.start) else { return Ok(()) };
        let mut buffer = gst::Buffer::from_slice(unit.data.clone());
        let marks = buffer.make_mut();
        marks.set_pts(gst::ClockTime::from_nseconds(pts));
        marks.set_dts(gst::ClockTime::from_nseconds(pts));
        marks.set_duration(gst::ClockTime::from_nseconds(unit.duration));
        let source = match unit.kind {
            UnitKind::Sound => &self.audio,
            UnitKind::Keyframe => &self.video,
            UnitKind::Picture => {
                marks.set_flags(gst::BufferFlags::DELTA_UNIT);
                &self.video
            }
        };
        match source.push_buffer(buffer) {
            Ok(_) => Ok(()),
            Err(_) => Err(self.failed()),
        }
    }

    fn check(&self) -> Result<(), RecordError> {
        match error_of(&self.pipeline) {
            Some(reason) => Err(RecordError::Write { path: self.path.clone(), reason }),
            None => Ok(()),
        }
    }

    fn failed(&self) -> RecordError {
        let path = self.path.clone();
        match error_of(&self.pipeline) {
            Some(reason) => RecordError::Write { path, reason },
            None => RecordError::Stopped(path),
        }
    }

    /// Why it is lost.
    fn lost(&self, loss: FileLoss) -> RecordError {
        let path = self.path.clone();
        match loss {
            FileLoss::Deleted => RecordError::Deleted(path),
            FileLoss::Moved => RecordError::Moved(path),
            FileLoss::Shortened => RecordError::Shortened(path),
        }
    }

    /// Writes the index and the duration, and closes the file; it may take so long.
    fn finish(self, wait: gst::ClockTime) -> Result<(), RecordError> {
        let ended = self.video.end_of_stream().is_ok() & self.audio.end_of_stream().is_ok();
        let wanted = [gst::MessageType::Eos, gst::MessageType::Error];
        let bus = self.pipeline.bus().filter(|_| ended);
        let last = bus.and_then(|bus| bus.timed_pop_filtered(wait, &wanted));
        let result = match last.as_ref().map(|message| message.view()) {
            Some(gst::MessageView::Eos(_)) => Ok(()),
            Some(gst::MessageView::Error(error)) => {
                let reason = error.error().message().to_owned();
                Err(RecordError::Write { path: self.path.clone(), reason })
            }
            _ => Err(self.failed()),
        };
        let _stopped = self.pipeline.set_state(gst::State::Null);
        result
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _stopped = self.pipeline.set_state(gst::State::Null);
    }
}

fn error_of(pipeline: &gst::Pipeline) -> Option<String> {
    let message = pipeline.bus()?.pop_filtered(&[gst::MessageType::Error])?;
    match message.view() {
        gst::MessageView::Error(error) => Some(error.error().message().to_owned()),
        _ => None,
    }
}

fn sources(headers: &Headers) -> (gst_app::AppSrc, gst_app::AppSrc) {
    let (width, height) = headers.format.raster.size();
    let (num, den) = headers.format.rate.fraction();
    let video = gst::Caps::builder("video/x-h264")
        .field("stream-format", "avc")
        .field("alignment", "au")
        .field("width", width as i32)
        .field("height", height as i32)
        .field("framerate", gst::Fraction::new(num as i32, den as i32))
        .field("colorimetry", "bt709")
        .field("codec_data", gst::Buffer::from_slice(headers.avc.clone()))
        .build();
    let audio = gst::Caps::builder("audio/mpeg")
        .field("mpegversion", 4_i32)
        .field("stream-format", "raw")
        .field("rate", 48_000_i32)
        .field("channels", 2_i32)
        .field("codec_data", gst::Buffer::from_slice(headers.aac.clone()))
        .build();
    let source = |caps: &gst::Caps| {
        gst_app::AppSrc::builder()
            .caps(caps)
            .format(gst::Format::Time)
            .block(true)
            .max_bytes(4 << 20)
            .build()
    };
    (source(&video), source(&audio))
}
