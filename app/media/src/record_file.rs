//! One file of a recording: a muxer and a file sink of GStreamer.

use std::fs;
use std::path::PathBuf;

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;

use crate::encode::{Headers, Unit, UnitKind};
use crate::file_watch::{FileLoss, FileWatch};
use crate::record_error::RecordError;

/// A file being written.
pub struct File {
    /// Where it is.
    pub path: PathBuf,
    /// The time of its first picture, in nanoseconds of the programme.
    pub start: i64,
    pipeline: gst::Pipeline,
    video: gst_app::AppSrc,
    audio: gst_app::AppSrc,
    /// A named pipe has none.
    watch: Option<FileWatch>,
    /// Pictures written to it.
    pub pictures: u64,
}

impl File {
    /// Opens a file that was created for it (see [`record_name::create_next`](crate::record_name::create_next)),
    /// whose first picture is the keyframe at `start`.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(
        (path, created): (PathBuf, Option<fs::File>),
        headers: &Headers,
        start: i64,
    ) -> Result<Self, RecordError> {
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

    /// Writes a unit.
    ///
    /// # Errors
    /// Nothing can be written any more.
    pub fn write(&mut self, unit: &Unit) -> Result<(), RecordError> {
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

    /// Whether all is well with what was written so far.
    ///
    /// # Errors
    /// Nothing can be written any more.
    pub fn check(&self) -> Result<(), RecordError> {
        match error_of(&self.pipeline) {
            Some(reason) => Err(RecordError::Write { path: self.path.clone(), reason }),
            None => Ok(()),
        }
    }

    /// Looks whether it is still where it was begun, and whole; a named pipe always is.
    pub fn look(&mut self) -> Option<FileLoss> {
        self.watch.as_mut().and_then(FileWatch::look)
    }

    /// Whether it is a file, and no named pipe.
    pub fn is_file(&self) -> bool {
        self.watch.is_some()
    }

    fn failed(&self) -> RecordError {
        let path = self.path.clone();
        match error_of(&self.pipeline) {
            Some(reason) => RecordError::Write { path, reason },
            None => RecordError::Stopped(path),
        }
    }

    /// Why it is lost.
    pub fn lost(&self, loss: FileLoss) -> RecordError {
        let path = self.path.clone();
        match loss {
            FileLoss::Deleted => RecordError::Deleted(path),
            FileLoss::Moved => RecordError::Moved(path),
            FileLoss::Shortened => RecordError::Shortened(path),
        }
    }

    /// Writes the index and the duration, and closes the file; it may take so long.
    ///
    /// # Errors
    /// It cannot be closed.
    pub fn finish(self, wait: gst::ClockTime) -> Result<(), RecordError> {
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
