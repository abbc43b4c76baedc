//! Decodes one picture of a file for a bin, apart from everything that is on air.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::Frame;
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;

use super::clock_time::clock_time;
use super::decode::choose_streams;
use super::decoder_threads::set_decoder_threads;
use super::errors::{OpenError, SourceError, source_error};
use super::film_header::film_header;
use super::film_repair;
use super::orientation::watch_display_orientation;
use super::picture_chain;
use super::picture_reader::PictureReader;
use super::sound_tracks::SoundTracks;
use super::uri::file_uri;
use crate::sound_track::SoundTrack;
use crate::stream::Stream;

/// A source's picture and length.
#[derive(Clone, Debug)]
pub struct Poster {
    /// The picture at the requested position; `None` for an audio file.
    pub picture: Option<Frame>,
    /// The length of the file, in nanoseconds, if its container has it.
    pub length: Option<u64>,
    /// Its sound tracks, in the order of its container.
    pub tracks: Vec<SoundTrack>,
}

/// Why there is no poster.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PosterError {
    /// The file cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It was opened, and failed.
    #[error(transparent)]
    Broke(#[from] SourceError),
    /// It took too long, or was cancelled.
    #[error("it took too long to open")]
    Late,
}

/// How long the pipeline's bus is waited for at a time, in milliseconds.
const POLL_MILLIS: u64 = 50;

/// Decodes the picture at `from` (nanoseconds from the file's start). Waits for the disk and the
/// decoder until `cancelled`: for a thread that may block.
///
/// # Errors
/// [`PosterError`].
pub fn of_file(
    path: &Path,
    from: u64,
    cancelled: &dyn Fn() -> bool,
) -> Result<Poster, PosterError> {
    let opening = PosterPipeline::new(path)?;
    opening.wait_for_preroll(cancelled)?;
    let queried =
        || opening.pipeline.query_duration::<gst::ClockTime>().map(|time| time.nseconds());
    let length = opening.length.or_else(queried);
    if from > 0 {
        let flags = gst::SeekFlags::FLUSH | gst::SeekFlags::ACCURATE;
        let sought = opening.pipeline.seek_simple(flags, clock_time(from));
        if sought.is_ok() {
            opening.wait_for_preroll(cancelled)?;
        }
    }
    Ok(Poster { picture: opening.picture(), length, tracks: opening.tracks.all() })
}

struct PosterPipeline {
    pipeline: gst::Pipeline,
    sink: gst_app::AppSink,
    path: PathBuf,
    tracks: Arc<SoundTracks>,
    /// How long the film is, if that is hidden from its demuxer, in nanoseconds.
    length: Option<u64>,
}

impl PosterPipeline {
    fn new(path: &Path) -> Result<Self, OpenError> {
        let failed = |error: gst::glib::BoolError| OpenError::Pipeline(error.message.into_owned());
        let uri = file_uri(path)?;
        let pipeline = gst::Pipeline::new();
        let header = film_header(&uri);
        let decode = gst::ElementFactory::make("uridecodebin").property("uri", uri);
        let decode = decode.build().map_err(failed)?;
        let hidden = header.length;
        decode.connect("source-setup", false, move |values| {
            let source = values.get(1).and_then(|value| value.get::<gst::Element>().ok())?;
            film_repair::hide(&source, hidden?);
            None
        });
        set_decoder_threads(&decode);
        let tracks = Arc::<SoundTracks>::default();
        let found = Arc::clone(&tracks);
        // Sound is not decoded, but parsed: some containers have its channels wrong, or not at all.
        choose_streams(&decode, move |pad, caps| {
            let is_sound = Stream::of_caps(caps) == Some(Stream::Sound);
            let is_new = is_sound && found.add(pad, caps);
            !is_sound || is_new || caps.structure(0).is_none_or(|caps| !caps.has_field("channels"))
        });
        watch_display_orientation(&decode);
        let caps = picture_chain::caps();
        let sink = gst_app::AppSink::builder().caps(&caps).sync(false).max_buffers(1).build();
        let (weak, of_pads) = (pipeline.downgrade(), sink.clone());
        decode.connect_pad_added(move |_, pad| {
            let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
            let is_video = caps.structure(0).is_some_and(|s| s.name().starts_with("video/"));
            let Some(pipeline) = weak.upgrade().filter(|_| is_video) else { return };
            // Only the first video stream can be linked; a panic here would abort the process.
            if of_pads.parent().is_none() {
                let _linked = {
                    let how = (header, show::Deinterlace::Auto);
                    picture_chain::link(&pipeline, pad, &of_pads, how, |_| {})
                };
            }
        });
        let (weak, of_pictures) = (pipeline.downgrade(), sink.clone());
        decode.connect_no_more_pads(move |decode| {
            let Some(pipeline) = weak.upgrade().filter(|_| of_pictures.parent().is_none()) else {
                return;
            };
            // A file whose streams all go nowhere fails sooner or later.
            if let Some(pad) = decode.src_pads().first() {
                let _linked = hold(&pipeline, pad);
            }
        });
        pipeline.add(&decode).map_err(failed)?;
        // Errors are reported on the bus.
        let _started = pipeline.set_state(gst::State::Paused);
        let length = hidden.and_then(|hidden| u64::try_from(hidden.nanos).ok());
        Ok(Self { pipeline, sink, path: path.to_owned(), tracks, length })
    }

    /// Waits until the pipeline has prerolled.
    fn wait_for_preroll(&self, cancelled: &dyn Fn() -> bool) -> Result<(), PosterError> {
        let Some(bus) = self.pipeline.bus() else { return Err(PosterError::Late) };
        while !cancelled() {
            let message = bus.timed_pop(gst::ClockTime::from_mseconds(POLL_MILLIS));
            match message.as_ref().map(|message| message.view()) {
                Some(gst::MessageView::AsyncDone(_) | gst::MessageView::Eos(_)) => return Ok(()),
                Some(gst::MessageView::Error(error)) => {
                    let name = self.path.display().to_string();
                    return Err(source_error(&error.error(), name).into());
                }
                _ => {}
            }
        }
        Err(PosterError::Late)
    }

    fn picture(&self) -> Option<Frame> {
        let sample = self.sink.try_pull_preroll(gst::ClockTime::from_mseconds(POLL_MILLIS))?;
        PictureReader::default().read(&sample, |_| {})
    }
}

/// Holds a stream at its first sample.
fn hold(pipeline: &gst::Pipeline, pad: &gst::Pad) -> Option<()> {
    let sink = gst::ElementFactory::make("fakesink").build().ok()?;
    pipeline.add(&sink).ok()?;
    sink.sync_state_with_parent().ok()?;
    pad.link(&sink.static_pad("sink")?).ok().map(drop)
}

impl Drop for PosterPipeline {
    fn drop(&mut self) {
        let _closed = self.pipeline.set_state(gst::State::Null);
    }
}
