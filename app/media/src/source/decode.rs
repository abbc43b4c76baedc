//! The pipeline of most sources: `uridecodebin` and our sinks behind it. It makes no decisions.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;

use super::decoder_threads::set_decoder_threads;
use super::demuxed;
use super::errors::{OpenError, SourceError, source_error};
use super::film_header::{FilmHeader, film_header};
use super::orientation::watch_display_orientation;
use super::read_ahead::raise_queue_limits;
use super::sinks::{DecodeShared, PICTURES, SOUND, attach};

/// A decoding pipeline. Dropping it closes it, which may wait for the network: only the source's own
/// thread may do that.
pub struct DecodePipeline {
    pub pipeline: gst::Pipeline,
    pub shared: Arc<DecodeShared>,
    /// The source's name in errors.
    name: String,
}

impl DecodePipeline {
    /// A pipeline with nothing in it yet. `name` is the source's name in errors.
    pub fn empty(name: String, shared: DecodeShared) -> Self {
        let pipeline = gst::Pipeline::new();
        pipeline.use_clock(None::<&gst::Clock>);
        Self { pipeline, shared: Arc::new(shared), name }
    }

    /// Builds the pipeline of a file's URI, without starting it.
    pub fn new(uri: &str, name: String, shared: DecodeShared) -> Result<Self, OpenError> {
        let this = Self::empty(name, shared);
        let (pipeline, shared) = (&this.pipeline, &this.shared);
        let failed = |error: gst::glib::BoolError| OpenError::Pipeline(error.message.into_owned());
        let decode = gst::ElementFactory::make("uridecodebin").property("uri", uri);
        let decode = decode.build().map_err(failed)?;
        pipeline.add(&decode).map_err(failed)?;
        set_decoder_threads(&decode);
        attach_to(&decode, pipeline, shared, film_header(uri));
        let (weak, of_pads) = (pipeline.downgrade(), Arc::clone(shared));
        decode.connect_no_more_pads(move |_| {
            if let Some(pipeline) = weak.upgrade() {
                of_pads.streams.store(streams_of(&pipeline), Ordering::Release);
                of_pads.end_missing_streams();
                if !of_pads.ahead.is_idle() {
                    raise_queue_limits(&pipeline);
                }
                demuxed::watch_pictures(&pipeline, &of_pads);
            }
        });
        Ok(this)
    }

    /// Starts it: playing, or paused to preroll.
    pub fn start(&self, state: gst::State) -> Result<(), OpenError> {
        self.pipeline.set_state(state).map(drop).map_err(|_| {
            let messages = std::iter::from_fn(|| self.message(Duration::ZERO));
            let mut errors = messages.filter_map(|message| self.error(&message));
            errors.next().map_or(OpenError::Refused, OpenError::Broke)
        })
    }

    /// Waits for the next message on the pipeline's bus.
    pub fn message(&self, wait: Duration) -> Option<gst::Message> {
        let wait = gst::ClockTime::try_from(wait).unwrap_or(gst::ClockTime::ZERO);
        self.pipeline.bus()?.timed_pop(wait)
    }

    /// The error in a message, if it is one.
    pub fn error(&self, message: &gst::Message) -> Option<SourceError> {
        error_in(message, &self.name)
    }
}

/// The decoder of one stream of a live source, with a pipeline of its own: one that fails, or has nothing to do
/// yet, holds up no other. Dropping it closes it.
pub struct StreamDecoder {
    pipeline: gst::Pipeline,
    /// What it is fed by.
    pub source: gst_app::AppSrc,
}

impl StreamDecoder {
    /// Builds and starts it; what it decodes goes to our sinks.
    pub fn new(shared: &Arc<DecodeShared>) -> Result<Self, gst::glib::BoolError> {
        let pipeline = gst::Pipeline::new();
        pipeline.use_clock(None::<&gst::Clock>);
        let source = gst_app::AppSrc::builder().format(gst::Format::Time).block(false).build();
        source.set_max_bytes(0);
        let decode = gst::ElementFactory::make("decodebin").build()?;
        set_decoder_threads(&decode);
        attach_to(&decode, &pipeline, shared, FilmHeader::default());
        pipeline.add_many([source.upcast_ref(), &decode])?;
        source.link(&decode)?;
        let this = Self { pipeline, source };
        let started = this.pipeline.set_state(gst::State::Playing);
        started.map_err(|_| gst::glib::bool_error!("a decoder cannot be started"))?;
        Ok(this)
    }

    /// The next error, for a source of this name.
    pub fn error(&self, name: &str) -> Option<SourceError> {
        let message = self.pipeline.bus()?.pop_filtered(&[gst::MessageType::Error])?;
        error_in(&message, name)
    }
}

impl Drop for StreamDecoder {
    fn drop(&mut self) {
        let _closed = self.pipeline.set_state(gst::State::Null);
    }
}

/// The error in a message, if it is one.
fn error_in(message: &gst::Message, name: &str) -> Option<SourceError> {
    match message.view() {
        gst::MessageView::Error(error) => Some(source_error(&error.error(), name.to_owned())),
        _ => None,
    }
}

/// Puts our sinks behind what a decoder finds. A panic there would abort the process: a stream that cannot be
/// linked is left out.
fn attach_to(
    decode: &gst::Element,
    pipeline: &gst::Pipeline,
    shared: &Arc<DecodeShared>,
    header: FilmHeader,
) {
    watch_display_orientation(decode);
    let (weak, of_pads) = (pipeline.downgrade(), Arc::clone(shared));
    decode.connect_pad_added(move |_, pad| {
        if let Some(pipeline) = weak.upgrade() {
            let _linked = attach(&pipeline, pad, &of_pads, header);
        }
    });
}

impl DecodePipeline {
    /// Makes its streaming threads give up what they wait for; it is about to be closed.
    pub fn stop_waiting(&self) {
        self.shared.closing.store(1, Ordering::Release);
        self.shared.link.video.wake();
        self.shared.link.audio.wake();
    }
}

impl Drop for DecodePipeline {
    fn drop(&mut self) {
        self.stop_waiting();
        let _closed = self.pipeline.set_state(gst::State::Null);
    }
}

fn streams_of(pipeline: &gst::Pipeline) -> u32 {
    let has = |name: &str, stream| if pipeline.by_name(name).is_some() { stream } else { 0 };
    has("video", PICTURES) | has("audio", SOUND)
}
