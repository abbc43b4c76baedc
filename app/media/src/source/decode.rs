//! The pipeline of most sources: `uridecodebin` and our sinks behind it. It makes no decisions.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;

use super::decode_shared::{DecodeShared, PICTURES, SOUND};
use super::decoder_threads::set_decoder_threads;
use super::demuxed;
use super::errors::{OpenError, SourceError, missing_decoder, not_decoded, source_error};
use super::film_header::{FilmHeader, film_header};
use super::film_repair::{self, RepairedFilm};
use super::live::network_fault::NetworkFault;
use super::orientation::watch_display_orientation;
use super::read_ahead::raise_queue_limits;
use super::sinks::attach;
use super::sound_tracks::SoundTracks;
use crate::stream::Stream;

/// A decoding pipeline. Dropping it closes it, which may wait for the network: only the source's own
/// thread may do that.
pub struct DecodePipeline {
    pub pipeline: gst::Pipeline,
    pub shared: Arc<DecodeShared>,
    /// Its sound tracks, and which is decoded.
    pub tracks: Arc<SoundTracks>,
    /// The source's name in errors.
    name: String,
    /// Whether it receives from a network, so that errors are said in terms of that.
    pub receives: bool,
    /// How long the film is by its header, if that is hidden from its demuxer.
    length: Option<i64>,
}

impl DecodePipeline {
    /// A pipeline with nothing in it yet. `name` is the source's name in errors.
    pub fn empty(name: String, shared: Arc<DecodeShared>) -> Self {
        let pipeline = gst::Pipeline::new();
        pipeline.use_clock(None::<&gst::Clock>);
        Self { pipeline, shared, tracks: Arc::default(), name, receives: false, length: None }
    }

    /// Builds the pipeline of a file's URI, without starting it. One of these sound tracks is decoded.
    pub fn new(
        uri: &str,
        name: String,
        shared: Arc<DecodeShared>,
        tracks: SoundTracks,
    ) -> Result<Self, OpenError> {
        let header = film_header(uri);
        let mut this = Self::empty(name, shared);
        this.length = header.length.map(|length| length.nanos);
        this.tracks = Arc::new(tracks);
        let (pipeline, shared, tracks) = (&this.pipeline, &this.shared, &this.tracks);
        let failed = |error: gst::glib::BoolError| OpenError::Pipeline(error.message.into_owned());
        let repaired = film_repair::repaired(uri, header.length);
        let read = if repaired.is_some() { "appsrc://" } else { uri };
        let decode = gst::ElementFactory::make("uridecodebin").property("uri", read);
        let decode = decode.property("force-sw-decoders", shared.decoding.software);
        let decode = decode.build().map_err(failed)?;
        if let (Some(laps), Some(length)) = (&shared.laps, header.length) {
            laps.set_late(length.late);
        }
        repair_at(&decode, repaired, header, shared);
        pipeline.add(&decode).map_err(failed)?;
        set_decoder_threads(&decode);
        demuxed::watch_streams(&decode, shared, tracks);
        leave_out(&decode, shared, tracks);
        attach_to(&decode, pipeline, shared, header, tracks);
        let (weak, of_pads, tracks) =
            (pipeline.downgrade(), Arc::clone(shared), Arc::clone(tracks));
        decode.connect_no_more_pads(move |_| {
            // Another pipeline takes the place of one with a wrong track.
            if let Some(pipeline) = weak.upgrade().filter(|_| tracks.is_right()) {
                of_pads.streams.store(streams_of(&pipeline), Ordering::Release);
                of_pads.end_missing_streams();
                if !of_pads.ahead.is_idle() {
                    raise_queue_limits(&pipeline);
                }
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

    /// When the first picture and the first sound are due that wait at the sinks, by the container's time, in
    /// nanoseconds. For a pipeline that is paused.
    pub fn first_times(&self) -> [Option<i64>; 2] {
        ["video", "audio"].map(|name| {
            let sink = self.pipeline.by_name(name)?.downcast::<gst_app::AppSink>().ok()?;
            let sample = sink.try_pull_preroll(gst::ClockTime::ZERO)?;
            let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
            let first = segment.to_stream_time(sample.buffer()?.pts()?)?;
            i64::try_from(first.nseconds()).ok()
        })
    }

    /// When the film ends by its header or its demuxer, in nanoseconds of the container's time.
    pub fn end(&self) -> Option<i64> {
        let queried = || {
            let end = self.pipeline.query_duration::<gst::ClockTime>()?;
            i64::try_from(end.nseconds()).ok()
        };
        self.length.or_else(queried)
    }

    /// Which sinks hold something, by [`Stream::index`].
    pub fn prerolled(&self) -> [bool; 2] {
        ["video", "audio"].map(|name| {
            let sink = self.pipeline.by_name(name);
            sink.is_some_and(|sink| sink.current_state() == gst::State::Paused)
        })
    }

    /// What a stream is coded in, as GStreamer calls it.
    pub fn codec(&self, stream: Stream) -> String {
        let mut queues = self.pipeline.iterate_all_by_element_factory_name("multiqueue");
        let mut found = None;
        while let (None, Ok(Some(queue))) = (&found, queues.next()) {
            let pads = queue.sink_pads().into_iter().filter(|pad| self.tracks.is_decoded(pad));
            let caps = pads.filter_map(|pad| pad.current_caps());
            let of_stream = caps.filter(|caps| Stream::of_caps(caps) == Some(stream));
            let mut names =
                of_stream.filter_map(|caps| Some(caps.structure(0)?.name().to_string()));
            found = names.next();
        }
        found.unwrap_or_default()
    }

    /// Whether its demuxer finds a place by guessing from how many bytes a second take.
    pub fn guesses_places(&self) -> bool {
        self.has("tsdemux") || self.has("mpegpsdemux")
    }

    /// Whether its demuxer counts its times otherwise after a seek than before the first one: that of Matroska begins
    /// to count at the first packet, and then at the first one of the stream that begins first.
    pub fn counts_anew(&self) -> bool {
        self.has("matroskademux")
    }

    fn has(&self, factory: &str) -> bool {
        let mut found = self.pipeline.iterate_all_by_element_factory_name(factory);
        matches!(found.next(), Ok(Some(_)))
    }

    /// The error in a message, if it is one.
    pub fn error(&self, message: &gst::Message) -> Option<SourceError> {
        if let gst::MessageView::Error(error) = message.view()
            && self.receives
            && let Some(fault) = NetworkFault::of(error)
        {
            return Some(SourceError::Network { name: self.name.clone(), fault });
        }
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
        let decode = gst::ElementFactory::make("decodebin");
        let decode = decode.property("force-sw-decoders", shared.decoding.software).build()?;
        set_decoder_threads(&decode);
        attach_to(&decode, &pipeline, shared, FilmHeader::default(), &Arc::default());
        pipeline.add_many([source.upcast_ref(), &decode])?;
        source.link(&decode)?;
        let this = Self { pipeline, source };
        let started = this.pipeline.set_state(gst::State::Playing);
        started.map_err(|_| gst::glib::bool_error!("a decoder cannot be started"))?;
        Ok(this)
    }

    /// The next error, for a source of this name.
    pub fn error(&self, name: &str) -> Option<SourceError> {
        let kinds = [gst::MessageType::Error, gst::MessageType::Element];
        let bus = self.pipeline.bus()?;
        std::iter::from_fn(|| bus.pop_filtered(&kinds)).find_map(|message| {
            match missing_decoder(&message) {
                Some((stream, codec)) => Some(not_decoded(name.to_owned(), stream, codec)),
                None => error_in(&message, name),
            }
        })
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

/// Has a film read as it should be: a repaired one in place of the file, and without a length that misleads. Each time
/// that it is read is counted.
fn repair_at(
    decode: &gst::Element,
    film: Option<RepairedFilm>,
    header: FilmHeader,
    shared: &Arc<DecodeShared>,
) {
    let (film, shared) = (Mutex::new(film), Arc::clone(shared));
    decode.connect("source-setup", false, move |values| {
        let source = values.get(1).and_then(|value| value.get::<gst::Element>().ok())?;
        if let Some(pad) = source.static_pad("src") {
            let shared = Arc::clone(&shared);
            pad.add_probe(gst::PadProbeType::PULL | gst::PadProbeType::BUFFER, move |_, _| {
                shared.reads.fetch_add(1, Ordering::AcqRel);
                gst::PadProbeReturn::Ok
            });
        }
        let film = film.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (film, header.length) {
            (Some(film), _) => film.serve(&source),
            (None, Some(length)) => film_repair::hide(&source, length),
            (None, None) => {}
        }
        None
    });
}

/// Does not decode the streams that the source is played without, nor any sound track but one: they come out as they
/// are, and go nowhere.
fn leave_out(decode: &gst::Element, shared: &Arc<DecodeShared>, tracks: &Arc<SoundTracks>) {
    let (shared, tracks) = (Arc::clone(shared), Arc::clone(tracks));
    let is_decoded = move |pad: &gst::Pad, caps: &gst::Caps| {
        let Some(stream) = Stream::of_caps(caps) else { return true };
        if stream == Stream::Sound {
            let _is_new = tracks.add(pad, caps);
        }
        !shared.is_without(stream) && (stream == Stream::Picture || tracks.is_decoded(pad))
    };
    choose_streams(decode, is_decoded);
}

/// Has a decoding bin ask of each stream, as its demuxer or its parser hands it on, whether it goes on with it.
pub fn choose_streams(
    decode: &gst::Element,
    goes_on: impl Fn(&gst::Pad, &gst::Caps) -> bool + Send + Sync + 'static,
) {
    decode.connect("autoplug-continue", false, move |values| {
        let pad = values.get(1).and_then(|value| value.get::<gst::Pad>().ok());
        let caps = values.get(2).and_then(|value| value.get::<gst::Caps>().ok());
        let goes_on = pad.zip(caps).is_none_or(|(pad, caps)| goes_on(&pad, &caps));
        Some(goes_on.to_value())
    });
}

/// Puts our sinks behind what a decoder finds. A panic there would abort the process: a stream that cannot be
/// linked is left out.
fn attach_to(
    decode: &gst::Element,
    pipeline: &gst::Pipeline,
    shared: &Arc<DecodeShared>,
    header: FilmHeader,
    tracks: &Arc<SoundTracks>,
) {
    watch_display_orientation(decode);
    let (weak, of_pads, tracks) = (pipeline.downgrade(), Arc::clone(shared), Arc::clone(tracks));
    decode.connect_pad_added(move |_, pad| {
        if let Some(pipeline) = weak.upgrade() {
            let _linked = attach(&pipeline, pad, &of_pads, header, &tracks);
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
