//! The sinks that take a source's decoded pictures and sound and hand them to its readers.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;

use super::film_header::FilmHeader;
use super::host::SourceHost;
use super::laps::Extent;
use super::pause::Pause;
use super::picture_chain;
use super::picture_reader::PictureReader;
use super::read_ahead::ReadAhead;
use crate::link::{AudioBlock, Fanout, SourceLink, Timed};

/// How many blocks of a file's sound are decoded ahead, and while nothing shows it.
const AHEAD_BLOCKS: usize = 32;
const IDLE_BLOCKS: usize = 8;

/// The bits of [`DecodeShared::streams`].
pub const PICTURES: u32 = 1;
/// See [`PICTURES`].
pub const SOUND: u32 = 2;

/// What the callbacks of a pipeline share with the thread that opened it.
pub struct DecodeShared {
    pub link: Arc<SourceLink>,
    /// The current take; whatever still comes for an earlier one is dropped.
    pub wanted: AtomicU32,
    /// Whether the pipeline is being closed.
    pub closing: AtomicU32,
    /// How far pictures are decoded ahead.
    pub ahead: ReadAhead,
    /// Where its pictures begin and end.
    pub pictures: Extent,
    /// Which streams have reached the end of a lap since [`Self::take_finished`], as in `streams`.
    pub finished: AtomicU32,
    /// The duration of a picture, in nanoseconds; 0 until it is known.
    pub picture: AtomicI64,
    /// A file's in point, in nanoseconds; `None` for a live source.
    pub from: Option<i64>,
    /// Which streams there are: [`PICTURES`], [`SOUND`]; 0 until they are known.
    pub streams: AtomicU32,
    pub host: SourceHost,
    /// The last pause of a live source's sound.
    pub pause: Pause,
    /// A file waits for its readers; a live source does not.
    pub waits: bool,
}

impl DecodeShared {
    /// For a source that is opened for this take. A file has an in point, in nanoseconds, and waits for
    /// its readers; `cue` is how many pictures it holds while cued.
    pub fn new(
        link: Arc<SourceLink>,
        take: u32,
        host: SourceHost,
        (from, cue): (Option<i64>, usize),
    ) -> Self {
        link.file.end.store(0, Ordering::Release);
        Self {
            link,
            wanted: AtomicU32::new(take),
            closing: AtomicU32::new(0),
            ahead: ReadAhead::new(cue),
            finished: AtomicU32::new(0),
            pictures: Extent::default(),
            picture: AtomicI64::new(0),
            from,
            streams: AtomicU32::new(0),
            host,
            pause: Pause::default(),
            waits: from.is_some(),
        }
    }

    /// Ends the streams that the source does not have, so that no reader waits for them: pictures at a
    /// time that never comes, sound from the start.
    pub fn end_missing_streams(&self) {
        let take = self.wanted.load(Ordering::Acquire);
        let streams = self.streams.load(Ordering::Acquire);
        if streams & PICTURES == 0 {
            self.link.video.push(Timed { take, pts: i64::MAX, what: None });
            self.link.video.mark_complete(take);
        }
        if streams & SOUND == 0 {
            self.link.audio.push(Timed { take, pts: 0, what: None });
            self.link.audio.mark_complete(take);
        }
    }

    /// Whether all streams have delivered the end of a lap; true once per lap.
    pub fn take_finished(&self) -> bool {
        let streams = self.streams.load(Ordering::Acquire);
        let (done, none) = (Ordering::AcqRel, Ordering::Acquire);
        streams != 0 && self.finished.compare_exchange(streams, 0, done, none).is_ok()
    }

    /// Ends both streams: all of a file has been delivered.
    pub fn end(&self) {
        let (take, pts) =
            (self.wanted.load(Ordering::Acquire), self.link.file.end.load(Ordering::Acquire));
        self.link.video.push(Timed { take, pts, what: None });
        self.link.audio.push(Timed { take, pts, what: None });
    }
}

/// Links a decoded stream to a sink of ours; only the first of each kind, further ones are ignored. A
/// film's header says how its pictures are meant.
pub fn attach(
    pipeline: &gst::Pipeline,
    pad: &gst::Pad,
    shared: &Arc<DecodeShared>,
    header: FilmHeader,
) -> Result<(), gst::glib::BoolError> {
    let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
    let kind = caps.structure(0).map(|s| s.name().to_string()).unwrap_or_default();
    match kind.split('/').next() {
        Some("video") if pipeline.by_name("video").is_none() => {
            let link = Arc::clone(&shared.link);
            let found = move |format| link.format.store(Some(Arc::new(format)));
            picture_chain::link(pipeline, pad, &video_sink(shared), header, found)
        }
        Some("audio") if pipeline.by_name("audio").is_none() => {
            link_sound(pipeline, pad, audio_sink(shared))
        }
        _ => Ok(()),
    }
}

fn link_sound(
    pipeline: &gst::Pipeline,
    pad: &gst::Pad,
    sink: gst_app::AppSink,
) -> Result<(), gst::glib::BoolError> {
    sink.set_property("name", "audio");
    let mut chain = Vec::new();
    for converter in ["audioconvert", "audioresample"] {
        chain.push(gst::ElementFactory::make(converter).build()?);
    }
    chain.push(sink.upcast());
    pipeline.add_many(&chain)?;
    gst::Element::link_many(&chain)?;
    for element in chain.iter().rev() {
        element.sync_state_with_parent()?;
    }
    let entry = chain.first().and_then(|first| first.static_pad("sink"));
    match entry.map(|entry| pad.link(&entry)) {
        Some(Ok(_)) => Ok(()),
        _ => Err(gst::glib::bool_error!("a stream of sound cannot be linked")),
    }
}

fn video_sink(shared: &Arc<DecodeShared>) -> gst_app::AppSink {
    let mut reader = PictureReader::default();
    let of_decode = Arc::clone(shared);
    let decode = move |sample: &gst::Sample| {
        reader.read(sample, |new| {
            let (num, den) = (i64::from(new.fps().numer()), i64::from(new.fps().denom()));
            let picture = if num > 0 { den * 1_000_000_000 / num } else { 0 };
            of_decode.picture.store(picture, Ordering::Release);
            of_decode.ahead.set_picture(picture, new.size());
            of_decode.link.file.picture_bytes.store(new.size() as u64, Ordering::Release);
        })
    };
    let way = StreamRoute {
        stream: PICTURES,
        fanout: |link| &link.video,
        ahead: |shared| shared.ahead.pictures(),
    };
    let sink = sink(&picture_chain::caps(), shared, way, decode);
    sink.set_property("name", "video");
    accept_any_layout(&sink);
    sink
}

/// Tells the decoder that its own strides and borders are accepted; otherwise it copies each picture into
/// the default layout, which takes a fiftieth of its time.
fn accept_any_layout(sink: &gst_app::AppSink) {
    let answer = |_: &gst::Pad, info: &mut gst::PadProbeInfo<'_>| {
        let query = info.query_mut().map(|query| query.view_mut());
        let Some(gst::QueryViewMut::Allocation(query)) = query else {
            return gst::PadProbeReturn::Ok;
        };
        query.add_allocation_meta::<gst_video::VideoMeta>(None);
        gst::PadProbeReturn::Handled
    };
    if let Some(pad) = sink.static_pad("sink") {
        pad.add_probe(gst::PadProbeType::QUERY_DOWNSTREAM, answer);
    }
}

fn audio_sink(shared: &Arc<DecodeShared>) -> gst_app::AppSink {
    let caps = gst::Caps::builder("audio/x-raw")
        .field("format", if cfg!(target_endian = "little") { "F32LE" } else { "F32BE" })
        .field("layout", "interleaved")
        .field("rate", show::Format::AUDIO_RATE as i32)
        .field("channels", 2_i32)
        .build();
    let of_decode = Arc::clone(shared);
    let decode = move |sample: &gst::Sample| {
        let buffer = sample.buffer()?;
        let bytes = buffer.map_readable().ok()?;
        let samples = bytes.as_chunks::<4>().0.iter().map(|sample| f32::from_ne_bytes(*sample));
        let block = samples.collect::<Vec<f32>>();
        if !of_decode.waits
            && let Some(pts) = buffer.pts()
        {
            of_decode.pause.add(pts.nseconds(), &block);
        }
        let block: AudioBlock = Arc::new(block);
        Some(block)
    };
    sink(
        &caps,
        shared,
        StreamRoute { stream: SOUND, fanout: |link| &link.audio, ahead: blocks_ahead },
        decode,
    )
}

fn blocks_ahead(shared: &DecodeShared) -> usize {
    if shared.ahead.is_idle() { IDLE_BLOCKS } else { AHEAD_BLOCKS }
}

/// Where a stream goes, and how far ahead of its readers it is decoded.
struct StreamRoute<T> {
    stream: u32,
    fanout: fn(&SourceLink) -> &Fanout<T>,
    ahead: fn(&DecodeShared) -> usize,
}

/// The state of the stream that passes a sink.
struct StreamState {
    /// Its take: changes with a flush.
    take: AtomicU32,
    /// When the stream was restarted, by GStreamer's clock in nanoseconds; 0 once its first sample came.
    restarted: AtomicU64,
}

impl StreamState {
    fn restart(&self) {
        self.restarted.store(gst::get_timestamp().nseconds(), Ordering::Release);
    }

    /// How long the first sample took to come after the last restart; once per restart.
    fn take_gap(&self) -> Option<u64> {
        let restarted = self.restarted.swap(0, Ordering::AcqRel);
        (restarted > 0).then(|| gst::get_timestamp().nseconds().saturating_sub(restarted))
    }
}

/// A sink that delivers each sample with its time; a file's waits until its readers have room.
fn sink<T: Clone + Send + Sync + 'static>(
    caps: &gst::Caps,
    shared: &Arc<DecodeShared>,
    way: StreamRoute<T>,
    mut decode: impl FnMut(&gst::Sample) -> Option<T> + Send + 'static,
) -> gst_app::AppSink {
    let take = AtomicU32::new(shared.wanted.load(Ordering::Acquire));
    let passing = Arc::new(StreamState { take, restarted: AtomicU64::new(0) });
    let (of_samples, passes) = (Arc::clone(shared), Arc::clone(&passing));
    let mut place = StreamPlace::default();
    let stream = way.stream;
    let callbacks = gst_app::AppSinkCallbacks::builder().new_sample(move |sink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        let shared = &of_samples;
        if let (Some(gap), PICTURES) = (passes.take_gap(), stream) {
            shared.ahead.record_gap(gap);
        }
        let take = passes.take.load(Ordering::Acquire);
        let pts = time_of(&sample, shared, &mut place, take);
        let Some(pts) = pts else { return Ok(gst::FlowSuccess::Ok) };
        shared.host.tell_arrival();
        let Some(what) = decode(&sample) else { return Ok(gst::FlowSuccess::Ok) };
        let cancelled = || {
            shared.closing.load(Ordering::Acquire) != 0
                || shared.wanted.load(Ordering::Acquire) != take
        };
        let fanout = (way.fanout)(&shared.link);
        if shared.waits && !fanout.wait_for_room((way.ahead)(shared), &cancelled) {
            return Err(gst::FlowError::Flushing);
        }
        fanout.push(Timed { take, pts, what: Some(what) });
        Ok(gst::FlowSuccess::Ok)
    });
    let sink = gst_app::AppSink::builder()
        .caps(caps)
        .sync(false)
        .max_buffers(1)
        .enable_last_sample(false)
        .callbacks(callbacks.build())
        .build();
    if let Some(pad) = sink.static_pad("sink") {
        watch_events(&pad, stream, shared, passing);
    }
    sink
}

/// Records where a stream restarts: at a flushing seek, and at each lap of a loop.
fn watch_events(
    pad: &gst::Pad,
    stream: u32,
    shared: &Arc<DecodeShared>,
    passing: Arc<StreamState>,
) {
    let shared = Arc::clone(shared);
    let on_event = move |_: &gst::Pad, info: &mut gst::PadProbeInfo<'_>| {
        match info.event().map(|event| event.type_()) {
            Some(gst::EventType::Eos) => {
                let take = passing.take.load(Ordering::Acquire);
                match stream {
                    PICTURES => shared.link.video.mark_complete(take),
                    _ => shared.link.audio.mark_complete(take),
                }
            }
            Some(gst::EventType::FlushStop) => {
                match stream {
                    PICTURES => shared.link.video.mark_incomplete(),
                    _ => shared.link.audio.mark_incomplete(),
                }
                passing.take.store(shared.wanted.load(Ordering::Acquire), Ordering::Release);
                // At the start of a file there is nothing to decode before the first picture.
                if shared.from > Some(0) {
                    passing.restart();
                }
            }
            Some(gst::EventType::SegmentDone) => {
                shared.finished.fetch_or(stream, Ordering::AcqRel);
                passing.restart();
            }
            _ => {}
        }
        gst::PadProbeReturn::Ok
    };
    let events = gst::PadProbeType::EVENT_FLUSH | gst::PadProbeType::EVENT_DOWNSTREAM;
    pad.add_probe(events, on_event);
}

/// A stream's position in its source's time.
#[derive(Clone, Copy, Default)]
struct StreamPlace {
    take: u32,
    /// How many laps are complete.
    laps: i64,
    /// The file's time of the last sample.
    last: i64,
}

/// A sample's time in the source's time; `None` for a sample without a timestamp or outside the segment,
/// which is dropped. When a file's time goes back, another lap has begun.
fn time_of(
    sample: &gst::Sample,
    shared: &DecodeShared,
    place: &mut StreamPlace,
    take: u32,
) -> Option<i64> {
    let buffer = sample.buffer()?;
    let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
    let pts = match shared.from {
        None => i64::try_from(segment.to_running_time(buffer.pts()?)?.nseconds()).ok()?,
        Some(from) => {
            let time = i64::try_from(segment.to_stream_time(buffer.pts()?)?.nseconds()).ok()?;
            if place.take != take {
                *place = StreamPlace { take, laps: 0, last: time };
            }
            let lap = shared.link.file.lap.load(Ordering::Acquire);
            if lap > 0 && time < place.last - lap / 2 {
                place.laps += 1;
            }
            place.last = time;
            time.saturating_sub(from).saturating_add(place.laps.saturating_mul(lap))
        }
    };
    let duration = buffer.duration().map_or(0, gst::ClockTime::nseconds);
    let end = pts.saturating_add(i64::try_from(duration).ok()?);
    shared.link.file.end.fetch_max(end, Ordering::AcqRel);
    Some(pts)
}
